"""What observers learn from a real engine: ray ids, and the span that the actor's own spans are below."""

from __future__ import annotations

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from rivet_client import call_info
from rivet_client.observers import CallEnded, ConnectionOpened, RequestEnded
from rivet_client.otel import OpenTelemetryObserver
from tests.support.observing import RecordingObserver


async def test_calls_and_connections(make_client, key):
    recorder, exporter = RecordingObserver(), InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with make_client(observers=[recorder, OpenTelemetryObserver(tracer_provider=provider)]) as client:
        handle = client.visitor.get_or_create(key)
        with call_info() as info:
            over_http = (await handle.request())["headers"]
        async with handle.connect() as connection:
            with call_info() as over_connection:
                handshake = (await connection.request())["headers"]
    first, second = recorder.of(CallEnded)
    assert first == info.last
    assert (first.outcome, first.attempts, first.ray_id == info.ray_id) == ("ok", 1, True)
    assert first.ray_id in [event.ray_id for event in recorder.of(RequestEnded) if event.call is first.call]
    (opened,) = recorder.of(ConnectionOpened)
    assert second.ray_id == over_connection.ray_id == opened.ray_id
    assert len({first.ray_id, second.ray_id, None}) == 3
    spans = {
        span.name: span.context for span in reversed(exporter.get_finished_spans())
    }  # the first of each name
    for headers, name in ((over_http, "visitor/request"), (handshake, "visitor/connect")):
        ids = spans[name]
        expected = f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}"
        assert headers["traceparent"] == expected
