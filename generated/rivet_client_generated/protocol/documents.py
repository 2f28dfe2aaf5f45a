# Generated, do not edit. Source: schema/client_protocol/v4.bare; command: python -m rivet_codegen

"""Whole messages as documents: plain JSON types under their wire names, for the json and cbor encodings.

Payloads go through untouched. Encoders leave out what is absent. Decoders ignore what they do not know;
what is missing or of the wrong type is a DecodeError that names the place.
"""

from __future__ import annotations

from typing import Any

from rivet_client._wire import document_fields
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
    "decode_http_action_request_document",
    "decode_http_action_response_document",
    "decode_http_queue_send_request_document",
    "decode_http_queue_send_response_document",
    "decode_http_resolve_response_document",
    "decode_http_response_error_document",
    "decode_to_client_document",
    "decode_to_server_document",
    "encode_http_action_request_document",
    "encode_http_action_response_document",
    "encode_http_queue_send_request_document",
    "encode_http_queue_send_response_document",
    "encode_http_resolve_response_document",
    "encode_http_response_error_document",
    "encode_to_client_document",
    "encode_to_server_document",
]


def encode_to_client_document(message: ToClient) -> dict[str, Any]:
    """Return a message of type ToClient as a document."""
    return {"body": _dump_to_client(message)}


def decode_to_client_document(doc: object) -> ToClient:
    """Read a message of type ToClient from a document."""
    fields = document_fields.take_object(doc, "message")
    return _load_to_client(fields.get("body"), "body")


def encode_to_server_document(message: ToServer) -> dict[str, Any]:
    """Return a message of type ToServer as a document."""
    return {"body": _dump_to_server(message)}


def decode_to_server_document(doc: object) -> ToServer:
    """Read a message of type ToServer from a document."""
    fields = document_fields.take_object(doc, "message")
    return _load_to_server(fields.get("body"), "body")


def encode_http_action_request_document(message: HttpActionRequest) -> dict[str, Any]:
    """Return a message of type HttpActionRequest as a document."""
    return _dump_http_action_request(message)


def decode_http_action_request_document(doc: object) -> HttpActionRequest:
    """Read a message of type HttpActionRequest from a document."""
    return _load_http_action_request(doc, "message")


def encode_http_action_response_document(message: HttpActionResponse) -> dict[str, Any]:
    """Return a message of type HttpActionResponse as a document."""
    return _dump_http_action_response(message)


def decode_http_action_response_document(doc: object) -> HttpActionResponse:
    """Read a message of type HttpActionResponse from a document."""
    return _load_http_action_response(doc, "message")


def encode_http_queue_send_request_document(message: HttpQueueSendRequest) -> dict[str, Any]:
    """Return a message of type HttpQueueSendRequest as a document."""
    return _dump_http_queue_send_request(message)


def decode_http_queue_send_request_document(doc: object) -> HttpQueueSendRequest:
    """Read a message of type HttpQueueSendRequest from a document."""
    return _load_http_queue_send_request(doc, "message")


def encode_http_queue_send_response_document(message: HttpQueueSendResponse) -> dict[str, Any]:
    """Return a message of type HttpQueueSendResponse as a document."""
    return _dump_http_queue_send_response(message)


def decode_http_queue_send_response_document(doc: object) -> HttpQueueSendResponse:
    """Read a message of type HttpQueueSendResponse from a document."""
    return _load_http_queue_send_response(doc, "message")


def encode_http_response_error_document(message: HttpResponseError) -> dict[str, Any]:
    """Return a message of type HttpResponseError as a document."""
    return _dump_http_response_error(message)


def decode_http_response_error_document(doc: object) -> HttpResponseError:
    """Read a message of type HttpResponseError from a document."""
    return _load_http_response_error(doc, "message")


def encode_http_resolve_response_document(message: HttpResolveResponse) -> dict[str, Any]:
    """Return a message of type HttpResolveResponse as a document."""
    return _dump_http_resolve_response(message)


def decode_http_resolve_response_document(doc: object) -> HttpResolveResponse:
    """Read a message of type HttpResolveResponse from a document."""
    return _load_http_resolve_response(doc, "message")


def _dump_actor_specifier(message: ActorSpecifier) -> dict[str, Any]:
    doc: dict[str, Any] = {"actorId": message.actor_id, "generation": message.generation}
    if message.key is not None:
        doc["key"] = message.key
    return doc


def _load_actor_specifier(doc: object, path: str) -> ActorSpecifier:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    actor_id = fields.get("actorId")
    if type(actor_id) is not str:
        actor_id = document_fields.take_str(actor_id, f"{path}.actorId")
    generation = fields.get("generation")
    if type(generation) is not int or not 0 <= generation < 2**64:
        generation = document_fields.take_uint(generation, f"{path}.generation")
    key = fields.get("key")
    if key is not None and type(key) is not str:
        key = document_fields.take_str(key, f"{path}.key")
    return made(ActorSpecifier, {"actor_id": actor_id, "generation": generation, "key": key})


def _dump_init(message: Init) -> dict[str, Any]:
    return {"actorId": message.actor_id, "connectionId": message.connection_id}


def _load_init(doc: object, path: str) -> Init:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    actor_id = fields.get("actorId")
    if type(actor_id) is not str:
        actor_id = document_fields.take_str(actor_id, f"{path}.actorId")
    connection_id = fields.get("connectionId")
    if type(connection_id) is not str:
        connection_id = document_fields.take_str(connection_id, f"{path}.connectionId")
    return made(Init, {"actor_id": actor_id, "connection_id": connection_id})


def _dump_error(message: Error) -> dict[str, Any]:
    doc: dict[str, Any] = {"group": message.group, "code": message.code, "message": message.message}
    if message.metadata is not None:
        doc["metadata"] = message.metadata
    if message.action_id is not None:
        doc["actionId"] = message.action_id
    if message.actor is not None:
        doc["actor"] = _dump_actor_specifier(message.actor)
    return doc


def _load_error(doc: object, path: str) -> Error:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    group = fields.get("group")
    if type(group) is not str:
        group = document_fields.take_str(group, f"{path}.group")
    code = fields.get("code")
    if type(code) is not str:
        code = document_fields.take_str(code, f"{path}.code")
    message = fields.get("message")
    if type(message) is not str:
        message = document_fields.take_str(message, f"{path}.message")
    metadata = fields.get("metadata")
    action_id = fields.get("actionId")
    if action_id is not None and (type(action_id) is not int or not 0 <= action_id < 2**64):
        action_id = document_fields.take_uint(action_id, f"{path}.actionId")
    actor = fields.get("actor")
    if actor is not None:
        actor = _load_actor_specifier(actor, f"{path}.actor")
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
    )


def _dump_action_response(message: ActionResponse) -> dict[str, Any]:
    return {"id": message.id, "output": message.output}


def _load_action_response(doc: object, path: str) -> ActionResponse:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    id = fields.get("id")
    if type(id) is not int or not 0 <= id < 2**64:
        id = document_fields.take_uint(id, f"{path}.id")
    output = fields["output"] if "output" in fields else document_fields.take_payload(fields, "output", path)
    return made(ActionResponse, {"id": id, "output": output})


def _dump_event(message: Event) -> dict[str, Any]:
    return {"name": message.name, "args": message.args}


def _load_event(doc: object, path: str) -> Event:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    name = fields.get("name")
    if type(name) is not str:
        name = document_fields.take_str(name, f"{path}.name")
    args = fields["args"] if "args" in fields else document_fields.take_payload(fields, "args", path)
    return made(Event, {"name": name, "args": args})


def _dump_to_client(message: ToClient) -> dict[str, Any]:
    if isinstance(message, Init):
        return {"tag": "Init", "val": _dump_init(message)}
    if isinstance(message, Error):
        return {"tag": "Error", "val": _dump_error(message)}
    if isinstance(message, ActionResponse):
        return {"tag": "ActionResponse", "val": _dump_action_response(message)}
    if isinstance(message, Event):
        return {"tag": "Event", "val": _dump_event(message)}
    raise TypeError(f"ToClient cannot be a {type(message).__name__}")


def _load_to_client(doc: object, path: str) -> ToClient:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    tag = fields.get("tag")
    if tag == "Init":
        return _load_init(fields.get("val"), f"{path}.val")
    if tag == "Error":
        return _load_error(fields.get("val"), f"{path}.val")
    if tag == "ActionResponse":
        return _load_action_response(fields.get("val"), f"{path}.val")
    if tag == "Event":
        return _load_event(fields.get("val"), f"{path}.val")
    raise DecodeError(0, f"one of Init, Error, ActionResponse, Event at {path}.tag")


def _dump_action_request(message: ActionRequest) -> dict[str, Any]:
    return {"id": message.id, "name": message.name, "args": message.args}


def _load_action_request(doc: object, path: str) -> ActionRequest:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    id = fields.get("id")
    if type(id) is not int or not 0 <= id < 2**64:
        id = document_fields.take_uint(id, f"{path}.id")
    name = fields.get("name")
    if type(name) is not str:
        name = document_fields.take_str(name, f"{path}.name")
    args = fields["args"] if "args" in fields else document_fields.take_payload(fields, "args", path)
    return made(ActionRequest, {"id": id, "name": name, "args": args})


def _dump_subscription_request(message: SubscriptionRequest) -> dict[str, Any]:
    return {"eventName": message.event_name, "subscribe": message.subscribe}


def _load_subscription_request(doc: object, path: str) -> SubscriptionRequest:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    event_name = fields.get("eventName")
    if type(event_name) is not str:
        event_name = document_fields.take_str(event_name, f"{path}.eventName")
    subscribe = fields.get("subscribe")
    if type(subscribe) is not bool:
        subscribe = document_fields.take_bool(subscribe, f"{path}.subscribe")
    return made(SubscriptionRequest, {"event_name": event_name, "subscribe": subscribe})


def _dump_to_server(message: ToServer) -> dict[str, Any]:
    if isinstance(message, ActionRequest):
        return {"tag": "ActionRequest", "val": _dump_action_request(message)}
    if isinstance(message, SubscriptionRequest):
        return {"tag": "SubscriptionRequest", "val": _dump_subscription_request(message)}
    raise TypeError(f"ToServer cannot be a {type(message).__name__}")


def _load_to_server(doc: object, path: str) -> ToServer:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    tag = fields.get("tag")
    if tag == "ActionRequest":
        return _load_action_request(fields.get("val"), f"{path}.val")
    if tag == "SubscriptionRequest":
        return _load_subscription_request(fields.get("val"), f"{path}.val")
    raise DecodeError(0, f"one of ActionRequest, SubscriptionRequest at {path}.tag")


def _dump_http_action_request(message: HttpActionRequest) -> dict[str, Any]:
    return {"args": message.args}


def _load_http_action_request(doc: object, path: str) -> HttpActionRequest:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    args = fields["args"] if "args" in fields else document_fields.take_payload(fields, "args", path)
    return made(HttpActionRequest, {"args": args})


def _dump_http_action_response(message: HttpActionResponse) -> dict[str, Any]:
    return {"output": message.output}


def _load_http_action_response(doc: object, path: str) -> HttpActionResponse:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    output = fields["output"] if "output" in fields else document_fields.take_payload(fields, "output", path)
    return made(HttpActionResponse, {"output": output})


def _dump_http_queue_send_request(message: HttpQueueSendRequest) -> dict[str, Any]:
    doc: dict[str, Any] = {"body": message.body}
    if message.name is not None:
        doc["name"] = message.name
    if message.wait is not None:
        doc["wait"] = message.wait
    if message.timeout is not None:
        doc["timeout"] = message.timeout
    return doc


def _load_http_queue_send_request(doc: object, path: str) -> HttpQueueSendRequest:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    body = fields["body"] if "body" in fields else document_fields.take_payload(fields, "body", path)
    name = fields.get("name")
    if name is not None and type(name) is not str:
        name = document_fields.take_str(name, f"{path}.name")
    wait = fields.get("wait")
    if wait is not None and type(wait) is not bool:
        wait = document_fields.take_bool(wait, f"{path}.wait")
    timeout = fields.get("timeout")
    if timeout is not None:
        timeout = document_fields.take_u64(timeout, f"{path}.timeout")
    return made(HttpQueueSendRequest, {"body": body, "name": name, "wait": wait, "timeout": timeout})


def _dump_http_queue_send_response(message: HttpQueueSendResponse) -> dict[str, Any]:
    doc: dict[str, Any] = {"status": message.status}
    if message.response is not None:
        doc["response"] = message.response
    return doc


def _load_http_queue_send_response(doc: object, path: str) -> HttpQueueSendResponse:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    status = fields.get("status")
    if type(status) is not str:
        status = document_fields.take_str(status, f"{path}.status")
    response = fields.get("response")
    return made(HttpQueueSendResponse, {"status": status, "response": response})


def _dump_http_response_error(message: HttpResponseError) -> dict[str, Any]:
    doc: dict[str, Any] = {"group": message.group, "code": message.code, "message": message.message}
    if message.metadata is not None:
        doc["metadata"] = message.metadata
    if message.actor is not None:
        doc["actor"] = _dump_actor_specifier(message.actor)
    return doc


def _load_http_response_error(doc: object, path: str) -> HttpResponseError:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    group = fields.get("group")
    if type(group) is not str:
        group = document_fields.take_str(group, f"{path}.group")
    code = fields.get("code")
    if type(code) is not str:
        code = document_fields.take_str(code, f"{path}.code")
    message = fields.get("message")
    if type(message) is not str:
        message = document_fields.take_str(message, f"{path}.message")
    metadata = fields.get("metadata")
    actor = fields.get("actor")
    if actor is not None:
        actor = _load_actor_specifier(actor, f"{path}.actor")
    return made(
        HttpResponseError,
        {"group": group, "code": code, "message": message, "metadata": metadata, "actor": actor},
    )


def _dump_http_resolve_response(message: HttpResolveResponse) -> dict[str, Any]:
    return {"actorId": message.actor_id}


def _load_http_resolve_response(doc: object, path: str) -> HttpResolveResponse:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    actor_id = fields.get("actorId")
    if type(actor_id) is not str:
        actor_id = document_fields.take_str(actor_id, f"{path}.actorId")
    return made(HttpResolveResponse, {"actor_id": actor_id})
