"""Calls of the engine's control API (PROTOCOL.md 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow, HttpRequest
from rivet_client._core.failures import error_from_response
from rivet_client._core.flows.locate import endpoint_doubt, ensure_located, read_json_object
from rivet_client._core.flows.timing import Timer, retrying, start_timer
from rivet_client._core.gateway import control_headers, control_url
from rivet_client._core.keys import check_name
from rivet_client._core.retry import is_gone, next_delay
from rivet_client._core.wording import Asked
from rivet_client._text import one_line
from rivet_client.errors import ActorError, ProtocolError, TransportError

if TYPE_CHECKING:
    from rivet_client_generated.engine_api.base import EngineModel
    from rivet_client_generated.engine_api.operations import Operation

__all__ = ["ControlRequest", "call_control_api", "operate"]

M = TypeVar("M", bound="EngineModel")


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A request to the control API.

    Attributes:
        method: HTTP method.
        path: Percent-encoded path.
        query: Names and values, in the order in which they are sent.
        body: The JSON object to send, or None.
        with_namespace: Whether the query begins with the client's namespace.
        once: Whether it is sent only once, even if that fails.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    with_namespace: bool = True
    once: bool = False

    @property
    def is_idempotent(self) -> bool:
        """Whether the engine may get it twice without harm."""
        return self.method != "POST"


def call_control_api(timer: Timer, request: ControlRequest) -> Flow[dict[str, Any]]:
    """Send a request to the control API and return the JSON object that it answers.

    Raises:
        ActorError: The engine refused.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    context = timer.context
    yield from ensure_located(timer)
    endpoint = context.endpoint
    query = request.query
    if request.with_namespace:
        query = [("namespace", endpoint.namespace), *query]
    has_body = request.body is not None
    http_request = HttpRequest(
        request.method,
        control_url(endpoint, request.path, query),
        control_headers(context.config.headers, endpoint, has_body=has_body).reveal(),
        json.dumps(request.body, separators=(",", ":")).encode() if has_body else b"",
    )
    idempotent = request.is_idempotent

    def attempt() -> Flow[dict[str, Any]]:
        response = yield from timer.send(http_request, idempotent=idempotent)
        if response.status != 200:
            asked = Asked(
                namespace=endpoint.namespace,
                endpoint_doubt=endpoint_doubt(context),
                error_classes=context.error_classes,
            )
            raise error_from_response(context.encoding, response, endpoint.url, asked=asked)
        return read_json_object(response, endpoint.url)

    def delay_after(error: ActorError | TransportError, number: int) -> float | None:
        timer.may_have_run = timer.may_have_run or (error.may_have_run and not idempotent)
        if request.once or (is_gone(error) and not idempotent):  # see `create`
            return None
        return next_delay(context.config.retry, error, number, context.jitter(), idempotent=idempotent)

    return (yield from retrying(timer, attempt, delay_after, is_lookup=request.once))


def operate(
    context: Context,
    operation: Operation[M],
    values: Mapping[str, Any],
    body: EngineModel | None,
    *,
    timeout: float | None = None,
) -> Flow[M]:
    """Run an operation of the generated control API.

    Args:
        context: The client's.
        operation: What is asked.
        values: The operation's parameters, by their names in Python.
        body: What is sent with it, or None.
        timeout: Seconds; None for the client's.

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
    with_namespace = False
    for parameter in operation.query:
        value = values[parameter.name]
        if value is None:
            with_namespace = with_namespace or parameter.name == "namespace"
        else:
            query += [(parameter.wire, text) for text in _query_texts(parameter.name, value)]
    what = f"engine.{operation.id}"
    timer = start_timer(context, what, timeout)
    request = ControlRequest(
        operation.method,
        path,
        query,
        None if body is None else body.model_dump(mode="json", by_alias=True, exclude_none=True),
        with_namespace=with_namespace,
    )
    with timer.watching("control", operation.id):
        answer = yield from call_control_api(timer, request)
        try:
            return operation.response.model_validate(answer)
        except ValueError as error:
            why = one_line(" ".join(str(error).split()))  # pydantic's texts have several lines
            raise ProtocolError(f"{what}: the engine's answer is not what is expected: {why}") from None


def _query_texts(name: str, value: object) -> list[str]:
    """The texts of a parameter in the query: one for a single value, and one for each item of an array."""
    kind = type(value).__name__
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, (str, int)):
        return [str(value)]
    if isinstance(value, Sequence):
        items = cast("Sequence[object]", value)
        texts = [item for item in items if isinstance(item, str)]
        if len(texts) == len(items):
            return texts
    raise TypeError(f"{name} must be a str, an int, a bool or a sequence of str, not {kind}")
