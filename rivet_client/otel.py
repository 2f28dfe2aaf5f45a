"""An observer that makes OpenTelemetry's spans and metrics: extra `otel`.

Names follow the semantic conventions for RPC where these have one; the others begin with `rivet.`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Token
from functools import lru_cache
from urllib.parse import urlsplit

try:
    from opentelemetry import context as otel_context
    from opentelemetry import metrics, trace
    from opentelemetry.context import Context
    from opentelemetry.metrics import CallbackOptions, Observation
    from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
    from opentelemetry.util.types import AttributeValue
except ImportError:
    raise ImportError(
        "rivet_client.otel needs the package opentelemetry-api: pip install opentelemetry-api"
    ) from None

from rivet_client._version import __version__
from rivet_client.observers import (
    AttemptStarted,
    Call,
    CallEnded,
    CallStarted,
    ClientClosed,
    ClientOpened,
    Connecting,
    ConnectionClosed,
    ConnectionOpened,
    EventsReceived,
    Failure,
    Figures,
    Observer,
    Reconnecting,
    RetryScheduled,
)

__all__ = ["OpenTelemetryObserver"]

_SCOPE = "rivet_client"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Limits of the histogram of durations, in seconds, as the conventions say."""

_Attributes = dict[str, AttributeValue]

_GAUGES: Mapping[str, tuple[str, str, Callable[[Figures], Mapping[str | None, int]]]] = {
    "rivet.client.http.connections": (
        "{connection}",
        "Open HTTP connections.",
        lambda it: {
            "idle": it.idle_http_connections,
            "active": it.http_connections - it.idle_http_connections,
        },
    ),
    "rivet.client.connections": (
        "{connection}",
        "Connections to actors that are not closed.",
        lambda it: {"open": it.open_connections, "not_open": it.connections - it.open_connections},
    ),
    "rivet.client.websockets": ("{connection}", "Open raw WebSockets.", lambda it: {None: it.websockets}),
    "rivet.client.waiting_calls": (
        "{call}",
        "Calls over connections that have no answer yet.",
        lambda it: {None: it.waiting_calls},
    ),
    "rivet.client.buffered_events": (
        "{event}",
        "Events that iterators have not taken yet.",
        lambda it: {None: it.buffered_events},
    ),
}
"""What is looked up in the figures of clients: unit, description, and the numbers by state."""


class OpenTelemetryObserver(Observer):
    """Makes a span of each call and of each attempt to connect, and measures them. One object may serve all clients.

    The span of a call over HTTP is current while the call lasts, so that the actor's spans are below it. Those of a
    handshake are below the span of its attempt.

    Args:
        tracer_provider: Makes the spans; None for the global one.
        meter_provider: Takes the measurements; None for the global one.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, __version__, tracer_provider)
        meter = metrics.get_meter(_SCOPE, __version__, meter_provider)
        self._durations = meter.create_histogram(
            "rpc.client.call.duration",
            "s",
            "Duration of calls.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._attempts = meter.create_counter("rivet.client.attempts", "{attempt}", "Attempts of calls.")
        self._events = meter.create_counter("rivet.client.events", "{event}", "Events received.")
        for name, (unit, description, read) in _GAUGES.items():
            meter.create_observable_up_down_counter(name, [self._sampler(read)], unit, description)
        self._clients: dict[int, ClientOpened] = {}
        self._calls: dict[int, Span] = {}
        self._current: dict[int, tuple[Context, Token[Context]]] = {}  # of calls
        self._parents: dict[int, Context] = {}  # of connections: what was current when it was opened
        self._connecting: dict[int, Span] = {}
        self._last_attempts: dict[int, SpanContext] = {}  # of connections

    # --- Clients -----------------------------------------------------------------------------------------------

    def client_opened(self, event: ClientOpened) -> None:
        """See `Observer`."""
        self._clients[event.client] = event

    def client_closed(self, event: ClientClosed) -> None:
        """See `Observer`."""
        self._clients.pop(event.client, None)

    def _sampler(
        self, read: Callable[[Figures], Mapping[str | None, int]]
    ) -> Callable[[CallbackOptions], Iterable[Observation]]:
        """Return a function that sums a figure of all clients, for each endpoint and state."""

        def sample(_: CallbackOptions) -> list[Observation]:
            sums: dict[tuple[str, str | None], int] = {}
            for client in list(self._clients.values()):
                figures = client.figures()
                if figures is None:
                    self._clients.pop(client.client, None)
                    continue
                for state, number in read(figures).items():
                    place = client.endpoint, state
                    sums[place] = sums.get(place, 0) + number
            return [
                Observation(number, _server(endpoint) | ({} if state is None else {"rivet.state": state}))
                for (endpoint, state), number in sums.items()
            ]

        return sample

    # --- Calls -------------------------------------------------------------------------------------------------

    def call_started(self, event: CallStarted) -> None:
        """See `Observer`."""
        call = event.call
        about = _about(call) | {"rivet.call.kind": call.kind}
        if call.actor is not None:
            about["rivet.actor.name"] = call.actor
        if call.key is not None:
            about["rivet.actor.key"] = call.key
        if call.kind == "fetch":
            about["http.request.method"] = call.name
        link = None if call.connection is None else self._last_attempts.get(call.connection.id)
        span = self._tracer.start_span(
            _method(call), kind=SpanKind.CLIENT, attributes=about, links=_links(link)
        )
        self._calls[call.id] = span
        if call.connection is None:
            current = trace.set_span_in_context(span)
            self._current[call.id] = current, otel_context.attach(current)

    def attempt_started(self, event: AttemptStarted) -> None:
        """See `Observer`."""
        self._attempts.add(1, _about(event.call) | {"rivet.attempt.reason": event.reason})
        span = self._calls.get(event.call.id)
        if span is not None and event.number > 1:
            about: _Attributes = {"rivet.attempt": event.number, "rivet.attempt.reason": event.reason}
            span.add_event("rivet.attempt", about | _failure(event.error))

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """See `Observer`."""
        span = None if event.call is None else self._calls.get(event.call.id)
        if span is None:  # for what a connection needs to know: the attempt to connect is current
            span = trace.get_current_span()
        about: _Attributes = {"rivet.attempt": event.attempt, "rivet.retry.delay": event.delay}
        span.add_event("rivet.retry", about | _failure(event.error))

    def call_ended(self, event: CallEnded) -> None:
        """See `Observer`."""
        call = event.call
        failure = _failure(event.error)
        self._durations.record(event.duration, _about(call) | failure)
        span = self._calls.pop(call.id, None)
        if span is None:
            return
        span.set_attribute("rivet.attempts", event.attempts)
        if event.ray_id is not None:
            span.set_attribute("rivet.ray.id", event.ray_id)
        if event.error is not None:
            span.set_attribute("rivet.may_have_run", event.may_have_run)
        _end(span, event.error)
        current, token = self._current.pop(call.id, (None, None))
        # The end of a call that was given up may be told where its span is not current.
        if token is not None and otel_context.get_current() is current:
            otel_context.detach(token)

    # --- Connections -------------------------------------------------------------------------------------------

    def connecting(self, event: Connecting) -> None:
        """See `Observer`."""
        connection = event.connection
        about: _Attributes = {
            **_server(connection.endpoint),
            "rivet.actor.name": connection.actor,
            "rivet.attempt": event.attempt,
        }
        if connection.key is not None:
            about["rivet.actor.key"] = connection.key
        # Later attempts begin wherever the loss was noticed, in the midst of whatever is current there.
        parent = self._parents.setdefault(connection.id, otel_context.get_current())
        span = self._tracer.start_span(
            f"{connection.actor}/connect",
            parent,
            SpanKind.CLIENT,
            attributes=about,
            links=_links(self._last_attempts.get(connection.id)),
        )
        self._connecting[connection.id] = span
        self._last_attempts[connection.id] = span.get_span_context()
        otel_context.attach(trace.set_span_in_context(span, parent))  # for the handshake of this attempt only

    def connection_opened(self, event: ConnectionOpened) -> None:
        """See `Observer`."""
        span = self._connecting.pop(event.connection.id, None)
        if span is not None:
            if event.ray_id is not None:
                span.set_attribute("rivet.ray.id", event.ray_id)
            span.end()

    def reconnecting(self, event: Reconnecting) -> None:
        """See `Observer`."""
        span = self._connecting.pop(event.connection.id, None)
        if span is not None:
            _end(span, event.error)

    def connection_closed(self, event: ConnectionClosed) -> None:
        """See `Observer`."""
        self._last_attempts.pop(event.connection.id, None)
        self._parents.pop(event.connection.id, None)
        span = self._connecting.pop(event.connection.id, None)
        if span is not None:
            _end(span, event.error)

    def events_received(self, event: EventsReceived) -> None:
        """See `Observer`."""
        connection = event.connection
        about: _Attributes = {"rivet.actor.name": connection.actor, "rivet.event.name": event.name}
        self._events.add(event.number, _server(connection.endpoint) | about)


@lru_cache(maxsize=128)
def _address(endpoint: str) -> tuple[str, int]:
    parts = urlsplit(endpoint)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _server(endpoint: str) -> _Attributes:
    host, port = _address(endpoint)
    return {"server.address": host, "server.port": port}


def _method(call: Call) -> str:
    """The name of the span and of the method: few different ones, whatever is called with."""
    owner = call.actor or "engine"
    match call.kind:
        case "action":
            return f"{owner}/{call.name}"
        case "queue":
            return f"{owner}/queue/{call.name}"
        case "control":
            return f"engine/{call.name}"
        case _:
            return f"{owner}/{call.kind}"


def _about(call: Call) -> _Attributes:
    """What the conventions want to know of a call."""
    return {"rpc.system.name": "rivet", "rpc.method": _method(call), **_server(call.endpoint)}


def _failure(error: Failure | None) -> _Attributes:
    if error is None:
        return {}
    if error.code is None:
        return {"error.type": error.type}
    return {"error.type": error.code, "rpc.response.status_code": error.code}


def _end(span: Span, error: Failure | None) -> None:
    if error is not None:
        span.set_attributes(_failure(error))
        span.set_status(StatusCode.ERROR, str(error))
    span.end()


def _links(before: SpanContext | None) -> Sequence[Link]:
    return () if before is None else (Link(before),)
