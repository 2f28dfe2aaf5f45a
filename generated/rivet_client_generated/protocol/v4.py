# Generated, do not edit. Source: schema/client_protocol/v4.bare; command: python -m rivet_codegen

"""Version 4 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from typing import Any

from rivet_client._wire.bare import (
    as_text,
    read_bool,
    read_data,
    read_str,
    read_u64,
    read_uint,
    write_data,
    write_u64,
    write_uint,
)
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.base import made
from rivet_client_generated.protocol.messages import (
    ActionRequest,
    ActionResponse,
    ActorSpecifier,
    Error,
    Event,
    HttpActionRequest,
    HttpActionResponse,
    HttpQueueSendRequest,
    HttpQueueSendResponse,
    HttpResolveResponse,
    HttpResponseError,
    Init,
    SubscriptionRequest,
    ToClient,
    ToServer,
)

__all__ = [
    "ActionRequest",
    "ActionResponse",
    "ActorSpecifier",
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
    "read_actor_specifier",
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
    "write_actor_specifier",
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


def read_actor_specifier(buf: bytes, pos: int) -> tuple[ActorSpecifier, int]:
    """Read an ActorSpecifier."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        actor_id, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        actor_id, pos = read_str(buf, pos)
    generation, pos = (buf[pos], pos + 1) if pos < limit and buf[pos] < 128 else read_uint(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    key: str | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            key, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            key, pos = read_str(buf, pos)
    return made(ActorSpecifier, {"actor_id": actor_id, "generation": generation, "key": key}), pos


def write_actor_specifier(out: bytearray, message: ActorSpecifier) -> None:
    """Append an ActorSpecifier."""
    text = message.actor_id.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    number = message.generation
    out.append(number) if 0 <= number < 128 else write_uint(out, number)
    if message.key is None:
        out.append(0)
    else:
        out.append(1)
        text = message.key.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text


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
    return made(Init, {"actor_id": actor_id, "connection_id": connection_id}), pos


def write_init(out: bytearray, message: Init) -> None:
    """Append an Init."""
    text = message.actor_id.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.connection_id.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text


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
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    actor: ActorSpecifier | None = None
    if present:
        actor, pos = read_actor_specifier(buf, pos)
    return made(
        Error,
        {
            "group": group,
            "code": code,
            "message": message,
            "metadata": metadata,
            "action_id": action_id,
            "actor": actor,
        },
    ), pos


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
    if message.actor is None:
        out.append(0)
    else:
        out.append(1)
        write_actor_specifier(out, message.actor)


def read_action_response(buf: bytes, pos: int) -> tuple[ActionResponse, int]:
    """Read an ActionResponse."""
    limit = len(buf)
    id, pos = (buf[pos], pos + 1) if pos < limit and buf[pos] < 128 else read_uint(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        output, pos = buf[pos + 1 : end], end
    else:
        output, pos = read_data(buf, pos)
    return made(ActionResponse, {"id": id, "output": output}), pos


def write_action_response(out: bytearray, message: ActionResponse) -> None:
    """Append an ActionResponse."""
    number = message.id
    out.append(number) if 0 <= number < 128 else write_uint(out, number)
    data = message.output
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)


def read_event(buf: bytes, pos: int) -> tuple[Event, int]:
    """Read an Event."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        name, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        name, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        args, pos = buf[pos + 1 : end], end
    else:
        args, pos = read_data(buf, pos)
    return made(Event, {"name": name, "args": args}), pos


def write_event(out: bytearray, message: Event) -> None:
    """Append an Event."""
    text = message.name.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    data = message.args
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)


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


def read_action_request(buf: bytes, pos: int) -> tuple[ActionRequest, int]:
    """Read an ActionRequest."""
    limit = len(buf)
    id, pos = (buf[pos], pos + 1) if pos < limit and buf[pos] < 128 else read_uint(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        name, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        name, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        args, pos = buf[pos + 1 : end], end
    else:
        args, pos = read_data(buf, pos)
    return made(ActionRequest, {"id": id, "name": name, "args": args}), pos


def write_action_request(out: bytearray, message: ActionRequest) -> None:
    """Append an ActionRequest."""
    number = message.id
    out.append(number) if 0 <= number < 128 else write_uint(out, number)
    text = message.name.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    data = message.args
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)


def read_subscription_request(buf: bytes, pos: int) -> tuple[SubscriptionRequest, int]:
    """Read a SubscriptionRequest."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        event_name, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        event_name, pos = read_str(buf, pos)
    subscribe, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    return made(SubscriptionRequest, {"event_name": event_name, "subscribe": subscribe}), pos


def write_subscription_request(out: bytearray, message: SubscriptionRequest) -> None:
    """Append a SubscriptionRequest."""
    text = message.event_name.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    out.append(1 if message.subscribe else 0)


def read_to_server(buf: bytes, pos: int) -> tuple[ToServer, int]:
    """Read a ToServer."""
    tag, after = (buf[pos], pos + 1) if pos < len(buf) and buf[pos] < 128 else read_uint(buf, pos)
    if tag == 0:
        return read_action_request(buf, after)
    if tag == 1:
        return read_subscription_request(buf, after)
    raise DecodeError(pos, "a ToServer (tag 0 to 1)")


def write_to_server(out: bytearray, message: ToServer) -> None:
    """Append a ToServer."""
    if isinstance(message, ActionRequest):
        out.append(0)
        write_action_request(out, message)
    elif isinstance(message, SubscriptionRequest):
        out.append(1)
        write_subscription_request(out, message)
    else:
        raise TypeError(f"ToServer cannot be a {type(message).__name__}")


def read_http_action_request(buf: bytes, pos: int) -> tuple[HttpActionRequest, int]:
    """Read a HttpActionRequest."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        args, pos = buf[pos + 1 : end], end
    else:
        args, pos = read_data(buf, pos)
    return made(HttpActionRequest, {"args": args}), pos


def write_http_action_request(out: bytearray, message: HttpActionRequest) -> None:
    """Append a HttpActionRequest."""
    data = message.args
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)


def read_http_action_response(buf: bytes, pos: int) -> tuple[HttpActionResponse, int]:
    """Read a HttpActionResponse."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        output, pos = buf[pos + 1 : end], end
    else:
        output, pos = read_data(buf, pos)
    return made(HttpActionResponse, {"output": output}), pos


def write_http_action_response(out: bytearray, message: HttpActionResponse) -> None:
    """Append a HttpActionResponse."""
    data = message.output
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)


def read_http_queue_send_request(buf: bytes, pos: int) -> tuple[HttpQueueSendRequest, int]:
    """Read a HttpQueueSendRequest."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        body, pos = buf[pos + 1 : end], end
    else:
        body, pos = read_data(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    name: str | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            name, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            name, pos = read_str(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    wait: bool | None = None
    if present:
        wait, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    timeout: int | None = None
    if present:
        timeout, pos = read_u64(buf, pos)
    return made(HttpQueueSendRequest, {"body": body, "name": name, "wait": wait, "timeout": timeout}), pos


def write_http_queue_send_request(out: bytearray, message: HttpQueueSendRequest) -> None:
    """Append a HttpQueueSendRequest."""
    data = message.body
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)
    if message.name is None:
        out.append(0)
    else:
        out.append(1)
        text = message.name.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
    if message.wait is None:
        out.append(0)
    else:
        out.append(1)
        out.append(1 if message.wait else 0)
    if message.timeout is None:
        out.append(0)
    else:
        out.append(1)
        write_u64(out, message.timeout)


def read_http_queue_send_response(buf: bytes, pos: int) -> tuple[HttpQueueSendResponse, int]:
    """Read a HttpQueueSendResponse."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        status, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        status, pos = read_str(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    response: Any | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            response, pos = buf[pos + 1 : end], end
        else:
            response, pos = read_data(buf, pos)
    return made(HttpQueueSendResponse, {"status": status, "response": response}), pos


def write_http_queue_send_response(out: bytearray, message: HttpQueueSendResponse) -> None:
    """Append a HttpQueueSendResponse."""
    text = message.status.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    if message.response is None:
        out.append(0)
    else:
        out.append(1)
        data = message.response
        if type(data) is bytes and len(data) < 128:
            out.append(len(data))
            out += data
        else:
            write_data(out, data)


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
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    actor: ActorSpecifier | None = None
    if present:
        actor, pos = read_actor_specifier(buf, pos)
    return made(
        HttpResponseError,
        {"group": group, "code": code, "message": message, "metadata": metadata, "actor": actor},
    ), pos


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
    if message.actor is None:
        out.append(0)
    else:
        out.append(1)
        write_actor_specifier(out, message.actor)


def read_http_resolve_response(buf: bytes, pos: int) -> tuple[HttpResolveResponse, int]:
    """Read a HttpResolveResponse."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        actor_id, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        actor_id, pos = read_str(buf, pos)
    return made(HttpResolveResponse, {"actor_id": actor_id}), pos


def write_http_resolve_response(out: bytearray, message: HttpResolveResponse) -> None:
    """Append a HttpResolveResponse."""
    text = message.actor_id.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
