"""Python values to the trees that messages carry, and back.

The encodings "json" and "cbor" carry what JSON can say. The encoding "bare" carries values as CBOR, which also knows
dates, maps with any key, NaN and the infinities. A value that no encoding can say becomes a tagged pair, an array of
two: `["$BigInt", "5"]`. An array that only looks like such a pair gets a second "$". Connection parameters ("params")
are JSON, whatever the encoding.

| Python | on the wire | JavaScript sees | comes back as |
|---|---|---|---|
| None, bool, str, float | itself | null, boolean, string, number | itself, integral floats as int |
| int up to 2^53 either way | int, as a float from 2^32 on | number | int |
| int beyond, any `BigInt` | `["$BigInt", text]` | bigint | int |
| `UNDEFINED` | `["$Undefined", 0]` | undefined | None |
| bytes, bytearray, memoryview | `["$Uint8Array", base64]` | Uint8Array | bytes |
| `ArrayBuffer` | `["$ArrayBuffer", base64]` | ArrayBuffer | bytes |
| set, frozenset, `JsSet` | `["$Set", [...]]` | Set | set |
| list, tuple | array | array | list |
| dict with str keys, pydantic model, dataclass | object | object | dict |
| any other dict, `JsMap` (bare only) | tag 259 | Map | dict |
| aware datetime (bare only) | tag 1, whole milliseconds | Date | datetime in UTC |
| Enum member | as its value | | |

Some values that come back do not fit the type in the last column. They keep their content in another one:

- A Set becomes a list if items are objects, or are equal in Python (JavaScript tells 1 from true), or if more than a
  hundred items share a hash.
- A Map becomes a list of `[key, value]` if keys are objects, or are equal in Python.
- An array inside a Set or inside a key becomes a tuple.
- A Date outside the years 1 to 9999 becomes its epoch seconds, and an invalid Date becomes None.
- A pair with an unknown tag stays as it is.

The host loses two things: in json the last bit of some floats of 16 or 17 digits, in json and cbor the order of an
object's keys.
"""

from __future__ import annotations

import math
import sys
from binascii import a2b_base64, b2a_base64
from collections import Counter
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import cbor2

from rivet_client.errors import ConfigError, DecodeError
from rivet_client.values import UNDEFINED, ArrayBuffer, BigInt, JsMap, JsSet

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EPOCH", "MAX_DEPTH", "SENDING", "Carrier", "from_plain_tree", "from_tree", "to_tree"]

Carrier: TypeAlias = Literal["bare", "cbor", "json", "params"]
"""An encoding, or "params"."""

MAX_DEPTH: Final = 120
"""Levels of containers that may be sent. The host's JSON reader allows 127, the message itself included."""

SENDING: Final = {"rivet_client": "sending"}
"""Serialization context of a pydantic model that is about to be sent.

Models of typed packages then mark what JavaScript tells apart and Python does not, with the classes of
`rivet_client.values`."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_MILLISECOND: Final = timedelta(milliseconds=1)
# What cbor2 makes of a map inside the key of a map: its own class, or Python's from 3.15 on.
_FROZEN_DICT: Final = type(next(iter(cbor2.loads(b"\xa1\xa0\x00"))))
# The host makes a BigInt of an int that takes eight bytes; a float of the same value stays a number.
_INT_LIMIT: Final = 2**32
# Up to here every whole number of JavaScript is exact.
_NUMBER_LIMIT: Final = 2**53


# ---- out


def to_tree(value: object, carrier: Carrier, path: str = "value") -> Any:
    """Turn a Python value into the tree that goes on the wire.

    Args:
        value: What to send; the table at the top of this module says what it may be.
        carrier: What will carry the tree.
        path: What an error calls `value`.

    Returns:
        None, bool, int, float, str, list, and dict with str keys; for "bare" also `cbor2.CBORTag`.

    Raises:
        TypeError: A part of the value has a type that no actor can receive. The text has the path to the part.
        ConfigError: This encoding cannot carry a part of the value, or no encoding can.
    """
    try:
        return _outgoing(value, carrier, MAX_DEPTH)
    except _Refused as refused:
        raise refused.at(path) from None
    except RecursionError:
        raise ConfigError(f"{path}: more nesting than the stack has room for; flatten it") from None


class _Refused(Exception):
    """A part of a value cannot be sent. The walk notes the steps to that part while it unwinds, the last step first."""

    def __init__(self, kind: type[Exception], problem: str) -> None:
        self.kind = kind
        self.problem = problem
        self.steps: list[str] = []

    def at(self, root: str) -> Exception:
        steps = self.steps[::-1]
        if len(steps) > 8:
            steps[4:-3] = ["…"]
        return self.kind(f"{root}{''.join(steps)}: {self.problem}")


def _outgoing(value: Any, carrier: Carrier, room: int) -> Any:
    """Convert a value that may hold `room` levels of containers. The common types come first."""
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind is str:
        return value if value.isascii() else _text(value)
    if kind is int:
        return value if -_INT_LIMIT <= value < _INT_LIMIT else _large_int(value)
    if value is None or kind is bool:
        return value
    if kind is list or kind is tuple:
        items = _items(value, carrier, room)
        if len(items) == 2 and type(items[0]) is str and items[0][:1] == "$":
            items[0] = "$" + items[0]
        return items
    if kind is dict:
        return _object(value, carrier, room)
    if kind is float:
        if carrier == "bare" or math.isfinite(value):
            return value
        raise _not_in(carrier, str(value))
    return _uncommon(value, carrier, room)


def _items(values: Any, carrier: Carrier, room: int) -> list[Any]:
    if room <= 0:
        raise _too_deep()
    out: list[Any] = []
    try:
        for item in values:
            out.append(_outgoing(item, carrier, room - 1))  # noqa: PERF401 (`out` tells which item failed)
    except _Refused as refused:
        refused.steps.append(f"[{len(out)}]")
        raise
    return out


def _object(value: dict[Any, Any], carrier: Carrier, room: int) -> Any:
    if room <= 0:
        raise _too_deep()
    out: dict[str, Any] = {}
    key = ""
    try:
        for key, item in value.items():
            if type(key) is not str:
                break
            if not key.isascii():
                _text(key)
            out[key] = _outgoing(item, carrier, room - 1)
        else:
            return out
    except _Refused as refused:
        refused.steps.append(_key_step(key))
        raise
    return _map(value, carrier, room)


def _map(value: dict[Any, Any], carrier: Carrier, room: int, *, is_map: bool = False) -> Any:
    """Convert a dict that has other keys than plain str: to an object if all keys become str, else to a Map."""
    if room <= 0:
        raise _too_deep()
    out: dict[Any, Any] = {}
    key = None
    try:
        for key, item in value.items():
            wire_key = _outgoing_key(key, room - 1)
            if type(wire_key) is not str:
                if carrier != "bare":
                    raise _not_in(carrier, f"a key of type {type(key).__name__}")
                is_map = True
            out[wire_key] = _outgoing(item, carrier, room - 1)
    except _Refused as refused:
        refused.steps.append(_key_step(key))
        raise
    if len(out) != len(value):
        raise _Refused(ConfigError, "two keys of this dict are the same on the wire; rename one")
    return cbor2.CBORTag(259, out) if is_map else out


def _uncommon(value: Any, carrier: Carrier, room: int) -> Any:
    """Convert a value of a less common type, or of a subclass of a common one."""
    if value is UNDEFINED:
        return ["$Undefined", 0]
    if isinstance(value, BigInt):
        return _big_int(value)
    if isinstance(value, _BYTES_LIKE):
        tag = "$ArrayBuffer" if isinstance(value, ArrayBuffer) else "$Uint8Array"
        return [tag, b2a_base64(bytes(value), newline=False).decode()]
    if isinstance(value, (set, frozenset)):
        return ["$Set", _items(value, carrier, room - 1)]
    if isinstance(value, JsSet):
        return ["$Set", _items(value.content, carrier, room - 1)]
    if isinstance(value, datetime):
        return _date(value, carrier)
    if isinstance(value, JsMap):
        if carrier != "bare":
            raise _not_in(carrier, "a Map")
        return _map(value.content, carrier, room, is_map=True)
    if isinstance(value, Enum):
        return _outgoing(value.value, carrier, room)
    for base, plain in _PLAIN_FORMS:
        if isinstance(value, base):
            return _outgoing(plain(value), carrier, room)
    if is_dataclass(value) and not isinstance(value, type):
        return _object({field.name: getattr(value, field.name) for field in fields(value)}, carrier, room)
    # A program that passes a model has loaded pydantic; no other program should load it for this check.
    pydantic: Any = sys.modules.get("pydantic.main")
    if pydantic is not None and isinstance(value, pydantic.BaseModel):
        model: Any = value
        try:
            content = model.model_dump(mode="python", by_alias=True, context=SENDING)
        except ValueError as error:
            problem = f"pydantic cannot dump this {type(value).__name__}: {error}"
            raise _Refused(ConfigError, problem) from None
        return _outgoing(content, carrier, room)
    raise _unsendable(value)


_BYTES_LIKE: Final[tuple[type[Any], ...]] = (bytes, bytearray, memoryview)

# Makes a plain value of a subclass without calling the methods of the subclass: `str(x)` would call its `__str__`.
_PLAIN_FORMS: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (list, list),
    (tuple, list),
    (dict, dict),
)


def _outgoing_key(key: Any, room: int) -> Any:
    wire_key = _hashable(_outgoing(key, "bare", room))
    try:
        hash(wire_key)
    except TypeError:  # an object is part of the key
        raise _Refused(TypeError, f"{type(key).__name__} cannot be a key; use a str") from None
    return wire_key


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        problem = f"str has a lone surrogate at index {error.start}, which no encoding can carry; remove it"
        raise _Refused(ConfigError, problem) from None
    return value


def _large_int(value: int) -> Any:
    return float(value) if -_NUMBER_LIMIT <= value <= _NUMBER_LIMIT else _big_int(value)


def _big_int(value: int) -> Any:
    try:
        return ["$BigInt", int.__repr__(value)]
    except ValueError:
        limit = sys.get_int_max_str_digits()
        problem = f"int has more than {limit} digits; raise the limit with sys.set_int_max_str_digits()"
        raise _Refused(ConfigError, problem) from None


def _date(value: datetime, carrier: Carrier) -> Any:
    if value != value:  # pandas.NaT, which is a datetime for which nothing works
        raise _unsendable(value)
    if carrier != "bare":
        raise _not_in(carrier, "datetime")
    if value.utcoffset() is None:
        # The `astimezone` of a pandas.Timestamp refuses such a time.
        example = 'tz_localize("UTC")' if hasattr(value, "tz_localize") else "astimezone() for local time"
        problem = f"datetime has no time zone; attach one, as in value.{example}"
        raise _Refused(ConfigError, problem)
    return cbor2.CBORTag(1, (value - EPOCH) // _MILLISECOND / 1000.0)


def _not_in(carrier: Carrier, what: str) -> _Refused:
    if carrier == "params":
        problem = f"{what} cannot be carried by JSON, as parameters must be; pass what JSON has"
    else:
        problem = f'{what} cannot be carried by the {carrier} encoding; use encoding="bare"'
    return _Refused(ConfigError, problem)


def _too_deep() -> _Refused:
    return _Refused(ConfigError, f"more than {MAX_DEPTH} levels of nesting, or a cycle; flatten it")


def _key_step(key: object) -> str:
    if not isinstance(key, str):
        return f"[{type(key).__name__} key]"
    return f".{key}" if key.isidentifier() and len(key) <= 40 else f"[{key[:40]!r}]"


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _unsendable(value: object) -> _Refused:
    return _Refused(TypeError, f"{_type_name(value)} cannot be sent to an actor; {_advice(value)}")


def _advice(value: object) -> str:
    for kind in type(value).__mro__:
        # Versions of pandas differ in the module of a class. A program that passes a value has loaded its package; no
        # other program should load that for this text.
        package = kind.__module__.partition(".")[0]
        if advice := _ADVICE.get(f"{package}.{kind.__name__}"):
            return advice
    return "pass value.tolist()" if hasattr(type(value), "tolist") else _GENERAL_ADVICE


_ADVICE: Final = {
    "datetime.date": "pass value.isoformat()",
    "datetime.time": "pass value.isoformat()",
    "datetime.timedelta": "pass value.total_seconds()",
    "decimal.Decimal": "pass str(value) or float(value)",
    "pandas.DataFrame": 'pass value.to_dict("records")',
    "pandas.NAType": "pass None",
    "pandas.NaTType": "pass None",
    "polars.DataFrame": "pass value.to_dicts()",
    "polars.Series": "pass value.to_list()",
    "uuid.UUID": "pass str(value)",
}
_GENERAL_ADVICE: Final = (
    "pass None, bool, int, float, str, bytes, list, tuple, dict, set, datetime, an Enum member, a dataclass "
    "or a pydantic model"
)


# ---- in


def from_tree(tree: object) -> Any:
    """Turn a tree off the wire into a Python value: tagged pairs into what they stand for, undefined into None.

    Args:
        tree: What `json_text.loads` or `cbor.loads` returned, or a part of that. The function does not change it.

    Raises:
        DecodeError: The tree is nested more deeply than the stack has room for.
    """
    try:
        return _incoming(tree, True)
    except RecursionError:
        raise DecodeError(0, "a value nested less deeply") from None


def from_plain_tree(tree: object) -> Any:
    """Do the same for a tree in which no array is a tagged pair, such as the metadata of an error."""
    try:
        return _incoming(tree, False)
    except RecursionError:
        raise DecodeError(0, "a value nested less deeply") from None


_MAX_COLLISIONS: Final = 100  # items of a set that share a hash

# A value of exactly one of these types is already what Python has for it.
_DONE: Final = frozenset({str, int, bool, type(None), bytes, datetime})


def _incoming(value: Any, revive: bool) -> Any:
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind in _DONE:
        return value
    if kind is list:
        if revive and len(value) == 2 and type(value[0]) is str and value[0][:1] == "$":
            return _revive(value[0], value[1])
        if _DONE.issuperset(map(type, value)):  # the usual case; one check is faster than one for each item
            return value
        return [item if type(item) in _DONE else _incoming(item, revive) for item in value]
    if kind is dict:
        out: dict[Any, Any] = {}
        for key, item in value.items():
            if type(key) is not str:
                return _pairs(value, revive)
            out[key] = item if type(item) in _DONE else _incoming(item, revive)
        return out
    if kind is float:
        return int(value) if value.is_integer() else value
    # Inside the key of a map, cbor2 makes everything immutable.
    if kind is tuple:
        return _incoming(list(value), revive)
    if kind is _FROZEN_DICT:
        return _incoming(dict(value), revive)
    return None  # undefined, or a simple value that means nothing


def _pairs(value: dict[Any, Any], revive: bool) -> Any:
    """Read a map that has other keys than str."""
    pairs = [[_incoming(key, revive), _incoming(item, revive)] for key, item in value.items()]
    try:
        out = {_hashable(key): item for key, item in pairs}
    except TypeError:  # an object among the keys
        return pairs
    return out if len(out) == len(pairs) else pairs


def _revive(tag: str, content: Any) -> Any:
    if tag == "$BigInt" and type(content) in (str, int):
        try:
            return int(content)
        except ValueError:  # no number, or too long for Python's limit
            pass
    elif tag in ("$Uint8Array", "$ArrayBuffer") and type(content) is str:
        return _base64(content)
    elif tag == "$Undefined":
        return None
    elif tag == "$Set" and type(content) in (list, tuple):
        # Each item alone: the list of all items may look like a tagged pair, and is none.
        items = [_incoming(item, True) for item in content]
        try:
            keys = list(map(_hashable, items))
            found: set[Any] = set() if _collide(keys) else set(keys)
        except TypeError:  # an object among the items
            return items
        return found if len(found) == len(items) else items
    elif tag[:2] == "$$":
        tag = tag[1:]
    return [tag, _incoming(content, True)]


def _base64(text: str) -> bytes:
    """Decode as the host does: both alphabets, with or without padding; other text gives no bytes."""
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError:
        pass
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        return b""


def _collide(keys: list[Any]) -> bool:
    """Tell whether too many keys share a hash: a set of them takes quadratic time. Only an attacker sends such keys."""
    return len(keys) > _MAX_COLLISIONS and max(Counter(map(hash, keys)).values()) > _MAX_COLLISIONS


def _hashable(value: Any) -> Any:
    """Make an array or a Set hashable, for a set or a key. An object stays as it is, and cannot be hashed."""
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind is list:
        return tuple(map(_hashable, value))
    return frozenset(value) if kind is set else value
