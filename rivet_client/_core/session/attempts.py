"""The attempts to have a connection, one after the other.

`Attempts` decides whether a connection that ended is tried again, how long the pause before that is, and whether
somebody should be warned of an outage. `_core/endings.py` says what a single error means for that. `Attempts` does not
decide which errors the calls get.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rivet_client._core.endings import is_final, of_connection, passes
from rivet_client._core.retry import PATIENCE, backoff
from rivet_client.errors import ActorError, RivetError

__all__ = ["INITIAL_DELAY", "MAX_DELAY", "STABLE_AFTER", "Attempts", "Pause"]

INITIAL_DELAY = 0.25
"""Longest pause before the second attempt, in seconds."""
MAX_DELAY = 30.0
"""Longest pause between attempts, in seconds."""
STABLE_AFTER = 5.0
"""A connection that lasted this long, in seconds, is reconnected at once. After a shorter one, the backoff goes on."""


class Pause(NamedTuple):
    """What comes before the next attempt.

    Attributes:
        seconds: How long to wait.
        is_warning: There has been no connection for a while. True once for each outage.
    """

    seconds: float
    is_warning: bool


class Attempts:
    """Counts the attempts of one connection and remembers how they ended.

    Args:
        follows_key: The handle creates the actor when it is missing.
        has_params: Connection parameters are sent.
        jitter: Random numbers from 0 to 1.
        timeout: Seconds within which a new connection should be open, for errors that pass; None for no limit.

    Attributes:
        number: Number of the present attempt, or of the last one. No two attempts have the same number.
        last_error: How the last attempt or connection ended; None once there is a connection.
        has_succeeded: The connection was open before. So the network works, and the actor can start.
    """

    def __init__(
        self,
        *,
        follows_key: bool,
        has_params: bool,
        jitter: Callable[[], float],
        timeout: float | None = None,
    ) -> None:
        self._follows_key = follows_key
        self._has_params = has_params
        self._jitter = jitter
        self._timeout = timeout
        self._late_at: float | None = None  # when a new connection should be open
        self.number = 0
        self.last_error: RivetError | None = None
        self.has_succeeded = False
        self._known_cause: RivetError | None = None  # the engine's explanation of the last failure
        self._repeats = 0  # how many attempts in a row have ended like the last one
        self._failures = 0  # attempts since the last stable connection
        self._opened_at = 0.0
        self._down_since: float | None = None  # start of an outage that nobody has been warned of

    def start(self, now: float) -> None:
        """Note that from now on there should be a connection."""
        self._down_since = now
        self._late_at = None if self._timeout is None else now + self._timeout

    def learn(self, known_cause: RivetError | None) -> None:
        """Note what the engine said of the last failure, if it said anything."""
        if known_cause is not None:
            self._known_cause = of_connection(known_cause)

    def succeed(self, now: float) -> None:
        """Note that the connection is open."""
        self.has_succeeded = True
        self._opened_at = now
        self.last_error = self._known_cause = None

    def end(self, error: RivetError) -> RivetError:
        """Note how the attempt, or the connection, ended; return the error with all that is known about it."""
        if self._known_cause is not None and _kind(error) == _kind(self._known_cause):
            error = self._known_cause  # the same failure again, and the engine has said more about it
        self._repeats = self._repeats + 1 if _kind(error) == _kind(self.last_error) else 1
        self.last_error = error
        return error

    def are_over(self, now: float, *, was_open: bool) -> bool:
        """Whether another attempt is pointless, after the last error."""
        assert self.last_error is not None
        return is_final(
            self.last_error,
            follows_key=self._follows_key,
            was_open=was_open,
            has_params=self._has_params,
            is_new=not self.has_succeeded,
            is_late=self._late_at is not None and now >= self._late_at,
            repeats=self._repeats,
        )

    def pause(self, now: float, *, was_open: bool) -> Pause:
        """Decide how long to wait before the next attempt, and whether somebody should be warned."""
        stable = was_open and now - self._opened_at >= STABLE_AFTER
        self._failures = 0 if stable else self._failures + 1
        seconds = backoff(self._failures, INITIAL_DELAY, MAX_DELAY, self._jitter()) if self._failures else 0.0
        if self._late_at is not None and now < self._late_at and self._waits_for_something:
            seconds = min(seconds, self._late_at - now)  # the last attempt is made when time is up
        if was_open:
            self._down_since = now
        is_warning = self._down_since is not None and now - self._down_since >= PATIENCE
        if is_warning:
            self._down_since = None
        return Pause(seconds, is_warning)

    @property
    def _waits_for_something(self) -> bool:
        return not self.has_succeeded and self.last_error is not None and passes(self.last_error)


def _kind(error: RivetError | None) -> tuple[str, str] | type:
    return (error.group, error.code) if isinstance(error, ActorError) else type(error)
