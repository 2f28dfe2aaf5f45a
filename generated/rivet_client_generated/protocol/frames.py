# Generated, do not edit. Source: schema/client_protocol/*.bare; command: python -m rivet_codegen

"""Whole messages: two bytes that say the version, the message, and nothing after it.

Encoders write the newest version, or an older one if the message says nothing that is new; else they raise
VersionError. Decoders read every version that has the message, and upgrade it to the newest; they raise
DecodeError for anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client._wire.bare import read_u16
from rivet_client.errors import DecodeError, VersionError
from rivet_client_generated.protocol import v4

if TYPE_CHECKING:
    from rivet_client_generated.protocol.messages import (
        HttpActionRequest,
        HttpActionResponse,
        HttpQueueSendRequest,
        HttpQueueSendResponse,
        HttpResolveResponse,
        HttpResponseError,
        ToClient,
        ToServer,
    )

__all__ = [
    "decode_to_client",
    "decode_to_server",
    "decode_http_action_request",
    "decode_http_action_response",
    "decode_http_queue_send_request",
    "decode_http_queue_send_response",
    "decode_http_response_error",
    "decode_http_resolve_response",
    "encode_to_client",
    "encode_to_server",
    "encode_http_action_request",
    "encode_http_action_response",
    "encode_http_queue_send_request",
    "encode_http_queue_send_response",
    "encode_http_response_error",
    "encode_http_resolve_response",
]


def encode_to_client(message: ToClient, version: int = 4) -> bytes:
    """Return a ToClient as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_to_client(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if 2 <= version <= 3:
        from rivet_client_generated.protocol import downgrade, v3  # which hardly any peer speaks

        v3.write_to_client(out, downgrade.to_client_v4_to_v3(message))
    elif version == 1:
        from rivet_client_generated.protocol import downgrade, v1  # which hardly any peer speaks

        v1.write_to_client(out, downgrade.to_client_v2_to_v1(downgrade.to_client_v4_to_v3(message)))
    else:
        raise VersionError(version, "has no message ToClient")
    return bytes(out)


def decode_to_client(data: bytes) -> ToClient:
    """Read a ToClient of version 1 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if version == 4:
        message, pos = v4.read_to_client(data, pos)
    elif 2 <= version <= 3:
        from rivet_client_generated.protocol import upgrade, v3  # which hardly any peer speaks

        v3_message, pos = v3.read_to_client(data, pos)
        message = upgrade.to_client_v3_to_v4(v3_message)
    elif version == 1:
        from rivet_client_generated.protocol import upgrade, v1  # which hardly any peer speaks

        v1_message, pos = v1.read_to_client(data, pos)
        message = upgrade.to_client_v3_to_v4(upgrade.to_client_v1_to_v2(v1_message))
    else:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_to_server(message: ToServer, version: int = 4) -> bytes:
    """Return a ToServer as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_to_server(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if 1 <= version <= 3:
        v4.write_to_server(out, message)
    else:
        raise VersionError(version, "has no message ToServer")
    return bytes(out)


def decode_to_server(data: bytes) -> ToServer:
    """Read a ToServer of version 1 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if 1 <= version <= 4:
        message, pos = v4.read_to_server(data, pos)
    else:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_http_action_request(message: HttpActionRequest, version: int = 4) -> bytes:
    """Return a HttpActionRequest as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_http_action_request(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if 1 <= version <= 3:
        v4.write_http_action_request(out, message)
    else:
        raise VersionError(version, "has no message HttpActionRequest")
    return bytes(out)


def decode_http_action_request(data: bytes) -> HttpActionRequest:
    """Read a HttpActionRequest of version 1 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if 1 <= version <= 4:
        message, pos = v4.read_http_action_request(data, pos)
    else:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_http_action_response(message: HttpActionResponse, version: int = 4) -> bytes:
    """Return a HttpActionResponse as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_http_action_response(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if 1 <= version <= 3:
        v4.write_http_action_response(out, message)
    else:
        raise VersionError(version, "has no message HttpActionResponse")
    return bytes(out)


def decode_http_action_response(data: bytes) -> HttpActionResponse:
    """Read a HttpActionResponse of version 1 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if 1 <= version <= 4:
        message, pos = v4.read_http_action_response(data, pos)
    else:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_http_queue_send_request(message: HttpQueueSendRequest, version: int = 4) -> bytes:
    """Return a HttpQueueSendRequest as bytes of version 3 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_http_queue_send_request(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if version == 3:
        v4.write_http_queue_send_request(out, message)
    else:
        raise VersionError(version, "has no message HttpQueueSendRequest")
    return bytes(out)


def decode_http_queue_send_request(data: bytes) -> HttpQueueSendRequest:
    """Read a HttpQueueSendRequest of version 3 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if 3 <= version <= 4:
        message, pos = v4.read_http_queue_send_request(data, pos)
    else:
        raise DecodeError(0, "version 3 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_http_queue_send_response(message: HttpQueueSendResponse, version: int = 4) -> bytes:
    """Return a HttpQueueSendResponse as bytes of version 3 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_http_queue_send_response(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if version == 3:
        v4.write_http_queue_send_response(out, message)
    else:
        raise VersionError(version, "has no message HttpQueueSendResponse")
    return bytes(out)


def decode_http_queue_send_response(data: bytes) -> HttpQueueSendResponse:
    """Read a HttpQueueSendResponse of version 3 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if 3 <= version <= 4:
        message, pos = v4.read_http_queue_send_response(data, pos)
    else:
        raise DecodeError(0, "version 3 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_http_response_error(message: HttpResponseError, version: int = 4) -> bytes:
    """Return a HttpResponseError as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_http_response_error(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if 1 <= version <= 3:
        from rivet_client_generated.protocol import downgrade, v3  # which hardly any peer speaks

        v3.write_http_response_error(out, downgrade.http_response_error_v4_to_v3(message))
    else:
        raise VersionError(version, "has no message HttpResponseError")
    return bytes(out)


def decode_http_response_error(data: bytes) -> HttpResponseError:
    """Read a HttpResponseError of version 1 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if version == 4:
        message, pos = v4.read_http_response_error(data, pos)
    elif 1 <= version <= 3:
        from rivet_client_generated.protocol import upgrade, v3  # which hardly any peer speaks

        v3_message, pos = v3.read_http_response_error(data, pos)
        message = upgrade.http_response_error_v3_to_v4(v3_message)
    else:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message


def encode_http_resolve_response(message: HttpResolveResponse, version: int = 4) -> bytes:
    """Return a HttpResolveResponse as bytes of version 1 to 4."""
    if version == 4:
        out = bytearray(b"\x04\x00")
        v4.write_http_resolve_response(out, message)
        return bytes(out)
    out = bytearray(version.to_bytes(2, "little"))
    if 1 <= version <= 3:
        v4.write_http_resolve_response(out, message)
    else:
        raise VersionError(version, "has no message HttpResolveResponse")
    return bytes(out)


def decode_http_resolve_response(data: bytes) -> HttpResolveResponse:
    """Read a HttpResolveResponse of version 1 to 4."""
    version, pos = (data[0] | data[1] << 8, 2) if len(data) > 1 else read_u16(data, 0)
    if 1 <= version <= 4:
        message, pos = v4.read_http_resolve_response(data, pos)
    else:
        raise DecodeError(0, "version 1 to 4 of the protocol")
    if pos != len(data):
        raise DecodeError(pos, "the end of the message")
    return message
