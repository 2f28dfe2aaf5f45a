# Generated, do not edit. Source: schema/client_protocol/v3.bare; command: python -m rivet_codegen

"""Version 3 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from rivet_client._wire.bare import (
    read_bool,
    read_data,
    read_str,
    read_uint,
    write_bool,
    write_data,
    write_str,
    write_uint,
)
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.messages import (
    ActionRequest,
    ActionResponse,
    Event,
    HttpActionRequest,
    HttpActionResponse,
    HttpQueueSendRequest,
    HttpQueueSendResponse,
    HttpResolveResponse,
    Init,
    SubscriptionRequest,
    ToServer,
)
from rivet_client_generated.protocol.v4 import (
    read_action_request,
    read_action_response,
    read_event,
    read_http_action_request,
    read_http_action_response,
    read_http_queue_send_request,
    read_http_queue_send_response,
    read_http_resolve_response,
    read_init,
    read_subscription_request,
    read_to_server,
    write_action_request,
    write_action_response,
    write_event,
    write_http_action_request,
    write_http_action_response,
    write_http_queue_send_request,
    write_http_queue_send_response,
    write_http_resolve_response,
    write_init,
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
    "HttpQueueSendRequest",
    "HttpQueueSendResponse",
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
    "read_http_queue_send_request",
    "read_http_queue_send_response",
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
    "write_http_queue_send_request",
    "write_http_queue_send_response",
    "write_http_resolve_response",
    "write_http_response_error",
    "write_init",
    "write_subscription_request",
    "write_to_client",
    "write_to_server",
]


@dataclass(frozen=True, slots=True)
class Error:
    """An action failed, or the whole connection did.

    Attributes:
        action_id: The action that failed; absent when it is the connection that failed.
    """

    group: str
    code: str
    message: str
    metadata: Any | None
    action_id: int | None


@dataclass(frozen=True, slots=True)
class HttpResponseError:
    """Body of an error over HTTP that the actor's host produced."""

    group: str
    code: str
    message: str
    metadata: Any | None


ToClient: TypeAlias = Init | Error | ActionResponse | Event
"""What a server sends over a connection."""


def read_error(buf: bytes, pos: int) -> tuple[Error, int]:
    """Read an Error."""
    group, pos = read_str(buf, pos)
    code, pos = read_str(buf, pos)
    message, pos = read_str(buf, pos)
    present, pos = read_bool(buf, pos)
    metadata: Any | None = None
    if present:
        metadata, pos = read_data(buf, pos)
    present, pos = read_bool(buf, pos)
    action_id: int | None = None
    if present:
        action_id, pos = read_uint(buf, pos)
    return Error(group=group, code=code, message=message, metadata=metadata, action_id=action_id), pos


def write_error(out: bytearray, message: Error) -> None:
    """Append an Error."""
    write_str(out, message.group)
    write_str(out, message.code)
    write_str(out, message.message)
    write_bool(out, message.metadata is not None)
    if message.metadata is not None:
        write_data(out, message.metadata)
    write_bool(out, message.action_id is not None)
    if message.action_id is not None:
        write_uint(out, message.action_id)


def read_to_client(buf: bytes, pos: int) -> tuple[ToClient, int]:
    """Read a ToClient."""
    tag, after = read_uint(buf, pos)
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
        write_uint(out, 0)
        write_init(out, message)
    elif isinstance(message, Error):
        write_uint(out, 1)
        write_error(out, message)
    elif isinstance(message, ActionResponse):
        write_uint(out, 2)
        write_action_response(out, message)
    elif isinstance(message, Event):
        write_uint(out, 3)
        write_event(out, message)
    else:
        raise TypeError(f"ToClient cannot be a {type(message).__name__}")


def read_http_response_error(buf: bytes, pos: int) -> tuple[HttpResponseError, int]:
    """Read a HttpResponseError."""
    group, pos = read_str(buf, pos)
    code, pos = read_str(buf, pos)
    message, pos = read_str(buf, pos)
    present, pos = read_bool(buf, pos)
    metadata: Any | None = None
    if present:
        metadata, pos = read_data(buf, pos)
    return HttpResponseError(group=group, code=code, message=message, metadata=metadata), pos


def write_http_response_error(out: bytearray, message: HttpResponseError) -> None:
    """Append a HttpResponseError."""
    write_str(out, message.group)
    write_str(out, message.code)
    write_str(out, message.message)
    write_bool(out, message.metadata is not None)
    if message.metadata is not None:
        write_data(out, message.metadata)
