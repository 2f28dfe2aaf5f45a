"""Messages that are one payload: without a model they are what they are with one."""

from __future__ import annotations

import pytest

from rivet_client.errors import DecodeError, VersionError
from rivet_client_generated.protocol import documents, frames, payloads
from rivet_client_generated.protocol import messages as m
from rivet_client_generated.protocol.versions import NEWEST, OLDEST

KINDS = {
    "http_action_request": lambda payload: m.HttpActionRequest(args=payload),
    "http_action_response": lambda payload: m.HttpActionResponse(output=payload),
}


FIELDS = {"http_action_request": "args", "http_action_response": "output"}


def outcome(function, data):
    try:
        return function(data)
    except DecodeError as error:
        return str(error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("payload", [b"", b"\x07", b"x" * 127, b"x" * 128, b"x" * 70_000])
def test_bytes(kind, payload):
    message = KINDS[kind](payload)
    for version in (), *((version,) for version in range(OLDEST, NEWEST + 1)):
        data = getattr(payloads, f"encode_{kind}")(payload, *version)
        assert data == getattr(frames, f"encode_{kind}")(message, *version)
        assert getattr(payloads, f"decode_{kind}")(data) == payload


@pytest.mark.parametrize("kind", KINDS)
def test_versions_that_there_are_not(kind):
    with pytest.raises(VersionError, match="^version 0 of the protocol has no message HttpAction"):
        getattr(payloads, f"encode_{kind}")(b"", 0)


WRONG_OR_OLD = (
    b"", b"\x04", b"\x00\x00\x00", b"\x01\x00\x01x", bytes([NEWEST + 1, 0, 0]), b"\x04\x00", b"\x04\x00\x02x",
    b"\x04\x00\x01xy", b"\x04\x00\x80\x00", b"\x04\x00" + b"\xff" * 11,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", WRONG_OR_OLD)
def test_bytes_that_are_wrong_or_old(kind, data):
    read = outcome(getattr(frames, f"decode_{kind}"), data)
    expected = read if isinstance(read, str) else getattr(read, FIELDS[kind])
    assert outcome(getattr(payloads, f"decode_{kind}"), data) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("payload", [None, 7, ["x", {"y": 1}]])
def test_documents(kind, payload):
    document = getattr(payloads, f"encode_{kind}_document")(payload)
    assert document == getattr(documents, f"encode_{kind}_document")(KINDS[kind](payload))
    assert getattr(payloads, f"decode_{kind}_document")({**document, "more": 1}) == payload
    for wrong in (None, [], "text", {}, {"more": 1}):
        theirs = outcome(getattr(documents, f"decode_{kind}_document"), wrong)
        assert isinstance(theirs, str)
        assert outcome(getattr(payloads, f"decode_{kind}_document"), wrong) == theirs
