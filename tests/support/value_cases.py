"""The value mapping as one table, for the tests without an engine and for those against a real one.

`CASES` go out: what the actor sees, in the words of tests/server/src/describe.ts, and what its echo gives.
`SAMPLES` come in: what Python gets of the JavaScript values that `samples` there makes.
`REFUSED` never leave.
"""

from __future__ import annotations

import enum
import math
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pydantic

from rivet_client._wire.values_codec import MAX_DEPTH, Carrier
from rivet_client.errors import ConfigError
from rivet_client.values import UNDEFINED, ArrayBuffer, BigInt, JsMap, JsSet

ALL: tuple[Carrier, ...] = ("bare", "cbor", "json")
JSON_LIKE: tuple[Carrier, ...] = ("cbor", "json")

Description = dict[str, Any]


def exact(value: object) -> object:
    """Return what equals only the same value of the same types: 1, 1.0, True differ, and NaN equals NaN."""
    name = type(value).__name__
    if isinstance(value, dict):
        return name, sorted(((exact(key), exact(item)) for key, item in value.items()), key=repr)
    if isinstance(value, (set, frozenset)):
        return name, sorted(map(exact, value), key=repr)
    if isinstance(value, (list, tuple)):
        return name, [exact(item) for item in value]
    return name, repr(value)


def number(text: object) -> Description:
    return {"type": "number", "text": str(text)}


def bigint(text: object) -> Description:
    return {"type": "bigint", "text": str(text)}


def string(text: str) -> Description:
    return {"type": "string", "text": text}


def boolean(text: str) -> Description:
    return {"type": "boolean", "text": text}


def uint8_array(hexadecimal: str) -> Description:
    return {"type": "Uint8Array", "text": hexadecimal}


def date(milliseconds: int) -> Description:
    return {"type": "Date", "text": str(milliseconds)}


def array(*items: Description) -> Description:
    return {"type": "array", "items": list(items)}


def js_set(*items: Description) -> Description:
    return {"type": "Set", "items": list(items)}


def js_object(**entries: Description) -> Description:
    return {"type": "object", "entries": [{"key": key, "value": item} for key, item in entries.items()]}


def js_map(*entries: tuple[Description, Description]) -> Description:
    return {"type": "Map", "entries": [{"key": key, "value": item} for key, item in entries]}


NULL: Description = {"type": "null", "text": ""}
JS_UNDEFINED: Description = {"type": "undefined", "text": ""}


@dataclass(frozen=True)
class Case:
    """A value that can be sent.

    Attributes:
        name: Unique among the cases.
        value: What Python sends.
        wire: Its form as JSON text, which is the same tree in all three carriers; or as CBOR in hexadecimal,
            after "cbor ", if only the bare encoding can carry it.
        seen: What `describe` makes of it on the other side.
        back: What an echo returns.
    """

    name: str
    value: Any
    wire: str
    seen: Description
    back: Any

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        return ("bare",) if self.wire.startswith("cbor ") else ALL


class Text(str):
    def __str__(self) -> str:
        return "not the content"


class Number(int):
    pass


class Fruit(enum.Enum):
    APPLE = "apple"


class Level(enum.IntEnum):
    HIGH = 2


class Colour(enum.StrEnum):
    RED = "red"


@dataclass
class Point:
    tags: list[str]
    x: int


@dataclass(frozen=True)
class FrozenPoint:
    x: int


class Inner(pydantic.BaseModel):
    data: bytes


class Message(pydantic.BaseModel):
    inner: Inner
    sent_by: str = pydantic.Field(alias="sentBy")


class Names(pydantic.RootModel[list[str]]):
    pass


Pair = namedtuple("Pair", "left right")

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
NOON_MS = 1_577_880_000_000

# Keys of objects stand in alphabetical order, which the host brings about in the json and cbor encodings.
CASES: list[Case] = [
    # Scalars.
    Case("none", None, "null", NULL, None),
    Case("undefined", UNDEFINED, '["$Undefined",0]', JS_UNDEFINED, None),
    Case("true", True, "true", boolean("true"), True),
    Case("false", False, "false", boolean("false"), False),
    Case("empty text", "", '""', string(""), ""),
    Case("text", "é😀\0", '"é😀\\u0000"', string("é😀\0"), "é😀\0"),
    Case("text subclass", Text("content"), '"content"', string("content"), "content"),
    # Ints: a number up to 2^53 either way, a BigInt beyond.
    Case("zero", 0, "0", number(0), 0),
    Case("minus one", -1, "-1", number(-1), -1),
    Case("2^32-1", 2**32 - 1, "4294967295", number(2**32 - 1), 2**32 - 1),
    Case("2^32", 2**32, "4294967296.0", number(2**32), 2**32),
    Case("-2^32", -(2**32), "-4294967296", number(-(2**32)), -(2**32)),
    Case("-2^32-1", -(2**32) - 1, "-4294967297.0", number(-(2**32) - 1), -(2**32) - 1),
    Case("15 digits", 900719925474100, "900719925474100e0", number(900719925474100), 900719925474100),
    Case("2^53-1", 2**53 - 1, "9007199254740991e0", number(2**53 - 1), 2**53 - 1),
    Case("2^53", 2**53, "9007199254740992e0", number(2**53), 2**53),
    Case("-2^53", -(2**53), "-9007199254740992e0", number(-(2**53)), -(2**53)),
    Case("2^53+1", 2**53 + 1, '["$BigInt","9007199254740993"]', bigint(2**53 + 1), 2**53 + 1),
    Case("-2^53-1", -(2**53) - 1, '["$BigInt","-9007199254740993"]', bigint(-(2**53) - 1), -(2**53) - 1),
    Case("2^64", 2**64, '["$BigInt","18446744073709551616"]', bigint(2**64), 2**64),
    Case("small BigInt", BigInt(3), '["$BigInt","3"]', bigint(3), 3),
    Case("BigInt 2^32", BigInt(2**32), '["$BigInt","4294967296"]', bigint(2**32), 2**32),
    Case("int subclass", Number(7), "7", number(7), 7),
    Case("large int subclass", Number(2**40), "1099511627776.0", number(2**40), 2**40),
    # Floats: JavaScript has one number type, so integral ones come back as int.
    Case("fraction", 0.1, "0.1", number("0.1"), 0.1),
    Case("integral float", 1.0, "1.0", number(1), 1),
    Case("negative zero", -0.0, "-0.0", number("-0"), 0),
    Case("1e21", 1e21, "1e+21", number("1e+21"), 10**21),
    Case("tiny", 5e-324, "5e-324", number("5e-324"), 5e-324),
    Case("nan", math.nan, "cbor f97e00", number("NaN"), math.nan),
    Case("inf", math.inf, "cbor f97c00", number("Infinity"), math.inf),
    Case("-inf", -math.inf, "cbor f9fc00", number("-Infinity"), -math.inf),
    # Bytes.
    Case("bytes", b"\0\xff", '["$Uint8Array","AP8="]', uint8_array("00ff"), b"\0\xff"),
    Case("no bytes", b"", '["$Uint8Array",""]', uint8_array(""), b""),
    Case("bytearray", bytearray(b"a"), '["$Uint8Array","YQ=="]', uint8_array("61"), b"a"),
    Case("memoryview", memoryview(b"abcd")[::2], '["$Uint8Array","YWM="]', uint8_array("6163"), b"ac"),
    Case(
        "ArrayBuffer",
        ArrayBuffer(b"a"),
        '["$ArrayBuffer","YQ=="]',
        {"type": "ArrayBuffer", "text": "61"},
        b"a",
    ),
    # Arrays, and those that look like a tag.
    Case("empty list", [], "[]", array(), []),
    Case(
        "list",
        [1, [2, ["a"]]],
        '[1,[2,["a"]]]',
        array(number(1), array(number(2), array(string("a")))),
        [1, [2, ["a"]]],
    ),
    Case("tuple", (1, 2), "[1,2]", array(number(1), number(2)), [1, 2]),
    Case("namedtuple", Pair("$a", 1), '["$$a",1]', array(string("$a"), number(1)), ["$a", 1]),
    Case("tag-like", ["$x", 1], '["$$x",1]', array(string("$x"), number(1)), ["$x", 1]),
    Case("tag-like, dollar only", ("$", 1), '["$$",1]', array(string("$"), number(1)), ["$", 1]),
    Case("tag-like, escaped already", ["$$x", 1], '["$$$x",1]', array(string("$$x"), number(1)), ["$$x", 1]),
    Case(
        "tag-like, a real tag",
        ["$BigInt", "5"],
        '["$$BigInt","5"]',
        array(string("$BigInt"), string("5")),
        ["$BigInt", "5"],
    ),
    Case("tag-like, subclass", [Text("$x"), 1], '["$$x",1]', array(string("$x"), number(1)), ["$x", 1]),
    Case(
        "tag-like, nested",
        ["$x", ["$y", 1]],
        '["$$x",["$$y",1]]',
        array(string("$x"), array(string("$y"), number(1))),
        ["$x", ["$y", 1]],
    ),
    Case("not tag-like, one", ["$x"], '["$x"]', array(string("$x")), ["$x"]),
    Case(
        "not tag-like, three",
        ["$x", 1, 2],
        '["$x",1,2]',
        array(string("$x"), number(1), number(2)),
        ["$x", 1, 2],
    ),
    Case("not tag-like, second", ["x", "$y"], '["x","$y"]', array(string("x"), string("$y")), ["x", "$y"]),
    # Objects.
    Case("empty dict", {}, "{}", js_object(), {}),
    Case(
        "dict",
        {"a": 1, "é": {"b": [None]}},
        '{"a":1,"é":{"b":[null]}}',
        js_object(a=number(1), é=js_object(b=array(NULL))),
        {"a": 1, "é": {"b": [None]}},
    ),
    Case(
        "dict with a tag for a key",
        {"$Set": [1]},
        '{"$Set":[1]}',
        js_object(**{"$Set": array(number(1))}),
        {"$Set": [1]},
    ),
    Case(
        "dict subclass",
        OrderedDict(a=2**53 + 1),
        '{"a":["$BigInt","9007199254740993"]}',
        js_object(a=bigint(2**53 + 1)),
        {"a": 2**53 + 1},
    ),
    Case(
        "dict with str-like keys",
        {Fruit.APPLE: 1, Colour.RED: 2, Text("x"): 3},
        '{"apple":1,"red":2,"x":3}',
        js_object(apple=number(1), red=number(2), x=number(3)),
        {"apple": 1, "red": 2, "x": 3},
    ),
    Case(
        "undefined inside", {"a": UNDEFINED}, '{"a":["$Undefined",0]}', js_object(a=JS_UNDEFINED), {"a": None}
    ),
    Case(
        "dataclass",
        Point(["a"], 1),
        '{"tags":["a"],"x":1}',
        js_object(tags=array(string("a")), x=number(1)),
        {"tags": ["a"], "x": 1},
    ),
    Case(
        "pydantic model",
        Message(sentBy="ann", inner=Inner(data=b"a")),
        '{"inner":{"data":["$Uint8Array","YQ=="]},"sentBy":"ann"}',
        js_object(inner=js_object(data=uint8_array("61")), sentBy=string("ann")),
        {"inner": {"data": b"a"}, "sentBy": "ann"},
    ),
    Case(
        "pydantic root model",
        Names(["$a", "b"]),
        '["$$a","b"]',
        array(string("$a"), string("b")),
        ["$a", "b"],
    ),
    # Enum members are their values.
    Case("enum", Fruit.APPLE, '"apple"', string("apple"), "apple"),
    Case("int enum", Level.HIGH, "2", number(2), 2),
    Case("str enum", Colour.RED, '"red"', string("red"), "red"),
    # Sets.
    Case("empty set", set(), '["$Set",[]]', js_set(), set()),
    Case("set", {1, 2}, '["$Set",[1,2]]', js_set(number(1), number(2)), {1, 2}),
    Case("frozenset", frozenset({"$a"}), '["$Set",["$a"]]', js_set(string("$a")), {"$a"}),
    Case(
        "set of tag-like",
        {("$a", 1)},
        '["$Set",[["$$a",1]]]',
        js_set(array(string("$a"), number(1))),
        {("$a", 1)},
    ),
    Case(
        "set of sets",
        {frozenset({1})},
        '["$Set",[["$Set",[1]]]]',
        js_set(js_set(number(1))),
        {frozenset({1})},
    ),
    Case("set of bytes", {b"a"}, '["$Set",[["$Uint8Array","YQ=="]]]', js_set(uint8_array("61")), {b"a"}),
    Case("JsSet", JsSet([{"a": 1}]), '["$Set",[{"a":1}]]', js_set(js_object(a=number(1))), [{"a": 1}]),
    # Dates, to the millisecond.
    Case("datetime", NOON, "cbor c1fb41d7832270000000", date(NOON_MS), NOON),
    Case(
        "datetime elsewhere",
        NOON.astimezone(timezone(timedelta(hours=5))),
        "cbor c1fb41d7832270000000",
        date(NOON_MS),
        NOON,
    ),
    Case(
        "datetime, microseconds",
        NOON.replace(microsecond=1999),
        "cbor c1fb41d7832270001062",
        date(NOON_MS + 1),
        NOON.replace(microsecond=1000),
    ),
    Case(
        "datetime before 1970",
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "cbor c1fbbf50624dd2f1a9fc",
        date(-1),
        datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    ),
    Case(
        "first datetime",
        datetime.min.replace(tzinfo=UTC),
        "cbor c1fbc22cef23ee000000",
        date(-62135596800000),
        datetime.min.replace(tzinfo=UTC),
    ),
    Case(
        "last datetime",
        datetime.max.replace(tzinfo=UTC),
        "cbor c1fb424d7ffa20bfffdf",
        date(253402300799999),
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    ),
    # Maps.
    Case(
        "JsMap",
        JsMap({"a": 1}),
        "cbor d90103a1616101",
        js_map((string("a"), number(1))),
        {"a": 1},
    ),
    Case(
        "int keys",
        {1: "a", 2: {"b": 1}},
        "cbor d90103a201616102a1616201",
        js_map((number(1), string("a")), (number(2), js_object(b=number(1)))),
        {1: "a", 2: {"b": 1}},
    ),
    Case(
        "mixed keys",
        {"a": 1, None: 2, 2.5: 3, False: 4},
        "cbor d90103a4616101f602fb400400000000000003f404",
        js_map(
            (string("a"), number(1)),
            (NULL, number(2)),
            (number("2.5"), number(3)),
            (boolean("false"), number(4)),
        ),
        {"a": 1, None: 2, 2.5: 3, False: 4},
    ),
    Case(
        "large keys",
        {2**40: 1, 2**60: 2},
        "cbor d90103a2fb427000000000000001826724426967496e74733131353239323135303436303638343639373602",
        js_map((number(2**40), number(1)), (bigint(2**60), number(2))),
        {2**40: 1, 2**60: 2},
    ),
    Case(
        "compound keys",
        {(1, (2,)): 3, frozenset({4}): 5},
        "cbor d90103a28201810203826424536574810405",
        js_map((array(number(1), array(number(2))), number(3)), (js_set(number(4)), number(5))),
        {(1, (2,)): 3, frozenset({4}): 5},
    ),
    Case(
        "bytes and date keys",
        {b"a": 1, NOON: 2},
        "cbor d90103a2826b2455696e743841727261796459513d3d01c1fb41d783227000000002",
        js_map((uint8_array("61"), number(1)), (date(NOON_MS), number(2))),
        {b"a": 1, NOON: 2},
    ),
]


@dataclass(frozen=True)
class Sample:
    """A value that JavaScript makes.

    Attributes:
        name: Its name in `samples` of describe.ts.
        back: What Python gets.
        json: Whether JSON can say it. If not, the host carries it only as CBOR of its own making: everywhere
            in the bare encoding, over connections in the cbor encoding. Over HTTP, cbor and json get None;
            a connection in the json encoding is closed with 1011 (but NaN and infinity are None there too).
    """

    name: str
    back: Any
    json: bool = True


SAMPLES: list[Sample] = [
    Sample("undefined", None),
    Sample("undefinedInside", {"a": None, "b": [None]}),
    Sample("hole", [1, None, 3]),
    Sample("negativeZero", 0),
    Sample("twoTo32", 2**32),
    Sample("maxSafe", 2**53 - 1),
    Sample("large", 10**21),
    Sample("fraction", 0.1),
    Sample("bigint", 5),
    Sample("hugeBigint", -(2**70)),
    Sample("uint8Array", b"\0\xff"),
    Sample("buffer", b"hi"),
    Sample("arrayBuffer", b"\1\2"),
    Sample("set", {1, "a"}),
    Sample("setOfObjects", [{"a": 1}]),
    Sample("setOfArrays", {(1, (2,))}),
    Sample("setOfTwo", {"$a", 1}),
    Sample("setMerging", [1, True]),
    Sample("dollarPair", ["$x", ["$$y", 1]]),
    Sample("dollarLong", ["$x", 1, 2]),
    Sample("dollarKey", {"$Set": [1]}),
    Sample("emptyText", ""),
    Sample("emptyArray", []),
    Sample("emptyObject", {}),
    Sample("date", datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC), json=False),
    Sample("dateWhole", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), json=False),
    Sample("dateBefore1970", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC), json=False),
    Sample("dateInvalid", {"when": None, "ok": True}, json=False),
    Sample("dateFar", {"when": 8_640_000_000_000, "ok": True}, json=False),
    Sample("uint8Clamped", [1, 255], json=False),
    Sample("uint16", [1, 65535], json=False),
    Sample("uint32", [1, 2**32 - 1], json=False),
    Sample("bigUint64", [1, 2**64 - 1], json=False),
    Sample("int8", [1, -1], json=False),
    Sample("int16", [1, -1], json=False),
    Sample("int32", [1, -1], json=False),
    Sample("bigInt64", [1, -1], json=False),
    Sample("float32", [1, 0.5], json=False),
    Sample("float64", [1, 0.1], json=False),
    Sample("map", {1: "a", "b": None, None: [2]}, json=False),
    Sample("mapOfObjects", [[{"a": 1}, [1, 2]]], json=False),
    Sample("mapOfArrays", {(1, 2): 3}, json=False),
    Sample("mapOfBigints", {5: {1}}, json=False),
    Sample("mapOfBytes", {b"\1": {1: 2}}, json=False),
    Sample("regexp", ["RegExp", "a+", "gi"], json=False),
    Sample("error", ["RangeError", "too far"], json=False),
    Sample("loneSurrogate", {"text": "a\ufffd\ufffd\ufffdb", "ok": True}, json=False),
    Sample("nan", math.nan, json=False),
    Sample("infinity", math.inf, json=False),
]


@dataclass(frozen=True)
class Refused:
    """A value that never leaves, sent as `args=[value]`.

    Attributes:
        name: Unique among the refused.
        value: What Python tries to send.
        text: The error's text, from the path on.
        error: Its class.
        carriers: Which encodings refuse it.
    """

    name: str
    value: Any
    text: str
    error: type[Exception] = ConfigError
    carriers: tuple[Carrier, ...] = ALL

    def text_for(self, carrier: Carrier) -> str:
        return self.text.replace("CARRIER", carrier)


class Opaque:
    pass


class NewYork(tzinfo):
    """A time zone that will not say how far from UTC it is."""

    def utcoffset(self, when: datetime | None) -> None:
        return None


class Unwilling(pydantic.BaseModel):
    @pydantic.model_serializer
    def fail(self) -> dict[str, int]:
        raise ValueError("not today")


def nested(levels: int, wrap: Callable[[Any], Any] = lambda inner: [inner]) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


def cycle() -> list[Any]:
    value: list[Any] = []
    value.append({"again": value})
    return value


OTHER = 'cannot be carried by the CARRIER encoding; use encoding="bare"'
PASS = (
    "pass None, bool, int, float, str, bytes, list, tuple, dict, set, datetime, an Enum member, a dataclass or a "
    "pydantic model"
)
DEEP = f"more than {MAX_DEPTH} levels of nesting, or a cycle; flatten it"
SURROGATE = "which no encoding can carry; remove it"

REFUSED: list[Refused] = [
    # What only the bare encoding can carry.
    Refused("datetime", {"when": NOON}, f"args[0].when: datetime {OTHER}", carriers=JSON_LIKE),
    Refused("nan", math.nan, f"args[0]: nan {OTHER}", carriers=JSON_LIKE),
    Refused("infinity", [0.5, -math.inf], f"args[0][1]: -inf {OTHER}", carriers=JSON_LIKE),
    Refused("Map", [{1: 2}], f"args[0][0][int key]: a key of type int {OTHER}", carriers=JSON_LIKE),
    Refused(
        "Map of dates",
        {NOON: 1},
        f"args[0][datetime key]: a key of type datetime {OTHER}",
        carriers=JSON_LIKE,
    ),
    Refused("JsMap", [JsMap({})], f"args[0][0]: a Map {OTHER}", carriers=JSON_LIKE),
    # What none can.
    Refused(
        "naive datetime",
        NOON.replace(tzinfo=None),
        "args[0]: datetime has no time zone; attach one, as in value.astimezone() for local time",
        carriers=("bare",),
    ),
    Refused(
        "datetime without offset",
        NOON.replace(tzinfo=NewYork()),
        "args[0]: datetime has no time zone; attach one, as in value.astimezone() for local time",
        carriers=("bare",),
    ),
    Refused(
        "lone surrogate", {"a": "x\ud800"}, f"args[0].a: str has a lone surrogate at index 1, {SURROGATE}"
    ),
    Refused(
        "surrogate key",
        {"\udfff": 1},
        f"args[0]['\\udfff']: str has a lone surrogate at index 0, {SURROGATE}",
    ),
    Refused(
        "endless int",
        10**5000,
        "args[0]: int has more than 4300 digits; raise the limit with sys.set_int_max_str_digits()",
    ),
    Refused(
        "merging keys",
        {"a": {Fruit.APPLE: 1, "apple": 2}},
        "args[0].a: two keys of this dict are the same on the wire; rename one",
    ),
    Refused(
        "unwilling model",
        [Unwilling()],
        "args[0][0]: pydantic cannot dump this Unwilling: Error calling function `fail`: ValueError: not today",
    ),
    Refused("cycle", cycle(), f"args[0][0].again[0]…[0].again[0]: {DEEP}"),
    Refused("deep list", nested(MAX_DEPTH), f"args[0][0][0][0]…[0][0][0]: {DEEP}"),
    Refused("deep dict", nested(MAX_DEPTH, lambda inner: {"k": inner}), f"args[0].k.k.k….k.k.k: {DEEP}"),
    # Types that no actor can receive.
    Refused(
        "function",
        print,
        f"args[0]: builtin_function_or_method cannot be sent to an actor; {PASS}",
        TypeError,
    ),
    Refused("class", Point, f"args[0]: type cannot be sent to an actor; {PASS}", TypeError),
    Refused(
        "model class",
        Message,
        f"args[0]: {type(Message).__module__}.ModelMetaclass cannot be sent to an actor; {PASS}",
        TypeError,
    ),
    Refused(
        "object",
        [[], Opaque()],
        f"args[0][1]: {__name__}.Opaque cannot be sent to an actor; {PASS}",
        TypeError,
    ),
    Refused(
        "iterator",
        {"of": iter([])},
        f"args[0].of: list_iterator cannot be sent to an actor; {PASS}",
        TypeError,
    ),
    Refused("range", range(3), f"args[0]: range cannot be sent to an actor; {PASS}", TypeError),
    Refused("complex", 1j, f"args[0]: complex cannot be sent to an actor; {PASS}", TypeError),
    Refused(
        "Decimal",
        {"a b": [{"price": Decimal(1)}]},
        "args[0]['a b'][0].price: decimal.Decimal cannot be sent to an actor; pass str(value) or float(value)",
        TypeError,
    ),
    Refused("UUID", UUID(int=1), "args[0]: uuid.UUID cannot be sent to an actor; pass str(value)", TypeError),
    Refused(
        "date",
        NOON.date(),
        "args[0]: datetime.date cannot be sent to an actor; pass value.isoformat()",
        TypeError,
    ),
    Refused(
        "time",
        NOON.time(),
        "args[0]: datetime.time cannot be sent to an actor; pass value.isoformat()",
        TypeError,
    ),
    Refused(
        "timedelta",
        {timedelta(1)},
        "args[0][0]: datetime.timedelta cannot be sent to an actor; pass value.total_seconds()",
        TypeError,
    ),
    Refused(
        "odd key",
        {"k": {Fraction(1): 1}},
        f"args[0].k[Fraction key]: fractions.Fraction cannot be sent to an actor; {PASS}",
        TypeError,
    ),
    Refused(
        "object for a key",
        {FrozenPoint(1): 1},
        "args[0][FrozenPoint key]: FrozenPoint cannot be a key; use a str",
        TypeError,
    ),
    Refused(
        "long key",
        {"k" * 100: Opaque},
        f"args[0]['{'k' * 40}']: type cannot be sent to an actor; {PASS}",
        TypeError,
    ),
]
