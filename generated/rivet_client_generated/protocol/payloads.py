# Generated, do not edit. Source: schema/client_protocol/*.bare; command: python -m rivet_codegen

"""Messages that are one payload, without a message around it: a call needs no model.

What `frames` and `documents` say about these messages holds here, too.
"""

from __future__ import annotations

from typing import Any

from rivet_client._wire import document_fields
from rivet_client._wire.bare import read_data, read_u16, write_data
from rivet_client.errors import DecodeError, VersionError

__all__ = [
    "decode_http_action_request",
    "decode_http_action_request_document",
    "decode_http_action_response",
    "decode_http_action_response_document",
    "encode_http_action_request",
    "encode_http_action_request_document",
    "encode_http_action_response",
    "encode_http_action_response_document",
]


def encode_http_action_request(payload: bytes, version: int = 4) -> bytes:
    """Return a HttpActionRequest with this payload as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
    elif 1 <= version <= 3:
        out = bytearray(version.to_bytes(2, "little"))
    else:
        raise VersionError(version, "has no message HttpActionRequest")
    write_data(out, payload)
    return bytes(out)


def decode_http_action_request(data: bytes) -> bytes:
    """Read the payload of a HttpActionRequest of version 1 to 4."""
    version, pos = read_u16(data, 0)
    if not 1 <= version <= 4:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    payload, pos = read_data(data, pos)
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return payload


def encode_http_action_request_document(payload: Any) -> dict[str, Any]:
    """Return a HttpActionRequest with this payload as a document."""
    return {"args": payload}


def decode_http_action_request_document(doc: object) -> Any:
    """Read the payload of a HttpActionRequest from a document."""
    return document_fields.take_payload(document_fields.take_object(doc, "message"), "args", "message")


def encode_http_action_response(payload: bytes, version: int = 4) -> bytes:
    """Return a HttpActionResponse with this payload as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
    elif 1 <= version <= 3:
        out = bytearray(version.to_bytes(2, "little"))
    else:
        raise VersionError(version, "has no message HttpActionResponse")
    write_data(out, payload)
    return bytes(out)


def decode_http_action_response(data: bytes) -> bytes:
    """Read the payload of a HttpActionResponse of version 1 to 4."""
    version, pos = read_u16(data, 0)
    if not 1 <= version <= 4:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    payload, pos = read_data(data, pos)
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return payload


def encode_http_action_response_document(payload: Any) -> dict[str, Any]:
    """Return a HttpActionResponse with this payload as a document."""
    return {"output": payload}


def decode_http_action_response_document(doc: object) -> Any:
    """Read the payload of a HttpActionResponse from a document."""
    return document_fields.take_payload(document_fields.take_object(doc, "message"), "output", "message")
