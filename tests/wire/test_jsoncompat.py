"""Trees and JSON text: what the table of values does not show."""

import json
import math
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rivet_client._wire import jsoncompat
from rivet_client._wire.jsoncompat import MAX_DEPTH, from_document, from_plain, to_document
from rivet_client.errors import ConfigError, DecodeError
from rivet_client.values import JsMap, JsSet
from tests.support.value_cases import JSON_LIKE, exact, nested
from tests.support.value_strategies import VALUES, back, failure

# ---- out


@pytest.mark.parametrize("carrier", JSON_LIKE)
def test_as_deep_as_allowed(carrier):
    value = nested(MAX_DEPTH)
    assert to_document(value, carrier) == value
    assert to_document(nested(MAX_DEPTH, lambda inner: {"a": inner}), carrier)


def test_a_set_takes_two_levels():
    frozen = nested(MAX_DEPTH // 2, lambda inner: frozenset([inner]))
    to_document(frozen, "json")
    with pytest.raises(ConfigError, match="nesting"):
        to_document(frozenset([frozen]), "json")


def test_a_map_in_itself():
    content: dict[str, object] = {}
    content["a"] = JsMap(content)
    with pytest.raises(ConfigError, match="more than 120 levels of nesting"):
        to_document(content, "bare")


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
        to_document(node, "json")


def test_the_result_shares_nothing_with_the_value():
    value = {"list": [1, {"a": 2}]}
    document = to_document(value, "json")
    document["list"][1]["a"] = 3
    assert value == {"list": [1, {"a": 2}]}


def test_path_defaults_to_value():
    with pytest.raises(TypeError, match=r"^value\[0\]: "):
        to_document([object()], "json")


def test_strange_advice_for_numpy():
    # Not a dependency, so a stand-in with its name.
    array = type("ndarray", (), {"__module__": "numpy"})()
    with pytest.raises(TypeError, match=r"numpy\.ndarray cannot be sent to an actor; pass value\.tolist\(\)"):
        to_document(array, "json")


def test_pydantic_is_not_imported():
    script = """
import sys
from rivet_client._wire.jsoncompat import to_document
try:
    to_document(object(), "json")
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
    error = with_little_stack(lambda: to_document(deep, "json"), 60)
    assert str(error) == "value: more nesting than the stack has room for; flatten it"
    for read in (from_document, from_plain):
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
        ({cbor2.frozendict({"a": (1,)}): 1, 2: 3}, [[{"a": [1]}, 1], [2, 3]]),
        ({(cbor2.frozendict({}),): 1}, [[[{}], 1]]),
    ],
    ids=lambda value: "" if isinstance(value, set) else repr(value),  # a set's repr differs between workers
)
def test_from_document(tree, value):
    before = exact(tree)
    assert exact(from_document(tree)) == exact(value)
    assert exact([from_document([tree, tree, {"a": tree}])]) == exact([[value, value, {"a": value}]])
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
def test_from_plain_revives_nothing(tree, value):
    assert exact(from_plain(tree)) == exact(value)


# ---- JSON text


def test_text_is_compact_utf8():
    assert jsoncompat.dumps({"a": [1, 2.0, "é😀"], "b": None}) == '{"a":[1,2.0,"é😀"],"b":null}'.encode()


def test_text_for_a_header():
    text = jsoncompat.dumps({"é": "😀"}, ascii_only=True)
    assert text == b'{"\\u00e9":"\\ud83d\\ude00"}'
    assert jsoncompat.loads(text) == {"é": "😀"}


def test_numbers_of_the_message_itself_stay_ints():
    # 2^64-1 is an id here, no value; the host reads it exactly.
    assert jsoncompat.dumps({"id": 2**64 - 1}) == b'{"id":18446744073709551615}'


def test_long_whole_numbers_have_no_fraction():
    """The host would take them for the quotient of two rounded numbers."""
    numbers = [2.0**53, -(2.0**53), 99999999999999.0, 1e15, 1e16, 900719925474099.5, 1234567890123456.5]
    text = (
        "[9007199254740992e0,-9007199254740992e0,99999999999999.0,1000000000000000e0,1e+16,900719925474099.5,"
    )
    assert jsoncompat.dumps(numbers).decode() == text + "1234567890123456.5]"
    assert jsoncompat.loads(jsoncompat.dumps(numbers)) == numbers


def test_text_that_looks_like_one_stays():
    number = "9007199254740992.0"
    strings = [number, f'"{number},', f'\\"{number}\\', {number: "\\"}, f"[{number}]"]
    assert json.loads(jsoncompat.dumps([*strings, 2.0**53])) == [*strings, 2.0**53]


def test_lone_surrogate_in_the_message_itself():
    with pytest.raises(ConfigError, match="lone surrogate"):
        jsoncompat.dumps({"name": "\ud800"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"a\uDBFFb"', "a\ufffdb"),
        (r'"\udc00"', "\ufffd"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"\ud800\ud83d\ude00"', "\ufffd😀"),
        (r'"\uD83D\uDE00"', "😀"),
        (r'"\ud800A"', "\ufffdA"),
        (r'"\ud800\n"', "\ufffd\n"),
        # Backslashes before it decide whether it is an escape at all.
        (r'"\\ud800"', r"\ud800"),
        (r'"\\\ud800"', "\\\ufffd"),
        (r'"\\\\ud800"', r"\\ud800"),
        (r'{"\ud800": ["ok"]}', {"\ufffd": ["ok"]}),
    ],
)
def test_lone_surrogates_are_replaced(text, value):
    assert jsoncompat.loads(text) == value
    assert jsoncompat.loads(text.encode()) == value


@pytest.mark.parametrize(
    ("data", "offset", "expected"),
    [
        (b"", 0, "JSON (Expecting value)"),
        (b"[1,", 3, "JSON (Expecting value)"),
        (b"[1] 2", 4, "JSON (Extra data)"),
        ('["é" 1]'.encode(), 6, "JSON (Expecting ',' delimiter)"),
        (b'"\xff"', 1, "UTF-8"),
        (b'"\xed\xa0\x80"', 1, "UTF-8"),
        (b'\xef\xbb\xbf"bom"', 0, "JSON (Expecting value)"),
        (b'"\n"', 1, "JSON (Invalid control character at)"),
        (b"[NaN]", 0, "JSON (NaN is no JSON number)"),
        (b"-Infinity", 0, "JSON (-Infinity is no JSON number)"),
        (b"[" * 100_000, 0, "JSON nested less deeply"),
        (b'{"a":' * 100_000, 0, "JSON nested less deeply"),
        (rb'"\ud8"', 2, "JSON (Invalid \\uXXXX escape)"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_no_json(data, offset, expected):
    with pytest.raises(DecodeError) as caught:
        jsoncompat.loads(data)
    assert (caught.value.offset, caught.value.expected) == (offset, expected)


@pytest.mark.parametrize("levels", [2000, 50_000])
def test_deep_text(levels):
    error = failure(lambda data: from_document(jsoncompat.loads(data)), b"[" * levels + b"]" * levels)
    assert error is not None


def test_an_endless_int_is_refused():
    with pytest.raises(DecodeError, match="4300 digits"):
        jsoncompat.loads(b"1" * 5000)


# ---- properties


@given(VALUES)
@example(["$BigInt", "5"])
def test_round_trip(value):
    for carrier in JSON_LIKE:
        document = to_document(value, carrier)
        assert exact(from_document(document)) == exact(back(value))
    text = jsoncompat.dumps(document)
    assert exact(from_document(jsoncompat.loads(text))) == exact(back(value))
    assert json.loads(text) == document


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(2**32, 2**53) | st.text()))
def test_text_is_what_json_would_write(items):
    document = to_document([items], "json")
    assert exact(json.loads(jsoncompat.dumps(document))) == exact(json.loads(json.dumps(document)))


@given(VALUES)
def test_every_truncation_of_text_is_refused(value):
    data = jsoncompat.dumps([to_document(value, "json")])
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            jsoncompat.loads(data[:end])


JSON_TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just("$Set")
    | st.just("$BigInt"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON_TREES)
def test_any_tree_can_be_read(tree):
    assert failure(from_document, tree) is None
    assert repr(from_plain(tree)) == repr(as_plain(tree))


@pytest.mark.parametrize("wrap", [lambda item: item, lambda item: [item, 1], lambda item: ["$Set", [item]]])
def test_items_that_would_make_a_slow_set_stay_a_list(wrap):
    # Python gives all of these numbers the hash 0: a set of n of them takes the square of n.
    items = [wrap(["$BigInt", str((2**61 - 1) * number)]) for number in range(1, 102)]
    assert type(from_document(["$Set", items])) is list
    assert type(from_document(["$Set", items[1:]])) is set
    assert type(from_document(["$Set", list(range(1000))])) is set


def as_plain(tree):
    if isinstance(tree, list):
        return [as_plain(item) for item in tree]
    if isinstance(tree, dict):
        return {key: as_plain(item) for key, item in tree.items()}
    return int(tree) if isinstance(tree, float) and tree.is_integer() else tree


@given(st.binary() | st.text().map(str.encode) | JSON_TREES.map(json.dumps).map(str.encode))
def test_hostile_text(data):
    error = failure(lambda data: from_document(jsoncompat.loads(data)), data)
    assert error is None or 0 <= error.offset <= len(data)
