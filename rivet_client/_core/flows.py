"""Request flows: look-up, resolve, create, action, queue, raw HTTP. Every retry and error mapping is here, once.

The wire facts are PROTOCOL.md 1.4 (metadata), 2 (control API), 3 and 4 (gateway), 8 (errors and retries).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import quote, unquote, urlsplit

from rivet_client._core.context import Context
from rivet_client._core.effects import (
    Flow,
    HttpRequest,
    HttpResponse,
    SendTimedOut,
    call,
    exclusively,
    read,
    send,
    sleep,
)
from rivet_client._core.failures import actor_error, failure, foreign
from rivet_client._core.gateway import (
    MAX_URL_LENGTH,
    Dial,
    Endpoint,
    action_path,
    check_subprotocols,
    control_headers,
    control_url,
    gateway_url,
    params_json,
    queue_path,
    request_headers,
    subprotocols,
)
from rivet_client._core.keys import check_name, normalize_key, serialize_key
from rivet_client._core.retry import backoff, is_gone, next_delay
from rivet_client._core.target import Target, check_params, encode_input, optional_name
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ConfigError,
    ProtocolError,
    RivetError,
    TransportError,
)
from rivet_client.values import QueueSendResult, check_timeout
from rivet_client_generated.protocol.messages import (
    HttpActionRequest,
    HttpQueueSendRequest,
)

__all__ = [
    "RawRequest",
    "call_action",
    "control",
    "create",
    "fetch",
    "find_actor",
    "operate",
    "prepare_dial",
    "public_url",
    "reload",
    "resolve",
    "send_queue",
    "websocket_options",
]

T = TypeVar("T")
M = TypeVar("M", bound="Model", covariant=True)

_LOCATE_MAX_DELAY = 15.0
_LOCATE_DELAY = 0.5
_UNSCHEDULABLE = {"actor_ready_timeout", "actor_runner_failed", "actor_wake_retries_exceeded"}


# --- Time and retries ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Timer:
    """A call's deadline, and what to say when it passes."""

    context: Context
    what: str
    timeout: float | None
    deadline: float | None = field(init=False)
    sent: bool = False
    failure: RivetError | None = None  # of the attempt before

    def __post_init__(self) -> None:
        self.deadline = self.context.deadline(self.timeout)

    def left(self) -> float | None:
        """Seconds left, or None for no deadline.

        Raises:
            ActionTimeoutError: None are left.
        """
        if self.deadline is None:
            return None
        left = self.deadline - self.context.now()
        if left <= 0:
            raise self.expired()
        return left

    def allows(self, delay: float) -> bool:
        """Whether a pause of `delay` seconds ends before the deadline."""
        return self.deadline is None or self.context.now() + delay < self.deadline

    def expired(self) -> ActionTimeoutError:
        # Without a timeout of ours it is the caller's own HTTP client that gave up.
        within = "in time" if self.timeout is None else f"within {self.timeout:g} s"
        before = "" if self.failure is None else f"; what went wrong last: {self.failure}"
        return ActionTimeoutError(
            f"{self.what} had no answer {within}{before}",
            timeout=self.timeout,
            may_have_run=self.sent,
        )

    def send(self, request: HttpRequest, *, raw: bool = False, idempotent: bool = True) -> Flow[HttpResponse]:
        """Send within the time left; `idempotent` requests never make the call one that may have run."""
        try:
            return (yield from send(request, self.left(), raw=raw))
        except SendTimedOut as error:
            self.sent = self.sent or (error.sent and not idempotent)
            raise self.expired() from None

    def read(self, response: HttpResponse) -> Flow[None]:
        """Read the body of a raw response within the time left."""
        try:
            yield from read(response, self.left())
        except SendTimedOut:
            self.sent = True
            raise self.expired() from None


def _timer(context: Context, what: str, timeout: float | None) -> _Timer:
    chosen = context.settings.timeout if timeout is None else check_timeout("timeout", timeout)
    return _Timer(context, what, chosen)


def _retrying(
    timer: _Timer,
    attempt: Callable[[], Flow[T]],
    verdict: Callable[[ActorError | TransportError, int], float | None],
) -> Flow[T]:
    """Run `attempt` until it succeeds, `verdict` gives no delay, or the time is up."""
    number = 1
    while True:
        try:
            return (yield from attempt())
        except (ActorError, TransportError) as error:
            delay = verdict(error, number)
            if delay is None or not timer.allows(delay):
                raise
            timer.failure = error
            reason = f"{timer.what}, attempt {number}: {error}"
        yield from sleep(delay, reason)
        number += 1


# --- Metadata (PROTOCOL.md 1.4) --------------------------------------------------------------------------------


def _json_object(response: HttpResponse) -> dict[str, Any]:
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise foreign(response)
    return value


def _located(timer: _Timer, *, patient: bool = True) -> Flow[None]:
    """Have the engine's whereabouts looked up, once per client, before its first request."""
    context = timer.context
    if not context.located:
        try:
            yield from exclusively(lambda: _locate(timer, patient=patient), timer.left())
        except SendTimedOut:
            raise timer.expired() from None


def _locate(timer: _Timer, *, patient: bool) -> Flow[None]:
    """Ask the endpoint where the engine is: if `patient`, until the time is up while the server is still starting."""
    context = timer.context
    if context.located:
        return  # somebody else did it while this flow waited for its turn
    endpoint = context.endpoint
    request = HttpRequest(
        "GET",
        control_url(endpoint, "/metadata", [("namespace", endpoint.namespace)]),
        control_headers(context.settings.headers, endpoint, has_body=False),
    )

    def attempt() -> Flow[dict[str, Any]]:
        response = yield from timer.send(request)
        if response.status != 200:
            raise failure(context.encoding, response)
        body = _json_object(response)
        if "runtime" not in body:
            raise ProtocolError(
                f"{endpoint.url} answers, but not as a Rivet engine or rivetkit server does; check the endpoint"
            )
        return body

    def verdict(error: ActorError | TransportError, number: int) -> float | None:
        if not patient or (isinstance(error, ActorError) and not error.is_retryable):
            return None
        return backoff(number, _LOCATE_DELAY, _LOCATE_MAX_DELAY, context.jitter())

    body = yield from _retrying(timer, attempt, verdict)
    context.endpoint = _redirected(endpoint, body)
    context.located = True


def _redirected(endpoint: Endpoint, body: Mapping[str, Any]) -> Endpoint:
    """The endpoint that a metadata answer names; namespace and token only count beside an endpoint."""
    url = body.get("clientEndpoint")
    if url is None:
        return endpoint
    try:
        parts = urlsplit(url if isinstance(url, str) and url.isascii() and " " not in url else "")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:
        raise ProtocolError(f"the metadata of {endpoint.url} names an endpoint that is not a URL") from None
    host = parts.netloc.rpartition("@")[2]
    namespace, token = body.get("clientNamespace"), body.get("clientToken")
    return Endpoint(
        f"{parts.scheme}://{host}{parts.path.rstrip('/')}",
        namespace if isinstance(namespace, str) and namespace else endpoint.namespace,
        token if isinstance(token, str) and token else endpoint.token,
    )


# --- Control API (PROTOCOL.md 2) -------------------------------------------------------------------------------


def control(
    context: Context,
    method: str,
    path: str,
    *,
    what: str,
    query: Sequence[tuple[str, str]] = (),
    body: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    timer: _Timer | None = None,
    with_namespace: bool = True,
) -> Flow[dict[str, Any]]:
    """One control API call; `path` is already percent-encoded.

    Raises:
        ActorError: The engine refused.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = timer or _timer(context, what, timeout)
    yield from _located(timer)
    endpoint = context.endpoint
    pairs = [("namespace", endpoint.namespace), *query] if with_namespace else list(query)
    data = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    request = HttpRequest(
        method,
        control_url(endpoint, path, pairs),
        control_headers(context.settings.headers, endpoint, has_body=body is not None),
        data,
    )
    idempotent = method != "POST"

    def attempt() -> Flow[dict[str, Any]]:
        response = yield from timer.send(request, idempotent=idempotent)
        if response.status != 200:
            raise failure(context.encoding, response)
        return _json_object(response)

    def verdict(error: ActorError | TransportError, number: int) -> float | None:
        if is_gone(error) and not idempotent:
            return None  # see `create`
        return next_delay(context.settings.retry, error, number, context.jitter(), idempotent=idempotent)

    return (yield from _retrying(timer, attempt, verdict))


class Operation(Protocol[M]):
    """The part of a generated operation that a flow needs."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def method(self) -> str:
        """HTTP method."""
        ...

    @property
    def path(self) -> str:
        """Path with `{name}` for parameters."""
        ...

    @property
    def path_parameters(self) -> Sequence[Parameter]:
        """Parameters in the path."""
        ...

    @property
    def query(self) -> Sequence[Parameter]:
        """Parameters in the query."""
        ...

    @property
    def response(self) -> type[M]:
        """Model of the answer."""
        ...


class Parameter(Protocol):
    """The part of a generated parameter that a flow needs."""

    @property
    def name(self) -> str:
        """In Python."""
        ...

    @property
    def wire(self) -> str:
        """In the URL."""
        ...


class Model(Protocol):
    """What a flow needs of a generated model."""

    @classmethod
    def model_validate(cls, obj: Any, /) -> Self:
        """Make one from decoded JSON."""
        ...

    def model_dump(self, *, mode: str, by_alias: bool, exclude_none: bool) -> dict[str, Any]:
        """Turn it into plain types."""
        ...


def operate(
    context: Context,
    operation: Operation[M],
    values: Mapping[str, Any],
    body: Model | None,
    *,
    timeout: float | None = None,
) -> Flow[M]:
    """Run an operation of the generated control API.

    Raises:
        TypeError, ConfigError: An argument is wrong.
        ActorError: The engine refused.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    path = operation.path
    for parameter in operation.path_parameters:
        given = check_name(parameter.name, values[parameter.name])
        path = path.replace(f"{{{parameter.wire}}}", quote(given, safe=""))
    query: list[tuple[str, str]] = []
    namespaced = False
    for parameter in operation.query:
        value = values[parameter.name]
        if value is None:
            namespaced = namespaced or parameter.name == "namespace"
        else:
            query += [(parameter.wire, text) for text in _query_texts(parameter.name, value)]
    what = f"engine.{operation.id}"
    answer = yield from control(
        context,
        operation.method,
        path,
        what=what,
        query=query,
        body=None if body is None else body.model_dump(mode="json", by_alias=True, exclude_none=True),
        timeout=timeout,
        with_namespace=namespaced,
    )
    try:
        return operation.response.model_validate(answer)
    except ValueError as error:
        raise ProtocolError(f"{what}: the engine's answer is not what is expected: {error}") from None


def _query_texts(name: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, (str, int)):
        return [str(value)]
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return list(value)
    raise TypeError(f"{name} must be a str, an int, a bool or a sequence of str, not {type(value).__name__}")


def find_actor(
    context: Context, query: Sequence[tuple[str, str]], what: str, timer: _Timer | None = None
) -> Flow[dict[str, Any] | None]:
    """The first actor that a list query gives, or None."""
    found = yield from control(context, "GET", "/actors", what=what, query=query, timer=timer)
    actors = found.get("actors")
    if not isinstance(actors, list) or not all(isinstance(actor, dict) for actor in actors):
        raise ProtocolError(f"{what}: the engine's answer has no list of actors")
    return actors[0] if actors else None


def _actor_id(actor: object, what: str) -> str:
    actor_id = actor.get("actor_id") if isinstance(actor, dict) else None
    if not isinstance(actor_id, str):
        raise ProtocolError(f"{what}: the engine's answer has no actor_id")
    return actor_id


def _creation(target: Target) -> dict[str, Any]:
    fields = {
        "datacenter": target.region,
        "name": target.name,
        "key": serialize_key(target.key),
        "runner_name_selector": target.pool_name,
        "input": None if target.input is None else base64.b64encode(target.input).decode(),
        "crash_policy": "sleep",
    }
    # The engine rejects fields that are null where it expects a string.
    return {name: value for name, value in fields.items() if value is not None}


def _not_found(target: Target) -> ActorError:
    return actor_error("actor", "not_found", f"no actor {target} exists")


def resolve(context: Context, target: Target, timeout: float | None = None) -> Flow[str]:
    """The id of the actor, asked of the engine; created first if the target says so.

    Raises:
        ActorError: `actor.not_found` for `get`, or the engine refused.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    return (yield from _resolve(context, target, _timer(context, f"resolving {target}", timeout)))


def _resolve(context: Context, target: Target, timer: _Timer) -> Flow[str]:
    if target.is_static and target.actor_id is not None:
        return target.actor_id
    what = f"resolving {target}"
    by_key = [("name", target.name), ("key", serialize_key(target.key))]
    if target.how == "get":
        actor = yield from find_actor(context, by_key, what, timer)
        if actor is None:
            raise _not_found(target)
    else:
        try:
            answer = yield from control(
                context, "PUT", "/actors", what=what, body=_creation(target), timer=timer
            )
            actor = answer.get("actor")
        except ActorError as error:
            if error.code != "key_reserved_in_different_datacenter":
                raise
            # Another datacenter owns the key: the actor is there, so take it as it is.
            actor = yield from find_actor(context, by_key, what, timer)
            if actor is None:
                raise
    actor_id = _actor_id(actor, what)
    target.learn(actor_id)
    return actor_id


def create(
    context: Context,
    name: object,
    key: object,
    *,
    input: Any,
    region: str | None,
    pool_name: str | None,
    params: Any,
    get_params: Any,
    timeout: float | None = None,
) -> Flow[Target]:
    """Create an actor now.

    Raises:
        ActorError: `actor.duplicate_key` when the key is taken, or the engine refused.
        ConfigError, TypeError: An argument is wrong.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    check_params(params, get_params)
    new = Target(
        "get_or_create",
        check_name("actor name", name),
        normalize_key(key),
        input=encode_input("input", input, None),
        region=optional_name("region", region),
        pool_name=optional_name("pool_name", pool_name) or context.settings.pool_name,
    )
    what = f"creating {new}"
    timer = _timer(context, what, timeout)
    creation = _creation(new)
    try:
        answer = yield from control(context, "POST", "/actors", what=what, body=creation, timer=timer)
    except ActorError as error:
        if not is_gone(error):
            raise
        # Of a key that is taken the engine says as often as not that the new actor was destroyed meanwhile.
        by_key = [("name", new.name), ("key", creation["key"])]
        present = yield from find_actor(context, by_key, what, timer)
        if present is None:
            raise
        raise actor_error(
            "actor",
            "duplicate_key",
            f"the key of {new} is in use already",
            metadata={"existing_actor_id": _actor_id(present, what), "key": creation["key"]},
            ray_id=error.ray_id,
        ) from error
    return Target(
        "id",
        new.name,
        new.key,
        actor_id=_actor_id(answer.get("actor"), what),
        params=params,
        get_params=get_params,
    )


# --- Gateway: actions, queues, raw HTTP (PROTOCOL.md 4) --------------------------------------------------------


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
    timer: _Timer,
    *,
    method: str,
    path: str,
    query: str = "",
    body: Any = b"",
    own_headers: Mapping[str, str] | None = None,
    content_type: str | None,
    skip_ready_wait: bool,
    follow: bool = True,
    replayable: bool = True,
) -> Flow[HttpResponse]:
    """Send to an actor, wherever it is, and return the first answer that is not an error to be retried.

    `own_headers` makes this a raw request, whose errors are answers unless the gateway made them. Without `follow`
    the call does not go on to another actor when the one addressed is gone. Only a `replayable` body is sent again.
    """
    yield from _located(timer)
    raw = own_headers is not None
    headers = request_headers(
        context.settings.headers,
        own_headers or {},
        context.endpoint,
        encoding=context.encoding.name,
        content_type=content_type,
        params=params_json(target.params),
        skip_ready_wait=skip_ready_wait,
        trace=context.trace(),
    )

    routed = False

    def attempt() -> Flow[HttpResponse]:
        nonlocal routed
        routed = False
        url = yield from _route(context, target, timer, path, query, skip_ready_wait)
        routed = True
        request = HttpRequest(method, url, headers, body)
        response = yield from timer.send(request, raw=raw, idempotent=False)
        if response.status < 300 or (raw and "x-rivet-error" not in response.headers):
            target.learn(response.headers.get("x-rivet-actor"))
            return response
        raise failure(context.encoding, response)

    def verdict(error: ActorError | TransportError, number: int) -> float | None:
        if not routed:
            return None  # looking the actor up has had its own retries
        timer.sent = timer.sent or error.may_have_run
        gone = is_gone(error)
        stale = gone and target.forget()
        if not replayable or (gone and (target.is_static or not follow)):
            return None
        policy = context.settings.retry
        if stale and number <= policy.max_attempts:
            return 0.0  # even with retries switched off: that the id was out of date is our own doing
        if gone and number < policy.max_attempts and target.how == "get_or_create":
            return backoff(number, policy.initial_delay, policy.max_delay, context.jitter())
        return next_delay(policy, error, number, context.jitter())

    try:
        return (yield from _retrying(timer, attempt, verdict))
    except TransportError as error:
        error.may_have_run = timer.sent
        raise
    except ActorError as error:
        explained = yield from _explained(context, target, timer, error)
        explained.may_have_run = timer.sent
        raise explained from error.__cause__


def _route(
    context: Context, target: Target, timer: _Timer, path: str, query: str, skip_ready_wait: bool
) -> Flow[str]:
    """The URL to reach the actor by: its id if known, else its key if that fits, else its id once resolved."""
    actor_id = target.actor_id
    if actor_id is None:
        url = _url_by_key(context, target, path, query, skip_ready_wait=skip_ready_wait)
        if url is not None:
            return url
        actor_id = yield from _resolve(context, target, timer)
    return gateway_url(context.endpoint, target, path, query, actor_id=actor_id)


def _url_by_key(
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


def _explained(context: Context, target: Target, timer: _Timer, error: ActorError) -> Flow[ActorError]:
    """`error`, with what the engine knows about why the actor could not be started (PROTOCOL.md 8.3)."""
    if error.group == "actor" and target.is_static and is_gone(error) and error.code != "not_found":
        return actor_error("actor", "not_found", error.message, ray_id=error.ray_id)
    if error.group != "guard" or error.code not in _UNSCHEDULABLE:
        return error
    metadata = error.metadata if isinstance(error.metadata, dict) else {}
    known = metadata.get("actor_id")
    actor_id = known if isinstance(known, str) else target.actor_id
    if actor_id is None:
        return error
    try:
        actor = yield from find_actor(context, [("actor_ids", actor_id)], timer.what, timer)
    except RivetError:
        return error
    details = actor.get("error") if actor else None
    if details is None:
        return error
    return actor_error(
        error.group,
        error.code,
        f"{error.message} ({json.dumps(details)})",
        metadata={**metadata, "actorId": actor_id, "details": details},
        ray_id=error.ray_id,
    )


def _skip(context: Context, skip_ready_wait: bool | None) -> bool:
    return context.settings.skip_ready_wait if skip_ready_wait is None else skip_ready_wait


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
    timer = _timer(context, f"action {action!r} of {target}", timeout)
    encoding = context.encoding
    body = encoding.encode_action(HttpActionRequest(args=encoding.dump(list(args), "args")))
    response = yield from _to_actor(
        context,
        target,
        timer,
        method="POST",
        path=action_path(action),
        body=body,
        content_type=encoding.content_type,
        skip_ready_wait=_skip(context, skip_ready_wait),
        # After `destroy` an actor is gone for good reason; a new one must not be made just to be destroyed.
        follow=action != "destroy",
    )
    return encoding.load(encoding.decode_action(response.body).output)


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
    name = check_name("queue name", queue)
    seconds = check_timeout("timeout", timeout)
    deadline = seconds if seconds is None or not wait else seconds + _QUEUE_GRACE
    timer = _timer(context, f"send to queue {name!r} of {target}", deadline)
    encoding = context.encoding
    message = HttpQueueSendRequest(
        body=encoding.dump(body, "body"),
        name=name,
        wait=wait,
        timeout=int(seconds * 1000) if wait and seconds is not None else None,
    )
    response = yield from _to_actor(
        context,
        target,
        timer,
        method="POST",
        path=queue_path(name),
        body=encoding.encode_queue(message),
        content_type=encoding.content_type,
        skip_ready_wait=context.settings.skip_ready_wait,
    )
    if not wait:
        return None
    answer = encoding.decode_queue(response.body)
    return QueueSendResult(answer.status, None if answer.response is None else encoding.load(answer.response))


_QUEUE_GRACE = 5.0


def fetch(
    context: Context,
    target: Target,
    request: RawRequest,
    *,
    timeout: float | None = None,
    skip_ready_wait: bool | None = None,
    stream: bool = False,
) -> Flow[HttpResponse]:
    """Send a raw HTTP request to the actor's own handler; its answer is returned whatever its status.

    With `stream`, the body of the answer is left unread, and the timeout does not apply to it.

    Raises:
        ActorError: The gateway could not reach the actor.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = _timer(context, f"{request.method} request to {target}", timeout)
    response = yield from _to_actor(
        context,
        target,
        timer,
        method=request.method,
        path=f"/request{request.path}",
        query=request.query,
        body=request.body,
        own_headers=request.headers,
        content_type=None,
        skip_ready_wait=_skip(context, skip_ready_wait),
        replayable=request.replayable,
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
    timer = _timer(context, f"reload of {target}", timeout)
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
    timer = _timer(context, f"gateway URL of {target}", timeout)
    yield from _located(timer)
    url = _url_by_key(context, target, with_token=True)
    if url is not None:
        return url
    actor_id = yield from _resolve(context, target, timer)
    return gateway_url(context.endpoint, target, actor_id=actor_id, with_token=True)


# --- Connections (PROTOCOL.md 5.1) -----------------------------------------------------------------------------


def prepare_dial(
    context: Context,
    target: Target,
    *,
    params: Any,
    get_params: Callable[[], Any] | None,
    skip_ready_wait: bool | None = None,
    path: str = "/connect",
    query: str = "",
    encoding: str | None = None,
    extra_subprotocols: Sequence[str] = (),
    lost_actor_id: str | None = None,
    patient: bool = True,
    timeout: float | None = None,
) -> Flow[Dial]:
    """Everything that one connection attempt needs to know.

    Args:
        context: The client's.
        target: The actor.
        params: Connection parameters, unless `get_params` is given.
        get_params: Called for the parameters of this attempt.
        skip_ready_wait: None for the client's setting.
        path: Percent-encoded route below the actor.
        query: The user's query string.
        encoding: Name of the encoding to announce; None for the client's.
        extra_subprotocols: To offer besides the protocol's own.
        lost_actor_id: An actor that may be gone: check before anything else, so that a connection to an actor
            that was destroyed ends here.
        patient: Wait for a server that is still starting, rather than leave it to the next attempt.
        timeout: Seconds; None for the client's.

    Raises:
        ActorError: `client.get_params_failed`, or the key could not be resolved.
        ConfigError, TypeError, TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = _timer(context, f"connecting to {target}", timeout)
    yield from _located(timer, patient=patient)
    if lost_actor_id is not None:
        yield from _check_exists(context, target, lost_actor_id, timer)
    encoded_params = (
        params_json(params) if get_params is None else (yield from _fresh_params(get_params, timer))
    )
    skip = _skip(context, skip_ready_wait)
    # By key where possible: a connection outlives the actor it began with. See `gateway_url` for the token.
    endpoint = context.endpoint
    url = _url_by_key(context, target, path, query, skip_ready_wait=skip)
    by_key = url is not None
    if url is None:
        actor_id = yield from _resolve(context, target, timer)
        url = gateway_url(endpoint, target, path, query, actor_id=actor_id)
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return Dial(
        secure=secure,
        host=parts.hostname or "",
        port=parts.port or (443 if secure else 80),
        resource=f"{parts.path}{'?' + parts.query if parts.query else ''}",
        authority=parts.netloc,
        headers={**context.settings.headers, **context.trace()},
        subprotocols=[
            *subprotocols(
                endpoint,
                encoding=encoding or context.encoding.name,
                params=encoded_params,
                skip_ready_wait=skip and not by_key,
            ),
            *extra_subprotocols,
        ],
    )


def websocket_options(
    target: Target, path: object, subprotocols: object, skip_ready_wait: bool | None
) -> dict[str, Any]:
    """Options of `prepare_dial` for a raw WebSocket (PROTOCOL.md 10).

    Raises:
        ConfigError, TypeError: An argument is wrong.
    """
    below, query = raw_path(path)
    return {
        "params": target.params,
        "get_params": target.get_params,
        "skip_ready_wait": skip_ready_wait,
        "path": f"/websocket{below}",
        "query": query,
        "encoding": "bare",
        "extra_subprotocols": check_subprotocols(subprotocols),
    }


def _check_exists(context: Context, target: Target, actor_id: str, timer: _Timer) -> Flow[None]:
    """Raise `actor.not_found` if the actor was destroyed and the handle does not make a new one."""
    target.forget()
    if target.how == "get":
        yield from _resolve(context, target, timer)
        target.forget()
    elif target.is_static:
        # A destroyed actor is still listed, with the time of its end.
        actor = yield from find_actor(context, [("actor_ids", actor_id)], timer.what, timer)
        if actor is None or actor.get("destroy_ts") is not None:
            raise _not_found(target)


def _fresh_params(get_params: Callable[[], Any], timer: _Timer) -> Flow[str | None]:
    left = timer.left()
    cause: Exception | None = None
    try:
        params = yield from call(get_params, left)
    except SendTimedOut:
        why = "it did not return in time"
    except Exception as error:
        why, cause = f"it raised {type(error).__name__}", error
    else:
        try:
            return params_json(params, "get_params()")
        except (ConfigError, TypeError) as error:
            why, cause = str(error), error
    raise actor_error("client", "get_params_failed", f"get_params failed: {why}") from cause
