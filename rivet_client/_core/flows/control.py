"""Calls of the control API, and what handles need of it: finding, resolving, creating (PROTOCOL.md 2)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import quote

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow, HttpRequest
from rivet_client._core.failures import actor_error, error_from_response
from rivet_client._core.flows.locate import blame_endpoint, ensure_located, read_json_object
from rivet_client._core.flows.timing import Timer, retrying, start_timer
from rivet_client._core.gateway import control_headers, control_url
from rivet_client._core.keys import check_name, normalize_key, serialize_key
from rivet_client._core.retry import is_gone, next_delay
from rivet_client._core.target import Target, check_params, encode_input, optional_name
from rivet_client._core.wording import no_actor, no_such_name, reword, say
from rivet_client._secret import hide
from rivet_client._text import one_line
from rivet_client.errors import ActorError, ProtocolError, RivetError, TransportError

__all__ = [
    "blame_name",
    "key_query",
    "check_name_known",
    "call_control_api",
    "create",
    "find_actor",
    "host_names",
    "not_found_error",
    "operate",
    "resolve",
    "resolve_within",
    "unknown_name_error",
]

M = TypeVar("M", bound="Model", covariant=True)

_MAX_NAMES = 100
"""So many names the engine is asked for; of more it is not known which are missing."""


def call_control_api(
    context: Context,
    method: str,
    path: str,
    *,
    what: str,
    query: Sequence[tuple[str, str]] = (),
    body: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    timer: Timer | None = None,
    with_namespace: bool = True,
    once: bool = False,
) -> Flow[dict[str, Any]]:
    """One control API call; `path` is already percent-encoded. With `once`, it is not repeated whatever happens.

    Raises:
        ActorError: The engine refused.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    timer = timer or start_timer(context, what, timeout)
    yield from ensure_located(timer)
    endpoint = context.endpoint
    pairs = [("namespace", endpoint.namespace), *query] if with_namespace else list(query)
    data = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    request = HttpRequest(
        method,
        control_url(endpoint, path, pairs),
        control_headers(context.settings.headers, endpoint, has_body=body is not None).reveal(),
        data,
    )
    idempotent = method != "POST"

    def attempt() -> Flow[dict[str, Any]]:
        response = yield from timer.send(request, idempotent=idempotent)
        if response.status != 200:
            error = blame_endpoint(context, error_from_response(context.encoding, response, endpoint.url))
            raise reword(error, namespace=endpoint.namespace)
        return read_json_object(response, endpoint.url)

    def verdict(error: ActorError | TransportError, number: int) -> float | None:
        if once or (is_gone(error) and not idempotent):  # see `create`
            return None
        return next_delay(context.settings.retry, error, number, context.jitter(), idempotent=idempotent)

    return (yield from retrying(timer, attempt, verdict))


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
    def request(self) -> type | None:
        """Model of the body, or None if there is none."""
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
    if operation.request is not None and not isinstance(body, operation.request):
        raise TypeError(f"body must be a {operation.request.__name__}, not {type(body).__name__}")
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
    answer = yield from call_control_api(
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
        why = one_line(" ".join(str(error).split()))  # pydantic's texts have several lines
        raise ProtocolError(f"{what}: the engine's answer is not what is expected: {why}") from None


def _query_texts(name: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, (str, int)):
        return [str(value)]
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return list(value)
    raise TypeError(f"{name} must be a str, an int, a bool or a sequence of str, not {type(value).__name__}")


def key_query(target: Target) -> list[tuple[str, str]]:
    """The list query that gives the actor which has the key."""
    return [("name", target.name), ("key", serialize_key(target.key))]


def find_actor(
    context: Context,
    query: Sequence[tuple[str, str]],
    what: str,
    timer: Timer | None = None,
    *,
    once: bool = False,
) -> Flow[dict[str, Any] | None]:
    """The first actor that a list query gives, or None."""
    found = yield from call_control_api(
        context, "GET", "/actors", what=what, query=query, timer=timer, once=once
    )
    actors = found.get("actors")
    if not isinstance(actors, list) or not all(isinstance(actor, dict) for actor in actors):
        raise ProtocolError(f"{what}: the engine's answer has no list of actors")
    return actors[0] if actors else None


def _actor_id(actor: object, what: str) -> str:
    actor_id = actor.get("actor_id") if isinstance(actor, dict) else None
    if not isinstance(actor_id, str):
        raise ProtocolError(f"{what}: the engine's answer has no actor_id")
    return actor_id


def _creation_fields(target: Target) -> dict[str, Any]:
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


def not_found_error(target: Target, timer: Timer) -> ActorError:
    """The error for a look-up that found no actor."""
    return actor_error("actor", "not_found", no_actor(str(target)), ray_id=timer.ray_id)


def check_name_known(context: Context, target: Target, timer: Timer) -> Flow[None]:
    """Before anything may be created: once no host has known actors of that name, see that one does now.

    Raises:
        ActorError: None does. Nothing was created.
    """
    if target.how == "get_or_create" and target.name in context.unknown_names:
        text = yield from explain_unknown_name(context, target, timer)
        if text is not None:
            raise unknown_name_error(text)
        context.unknown_names.discard(target.name)


def unknown_name_error(text: str) -> ActorError:
    """The error for a name that no host knows, as the gateway calls it after it has tried."""
    error = actor_error("guard", "actor_wake_retries_exceeded", text)
    error.is_retryable = False  # a name that is misspelt stays so
    return error


def explain_unknown_name(context: Context, target: Target, timer: Timer) -> Flow[str | None]:
    """What to say of the actor's name if no host knows it; None if one does, or the engine does not tell."""
    if target.name in context.known_names:
        return None
    names = yield from host_names(context, timer)
    if target.name in names or not 0 < len(names) < _MAX_NAMES:
        return None
    return no_such_name(target.name, names)


def host_names(context: Context, timer: Timer) -> Flow[list[str]]:
    """The names that hosts have told the engine, sorted; [] if it does not tell."""
    query = [("limit", str(_MAX_NAMES))]
    try:
        found = yield from call_control_api(
            context, "GET", "/actors/names", what=timer.what, query=query, timer=timer, once=True
        )
    except RivetError:
        return []
    names = found.get("names")
    names = sorted(names) if isinstance(names, dict) else []
    context.known_names.update(names)
    return names


def blame_name(context: Context, target: Target, timer: Timer, error: ActorError) -> Flow[None]:
    """Have an error about a missing actor say so if its name is the reason."""
    text = yield from explain_unknown_name(context, target, timer)
    if text is not None:
        say(error, f"{error.message}: {text}")


def resolve(context: Context, target: Target, timeout: float | None = None) -> Flow[str]:
    """The id of the actor, asked of the engine; created first if the target says so.

    Raises:
        ActorError: `actor.not_found` for `get`, or the engine refused.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    return (yield from resolve_within(context, target, start_timer(context, f"resolving {target}", timeout)))


def resolve_within(context: Context, target: Target, timer: Timer) -> Flow[str]:
    """As `resolve`, in the time that another call has left."""
    if target.is_static and target.actor_id is not None:
        return target.actor_id
    what = f"resolving {target}"
    if target.how == "get":
        actor = yield from find_actor(context, key_query(target), what, timer)
        if actor is None:
            error = not_found_error(target, timer)
            yield from blame_name(context, target, timer, error)
            raise error
    else:
        yield from check_name_known(context, target, timer)
        try:
            answer = yield from call_control_api(
                context, "PUT", "/actors", what=what, body=_creation_fields(target), timer=timer
            )
            actor = answer.get("actor")
        except ActorError as error:
            if error.code != "key_reserved_in_different_datacenter":
                raise
            # Another datacenter owns the key: the actor is there, so take it as it is.
            actor = yield from find_actor(context, key_query(target), what, timer)
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
    params, get_params = hide(params), hide(get_params)
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
    timer = start_timer(context, what, timeout)
    creation = _creation_fields(new)
    try:
        answer = yield from call_control_api(
            context, "POST", "/actors", what=what, body=creation, timer=timer
        )
    except ActorError as error:
        if not is_gone(error):
            raise
        # Of a key that is taken the engine says as often as not that the new actor was destroyed meanwhile.
        present = yield from find_actor(context, key_query(new), what, timer)
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
