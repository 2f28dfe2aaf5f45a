import pytest

from rivet_client._wire import document_fields
from rivet_client.errors import DecodeError


def refused(take, *arguments):
    with pytest.raises(DecodeError) as caught:
        take(*arguments)
    assert caught.value.offset == 0
    return caught.value.expected


def test_objects():
    assert document_fields.take_object({"a": 1}, "here") == {"a": 1}
    assert refused(document_fields.take_object, [], "here") == "an object at here"


def test_text_and_bools():
    assert document_fields.take_str("x", "here") == "x"
    assert refused(document_fields.take_str, b"x", "here") == "text at here"
    assert document_fields.take_bool(False, "here") is False
    assert refused(document_fields.take_bool, 0, "here") == "a bool at here"


@pytest.mark.parametrize("value", [5, ["$BigInt", "5"], ["$BigInt", 5]])
def test_integers_in_every_form(value):
    assert document_fields.take_uint(value, "here") == 5


def test_integers_keep_to_their_range():
    assert document_fields.take_uint(["$BigInt", str(2**64 - 1)], "here") == 2**64 - 1
    assert document_fields.take_i8(["$BigInt", "-128"], "here") == -128
    assert refused(document_fields.take_u8, 256, "here") == "an integer from 0 to 255 at here"
    assert refused(document_fields.take_i8, -129, "here") == "an integer from -128 to 127 at here"
    assert refused(document_fields.take_u8, ["$BigInt", "-1"], "here") == "an integer from 0 to 255 at here"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        5.0,
        "5",
        ["$BigInt", "x"],
        ["$BigInt", "9" * 5000],
        ["$BigInt", True],
        ["$BigInt"],
        ["$Other", "5"],
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_integer(value):
    assert refused(document_fields.take_u64, value, "here").startswith("an integer from 0 to")


def test_numbers():
    assert document_fields.take_f64(1.5, "here") == 1.5
    assert document_fields.take_f32(2, "here") == 2.0
    for value in (True, "1", None, 10**400):
        assert refused(document_fields.take_f64, value, "here") == "a number at here"


@pytest.mark.parametrize("value", [b"\x01\xff", ["$Uint8Array", "Af8="], ["$ArrayBuffer", "Af8="]])
def test_bytes_in_every_form(value):
    assert document_fields.take_data(value, "here") == b"\x01\xff"


@pytest.mark.parametrize(
    "value", ["Af8=", None, ["$Uint8Array", "%"], ["$Uint8Array", "é"], ["$Other", "Af8="]]
)
def test_what_is_no_bytes(value):
    assert refused(document_fields.take_data, value, "here") == "bytes at here"


def test_bytes_are_given_in_a_form_that_json_carries():
    assert document_fields.give_data(b"\x01\xff") == ["$Uint8Array", "Af8="]


def test_payloads_must_be_there_but_may_be_anything():
    assert document_fields.take_payload({"a": None}, "a", "here") is None
    assert refused(document_fields.take_payload, {}, "a", "here") == "a value at here.a"


def test_optionals():
    assert document_fields.take_optional(None, "here", document_fields.take_str) is None
    assert document_fields.take_optional("x", "here", document_fields.take_str) == "x"
    assert refused(document_fields.take_optional, 1, "here", document_fields.take_str) == "text at here"


def test_lists_name_the_item():
    assert document_fields.take_list(["a", "b"], "here", document_fields.take_str) == ["a", "b"]
    assert document_fields.take_list((), "here", document_fields.take_str) == []
    assert refused(document_fields.take_list, "ab", "here", document_fields.take_str) == "a list at here"
    assert refused(document_fields.take_list, ["a", 1], "here", document_fields.take_str) == "text at here[1]"


def test_maps_name_the_key():
    assert document_fields.take_map({"a": "b"}, "here", document_fields.take_str) == {"a": "b"}
    assert refused(document_fields.take_map, [], "here", document_fields.take_str) == "an object at here"
    assert refused(document_fields.take_map, {"a": 1}, "here", document_fields.take_str) == "text at here.a"
    assert refused(document_fields.take_map, {1: "b"}, "here", document_fields.take_str) == "text at here"
