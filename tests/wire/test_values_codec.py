"""Values to trees and back: what the table of values does not show."""

import json
import math
import re
import subprocess
import sys
import threading
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import example, given

from rivet_client._wire import json_text
from rivet_client._wire.values_codec import MAX_DEPTH, from_plain_tree, from_tree, to_tree
from rivet_client.errors import ConfigError, DecodeError
from rivet_client.values import JsMap, JsSet
from tests.support.value_cases import JSON_LIKE, exact, nested
from tests.support.value_strategies import JSON_TREES, VALUES, back, failure

# ---- out


# What the key of a map has: a class of cbor2, or that of Python 3.15.
FROZEN_DICT = type(next(iter(cbor2.loads(bytes.fromhex("a1 a0 00")))))


@pytest.mark.parametrize("carrier", JSON_LIKE)
def test_as_deep_as_allowed(carrier):
    value = nested(MAX_DEPTH)
    assert to_tree(value, carrier) == value
    assert to_tree(nested(MAX_DEPTH, lambda inner: {"a": inner}), carrier)


def test_a_set_takes_two_levels():
    frozen = nested(MAX_DEPTH // 2, lambda inner: frozenset([inner]))
    to_tree(frozen, "json")
    with pytest.raises(ConfigError, match="nesting"):
        to_tree(frozenset([frozen]), "json")


def test_a_map_in_itself():
    content: dict[str, object] = {}
    content["a"] = JsMap(content)
    with pytest.raises(ConfigError, match="more than 120 levels of nesting"):
        to_tree(content, "bare")


def test_marked_values_show_their_content():
    assert [repr(JsMap({"a": 1})), repr(JsSet([{}]))] == ["JsMap({'a': 1})", "JsSet([{}])"]


def test_dataclass_in_a_cycle():
    @dataclass
    class Node:
        next: object = None

    node = Node()
    node.next = node
    with pytest.raises(
        ConfigError, match=r"^value\.next\.next\.next\.next…\.next\.next\.next: more than 120 levels"
    ):
        to_tree(node, "json")


def test_the_result_shares_nothing_with_the_value():
    value = {"list": [1, {"a": 2}]}
    document = to_tree(value, "json")
    document["list"][1]["a"] = 3
    assert value == {"list": [1, {"a": 2}]}


def test_path_defaults_to_value():
    with pytest.raises(TypeError, match=r"^value\[0\]: "):
        to_tree([object()], "json")


def stand_in(module: str, name: str, *bases: type, **attributes: object) -> Any:
    """A value of a class of a package that is no dependency."""
    kind = type(name, bases, {"__module__": module, **attributes})
    return kind(2026, 1, 1) if NotATime in bases else kind()


class NotATime(datetime):
    """As pandas.NaT: equal to nothing, and without a time zone that anybody could ask for."""

    __hash__ = datetime.__hash__

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def utcoffset(self) -> timedelta:
        raise ValueError


def tolist(_self: object) -> list[object]:
    return []


@pytest.mark.parametrize("carrier", ["bare", "cbor", "json", "params"])
@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (stand_in("numpy", "ndarray", tolist=tolist), "value.tolist()"),
        (stand_in("numpy", "datetime64", tolist=tolist), "value.tolist()"),
        (stand_in("torch", "Tensor", tolist=tolist), "value.tolist()"),
        (array("d"), "value.tolist()"),
        (stand_in("pandas", "Series", tolist=tolist), "value.tolist()"),
        (stand_in("pandas.core.indexes.base", "Index", tolist=tolist), "value.tolist()"),
        (stand_in("pandas", "DataFrame"), 'value.to_dict("records")'),
        (stand_in("pandas.core.frame", "DataFrame"), 'value.to_dict("records")'),
        (
            stand_in("geo", "GeoDataFrame", type("DataFrame", (), {"__module__": "pandas.core.frame"})),
            'value.to_dict("records")',
        ),
        (stand_in("pandas.api.typing", "NAType"), "None"),
        (stand_in("pandas._libs.missing", "NAType"), "None"),
        (stand_in("pandas.api.typing", "NaTType", NotATime), "None"),
        (stand_in("pandas._libs.tslibs.nattype", "NaTType", NotATime), "None"),
        (stand_in("pandas._libs.tslibs.timedeltas", "Timedelta", timedelta), "value.total_seconds()"),
        (stand_in("polars.dataframe.frame", "DataFrame"), "value.to_dicts()"),
        (stand_in("polars.series.series", "Series"), "value.to_list()"),
        (stand_in("mine", "DataFrame"), "None, bool, int,"),
    ],
    ids=lambda it: it if isinstance(it, str) else f"{type(it).__module__}.{type(it).__name__}",
)
def test_advice_for_values_of_other_packages(value, advice, carrier):
    text = f"value.a: {type(value).__module__}.{type(value).__qualname__} cannot be sent to an actor; pass {advice}"
    with pytest.raises(TypeError, match=re.escape(text)):
        to_tree({"a": value}, carrier)


def test_a_time_of_pandas_without_a_time_zone():
    class Timestamp(datetime):
        def tz_localize(self) -> None:
            """What this class of pandas has, whose `astimezone` refuses such a time."""

    with pytest.raises(ConfigError, match=r'attach one, as in value\.tz_localize\("UTC"\)$'):
        to_tree(Timestamp(2026, 1, 1), "bare")


def test_pydantic_is_not_imported():
    script = """
import sys
from rivet_client._wire.values_codec import to_tree
try:
    to_tree(object(), "json")
except TypeError as error:
    assert "cannot be sent" in str(error)
assert not any(name.split(".")[0] == "pydantic" for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def with_little_stack(function, levels: int):
    """Call `function` with room for about `levels` more frames."""
    outcome = []

    def sink(depth: int) -> None:
        if depth:
            return sink(depth - 1)
        try:
            outcome.append(function())
        except Exception as error:
            outcome.append(error)

    limit = sys.getrecursionlimit()
    thread = threading.Thread(target=sink, args=(limit - levels,))
    thread.start()
    thread.join()
    return outcome[0]


def test_little_stack():
    deep = nested(MAX_DEPTH)
    error = with_little_stack(lambda: to_tree(deep, "json"), 60)
    assert str(error) == "value: more nesting than the stack has room for; flatten it"
    for read in (from_tree, from_plain_tree):
        error = with_little_stack(lambda read=read: read(deep), 60)
        assert isinstance(error, DecodeError)
        assert "nested less deeply" in str(error)


# ---- in


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        # Numbers.
        (4294967296.0, 2**32),
        (1e21, 10**21),
        (-0.0, 0),
        (1.5, 1.5),
        (math.inf, math.inf),
        (math.nan, math.nan),
        (["$BigInt", "-12"], -12),
        (["$BigInt", 12], 12),
        # Not a number, a bool, too long for Python's limit, nothing at all: as it arrived.
        (["$BigInt", "x"], ["$BigInt", "x"]),
        (["$BigInt", True], ["$BigInt", True]),
        (["$BigInt", "1" * 5000], ["$BigInt", "1" * 5000]),
        (["$BigInt", [1.0]], ["$BigInt", [1]]),
        (["$BigInt", None], ["$BigInt", None]),
        # Bytes: either alphabet, padded or not; nothing of what is not base64.
        (["$Uint8Array", "+/8="], b"\xfb\xff"),
        (["$ArrayBuffer", "+/8="], b"\xfb\xff"),
        (["$Uint8Array", "+/8"], b"\xfb\xff"),
        (["$Uint8Array", "-_8="], b"\xfb\xff"),
        (["$Uint8Array", "-_8"], b"\xfb\xff"),
        (["$Uint8Array", ""], b""),
        (["$Uint8Array", "AP8=\n"], b""),
        (["$Uint8Array", "A"], b""),
        (["$Uint8Array", "é"], b""),
        (["$Uint8Array", 5], ["$Uint8Array", 5]),
        # Undefined, with whatever beside it.
        (["$Undefined", 0], None),
        (["$Undefined", [1]], None),
        ([["$Undefined", 0], 1], [None, 1]),
        # Sets. The list of items is no tag, whatever it looks like.
        (["$Set", []], set()),
        (["$Set", ["$BigInt", "5"]], {"$BigInt", "5"}),
        (["$Set", [["$BigInt", "5"], 4294967296.0]], {5, 2**32}),
        (["$Set", [[1, ["$Set", [2]]]]], {(1, frozenset({2}))}),
        (["$Set", [{"a": 1.0}]], [{"a": 1}]),
        (["$Set", [[{"a": 1}]]], [[{"a": 1}]]),
        (["$Set", [1, True, 2]], [1, True, 2]),
        (["$Set", 1], ["$Set", 1]),
        (["$Set", "ab"], ["$Set", "ab"]),
        # Escapes.
        (["$$x", 1.0], ["$x", 1]),
        (["$$", 1], ["$", 1]),
        (["$$$x", ["$$y", 1]], ["$$x", ["$y", 1]]),
        # Tags that nobody knows.
        (["$foo", 1.0], ["$foo", 1]),
        (["$", ["$BigInt", "5"]], ["$", 5]),
        (["$bigint", "5"], ["$bigint", "5"]),
        # Lookalikes.
        (["$BigInt", "5", 0], ["$BigInt", "5", 0]),
        (["$BigInt"], ["$BigInt"]),
        ([1, "$BigInt"], [1, "$BigInt"]),
        ({"$BigInt": "5"}, {"$BigInt": "5"}),
        # What only CBOR brings.
        (cbor2.undefined, None),
        (cbor2.CBORSimpleValue(99), None),
        ((1, (2.0,)), [1, [2]]),
        (("$BigInt", "5"), 5),
        (["$Set", (1, 2)], {1, 2}),
        (b"a", b"a"),
        (datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)),
        ({1: 2.0, "a": 3}, {1: 2, "a": 3}),
        ({4294967296.5: 1, 4294967296.0: 2}, {4294967296.5: 1, 2**32: 2}),
        ({("$BigInt", "5"): 1}, {5: 1}),
        ({("$Uint8Array", "YQ=="): 1}, {b"a": 1}),
        ({(1, (2,)): 1}, {(1, (2,)): 1}),
        ({("$Set", (1,)): 1}, {frozenset({1}): 1}),
        ({None: 1, cbor2.undefined: 2}, [[None, 1], [None, 2]]),
        ({1: 1, ("$BigInt", "1"): 2}, [[1, 1], [1, 2]]),
        ({FROZEN_DICT({"a": (1,)}): 1, 2: 3}, [[{"a": [1]}, 1], [2, 3]]),
        ({(FROZEN_DICT({}),): 1}, [[[{}], 1]]),
    ],
    ids=lambda value: "" if isinstance(value, set) else repr(value),  # a set's repr differs between workers
)
def test_from_tree(tree, value):
    before = exact(tree)
    assert exact(from_tree(tree)) == exact(value)
    assert exact([from_tree([tree, tree, {"a": tree}])]) == exact([[value, value, {"a": value}]])
    assert exact(tree) == before


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ({"n": 4294967296.0, "big": 1e21, "half": 0.5}, {"n": 2**32, "big": 10**21, "half": 0.5}),
        (["$foo", 1.0], ["$foo", 1]),
        (["$$x", 1], ["$$x", 1]),
        (["$BigInt", "5"], ["$BigInt", "5"]),
        (["$Undefined", 0], ["$Undefined", 0]),
        (["$Set", [["$Set", [1.0]]]], ["$Set", [["$Set", [1]]]]),
        ({"deep": [["$BigInt", {"a": ["$Set", []]}]]}, {"deep": [["$BigInt", {"a": ["$Set", []]}]]}),
        ({1: ["$x", 1]}, {1: ["$x", 1]}),
        ({("$x", 1): 2}, {("$x", 1): 2}),
        (cbor2.undefined, None),
    ],
    ids=repr,
)
def test_from_plain_tree_revives_nothing(tree, value):
    assert exact(from_plain_tree(tree)) == exact(value)


# ---- properties


@given(VALUES)
@example(["$BigInt", "5"])
def test_round_trip(value):
    for carrier in JSON_LIKE:
        document = to_tree(value, carrier)
        assert exact(from_tree(document)) == exact(back(value))
    text = json_text.dumps(document)
    assert exact(from_tree(json_text.loads(text))) == exact(back(value))
    assert json.loads(text) == document


@given(JSON_TREES)
def test_any_tree_can_be_read(tree):
    assert failure(from_tree, tree) is None
    assert repr(from_plain_tree(tree)) == repr(as_plain(tree))


@pytest.mark.parametrize("wrap", [lambda item: item, lambda item: [item, 1], lambda item: ["$Set", [item]]])
def test_items_that_would_make_a_slow_set_stay_a_list(wrap):
    # Python gives all of these numbers the hash 0: a set of n of them takes the square of n.
    items = [wrap(["$BigInt", str((2**61 - 1) * number)]) for number in range(1, 102)]
    assert type(from_tree(["$Set", items])) is list
    assert type(from_tree(["$Set", items[1:]])) is set
    assert type(from_tree(["$Set", list(range(1000))])) is set


def as_plain(tree):
    if isinstance(tree, list):
        return [as_plain(item) for item in tree]
    if isinstance(tree, dict):
        return {key: as_plain(item) for key, item in tree.items()}
    return int(tree) if isinstance(tree, float) and tree.is_integer() else tree
