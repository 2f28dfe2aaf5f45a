# Generated, do not edit. Source: schema/upgrade/*.bare; command: python -m rivet_codegen

"""Messages that are one payload, without a message around it: a call needs no model.

What `frames` and `documents` say about these messages holds here, too.
"""

from __future__ import annotations

from typing import Any

from rivet_client._wire import document_fields
from rivet_client._wire.bare import read_data, read_u16, write_data
from rivet_client.errors import DecodeError, VersionError

__all__ = [
    "decode_call",
    "decode_call_document",
    "encode_call",
    "encode_call_document",
]


def encode_call(payload: bytes, version: int = 2) -> bytes:
    """Return a Call with this payload as bytes of version 1 to 2."""
    if version == 2:
        out = bytearray(b"\x02\x00")
        absent = b"\x00\x00"
    elif version == 1:
        out = bytearray(version.to_bytes(2, "little"))
        absent = b""
    else:
        raise VersionError(version, "has no message Call")
    write_data(out, payload)
    out += absent
    return bytes(out)


def decode_call(data: bytes) -> bytes:
    """Read the payload of a Call of version 1 to 2."""
    version, pos = read_u16(data, 0)
    if version == 2:
        from rivet_client_generated.protocol import frames  # more may follow the payload

        found: bytes = frames.decode_call(data).args
        return found
    if not version == 1:
        raise DecodeError(0, "version 1 to 2 of the protocol")
    payload, pos = read_data(data, pos)
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return payload


def encode_call_document(payload: Any) -> dict[str, Any]:
    """Return a Call with this payload as a document."""
    return {"args": payload}


def decode_call_document(doc: object) -> Any:
    """Read the payload of a Call from a document."""
    return document_fields.take_payload(document_fields.take_object(doc, "message"), "args", "message")
