"""The listeners of a connection, the end of an iteration, and when reading stops because events are not taken.

The drivers do the calling, the waiting and the locking.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from rivet_client._core.session.actor_session import ActorSession
from rivet_client._core.session.events import ErrorReported, Lost, Opened, SessionEvent, StatusChanged
from rivet_client._core.session.states import CLOSED_BY_USER, Phase
from rivet_client.errors import ConfigError, RivetError

__all__ = ["READ_AHEAD", "Buffer", "Callback", "EventListener", "LifecycleCallbacks", "Listeners"]

READ_AHEAD: Final = 1000
"""While a call waits, this many events are read beyond a full buffer, because the answer comes after them."""


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
        """Whether the iterator is gone, but a signal handler kept it from closing this buffer."""
        return self.owner is not None and self.owner() is None

    @property
    def is_full(self) -> bool:
        """Whether reading should stop, unless a call waits for its answer."""
        return not self.is_closed and len(self.items) >= self.max_size and not self.is_orphaned

    @property
    def is_overfull(self) -> bool:
        """Whether reading should stop even if a call waits for its answer."""
        return not self.is_closed and len(self.items) >= self.max_size + READ_AHEAD

    def fill(self, events: deque[tuple[Any, ...]], *, is_limited: bool) -> None:
        """Move events to the items. If `is_limited`, events for which the buffer has no room are dropped."""
        while events:
            args = events.popleft()
            if not is_limited or not self.is_overfull:
                self.items.append(args)


EventListener = Callback | Buffer


class Listeners:
    """Listeners by event name. The session is subscribed to a name while the name has any.

    Attributes:
        buffers: The buffers of all names.
        is_end_told: All events that came before the end of the connection have been delivered.
    """

    def __init__(self, session: ActorSession) -> None:
        self._session = session
        self._by_name: dict[str, tuple[EventListener, ...]] = {}
        self.buffers: tuple[Buffer, ...] = ()
        self.is_end_told = False

    def add(self, name: str, listener: EventListener) -> None:
        """Add a listener."""
        present = self._by_name.get(name, ())
        self._by_name[name] = (*present, listener)
        if isinstance(listener, Buffer):
            self.buffers = (*self.buffers, listener)
        self._session.subscribe(name)

    def remove(self, name: str, listener: EventListener) -> bool:
        """Remove a listener, or what an interrupted removal left of it; return whether it was there."""
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
        """The listeners of a name, in the order they were added. May be called without the driver's lock."""
        return self._by_name.get(name, ())

    @property
    def are_unwanted(self) -> bool:
        """Whether the user has closed the connection: callbacks get no more events."""
        return self._session.phase in CLOSED_BY_USER

    # --- Iterators ---------------------------------------------------------------------------------------------

    def has_ended(self, buffer: Buffer) -> bool:
        """Whether an iteration that finds no item in its buffer ends. If not, it waits for an item.

        The iteration ends at once when the user has closed the iterator, or the connection. If the connection has given
        up, all events that came before are delivered first.

        Raises:
            RivetError: The error with which the connection gave up.
        """
        phase = self._session.phase
        if buffer.is_closed or phase in CLOSED_BY_USER:
            return True
        if phase is Phase.FAILED and self.is_end_told:
            raise self._session.end_error()
        return False

    # --- Backpressure ------------------------------------------------------------------------------------------

    def must_pause(self, buffer: Buffer) -> bool:
        """Whether reading must stop, because a buffer has got items."""
        return buffer.is_full and (buffer.is_overfull or not self._session.must_read)

    def may_resume(self, freeing: Buffer | None = None) -> bool:
        """Whether no buffer is full. An item of `freeing` is about to be taken."""
        return not any(
            buffer.is_full and (buffer is not freeing or len(buffer.items) > buffer.max_size)
            for buffer in self.buffers
        )

    def may_resume_for_call(self) -> bool:
        """Whether reading may go on because a call waits: its answer comes after the events that nobody takes."""
        return not any(buffer.is_overfull for buffer in self.buffers)


class LifecycleCallbacks:
    """Functions to call when something happens to a connection: "open", "close", "error" or "status_change"."""

    def __init__(self) -> None:
        self._by_kind: dict[str, tuple[Callable[..., Any], ...]] = {}
        self._final_error: RivetError | None = None  # once the callbacks have been told

    def add(self, kind: str, function: Callable[..., Any]) -> RivetError | None:
        """Add a function; return the error that it has missed, if the connection has given up already."""
        self._by_kind[kind] = (*self._by_kind.get(kind, ()), function)
        return self._final_error if kind == "error" else None

    def remove(self, kind: str, function: Callable[..., Any]) -> None:
        """Remove a function once, if it is there."""
        left = list(self._by_kind.get(kind, ()))
        if function in left:
            left.remove(function)
        self._by_kind[kind] = tuple(left)

    def find(self, event: SessionEvent) -> tuple[str, tuple[Callable[..., Any], ...], tuple[Any, ...]]:
        """Return the kind of an event, the functions to call, and their arguments."""
        kind, args = _lifecycle_kind(event)
        if isinstance(event, ErrorReported) and event.final:
            self._final_error = event.error
        return kind, self._by_kind.get(kind, ()), args


def _lifecycle_kind(event: SessionEvent) -> tuple[str, tuple[Any, ...]]:
    if isinstance(event, StatusChanged):
        return "status_change", (event.status,)
    if isinstance(event, Opened):
        return "open", ()
    if isinstance(event, Lost):
        return "close", ()
    if isinstance(event, ErrorReported):
        return "error", (event.error,)
    return "", ()  # for nobody
