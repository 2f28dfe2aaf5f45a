"""What arrives at the actor of the caller's OpenTelemetry trace (PROTOCOL.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import TraceState

from rivet_client import ActorError


@pytest.fixture
def span() -> Iterator[trace.Span]:
    """An active span, with a trace state, and a ray id in the baggage."""
    tracer = TracerProvider().get_tracer("tests")
    state = TraceState([("vendor", "t61r")])
    remote = trace.SpanContext(0xA1, 0xB2, is_remote=True, trace_flags=trace.TraceFlags(1), trace_state=state)
    parent = trace.set_span_in_context(trace.NonRecordingSpan(remote))
    with tracer.start_as_current_span("call", parent) as active:
        token = context.attach(baggage.set_baggage("rivet.ray.id", "ray-of-the-test"))
        yield active
        context.detach(token)


def traceparent(span: trace.Span) -> str:
    ids = span.get_span_context()
    return f"00-{ids.trace_id:032x}-{ids.span_id:016x}-01"


async def test_requests(make_client, key, span):
    async with make_client() as client:
        arrived = (await client.raw.get_or_create(key).fetch("tell")).json()["headers"]
        assert arrived["traceparent"] == traceparent(span)
        assert arrived["tracestate"] == "vendor=t61r"
        assert arrived["x-rivet-ray-id"] == "ray-of-the-test"
        told = await client.visitor.get_or_create(key).request()
        assert told["headers"]["traceparent"] == traceparent(span)


async def test_connections(make_client, key, span):
    async with make_client() as client:
        async with client.visitor.get_or_create(key).connect() as connection:
            arrived = (await connection.request())["headers"]
            with pytest.raises(ActorError) as caught:
                await connection.no_such_action()
            assert caught.value.ray_id == "ray-of-the-test"
        assert arrived["traceparent"] == traceparent(span)
        assert arrived["tracestate"] == "vendor=t61r"


async def test_without_a_span(make_client, key):
    async with make_client() as client:
        arrived = (await client.raw.get_or_create(key).fetch("tell")).json()["headers"]
        assert "traceparent" not in arrived
        assert "tracestate" not in arrived
