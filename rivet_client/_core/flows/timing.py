"""A call's deadline, and its attempts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rivet_client._call_info import current_info
from rivet_client._checks import check_timeout
from rivet_client._core.context import Context
from rivet_client._core.effects import (
    Flow,
    HttpRequest,
    HttpResponse,
    SendTimedOut,
    leaves_body,
    read,
    send,
    sleep,
)
from rivet_client._core.endpoint import address_of
from rivet_client._core.retry import PATIENCE
from rivet_client._core.target import Target
from rivet_client._hints import HOST_SILENT
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    CallCancelledError,
    ProtocolError,
    RivetError,
    TransportError,
    with_outcome,
)

if TYPE_CHECKING:
    from rivet_client._core.watch import CallKind, Watch

__all__ = [
    "Timer",
    "retrying",
    "start_timer",
]

T = TypeVar("T")

_UNWATCHED: Final[AbstractContextManager[None]] = nullcontext()


@dataclass(slots=True)
class Timer:
    """A call's deadline, and what its error says when the deadline passes.

    Attributes:
        context: The client's.
        what: The call, as error texts name it.
        timeout: The call's time, in seconds, or None.
        deadline: When that time is over, on the clock of the context, or None.
        started: When the call began, on the same clock.
        has_warned: Whether the log has a warning that the call fails again and again.
        may_have_run: Whether the actor may already have acted on the call.
        last_error: The error of the attempt before this one.
        start_failure: The actor that could not be started when the engine last said why, and what the engine said.
        delay: The pause before this attempt, in seconds.
        ray_id: Of the last answer; None while there is none to the last request.
        watch: Takes note of the call; None if nobody watches it.
    """

    context: Context
    what: str
    timeout: float | None
    deadline: float | None = field(init=False)
    started: float = field(init=False)
    has_warned: bool = False
    may_have_run: bool = False
    last_error: RivetError | None = None
    start_failure: tuple[str, Any] | None = None
    delay: float = 0.0
    ray_id: str | None = None
    watch: Watch | None = None

    def __post_init__(self) -> None:
        self.deadline = self.context.deadline(self.timeout)
        self.started = self.context.now()

    def left(self) -> float | None:
        """Seconds left, or None for no deadline.

        Raises:
            ActionTimeoutError: No time is left.
        """
        if self.deadline is None:
            return None
        left = self.deadline - self.context.now()
        if left <= 0:
            raise self.expired()
        return left

    def allows(self, delay: float) -> bool:
        """Whether a pause of `delay` seconds ends before the deadline."""
        return self.deadline is None or self.context.now() + delay < self.deadline

    def pause(self, seconds: float, number: int, error: RivetError) -> Flow[None]:
        """Wait after a failed attempt. There is one warning of a call that has failed for `PATIENCE` seconds."""
        again = f"{self.what}, attempt {number}: {error}; trying again"
        quiet = self.started + PATIENCE - self.context.now()
        if self.has_warned or quiet >= seconds:
            self._note_retry(number, seconds, error, f"{again} in {seconds:.2f} s")
            yield from sleep(seconds)
            return
        if quiet > 0:
            self._note_retry(number, seconds, error, f"{again} in {seconds:.2f} s")
            yield from sleep(quiet)
        self.has_warned = True
        until = "" if self.deadline is None else f", for {self.deadline - self.context.now():.0f} s more"
        left = seconds - max(quiet, 0.0)
        self._note_retry(
            number,
            left,
            error,
            f"{self.what}: no success at {self.context.endpoint.url} for {max(PATIENCE, PATIENCE - quiet):.0f} s: "
            f"{error}; trying again{until}",
            is_warning=True,
        )
        yield from sleep(left)

    def _note_retry(
        self, number: int, seconds: float, error: RivetError, message: str, *, is_warning: bool = False
    ) -> None:
        if self.context.observers.wants("retry_scheduled"):
            from rivet_client._core.watch import note_retry

            note_retry(self.context, self.watch, number, seconds, error, message, is_warning=is_warning)

    def watching(
        self, kind: CallKind, name: str, target: Target | None = None
    ) -> AbstractContextManager[object]:
        """Watch the call, in a `with` statement, if anybody wants that; see `Watch`."""
        if not self.context.observers.watches_calls and current_info() is None:
            return _UNWATCHED
        from rivet_client._core.watch import Watch

        self.watch = watch = Watch(self.context, kind, name, target, self.started, lambda: self.ray_id)
        return watch

    def expired(self, *, connected: bool = True) -> ActionTimeoutError:
        """The error for a call whose time is over; `connected` says whether there was a connection to the endpoint."""
        # A call without a timeout gets here if the caller's own HTTP client has one.
        within = "in time" if self.timeout is None else f"within {self.timeout:g} s"
        text = f"{self.what} had no answer {within}"
        hint = None
        if not connected:
            url = self.context.endpoint.url
            proxy = self.context.config.proxies.find(*address_of(url))
            through = "" if proxy is None else f" through the proxy {proxy}"
            text = f"{text}: no connection to {url}{through}"
            hint = HOST_SILENT if proxy is None else f"check {proxy.setting}"
        return ActionTimeoutError(
            text, timeout=self.timeout, may_have_run=self.may_have_run, hint=hint, last_error=self.last_error
        )

    def send(
        self,
        request: HttpRequest,
        *,
        raw: bool = False,
        idempotent: bool = True,
        max_raw_bytes: int | None = None,
    ) -> Flow[HttpResponse]:
        """Send within the time left. After an `idempotent` request, the call counts as one that has not run."""
        context = self.context
        limit = context.config.max_body_bytes
        left = self.left()
        sending = send(request, left, raw=raw, max_body_bytes=limit, max_raw_bytes=max_raw_bytes)
        if context.observers.wants("request_ended"):
            from rivet_client._core.watch import observed

            sending = observed(sending, context, self.watch, request)
        self.ray_id = None
        try:
            response = yield from sending
        except SendTimedOut as error:
            self.may_have_run = self.may_have_run or (error.sent and not idempotent)
            raise self.expired(connected=error.sent) from self.last_error
        except CallCancelledError as error:
            self.may_have_run = self.may_have_run or (error.may_have_run and not idempotent)
            raise
        self.ray_id = response.headers.get("x-rivet-ray-id")
        coding = response.headers.get("content-encoding", "identity")
        if coding.lower() != "identity" and not leaves_body(raw, response.status, response.headers):
            raise ProtocolError(
                f"{self.context.endpoint.url} answered HTTP {response.status} in the coding {coding!r}, "
                "though no coding was asked for; have whatever is on the way leave it out"
            )
        return response

    def read(self, response: HttpResponse) -> Flow[None]:
        """Read the body of a raw response within the time left."""
        self.may_have_run = True  # the actor has answered
        try:
            yield from read(response, self.left())
        except SendTimedOut:
            raise self.expired() from self.last_error


def start_timer(context: Context, what: str, timeout: float | None) -> Timer:
    """Start the time of a call.

    Args:
        context: The client's.
        what: The call, as error texts name it.
        timeout: The call's time, in seconds; None for the client's.

    Raises:
        TypeError, ConfigError: The timeout is wrong.
    """
    chosen = context.config.timeout if timeout is None else check_timeout("timeout", timeout)
    return Timer(context, what, chosen)


def retrying(
    timer: Timer,
    attempt: Callable[[], Flow[T]],
    delay_after: Callable[[ActorError | TransportError, int], float | None],
    *,
    is_lookup: bool = False,
) -> Flow[T]:
    """Run `attempt` until it succeeds, and return its result.

    Args:
        timer: The call's.
        attempt: Makes an attempt.
        delay_after: Gets the error of an attempt and its number, from 1. It returns the seconds until the next
            attempt, or None to raise the error.
        is_lookup: Whether it only finds out what the call needs to know. The attempts of a call are those of the first
            thing that is no look-up. What runs inside of them does not count.

    Raises:
        ActorError, TransportError: The last attempt failed, or no time is left for another one.
        CallCancelledError: It tells of all attempts whether one may have run.
    """
    watch = None if is_lookup or timer.watch is None or timer.watch.attempts else timer.watch
    number = 1
    try:
        while True:
            if watch is not None:
                watch.attempt(timer.delay, timer.last_error)
            try:
                return (yield from attempt())
            except (ActorError, TransportError) as error:
                delay = delay_after(error, number)
                if delay is None or not timer.allows(delay):
                    raise
                timer.last_error, timer.delay = error, delay
            yield from timer.pause(delay, number, timer.last_error)
            number += 1
    except CallCancelledError as error:
        told = with_outcome(error, may_have_run=timer.may_have_run)
        raise told.with_traceback(error.__traceback__) from timer.last_error
