"""Signal handlers that interrupt blocking calls, at every line: they raise, or close, or call."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
import time

import pytest

from rivet_client import ActionTimeoutError, Client, ConnectionClosedError, RivetError
from rivet_client._blocking import connection as blocking
from rivet_client._core.session import attempts
from tests.faults.test_processes import program
from tests.faults.test_raw import either
from tests.faults.waiting import ends
from tests.support.flavours import in_thread
from tests.support.injection import at_line, raising
from tests.support.stub_peer import StubPeer, serve

pytestmark = pytest.mark.filterwarnings(
    # A handler can raise when a socket is made and nobody has it yet: the garbage collector closes it, and says so.
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
)


@pytest.fixture(autouse=True)
def _quick_returns(monkeypatch):
    """Connections that are lost again and again are back at once, and calls that are traced read for themselves."""
    monkeypatch.setattr(attempts, "MAX_DELAY", 0.02)
    monkeypatch.setattr(blocking, "LEASE", 0.05)


# --- What is interrupted ---------------------------------------------------------------------------------------


def call(handle, connection):
    assert connection.echo(1) == 1


def call_that_reads(handle, connection):
    trace = sys.gettrace()
    sys.settrace(None)
    while connection._driver._reader is not None:
        connection.echo(1)
    sys.settrace(trace)
    assert connection.echo(1) == 1


def call_in_vain(handle, connection):
    with contextlib.suppress(ActionTimeoutError):
        connection.action("hold", timeout=0.005)


def ready(handle, connection):
    connection.wait_ready()
    with handle.connect() as other:
        other.wait_ready()


def ready_in_vain(handle, connection):
    with handle.connect() as other, contextlib.suppress(ActionTimeoutError):
        other.wait_ready(timeout=0)


def iterate(handle, connection):
    with connection.events("newCount", timeout=20, max_buffer=1) as events:
        connection.increment()
        next(events)
        connection.increment()
        connection.increment()
        next(events)
        next(events)


def wait_in_vain(handle, connection):
    events = connection.events("newCount", timeout=0.005)
    with contextlib.suppress(ActionTimeoutError):
        next(events)


def drop(handle, connection):
    connection.events("newCount")


def listen(handle, connection):
    for register in (lambda: connection.on("newCount", print), lambda: connection.on_open(print)):
        stop = register()
        try:
            stop()
        finally:
            stop()


def converse(handle, connection):
    with handle.websocket("x") as websocket:
        websocket.send("a")
        assert websocket.receive() == "a"
        with contextlib.suppress(ActionTimeoutError):
            websocket.receive(timeout=0.005)


ON_A_CONNECTION = [
    call,
    call_that_reads,
    call_in_vain,
    ready,
    ready_in_vain,
    iterate,
    wait_in_vain,
    drop,
    listen,
]
ALL = [*ON_A_CONNECTION, converse]


SOME = 5
"""Where each line takes a client of its own, or a new WebSocket, only every fifth is tried: the others are like it."""


def each_line(handler, operation, step=1):
    """Run an operation again and again, with the handler one line later each time."""
    for number in itertools.count(1, step):
        outcome = at_line(number, handler, operation)
        if outcome.where is None:
            assert outcome.error is None
            assert number > 5
            return
        yield outcome


def settled(is_so, where):
    """Wait until the connection's thread has done what it was asked for."""
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until, where
        time.sleep(0.0005)


# --- It raises -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "error"),
    [*((operation, KeyboardInterrupt) for operation in ON_A_CONNECTION), (call, LookupError)],
)
async def test_nothing_is_left_when_it_raises(operation, error, monkeypatch, sessions):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # in a finaliser

    def run(url):
        with Client(url) as client:
            handle = client.stub.get_or_create("k")
            connection = handle.connect()
            connection.wait_ready()
            driver = connection._driver
            (session,) = sessions
            for outcome in each_line(raising(error), lambda: operation(handle, connection)):
                assert driver._lock.acquire(timeout=20), outcome.where
                driver._lock.release()
                assert not driver.is_interrupted, outcome.where
                assert connection.action("echo", outcome.where, timeout=20) == outcome.where
                with connection.events("newCount", timeout=20) as events:
                    count = connection.increment()
                    assert next(events) == (count,), outcome.where
                settled(
                    lambda: (
                        not (
                            driver._listeners._by_name
                            or driver._listeners.buffers
                            or session.waits_for_open
                            or session.calls.sent
                            or session.calls.queued
                            or driver._is_paused
                            or any(driver._lifecycle._by_kind.values())
                        )
                    ),
                    outcome.where,
                )
            connection.close()

    async with StubPeer(sockets=[either]) as peer, ends(50):
        await in_thread(run, peer.url)


async def test_nothing_is_left_of_a_call_without_an_answer(monkeypatch, sessions):
    def run(url):
        with Client(url) as client, client.stub.get_or_create("k").connect() as connection:
            connection.wait_ready()
            with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(blocking._Waiter, "wait", lambda *_: raising(KeyboardInterrupt)())
                connection.action("hold", timeout=None)
            assert not sessions[-1].calls.sent

    async with StubPeer() as peer, ends(50):
        await in_thread(run, peer.url)


async def test_nothing_is_left_of_a_raw_websocket_when_it_raises(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)

    def run(url):
        with Client(url) as client:
            handle = client.stub.get_or_create("k")
            for outcome in each_line(raising(KeyboardInterrupt), lambda: converse(handle, None), SOME):
                settled(lambda: not client._runtime._websockets, outcome.where)
            converse(handle, None)

    async with StubPeer(sockets=[either]) as peer, ends(50):
        await in_thread(run, peer.url)
        await peer.until(lambda: peer.open_streams == 0)


async def test_a_raw_websocket_is_usable_or_over_when_it_raises():
    """Never something between: what is sent and received afterwards is right, or refused with the reason."""

    def run(url):
        with Client(url) as client:
            handle = client.stub.get_or_create("k")
            websocket = handle.websocket("x")

            def exchange():
                websocket.send("a")
                return websocket.receive(timeout=20)

            survivors = 0
            for outcome in each_line(raising(KeyboardInterrupt), exchange):
                assert not websocket._driver.is_interrupted, outcome.where
                try:
                    websocket.send("b")
                    while (received := websocket.receive(timeout=20)) != "b":
                        assert received == "a"
                    survivors += 1
                except RivetError as error:
                    why = str(error)
                    assert "KeyboardInterrupt" in why, outcome.where
                    websocket.close()
                    websocket = handle.websocket("x")
            assert survivors > 10
            websocket.close()

    async with StubPeer(sockets=[either]) as peer, ends(50):
        await in_thread(run, peer.url)


# --- It closes, or calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.__name__)
async def test_it_closes_the_client(operation):
    def run(url, number):
        client = Client(url)
        handle = client.stub.get_or_create("k")
        connection = handle.connect()
        connection.wait_ready()
        try:
            outcome = at_line(number, client.close, lambda: operation(handle, connection))
        finally:
            client.close()
        assert outcome.error is None or isinstance(outcome.error, (RivetError, StopIteration)), outcome
        with pytest.raises(ConnectionClosedError):
            connection.echo(1)
        return outcome.where

    async with StubPeer(sockets=[either]) as peer, ends(50):
        for number in itertools.count(1, SOME if operation is converse else 2):
            async with asyncio.timeout(10):
                if await in_thread(run, peer.url, number) is None:
                    break
        assert number > 5


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.__name__)
async def test_it_calls(operation):
    """Its call works or raises at once, and what was interrupted never notices."""
    refused = 0

    def run(url):
        nonlocal refused
        with Client(url) as client:
            handle = client.stub.get_or_create("k")
            connection = handle.connect()
            connection.wait_ready()

            def handler():
                nonlocal refused
                try:
                    assert connection.action("echo", "inside", timeout=20) == "inside"
                except RuntimeError:
                    refused += 1

            step = SOME if operation is converse else 1
            for outcome in each_line(handler, lambda: operation(handle, connection), step):
                assert outcome.error is None, outcome
                assert connection.echo(1) == 1
            connection.close()

    async with StubPeer(sockets=[either]) as peer, ends(50):
        await in_thread(run, peer.url)
    if operation not in (ready_in_vain, converse):
        assert refused


async def test_it_calls_over_http_during_the_first_call():
    """That looks the endpoint up, which calls of other threads wait for, but not those of a handler."""

    def run(url, number):
        with Client(url) as client:
            handle = client.stub.get_or_create("k")

            def handler():
                with contextlib.suppress(RuntimeError):
                    assert handle.action("echo", 2, timeout=20) == 2

            outcome = at_line(number, handler, lambda: handle.echo(1))
            assert outcome.error is None, outcome
            return outcome.where

    async with StubPeer() as peer, ends(50):
        for number in itertools.count(1, SOME):
            async with asyncio.timeout(10):
                if await in_thread(run, peer.url, number) is None:
                    break
        assert number > 5


@pytest.mark.parametrize("close", ["websocket.close", "client.close"])
async def test_it_closes_a_raw_websocket_that_this_thread_reads(close):
    def run(url, number):
        with Client(url) as client:
            websocket = client.stub.get_or_create("k").websocket("x")
            handler = websocket.close if close == "websocket.close" else client.close

            def exchange():
                websocket.send("a")
                websocket.receive(timeout=20)
                websocket.receive(timeout=0.05)

            outcome = at_line(number, handler, exchange)
            assert isinstance(outcome.error, RivetError)
            with pytest.raises((ConnectionClosedError, ActionTimeoutError)):
                websocket.receive(timeout=0)
            websocket.close()
            assert websocket._driver._stream is None
            return outcome.where

    async with StubPeer(sockets=[either]) as peer, ends(50):
        for number in itertools.count(1, SOME):
            async with asyncio.timeout(10):
                if await in_thread(run, peer.url, number) is None:
                    break
        assert number > 5


async def test_a_storm_of_signals():
    """Real signals: they raise, then they close; nothing hangs, and what comes later works."""
    script = """
        import random, signal, time

        from rivet_client._core.session import attempts

        attempts.MAX_DELAY = 0.02

        class Struck(BaseException):
            pass

        def strike(*_):
            raise Struck

        def arm(handler):
            signal.signal(signal.SIGALRM, handler)
            # Once more, for what is raised in a finaliser goes nowhere.
            signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0002, 0.003), 0.2)

        with Client(url) as client:
            handle = client.stub.get_or_create("k")
            connection = handle.connect()
            events = connection.events("newCount")
            connection.wait_ready()
            struck = 0
            while struck < 300:
                try:
                    arm(strike)
                    while True:
                        count = connection.increment()
                        while next(events) != (count,):
                            pass
                except Struck:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    struck += 1
                    events.close()
                    events = connection.events("newCount")
            say(connection.echo("usable"))
            connection.close()
        for _ in range(40):
            client = Client(url)
            handle = client.stub.get_or_create("k")
            connection = handle.connect()
            websocket = handle.websocket("x")
            arm(lambda *_: client.close())
            try:
                while True:
                    connection.echo(1)
                    websocket.send("a")
                    websocket.receive()
            except RivetError:
                signal.setitimer(signal.ITIMER_REAL, 0)
            websocket.close()
            client.close()
        say("closed")
        say(*[thread.name for thread in threading.enumerate()])
    """
    async with StubPeer(sockets=[either]) as peer, program(script, peer.url, filters="ignore") as run:
        assert await run.line() == "usable"
        assert await run.line() == "closed"
        assert await run.line() == "MainThread"


CLOSED = {
    "client": "client",
    "connection": "connection",
    "raw WebSocket": "websocket",
}


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
async def test_handlers_that_close_do_not_wait_inside_each_other(closed):
    """A close has one limit of time. However many signals come, each handler that closes returns at once."""
    script = f"""
        import signal, threading, time

        client = Client(url)
        handle = client.stub.get_or_create("k")
        connection, websocket = handle.connect(), handle.websocket("x").__enter__()
        is_busy = threading.Event()
        connection.on("newCount", lambda _: (is_busy.set(), time.sleep(300)))
        threading.Thread(target=lambda: connection.increment(), daemon=True).start()
        threading.Thread(target=lambda: websocket.receive(), daemon=True).start()
        is_busy.wait()
        depth = deepest = 0

        def close(*_):
            global depth, deepest
            depth += 1
            deepest = max(deepest, depth)
            {closed}.close()
            depth -= 1

        signal.signal(signal.SIGALRM, close)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        {closed}.close()
        signal.setitimer(signal.ITIMER_REAL, 0)
        say("closed", deepest < 10)
        os._exit(0)
    """

    async def talk(visit):
        if "/websocket/" in visit.path:
            await visit.accept()
            await visit.gone()
        await serve(visit)

    async with StubPeer(sockets=[talk]) as peer, program(script, peer.url, filters="ignore") as run, ends(50):
        assert await run.line() == "closed True"
