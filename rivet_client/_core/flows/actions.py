"""Actions over HTTP, and the reload of an actor's code (PROTOCOL.md 4.1 and 4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow
from rivet_client._core.failures import actor_error
from rivet_client._core.flows.timing import start_timer
from rivet_client._core.flows.to_actor import ActorRequest, read_answer, send_to_actor
from rivet_client._core.gateway import action_path
from rivet_client._core.keys import check_name
from rivet_client._core.target import Target
from rivet_client.errors import ActorError

__all__ = ["call_action", "reload"]


def call_action(
    context: Context,
    target: Target,
    name: object,
    args: Sequence[object],
    *,
    timeout: float | None = None,
    skip_ready_wait: bool | None = None,
) -> Flow[Any]:
    """Call an action over HTTP and return its result.

    Raises:
        ActorError: The actor threw, or could not be reached.
        ConfigError, TypeError: An argument is wrong, or cannot be carried; nothing was sent.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    action = check_name("action name", name)
    timer = start_timer(context, f"action {action!r} of {target}", timeout)
    encoding = context.encoding
    request = ActorRequest(
        method="POST",
        path=action_path(action),
        message=encoding.dump(list(args), "args"),
        encode=encoding.encode_action,
        content_type=encoding.content_type,
        skip_ready_wait=context.skips_ready_wait(skip_ready_wait),
        action=action,
    )
    with timer.watching("action", action, target):
        response = yield from send_to_actor(timer, target, request)
        return encoding.load(read_answer(timer, response, encoding.decode_action))


def reload(context: Context, target: Target, *, timeout: float | None = None) -> Flow[None]:
    """Have a dynamic actor load its code again.

    Raises:
        ActorError: `actor.reload_failed` when the actor is not a dynamic one, or as everywhere.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = start_timer(context, f"reload of {target}", timeout)
    with timer.watching("control", "reload", target):
        try:
            yield from send_to_actor(timer, target, ActorRequest(method="PUT", path="/dynamic/reload"))
        except ActorError as error:
            if error.actor is None:
                raise
            raise actor_error(
                "actor",
                "reload_failed",
                f"{target} did not reload: {error.message}",
                ray_id=error.ray_id,
                classes=context.error_classes,
            ) from error
