"""Requests to an actor: actions, queues, raw HTTP, reload (PROTOCOL.md 3, 4 and 8.3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from rivet_client._checks import check_limit, check_timeout
from rivet_client._core.context import Context
from rivet_client._core.effects import Flow, HttpRequest, HttpResponse, leaves_body
from rivet_client._core.encoding import JSON
from rivet_client._core.failures import actor_error, error_from_response, not_from_engine
from rivet_client._core.flows.control import (
    blame_name,
    check_name_known,
    find_actor,
    host_names,
    key_query,
    not_found_error,
    resolve_within,
)
from rivet_client._core.flows.locate import blame_endpoint, ensure_located
from rivet_client._core.flows.timing import Timer, retrying, start_timer
from rivet_client._core.gateway import (
    MAX_URL_LENGTH,
    action_path,
    gateway_url,
    params_json,
    queue_path,
    request_headers,
)
from rivet_client._core.keys import check_name
from rivet_client._core.retry import backoff, is_gone, lost_race, next_delay
from rivet_client._core.target import Target
from rivet_client._core.wording import no_such_name, reword, say
from rivet_client._secret import Secret
from rivet_client.errors import (
    ActorError,
    ConfigError,
    DecodeError,
    ProtocolError,
    RivetError,
    TransportError,
)
from rivet_client.values import UNDEFINED, QueueSendResult, UndefinedType

__all__ = [
    "RawRequest",
    "call_action",
    "explain_failure",
    "fetch",
    "public_url",
    "raw_path",
    "reload",
    "send_queue",
    "skips_ready_wait",
    "url_by_key",
]

M = TypeVar("M")

_UNSCHEDULABLE = {"actor_ready_timeout", "actor_runner_failed", "actor_wake_retries_exceeded"}
_QUEUE_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A raw HTTP request of the user.

    Attributes:
        method: HTTP method.
        path: Percent-encoded path below the actor, starting with "/".
        query: Query string, without "?".
        headers: Lower-case names.
        body: As `HttpRequest.body`.
        replayable: Whether the body can be sent a second time.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    replayable: bool


def raw_path(path: object) -> tuple[str, str]:
    """Split a user's raw path into a percent-encoded path starting with "/" and a query string.

    The gateway refuses empty segments, and dot segments could leave the actor's prefix: both are resolved here, as
    a browser would (PROTOCOL.md 4.6). A fragment is dropped.

    Raises:
        TypeError: Not a str.
        ConfigError: A whole URL, or not encodable.
    """
    if not isinstance(path, str):
        raise TypeError(f"path must be a str, not {type(path).__name__}")
    if path.lower().startswith(("http://", "https://", "ws://", "wss://")):
        raise ConfigError(f"path must be a path below the actor, not a URL: {path.partition('?')[0]!r}")
    before, _, query = path.partition("#")[0].partition("?")
    kept: list[str] = []
    segments = before.split("/")
    for segment in segments:
        plain = unquote(segment)
        if plain == "..":
            del kept[-1:]
        elif plain not in ("", "."):
            kept.append(segment)
    if unquote(segments[-1]) in ("", ".", "..") and kept:
        kept.append("")
    try:
        return (
            "/" + quote("/".join(kept), safe="/%!$&'()*+,;=:@~"),
            quote(query, safe="/%!$&'()*+,;=:@~?[]"),
        )
    except UnicodeEncodeError:
        raise ConfigError("path contains a lone surrogate; use text that UTF-8 can encode") from None


def _to_actor(
    context: Context,
    target: Target,
    timer: Timer,
    *,
    method: str,
    path: str,
    query: str = "",
    body: Any = b"",
    own_headers: Secret[Mapping[str, str]] | None = None,
    content_type: str | None,
    skip_ready_wait: bool,
    action: str | None = None,
    replayable: bool = True,
    max_raw_bytes: int | None = None,
    to_queue: bool = False,
) -> Flow[HttpResponse]:
    """Send to an actor, wherever it is, and return the first answer that is not an error to be retried.

    `own_headers` makes this a raw request, whose errors are answers unless the gateway made them. The `action`
    "destroy" does not go on to another actor when the one addressed is gone. Only a `replayable` body is sent again.
    """
    yield from ensure_located(timer)
    raw = own_headers is not None
    # After `destroy` an actor is gone for good reason; a new one must not be made just to be destroyed.
    follow = action != "destroy"
    actions = context.actions_of(target.name)
    # A raw request has no encoding of its own: what its handler throws goes to the user, who can read JSON.
    encoding = JSON if raw else context.encoding
    headers = request_headers(
        context.settings.headers,
        {} if own_headers is None else own_headers.reveal(),
        context.endpoint,
        encoding=encoding.name,
        content_type=content_type,
        params=params_json(target.params),
        skip_ready_wait=skip_ready_wait,
        trace=context.trace(),
    )

    routed = False
    sent_to: str | None = None  # the id that the last attempt went by

    def attempt() -> Flow[HttpResponse]:
        nonlocal routed, sent_to
        routed = False
        url, sent_to = yield from _route(
            context, target, timer, path, query, skip_ready_wait, use_learned=replayable
        )
        routed = True
        request = HttpRequest(method, url, headers.reveal(), body)
        response = yield from timer.send(request, raw=raw, idempotent=False, max_raw_bytes=max_raw_bytes)
        if response.status < 300 or leaves_body(raw, response.status, response.headers):
            target.learn(response.headers.get("x-rivet-actor"))
            context.known_names.add(target.name)
            if action is not None:
                actions.add(action)
            return response
        error = blame_endpoint(
            context, error_from_response(encoding, response, context.endpoint.url, to_queue=to_queue)
        )
        size = None if raw else len(body)
        error = reword(error, str(target), action=action, actions=actions, size=size)
        raise (yield from explain_failure(context, target, timer, error)) from error.__cause__

    def verdict(error: ActorError | TransportError, number: int) -> float | None:
        if not routed:
            return None  # looking the actor up has had its own retries
        timer.sent = timer.sent or error.may_have_run
        gone = is_gone(error)
        stale = gone and sent_to is not None and not target.is_static
        if stale:
            target.forget(sent_to)
        # Who lost a race to create the actor has not met it yet.
        ends = gone and (target.is_static or not (follow or lost_race(error)))
        if ends or not replayable:
            return None
        policy = context.settings.retry
        if stale and number <= policy.max_attempts:
            return 0.0  # even with retries switched off: that the id was out of date is our own doing
        if gone and number < policy.max_attempts and target.how == "get_or_create":
            return backoff(number, policy.initial_delay, policy.max_delay, context.jitter())
        return next_delay(policy, error, number, context.jitter())

    try:
        return (yield from retrying(timer, attempt, verdict))
    except (ActorError, TransportError, ProtocolError) as error:
        answered = routed and isinstance(error, ProtocolError)
        error.may_have_run = timer.sent or (answered and error.may_have_run)
        if routed and target.how == "get" and isinstance(error, ActorError) and is_gone(error):
            yield from blame_name(context, target, timer, error)
        raise


def _route(
    context: Context,
    target: Target,
    timer: Timer,
    path: str,
    query: str,
    skip_ready_wait: bool,
    *,
    use_learned: bool,
) -> Flow[tuple[str, str | None]]:
    """The URL to reach the actor by: its id if known, else its key if that fits, else its id once resolved.

    Returns the URL, and the id if it goes by that. A learned id may be out of date: without `use_learned` it is left
    alone, because nothing can be sent after it.
    """
    actor_id = target.actor_id if use_learned or target.is_static else None
    if actor_id is None:
        yield from check_name_known(context, target, timer)
        url = url_by_key(context, target, path, query, skip_ready_wait=skip_ready_wait)
        if url is not None:
            return url, None
        actor_id = yield from resolve_within(context, target, timer)
    return gateway_url(context.endpoint, target, path, query, actor_id=actor_id), actor_id


def url_by_key(
    context: Context,
    target: Target,
    path: str = "",
    query: str = "",
    *,
    skip_ready_wait: bool = False,
    with_token: bool = False,
) -> str | None:
    """The URL that has the gateway look the key up; None where it cannot, or the URL would be too long."""
    if target.is_static or not target.fits_query:
        return None
    url = gateway_url(
        context.endpoint, target, path, query, skip_ready_wait=skip_ready_wait, with_token=with_token
    )
    return url if len(url) <= MAX_URL_LENGTH else None


def explain_failure(
    context: Context, target: Target, timer: Timer, error: RivetError, *, ask_by_key: bool = False
) -> Flow[RivetError]:
    """`error`, with what the engine knows about why the actor could not be started (PROTOCOL.md 8.3).

    `ask_by_key` looks the actor up by its key where nobody knows its id. Answers over HTTP tell the id.
    """
    if not isinstance(error, ActorError):
        return error
    reword(error, str(target), namespace=context.endpoint.namespace)
    if target.is_static and is_gone(error) and error.code != "not_found":
        return not_found_error(target, timer)
    if error.group != "guard" or error.code not in _UNSCHEDULABLE:
        return error
    metadata = error.metadata if isinstance(error.metadata, dict) else {}
    if "details" in metadata:
        return error
    known = metadata.get("actor_id")
    actor_id = known if isinstance(known, str) else target.actor_id
    if actor_id is None and not ask_by_key:
        return error
    query = key_query(target) if actor_id is None else [("actor_ids", actor_id)]
    try:
        actor = yield from find_actor(context, query, timer.what, timer, once=True)
    except RivetError:
        return error
    if actor is None or (details := actor.get("error")) is None:
        return error
    fuller = actor_error(
        error.group,
        error.code,
        f"{error.message} ({json.dumps(details)})",
        metadata={**metadata, "actorId": actor.get("actor_id"), "details": details},
        ray_id=error.ray_id,
    )
    match details:
        case {"crashed": {"message": str(why)}} if why.startswith("not_registered:"):
            context.unknown_names.add(target.name)
            context.known_names.discard(target.name)
            names = yield from host_names(context, timer)
            say(fuller, no_such_name(target.name, names))
            fuller.is_retryable = False  # a name that is misspelt stays so
        case _:
            pass
    return fuller


def skips_ready_wait(context: Context, skip_ready_wait: bool | None) -> bool:
    """What a call's own setting comes to; None stands for the client's."""
    return context.settings.skip_ready_wait if skip_ready_wait is None else skip_ready_wait


def _decoded(context: Context, response: HttpResponse, decode: Callable[[bytes], M]) -> M:
    """What a good answer holds.

    Raises:
        ProtocolError: It holds none; for a page of something that is no engine, see `not_from_engine`.
    """
    try:
        return decode(response.body)
    except DecodeError:
        if response.headers.get("content-type", "").startswith("text/"):
            raise not_from_engine(response, context.endpoint.url) from None
        raise


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
    body = encoding.encode_action(encoding.dump(list(args), "args"))
    response = yield from _to_actor(
        context,
        target,
        timer,
        method="POST",
        path=action_path(action),
        body=body,
        content_type=encoding.content_type,
        skip_ready_wait=skips_ready_wait(context, skip_ready_wait),
        action=action,
    )
    return encoding.load(_decoded(context, response, encoding.decode_action))


def send_queue(
    context: Context,
    target: Target,
    queue: object,
    body: object,
    *,
    wait: bool = False,
    timeout: float | None = None,
) -> Flow[QueueSendResult | None]:
    """Send to a queue over HTTP.

    Args:
        context: The client's.
        target: The actor.
        queue: The queue's name.
        body: The message.
        wait: Wait until the actor completes the message.
        timeout: With `wait`, how long the actor has, in seconds; the request itself has a little longer.
            Without `wait`, the request's deadline.

    Returns:
        None, or with `wait` what became of the message.

    Raises:
        ActorError: `queue.full`, `auth.forbidden`, … (PROTOCOL.md 4.5).
        ConfigError, TypeError, TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    from rivet_client_generated.protocol.base import made
    from rivet_client_generated.protocol.messages import HttpQueueSendRequest

    name = check_name("queue name", queue)
    seconds = check_timeout("timeout", timeout)
    deadline = seconds if seconds is None or not wait else seconds + _QUEUE_GRACE
    timer = start_timer(context, f"send to queue {name!r} of {target}", deadline)
    encoding = context.encoding
    fields = {
        "body": encoding.dump(body, "body"),
        "name": name,
        "wait": wait,
        "timeout": round(seconds * 1000) if wait and seconds is not None else None,
    }
    response = yield from _to_actor(
        context,
        target,
        timer,
        method="POST",
        path=queue_path(name),
        body=encoding.messages.encode_queue(made(HttpQueueSendRequest, fields)),
        content_type=encoding.content_type,
        skip_ready_wait=context.settings.skip_ready_wait,
        to_queue=True,
    )
    if not wait:
        return None
    answer = _decoded(context, response, encoding.messages.decode_queue)
    return QueueSendResult(answer.status, None if answer.response is None else encoding.load(answer.response))


def fetch(
    context: Context,
    target: Target,
    request: RawRequest,
    *,
    timeout: float | None = None,
    skip_ready_wait: bool | None = None,
    max_body_bytes: int | UndefinedType | None = UNDEFINED,
    stream: bool = False,
) -> Flow[HttpResponse]:
    """Send a raw HTTP request to the actor's own handler; its answer is returned whatever its status.

    With `stream`, the body of the answer is left unread, and the timeout does not apply to it. `max_body_bytes` does,
    when it is read; UNDEFINED stands for the client's.

    Raises:
        ConfigError, TypeError: An argument is wrong.
        ActorError: The gateway could not reach the actor.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    own = isinstance(max_body_bytes, UndefinedType)
    limit = context.settings.max_body_bytes if own else check_limit("max_body_bytes", max_body_bytes)
    timer = start_timer(context, f"{request.method} request to {target}", timeout)
    response = yield from _to_actor(
        context,
        target,
        timer,
        method=request.method,
        path=f"/request{request.path}",
        query=request.query,
        body=request.body,
        own_headers=Secret(request.headers),
        content_type=None,
        skip_ready_wait=skips_ready_wait(context, skip_ready_wait),
        replayable=request.replayable,
        max_raw_bytes=limit,
    )
    if not stream:
        yield from timer.read(response)
    return response


def reload(context: Context, target: Target, *, timeout: float | None = None) -> Flow[None]:
    """Have a dynamic actor load its code again.

    Raises:
        ActorError: `actor.reload_failed` when the actor is not a dynamic one, or as everywhere.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = start_timer(context, f"reload of {target}", timeout)
    try:
        yield from _to_actor(
            context,
            target,
            timer,
            method="PUT",
            path="/dynamic/reload",
            content_type=None,
            skip_ready_wait=False,
        )
    except ActorError as error:
        if error.actor is None:
            raise
        raise actor_error(
            "actor", "reload_failed", f"{target} did not reload: {error.message}", ray_id=error.ray_id
        ) from error


def public_url(context: Context, target: Target, *, timeout: float | None = None) -> Flow[str]:
    """The actor's gateway URL, for use by others. It carries the token.

    Raises:
        ActorError, TransportError, ProtocolError, ActionTimeoutError: As for `resolve`, where one is needed.
    """
    timer = start_timer(context, f"gateway URL of {target}", timeout)
    yield from ensure_located(timer)
    url = url_by_key(context, target, skip_ready_wait=context.settings.skip_ready_wait, with_token=True)
    if url is not None:
        return url
    actor_id = yield from resolve_within(context, target, timer)
    return gateway_url(context.endpoint, target, actor_id=actor_id, with_token=True)
