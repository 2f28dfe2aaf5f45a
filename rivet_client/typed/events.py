"""Iterators over the events of one name, whose arguments are checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, Self, TypeVar

from rivet_client._objects import Shown
from rivet_client.typed.actors import Event

__all__ = ["AsyncEvents", "Events"]

Item = TypeVar("Item", covariant=True)


class _EventsOf(Shown, Generic[Item]):
    """An iterator over the events of one name, whose arguments are checked."""

    def __init__(self, iterator: Any, event: Event | None) -> None:
        self._iterator = iterator
        self._decode: Callable[[tuple[Any, ...]], Any] = tuple if event is None else event.decode

    def _about(self) -> tuple[str, ...]:
        about: tuple[str, ...] = self._iterator._about()
        return about


class Events(_EventsOf[Item], Iterator[Item]):
    """Iterates over the events of one name; each item is the tuple of the event's arguments.

    Ends when the connection is closed; raises what the connection gave up with, if it did.
    """

    def __next__(self) -> Item:
        return self._decode(next(self._iterator))  # type: ignore[no-any-return]

    def close(self) -> None:
        """Stop listening."""
        self._iterator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class AsyncEvents(_EventsOf[Item], AsyncIterator[Item]):
    """Iterates over the events of one name; each item is the tuple of the event's arguments.

    Ends when the connection is closed; raises what the connection gave up with, if it did.
    """

    async def __anext__(self) -> Item:
        return self._decode(await anext(self._iterator))  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Stop listening."""
        await self._iterator.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
