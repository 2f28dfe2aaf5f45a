# Generated, do not edit. Source: schema/client_protocol/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rivet_client._wire.bare import as_text, read_str, read_uint, write_uint
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.messages import (
    ActionRequest,
    ActionResponse,
    Event,
    HttpActionRequest,
    HttpActionResponse,
    HttpResolveResponse,
    SubscriptionRequest,
    ToServer,
)
from rivet_client_generated.protocol.v3 import (
    Error,
    HttpResponseError,
    read_error,
    read_http_response_error,
    write_error,
    write_http_response_error,
)
from rivet_client_generated.protocol.v4 import (
    read_action_request,
    read_action_response,
    read_event,
    read_http_action_request,
    read_http_action_response,
    read_http_resolve_response,
    read_subscription_request,
    read_to_server,
    write_action_request,
    write_action_response,
    write_event,
    write_http_action_request,
    write_http_action_response,
    write_http_resolve_response,
    write_subscription_request,
    write_to_server,
)

__all__ = [
    "ActionRequest",
    "ActionResponse",
    "Error",
    "Event",
    "HttpActionRequest",
    "HttpActionResponse",
    "HttpResolveResponse",
    "HttpResponseError",
    "Init",
    "SubscriptionRequest",
    "ToClient",
    "ToServer",
    "read_action_request",
    "read_action_response",
    "read_error",
    "read_event",
    "read_http_action_request",
    "read_http_action_response",
    "read_http_resolve_response",
    "read_http_response_error",
    "read_init",
    "read_subscription_request",
    "read_to_client",
    "read_to_server",
    "write_action_request",
    "write_action_response",
    "write_error",
    "write_event",
    "write_http_action_request",
    "write_http_action_response",
    "write_http_resolve_response",
    "write_http_response_error",
    "write_init",
    "write_subscription_request",
    "write_to_client",
    "write_to_server",
]


@dataclass(frozen=True, slots=True)
class Init:
    """The connection is open.

    Not necessarily the first message: events may come before it.
    """

    actor_id: str
    connection_id: str
    connection_token: str


ToClient: TypeAlias = Init | Error | ActionResponse | Event
"""What a server sends over a connection."""


def read_init(buf: bytes, pos: int) -> tuple[Init, int]:
    """Read an Init."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        actor_id, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        actor_id, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        connection_id, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        connection_id, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        connection_token, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        connection_token, pos = read_str(buf, pos)
    return Init(actor_id=actor_id, connection_id=connection_id, connection_token=connection_token), pos


def write_init(out: bytearray, message: Init) -> None:
    """Append an Init."""
    text = message.actor_id.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.connection_id.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.connection_token.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text


def read_to_client(buf: bytes, pos: int) -> tuple[ToClient, int]:
    """Read a ToClient."""
    tag, after = (buf[pos], pos + 1) if pos < len(buf) and buf[pos] < 128 else read_uint(buf, pos)
    if tag == 0:
        return read_init(buf, after)
    if tag == 1:
        return read_error(buf, after)
    if tag == 2:
        return read_action_response(buf, after)
    if tag == 3:
        return read_event(buf, after)
    raise DecodeError(pos, "a ToClient (tag 0 to 3)")


def write_to_client(out: bytearray, message: ToClient) -> None:
    """Append a ToClient."""
    if isinstance(message, Init):
        out.append(0)
        write_init(out, message)
    elif isinstance(message, Error):
        out.append(1)
        write_error(out, message)
    elif isinstance(message, ActionResponse):
        out.append(2)
        write_action_response(out, message)
    elif isinstance(message, Event):
        out.append(3)
        write_event(out, message)
    else:
        raise TypeError(f"ToClient cannot be a {type(message).__name__}")
