"""Connections: calls over them, their life from connect() to close(), refusals, reconnection."""

from __future__ import annotations

import asyncio
import time

import pytest

from rivet_client import ActorError, ConnectionClosedError, ConnectionStatus
from tests.support.flavours import Inbox

CONNECTED, DISCONNECTED, CONNECTING, IDLE = (
    ConnectionStatus(name) for name in ("connected", "disconnected", "connecting", "idle")
)


# So that a listener that is added at once hears of the opening.
SLOWLY = {"delayMs": 100}


def life_of(conn):
    """Everything that the connection reports, in one inbox."""
    life = Inbox()
    conn.on_open(lambda: life("open"))
    conn.on_close(lambda: life("close"))
    conn.on_error(lambda error: life("error", error))
    conn.on_status_change(lambda status: life("status", status))
    return life


async def until(life, kind):
    """The entries of a life up to and with the first of a kind."""
    entries = [await life.get()]
    while entries[-1][0] != kind:
        entries.append(await life.get())
    return entries


async def test_usable_at_once(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn:
            assert await conn.increment(3) == 3
            assert conn.status == CONNECTED
            assert conn.actor_id == await handle.resolve()
            await conn.wait_ready()
            assert await conn.action("increment", 4, timeout=30) == 7
        assert conn.status == IDLE
        # What it did outlives it.
        assert await handle.get() == 7


async def test_calls_run_concurrently(make_client, key):
    async with make_client() as client, client.slow.get_or_create(key).connect() as conn:
        await conn.wait_ready()
        started = time.monotonic()
        finished: list[int] = []

        async def sleep(ms):
            assert await conn.sleep(ms) == ms
            finished.append(ms)

        await asyncio.gather(*map(sleep, [2000, 1000, 0]), *(sleep(1000) for _ in range(20)))
        assert time.monotonic() - started < 15.0  # 23 s one after the other
        assert finished[0] == 0
        assert finished[-1] == 2000
        assert await conn.finished() == 23


async def test_many_calls_before_it_opens(make_client, key):
    async with make_client() as client:
        conn = client.guarded.get_or_create(key).connect(params={"delayMs": 300})
        ids = await asyncio.gather(*(conn.connectionId() for _ in range(10)))
        assert ids == [conn.connection_id] * 10
        await conn.close()


async def test_two_connections_of_one_handle(make_client, key):
    async with make_client() as client:
        handle = client.guarded.get_or_create(key)
        async with handle.connect() as one, handle.connect() as two:
            assert await one.connectionId() == one.connection_id
            assert await two.connectionId() == two.connection_id
            assert one.connection_id != two.connection_id
            assert one.actor_id == two.actor_id
            assert await one.connections() == 2


async def test_life(make_client, key, eventually):
    async with make_client() as client:
        handle = client.guarded.get_or_create(key)
        conn = handle.connect(SLOWLY)
        life = life_of(conn)
        assert conn.status == CONNECTING
        assert conn.connection_id is None
        await conn.wait_ready()
        opened = await until(life, "open")
        assert opened[-2:] == [("status", CONNECTED), ("open",)]
        # Whoever listens from the first instant on may still hear of the start, which may take a busy engine two.
        assert set(opened[:-2]) <= {("status", CONNECTING), ("status", DISCONNECTED)}
        assert await conn.connections() == 1
        await conn.close()
        await conn.close()
        assert [await life.get(), await life.get()] == [("status", IDLE), ("close",)]
        assert life.drain() == []
        # The actor has noticed; the call itself is a short connection.
        await eventually(handle.connections, 1)


async def test_unsubscribing_from_life(make_client, key):
    async with make_client() as client:
        conn = client.guarded.get_or_create(key).connect(params={"delayMs": 100})
        kept, dropped = Inbox(), Inbox()
        for register in (conn.on_open, conn.on_close, conn.on_error, conn.on_status_change):
            off = register(dropped)
            register(kept)
            off()
            off()
        await conn.wait_ready()
        await conn.close()
        seen = [await kept.get() for _ in range(4)]
        if seen[0] == (CONNECTING,):  # older than the callback, mostly
            seen = [*seen[1:], await kept.get()]
        assert seen == [(CONNECTED,), (), (IDLE,), ()]
        assert dropped.drain() in ([], [(CONNECTING,)])


async def test_closing_ends_what_waits(make_client, key, sent):
    async with make_client() as client:
        slow = client.slow.get_or_create(key)
        conn = slow.connect()
        await conn.wait_ready()
        events = conn.events("nothing")
        call, item = asyncio.ensure_future(conn.sleep(2000)), asyncio.ensure_future(anext(aiter(events)))
        await sent()
        await conn.close()
        with pytest.raises(ConnectionClosedError, match="closed") as caught:
            await call
        assert caught.value.may_have_run
        with pytest.raises(StopAsyncIteration):
            await item
        for attempt in (conn.finished, conn.wait_ready):
            with pytest.raises(ConnectionClosedError) as caught:
                await attempt()
            assert not caught.value.may_have_run
        for attempt in (conn.on, conn.once):
            with pytest.raises(ConnectionClosedError):
                attempt("event", print)
        with pytest.raises(ConnectionClosedError):
            conn.events("event")


async def test_closing_before_it_opens(make_client, key):
    async with make_client() as client:
        conn = client.guarded.get_or_create(key).connect(params={"delayMs": 4500})
        life = life_of(conn)
        call, ready = asyncio.ensure_future(conn.params()), asyncio.ensure_future(conn.wait_ready())
        await asyncio.sleep(0.2)  # into the handshake
        started = time.monotonic()
        await conn.close()
        assert time.monotonic() - started < 4.0
        for waiting in (call, ready):
            with pytest.raises(ConnectionClosedError) as caught:
                await waiting
            assert not caught.value.may_have_run
        assert [entry for entry in life.drain() if entry != ("status", CONNECTING)] == [("status", IDLE)]


async def test_closing_the_client_closes_connections(make_client, key):
    async with make_client() as client:
        conns = [client.counter.get_or_create([key, str(n)]).connect() for n in range(5)]
        lives = [life_of(conn) for conn in conns]
        await asyncio.gather(*(conn.wait_ready() for conn in conns))
        call = asyncio.ensure_future(client.slow.get_or_create(key).connect().sleep(2000))
        await asyncio.sleep(0)
    for conn, life in zip(conns, lives, strict=True):
        assert conn.status == IDLE
        assert (await until(life, "close"))[-2:] == [("status", IDLE), ("close",)]
    with pytest.raises(ConnectionClosedError):
        await call


async def test_refused(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        handle = client.guarded.get_or_create(key)
        conn = handle.connect(params={"reject": "no_entry", "user": "é", "delayMs": 100})
        life = life_of(conn)
        with pytest.raises(ActorError) as refused:
            await conn.wait_ready()
        error = refused.value
        assert (error.group, error.code, error.message) == ("user", "no_entry", "not welcome")
        assert error.metadata == {"user": "é"}
        assert not error.is_retryable
        # Once, and for good.
        entries = [entry for entry in await until(life, "error") if entry != ("status", CONNECTING)]
        assert entries[:-1] == [("status", IDLE)]
        assert (entries[-1][1].code, entries[-1][1].metadata) == (error.code, error.metadata)
        assert conn.status == IDLE
        started = time.monotonic()
        for attempt in (conn.params, conn.wait_ready):
            with pytest.raises(ActorError) as again:
                await attempt()
            assert (again.value.code, again.value.metadata) == ("no_entry", {"user": "é"})
        with pytest.raises(ActorError, match="no_entry"):
            conn.on("welcome", print)
        with pytest.raises(ActorError, match="no_entry"):
            conn.events("welcome")
        assert time.monotonic() - started < 5.0
        await conn.close()
        assert life.drain() == []
        # The handle is as good as ever.
        async with handle.connect() as other:
            assert await other.params() is None


async def test_refusal_reaches_what_waits(make_client, key):
    async with make_client() as client:
        conn = client.guarded.get_or_create(key).connect(params={"reject": "no_entry", "delayMs": 200})
        events = conn.events("welcome")
        outcomes = await asyncio.gather(
            conn.params(),
            conn.connectionId(),
            conn.wait_ready(),
            anext(aiter(events)),
            return_exceptions=True,
        )
        assert [getattr(outcome, "code", outcome) for outcome in outcomes] == ["no_entry"] * 4
        await conn.close()


async def test_crash_while_connecting(make_client, key, lane):
    async with make_client() as client:
        handle = client.guarded.get_or_create(key, params={"crash": True})
        async with lane(handle) as caller:
            with pytest.raises(ActorError) as caught:
                await caller.params()
        assert (caught.value.group, caught.value.code) == ("rivetkit", "internal_error")


@pytest.mark.parametrize("reason", ["time to go", None])
async def test_closed_by_the_actor(make_client, key, reason):
    """The connection comes back, with a new id and with its subscriptions."""
    async with make_client() as client:
        handle = client.guarded.get_or_create(key)
        async with handle.connect(SLOWLY) as conn, handle.connect() as other:
            life = life_of(conn)
            welcomes = Inbox()
            conn.on("welcome", welcomes)
            await asyncio.gather(conn.wait_ready(), other.wait_ready())
            first = conn.connection_id
            await until(life, "open")
            await other.kickOthers(reason)
            assert await until(life, "open") == [
                ("status", DISCONNECTED),
                ("close",),
                ("status", CONNECTING),
                ("status", CONNECTED),
                ("open",),
            ]
            assert conn.connection_id != first
            assert await conn.connectionId() == conn.connection_id
            assert welcomes.drain()[-1] == (conn.connection_id,)


async def test_kicked_out_of_a_call(make_client, key):
    async with make_client() as client, client.guarded.get_or_create(key).connect() as conn:
        first = await conn.connectionId()
        # Whether the answer or the end comes first is the host's affair.
        (outcome,) = await asyncio.gather(conn.kick("bye"), return_exceptions=True)
        if outcome is not None:
            assert type(outcome) is ConnectionClosedError
            assert (outcome.code, outcome.reason, outcome.may_have_run) == (1000, "bye", True)
        # A call made while it is away waits for the way back.
        assert await conn.connectionId() != first


async def test_lost_and_restored(make_client, relay, key, sent):
    async with relay() as proxy, make_client(proxy.url) as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn, client.slow.get_or_create(key).connect() as slow:
            life = life_of(conn)
            counts = Inbox()
            conn.on("newCount", counts)
            assert await conn.increment() == 1
            assert await counts.get() == (1,)
            life.drain()
            await slow.wait_ready()
            call = asyncio.ensure_future(slow.sleep(2500))
            await sent()
            proxy.cut()
            with pytest.raises(ConnectionClosedError) as caught:
                await call
            assert caught.value.may_have_run
            assert (await until(life, "open"))[:2] == [("status", DISCONNECTED), ("close",)]
            assert await conn.increment() == 2
            assert await counts.get() == (2,)
            assert [entry for entry in life.drain() if entry[0] == "error"] == []
            assert await handle.get() == 2


async def test_sends_go_to_the_same_actor(make_client, key):
    async with make_client() as client, client.worker.get_or_create(key).connect() as conn:
        result = await conn.send("double", {"n": 4}, wait=True)
        assert (result.status, result.response) == ("completed", {"doubled": 8})
        assert await conn.send("silent", 1) is None
        while len(processed := await conn.processed()) < 2:
            await asyncio.sleep(0.01)
        assert processed == [{"n": 4}, 1]
