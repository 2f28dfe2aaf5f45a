"""Python values to the trees that messages carry, and back.

The wire has three carriers, named by the encodings. "json" and "cbor" carry what JSON can say. "bare" carries
its values as CBOR, which also knows dates, maps with any key, NaN and the infinities. What none of them can
say is an array of two with a tag, `["$BigInt", "5"]`; an array that only looks like one gets a second "$" on
its way. Connection parameters ("params") are JSON whatever the encoding.

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

Coming back, a value that its natural Python type cannot hold keeps its content in the next best one. A Set
whose items are objects, or equal in Python (JavaScript tells 1 from true), or share a hash by the hundred,
becomes a list; a Map with keys of the first two kinds becomes a list of `[key, value]`; arrays inside sets and
keys are tuples; a Date outside the years 1 to 9999 is its epoch seconds, an invalid one None. A tag that makes
no sense stays as it arrived.

Two things the host loses: in the json encoding the last bit of some floats of 16 or 17 digits, in json and
cbor the order of an object's keys.
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
# An int beyond takes eight bytes, of which the host makes a BigInt; a float of the same value stays a number.
_INT_LIMIT: Final = 2**32
# A number is exact up to here.
_NUMBER_LIMIT: Final = 2**53


# ---- out


def to_tree(value: object, carrier: Carrier, path: str = "value") -> Any:
    """Turn a Python value into the tree that goes on the wire.

    Args:
        value: What to send; the table above says what it may be.
        carrier: What will carry it.
        path: What to call `value` in an error.

    Returns:
        None, bool, int, float, str, list, and dict with str keys; for "bare" also `cbor2.CBORTag`.

    Raises:
        TypeError: Something in it has a type that no actor can receive. The text names the path to it.
        ConfigError: Something in it cannot be carried by this encoding, or by any.
    """
    try:
        return _outgoing(value, carrier, MAX_DEPTH)
    except _Refused as refused:
        raise refused.at(path) from None
    except RecursionError:
        raise ConfigError(f"{path}: more nesting than the stack has room for; flatten it") from None


class _Refused(Exception):
    """A value that cannot be sent. Collects the way to it while the walk unwinds, innermost step first."""

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
    kind = type(value)
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
    """Convert a dict with a key that is no plain str: to an object if all become one, else to a Map."""
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
    """Convert what is not of a common type exactly."""
    if value is UNDEFINED:
        return ["$Undefined", 0]
    if isinstance(value, BigInt):
        return _big_int(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
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
    # Whoever passes a model has loaded pydantic; nobody else should pay for it.
    pydantic: Any = sys.modules.get("pydantic.main")
    if pydantic is not None and isinstance(value, pydantic.BaseModel):
        model: Any = value
        try:
            content = model.model_dump(mode="python", by_alias=True, context=SENDING)
        except ValueError as error:
            problem = f"pydantic cannot dump this {type(value).__name__}: {error}"
            raise _Refused(ConfigError, problem) from None
        return _outgoing(content, carrier, room)
    raise _Refused(TypeError, f"{_type_name(value)} cannot be sent to an actor; {_advice(value)}")


# What a subclass is apart from its own methods: `str(x)` would call its `__str__`.
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
    except TypeError:  # there is an object in it
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
    if carrier != "bare":
        raise _not_in(carrier, "datetime")
    if value.utcoffset() is None:
        problem = "datetime has no time zone; attach one, as in value.astimezone() for local time"
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


def _advice(value: object) -> str:
    name = _type_name(value)
    if name.startswith("numpy."):
        return "pass value.tolist()"
    return _ADVICE.get(name, _GENERAL_ADVICE)


_ADVICE: Final = {
    "datetime.date": "pass value.isoformat()",
    "datetime.time": "pass value.isoformat()",
    "datetime.timedelta": "pass value.total_seconds()",
    "decimal.Decimal": "pass str(value) or float(value)",
    "uuid.UUID": "pass str(value)",
}
_GENERAL_ADVICE: Final = (
    "pass None, bool, int, float, str, bytes, list, tuple, dict, set, datetime, an Enum member, a dataclass "
    "or a pydantic model"
)


# ---- in


def from_tree(tree: object) -> Any:
    """Turn what came off the wire into Python: tags revived, integral floats as int, undefined as None.

    Args:
        tree: What `loads` or `cbor.loads` returned, or a part of it. It is left as it is.

    Raises:
        DecodeError: It is nested more deeply than the stack has room for.
    """
    try:
        return _incoming(tree, True)
    except RecursionError:
        raise DecodeError(0, "a value nested less deeply") from None


def from_plain_tree(tree: object) -> Any:
    """Do the same for a tree in which an array never is a tag, such as the metadata of an error."""
    try:
        return _incoming(tree, False)
    except RecursionError:
        raise DecodeError(0, "a value nested less deeply") from None


_MAX_COLLISIONS: Final = 100

# Exactly these are as Python has them already.
_DONE: Final = frozenset({str, int, bool, type(None), bytes, datetime})


def _incoming(value: Any, revive: bool) -> Any:
    kind = type(value)
    if kind in _DONE:
        return value
    if kind is list:
        if revive and len(value) == 2 and type(value[0]) is str and value[0][:1] == "$":
            return _revive(value[0], value[1])
        if _DONE.issuperset(map(type, value)):  # nearly always, and sooner known than item by item
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
    if kind is cbor2.frozendict:
        return _incoming(dict(value), revive)
    return None  # undefined, or a simple value that means nothing


def _pairs(value: dict[Any, Any], revive: bool) -> Any:
    """Read a map some of whose keys are no str."""
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
        # Item by item: the list of items itself may look like a tag without being one.
        items = [_incoming(item, True) for item in content]
        try:
            keys = list(map(_hashable, items))
            found = set() if _collide(keys) else set(keys)
        except TypeError:  # an object among the items
            return items
        return found if len(found) == len(items) else items
    elif tag[:2] == "$$":
        tag = tag[1:]
    return [tag, _incoming(content, True)]


def _base64(text: str) -> bytes:
    """Decode as the host does: either alphabet, padded or not; nothing comes of anything else."""
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
    """Tell whether so many keys share a hash, as only chosen ones do, that a set of them takes quadratic time."""
    return len(keys) > _MAX_COLLISIONS and max(Counter(map(hash, keys)).values()) > _MAX_COLLISIONS


def _hashable(value: Any) -> Any:
    """Make what stands in a set or a key hashable, as far as that can be: objects stay as they are."""
    if type(value) is list:
        return tuple(map(_hashable, value))
    return frozenset(value) if type(value) is set else value
