"""JSON text, as it is written and read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._wire import json_text
from rivet_client._wire.values_codec import from_tree, to_tree
from rivet_client.errors import ConfigError, DecodeError
from tests.support.value_cases import exact
from tests.support.value_strategies import JSON_TREES, VALUES, failure


def test_text_is_compact_utf8():
    assert json_text.dumps({"a": [1, 2.0, "é😀"], "b": None}) == '{"a":[1,2.0,"é😀"],"b":null}'.encode()


def test_text_for_a_header():
    text = json_text.dumps({"é": "😀"}, ascii_only=True)
    assert text == b'{"\\u00e9":"\\ud83d\\ude00"}'
    assert json_text.loads(text) == {"é": "😀"}


def test_numbers_of_the_message_itself_stay_ints():
    # 2^64-1 is an id here, no value; the host reads it exactly.
    assert json_text.dumps({"id": 2**64 - 1}) == b'{"id":18446744073709551615}'


def test_long_whole_numbers_have_no_fraction():
    """The host would read them as the quotient of two rounded numbers."""
    numbers = [2.0**53, -(2.0**53), 99999999999999.0, 1e15, 1e16, 900719925474099.5, 1234567890123456.5]
    text = (
        "[9007199254740992e0,-9007199254740992e0,99999999999999.0,1000000000000000e0,1e+16,900719925474099.5,"
    )
    assert json_text.dumps(numbers).decode() == text + "1234567890123456.5]"
    assert json_text.loads(json_text.dumps(numbers)) == numbers


def test_text_that_looks_like_one_stays():
    number = "9007199254740992.0"
    strings = [number, f'"{number},', f'\\"{number}\\', {number: "\\"}, f"[{number}]"]
    assert json.loads(json_text.dumps([*strings, 2.0**53])) == [*strings, 2.0**53]


def test_lone_surrogate_in_the_message_itself():
    with pytest.raises(ConfigError, match="lone surrogate"):
        json_text.dumps({"name": "\ud800"})


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
    assert json_text.loads(text) == value
    assert json_text.loads(text.encode()) == value


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
        json_text.loads(data)
    assert (caught.value.offset, caught.value.expected) == (offset, expected)


@pytest.mark.parametrize("levels", [2000, 50_000])
def test_deep_text(levels):
    error = failure(lambda data: from_tree(json_text.loads(data)), b"[" * levels + b"]" * levels)
    assert error is not None


def test_an_endless_int_is_refused():
    with pytest.raises(DecodeError, match="4300 digits"):
        json_text.loads(b"1" * 5000)


# ---- properties


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(2**32, 2**53) | st.text()))
def test_text_is_what_json_would_write(items):
    document = to_tree([items], "json")
    assert exact(json.loads(json_text.dumps(document))) == exact(json.loads(json.dumps(document)))


@given(VALUES)
def test_every_truncation_of_text_is_refused(value):
    data = json_text.dumps([to_tree(value, "json")])
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            json_text.loads(data[:end])


@given(st.binary() | st.text().map(str.encode) | JSON_TREES.map(json.dumps).map(str.encode))
def test_hostile_text(data):
    error = failure(lambda data: from_tree(json_text.loads(data)), data)
    assert error is None or 0 <= error.offset <= len(data)
