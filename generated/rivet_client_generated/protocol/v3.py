# Generated, do not edit. Source: schema/client_protocol/v3.bare; command: python -m rivet_codegen

"""Version 3 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from rivet_client._wire.bare import as_text, read_bool, read_data, read_str, read_uint, write_data, write_uint
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
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        group, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        group, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        code, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        code, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        message, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        message, pos = read_str(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    metadata: Any | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            metadata, pos = buf[pos + 1 : end], end
        else:
            metadata, pos = read_data(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    action_id: int | None = None
    if present:
        action_id, pos = (buf[pos], pos + 1) if pos < limit and buf[pos] < 128 else read_uint(buf, pos)
    return Error(group=group, code=code, message=message, metadata=metadata, action_id=action_id), pos


def write_error(out: bytearray, message: Error) -> None:
    """Append an Error."""
    text = message.group.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.code.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.message.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    if message.metadata is None:
        out.append(0)
    else:
        out.append(1)
        data = message.metadata
        if type(data) is bytes and len(data) < 128:
            out.append(len(data))
            out += data
        else:
            write_data(out, data)
    if message.action_id is None:
        out.append(0)
    else:
        out.append(1)
        number = message.action_id
        out.append(number) if 0 <= number < 128 else write_uint(out, number)


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


def read_http_response_error(buf: bytes, pos: int) -> tuple[HttpResponseError, int]:
    """Read a HttpResponseError."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        group, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        group, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        code, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        code, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        message, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        message, pos = read_str(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    metadata: Any | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            metadata, pos = buf[pos + 1 : end], end
        else:
            metadata, pos = read_data(buf, pos)
    return HttpResponseError(group=group, code=code, message=message, metadata=metadata), pos


def write_http_response_error(out: bytearray, message: HttpResponseError) -> None:
    """Append a HttpResponseError."""
    text = message.group.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.code.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.message.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    if message.metadata is None:
        out.append(0)
    else:
        out.append(1)
        data = message.metadata
        if type(data) is bytes and len(data) < 128:
            out.append(len(data))
            out += data
        else:
            write_data(out, data)
