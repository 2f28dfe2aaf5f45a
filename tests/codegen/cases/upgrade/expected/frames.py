# Generated, do not edit. Source: schema/upgrade/*.bare; command: python -m rivet_codegen

"""Whole messages: two bytes that say the version, the message, and nothing after it.

Encoders write the newest version. Decoders read every version that has the message, and upgrade it to the
newest; they raise DecodeError for anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client._wire.bare import read_u16
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol import v2

if TYPE_CHECKING:
    from rivet_client_generated.protocol.messages import Before, Message

__all__ = [
    "VERSION",
    "decode_before",
    "decode_message",
    "encode_before",
    "encode_message",
]

VERSION = 2
"""The version that is written: the newest one."""


def encode_before(message: Before) -> bytes:
    """Return a Before as bytes."""
    out = bytearray(b"\x02\x00")
    v2.write_before(out, message)
    return bytes(out)


def decode_before(data: bytes) -> Before:
    """Read a Before of version 1 to 2."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if version == 2:
        message, pos = v2.read_before(data, pos)
    elif version == 1:
        from rivet_client_generated.protocol import upgrade, v1  # which hardly any peer speaks

        v1_message, pos = v1.read_before(data, pos)
        message = upgrade.before_v1_to_v2(v1_message)
    else:
        raise DecodeError(0, "version 1 to 2 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_message(message: Message) -> bytes:
    """Return a Message as bytes."""
    out = bytearray(b"\x02\x00")
    v2.write_message(out, message)
    return bytes(out)


def decode_message(data: bytes) -> Message:
    """Read a Message of version 1 to 2."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if version == 2:
        message, pos = v2.read_message(data, pos)
    elif version == 1:
        from rivet_client_generated.protocol import upgrade, v1  # which hardly any peer speaks

        v1_message, pos = v1.read_message(data, pos)
        message = upgrade.message_v1_to_v2(v1_message)
    else:
        raise DecodeError(0, "version 1 to 2 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message
