"""Events: listeners, iterators, backpressure, and the order of events and answers."""

from __future__ import annotations

import asyncio
import time

import pytest

from rivet_client import ActionTimeoutError, ActorError
from rivet_client._blocking import connection as blocking_connection
from rivet_client._core.limits import Limits
from tests.support.flavours import Inbox


async def test_listeners(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn:
            first, second, once, decorated = Inbox(), Inbox(), Inbox(), Inbox()
            off = conn.on("newCount", first)
            conn.on("newCount", second)
            conn.once("newCount", once)

            @conn.on("newCount")
            def listener(count):
                decorated(count)

            assert await conn.increment(5) == 5
            for inbox in (first, second, once, decorated):
                assert inbox.drain() == [(5,)]
            assert callable(listener)
            off()
            off()
            # From elsewhere, over HTTP.
            assert await handle.increment() == 6
            for inbox in (second, decorated):
                assert await inbox.get() == (6,)
            assert first.drain() == once.drain() == []


async def test_once_as_decorator_and_taken_back(make_client, key):
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        seen, dropped = Inbox(), Inbox()
        conn.once("tick", dropped)()

        @conn.once("tick")
        def listener(number, text):
            seen(number, text)

        await conn.burst(3, "é")
        assert seen.drain() == [(0, "é")]
        assert dropped.drain() == []
        # The name can be listened to anew.
        conn.once("tick", seen)
        await conn.burst(2)
        assert seen.drain() == [(0, "")]


async def test_listening_again(make_client, key):
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        seen = Inbox()
        for count in (1, 2, 3):
            off = conn.on("newCount", seen)
            assert await conn.increment() == count
            assert seen.drain() == [(count,)]
            off()
        await conn.increment()
        assert seen.drain() == []


async def test_events_only_for_one_connection(make_client, key):
    async with make_client() as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as one, handle.connect() as two:
            for_one, for_two = Inbox(), Inbox()
            one.on("private", for_one)
            two.on("private", for_two)
            await asyncio.gather(one.whisper("to one"), two.whisper("to two"))
            assert for_one.drain() == [("to one",)]
            assert for_two.drain() == [("to two",)]


async def test_event_before_init(make_client, key):
    async with (
        make_client() as client,
        client.guarded.get_or_create(key).connect(params={"delayMs": 100}) as conn,
    ):
        welcome = Inbox()
        conn.on("welcome", welcome)
        await conn.wait_ready()
        assert welcome.drain() == [(conn.connection_id,)]


async def test_events_come_before_the_answer(make_client, key, encoding):
    """What an action broadcasts before it returns has been delivered when its answer is."""
    async with make_client(encoding=encoding) as client, client.counter.get_or_create(key).connect() as conn:
        seen = []
        conn.on("newCount", seen.append)
        conn.on("tick", lambda *args: seen.append(args))
        for count in range(1, 11):
            assert await conn.increment() == count
            assert seen == [count]
            seen.clear()
        assert await conn.burst(200, "x") == 200
        assert seen == [(n, "x") for n in range(200)]


async def test_iterator(make_client, key, encoding):
    async with make_client(encoding=encoding) as client, client.counter.get_or_create(key).connect() as conn:
        ticks, counts = conn.events("tick"), conn.events("newCount")
        await conn.burst(3, "é")
        await conn.increment(2)
        taken = []
        async for number, text in ticks:
            taken.append((number, text))
            if number == 2:
                break
        assert taken == [(0, "é"), (1, "é"), (2, "é")]
        async for args in counts:
            assert args == (2,)
            break
        # Going on where it was left.
        await conn.burst(1)
        async for args in ticks:
            assert args == (0, "")
            break


async def test_iterator_waits(make_client, key):
    async with make_client() as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn, conn.events("newCount", timeout=30) as counts:
            await conn.wait_ready()
            item = asyncio.ensure_future(anext(aiter(counts)))
            await conn.get()  # the subscription is there
            assert not item.done()
            await handle.increment()
            assert await item == (1,)


async def test_iterator_timeout(make_client, key):
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        counts = conn.events("newCount", timeout=0.2)
        await conn.increment()
        assert await anext(aiter(counts)) == (1,)
        started = time.monotonic()
        with pytest.raises(ActionTimeoutError, match="no event 'newCount'") as caught:
            await anext(aiter(counts))
        assert 0.15 < time.monotonic() - started < 5.0
        assert caught.value.timeout == 0.2
        assert not caught.value.may_have_run
        # It is not the end.
        await conn.increment()
        assert await anext(aiter(counts)) == (2,)


async def test_closed_iterator(make_client, key):
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        async with conn.events("newCount") as counts:
            await conn.increment()
        await conn.increment()
        # What had arrived is still there; then it ends.
        assert [args async for args in counts] == [(1,)]
        await counts.close()
        seen = conn.events("newCount")
        await conn.increment()
        await seen.close()
        assert [args async for args in seen] == [(3,)]


async def test_iterators_end_with_the_connection(make_client, key):
    async with make_client() as client:
        conn = client.counter.get_or_create(key).connect()
        ticks = conn.events("tick")
        await conn.burst(3)
        closing = asyncio.ensure_future(conn.close())
        assert [number async for number, _ in ticks] == [0, 1, 2]
        await closing


# The engine silently drops messages when some thousands wait in it at once, whoever reads how fast. So bursts are of
# few and large events, enough to fill the buffers of sockets.
BURST, TEXT = 300, "x" * 8000


async def test_nothing_is_lost_in_a_burst(make_client, key, encoding):
    """A reader that is slower than the actor: the connection stops reading, and everything comes, in order."""
    async with make_client(encoding=encoding) as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn:
            ticks = conn.events("tick", timeout=30, max_buffer=5)
            await conn.get()
            assert await handle.burst(BURST, TEXT) == BURST
            taken = []
            async for number, text in ticks:
                assert text == TEXT
                taken.append(number)
                if len(taken) % 100 == 0:
                    await asyncio.sleep(0.05)
                if len(taken) == BURST:
                    break
            assert taken == list(range(BURST))
            assert await conn.get() == 0


async def test_calls_pass_a_full_buffer(make_client, key):
    """A call on a connection whose events nobody takes gets its answer, and no event is lost."""
    async with make_client() as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn:
            ticks = conn.events("tick", timeout=30, max_buffer=1)
            await conn.get()
            assert await handle.burst(BURST, TEXT) == BURST
            started = time.monotonic()
            assert await conn.action("get", timeout=30) == 0
            assert await handle.burst(1, "more") == 1
            assert await conn.action("get", timeout=30) == 0
            assert await conn.increment() == 1
            assert time.monotonic() - started < 25.0
            taken = []
            async for number, _ in ticks:
                taken.append(number)
                if len(taken) == BURST + 1:
                    break
            assert taken == [*range(BURST), 0]


async def test_closing_with_a_full_buffer(make_client, key, monkeypatch):
    # What a peer, and a thread, have for it: longer than a busy engine takes.
    monkeypatch.setattr(blocking_connection, "CLOSE_TIMEOUT", 60.0)
    async with make_client(limits=Limits(close_timeout=60.0)) as client:
        handle = client.counter.get_or_create(key)
        conn = handle.connect()
        ticks = conn.events("tick", max_buffer=1)
        await conn.get()
        assert await handle.burst(BURST, TEXT) == BURST
        assert await anext(aiter(ticks)) == (0, TEXT)
        started = time.monotonic()
        await conn.close()
        assert time.monotonic() - started < 30.0


async def test_forbidden_event(make_client, key, encoding):
    """The actor ends the connection of a client that subscribes to this event. The end is final: PROTOCOL.md 5.5."""
    async with make_client(encoding=encoding) as client, client.faulty.get_or_create(key).connect() as conn:
        errors = Inbox()
        conn.on_error(errors)
        await conn.wait_ready()
        secrets = conn.events("forbidden", timeout=30)
        with pytest.raises(ActorError) as caught:
            await anext(aiter(secrets))
        assert (caught.value.group, caught.value.code) == ("auth", "forbidden")
        (error,) = await errors.get()
        assert error.code == "forbidden"
        with pytest.raises(ActorError, match="forbidden"):
            await conn.calls()
        assert errors.drain() == []


async def test_events_of_an_actors_own_accord(make_client, key):
    async with make_client() as client, client.alarm.get_or_create(key).connect() as conn:
        fired = conn.events("fired", timeout=30)
        await conn.after(50, {"n": 1})
        assert await anext(aiter(fired)) == ({"n": 1},)


async def test_bad_arguments(make_client, key):
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        with pytest.raises(TypeError, match="event name must be a str"):
            conn.on(1, print)
        with pytest.raises(TypeError, match="callable"):
            conn.on("tick", "print")
        with pytest.raises(ValueError, match="max_buffer"):
            conn.events("tick", max_buffer=0)
        with pytest.raises(ValueError, match="timeout"):
            conn.events("tick", timeout=-1)
        assert await conn.get() == 0
