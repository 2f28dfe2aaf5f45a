"""Blocking calls that another thread cancels: each kind of wait ends, and what it was made on goes on."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
from functools import partial

import pytest

from rivet_client import (
    AsyncClient,
    CallCancelledError,
    CancelScope,
    Client,
    RetryPolicy,
    TransportError,
)
from rivet_client._wire import cbor
from rivet_client_generated.protocol import frames
from tests.faults.test_closing import PHASES, silence
from tests.faults.test_processes import program
from tests.faults.test_raw import either
from tests.faults.waiting import ends, full_backlog
from tests.support.flavours import in_thread
from tests.support.injection import at_line
from tests.support.stub_peer import StubPeer, answer, locate, serve, trusting

TIMEOUT = 100
"""Seconds, more than any test has: what ends, was cancelled."""


def inside(scope, function, *args):
    """Run a function in the scope, in a thread of its own."""

    def run():
        with scope:
            return function(*args)

    return asyncio.ensure_future(in_thread(run))


async def waiting(scope, count=1):
    """So many calls in the scope wait now, in a way that a cancel ends at once."""
    while len(scope._signal._wakes) < count:
        await asyncio.sleep(0.001)


async def cancelled(task):
    """The error with which a call ends."""
    with pytest.raises(CallCancelledError) as caught:
        await task
    return caught.value


# --- HTTP ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("phase", "may_have_run"), PHASES.values(), ids=PHASES)
async def test_each_phase_of_a_request(monkeypatch, caplog, phase, may_have_run):
    policy = RetryPolicy(initial_delay=TIMEOUT, max_delay=TIMEOUT)
    async with ends(20), phase(monkeypatch, caplog) as (url, reached):
        with Client(url, timeout=TIMEOUT, ssl_context=trusting(), retry=policy) as client:
            handle, scope = client.stub.get_or_create("k"), CancelScope()
            # The second one waits for the first one's look-up of the engine, if that is where it is.
            calls = [inside(scope, call) for call in (partial(handle.echo, 1), partial(handle.fetch, "x"))]
            await reached()
            scope.cancel()
            errors = [await cancelled(call) for call in calls]
            if may_have_run:
                assert any(error.may_have_run for error in errors), "the one that was seen"
            else:
                assert not any(error.may_have_run for error in errors)


def pieces(handle):
    def body():
        while True:
            yield b"x" * 1_000_000

    handle.fetch("x", method="POST", content=body())


OPERATIONS = {
    "action": (lambda handle: handle.echo(1), True),
    "queue": (lambda handle: handle.send("q", 1, wait=True), True),
    "resolve": (lambda handle: handle.resolve(), False),
    "fetch": (lambda handle: handle.fetch("x"), True),
    "request that is not taken": (pieces, True),
    "raw WebSocket": (lambda handle: handle.websocket("x"), False),
}


@pytest.mark.parametrize(("operation", "may_have_run"), OPERATIONS.values(), ids=OPERATIONS)
async def test_a_client_goes_on(operation, may_have_run):
    """The connection of the call that was cancelled is closed, and the next call opens another."""
    async with Mute() as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT, disable_metadata_lookup=True) as client:
            handle, scope = client.stub.get_or_create("k"), CancelScope()
            call = inside(scope, operation, handle)
            await waiting(scope)
            scope.cancel()
            assert (await cancelled(call)).may_have_run is may_have_run
            peer.speaks.set()
            assert await in_thread(handle.echo, 1) == 1
            assert peer.connections == 2
            with scope, pytest.raises(CallCancelledError) as caught:
                handle.echo(1)
            assert not caught.value.may_have_run
            assert await in_thread(handle.echo, 1) == 1
            assert peer.connections == 2


class Mute(StubPeer):
    """A peer that accepts streams and, until `speaks` is set, does nothing more."""

    async def __aenter__(self):
        self.speaks = asyncio.Event()
        return await super().__aenter__()

    async def _meet(self, reader, writer):
        with contextlib.suppress(asyncio.CancelledError):
            await self.speaks.wait()
        await super()._meet(reader, writer)


async def test_a_body():
    async def half(visit):
        await visit.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        await visit.gone()

    async with StubPeer(requests=[half, answer]) as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            handle, scope = client.stub.get_or_create("k"), CancelScope()
            answering = handle.stream("x")
            answered = await in_thread(answering.__enter__)
            call = inside(scope, answered.read)
            await waiting(scope)
            scope.cancel()
            assert (await cancelled(call)).may_have_run
            answering.__exit__(None, None, None)
            assert await in_thread(handle.echo, 1) == 1
            await peer.until(lambda: peer.open_streams == 1)


async def test_the_control_api():
    async with StubPeer(requests=[silence]) as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            scope = CancelScope()
            calls = [
                inside(scope, client.engine.actors_list),
                inside(scope, partial(client.stub.create, "k")),
            ]
            await peer.until(lambda: len(peer.requests) == 2)
            scope.cancel()
            assert [(await cancelled(call)).may_have_run for call in calls] == [False, True]


async def test_an_attempt_before_may_have_run():
    async def hang_up(visit):
        visit.eof()

    policy = RetryPolicy(ambiguous="retry", initial_delay=0.001)
    async with StubPeer(requests=[hang_up, silence], metadata=[locate]) as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT, retry=policy) as client:
            scope = CancelScope()
            call = inside(scope, client.stub.get_or_create("k").echo, 1)
            await peer.until(lambda: len(peer.requests) == 2)
            scope.cancel()
            error = await cancelled(call)
            assert error.may_have_run
            assert isinstance(error.__cause__, TransportError), "what went wrong before"


# --- Connections -----------------------------------------------------------------------------------------------


def iterate(connection):
    for _ in connection.events("newCount"):
        pass


CONNECTED = {
    "call": (lambda connection: connection.hold(), True),
    "events": (iterate, False),
}


@pytest.mark.parametrize(("operation", "may_have_run"), CONNECTED.values(), ids=CONNECTED)
async def test_a_connection_goes_on(operation, may_have_run, sessions):
    async with StubPeer() as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            connection = client.stub.get_or_create("k").connect()
            await in_thread(connection.wait_ready)
            scope, other = CancelScope(), CancelScope()
            call, left_alone = inside(scope, operation, connection), inside(other, operation, connection)
            await waiting(scope)
            await waiting(other)
            scope.cancel()
            assert (await cancelled(call)).may_have_run is may_have_run
            assert await in_thread(connection.echo, 1) == 1
            assert not left_alone.done()
            assert len(sessions[-1].calls.sent) == may_have_run, "the call of the other scope"
            other.cancel()
            await cancelled(left_alone)
            with scope:
                for again in (lambda: connection.echo(1), lambda: iterate(connection)):
                    with pytest.raises(CallCancelledError) as caught:
                        again()
                    assert not caught.value.may_have_run
            await inside(scope, connection.close)  # no scope ends it
            assert peer.sockets[0].calls.count("echo") == 1
            assert peer.sockets[0].close_code == 1000


async def test_events_that_are_there_already():
    """An iteration ends even if it need not wait, and loses nothing."""
    async with StubPeer() as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            connection = client.stub.get_or_create("k").connect()
            events = connection.events("newCount")
            await in_thread(connection.increment)
            with CancelScope() as scope:
                scope.cancel()
                with pytest.raises(CallCancelledError):
                    next(events)
            assert await in_thread(next, events) == (1,)
            await in_thread(connection.close)


async def test_before_a_connection_is_open(sessions):
    """What waits in a scope ends. A connection that was made in a scope goes on, and so do its callbacks."""
    up = asyncio.Event()

    async def later(visit):
        await up.wait()
        await serve(visit)

    async with StubPeer(sockets=[later]) as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            echoed = queue.SimpleQueue()
            with CancelScope() as scope:
                connection = client.stub.get_or_create("k").connect()
                connection.on("newCount", lambda count: echoed.put(connection.echo(count)))
            calls = [inside(scope, wait) for wait in (connection.wait_ready, connection.hold)]
            await waiting(scope, 2)
            scope.cancel()
            assert [(await cancelled(call)).may_have_run for call in calls] == [False, False]
            up.set()
            await in_thread(connection.increment)
            assert await in_thread(echoed.get) == 1
            assert peer.sockets[0].calls == ["increment", "echo"], "what was cancelled is not sent"
            await in_thread(connection.close)


async def test_a_call_of_a_callback():
    """It waits on the connection's own thread, which does the connection's work meanwhile."""
    ended = queue.SimpleQueue()
    scope = CancelScope()

    def callback(count):
        with scope:
            try:
                connection.hold()
            except CallCancelledError as error:
                ended.put(error.may_have_run)

    async with StubPeer() as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            connection = client.stub.get_or_create("k").connect()
            connection.on("newCount", callback)
            await in_thread(connection.increment)
            await peer.until(lambda: peer.sockets[0].held)
            await waiting(scope)
            scope.cancel()
            assert await in_thread(ended.get)
            assert await in_thread(connection.echo, 1) == 1
            await in_thread(connection.close)


# --- Raw WebSockets --------------------------------------------------------------------------------------------


async def test_a_raw_websocket_goes_on():
    """Of two threads that wait for messages, one reads for both; each is cancelled in turn."""
    async with StubPeer(sockets=[either]) as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            websocket = await in_thread(client.stub.get_or_create("k").websocket, "x")
            for which in (0, 1):
                scopes = [CancelScope(), CancelScope()]
                calls = []
                for scope in scopes:
                    calls.append(inside(scope, websocket.receive))
                    await waiting(scope)
                scopes[which].cancel()
                assert not (await cancelled(calls[which])).may_have_run
                await in_thread(websocket.send, "a")
                assert await calls[1 - which] == "a"
            with scopes[1], pytest.raises(CallCancelledError) as caught:
                websocket.send("b")
            assert not caught.value.may_have_run
            await in_thread(websocket.send, "c")
            assert await in_thread(websocket.receive) == "c"
            with scopes[1], pytest.raises(CallCancelledError):
                next(websocket)
            await inside(scopes[1], websocket.close)
            assert websocket.close_code == 1000


async def test_a_websocket_whose_stream_is_not_connected_yet():
    async with ends(20):
        with full_backlog() as port:
            with Client(f"http://127.0.0.1:{port}", timeout=TIMEOUT, disable_metadata_lookup=True) as client:
                scope = CancelScope()
                call = inside(scope, client.stub.get_or_create("k").websocket, "x")
                await waiting(scope)
                scope.cancel()
                assert not (await cancelled(call)).may_have_run


async def test_a_message_that_is_not_taken():
    async def deaf(visit):
        await visit.accept()
        await leave.wait()

    leave = asyncio.Event()
    async with StubPeer(sockets=[deaf]) as peer, ends(20):
        with Client(peer.url, timeout=TIMEOUT) as client:
            websocket = await in_thread(client.stub.get_or_create("k").websocket, "x")
            scope = CancelScope()
            call = inside(scope, websocket.send, b"x" * 30_000_000)
            await waiting(scope)
            scope.cancel()
            assert (await cancelled(call)).may_have_run
            leave.set()
            await in_thread(client.close)


# --- At any line -----------------------------------------------------------------------------------------------


def http(handle, connection, number):
    handle.echo(number)


def connected(handle, connection, number):
    connection.echo(number)


def opened(handle, connection, number):
    with handle.websocket("x") as websocket:
        websocket.send(str(number))
        assert websocket.receive() == str(number)


@pytest.mark.parametrize("operation", [http, connected, opened])
async def test_at_any_line(operation):
    """A signal handler cancels. What is said not to have run was not sent, and nothing is in the way of other calls."""

    def strike(url):
        unsent = []
        with Client(url, timeout=20) as client:
            handle = client.stub.get_or_create("k")
            with handle.connect() as connection:
                operation(handle, connection, 0)
                for number in itertools.count(1):
                    with CancelScope() as scope:
                        outcome = at_line(
                            3 * number, scope.cancel, partial(operation, handle, connection, number)
                        )
                    error = outcome.error
                    assert error is None or isinstance(error, CallCancelledError), outcome
                    if error is not None and not error.may_have_run:
                        unsent.append(number)
                    assert handle.echo(0) == connection.echo(0) == 0
                    if outcome.where is None:
                        break
        return unsent, number

    async with StubPeer(sockets=[either]) as peer, ends(50):
        unsent, count = await in_thread(strike, peer.url)
        assert 1 < len(unsent) < count
        bodies = [visit.body for visit in peer.requests]
        sent = {cbor.decode(frames.decode_http_action_request(body).args)[0] for body in bodies}
        assert not sent.intersection(unsent)
        if operation is connected:
            assert len(peer.sockets[0].calls) == 1 + count - len(unsent) + count
        await peer.until(lambda: not peer.open_streams)


# --- What is no blocking call ----------------------------------------------------------------------------------


async def test_asyncio_says_that_it_has_its_own():
    async with StubPeer(sockets=[either]) as peer, ends(20), AsyncClient(peer.url) as client:
        handle = client.stub.get_or_create("k")
        async with handle.connect() as connection, handle.websocket("x") as websocket:
            events = connection.events("newCount")
            with CancelScope() as scope:
                other = handle.connect()
                for call in (
                    lambda: handle.echo(1),
                    lambda: handle.fetch("x"),
                    lambda: connection.echo(1),
                    connection.wait_ready,
                    lambda: anext(events),
                    lambda: websocket.send("a"),
                    websocket.receive,
                ):
                    with pytest.raises(RuntimeError, match=r"cancel the task .* or use asyncio.timeout\(\)"):
                        await call()
                # Blocking calls in other threads are ended by it.
                with Client(peer.url, timeout=TIMEOUT) as blocking:
                    held = blocking.stub.get_or_create("k").connect()
                    task = asyncio.create_task(asyncio.to_thread(held.hold))
                    await waiting(scope)
                    scope.cancel()
                    await cancelled(task)
                    await asyncio.to_thread(held.close)
            assert not any(visit.calls for visit in peer.sockets[:1]), "nothing was sent"
            assert await handle.echo(1) == 1
            assert await connection.echo(1) == 1
            assert await other.echo(1) == 1
            await other.close()


async def test_forks_and_signals():
    """A forked child has the scope for its own calls, and cancels none of its parent's."""
    up = asyncio.Event()

    async def later(visit):
        await up.wait()
        await answer(visit)

    script = """
        import contextvars, signal, time
        with Client(url, timeout=100, disable_metadata_lookup=True) as client, CancelScope() as scope:
            handle = client.stub.get_or_create("k")
            call = lambda: say(handle.echo("answered"))
            thread = threading.Thread(target=contextvars.copy_context().run, args=(call,))
            thread.start()
            while not scope._signal._wakes:
                time.sleep(0.001)
            if (child := os.fork()) == 0:
                try:
                    scope.cancel()
                    handle.echo(1)
                except CallCancelledError:
                    os._exit(7)
                finally:
                    os._exit(1)
            say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            thread.join()
            signal.signal(signal.SIGALRM, lambda *_: scope.cancel())
            with handle.connect() as connection:
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                try:
                    connection.hold()
                except CallCancelledError:
                    say("cancelled")
    """
    async with StubPeer(requests=[later, answer]) as peer, program(script, peer.url) as run:
        assert await run.line() == "7"
        up.set()
        assert await run.line() == "answered"
        assert await run.line() == "cancelled"
        assert "Traceback" not in await run.errors()
