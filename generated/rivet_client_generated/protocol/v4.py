# Generated, do not edit. Source: schema/client_protocol/v4.bare; command: python -m rivet_codegen

"""Version 4 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from typing import Any

from rivet_client._wire.bare import (
    read_bool,
    read_data,
    read_str,
    read_u64,
    read_uint,
    write_bool,
    write_data,
    write_str,
    write_u64,
    write_uint,
)
from rivet_client.errors import DecodeError
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
    actor_id, pos = read_str(buf, pos)
    generation, pos = read_uint(buf, pos)
    present, pos = read_bool(buf, pos)
    key: str | None = None
    if present:
        key, pos = read_str(buf, pos)
    return ActorSpecifier(actor_id=actor_id, generation=generation, key=key), pos


def write_actor_specifier(out: bytearray, message: ActorSpecifier) -> None:
    """Append an ActorSpecifier."""
    write_str(out, message.actor_id)
    write_uint(out, message.generation)
    write_bool(out, message.key is not None)
    if message.key is not None:
        write_str(out, message.key)


def read_init(buf: bytes, pos: int) -> tuple[Init, int]:
    """Read an Init."""
    actor_id, pos = read_str(buf, pos)
    connection_id, pos = read_str(buf, pos)
    return Init(actor_id=actor_id, connection_id=connection_id), pos


def write_init(out: bytearray, message: Init) -> None:
    """Append an Init."""
    write_str(out, message.actor_id)
    write_str(out, message.connection_id)


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
    present, pos = read_bool(buf, pos)
    actor: ActorSpecifier | None = None
    if present:
        actor, pos = read_actor_specifier(buf, pos)
    return Error(
        group=group, code=code, message=message, metadata=metadata, action_id=action_id, actor=actor
    ), pos


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
    write_bool(out, message.actor is not None)
    if message.actor is not None:
        write_actor_specifier(out, message.actor)


def read_action_response(buf: bytes, pos: int) -> tuple[ActionResponse, int]:
    """Read an ActionResponse."""
    id, pos = read_uint(buf, pos)
    output, pos = read_data(buf, pos)
    return ActionResponse(id=id, output=output), pos


def write_action_response(out: bytearray, message: ActionResponse) -> None:
    """Append an ActionResponse."""
    write_uint(out, message.id)
    write_data(out, message.output)


def read_event(buf: bytes, pos: int) -> tuple[Event, int]:
    """Read an Event."""
    name, pos = read_str(buf, pos)
    args, pos = read_data(buf, pos)
    return Event(name=name, args=args), pos


def write_event(out: bytearray, message: Event) -> None:
    """Append an Event."""
    write_str(out, message.name)
    write_data(out, message.args)


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


def read_action_request(buf: bytes, pos: int) -> tuple[ActionRequest, int]:
    """Read an ActionRequest."""
    id, pos = read_uint(buf, pos)
    name, pos = read_str(buf, pos)
    args, pos = read_data(buf, pos)
    return ActionRequest(id=id, name=name, args=args), pos


def write_action_request(out: bytearray, message: ActionRequest) -> None:
    """Append an ActionRequest."""
    write_uint(out, message.id)
    write_str(out, message.name)
    write_data(out, message.args)


def read_subscription_request(buf: bytes, pos: int) -> tuple[SubscriptionRequest, int]:
    """Read a SubscriptionRequest."""
    event_name, pos = read_str(buf, pos)
    subscribe, pos = read_bool(buf, pos)
    return SubscriptionRequest(event_name=event_name, subscribe=subscribe), pos


def write_subscription_request(out: bytearray, message: SubscriptionRequest) -> None:
    """Append a SubscriptionRequest."""
    write_str(out, message.event_name)
    write_bool(out, message.subscribe)


def read_to_server(buf: bytes, pos: int) -> tuple[ToServer, int]:
    """Read a ToServer."""
    tag, after = read_uint(buf, pos)
    if tag == 0:
        return read_action_request(buf, after)
    if tag == 1:
        return read_subscription_request(buf, after)
    raise DecodeError(pos, "a ToServer (tag 0 to 1)")


def write_to_server(out: bytearray, message: ToServer) -> None:
    """Append a ToServer."""
    if isinstance(message, ActionRequest):
        write_uint(out, 0)
        write_action_request(out, message)
    elif isinstance(message, SubscriptionRequest):
        write_uint(out, 1)
        write_subscription_request(out, message)
    else:
        raise TypeError(f"ToServer cannot be a {type(message).__name__}")


def read_http_action_request(buf: bytes, pos: int) -> tuple[HttpActionRequest, int]:
    """Read a HttpActionRequest."""
    args, pos = read_data(buf, pos)
    return HttpActionRequest(args=args), pos


def write_http_action_request(out: bytearray, message: HttpActionRequest) -> None:
    """Append a HttpActionRequest."""
    write_data(out, message.args)


def read_http_action_response(buf: bytes, pos: int) -> tuple[HttpActionResponse, int]:
    """Read a HttpActionResponse."""
    output, pos = read_data(buf, pos)
    return HttpActionResponse(output=output), pos


def write_http_action_response(out: bytearray, message: HttpActionResponse) -> None:
    """Append a HttpActionResponse."""
    write_data(out, message.output)


def read_http_queue_send_request(buf: bytes, pos: int) -> tuple[HttpQueueSendRequest, int]:
    """Read a HttpQueueSendRequest."""
    body, pos = read_data(buf, pos)
    present, pos = read_bool(buf, pos)
    name: str | None = None
    if present:
        name, pos = read_str(buf, pos)
    present, pos = read_bool(buf, pos)
    wait: bool | None = None
    if present:
        wait, pos = read_bool(buf, pos)
    present, pos = read_bool(buf, pos)
    timeout: int | None = None
    if present:
        timeout, pos = read_u64(buf, pos)
    return HttpQueueSendRequest(body=body, name=name, wait=wait, timeout=timeout), pos


def write_http_queue_send_request(out: bytearray, message: HttpQueueSendRequest) -> None:
    """Append a HttpQueueSendRequest."""
    write_data(out, message.body)
    write_bool(out, message.name is not None)
    if message.name is not None:
        write_str(out, message.name)
    write_bool(out, message.wait is not None)
    if message.wait is not None:
        write_bool(out, message.wait)
    write_bool(out, message.timeout is not None)
    if message.timeout is not None:
        write_u64(out, message.timeout)


def read_http_queue_send_response(buf: bytes, pos: int) -> tuple[HttpQueueSendResponse, int]:
    """Read a HttpQueueSendResponse."""
    status, pos = read_str(buf, pos)
    present, pos = read_bool(buf, pos)
    response: Any | None = None
    if present:
        response, pos = read_data(buf, pos)
    return HttpQueueSendResponse(status=status, response=response), pos


def write_http_queue_send_response(out: bytearray, message: HttpQueueSendResponse) -> None:
    """Append a HttpQueueSendResponse."""
    write_str(out, message.status)
    write_bool(out, message.response is not None)
    if message.response is not None:
        write_data(out, message.response)


def read_http_response_error(buf: bytes, pos: int) -> tuple[HttpResponseError, int]:
    """Read a HttpResponseError."""
    group, pos = read_str(buf, pos)
    code, pos = read_str(buf, pos)
    message, pos = read_str(buf, pos)
    present, pos = read_bool(buf, pos)
    metadata: Any | None = None
    if present:
        metadata, pos = read_data(buf, pos)
    present, pos = read_bool(buf, pos)
    actor: ActorSpecifier | None = None
    if present:
        actor, pos = read_actor_specifier(buf, pos)
    return HttpResponseError(group=group, code=code, message=message, metadata=metadata, actor=actor), pos


def write_http_response_error(out: bytearray, message: HttpResponseError) -> None:
    """Append a HttpResponseError."""
    write_str(out, message.group)
    write_str(out, message.code)
    write_str(out, message.message)
    write_bool(out, message.metadata is not None)
    if message.metadata is not None:
        write_data(out, message.metadata)
    write_bool(out, message.actor is not None)
    if message.actor is not None:
        write_actor_specifier(out, message.actor)


def read_http_resolve_response(buf: bytes, pos: int) -> tuple[HttpResolveResponse, int]:
    """Read a HttpResolveResponse."""
    actor_id, pos = read_str(buf, pos)
    return HttpResolveResponse(actor_id=actor_id), pos


def write_http_resolve_response(out: bytearray, message: HttpResolveResponse) -> None:
    """Append a HttpResolveResponse."""
    write_str(out, message.actor_id)
