"""Which HTTP connection serves which request. The drivers open the connections."""

from __future__ import annotations

import contextlib
import weakref
from typing import Final, Generic, Protocol, TypeVar

from rivet_client._common.exchange import Exchange, Origin

__all__ = ["KEEPALIVE", "Pool", "Poolable"]

KEEPALIVE: Final = 30.0
"""Time that a connection waits for its next request, in seconds: the engine waits 100 or more (PROTOCOL.md 4.3)."""
_MAX_IDLE: Final = 100


class Poolable(Protocol):
    """An HTTP connection of either flavour.

    Attributes:
        idle_since: When it began to wait, on the monotonic clock, in seconds.
    """

    idle_since: float

    def is_usable(self) -> bool:
        """Whether it can take a request: the peer has neither closed it nor sent anything unasked."""
        ...

    def detach(self) -> bool:
        """Leave the exchange that has ended; return whether the connection can carry another one."""
        ...

    def abort(self) -> None:
        """End the connection. The code that uses it notices, and closes it."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


C = TypeVar("C", bound=Poolable)


class Pool(Generic[C]):
    """HTTP connections that wait for their next request.

    A connection in use belongs to its request alone. It comes back only after an exchange that is known to have ended
    well. If a request ends in any other way, its connection is closed with it. So no connection stays lent, and none
    comes back half used, even if a signal handler raises.

    The pool is safe with threads and signal handlers: every step is one operation of a dict, list or set.

    Attributes:
        is_closed: Whether no connection is kept, nor opened, any more.
    """

    def __init__(self) -> None:
        self.is_closed = False
        self._idle: dict[Origin, list[C]] = {}
        self._all: set[weakref.ref[C]] = set()

    def borrow(self, origin: Origin, now: float) -> C | None:
        """Return the connection that was used last, or None if there is none."""
        idle = self._idle.get(origin)
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # another thread was faster
                break
            if connection.idle_since + KEEPALIVE > now and connection.is_usable():
                return connection
            connection.close()
        return None

    def release(self, connection: C, exchange: Exchange, now: float) -> None:
        """Let a connection wait for its next request, if its exchange and the connection itself allow one.

        After this call the connection belongs to the pool. So call this last.
        """
        if not exchange.can_be_followed or not connection.detach():
            connection.close()
            return
        origin = exchange.origin
        idle = self._idle.get(origin)
        if idle is None:
            idle = self._idle.setdefault(origin, [])
        if self.is_closed or len(idle) >= _MAX_IDLE:
            connection.close()
            return
        # The connections that nobody needs any more wait longest. Each release closes one of them, if its time is up.
        for oldest in idle[:1]:
            if oldest.idle_since + KEEPALIVE <= now:
                with contextlib.suppress(ValueError):  # another thread was faster
                    idle.remove(oldest)
                    oldest.close()
        connection.idle_since = now
        idle.append(connection)

    @property
    def sizes(self) -> tuple[int, int]:
        """How many connections there are, and how many of them wait for their next request. For any thread."""
        return len(self._all), sum(len(idle) for idle in tuple(self._idle.values()))

    def track(self, connection: C) -> None:
        """Register a connection, so that `close` ends it if it still exists then."""
        self._all.add(weakref.ref(connection, self._all.discard))

    def close(self) -> None:
        """End all connections, in use or not. None is kept from now on."""
        self.is_closed = True
        for one in self._all.copy():
            if (connection := one()) is not None:
                connection.abort()
        for idle in self._idle.values():
            while idle:
                idle.pop().close()
