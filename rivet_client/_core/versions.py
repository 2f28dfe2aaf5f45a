"""Which version of the protocol a client writes: the newest one that both sides know.

No metadata tells what a host knows, but its answers do. A host writes the newest version that it knows, whatever it
gets, and reads that version and older ones (PROTOCOL.md 4.4 and 6). What it cannot read it refuses, and nothing runs.

- Over HTTP the client begins with its newest version. The version of a refusal is the one that the host knows. The
  same request then goes out in that version. The version is lower each time, so this ends.
- Over a connection the host speaks first. The client writes the version of the host's Init. So nothing is refused.

Of several hosts behind one endpoint, each may know another version, and each may be updated. So what a client has
learned is forgotten after a while.

Only the encoding "bare" has versions. The documents of "cbor" and "json" name their fields, and a reader ignores those
that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable

from rivet_client.errors import VersionError
from rivet_client_generated.protocol.versions import NEWEST

__all__ = ["REMEMBERED", "Versions", "version_of"]

REMEMBERED = 300.0
"""How long a client begins with an older version before it tries the newest one again, in seconds."""


class Versions:
    """Which version one client writes.

    Args:
        fixed: The version that the user has fixed; None for the newest one that both sides know.
        now: The monotonic clock, in seconds.
    """

    __slots__ = ("_first", "_fixed", "_forget_at", "_now")

    def __init__(self, fixed: int | None, now: Callable[[], float]) -> None:
        self._fixed = fixed
        self._first: int = NEWEST if fixed is None else fixed
        self._forget_at: float | None = None  # when `_first` is the newest version again
        self._now = now

    @property
    def first(self) -> int:
        """The version to begin with, where the host has not said anything yet."""
        if self._forget_at is not None and self._now() >= self._forget_at:
            self._first, self._forget_at = NEWEST, None
        return self._first

    def learn(self, known: int, peer: str) -> int:
        """Note the newest version that a host knows; return the version to write to this host.

        Args:
            known: The version. The client knows it, too.
            peer: The actor, for the text of the error.

        Raises:
            VersionError: The user has fixed a newer version.
        """
        if self._fixed is None:
            self._first = known
            self._forget_at = None if known == NEWEST else self._now() + REMEMBERED
        elif self._fixed > known:
            raise VersionError(
                self._fixed,
                f"is unknown to the host of {peer}, which knows version {known}",
                hint="leave protocol_version out, or update the server",
            )
        return known if self._fixed is None else self._fixed


def version_of(frame: bytes) -> int:
    """The version of a message that has been decoded."""
    return frame[0] | frame[1] << 8
