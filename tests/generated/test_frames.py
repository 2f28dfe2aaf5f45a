"""Whole messages as bytes: every version read, the newest written, and nothing else let through."""

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client.errors import DecodeError, VersionError
from rivet_client_generated.protocol import frames, v1, v2, v3, v4
from rivet_client_generated.protocol import messages as m
from rivet_client_generated.protocol.base import given as required
from rivet_client_generated.protocol.versions import NEWEST as NEWEST_VERSION
from rivet_client_generated.protocol.versions import OLDEST
from tests.generated.samples import (
    CAPTURED,
    CAPTURED_VERSION,
    LONG,
    NEWEST,
    ONE_OF_EACH,
    SPARSE,
    VERSIONS,
)
from tests.support.memory import traced_peak

CODECS = {
    version: importlib.import_module(f"rivet_client_generated.protocol.v{version}") for version in VERSIONS
}
EVERY = [(version, name) for version, names in VERSIONS.items() for name in names]


def frame(version, name, message):
    out = bytearray(version.to_bytes(2, "little"))
    getattr(CODECS[version], f"write_{name}")(out, message)
    return bytes(out)


def encode(name, message, *version):
    return getattr(frames, f"encode_{name}")(message, *version)


def decode(name, data):
    return getattr(frames, f"decode_{name}")(data)


@pytest.mark.parametrize(("name", "data", "message"), CAPTURED)
def test_captured_messages(name, data, message):
    data = bytes.fromhex(data)
    assert decode(name, data) == message
    assert encode(name, message, CAPTURED_VERSION) == data


@pytest.mark.parametrize(("name", "message"), SPARSE)
def test_messages_without_what_may_be_absent(name, message):
    assert decode(name, encode(name, message)) == message


@pytest.mark.parametrize(("version", "name", "message"), LONG)
def test_messages_with_lengths_of_two_bytes(version, name, message):
    data = frame(version, name, message)
    assert getattr(CODECS[version], f"read_{name}")(data, 2) == (message, len(data))


def test_an_empty_key_is_a_key():
    message = m.HttpResponseError(
        group="g", code="c", message="", actor=m.ActorSpecifier(actor_id="", generation=1, key="")
    )
    data = frames.encode_http_response_error(message)
    assert data.endswith(b"\x01\x00\x01\x01\x00")
    assert frames.decode_http_response_error(data) == message


@given(ONE_OF_EACH)
def test_messages_come_back(messages):
    """As they were, as messages of the newest version, and from these as messages of their own version."""
    for version, name, old in messages:
        data = frame(version, name, old)
        assert getattr(CODECS[version], f"read_{name}")(data, 2) == (old, len(data))
        new = decode(name, data)
        assert type(new).__module__ == "rivet_client_generated.protocol.messages"
        assert type(new).__name__ == type(old).__name__
        for field in type(new).model_fields:
            assert getattr(new, field) == getattr(old, field, None)
        if type(old) is not v1.Init:
            assert encode(name, new, version) == data


@given(st.fixed_dictionaries(NEWEST))
def test_messages_come_back_in_every_version_that_can_carry_them(messages):
    for name, message in messages.items():
        assert encode(name, message) == encode(name, message, NEWEST_VERSION)
        for version in range(OLDEST, NEWEST_VERSION + 1):
            try:
                data = encode(name, message, version)
            except VersionError:
                assert version < 4  # which can carry all of these messages
                continue
            assert data[:2] == version.to_bytes(2, "little")
            assert decode(name, data) == message


@given(ONE_OF_EACH, st.integers(0), st.integers(0, 255))
def test_what_is_damaged_is_refused_or_read_as_something_else(messages, where, byte):
    for version, name, message in messages:
        data = frame(version, name, message)
        for length in range(len(data)):
            with pytest.raises(DecodeError):
                decode(name, data[:length])
        with pytest.raises(DecodeError) as caught:
            decode(name, data + b"\x00")
        assert (caught.value.offset, caught.value.expected) == (len(data), "the end of the message")
        at = 2 + where % (len(data) - 2)
        try:
            decode(name, data[:at] + bytes((byte,)) + data[at + 1 :])
        except DecodeError as error:
            assert error.offset <= len(data)  # noqa: PT017  most damage is harmless


@given(st.binary(max_size=60))
def test_hostile_bytes_are_read_or_refused(junk):
    for version, name in EVERY:
        try:
            message = decode(name, version.to_bytes(2, "little") + junk)
        except DecodeError:
            continue
        assert decode(name, encode(name, message)) == message


@pytest.mark.parametrize("name", NEWEST)
@pytest.mark.parametrize("version", [0, NEWEST_VERSION + 1, 0x0400, 0xFFFF])
def test_other_versions_are_refused(name, version):
    with pytest.raises(DecodeError, match=r"of the protocol at byte 0$"):
        decode(name, version.to_bytes(2, "little") + b"\x00" * 8)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", ["http_queue_send_request", "http_queue_send_response"])
def test_queues_came_with_version_3(version, name):
    with pytest.raises(DecodeError, match=f"expected version 3 to {NEWEST_VERSION} of the protocol"):
        decode(name, bytes([version, 0]) + b"\x00" * 8)


@pytest.mark.parametrize(("name", "tags"), [("to_client", "0 to 3"), ("to_server", "0 to 1")])
@pytest.mark.parametrize("version", VERSIONS)
def test_unknown_tags_are_refused(version, name, tags):
    with pytest.raises(DecodeError, match=rf"tag {tags}\) at byte 2"):
        decode(name, bytes([version, 0, 9]) + b"\x00" * 8)


def test_huge_lengths_allocate_nothing():
    hostile = bytes.fromhex("0400 03 ffffffffffffffff7f") + b"x" * 50
    with traced_peak() as peak:
        with pytest.raises(DecodeError):
            frames.decode_to_client(hostile)
    assert peak.bytes < 300_000  # coverage takes some, too


def test_decoding_costs_about_the_size_of_the_frame():
    data = frames.encode_to_client(m.Event(name="e", args=b"x" * 1_000_000))
    with traced_peak() as peak:
        frames.decode_to_client(data)
    assert peak.bytes < 1.1 * len(data)


# -- older messages become new ones


def test_init_of_version_1_loses_its_token():
    old = v1.Init(actor_id="a", connection_id="c", connection_token="t")
    assert frames.decode_to_client(frame(1, "to_client", old)) == m.Init(actor_id="a", connection_id="c")


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("action_id", [None, 7])
@pytest.mark.parametrize("metadata", [None, b"\xa0"])
def test_older_errors_have_no_actor(version, action_id, metadata):
    old = v3.Error(group="g", code="c", message="m", metadata=metadata, action_id=action_id)
    new = m.Error(group="g", code="c", message="m", metadata=metadata, action_id=action_id, actor=None)
    assert frames.decode_to_client(frame(version, "to_client", old)) == new
    body = v3.HttpResponseError(group="g", code="c", message="m", metadata=metadata)
    same = m.HttpResponseError(group="g", code="c", message="m", metadata=metadata, actor=None)
    assert frames.decode_http_response_error(frame(version, "http_response_error", body)) == same


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("message", [m.ActionResponse(id=1, output=b"\x07"), m.Event(name="e", args=b"\x80")])
def test_answers_and_events_never_changed(version, message):
    assert frames.decode_to_client(frame(version, "to_client", message)) == message


def test_init_has_not_changed_since_version_2():
    init = frame(2, "to_client", v2.Init(actor_id="a", connection_id="c"))
    assert frames.decode_to_client(init) == m.Init(actor_id="a", connection_id="c")


def test_versions_share_what_is_the_same():
    assert v1.read_event is v2.read_event is v3.read_event is v4.read_event
    assert v2.Init is v4.Init
    assert v1.Error is v2.Error is v3.Error


# -- what cannot be written

ACTOR = m.ActorSpecifier(actor_id="a", generation=1)


@pytest.mark.parametrize(
    ("name", "message", "version", "text"),
    [
        (
            "to_client",
            m.Error(group="g", code="c", message="m", actor=ACTOR),
            3,
            "version 3 of the protocol has no field actor of Error; leave it out, or update the server",
        ),
        (
            "http_response_error",
            m.HttpResponseError(group="g", code="c", message="m", actor=ACTOR),
            2,
            "version 3 of the protocol has no field actor of HttpResponseError; leave it out, or update the server",
        ),
        (
            "to_client",
            m.Init(actor_id="a", connection_id="c"),
            1,
            "version 1 of the protocol needs the field connectionToken of Init; update the server",
        ),
        *(
            (name, None, 0, r"version 0 of the protocol has no message \w+; update the server")
            for name in NEWEST
        ),
    ],
)
def test_what_an_older_version_cannot_say(name, message, version, text):
    with pytest.raises(VersionError, match=f"^{text}$") as caught:
        encode(name, message, version)
    assert not caught.value.may_have_run


@pytest.mark.parametrize(
    "message",
    [
        m.Error(group="g", code="c", message="m", metadata=b"", action_id=7),
        m.Event(name="e", args=b""),
    ],
)
def test_what_every_version_can_say(message):
    for version in range(OLDEST, NEWEST_VERSION + 1):
        assert frames.decode_to_client(frames.encode_to_client(message, version)) == message


def test_errors_say_it_without_an_actor():
    message = m.HttpResponseError(group="g", code="c", message="m")
    for version in range(OLDEST, NEWEST_VERSION + 1):
        data = frames.encode_http_response_error(message, version)
        assert frames.decode_http_response_error(data) == message


def test_a_value_that_an_older_version_needs():
    assert required(0, 1, "the field x of Y") == 0
    with pytest.raises(VersionError, match=r"^version 1 of the protocol needs the field x of Y; give it, or"):
        required(None, 1, "the field x of Y")


@pytest.mark.parametrize("codec", CODECS.values(), ids=lambda it: it.__name__.rpartition(".")[2])
@pytest.mark.parametrize("name", ["ToClient", "ToServer"])
def test_only_members_of_a_union_can_be_written(codec, name):
    write = codec.write_to_client if name == "ToClient" else codec.write_to_server
    with pytest.raises(TypeError, match=f"^{name} cannot be a HttpActionRequest$"):
        write(bytearray(), m.HttpActionRequest(args=b""))


def test_payloads_must_be_encoded_already():
    with pytest.raises(TypeError, match="expected bytes, not list"):
        frames.encode_to_server(m.ActionRequest(id=1, name="a", args=[1, 2]))


def test_ids_have_64_bits():
    with pytest.raises(ValueError, match="does not fit an unsigned integer of 64 bits"):
        frames.encode_to_server(m.ActionRequest(id=2**64, name="a", args=b""))
