"""What must not happen: callbacks that raise anything at all, and defects of the client itself."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from rivet_client import ActorError, AsyncClient, RivetError
from rivet_client._common import connection as common
from rivet_client._common.connection_watch import ConnectionWatch
from rivet_client._core.limits import Limits
from rivet_client._core.raw_session import RawSession
from rivet_client._core.session import ActorSession, Lost
from rivet_client._wire import cbor
from rivet_client_generated.protocol.messages import ActionRequest, ActionResponse, Event
from tests.faults.test_raw import either
from tests.faults.waiting import Waiters, ends, name_of
from tests.support.flavours import Blocking, Inbox, use_pythons_hooks
from tests.support.stub_peer import PING, StubPeer, frame, serve


class Unusual(BaseException):
    """No Exception, and nothing that anybody knows."""


FOR_THE_PROGRAM = (KeyboardInterrupt, SystemExit)


def raiser(error):
    def callback(*_):
        raise error("out of a callback")

    return callback


async def at_once(visit):
    """Answer two calls in one piece, each behind an event; then refuse the connection."""
    await visit.open()
    calls = []
    while len(calls) < 2:
        message = await visit.receive()
        if isinstance(message, ActionRequest):
            calls.append(message.id)
    tick = Event(name="tick", args=cbor.encode([]))
    first, second = (ActionResponse(id=number, output=cbor.encode(number)) for number in calls)
    await visit.send(tick, first, tick, second)
    while True:
        message = await visit.receive()
        if isinstance(message, ActionRequest):
            await visit.fail("user.enough")
            await visit.gone()


# --- Callbacks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit, Unusual, *FOR_THE_PROGRAM])
async def test_whatever_a_callback_raises(flavour, error, caplog, monkeypatch):
    """Everything after it is delivered to callbacks and callers, and the connection goes on."""
    if flavour.name == "asyncio" and error in FOR_THE_PROGRAM:
        pytest.skip("the loop ends with it: see the next test")
    passed_on = Inbox()
    use_pythons_hooks(monkeypatch)
    monkeypatch.setattr(threading, "excepthook", lambda args: passed_on(args.exc_type))
    caplog.set_level(logging.ERROR, "rivet_client")
    async with StubPeer(sockets=[at_once]) as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        seen = Inbox()
        for what in ("on_open", "on_close", "on_error", "on_status_change"):
            getattr(connection, what)(raiser(error))
            getattr(connection, what)(lambda *_, what=what: seen(what))
        connection.on("tick", raiser(error))
        connection.once("tick", raiser(error))
        connection.on("tick", lambda: seen("tick"))
        await connection.wait_ready()
        assert await asyncio.gather(connection.one(), connection.two()) == [0, 1]
        with pytest.raises(ActorError, match="enough"):
            await connection.three()
        told = []
        while told[-1:] != [("on_error",)]:
            told.append(await seen.get())
        assert told.count(("tick",)) == 2
        assert connection.status == "idle"
        late = connection.on_error
        if error in FOR_THE_PROGRAM:  # it runs on the thread that registers it
            with pytest.raises(error):
                late(raiser(error))
        else:
            late(raiser(error))
        await connection.close()
    raised = [record for record in caplog.records if "a callback for" in record.getMessage()]
    hooked, logged = passed_on.drain(), [(one.exc_info[0],) for one in raised]
    told = hooked if error in FOR_THE_PROGRAM else logged
    assert set(told) == {(error,)}
    if flavour.name == "blocking" and told is logged:
        assert hooked == logged, "the program's own hook gets the same"
    # Two ticks, one of them for `once`, too, and one of each of the rest, in any case.
    assert len(told) >= 3 + 4


@pytest.mark.parametrize("error", FOR_THE_PROGRAM)
def test_what_is_meant_for_the_program_ends_the_loop_afterwards(error):
    loop = asyncio.new_event_loop()
    run = loop.run_until_complete

    async def begin():
        peer = await StubPeer(sockets=[at_once]).__aenter__()
        client = AsyncClient(peer.url)
        connection = client.stub.get_or_create("k").connect()
        connection.on("tick", raiser(error))
        await connection.wait_ready()
        return peer, client, connection, [asyncio.ensure_future(connection.action(name)) for name in "ab"]

    try:
        peer, client, connection, calls = run(begin())
        for _tick in range(2):
            with pytest.raises(error, match="out of a callback"):
                run(asyncio.sleep(30))
        assert [run(call) for call in calls] == [0, 1]
        run(connection.close())
        run(client.close())
        run(peer.__aexit__(None))
        run(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def bursts(visit):
    """Answer each call behind three events, in one piece."""
    await visit.open()
    while True:
        message = await visit.receive()
        if isinstance(message, ActionRequest):
            ticks = [Event(name="tick", args=cbor.encode([number])) for number in range(3)]
            await visit.send(*ticks, ActionResponse(id=message.id, output=cbor.encode(None)))


def test_what_ctrl_c_leaves_of_a_burst_comes_next_time(monkeypatch):
    """With asyncio it comes anywhere, if only the loop was not started by `asyncio.run`."""
    loop = asyncio.new_event_loop()
    run = loop.run_until_complete
    seen = []

    def strike(connection, name, listener):
        monkeypatch.undo()
        raise KeyboardInterrupt

    async def begin():
        peer = await StubPeer(sockets=[bursts]).__aenter__()
        client = AsyncClient(peer.url)
        connection = client.stub.get_or_create("k").connect()
        await connection.wait_ready()
        connection.once("tick", lambda number: None)
        connection.on("tick", seen.append)
        return peer, client, connection, asyncio.ensure_future(connection.action("a"))

    monkeypatch.setattr(common.ConnectionDriver, "_take_once", strike)
    try:
        peer, client, connection, call = run(begin())
        with pytest.raises(KeyboardInterrupt):
            run(asyncio.sleep(30))
        assert run(connection.action("b")) is None
        assert run(call) is None
        assert seen == [1, 2, 0, 1, 2]
        run(client.close())
        run(peer.__aexit__(None))
        run(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def test_what_async_callbacks_raise(caplog, monkeypatch):
    use_pythons_hooks(monkeypatch)
    async with StubPeer(sockets=[at_once]) as peer, ends(), AsyncClient(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        gone = asyncio.get_running_loop().create_future()
        gone.cancel()
        waits = asyncio.Event()

        async def meets_something_cancelled():
            await gone

        async def is_cancelled():
            try:
                await asyncio.sleep(60)
            finally:
                waits.set()

        connection.on("tick", meets_something_cancelled)
        connection.once("tick", is_cancelled)
        await connection.wait_ready()
        with caplog.at_level(logging.ERROR, "rivet_client"):
            assert await asyncio.gather(connection.one(), connection.two()) == [0, 1]
            await asyncio.sleep(0)
            for task in connection._driver._tasks:
                task.cancel()
            await waits.wait()
        assert [record.exc_info[0] for record in caplog.records] == [asyncio.CancelledError] * 2
        await connection.close()


async def test_closing_inside_a_batch():
    """What a callback causes is told after what had happened before."""
    async with StubPeer() as peer, ends(), AsyncClient(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        course = []
        connection.on_status_change(
            lambda status: connection._driver.begin_close() if status == "connected" else None
        )
        connection.on_status_change(lambda status: course.append(str(status)))
        connection.on_open(lambda: course.append("open"))
        connection.on_close(lambda: course.append("close"))
        await peer.until(lambda: peer.sockets)
        while "close" not in course:
            await asyncio.sleep(0.001)
        assert course[-4:] == ["connected", "open", "idle", "close"]
        await connection.close()


@pytest.mark.parametrize("error", [asyncio.CancelledError, Unusual])
async def test_get_params_that_raises_no_exception(flavour, error):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k", get_params=raiser(error)).connect()
        with pytest.raises(RivetError, match="out of a callback") as caught:
            await connection.increment()
        assert isinstance(caught.value.__cause__, error)
        await connection.close()


# --- Defects ---------------------------------------------------------------------------------------------------


def driver_of(connection):
    return (connection._target if isinstance(connection, Blocking) else connection)._driver


class Defect(Exception):
    """Raised where nothing is raised by design."""


def fail(*_args, **_options):
    raise Defect("a defect")


async def ping(visit):
    await visit.write(frame(b"x", PING))


async def emit(visit):
    await visit.emit("newCount", 1)


async def refuse(visit):
    await visit.respond(503)


async def end(visit):
    visit.eof()


def session_method(name):
    return lambda driver, monkeypatch: monkeypatch.setattr(ActorSession, name, fail)


def break_writing(driver, monkeypatch):
    if hasattr(driver, "_stream"):
        driver._stream.write = fail
    else:

        class Transport:
            write = fail

            def __init__(self, inner):
                self._inner = inner

            def __getattr__(self, name):
                return getattr(self._inner, name)

        driver._link.transport = Transport(driver._link.transport)


def break_observing(driver, monkeypatch):
    def note(watch, event):
        if isinstance(event, Lost):
            monkeypatch.undo()
            fail()

    monkeypatch.setattr(ConnectionWatch, "note", note)


DEFECTS = {
    "receive_data": (session_method("receive_data"), emit),
    "receive_eof": (session_method("receive_eof"), end),
    "tick": (session_method("tick"), None),
    "writing": (break_writing, ping),
    "observing": (break_observing, end),
}


async def expect_failure(connection, waiters, caplog):
    """Each caller that waited has been told once, and so is each later caller."""
    outcomes = await waiters.outcomes()
    for error in outcomes.values():
        assert isinstance(error, RivetError), outcomes
        assert isinstance(error.__cause__, Defect)
    (reported,) = await waiters.errors.get()
    assert isinstance(reported.__cause__, Defect)
    assert "failed inside the client: Defect: a defect" in str(reported)
    assert waiters.errors.drain() == []
    assert connection.status == "idle"
    for attempt in (connection.increment, connection.wait_ready):
        with pytest.raises(RivetError, match="a defect"):
            await attempt()
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(logged) == 1
    assert logged[0].exc_info[1].__cause__ is reported.__cause__, "with its traceback"


@pytest.mark.parametrize("where", DEFECTS)
async def test_a_defect_ends_an_open_connection_loudly(flavour, where, monkeypatch, caplog):
    limits = Limits(ping_interval=0.1) if where == "tick" else None
    break_, provoke = DEFECTS[where]
    async with StubPeer(sockets=[serve]) as peer, ends(), flavour.client(peer.url, limits=limits) as client:
        connection = client.stub.get_or_create("k").connect()
        waiters = Waiters(connection)
        await connection.wait_ready()
        await connection.increment()  # the subscription is there
        await waiters.outcomes()
        waiters.begin_events()
        if provoke is not end:  # that call would rightly be told of the end of the stream
            waiters.begin("in flight", connection.hold())
            await peer.until(lambda: peer.sockets[0].calls[-1:] == ["hold"])
        break_(driver_of(connection), monkeypatch)
        if provoke is not None:
            await provoke(peer.sockets[0])
        await expect_failure(connection, waiters, caplog)
        await connection.close()


@pytest.mark.parametrize("where", ["prepare_dial", "dialed"])
async def test_a_defect_while_it_opens(flavour, where, monkeypatch, caplog):
    async with StubPeer(sockets=[refuse]) as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        waiters = Waiters(connection)
        waiters.begin_opening()
        await waiters.status("disconnected")
        if where == "dialed":
            monkeypatch.setattr(ActorSession, "dialed", fail)
        else:
            monkeypatch.setattr(common.flows, "prepare_dial", fail)
        await expect_failure(connection, waiters, caplog)
        await connection.close()


async def test_a_defect_inside_a_callback_that_waits(flavour, monkeypatch, caplog):
    """In the blocking flavour, the callback's own call does the reading."""
    async with StubPeer(sockets=[serve]) as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        waiters = Waiters(connection)
        caught = Inbox()
        driver = driver_of(connection)

        def hold(count):
            if flavour.name == "asyncio":
                return held()
            try:
                monkeypatch.setattr(ActorSession, "receive_data", fail)
                driver.action("echo", (1,), None)
            except RivetError as error:
                caught(error)

        async def held():
            monkeypatch.setattr(ActorSession, "receive_data", fail)
            try:
                await connection.echo(1)
            except RivetError as error:
                caught(error)

        connection.on("newCount", hold)
        with pytest.raises(RivetError, match="a defect"):
            await asyncio.gather(connection.increment(), connection.hold())
        (error,) = await caught.get()
        assert name_of(error.__cause__) == "Defect"
        waiters.begin("late", connection.wait_ready())
        await waiters.outcomes()
        await connection.close()


@pytest.mark.parametrize("where", ["start", "receive_data", "receive_eof"])
async def test_a_defect_of_a_raw_websocket(flavour, where, monkeypatch):
    async with StubPeer(sockets=[either]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        if where == "start":
            monkeypatch.setattr(RawSession, "start", fail)
            with pytest.raises(RivetError, match="a defect"):
                await handle.websocket("x")
            return
        async with handle.websocket("x") as websocket:
            receiving = [asyncio.ensure_future(websocket.receive()) for _ in range(2)]
            await asyncio.sleep(0.05)
            monkeypatch.setattr(RawSession, where, fail)
            if where == "receive_eof":
                peer.sockets[0].eof()
            else:
                await websocket.send("a")
            for outcome in await asyncio.gather(*receiving, return_exceptions=True):
                assert isinstance(outcome, RivetError)
                assert isinstance(outcome.__cause__, Defect)
            with pytest.raises(RivetError, match="a defect"):
                await websocket.send("b")
