# Generated, do not edit. Source: schema/client_protocol/*.bare; command: python -m rivet_codegen

"""Whole messages: two bytes that say the version, the message, and nothing after it.

Encoders write the newest version. Decoders read every version that has the message, and upgrade it to the
newest; they raise DecodeError for anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client._wire.bare import read_u16
from rivet_client.errors import DecodeError
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
    "VERSION",
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

VERSION = 4
"""The version that is written: the newest one."""


def encode_to_client(message: ToClient) -> bytes:
    """Return a ToClient as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_to_client(out, message)
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


def encode_to_server(message: ToServer) -> bytes:
    """Return a ToServer as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_to_server(out, message)
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


def encode_http_action_request(message: HttpActionRequest) -> bytes:
    """Return a HttpActionRequest as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_http_action_request(out, message)
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


def encode_http_action_response(message: HttpActionResponse) -> bytes:
    """Return a HttpActionResponse as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_http_action_response(out, message)
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


def encode_http_queue_send_request(message: HttpQueueSendRequest) -> bytes:
    """Return a HttpQueueSendRequest as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_http_queue_send_request(out, message)
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


def encode_http_queue_send_response(message: HttpQueueSendResponse) -> bytes:
    """Return a HttpQueueSendResponse as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_http_queue_send_response(out, message)
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


def encode_http_response_error(message: HttpResponseError) -> bytes:
    """Return a HttpResponseError as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_http_response_error(out, message)
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


def encode_http_resolve_response(message: HttpResolveResponse) -> bytes:
    """Return a HttpResolveResponse as bytes."""
    out = bytearray(b"\x04\x00")
    v4.write_http_resolve_response(out, message)
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
