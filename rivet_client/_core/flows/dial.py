"""What one attempt to open a WebSocket to an actor needs to know (PROTOCOL.md 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow, SendTimedOut, invoke
from rivet_client._core.failures import actor_error
from rivet_client._core.flows.actor_url import find_url
from rivet_client._core.flows.actors import find_actor, not_found_error, resolve_within
from rivet_client._core.flows.explain import explain_failure
from rivet_client._core.flows.locate import ensure_located
from rivet_client._core.flows.raw import raw_path
from rivet_client._core.flows.timing import Timer, start_timer
from rivet_client._core.gateway import DialPlan, check_subprotocols, params_json, subprotocols
from rivet_client._core.target import NO_PARAMS, Params, Target
from rivet_client._secret import Secret, hide
from rivet_client.errors import ActorError, ConfigError, RivetError

__all__ = [
    "DialOptions",
    "prepare_dial",
    "websocket_options",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOptions:
    """What is the same for all attempts to open a connection, or a raw WebSocket.

    Attributes:
        params: Connection parameters.
        skip_ready_wait: None for the client's setting.
        timeout: Deadline for the opening of a raw WebSocket, in seconds; None for the client's.
        path: Percent-encoded route below the actor.
        query: The user's query string.
        encoding: Name of the encoding to announce; None for the client's.
        subprotocols: To offer besides the protocol's own; None for no others.
    """

    params: Params = NO_PARAMS
    skip_ready_wait: bool | None = None
    timeout: float | None = None
    path: str = "/connect"
    query: str = field(default="", repr=False)
    encoding: str | None = None
    subprotocols: Secret[Sequence[str]] | None = None


def prepare_dial(
    context: Context,
    target: Target,
    options: DialOptions,
    *,
    lost_actor_id: str | None = None,
    last_error: RivetError | None = None,
    patient: bool = True,
    timeout: float | None = None,
) -> Flow[DialPlan]:
    """Find out what one attempt to connect needs to know.

    Args:
        context: The client's.
        target: The actor.
        options: What is the same for all attempts.
        lost_actor_id: The actor whose connection was lost. If it was destroyed, and the handle makes no new one, the
            attempt ends here.
        last_error: The error of the attempt before. If the actor could not be started, the engine is asked why.
        patient: Wait for a server that is still starting. Otherwise this attempt fails, and the next one tries again.
        timeout: Seconds; None for the client's.

    Raises:
        ActorError: `client.get_params_failed`; or the key could not be resolved; or the engine says that no other
            attempt can succeed.
        ConfigError, TypeError, TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = start_timer(context, f"connecting to {target}", timeout)
    yield from ensure_located(timer, patient=patient)
    if lost_actor_id is not None:
        yield from _check_exists(timer, target, lost_actor_id)
    why = None if last_error is None else (yield from _explain_last_error(timer, target, last_error))
    getter = options.params.getter
    params = (
        params_json(options.params.value) if getter is None else (yield from _fresh_params(timer, getter))
    )
    timer.left()  # raises if no time is left to connect in
    skip = context.skips_ready_wait(options.skip_ready_wait)
    # A learned id is not used. A connection goes by key where it can, because it can outlive its first actor.
    url, actor_id = yield from find_url(
        timer, target, options.path, options.query, skip_ready_wait=skip, use_learned=False
    )
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return DialPlan(
        secure=secure,
        host=parts.hostname or "",
        port=parts.port or (443 if secure else 80),
        resource=f"{parts.path}{'?' + parts.query if parts.query else ''}",
        authority=parts.netloc,
        headers={**context.config.headers, **context.trace()},
        subprotocols=subprotocols(
            context.endpoint,
            encoding=options.encoding or context.encoding.name,
            params=params,
            skip_ready_wait=skip and actor_id is not None,  # else the URL says it
            extra=options.subprotocols,
        ).reveal(),
        known_cause=why,
        namespace=context.endpoint.namespace,
    )


def websocket_options(
    target: Target,
    path: object,
    subprotocols: object,
    *,
    skip_ready_wait: bool | None,
    timeout: float | None,
) -> DialOptions:
    """What a raw WebSocket asks for (PROTOCOL.md 10).

    Raises:
        ConfigError, TypeError: An argument is wrong.
    """
    below, query = raw_path(path)
    return DialOptions(
        params=target.params,
        skip_ready_wait=skip_ready_wait,
        timeout=timeout,
        path=f"/websocket{below}",
        query=query,
        encoding="bare",
        subprotocols=check_subprotocols(subprotocols),
    )


def _check_exists(timer: Timer, target: Target, actor_id: str) -> Flow[None]:
    """Raise `actor.not_found` if the actor was destroyed and the handle does not make a new one."""
    target.forget()
    if target.how == "get":
        yield from resolve_within(timer, target)
        target.forget()
    elif target.is_static:
        # A destroyed actor is still listed, with the time of its end.
        actor = yield from find_actor(timer, [("actor_ids", actor_id)], timer.what)
        if actor is None or actor.get("destroy_ts") is not None:
            raise not_found_error(timer.context, target, timer.ray_id)


def _explain_last_error(timer: Timer, target: Target, last_error: RivetError) -> Flow[RivetError | None]:
    """The last error with what the engine adds to it, or None if it adds nothing.

    Raises:
        ActorError: That error, if no other attempt can succeed.
    """
    why = yield from explain_failure(timer, target, last_error, ask_by_key=True)
    if why is last_error:
        return None
    if isinstance(why, ActorError) and not why.is_retryable:
        raise why
    return why


def _fresh_params(timer: Timer, get_params: Secret[Callable[[], Any]]) -> Flow[Secret[str] | None]:
    left = timer.left()
    cause: Exception | None = None
    try:
        params = yield from invoke(get_params, left)
    except SendTimedOut:
        why = "it did not return in time"
    except Exception as error:
        why, cause = f"it raised {type(error).__name__}", error
    else:
        try:
            return params_json(hide(params.reveal()), "get_params()")
        except (ConfigError, TypeError) as error:
            why, cause = str(error), error
    classes = timer.context.error_classes
    raise actor_error("client", "get_params_failed", f"get_params failed: {why}", classes=classes) from cause
