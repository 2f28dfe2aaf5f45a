"""Fields of message documents, which are the messages of the json and cbor encodings.

The generated converters call these functions. A `take_` function takes a value and the path to it, and returns the
value in its Python type. It raises DecodeError with the path if the value is of another type. The offset of the error
is 0, because a document has no byte positions.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, TypeVar

from rivet_client._narrowing import is_array, is_dict
from rivet_client.errors import DecodeError

__all__ = [
    "give_data",
    "take_bool",
    "take_data",
    "take_f32",
    "take_f64",
    "take_i8",
    "take_i16",
    "take_i32",
    "take_i64",
    "take_int",
    "take_list",
    "take_map",
    "take_object",
    "take_optional",
    "take_payload",
    "take_str",
    "take_u8",
    "take_u16",
    "take_u32",
    "take_u64",
    "take_uint",
]

T = TypeVar("T")

# A 64-bit integer has no more digits. Longer texts are refused, because their conversion takes quadratic time.
_DIGITS = re.compile(r"-?[0-9]{1,20}")


def take_object(value: object, path: str) -> dict[Any, Any]:
    """Take an object."""
    if not is_dict(value):
        raise DecodeError(0, f"an object at {path}")
    return value


def take_str(value: object, path: str) -> str:
    """Take text."""
    if not isinstance(value, str):
        raise DecodeError(0, f"text at {path}")
    return value


def take_bool(value: object, path: str) -> bool:
    """Take a bool."""
    if not isinstance(value, bool):
        raise DecodeError(0, f"a bool at {path}")
    return value


def _integer(low: int, high: int) -> Callable[[object, str], int]:
    def take(value: object, path: str) -> int:
        # JavaScript gives its big integers the form ["$BigInt", "5"].
        match value:
            case ["$BigInt", str(digits)] if _DIGITS.fullmatch(digits):
                value = int(digits)
            case ["$BigInt", int(number)]:
                value = number
            case _:
                pass
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise DecodeError(0, f"an integer from {low} to {high} at {path}")
        return value

    return take


take_u8 = _integer(0, 2**8 - 1)
take_u16 = _integer(0, 2**16 - 1)
take_u32 = _integer(0, 2**32 - 1)
take_u64 = take_uint = _integer(0, 2**64 - 1)
take_i8 = _integer(-(2**7), 2**7 - 1)
take_i16 = _integer(-(2**15), 2**15 - 1)
take_i32 = _integer(-(2**31), 2**31 - 1)
take_i64 = take_int = _integer(-(2**63), 2**63 - 1)


def take_f64(value: object, path: str) -> float:
    """Take a number."""
    if isinstance(value, float):
        return value
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**64:
        raise DecodeError(0, f"a number at {path}")
    return float(value)


take_f32 = take_f64


def take_data(value: object, path: str) -> bytes:
    """Take bytes: bytes themselves, or a pair `["$Uint8Array", base64]` or `["$ArrayBuffer", base64]`."""
    match value:
        case bytes():
            return value
        case ["$Uint8Array" | "$ArrayBuffer", str(text)]:
            try:
                return base64.b64decode(text, validate=True)
            except ValueError:  # not base64, or not even ASCII
                pass
        case _:
            pass
    raise DecodeError(0, f"bytes at {path}")


def give_data(value: bytes) -> list[str]:
    """Return the pair that stands for bytes in a document."""
    return ["$Uint8Array", base64.b64encode(value).decode()]


def take_payload(fields: dict[Any, Any], name: str, path: str) -> Any:
    """Take the value of a field, whatever it is. The field must be there."""
    if name not in fields:
        raise DecodeError(0, f"a value at {path}.{name}")
    return fields[name]


def take_optional(value: object, path: str, take: Callable[[Any, str], T]) -> T | None:
    """Take None or what `take` takes."""
    return None if value is None else take(value, path)


def take_list(value: object, path: str, take: Callable[[Any, str], T]) -> list[T]:
    """Take a list of what `take` takes."""
    if not is_array(value):
        raise DecodeError(0, f"a list at {path}")
    return [take(item, f"{path}[{index}]") for index, item in enumerate(value)]


def take_map(value: object, path: str, take: Callable[[Any, str], T]) -> dict[str, T]:
    """Take an object whose values are what `take` takes."""
    return {
        take_str(key, path): take(item, f"{path}.{key}") for key, item in take_object(value, path).items()
    }
