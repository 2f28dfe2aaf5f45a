"""Value types that callers see. Imports: stdlib and errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, final

from rivet_client.errors import ConfigError

__all__ = [
    "UNDEFINED",
    "ArrayBuffer",
    "BigInt",
    "ConnectionStatus",
    "JsMap",
    "JsSet",
    "QueueSendResult",
    "RetryPolicy",
    "UndefinedType",
    "check_limit",
    "check_timeout",
]


_MAX_SECONDS = 2_000_000
"""About 23 days; the waits of operating systems end at 2^31 milliseconds."""


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
"""JavaScript's `undefined`, for sending it on purpose. It comes back as None, like `null`."""


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
    """Bytes that the actor must receive as an ArrayBuffer; others arrive as a Uint8Array. Results are plain bytes."""

    __slots__ = ()


class JsMap:
    """A dict that the actor must receive as a Map, even if all its keys are strings. Results are plain dicts."""

    __slots__ = ("content",)

    def __init__(self, content: dict[Any, Any]) -> None:
        self.content = content

    def __repr__(self) -> str:
        return f"JsMap({self.content!r})"


class JsSet:
    """Items that the actor must receive as a Set, though no Python set can hold them: dicts, above all.

    Results are plain lists.
    """

    __slots__ = ("content",)

    def __init__(self, content: list[Any]) -> None:
        self.content = content

    def __repr__(self) -> str:
        return f"JsSet({self.content!r})"


class ConnectionStatus(StrEnum):
    """Where a connection is in its life."""

    IDLE = "idle"
    """Not started, closed, or given up for good."""
    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    """Lost, or an attempt failed; the next attempt is due."""


@dataclass(frozen=True, slots=True)
class QueueSendResult:
    """What became of a queue message that was sent with `wait=True`.

    Attributes:
        status: "completed", or "timedOut" when nobody completed it in time.
        response: What the actor passed to `complete()`, or None.
    """

    status: str
    response: Any = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What the client repeats by itself, how often and how fast.

    The delay before attempt n+1 is `initial_delay * 2**(n-1)`, at most `max_delay`, times a random factor
    from 0.5 to 1, so that many clients do not come back at once. A call's own timeout has the last word.

    Attributes:
        max_attempts: Most attempts of one call, the first included; 1 switches retries off.
        initial_delay: Longest pause before the second attempt, in seconds.
        max_delay: Longest pause ever, in seconds.
        ambiguous: "raise" hands an error to the caller when the actor may already have acted on the call
            (flag `may_have_run`); "retry" repeats such calls too, as the reference client does, so that an
            action can run twice. The default is "raise": only the caller knows if running twice does harm.
    """

    max_attempts: int = 8
    initial_delay: float = 0.05
    max_delay: float = 2.0
    ambiguous: Literal["raise", "retry"] = "raise"

    def __post_init__(self) -> None:
        if isinstance(self.max_attempts, bool) or not isinstance(self.max_attempts, int):
            raise TypeError(f"max_attempts must be an int, not {type(self.max_attempts).__name__}")
        if self.max_attempts < 1:
            raise ConfigError(f"max_attempts must be at least 1 (1: no retries), not {self.max_attempts}")
        for name in ("initial_delay", "max_delay"):
            seconds = getattr(self, name)
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
                raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
            if not 0 <= seconds <= _MAX_SECONDS:
                raise ConfigError(f"{name} must be from 0 to {_MAX_SECONDS} seconds, not {seconds!r}")
        if self.ambiguous not in ("raise", "retry"):
            raise ConfigError(f"ambiguous must be 'raise' or 'retry', not {self.ambiguous!r}")


def check_limit(name: str, value: object) -> int | None:
    """Check a number of bytes; None means no limit.

    Raises:
        TypeError: Not an int.
        ConfigError: Not greater than 0.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int or None, not {type(value).__name__}")
    if value <= 0:
        raise ConfigError(f"{name} must be greater than 0 (None for no limit), not {value}")
    return value


def check_timeout(name: str, value: object) -> float | None:
    """Check a duration in seconds; None means no deadline.

    Raises:
        TypeError: Not a number.
        ConfigError: Negative, not finite, or more than any clock can wait for.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not 0 <= value <= _MAX_SECONDS:
        raise ConfigError(
            f"{name} must be from 0 to {_MAX_SECONDS} seconds (None for no deadline), not {value!r}"
        )
    return float(value)
