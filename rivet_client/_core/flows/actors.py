"""Finding, resolving and creating actors by the control API (PROTOCOL.md 2)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow
from rivet_client._core.encoding import as_list, as_object
from rivet_client._core.failures import actor_error
from rivet_client._core.flows.control import ControlRequest, call_control_api
from rivet_client._core.flows.names import check_name_known, explain_unknown_name
from rivet_client._core.flows.timing import Timer, start_timer
from rivet_client._core.keys import serialize_key
from rivet_client._core.retry import is_gone
from rivet_client._core.target import Creation, Params, Target, target_by_key
from rivet_client._core.wording import no_actor
from rivet_client.errors import ActorError, ProtocolError

__all__ = ["create", "find_actor", "key_query", "not_found_error", "resolve", "resolve_within"]


def key_query(target: Target) -> list[tuple[str, str]]:
    """The query that lists the actor which has the key."""
    return [("name", target.name), ("key", serialize_key(target.key))]


def find_actor(
    timer: Timer, query: Sequence[tuple[str, str]], what: str, *, once: bool = False
) -> Flow[dict[str, Any] | None]:
    """The first actor that the query lists, or None."""
    found = yield from call_control_api(timer, ControlRequest("GET", "/actors", query, once=once))
    rows = as_list(found.get("actors"))
    actors = None if rows is None else [as_object(row) for row in rows]
    if actors is None or None in actors:
        raise ProtocolError(f"{what}: the engine's answer has no list of actors")
    return actors[0] if actors else None


def not_found_error(
    context: Context, target: Target, ray_id: str | None, why: str | None = None
) -> ActorError:
    """The error for a look-up that found no actor.

    Args:
        context: The client's.
        target: The actor.
        ray_id: Of the look-up.
        why: The reason, if more is known.
    """
    message = no_actor(str(target)) if why is None else f"{no_actor(str(target))}: {why}"
    return actor_error("actor", "not_found", message, ray_id=ray_id, classes=context.error_classes)


def resolve(context: Context, target: Target, timeout: float | None = None) -> Flow[str]:
    """Ask the engine for the actor's id. A target of `get_or_create` has the actor created if there is none.

    Raises:
        ActorError: `actor.not_found` for `get`, or the engine refused.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = start_timer(context, f"resolving {target}", timeout)
    with timer.watching("control", "resolve", target):
        return (yield from resolve_within(timer, target))


def resolve_within(timer: Timer, target: Target) -> Flow[str]:
    """Do the same as `resolve`, in the time that another call has left."""
    if target.is_static and target.actor_id is not None:
        return target.actor_id
    what = f"resolving {target}"
    if target.how == "get":
        actor = yield from find_actor(timer, key_query(target), what)
        if actor is None:
            ray_id = timer.ray_id  # now, because the next request of this call overwrites it
            why = yield from explain_unknown_name(timer, target)
            raise not_found_error(timer.context, target, ray_id, why)
    else:
        yield from check_name_known(timer, target)
        request = ControlRequest("PUT", "/actors", body=_creation_fields(target))
        try:
            answer = yield from call_control_api(timer, request)
            actor = answer.get("actor")
        except ActorError as error:
            if error.code != "key_reserved_in_different_datacenter":
                raise
            # The actor exists in another datacenter, which owns the key.
            actor = yield from find_actor(timer, key_query(target), what)
            if actor is None:
                raise
    actor_id = _actor_id(actor, what)
    target.learn(actor_id)
    return actor_id


def create(context: Context, name: object, key: object, params: Params, creation: Creation) -> Flow[Target]:
    """Create an actor now.

    Raises:
        ActorError: `actor.duplicate_key` when the key is taken, or the engine refused.
        ConfigError, TypeError: An argument is wrong.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    new = target_by_key("get_or_create", name, key, params, creation)
    what = f"creating {new}"
    timer = start_timer(context, what, None)
    fields = _creation_fields(new)
    with timer.watching("control", "create", new):
        try:
            answer = yield from call_control_api(timer, ControlRequest("POST", "/actors", body=fields))
        except ActorError as error:
            if not is_gone(error):
                raise
            # If the key is taken, the engine often says only that the new actor was destroyed during its creation.
            present = yield from find_actor(timer, key_query(new), what)
            if present is None:
                raise
            raise actor_error(
                "actor",
                "duplicate_key",
                f"the key of {new} is in use already; for the actor that has it, use get or get_or_create",
                metadata={"existing_actor_id": _actor_id(present, what), "key": fields["key"]},
                ray_id=error.ray_id,
                classes=context.error_classes,
            ) from error
        return Target("id", new.name, new.key, actor_id=_actor_id(answer.get("actor"), what), params=params)


def _creation_fields(target: Target) -> dict[str, Any]:
    creation = target.creation
    fields = {
        "datacenter": creation.region,
        "name": target.name,
        "key": serialize_key(target.key),
        "runner_name_selector": creation.pool_name,
        "input": None if creation.input is None else base64.b64encode(creation.input).decode(),
        "crash_policy": "sleep",
    }
    # The engine rejects fields that are null where it expects a string.
    return {name: value for name, value in fields.items() if value is not None}


def _actor_id(actor: object, what: str) -> str:
    fields = as_object(actor) or {}
    actor_id = fields.get("actor_id")
    if not isinstance(actor_id, str):
        raise ProtocolError(f"{what}: the engine's answer has no actor_id")
    return actor_id
