"""The types of values that users give and get, beside those of Python itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias, final

__all__ = [
    "UNDEFINED",
    "ActorValue",
    "ArrayBuffer",
    "BigInt",
    "ConnectionStatus",
    "JsMap",
    "JsSet",
    "QueueSendResult",
    "UndefinedType",
]


ActorValue: TypeAlias = Any
"""What an actor takes or gives. `docs/values.md` says what may go in, and what comes out.

To a type checker it is `Any`, because only the actor knows its types. Typed packages know them, too."""


@final
class UndefinedType:
    """Type of `UNDEFINED`."""

    __slots__ = ()

    def __new__(cls) -> UndefinedType:
        """Return the one instance there is."""
        return UNDEFINED if "UNDEFINED" in globals() else super().__new__(cls)

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = UndefinedType()
"""JavaScript's `undefined`, for those who mean to send it. An `undefined` of the actor arrives as None, like `null`."""


class BigInt(int):
    """An int that the actor must receive as a JavaScript BigInt, however small it is.

    A plain int arrives as a number up to 2^53 and as a BigInt beyond. Results come back as plain ints.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"BigInt({int(self)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (BigInt, (int(self),))


class ArrayBuffer(bytes):
    """Bytes that the actor must receive as an ArrayBuffer; other bytes become a Uint8Array. Results are plain bytes."""

    __slots__ = ()


class JsMap:
    """A dict that the actor must receive as a Map, even if all its keys are strings. Results are plain dicts.

    Attributes:
        content: The dict.
    """

    __slots__ = ("content",)

    def __init__(self, content: dict[ActorValue, ActorValue]) -> None:
        self.content: dict[ActorValue, ActorValue] = content

    def __repr__(self) -> str:
        return f"JsMap({self.content!r})"


class JsSet:
    """Items that the actor must receive as a Set, although no Python set can hold them, such as dicts.

    Results are plain lists.

    Attributes:
        content: The items.
    """

    __slots__ = ("content",)

    def __init__(self, content: list[ActorValue]) -> None:
        self.content: list[ActorValue] = content

    def __repr__(self) -> str:
        return f"JsSet({self.content!r})"


class ConnectionStatus(StrEnum):
    """What a connection is doing."""

    IDLE = "idle"
    """The connection has not started, is closed, or has given up for good."""
    CONNECTING = "connecting"
    """An attempt is under way."""
    CONNECTED = "connected"
    """The connection is open."""
    DISCONNECTED = "disconnected"
    """The connection is lost, or an attempt failed. The next attempt follows."""


@dataclass(frozen=True, slots=True)
class QueueSendResult:
    """What became of a queue message that was sent with `wait=True`.

    Attributes:
        status: "completed", or "timedOut" when nobody completed it in time.
        response: What the actor passed to `complete()`, or None.
    """

    status: str
    response: ActorValue = None
