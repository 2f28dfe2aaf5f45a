"""Who reads the socket of a blocking connection: a call, the next one after it, or the connection's thread."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rivet_client import ActionTimeoutError, Client, ConnectionClosedError, RivetError
from rivet_client._blocking import connection as blocking
from rivet_client._blocking.connection import _Waiter
from rivet_client._blocking.poller import Poller
from rivet_client._core.limits import Limits
from rivet_client._core.session import ActorSession, attempts
from rivet_client._wire import cbor
from rivet_client_generated.protocol.messages import ActionResponse
from tests.faults.test_processes import NO_FORK_WARNING, program
from tests.faults.waiting import ends
from tests.support.flavours import Inbox, in_thread
from tests.support.injection import at_line, raising
from tests.support.stub_peer import Script, StubPeer, serve

LONG = 30.0
"""A lease that does not run out within a test. So only another event can make another thread read."""


class Struck(BaseException):
    """What a signal handler raises."""


class Scene:
    """A blocking connection to a stub peer.

    Attributes:
        connection: It.
        driver: Its driver.
        peer: The peer's end of it.
    """

    def __init__(self, connection: Any, peer: StubPeer) -> None:
        self.connection = connection
        self.driver = connection._driver
        self.peer = peer.sockets[0]

    def warm(self) -> None:
        """Make calls until they read for themselves."""
        while self.driver._reader is not None:
            self.connection.echo(1)

    async def hold(self, *, timeout: float | None = None) -> asyncio.Future[Any]:
        """Begin a call that has no answer yet."""
        before = len(self.peer.held)
        call = asyncio.ensure_future(in_thread(lambda: self.connection.action("hold", timeout=timeout)))
        await self.until(lambda: len(self.peer.held) > before)
        with self.driver._lock:  # the call has done what it does before it waits
            return call

    async def answer(self, number: int = 0) -> None:
        """Answer one of the calls that were held."""
        await self.peer.send(ActionResponse(id=self.peer.held[number], output=cbor.encode("at last")))

    @property
    def is_read_by_a_call(self) -> bool:
        return isinstance(self.driver._reader, _Waiter)

    async def until(self, is_so) -> None:
        while not is_so():
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def scene(
    monkeypatch,
    lease: float = LONG,
    script: Script = serve,
    limits: Limits = Limits(),  # noqa: B008
) -> AsyncIterator[Scene]:
    """A connection whose calls read for themselves."""
    async with StubPeer(sockets=[script]) as peer, ends():
        client = Client(peer.url)
        client._runtime.context.limits = limits
        connection = client.stub.get_or_create("k").connect()
        await in_thread(connection.wait_ready)
        monkeypatch.setattr(blocking, "LEASE", lease)
        one = Scene(connection, peer)
        await in_thread(one.warm)
        try:
            yield one
        finally:
            await in_thread(client.close)


# --- From one call to the next ---------------------------------------------------------------------------------


async def test_a_call_reads_for_itself_and_for_others(monkeypatch):
    async with scene(monkeypatch) as it:
        held = await it.hold()
        assert it.is_read_by_a_call
        reader = it.driver._reader
        for number in range(3):
            assert await in_thread(it.connection.echo, number) == number
        assert it.driver._reader is reader
        await it.answer()
        assert await held == "at last"
        assert it.driver._reader is None


@pytest.mark.parametrize("end", ["answer", "deadline", "exception"])
async def test_the_next_call_reads_on(monkeypatch, sessions, end):
    async with scene(monkeypatch) as it:
        if end == "exception":
            proceed, wait = threading.Event(), blocking.wait

            def interrupted(*_args, **_options):
                monkeypatch.setattr(blocking, "wait", wait)
                proceed.wait(LONG)
                raise Struck

            monkeypatch.setattr(blocking, "wait", interrupted)
        first = await it.hold(timeout=0.5 if end == "deadline" else None)
        second = await it.hold()
        reader = it.driver._reader
        if end == "answer":
            await it.answer(0)
            assert await first == "at last"
        elif end == "deadline":
            with pytest.raises(ActionTimeoutError):
                await first
        else:
            proceed.set()
            with pytest.raises(Struck):
                await first
        # The deadline may have been noticed by the connection's thread first, which then reads.
        assert it.is_read_by_a_call or end == "deadline"
        assert it.driver._reader not in (None, reader)
        await it.answer(1)
        assert await second == "at last"
        assert await in_thread(it.connection.echo, 1) == 1
        assert not sessions[-1].calls.sent


async def together(visit):
    """Answer a call `hold` in one piece with the next other call."""
    await visit.open()
    held = []
    while True:
        message = await visit.receive()
        if message.name == "hold":
            held.append(message)
        else:
            await visit.send(
                *(ActionResponse(id=call.id, output=cbor.encode(call.name)) for call in (*held, message))
            )
            held.clear()


async def test_answers_to_others_are_not_lost_with_an_exception(monkeypatch, sessions):
    """Wherever a signal handler raises in the call that reads: another call has its answer, or is told of the loss."""
    monkeypatch.setattr(attempts, "MAX_DELAY", 0.02)
    outcomes = []

    def run(it):
        def call_behind():
            while not sessions[-1].calls.sent and not is_over.is_set():
                time.sleep(0.0002)
            try:
                outcomes.append(it.connection.action("other", timeout=LONG))
            except ConnectionClosedError as error:
                outcomes.append(error)

        for number in itertools.count(1, 2):
            it.warm()
            is_over, other = threading.Event(), threading.Thread(target=call_behind)
            other.start()
            outcome = at_line(number, raising(Struck), it.connection.hold)
            is_over.set()
            other.join(10)
            assert not other.is_alive(), outcome.where
            if outcome.where is None:
                assert outcome.value == "hold"
                return

    async with scene(monkeypatch, lease=0.05, script=together) as it:
        # On a busy machine the lease may pass before any call reads for itself.
        while not (lost := sum(isinstance(outcome, ConnectionClosedError) for outcome in outcomes)):
            await in_thread(run, it)
    assert lost < len(outcomes)
    assert set(outcomes[:1] + outcomes[-1:]) == {"other"}


async def test_a_defect_of_the_client_while_a_call_reads(monkeypatch):
    async with scene(monkeypatch) as it:
        calls = [await it.hold(), await it.hold()]
        errors = Inbox()
        it.connection.on_error(errors)

        def fail(*_):
            raise ZeroDivisionError

        monkeypatch.setattr(ActorSession, "receive_data", fail)
        await it.peer.emit("news")
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(outcome, RivetError)
            assert isinstance(outcome.__cause__, ZeroDivisionError)
        (reported,) = await errors.get()
        assert isinstance(reported.__cause__, ZeroDivisionError)


async def test_many_threads(monkeypatch):
    """Nothing is mixed up or forgotten, whichever thread reads."""
    async with scene(monkeypatch, lease=0.005) as it:
        seen, stop = Inbox(), threading.Event()
        it.connection.on("newCount", seen)

        def work(number):
            for turn in range(20):
                assert it.connection.echo([number, turn]) == [number, turn]

        def count():
            counted = 0
            while not stop.is_set():
                counted = it.connection.increment()
            return counted

        counting = asyncio.ensure_future(in_thread(count))
        for threads in (2, 64):
            await asyncio.gather(*(in_thread(work, number) for number in range(threads)))
        stop.set()
        counted = await counting
        assert list(seen.drain()) == [(number,) for number in range(1, counted + 1)]


# --- Back to the connection's thread ---------------------------------------------------------------------------


async def test_events_come_at_once_and_in_order(monkeypatch):
    async with scene(monkeypatch) as it:
        seen, stop, counts = Inbox(), threading.Event(), []
        it.connection.on("news", seen)
        it.connection.on("newCount", counts.append)
        events = it.connection.events("news")

        def work():
            while not stop.is_set():
                it.connection.echo(1)

        def count():
            # The event of a call comes before its answer, so its callback does.
            for _ in range(20):
                it.warm()
                assert it.connection.increment() == counts[-1]

        await in_thread(count)
        await asyncio.gather(*(in_thread(it.connection.echo, 1) for _ in range(2)))
        working = [asyncio.ensure_future(in_thread(work)) for _ in range(2)]
        for number in range(20):
            await it.peer.emit("news", number)
            assert await seen.get() == (number,)
            assert await in_thread(next, events) == (number,)
        stop.set()
        await asyncio.gather(*working)
        # While a call reads that has no answer.
        await in_thread(it.warm)
        held = await it.hold()
        assert it.is_read_by_a_call
        await it.peer.emit("news", "last")
        assert await seen.get() == ("last",)
        await it.answer()
        assert await held == "at last"


async def test_the_thread_takes_over_when_no_answer_comes(monkeypatch):
    async with scene(monkeypatch, lease=0.05) as it:
        held = await it.hold()
        await it.until(lambda: it.driver._reader is it.driver._thread)
        await it.answer()
        assert await held == "at last"
        # Whatever has become of who read.
        await in_thread(it.warm)
        it.driver._reader = _Waiter()
        assert await in_thread(it.connection.echo, 1) == 1
        # And then it sleeps.
        await it.until(lambda: it.driver._reader is it.driver._thread)
        await it.until(lambda: it.driver._is_polling)
        waits = []
        wait = Poller.wait
        monkeypatch.setattr(
            Poller, "wait", lambda *args, **options: waits.append(1) or wait(*args, **options)
        )
        await asyncio.sleep(0.3)
        assert waits == []
        counts = Inbox()
        it.connection.on("newCount", counts)
        assert await in_thread(it.connection.increment) == 1
        assert await counts.get() == (1,)


async def test_a_call_that_is_not_to_read_any_more(monkeypatch):
    """It leaves what comes where it is, though it was waiting for it."""
    async with scene(monkeypatch) as it:
        held = await it.hold()
        with it.driver._lock:
            it.driver._reader = it.driver._thread
        await it.answer()
        await asyncio.sleep(0.05)
        assert not held.done()
        it.driver._poller.wake()
        assert await held == "at last"


async def test_a_stream_that_takes_nothing_more(monkeypatch):
    """What a call could not send all at once is sent while it waits."""
    async with scene(monkeypatch) as it:
        it.driver._stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        big = "x" * 1_000_000
        assert await in_thread(it.connection.echo, big) == big
        await in_thread(it.warm)
        assert await asyncio.gather(*(in_thread(it.connection.echo, big) for _ in range(2))) == [big] * 2


async def test_a_callback_that_calls_while_others_do(monkeypatch):
    """It has its answer, though others have theirs quickly."""
    async with scene(monkeypatch) as it:
        outcome = Inbox()
        it.connection.on("newCount", lambda _: outcome(it.connection.hold()))
        assert await in_thread(it.connection.increment) == 1
        for number in range(5):
            assert await in_thread(it.connection.echo, number) == number
        await it.answer()
        assert await outcome.get() == ("at last",)


async def test_what_the_thread_tells_comes_first(monkeypatch):
    """While it tells of a loss that it has noticed by itself, no call reads."""
    async with scene(monkeypatch, lease=0.5, limits=Limits(ping_interval=0.1, ping_timeout=0.1)) as it:
        readers = Inbox()
        it.connection.on_close(lambda: readers(it.driver._reader))
        it.peer.answers_pings = False
        held = await it.hold()
        with pytest.raises(ConnectionClosedError):
            await held
        assert await readers.get() == (it.driver._thread,)
        assert await in_thread(it.connection.echo, "back") == "back"


@pytest.mark.parametrize("end", ["lost", "closed"])
async def test_the_end_while_a_call_reads(monkeypatch, end):
    async with scene(monkeypatch, lease=1.0) as it:
        calls = [await it.hold(), await it.hold()]
        assert it.is_read_by_a_call
        if end == "lost":
            it.peer.eof()
        else:
            await in_thread(it.connection.close)
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(outcome, ConnectionClosedError)
            assert outcome.may_have_run
        if end == "lost":
            assert await in_thread(it.connection.echo, "back") == "back"
        else:
            assert it.peer.close_code == 1000


# --- Forks -----------------------------------------------------------------------------------------------------


async def test_forks_while_a_call_reads():
    """The fork comes from another thread, or from a signal handler inside the call. The child takes no bytes."""
    script = """
        import signal, time
        from rivet_client._blocking import connection as blocking

        client = Client(url)
        connection = client.stub.get_or_create("k").connect()
        connection.wait_ready()
        blocking.LEASE = 1.0

        def warm():
            while connection._driver._reader is not None:
                connection.echo(1)

        def child(call):
            try:
                say("child", call())
            except ConnectionClosedError as error:
                say("child", error)
            os._exit(0)

        warm()
        thread = threading.Thread(target=lambda: say("thread", connection.hold()))
        thread.start()
        while connection._driver._reader is None:
            pass
        if (pid := os.fork()) == 0:
            child(lambda: connection.echo(1))
        os.waitpid(pid, 0)
        say("forked")
        thread.join()

        def keep_the_lock():
            while connection._driver._reader is None:
                pass
            with connection._driver._lock:
                time.sleep(0.5)

        def fork(*_):
            global pid
            pid = os.fork()

        signal.signal(signal.SIGALRM, fork)
        warm()
        threading.Thread(target=keep_the_lock).start()
        parent = os.getpid()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            outcome = connection.hold()
        except ConnectionClosedError as error:
            outcome = error
        if os.getpid() != parent:
            child(lambda: outcome)
        say("parent", outcome)
        os.waitpid(pid, 0)
        say(connection.echo("usable"), connection.connection_id)
        client.close()
    """
    refusal = "child this connection belongs to the parent process; open a new one after os.fork()"
    async with StubPeer() as peer, program(script, peer.url, filters=NO_FORK_WARNING) as run:

        async def answer_last():
            (visit,) = peer.sockets
            call = len(visit.calls) - 1
            await visit.send(ActionResponse(id=call, output=cbor.encode("at last")))

        assert await run.line() == refusal
        assert await run.line() == "forked"
        await answer_last()
        assert await run.line() == "thread at last"
        assert await run.line() == refusal
        await answer_last()
        assert await run.line() == "parent at last"
        assert await run.line() == "usable c1"
        assert await run.errors() == ""
