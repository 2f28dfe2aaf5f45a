"""The bytes of CBOR: tags, leniency, hostility. What values become is in test_value_table.py."""

import math
import struct
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rivet_client._wire import cbor
from rivet_client.errors import ConfigError, DecodeError
from tests.support.memory import traced_peak
from tests.support.value_cases import exact, nested
from tests.support.value_strategies import EVERYTHING, back, failure

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        # As cbor-x writes: objects with a long header, floats for what lies beyond 32 bits.
        ("b90001 6161 01", {"a": 1}),
        ("fb 41f0000000000000", 2**32),
        ("f9 3c00", 1),
        ("fa 3f000000", 0.5),
        ("fb 8000000000000000", 0),
        ("1b ffffffffffffffff", 2**64 - 1),
        ("3b ffffffffffffffff", -(2**64)),
        ("fb 7ff8000000000000", math.nan),
        ("82 6724426967496e74 6135", 5),
        ("9f 01 02 ff", [1, 2]),
        ("7f 6161 6162 ff", "ab"),
        ("5f 4161 4162 ff", b"ab"),
        ("bf 6161 01 ff", {"a": 1}),
        ("f7", None),
        ("f8 63", None),
        ("e0", None),
        ("83 01 f7 03", [1, None, 3]),
        ("42 0102", b"\1\2"),
        # Dates. Milliseconds are what JavaScript knows; the float beside them is not taken more exactly.
        ("c1 1a 6553f100", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("c1 fb 41d954fc4007df3b", datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)),
        ("c1 fb bf50624dd2f1a9fc", EPOCH - timedelta(milliseconds=1)),
        ("c1 20", EPOCH - timedelta(seconds=1)),
        ("82 c1 fb 7ff8000000000000 01", [None, 1]),
        ("82 c1 fb 7ff0000000000000 01", [math.inf, 1]),
        ("82 c1 fb 429f6ea086000000 01", [8640000000000, 1]),
        ("82 c1 fb 7fefffffffffffff 01", [int(1.7976931348623157e308), 1]),
        ("82 c1 1b ffffffffffffffff 01", [2**64 - 1, 1]),
        ("82 c1 6161 01", ["a", 1]),
        ("82 c1 f5 01", [True, 1]),
        # Bignums, well made or not.
        ("c2 49 010000000000000000", 2**64),
        ("c3 49 010000000000000000", -(2**64) - 1),
        ("c2 40", 0),
        ("82 c2 6161 01", ["a", 1]),
        ("82 c3 81 01 01", [[1], 1]),
        # Maps.
        ("d90103 a1 01 b90001 6161 02", {1: {"a": 2}}),
        ("d90103 a1 fb 41f0000000000000 01", {2**32: 1}),
        ("d90103 a1 82 6724426967496e74 6135 01", {5: 1}),
        ("d90103 a1 8101 01", {(1,): 1}),
        ("d90103 a1 b90001 6161 01 8102", [[{"a": 1}, [2]]]),
        ("d90103 a1 d90103 a1 01 02 03", [[{1: 2}, 3]]),
        ("d90103 a1 c1 00 01", {EPOCH: 1}),
        ("d90103 a1 d84a 44 00000001 02", {(1,): 2}),
        ("d90103 01", 1),
        ("a1 01 02", {1: 2}),
        # Sets in CBOR's own way.
        ("d90102 82 01 6161", {1, "a"}),
        ("d90102 81 a0", [{}]),
        ("d90103 a1 d90102 81 01 02", {frozenset({1}): 2}),
        # RegExp and Error.
        ("d81b 83 66526567457870 62612b 626769", ["RegExp", "a+", "gi"]),
        ("d81b 82 654572726f72 6178", ["Error", "x"]),
        # Tags that say nothing about a JavaScript value: their content.
        ("c0 74 323032302d30312d30315431323a30303a30305a", "2020-01-01T12:00:00Z"),
        ("c4 82 01 03", [1, 3]),
        ("c4 82 1b7fffffffffffffff 01", [2**63 - 1, 1]),
        ("d818 41ff", b"\xff"),
        ("d823 6128", "("),
        ("d825 4100", b"\0"),
        ("d9d9f7 01", 1),
        ("db ffffffffffffffff 81 fb 4000000000000000", [2]),
        ("a1 d9ffff 8101 02", {(1,): 2}),
        # Shared values, which would let a small message grow without end.
        ("82 d81c 81 01 d81d 00", [[1], 0]),
        ("d81c 81 d81d 00", [0]),
        ("d90100 82 6161 d819 00", ["a", 0]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_decode(data, value):
    assert exact(cbor.decode(bytes.fromhex(data))) == exact(value)


@pytest.mark.parametrize(
    ("tag", "form", "items"),
    [
        (65, ">H", [1, 65535]),
        (66, ">I", [1, 2**32 - 1]),
        (67, ">Q", [1, 2**64 - 1]),
        (68, "<B", [1, 255]),
        (69, "<H", [1, 65535]),
        (70, "<I", [1, 2**32 - 1]),
        (71, "<Q", [1, 2**64 - 1]),
        (72, "<b", [1, -1]),
        (73, ">h", [1, -1]),
        (74, ">i", [1, -1]),
        (75, ">q", [1, -1]),
        (77, "<h", [1, -1]),
        (78, "<i", [1, -1]),
        (79, "<q", [1, -1]),
        (80, ">e", [1, 0.5]),
        (81, ">f", [1, 0.5]),
        (82, ">d", [1, 0.1]),
        (84, "<e", [1, 0.5]),
        (85, "<f", [1, 0.5]),
        (86, "<d", [1, 0.1, math.inf]),
    ],
)
def test_typed_arrays(tag, form, items):
    data = b"".join(struct.pack(form, item) for item in items)
    assert exact(cbor.decode(cbor2.dumps(cbor2.CBORTag(tag, data)))) == exact(items)
    assert cbor.decode(cbor2.dumps(cbor2.CBORTag(tag, b""))) == []
    # Spoilt: as it is.
    assert cbor.decode(cbor2.dumps([cbor2.CBORTag(tag, "abc"), 1])) == ["abc", 1]
    if struct.calcsize(form) > 1:
        assert cbor.decode(cbor2.dumps([cbor2.CBORTag(tag, b"abc"), 1])) == [b"abc", 1]


@pytest.mark.parametrize("tag", [64, 76, 83, 87])
def test_arrays_that_stay_bytes(tag):
    assert cbor.decode(cbor2.dumps(cbor2.CBORTag(tag, b"ab"))) == b"ab"


def test_no_tag_spoils_more_than_itself():
    known = {1, 2, 3, 258, 259} | set(range(64, 88))
    for tag in [*range(1100), 43000, 55799, 65535, 2**32 - 1]:
        head = b"\x82" + (b"\xda" + tag.to_bytes(4))
        for content in (b"\x01", b"\x61\x78", b"\x81\x01", b"\xa1\x61\x78\x01", b"\x41\x01", b"\xf7"):
            value, after = cbor.decode(head + content + b"\x07")
            assert after == 7
            if tag not in known:
                assert exact(value) == exact(cbor.decode(content))


def test_lone_surrogate_spoils_one_str():
    value = cbor.decode(bytes.fromhex("82 a1 63eda080 01 65 61eda08062".replace(" ", "")))
    assert value == [{"\ufffd\ufffd\ufffd": 1}, "a\ufffd\ufffd\ufffdb"]


def test_metadata_is_plain():
    data = cbor2.dumps({"list": ["$foo", 1], "n": 4294967296.0, "text": ["$BigInt", "5"]})
    assert exact(cbor.decode_plain(data)) == exact(
        {"list": ["$foo", 1], "n": 2**32, "text": ["$BigInt", "5"]}
    )


def test_documents_keep_values_unrevived():
    document = {
        "body": {"tag": "Event", "val": {"name": "e", "id": 2**64 - 1, "args": [["$BigInt", "5"], 1.0]}}
    }
    data = cbor.dumps(document)
    assert b"\x1b" + b"\xff" * 8 in data
    assert exact(cbor.loads(data)) == exact(document)


def test_documents_are_read_as_leniently_as_values():
    data = bytes.fromhex("a2 6161 c1fb7ff8000000000000 6162 63eda080".replace(" ", ""))
    assert cbor.loads(data) == {"a": None, "b": "\ufffd\ufffd\ufffd"}


def test_lone_surrogate_in_a_document():
    with pytest.raises(ConfigError, match="lone surrogate"):
        cbor.dumps({"name": "\ud800"})


def test_path_of_what_cannot_be_encoded():
    with pytest.raises(TypeError, match=r"^value\[0\]: "):
        cbor.encode([object()])
    with pytest.raises(TypeError, match=r"^args\[0\]: "):
        cbor.encode([object()], "args")


# ---- hostility


@pytest.mark.parametrize(
    ("data", "offset", "expected"),
    [
        ("", 0, "CBOR (premature end of stream (expected to read at least 1 bytes, got 0 instead))"),
        ("82 01", 2, "CBOR (premature end of stream (expected to read at least 1 bytes, got 0 instead))"),
        ("83 01 1c 02", 3, "CBOR (error decoding unsigned integer: unknown unsigned integer subtype 0x1c)"),
        ("ff", 1, "CBOR (break code encountered where a data item was expected)"),
        ("01 02", 1, "the end of the CBOR value"),
        ("80 80 80", 1, "the end of the CBOR value"),
        ("82 01 61ed f7", 4, "the end of the CBOR value"),
        ("01 ff", 1, "the end of the CBOR value"),
        ("80 ff 01", 1, "the end of the CBOR value"),
        ("9f ff ff ff", 2, "the end of the CBOR value"),
        ("41ff ff 00", 2, "the end of the CBOR value"),
        ("59 0800" + "00" * 2048 + "01", 2051, "the end of the CBOR value"),
        ("59 0800" + "ff" * 2048 + "ff", 2051, "the end of the CBOR value"),
    ],
)
def test_no_cbor(data, offset, expected):
    for decode in (cbor.decode, cbor.decode_plain, cbor.loads):
        with pytest.raises(DecodeError) as caught:
            decode(bytes.fromhex(data))
        assert (caught.value.offset, caught.value.expected) == (offset, expected)
        assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(
    "head", [b"\x81", b"\x9f", b"\xa1\x01", b"\xbf\x01", b"\xc6", b"\xd9\x01\x03\xa1\x01", b"\xa1\x81"]
)
def test_hostile_nesting(head):
    with pytest.raises(DecodeError):
        cbor.decode(head * 100_000 + b"\x01")


@pytest.mark.parametrize("levels", [399, 400])
def test_deeper_than_may_be_sent_can_be_read(levels):
    assert cbor.decode(b"\x81" * levels + b"\x01") == nested(levels)


LENGTHS = [
    head + length
    for head in (b"\x5b", b"\x7b", b"\x9b", b"\xbb")
    for length in (b"\x7f" + b"\xff" * 7, b"\xff" * 8)
]


@pytest.mark.parametrize(
    "data",
    [
        *LENGTHS,
        *(b"\xd9\x01\x03" + data for data in LENGTHS),
        *(b"\xa1" + data for data in LENGTHS),
        b"\x9a\x7f\xff\xff\xff" + b"\x01" * 1000,
        b"\x5a\x7f\xff\xff\xff" + b"\x01" * 1000,
    ],
    ids=bytes.hex,
)
def test_a_length_that_lies_allocates_nothing(data):
    with traced_peak() as peak:
        with pytest.raises(DecodeError):
            cbor.decode(data)
    assert peak.bytes < 300_000  # cbor2 reads 64 KiB at a time


# ---- properties


@given(EVERYTHING)
@example({1.5: {2: ["$x", 1]}})
@example(datetime(1900, 1, 1, 0, 0, 0, 999_000, tzinfo=UTC))
def test_round_trip(value):
    assert exact(cbor.decode(cbor.encode(value))) == exact(back(value))


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
@example(1001)  # 1.001 * 1000 is a little less than 1001
def test_every_millisecond_survives(milliseconds):
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    data = cbor.encode(moment)
    assert cbor.decode(data) == moment
    # JavaScript's reading of it.
    assert math.floor(struct.unpack(">d", data[2:])[0] * 1000 + 0.5) == milliseconds


@given(EVERYTHING)
def test_every_truncation_is_refused(value):
    data = cbor.encode(value)
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            cbor.decode(data[:end])


@given(EVERYTHING, st.binary(min_size=1))
@example([], b"\xc0")
@example([], b"\xff\x00")
@example("x" * 2000, b"\xff\x00")
@example("x" * 2000, b"\x00")
def test_anything_after_the_value_is_refused(value, rest):
    data = cbor.encode(value)
    assert exact(cbor.decode(data)) == exact(back(value))
    with pytest.raises(DecodeError) as caught:
        cbor.decode(data + rest)
    assert caught.value.offset == len(data)


@given(st.binary())
@example(bytes.fromhex("d8427d"))
def test_hostile_bytes(data):
    for decode in (cbor.decode, cbor.decode_plain):
        error = failure(decode, data)
        assert error is None or 0 <= error.offset <= len(data)


@given(EVERYTHING, st.data())
def test_hostile_changes(value, data):
    changed = bytearray(cbor.encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    error = failure(cbor.decode, bytes(changed))
    assert error is None or 0 <= error.offset <= len(changed)
