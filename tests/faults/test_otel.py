"""What OpenTelemetry gets of calls and connections, with its own SDK."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from rivet_client import ActorError, AsyncClient
from rivet_client.otel import OpenTelemetryObserver
from tests.faults.test_observers import refuse_for_now, serve_raw_too
from tests.faults.waiting import ends
from tests.support.flavours import Inbox
from tests.support.stub_peer import StubPeer, answer, serve


class Watched:
    """An observer, and what its SDK has collected."""

    def __init__(self):
        self._exporter, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = provider.get_tracer("tests")
        meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.observer = OpenTelemetryObserver(tracer_provider=provider, meter_provider=meters)

    def spans(self, name):
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def points(self, name):
        """The measurements of one name: attributes, apart from the server's, and value."""
        data = self._reader.get_metrics_data()
        metrics = (
            [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        )
        points = [point for metric in metrics if metric.name == name for point in metric.data.data_points]
        return {
            tuple(
                value for key, value in sorted(point.attributes.items()) if not key.startswith("server.")
            ): getattr(point, "value", getattr(point, "count", None))
            for point in points
        }


def traceparent(span):
    ids = span.context
    return f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}"


async def test_calls_over_http(flavour):
    watched = Watched()
    async with StubPeer(requests=[refuse_for_now, answer], sockets=[serve_raw_too]) as peer, ends():
        host, port = "127.0.0.1", int(peer.url.rpartition(":")[2])
        async with flavour.client(peer.url, observers=[watched.observer], timeout=20) as client:
            handle = client.stub.get_or_create("k")
            with watched.tracer.start_as_current_span("mine") as mine:
                await handle.echo(1)
                with pytest.raises(ActorError):
                    await handle.action("user.no")
                assert trace.get_current_span() is mine
            await handle.send("jobs", 1)
            await handle.fetch("x")
            await handle.resolve()
            await (await handle.websocket("x")).close()
            sent = [visit.headers.get("traceparent") for visit in [*peer.requests, *peer.sockets]]
    (echo,), (no,) = watched.spans("stub/echo"), watched.spans("stub/user.no")
    assert dict(echo.attributes) == {
        "rpc.system.name": "rivet", "rpc.method": "stub/echo", "server.address": host, "server.port": port,
        "rivet.call.kind": "action", "rivet.actor.name": "stub", "rivet.actor.key": ("k",), "rivet.attempts": 2,
    }  # fmt: skip
    assert (echo.kind, echo.status.is_unset, echo.parent.span_id) == (
        trace.SpanKind.CLIENT,
        True,
        mine.context.span_id,
    )
    assert [(event.name, event.attributes["error.type"]) for event in echo.events] == [
        ("rivet.retry", "guard.service_unavailable"), ("rivet.attempt", "guard.service_unavailable"),
    ]  # fmt: skip
    expected = {"error.type": "user.no", "rpc.response.status_code": "user.no", "rivet.may_have_run": True}
    assert expected.items() <= dict(no.attributes).items()
    assert (no.status.is_ok, no.status.description) == (False, "user.no: user.no happened")
    (queue,), (fetch,), (opening,) = (
        watched.spans(f"stub/{name}") for name in ("queue/jobs", "fetch", "websocket")
    )
    assert fetch.attributes["http.request.method"] == "GET"
    resolved = None  # the control API's requests carry no context
    by_call = [echo, echo, no, queue, fetch, resolved, opening]
    assert sent == [None if span is None else traceparent(span) for span in by_call]
    assert watched.points("rpc.client.call.duration")["stub/echo", "rivet"] == 1
    assert watched.points("rpc.client.call.duration")["user.no", "stub/user.no", "user.no", "rivet"] == 1
    attempts = watched.points("rivet.client.attempts")
    assert (attempts["first", "stub/echo", "rivet"], attempts["retry", "stub/echo", "rivet"]) == (1, 1)
    assert not watched.observer._calls
    assert not watched.observer._current


async def test_a_connection(flavour):
    watched = Watched()
    async with StubPeer(sockets=[refuse_for_now, serve]) as peer, ends():
        async with flavour.client(peer.url, observers=[watched.observer]) as client:
            current = Inbox()
            with watched.tracer.start_as_current_span("mine") as mine:
                connection = client.stub.get_or_create("k").connect()
            counts = connection.events("newCount")
            connection.on("newCount", lambda _: current(trace.get_current_span()))
            assert await connection.increment() == 1
            assert (await current.get())[0] in (mine, trace.INVALID_SPAN)
            assert watched.points("rivet.client.buffered_events") == {(): 1}
            states = {("not_open",): 0, ("open",): 1}
            assert watched.points("rivet.client.connections") == states
            peer.sockets[1].reset()
            await peer.until(lambda: len(peer.sockets) == 3)
            assert await connection.echo(1) == 1
            await counts.close()
            await connection.close()
            sent = [visit.headers.get("traceparent") for visit in peer.sockets]
        assert watched.points("rivet.client.buffered_events") == {}
    attempts = watched.spans("stub/connect")
    assert sent == [traceparent(span) for span in attempts]
    assert {span.parent.span_id for span in attempts} == {mine.context.span_id}
    assert [span.status.is_ok for span in attempts] == [False, True, True]
    assert [[link.context for link in span.links] for span in attempts] == [
        [], [attempts[0].context], [attempts[1].context],
    ]  # fmt: skip
    (increment,), (echo,) = watched.spans("stub/increment"), watched.spans("stub/echo")
    assert [link.context for link in echo.links] == [attempts[2].context]
    assert increment.parent is None
    assert watched.points("rivet.client.events") == {("stub", "newCount"): 1}
    observer = watched.observer
    assert [observer._connecting, observer._last_attempts, observer._parents] == [{}, {}, {}]


async def test_a_client_that_nobody_closes_is_forgotten(flavour):
    watched = Watched()
    client = flavour.client(observers=[watched.observer])
    assert watched.points("rivet.client.websockets") == {(): 0}
    del client
    assert watched.points("rivet.client.websockets") == {}
    assert not watched.observer._clients


async def test_calls_at_a_time_have_spans_of_their_own(flavour):
    watched = Watched()
    async with StubPeer() as peer, ends():
        async with flavour.client(peer.url, observers=[watched.observer]) as client:
            handle = client.stub.get_or_create("k")
            await asyncio.gather(*(handle.echo(number) for number in range(10)))
        before = context.get_current()
        sent = {visit.headers["traceparent"] for visit in peer.requests}
    assert sent == {traceparent(span) for span in watched.spans("stub/echo")}
    assert len(sent) == 10
    assert trace.get_current_span(before) is trace.INVALID_SPAN


async def test_a_call_that_is_given_up_elsewhere(caplog):
    """A coroutine may be closed in another context than it was begun in. OpenTelemetry must not complain."""
    watched = Watched()
    async with StubPeer() as peer, ends(), AsyncClient(peer.url, observers=[watched.observer]) as client:
        call = client.stub.get_or_create("k").echo(1)
        contextvars.copy_context().run(call.send, None)
        call.close()
    (span,) = watched.spans("stub/echo")
    assert (span.status.is_ok, span.attributes["error.type"]) == (False, "GeneratorExit")
    assert watched.observer._current == {}
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


def test_without_opentelemetry():
    script = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try:\n    import rivet_client.otel\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == (
        "rivet_client.otel needs the package opentelemetry-api: pip install opentelemetry-api"
    )
