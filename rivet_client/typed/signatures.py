"""What only the methods of a typed package name: callers, results, callbacks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, Protocol, TypeAlias, TypeVar, Union

from typing_extensions import deprecated

from rivet_client.values import QueueSendResult, UndefinedType

__all__ = [
    "AsyncCaller",
    "AsyncGetter",
    "Caller",
    "EventDecorator",
    "Getter",
    "OrUndefined",
    "QueueResult",
    "UndefinedType",
    "deprecated",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

OrUndefined: TypeAlias = Union[T, UndefinedType]  # noqa: UP007  a generic alias
"""An argument that may be left out; it is `UNDEFINED` then. None is one of its values."""

Getter: TypeAlias = Callable[[], T]
"""A function that is called for the parameters of each connection attempt."""

AsyncGetter: TypeAlias = Callable[[], Union[T, Awaitable[T]]]  # noqa: UP007  a generic alias
"""The same for asyncio, where the function may be `async def`."""


class Caller(Protocol):
    """A handle or connection of the blocking client."""

    def action(self, name: str, /, *args: Any) -> Any:
        """Call an action."""


class AsyncCaller(Protocol):
    """A handle or connection of the asyncio client."""

    async def action(self, name: str, /, *args: Any) -> Any:
        """Call an action."""


class EventDecorator(Protocol[P]):
    """A decorator: the function below it is called with the arguments of each event."""

    def __call__(self, callback: Callable[P, R], /) -> Callable[P, R]:
        """Have a function called, and return it."""
        ...


@dataclass(frozen=True, slots=True)
class QueueResult(QueueSendResult, Generic[R]):
    """What became of a queue message that was sent with `wait=True`.

    Attributes:
        status: "completed", or "timedOut" when nobody completed it in time.
        response: What the actor passed to `complete()`; None if it did not.
    """

    response: R | None = None
