# Generated, do not edit. Source: schema/client_protocol/v4.bare; command: python -m rivet_codegen

"""Messages of version 4, the newest."""

from __future__ import annotations

from typing import Any, TypeAlias

from rivet_client_generated.protocol.base import WireModel

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
]


class ActionRequest(WireModel):
    """Call an action over a connection.

    Attributes:
        id: Chosen by the client; the answer carries it back.
        args: A list: the arguments of the action.
    """

    id: int
    name: str
    args: Any


class ActionResponse(WireModel):
    """An action returned.

    Attributes:
        id: The id that the request carried.
    """

    id: int
    output: Any


class ActorSpecifier(WireModel):
    """Which actor answered.

    Attributes:
        actor_id: Id of 30 characters.
        generation: Counts the actor's starts, from 1.
        key: The key in its serialised form; empty for the key [].
    """

    actor_id: str
    generation: int
    key: str | None = None


class Error(WireModel):
    """An action failed, or the whole connection did.

    Attributes:
        action_id: The action that failed; absent when it is the connection that failed.
    """

    group: str
    code: str
    message: str
    metadata: Any = None
    action_id: int | None = None
    actor: ActorSpecifier | None = None


class Event(WireModel):
    """The actor sent or broadcast an event.

    Attributes:
        args: A list: the arguments of the event.
    """

    name: str
    args: Any


class HttpActionRequest(WireModel):
    """Body of an action call over HTTP; the action's name is in the URL.

    Attributes:
        args: A list: the arguments of the action.
    """

    args: Any


class HttpActionResponse(WireModel):
    """Body of the answer to an action call over HTTP."""

    output: Any


class HttpQueueSendRequest(WireModel):
    """Body of a queue send over HTTP.

    Attributes:
        name: Name of the queue; the one in the URL wins.
        wait: Whether to wait until the message was completed.
        timeout: How long to wait, in milliseconds.
    """

    body: Any
    name: str | None = None
    wait: bool | None = None
    timeout: int | None = None


class HttpQueueSendResponse(WireModel):
    """Body of the answer to a queue send over HTTP.

    Attributes:
        status: "completed" or "timedOut".
    """

    status: str
    response: Any = None


class HttpResolveResponse(WireModel):
    """Body of the answer to an HTTP resolve.

    No server has that route any more: resolving is the control API's job.
    """

    actor_id: str


class HttpResponseError(WireModel):
    """Body of an error over HTTP that the actor's host produced."""

    group: str
    code: str
    message: str
    metadata: Any = None
    actor: ActorSpecifier | None = None


class Init(WireModel):
    """The connection is open.

    Not necessarily the first message: events may come before it.
    """

    actor_id: str
    connection_id: str


class SubscriptionRequest(WireModel):
    """Start or stop receiving the broadcasts of one event."""

    event_name: str
    subscribe: bool


ToClient: TypeAlias = Init | Error | ActionResponse | Event
"""What a server sends over a connection."""


ToServer: TypeAlias = ActionRequest | SubscriptionRequest
"""What a client sends over a connection."""
