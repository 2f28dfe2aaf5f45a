# Generated, do not edit. Source: schema/upgrade/*.bare; command: python -m rivet_codegen

"""Whole messages: two bytes that say the version, the message, and nothing after it.

Encoders write the newest version, or an older one if the message says nothing that is new; else they raise
VersionError. Decoders read every version that has the message, and upgrade it to the newest; they raise
DecodeError for anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client._wire.bare import read_u16
from rivet_client.errors import DecodeError, VersionError
from rivet_client_generated.protocol import v2

if TYPE_CHECKING:
    from rivet_client_generated.protocol.messages import After, Before, Call, Message

__all__ = [
    "decode_before",
    "decode_after",
    "decode_message",
    "decode_call",
    "encode_before",
    "encode_after",
    "encode_message",
    "encode_call",
]


def encode_before(message: Before, version: int = 2) -> bytes:
    """Return a Before as bytes of version 1 to 2."""
    if version == 2:
        out = bytearray(b"\x02\x00")
        v2.write_before(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if version == 1:
        from rivet_client_generated.protocol import downgrade, v1  # which hardly any peer speaks

        v1.write_before(out, downgrade.before_v2_to_v1(message))
    else:
        raise VersionError(version, "has no message Before")
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


def encode_after(message: After, version: int = 2) -> bytes:
    """Return an After as bytes of version 1 to 2."""
    if version == 2:
        out = bytearray(b"\x02\x00")
        v2.write_after(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if version == 1:
        from rivet_client_generated.protocol import downgrade, v1  # which hardly any peer speaks

        v1.write_after(out, downgrade.after_v2_to_v1(message))
    else:
        raise VersionError(version, "has no message After")
    return bytes(out)


def decode_after(data: bytes) -> After:
    """Read an After of version 1 to 2."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if version == 2:
        message, pos = v2.read_after(data, pos)
    elif version == 1:
        from rivet_client_generated.protocol import upgrade, v1  # which hardly any peer speaks

        v1_message, pos = v1.read_after(data, pos)
        message = upgrade.after_v1_to_v2(v1_message)
    else:
        raise DecodeError(0, "version 1 to 2 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_message(message: Message, version: int = 2) -> bytes:
    """Return a Message as bytes of version 1 to 2."""
    if version == 2:
        out = bytearray(b"\x02\x00")
        v2.write_message(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if version == 1:
        from rivet_client_generated.protocol import downgrade, v1  # which hardly any peer speaks

        v1.write_message(out, downgrade.message_v2_to_v1(message))
    else:
        raise VersionError(version, "has no message Message")
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


def encode_call(message: Call, version: int = 2) -> bytes:
    """Return a Call as bytes of version 1 to 2."""
    if version == 2:
        out = bytearray(b"\x02\x00")
        v2.write_call(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if version == 1:
        from rivet_client_generated.protocol import downgrade, v1  # which hardly any peer speaks

        v1.write_call(out, downgrade.call_v2_to_v1(message))
    else:
        raise VersionError(version, "has no message Call")
    return bytes(out)


def decode_call(data: bytes) -> Call:
    """Read a Call of version 1 to 2."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if version == 2:
        message, pos = v2.read_call(data, pos)
    elif version == 1:
        from rivet_client_generated.protocol import upgrade, v1  # which hardly any peer speaks

        v1_message, pos = v1.read_call(data, pos)
        message = upgrade.call_v1_to_v2(v1_message)
    else:
        raise DecodeError(0, "version 1 to 2 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message
