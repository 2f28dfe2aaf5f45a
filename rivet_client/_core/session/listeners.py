"""Who wants to hear what on a connection. Plain bookkeeping; the drivers do the calling and the locking."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from rivet_client._core.session.actor_session import ActorSession
from rivet_client._core.session.events import ErrorReported, Lost, Opened, StatusChanged
from rivet_client.errors import ConfigError

__all__ = ["READ_AHEAD", "Buffer", "Callback", "EventListener", "Listeners", "lifecycle_key"]

READ_AHEAD: Final = 1000
"""While a call waits, so many events more than a buffer holds are read: the answer comes behind them."""


class Callback:
    """A function to call with each event's arguments."""

    __slots__ = ("function", "once")

    def __init__(self, function: Callable[..., Any], *, once: bool = False) -> None:
        if not callable(function):
            raise TypeError(f"callback must be callable, not {type(function).__name__}")
        self.function: Callable[..., Any] = function
        self.once: bool = once


class Buffer:
    """Events that an iterator has not taken yet.

    Attributes:
        items: Argument tuples, oldest first.
        max_size: With this many items, the driver stops reading from the socket: then the peer waits, and nothing is
            lost. While a call waits for its answer, the driver reads `READ_AHEAD` items more.
        waiter: What the driver wakes when an item arrives.
        owner: Weak reference to the iterator; without one, the buffer is never orphaned.
        is_closed: Nobody wants items any more.
    """

    __slots__ = ("is_closed", "items", "max_size", "owner", "waiter")

    def __init__(self, max_size: object) -> None:
        if isinstance(max_size, bool) or not isinstance(max_size, int):
            raise TypeError(f"max_buffer must be an int, not {type(max_size).__name__}")
        if max_size < 1:
            raise ConfigError(f"max_buffer must be at least 1, not {max_size}")
        self.items: deque[tuple[Any, ...]] = deque()
        self.max_size: int = max_size
        self.waiter: Any = None
        self.owner: Callable[[], object] | None = None
        self.is_closed: bool = False

    @property
    def is_orphaned(self) -> bool:
        """Whether its iterator is gone, but a signal handler kept that from closing it."""
        return self.owner is not None and self.owner() is None

    @property
    def is_full(self) -> bool:
        """Whether reading should stop, unless a call waits for its answer."""
        return not self.is_closed and len(self.items) >= self.max_size and not self.is_orphaned

    @property
    def is_overfull(self) -> bool:
        """Whether reading should stop even then."""
        return not self.is_closed and len(self.items) >= self.max_size + READ_AHEAD


EventListener = Callback | Buffer


class Listeners:
    """Listeners by event name. The session is subscribed to a name while it has any."""

    def __init__(self, session: ActorSession) -> None:
        self._session = session
        self._by_name: dict[str, tuple[EventListener, ...]] = {}
        self.buffers: tuple[Buffer, ...] = ()

    def add(self, name: str, listener: EventListener) -> None:
        """Add a listener."""
        present = self._by_name.get(name, ())
        self._by_name[name] = (*present, listener)
        if isinstance(listener, Buffer):
            self.buffers = (*self.buffers, listener)
        self._session.subscribe(name)

    def remove(self, name: str, listener: EventListener) -> bool:
        """Remove a listener, or what an interrupted removal left; returns whether it was there."""
        self.buffers = tuple(other for other in self.buffers if other is not listener)
        present = self._by_name.get(name, ())
        left = tuple(other for other in present if other is not listener)
        if left:
            self._by_name[name] = left
        else:
            self._session.unsubscribe(name)
            self._by_name.pop(name, None)
        return len(left) < len(present)

    def find(self, name: str) -> tuple[EventListener, ...]:
        """The listeners of a name, in the order they were added. Safe without the driver's lock."""
        return self._by_name.get(name, ())


def lifecycle_key(event: object) -> tuple[str, tuple[Any, ...]] | None:
    """The kind of lifecycle callback that a session event is for, with the callback's arguments."""
    if isinstance(event, StatusChanged):
        return "status_change", (event.status,)
    if isinstance(event, Opened):
        return "open", ()
    if isinstance(event, Lost):
        return "close", ()
    if isinstance(event, ErrorReported):
        return "error", (event.error,)
    return None
