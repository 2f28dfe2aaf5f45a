"""Iterators over the events of one name. They check the arguments of each event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, Protocol, Self, TypeVar, cast

from rivet_client._hints import ForAsyncio, ForBlockingCode
from rivet_client._objects import Shown
from rivet_client.typed.actors import Event
from rivet_client.values import ActorValue

__all__ = ["AsyncEvents", "Events"]

Item = TypeVar("Item", covariant=True)


class _EventIterator(Protocol):
    """The iterator of the blocking client, whose items are not checked."""

    def __next__(self) -> tuple[ActorValue, ...]: ...

    def close(self) -> None: ...


class _AsyncEventIterator(Protocol):
    """The iterator of the asyncio client, whose items are not checked."""

    async def __anext__(self) -> tuple[ActorValue, ...]: ...

    async def close(self) -> None: ...


Source = TypeVar("Source", _EventIterator, _AsyncEventIterator)


class _CheckedEvents(Shown, Generic[Source]):
    """What both iterators have in common.

    Args:
        iterator: The iterator of the dynamic client.
        event: The types of the arguments; None if the actor does not declare the event.
    """

    def __init__(self, iterator: Source, event: Event | None) -> None:
        self._iterator: Source = iterator
        # To a type checker an item is the tuple that the typed package declares. `Event` makes that tuple.
        self._decode: Callable[[tuple[ActorValue, ...]], Any] = tuple if event is None else event.decode

    def _about(self) -> tuple[str, ...]:
        return cast("Shown", self._iterator)._about()


class Events(ForBlockingCode, _CheckedEvents[_EventIterator], Iterator[Item]):
    """Iterates over the events of one name. Each item is the tuple of the event's arguments.

    The iteration ends when the connection is closed. It raises the error with which the connection gave up, if any.
    """

    def __next__(self) -> Item:
        item: Item = self._decode(next(self._iterator))
        return item

    def close(self) -> None:
        """Stop listening."""
        self._iterator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class AsyncEvents(ForAsyncio, _CheckedEvents[_AsyncEventIterator], AsyncIterator[Item]):
    """Iterates over the events of one name. Each item is the tuple of the event's arguments.

    The iteration ends when the connection is closed. It raises the error with which the connection gave up, if any.
    """

    async def __anext__(self) -> Item:
        item: Item = self._decode(await self._iterator.__anext__())
        return item

    async def close(self) -> None:
        """Stop listening."""
        await self._iterator.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
