"""By which URL an actor is reached: by its id, by its key, or by the id that the key is resolved to (PROTOCOL.md 3)."""

from __future__ import annotations

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow
from rivet_client._core.flows.actors import resolve_within
from rivet_client._core.flows.locate import ensure_located
from rivet_client._core.flows.names import check_name_known
from rivet_client._core.flows.timing import Timer, start_timer
from rivet_client._core.gateway import MAX_URL_LENGTH, gateway_url
from rivet_client._core.target import Target

__all__ = ["find_url", "public_url", "url_by_key"]


def find_url(
    timer: Timer, target: Target, path: str, query: str, *, skip_ready_wait: bool, use_learned: bool
) -> Flow[tuple[str, str | None]]:
    """The URL that reaches the actor, and the actor's id if the URL has it.

    The URL goes by the id if that is known, else by the key if that fits, else by the id that the key is resolved to.

    Args:
        timer: Of the call.
        target: The actor.
        path: Percent-encoded path below the actor.
        query: The user's query string.
        skip_ready_wait: Ask not to wait for the actor.
        use_learned: Go by an id that was learned from an answer. Such an id may be out of date, so a request that
            can be sent only once should not use it.
    """
    actor_id = target.actor_id if use_learned or target.is_static else None
    if actor_id is None:
        yield from check_name_known(timer, target)
        url = url_by_key(timer.context, target, path, query, skip_ready_wait=skip_ready_wait)
        if url is not None:
            return url, None
        actor_id = yield from resolve_within(timer, target)
    return gateway_url(timer.context.endpoint, target, path, query, actor_id=actor_id), actor_id


def url_by_key(
    context: Context,
    target: Target,
    path: str = "",
    query: str = "",
    *,
    skip_ready_wait: bool = False,
    with_token: bool = False,
) -> str | None:
    """The URL with which the gateway looks the key up; None if the gateway cannot, or the URL would be too long."""
    if target.is_static or not target.fits_query:
        return None
    url = gateway_url(
        context.endpoint, target, path, query, skip_ready_wait=skip_ready_wait, with_token=with_token
    )
    return url if len(url) <= MAX_URL_LENGTH else None


def public_url(
    context: Context, target: Target, *, timeout: float | None = None, skip_ready_wait: bool | None = None
) -> Flow[str]:
    """The actor's gateway URL, for use by others. It carries the token.

    Raises:
        ActorError, TransportError, ProtocolError, ActionTimeoutError: As for `resolve`, where one is needed.
    """
    timer = start_timer(context, f"gateway URL of {target}", timeout)
    with timer.watching("control", "gateway_url", target):
        yield from ensure_located(timer)
        skip = context.skips_ready_wait(skip_ready_wait)
        url = url_by_key(context, target, skip_ready_wait=skip, with_token=True)
        if url is not None:
            return url
        actor_id = yield from resolve_within(timer, target)
        return gateway_url(context.endpoint, target, actor_id=actor_id, with_token=True)
