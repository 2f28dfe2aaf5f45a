from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._wire import bare
from rivet_client.errors import DecodeError
from tests.support.memory import traced_peak

BITS = (8, 16, 32, 64)
RANGES = {
    "uint": (0, 2**64 - 1),
    "int": (-(2**63), 2**63 - 1),
    **{f"u{bits}": (0, 2**bits - 1) for bits in BITS},
    **{f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in BITS},
}
VALUES = {
    **{name: st.integers(*limits) for name, limits in RANGES.items()},
    "bool": st.booleans(),
    "f32": st.floats(width=32, allow_nan=False),
    "f64": st.floats(allow_nan=False),
    "data": st.binary(),
    "str": st.text(),
}


def written(name, value):
    out = bytearray()
    getattr(bare, f"write_{name}")(out, value)
    return bytes(out)


def read(name, data, pos=0):
    return getattr(bare, f"read_{name}")(data, pos)


@given(st.fixed_dictionaries(VALUES))
def test_round_trip_and_every_truncation(values):
    for name, value in values.items():
        encoded = written(name, value)
        assert read(name, b"\xff" + encoded + b"\xff", 1) == (value, 1 + len(encoded))
        for length in range(len(encoded)):
            with pytest.raises(DecodeError):
                read(name, encoded[:length])


@given(st.binary(max_size=40), st.integers(0, 45))
def test_hostile_bytes_give_a_value_inside_the_buffer_or_decode_error(junk, pos):
    for name in VALUES:
        try:
            _, end = read(name, junk, pos)
        except DecodeError as error:
            end = error.offset
        else:
            assert end > pos
        assert 0 <= end <= max(len(junk), pos)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (2**64 - 1, "ffffffffffffffffff01")],
)
def test_uint_layout(value, encoded):
    assert written("uint", value).hex() == encoded
    assert read("uint", bytes.fromhex(encoded)) == (value, len(encoded) // 2)


@pytest.mark.parametrize(
    ("value", "encoded"), [(0, "00"), (-1, "01"), (1, "02"), (-(2**63), "ffffffffffffffffff01")]
)
def test_int_layout(value, encoded):
    assert written("int", value).hex() == encoded
    assert read("int", bytes.fromhex(encoded)) == (value, len(encoded) // 2)


@pytest.mark.parametrize(("encoded", "value"), [("8000", 0), ("ac8200", 300), ("80808080808080808000", 0)])
def test_uint_accepts_more_bytes_than_needed(encoded, value):
    data = bytes.fromhex(encoded)
    assert read("uint", data) == (value, len(data))


@pytest.mark.parametrize(
    ("encoded", "offset", "expected"),
    [
        ("", 0, "the rest of a variable-length integer"),
        ("80", 1, "the rest of a variable-length integer"),
        ("808080808080808080", 9, "the rest of a variable-length integer"),
        ("80808080808080808002", 0, "an integer of at most 64 bits"),
        ("ffffffffffffffffff02", 0, "an integer of at most 64 bits"),
        ("ffffffffffffffffffff", 0, "an integer of at most 64 bits"),
        ("8080808080808080808000", 0, "an integer of at most 64 bits"),
    ],
)
def test_uint_refuses(encoded, offset, expected):
    with pytest.raises(DecodeError) as caught:
        read("uint", bytes.fromhex(encoded))
    assert (caught.value.offset, caught.value.expected) == (offset, expected)


@pytest.mark.parametrize(
    ("name", "encoded", "offset", "expected"),
    [
        ("bool", "02", 0, "a bool (00 or 01)"),
        ("data", "03aabb", 1, "3 bytes of data"),
        ("str", "03aabb", 1, "3 bytes of text"),
        ("str", "0361ff62", 2, "UTF-8 text"),
        ("str", "03eda080", 1, "UTF-8 text"),
        ("u16", "01", 0, "a u16"),
        ("u64", "01", 0, "a u64"),
        ("i8", "", 0, "an i8"),
        ("f64", "00", 0, "an f64"),
        ("count", "020a", 1, "2 items"),
    ],
)
def test_says_what_it_expected_and_where(name, encoded, offset, expected):
    with pytest.raises(DecodeError) as caught:
        read(name, bytes.fromhex(encoded))
    assert (caught.value.offset, caught.value.expected) == (offset, expected)


def test_fixed_layouts():
    assert written("u16", 0x0102) == b"\x02\x01"
    assert written("u64", 5000) == bytes.fromhex("8813000000000000")
    assert written("i32", -2) == pack("<i", -2)
    assert written("f32", 1.5) == pack("<f", 1.5)
    assert written("f64", 0.1) == pack("<d", 0.1)
    assert written("bool", True) + written("bool", False) == b"\x01\x00"


def test_a_count_is_bounded_by_the_bytes_left():
    assert read("count", b"\x02ab") == (2, 1)
    assert read("count", b"\x00") == (0, 1)


@pytest.mark.parametrize("name", RANGES)
def test_integers_out_of_range_are_refused(name):
    low, high = RANGES[name]
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=f"^{value} does not fit"):
            written(name, value)
    assert read(name, written(name, low))[0] == low
    assert read(name, written(name, high))[0] == high


def test_other_values_that_cannot_be_written():
    with pytest.raises(ValueError, match="does not fit an f32"):
        written("f32", 1e300)
    with pytest.raises(TypeError, match="expected bytes, not list"):
        written("data", [1, 2])
    with pytest.raises(UnicodeEncodeError):
        written("str", "\ud800")


@pytest.mark.parametrize("name", ["data", "str", "count"])
def test_a_huge_length_allocates_nothing(name):
    hostile = written("uint", 2**62) + b"x" * 100
    with traced_peak() as peak:
        with pytest.raises(DecodeError):
            read(name, hostile)
    assert peak.bytes < 300_000  # coverage takes some, too
