"""Which HTTP connection serves which request; opening and closing them is the flavours' part."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Hashable
from typing import Any, Final

__all__ = ["KEEPALIVE", "Pool"]

KEEPALIVE: Final = 30.0
"""Time that a connection waits for its next request, in seconds: the engine waits 100 or more (PROTOCOL.md 4.3)."""
_MAX_IDLE: Final = 100


class Pool:
    """HTTP/1.1 connections of httpcore, each lent to one request at a time.

    httpcore's own pool looks through all of its connections for each request, and again after it: with 32 requests
    at a time that takes longer than the requests.

    Safe with threads: every step is one operation of a dict, list or set.
    """

    def __init__(self) -> None:
        self._idle: defaultdict[Hashable, list[Any]] = defaultdict(list)
        self._lent: set[Any] = set()
        self._is_closed = False

    def borrow(self, origin: Hashable) -> tuple[Any, list[Any]]:
        """Return the connection that was used last, or None for want of one; and those that are to be closed."""
        idle = self._idle[origin]
        stale: list[Any] = []
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return None, stale
            if not connection.has_expired():
                self._lent.add(connection)
                return connection, stale
            stale.append(connection)

    def lend(self, connection: Any) -> None:
        """Note a new connection."""
        self._lent.add(connection)

    def forget(self, connection: Any) -> None:
        """Note that a connection is of no use any more."""
        self._lent.discard(connection)

    def give_back(self, origin: Hashable, connection: Any) -> list[Any]:
        """Keep a connection for the next request if it can take one; return those that are to be closed."""
        self._lent.discard(connection)
        idle = self._idle[origin]
        if self._is_closed or len(idle) >= _MAX_IDLE or not connection.is_idle():
            return [connection]
        idle.append(connection)
        if len(idle) > 1:
            with contextlib.suppress(IndexError):  # another thread was faster
                # The one that waits longest: those that nobody needs any more come by here one after the other.
                if idle[0].has_expired():
                    return [idle.pop(0)]
        return []

    def close(self) -> list[Any]:
        """Return all connections, in use or not; none is kept from now on."""
        self._is_closed = True
        return [*self._lent.copy(), *(one for idle in list(self._idle.values()) for one in idle)]
