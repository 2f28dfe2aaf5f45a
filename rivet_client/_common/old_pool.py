"""Which HTTP connection serves which request; opening and closing them is the flavours' part."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeAlias

__all__ = ["EXCHANGE", "KEEPALIVE", "Exchange", "GiveBack", "Pool"]

KEEPALIVE: Final = 30.0
"""Time that a connection waits for its next request, in seconds: the engine waits 100 or more (PROTOCOL.md 4.3)."""
_MAX_IDLE: Final = 100


EXCHANGE: Final = "rivet_client"
"""Extension of a request under which our own transports find its `Exchange`."""


class Exchange:
    """One request on its way.

    Attributes:
        deadline: When it has to be over, on the monotonic clock, in seconds; None for no deadline.
        sent: Whether the peer may have seen a part of it.
        is_last: Whether no other request may go over the same connection.
    """

    __slots__ = ("deadline", "is_last", "sent")

    def __init__(self, deadline: float | None, *, sent: bool = True) -> None:
        self.deadline = deadline
        self.sent = sent
        self.is_last = False


class Pool:
    """HTTP/1.1 connections of httpcore that wait for their next request.

    httpcore's own pool looks through all of its connections for each request, and again after it: with 32 requests
    at a time that takes longer than the requests.

    A connection in use belongs to its request alone. It comes back after an exchange that is known to have ended
    well; wherever else a request ends, its connection goes with it. So nothing stays lent, and nothing comes back half
    used, even if a signal handler raises.

    Safe with threads and signal handlers: every step is one operation of a dict, list or set.

    Attributes:
        is_closed: Whether connections are still kept, and opened.
    """

    def __init__(self) -> None:
        self.is_closed = False
        self._idle: dict[Hashable, list[Any]] = {}
        self._streams: set[weakref.ref[Any]] = set()

    def borrow(self, origin: Hashable) -> tuple[Any, list[Any]]:
        """Return the connection that was used last, or None for want of one; and those that are to be closed."""
        idle = self._idle.get(origin, [])
        stale: list[Any] = []
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return None, stale
            if not connection.has_expired():
                return connection, stale
            stale.append(connection)

    def give_back(self, origin: Hashable, exchange: Exchange, held: list[Any]) -> list[Any]:
        """Move the connection in `held` to those that wait, if it can take a request; return those to be closed."""
        idle = self._idle.setdefault(origin, [])
        if self.is_closed or exchange.is_last or len(idle) >= _MAX_IDLE or not held[0].is_idle():
            return held
        stale: list[Any] = []
        with contextlib.suppress(IndexError):  # none, or another thread was faster
            # The one that waits longest: those that nobody needs any more come by here one after the other.
            if idle[0].has_expired():
                stale.append(idle.pop(0))
        idle.append(held.pop())
        return stale

    def watch(self, stream: Any) -> None:
        """Have `close` return this stream, if it still exists then."""
        self._streams.add(weakref.ref(stream, self._streams.discard))

    def close(self) -> list[Any]:
        """Return the streams of all connections, in use or not; none is kept from now on."""
        self.is_closed = True
        return [stream for one in self._streams.copy() if (stream := one()) is not None]


GiveBack: TypeAlias = Callable[[list[Any]], list[Any]]
"""`Pool.give_back`, bound to all but the connection."""
