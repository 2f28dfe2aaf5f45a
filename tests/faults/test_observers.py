"""What observers are told, over HTTP and over connections, and that they harm nothing."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from unittest.mock import Mock

import pytest

import rivet_client
from rivet_client import (
    ActorError,
    ConnectionClosedError,
    Figures,
    Observer,
    RivetError,
    call_info,
)
from rivet_client._call_info import current_info
from rivet_client._common import log_setup
from rivet_client.observers import (
    METHODS,
    AttemptStarted,
    CallEnded,
    CallStarted,
    ClientClosed,
    ClientOpened,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionOpened,
    EventsReceived,
    Reconnecting,
    RequestEnded,
)
from tests.faults.waiting import ends
from tests.support.flavours import Inbox
from tests.support.observing import RecordingObserver
from tests.support.stub_peer import ACTOR, StubPeer, answer, problem, serve

RETRIED = problem(503, "guard.service_unavailable")


async def refuse_for_now(visit):
    await visit.write(RETRIED)
    visit.eof()


async def serve_raw_too(visit):
    if "/websocket/" not in visit.path:
        await serve(visit)
    await visit.accept()
    await visit.receive()


async def refuse_for_good(visit):
    await visit.open()
    await visit.fail("user.no")


def of_connections(observer):
    return [name for name, event in observer.told if hasattr(event, "connection")]


async def test_calls_over_http(flavour):
    observer = RecordingObserver()
    script = {"requests": [refuse_for_now, answer], "sockets": [serve_raw_too]}
    async with StubPeer(**script) as peer, ends():
        async with flavour.client(peer.url, observers=[observer], timeout=20) as client:
            handle = client.stub.get_or_create("k")
            assert await handle.echo(1) == 1
            with pytest.raises(ActorError):
                await handle.action("user.no")
            await handle.send("jobs", 1)
            await handle.fetch("path?secret")
            await handle.resolve()
            await (await client.stub.get_or_create("w").websocket("chat?secret")).close()
        endpoint = peer.url
    (opened,), (closed,) = observer.of(ClientOpened), observer.of(ClientClosed)
    assert (opened.endpoint, opened.namespace, closed.client) == (endpoint, "default", opened.client)
    calls = [event.call for event in observer.of(CallStarted)]
    assert [(call.kind, call.name) for call in calls] == [
        ("action", "echo"), ("action", "user.no"), ("queue", "jobs"), ("fetch", "GET"), ("control", "resolve"),
        ("websocket", "/chat"),
    ]  # fmt: skip
    assert {(call.actor, call.endpoint) for call in calls} == {("stub", endpoint)}
    ended = observer.of(CallEnded)
    assert [event.call for event in ended] == calls
    assert [event.outcome for event in ended] == ["ok", "error", "ok", "ok", "ok", "ok"]
    assert [event.attempts for event in ended] == [2, 1, 1, 1, 1, 1]
    assert all(0 < event.duration < 20 for event in ended)
    assert ended[1].error.code == "user.no"
    assert [event.reason for event in observer.of(AttemptStarted) if event.call is calls[0]] == [
        "first",
        "retry",
    ]
    requests = [event for event in observer.of(RequestEnded) if event.call is calls[0]]
    assert [event.status for event in requests] == [200, 503, 200], "the metadata look-up is the first"
    assert "secret" not in repr(observer.told)


async def test_a_connection_and_its_calls(flavour):
    observer = RecordingObserver()
    async with StubPeer() as peer, ends(), flavour.client(peer.url, observers=[observer]) as client:
        endpoint = peer.url
        connection = client.stub.get_or_create("k").connect()
        counts = Inbox()
        connection.on("newCount", counts)
        assert await connection.increment() == 1, "sent when the connection is open"
        await counts.get()
        assert await connection.echo(2) == 2, "sent at once"
        with pytest.raises(ActorError):
            await connection.fail("user.no")
        holding = asyncio.create_task(connection.hold())
        await peer.until(lambda: "hold" in peer.sockets[0].calls)
        peer.sockets[0].reset()
        with pytest.raises(ConnectionClosedError):
            await holding
        await connection.wait_ready()
        await connection.close()
    assert of_connections(observer) == [
        "connecting", "connection_opened", "events_received", "connection_lost", "reconnecting",
        "connecting", "connection_opened", "connection_lost", "connection_closed",
    ]  # fmt: skip
    first, second = observer.of(ConnectionOpened)
    about = first.connection
    assert (about.actor, about.key, about.peer, about.endpoint) == ("stub", ("k",), "stub['k']", endpoint)
    assert (first.attempt, second.attempt, first.actor_id) == (1, 2, ACTOR)
    assert all(0 <= event.duration < 30 for event in observer.of(ConnectionOpened, ConnectionLost))
    (again,) = observer.of(Reconnecting)
    assert (again.error.type, again.is_warning) == ("ConnectionClosedError", False)
    assert observer.of(EventsReceived) == [EventsReceived(about, "newCount", 1)]
    assert observer.of(ConnectionClosed) == [ConnectionClosed(about)]
    ended = observer.of(CallEnded)
    assert [event.call.name for event in ended] == ["increment", "echo", "fail", "hold"]
    assert [(event.outcome, event.may_have_run) for event in ended[2:]] == [("error", True), ("error", True)]
    assert {(event.call.kind, event.call.connection, event.attempts) for event in ended} == {
        ("action", about, 1)
    }
    attempts = observer.of(AttemptStarted)
    assert [event.call for event in attempts] == [event.call for event in ended]
    told = [event for _, event in observer.told]
    assert told.index(first) < told.index(attempts[0]), "it waited until the connection was open"


async def test_calls_that_are_given_up(flavour):
    observer = RecordingObserver()
    async with StubPeer() as peer, ends(), flavour.client(peer.url, observers=[observer]) as client:
        connection = client.stub.get_or_create("k").connect()
        for opened in (False, True):
            with pytest.raises(RivetError):
                await connection.action("hold", timeout=0.0)
            if not opened:
                await connection.wait_ready()
        with pytest.raises(RivetError):
            await connection.action("hold", timeout=0.1)
        with pytest.raises(TypeError):
            await connection.echo(object())  # no call: nothing is told
        await connection.close()
        with pytest.raises(ConnectionClosedError):
            await connection.echo(1)
    outcomes = [(event.error.type, event.attempts, event.may_have_run) for event in observer.of(CallEnded)]
    late, closed = "ActionTimeoutError", "ConnectionClosedError"
    assert outcomes == [(late, 0, False), (late, 0, False), (late, 1, True), (closed, 0, False)]


async def test_a_call_that_is_cancelled():
    observer = RecordingObserver()
    async with StubPeer() as peer, ends(), rivet_client.AsyncClient(peer.url, observers=[observer]) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            task = asyncio.create_task(connection.hold())
            await peer.until(lambda: peer.sockets and peer.sockets[0].calls)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    (ended,) = observer.of(CallEnded)
    assert (ended.outcome, ended.may_have_run, ended.error.type) == ("cancelled", True, "CancelledError")


async def test_a_connection_that_gives_up(flavour):
    observer = RecordingObserver()
    async with StubPeer(sockets=[refuse_for_good]) as peer, ends():
        async with flavour.client(peer.url, observers=[observer]) as client:
            connection = client.stub.get_or_create("k").connect()
            given_up = Inbox()
            connection.on_error(given_up)
            await given_up.get()
            await connection.close()
    assert of_connections(observer)[-2:] == ["connection_failed", "connection_closed"]
    (failed,), (closed,) = observer.of(ConnectionFailed), observer.of(ConnectionClosed)
    assert failed.is_final
    assert failed.error == closed.error
    assert closed.error.code == "user.no"


ATTEMPT = contextvars.ContextVar("ATTEMPT", default=0)


async def test_context_variables_of_an_attempt(flavour):
    """What `connecting` sets holds for the handshake of that attempt, and for nothing else."""

    class Sets(Observer):
        def connecting(self, event):
            ATTEMPT.set(ATTEMPT.get() + event.attempt)

    seen, opened = [], Inbox()

    def trace():
        seen.append(ATTEMPT.get())
        return {}

    async with StubPeer(sockets=[refuse_for_now, serve]) as peer, ends():
        async with flavour.client(peer.url, observers=[Sets()]) as client:
            client._runtime.context.trace = trace
            async with client.stub.get_or_create("k").connect() as connection:
                connection.on_open(lambda: opened(ATTEMPT.get()))
                assert await opened.get() == (0,)
                assert await connection.echo(1) == 1
    assert seen == [1, 2]


# --- Observers that misbehave ----------------------------------------------------------------------------------


class Unusual(BaseException):
    """Neither an Exception nor one that ends the program."""


def raising(error, names=METHODS):
    def method(self, event):
        raise error

    return type("Raises", (Observer,), dict.fromkeys(names, method))()


@pytest.mark.parametrize("error", [ValueError("mine"), Unusual(), asyncio.CancelledError()], ids=repr)
async def test_an_observer_that_raises_harms_nothing(flavour, error, caplog):
    after = RecordingObserver()
    async with StubPeer(requests=[refuse_for_now, answer]) as peer, ends():
        async with flavour.client(peer.url, observers=[raising(error), after], timeout=20) as client:
            handle = client.stub.get_or_create("k")
            for number in range(3):
                assert await handle.echo(number) == number
            async with handle.connect() as connection:
                counts = Inbox()
                connection.on("newCount", counts)
                assert [await connection.increment() for _ in range(3)] == [1, 2, 3]
                await counts.get()
                peer.sockets[0].reset()
                await peer.until(lambda: len(peer.sockets) == 2)
                assert await connection.echo(4) == 4
    raised = [record.getMessage() for record in caplog.records if record.name == "rivet_client.observers"]
    methods = {name for name, _ in after.told}
    assert methods == {*METHODS} - {"connection_failed"}
    assert sorted(raised) == sorted(f"Raises.{name} raised; it is not logged again" for name in methods)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_what_is_meant_for_the_program_passes(error, monkeypatch):
    """On the thread of a call the call raises it, and on the thread of a connection the hook for threads is called."""
    passed_on = Inbox()
    monkeypatch.setattr(threading, "excepthook", lambda args: passed_on(args.exc_type))

    def use(url):
        with pytest.raises(error):
            rivet_client.Client(url, observers=[raising(error())])
        observer = raising(error(), ["call_started", "connecting"])
        with rivet_client.Client(url, observers=[observer]) as client:
            with pytest.raises(error):
                client.stub.get_or_create("k").echo(1)
            with client.stub.get_or_create("k").connect() as connection:
                connection.wait_ready(20)
                with pytest.raises(error):
                    connection.echo(1)

    async with StubPeer() as peer, ends():
        await asyncio.to_thread(use, peer.url)
    assert passed_on.drain() == [(error,)]


def test_what_is_no_observer():
    class Async(Observer):
        async def call_ended(self, event):
            pass

    class Duck:
        def call_ended(self, event):
            pass

    told = "an observer is an object of a class that is derived from rivet_client.Observer"
    for wrong, text in {
        (Observer(),): None,
        Observer(): r"must be a list: write observers=\[Observer\(\.\.\.\)\]",
        None: f"must be a list, not NoneType; {told}",
        "log": f"must be a list, not str; {told}",
        (Observer,): f"must be objects, not the class Observer; {told}",
        (Duck(),): f"must not have a Duck; {told}",
        (Async(),): r"Async\.call_ended must be a plain function",
    }.items():
        for kind in (rivet_client.Client, rivet_client.AsyncClient):
            if text is None:
                kind(observers=wrong)
            else:
                with pytest.raises(TypeError, match=text):
                    kind(observers=wrong)


def test_a_mock_is_an_observer():
    mock = Mock(spec=Observer)
    rivet_client.Client(observers=[mock]).close()
    assert [name for name, _, _ in mock.mock_calls] == ["client_opened", "client_closed"]


# --- Figures ---------------------------------------------------------------------------------------------------


async def test_figures(flavour):
    observer = RecordingObserver()
    async with (
        StubPeer(sockets=[serve_raw_too]) as peer,
        ends(),
        flavour.client(peer.url, observers=[observer]) as client,
    ):
        assert client.figures() == Figures()
        (opened,) = observer.of(ClientOpened)
        handle = client.stub.get_or_create("k")
        await handle.echo(1)
        assert client.figures() == opened.figures() == Figures(http_connections=1, idle_http_connections=1)
        socket = await handle.websocket("x")
        connection = handle.connect()
        counts = connection.events("newCount")
        for _ in range(3):
            await connection.increment()
        holding = asyncio.create_task(connection.hold())
        await peer.until(lambda: peer.sockets[-1].held)
        figures = await asyncio.to_thread(client.figures)
        assert figures == Figures(1, 1, 1, 1, websockets=1, waiting_calls=1, buffered_events=3)
        await socket.close()
        await connection.close()
        with pytest.raises(ConnectionClosedError):
            await holding
        await counts.close()
        assert client.figures() == Figures(http_connections=1, idle_http_connections=1)
    del client
    assert opened.figures() in (Figures(), None)


# --- call_info -------------------------------------------------------------------------------------------------


async def test_call_info(flavour):
    async with StubPeer(requests=[refuse_for_now, answer]) as peer, ends():
        async with flavour.client(peer.url, timeout=20) as client:
            handle = client.stub.get_or_create("k")
            with call_info() as info:
                await handle.echo(1)
            assert (info.attempts, info.last.outcome, info.last.call.name) == (2, "ok", "echo")
            assert 0 < info.duration < 20

            async def measured(name, *args):
                with call_info() as info:
                    await getattr(connection, name)(*args)
                return info.last.call.name, info.attempts

            async with handle.connect() as connection:
                names = ["echo", "increment"]
                assert await asyncio.gather(measured("echo", 1), measured("increment")) == [
                    (n, 1) for n in names
                ]


async def test_call_info_is_about_calls_of_the_block_only(flavour):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        with call_info() as info:
            connection = client.stub.get_or_create("k").connect()
            seen = Inbox()
            connection.on("newCount", lambda _: seen(current_info()))
            await connection.increment()
            assert await seen.get() == (None,)
            assert info.last.call.name == "increment"
        await connection.close()


async def test_a_block_that_ends_elsewhere():
    """An async generator may be closed in another context than it was begun in."""

    async def block():
        with call_info() as info:
            yield info

    blocks = block()
    elsewhere = contextvars.copy_context()
    inner = await asyncio.create_task(anext(blocks), context=elsewhere)
    with call_info() as outer:
        await blocks.aclose()
        assert current_info() is outer is not inner
    assert current_info() is None


# --- RIVET_LOG -------------------------------------------------------------------------------------------------


@pytest.fixture
def loggers(monkeypatch, capsys):
    """The client's logger and the root, as in a program that has said nothing about logs."""
    ours, root = logging.getLogger("rivet_client"), logging.getLogger()
    for logger in (ours, root):
        monkeypatch.setattr(logger, "handlers", [])
    level = ours.level
    yield ours, root
    ours.setLevel(level)


@pytest.mark.parametrize("value", ["debug", "INFO", ""])
def test_rivet_log(loggers, capsys, monkeypatch, value):
    monkeypatch.setenv("RIVET_LOG", value)
    loggers[1].handlers.clear()  # pytest's
    for _ in range(2):
        rivet_client.Client()
    log_setup.REQUESTS.debug("a request\x1b[1m")
    log_setup.CONNECTIONS.info("connected")
    lines = capsys.readouterr().err.splitlines()
    expected = [
        " DEBUG   rivet_client.requests: a request\\x1b[1m",
        " INFO    rivet_client.connections: connected",
    ]
    assert [line[12:] for line in lines] == expected[{"debug": 0, "INFO": 1, "": 2}[value] :]


def test_rivet_log_in_an_application_that_has_its_own_handlers(loggers, capsys, monkeypatch):
    ours, root = loggers
    monkeypatch.setenv("RIVET_LOG", "info")
    root.handlers.clear()  # pytest's
    rivet_client.Client()
    later = logging.StreamHandler()
    root.addHandler(later)
    log_setup.CONNECTIONS.info("connected")
    assert capsys.readouterr().err == "connected\n", "once"
    root.handlers.clear()
    ours.handlers[:] = [later]
    rivet_client.Client()
    assert ours.handlers == [later]


def test_a_wrong_rivet_log(monkeypatch):
    monkeypatch.setenv("RIVET_LOG", "verbose")
    with pytest.raises(rivet_client.ConfigError, match="RIVET_LOG must be 'debug' or 'info', not 'verbose'"):
        rivet_client.Client()
