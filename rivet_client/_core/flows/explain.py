"""Why an actor could not be started: what the engine knows beyond what the gateway has said (PROTOCOL.md 8.3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow
from rivet_client._core.encoding import as_object
from rivet_client._core.failures import actor_error
from rivet_client._core.flows.actors import find_actor, key_query, not_found_error
from rivet_client._core.flows.names import note_unknown_name
from rivet_client._core.flows.timing import Timer, start_timer
from rivet_client._core.retry import is_gone
from rivet_client._core.target import Target
from rivet_client.errors import ActorError, RivetError

__all__ = ["explain_end", "explain_failure"]

_UNSCHEDULABLE = {"actor_ready_timeout", "actor_runner_failed", "actor_wake_retries_exceeded"}
_EXPLANATION_TIMEOUT = 5.0
"""Longest wait, in seconds, for what the engine adds to the end of a raw WebSocket."""


def explain_failure(
    timer: Timer, target: Target, error: RivetError, *, ask_by_key: bool = False
) -> Flow[RivetError]:
    """Add to `error` what the engine knows about why the actor could not be started.

    Args:
        timer: The call's.
        target: The actor.
        error: What the gateway has said.
        ask_by_key: Look the actor up by its key if its id is not known. Over HTTP the error itself has the id.

    Returns:
        The fuller error, or `error` itself if the engine knows no more.
    """
    if not isinstance(error, ActorError):
        return error
    if target.is_static and is_gone(error) and error.code != "not_found":
        return not_found_error(timer.context, target, timer.ray_id)
    if error.group != "guard" or error.code not in _UNSCHEDULABLE:
        return error
    metadata = as_object(error.metadata) or {}
    if "details" in metadata:
        return error
    known = metadata.get("actor_id")
    actor_id = known if isinstance(known, str) else target.actor_id
    if actor_id is None and not ask_by_key:
        return error
    query = key_query(target) if actor_id is None else [("actor_ids", actor_id)]
    found_id, details = yield from _find_details(timer, query, actor_id)
    if details is None:
        return error
    message, is_retryable = f"{error.message} ({json.dumps(details)})", error.is_retryable
    match details:
        case {"crashed": {"message": str(why)}} if why.startswith("not_registered:"):
            message = yield from note_unknown_name(timer, target.name)
            is_retryable = False  # another attempt does not help against a misspelt name
        case _:
            pass
    return actor_error(
        error.group,
        error.code,
        message,
        metadata={**metadata, "actorId": found_id, "details": details},
        ray_id=error.ray_id,
        is_retryable=is_retryable,
        classes=timer.context.error_classes,
    )


def _find_details(
    timer: Timer, query: Sequence[tuple[str, str]], actor_id: str | None
) -> Flow[tuple[object, Any]]:
    """Ask the engine why the actor did not start; return the actor's id and the reason, or None for no reason.

    The engine forgets the reason whenever it starts the actor anew, several times in a second. And no time may be left
    to ask. So what the engine has said of this actor earlier in the same call still counts.
    """
    try:
        actor = yield from find_actor(timer, query, timer.what, once=True)
    except RivetError:
        actor = {"actor_id": actor_id}
    if actor is None:
        return actor_id, None
    found, details = actor.get("actor_id"), actor.get("error")
    if isinstance(found, str) and details is not None:
        timer.start_failure = found, details
    elif details is None and timer.start_failure is not None and timer.start_failure[0] == found:
        return timer.start_failure
    return found, details


def explain_end(context: Context, target: Target, error: RivetError) -> Flow[RivetError]:
    """Add to the `error` that has ended a raw WebSocket what the engine knows; see `explain_failure`."""
    timer = start_timer(context, f"a WebSocket to {target}", _EXPLANATION_TIMEOUT)
    return (yield from explain_failure(timer, target, error, ask_by_key=True))
