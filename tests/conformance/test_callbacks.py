"""What callbacks may do: anything, including calls over the connection that called them."""

from __future__ import annotations

import asyncio
import logging

import pytest

from rivet_client import AsyncClient, Client, ConnectionClosedError, ConnectionStatus
from tests.support.flavours import Inbox, use_pythons_hooks


async def test_calls_from_a_callback(make_client, key, in_callback):
    async with make_client() as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn:
            results = Inbox()

            async def ask(inner, count):
                results(count, await inner.get(), await inner.action("get", timeout=30))

            conn.on("newCount", in_callback(ask, conn))
            for count in (1, 2, 3):
                assert await conn.increment() == count
                assert await results.get() == (count, count, count)


async def test_calls_that_cause_the_same_event(make_client, key, in_callback):
    """The callback of an event that its own call has caused comes after it, not inside it."""
    async with make_client() as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn:
            entries = Inbox()

            async def echo(inner, count):
                entries("in", count)
                if count < 4:
                    assert await inner.increment() == count + 1

            conn.on("newCount", in_callback(echo, conn))
            await conn.get()  # the subscription is there
            await handle.increment()
            assert [await entries.get() for _ in range(4)] == [("in", count) for count in (1, 2, 3, 4)]
            assert await conn.get() == 4


async def test_calls_over_http_and_other_connections(make_client, key, in_callback):
    async with make_client() as client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn, client.echo.get_or_create(key).connect() as echo:
            results = Inbox()

            async def over_http(inner, count):
                results("http", count, await inner.get())

            async def over_another(inner, count):
                results("other", count, await inner.echo(count))

            conn.on("newCount", in_callback(over_http, handle))
            conn.on("newCount", in_callback(over_another, echo))
            await conn.increment()
            assert {await results.get(), await results.get()} == {("http", 1, 1), ("other", 1, 1)}


async def test_calls_when_it_opens(make_client, key, in_callback):
    async with make_client() as client:
        conn = client.guarded.get_or_create(key).connect(params={"delayMs": 100})
        results = Inbox()

        async def who(inner):
            await inner.wait_ready()
            results(await inner.connectionId())

        conn.on_open(in_callback(who, conn))
        assert await results.get() == (conn.connection_id,)
        await conn.close()


async def test_closing_from_a_callback(make_client, key, in_callback):
    async with make_client() as client:
        handle = client.counter.get_or_create(key)
        conn = handle.connect()
        results = Inbox()

        async def close(inner, _count):
            await inner.close()
            try:
                await inner.get()
            except ConnectionClosedError as error:
                results(error)

        conn.on("newCount", in_callback(close, conn))
        ended = Inbox()
        conn.on_close(ended)
        await conn.get()  # the subscription is there
        await handle.increment()
        await results.get()
        await ended.get()
        assert conn.status == ConnectionStatus.IDLE
        await conn.close()


async def test_unsubscribing_from_a_callback(make_client, key):
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        seen = Inbox()
        offs = []

        def listener(number, _text):
            seen(number)
            if number == 2:
                offs.pop()()

        offs.append(conn.on("tick", listener))
        await conn.burst(10)
        assert seen.drain() == [(0,), (1,), (2,)]


async def test_subscribing_from_a_callback(make_client, key):
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        seen = Inbox()
        conn.once("tick", lambda *_: conn.on("newCount", seen))
        await conn.burst(1)
        await conn.increment()
        assert seen.drain() == [(1,)]


async def test_a_callback_that_raises(make_client, key, caplog, monkeypatch):
    use_pythons_hooks(monkeypatch)
    async with make_client() as client, client.counter.get_or_create(key).connect() as conn:
        seen = Inbox()

        def broken(*_):
            raise RuntimeError("not my day")

        conn.on("newCount", broken)
        conn.on("newCount", seen)
        conn.on_open(broken)
        with caplog.at_level(logging.ERROR, "rivet_client"):
            await conn.increment()
            await conn.increment()
        assert seen.drain() == [(1,), (2,)]
        messages = [record.getMessage() for record in caplog.records]
        assert len([message for message in messages if "newCount" in message]) == 2
        assert all("not my day" in str(record.exc_info[1]) for record in caplog.records)


async def test_async_callbacks(engine, key):
    async with AsyncClient(engine.url) as client, client.counter.get_or_create(key).connect() as conn:
        seen, answered = Inbox(), asyncio.Event()

        async def slow(number, _text):
            await answered.wait()
            seen(number)

        conn.on("tick", slow)
        assert await conn.burst(5) == 5
        assert seen.drain() == []  # nobody waits for them, not even the answer
        answered.set()
        assert sorted([await seen.get() for _ in range(5)]) == [(n,) for n in range(5)]


def test_a_blocking_client_awaits_nothing(engine, key):
    async def callback(*_):
        raise AssertionError("nobody awaits this")

    with Client(engine.url) as client, client.counter.get_or_create(key).connect() as conn:
        for register in (
            lambda: conn.on("newCount", callback),
            lambda: conn.once("newCount")(callback),
            lambda: conn.on_open(callback),
        ):
            with pytest.raises(TypeError, match="only an AsyncClient awaits"):
                register()
        assert conn.increment() == 1
        with pytest.raises(TypeError, match="get_params must be a plain function"):
            client.counter.get_or_create(key, get_params=callback).connect()


def test_a_blocking_callback_cannot_wait_for_events(engine, key):
    """It runs on the thread that receives them, so it would wait for ever."""
    with Client(engine.url) as client, client.counter.get_or_create(key).connect() as conn:
        caught = []
        ticks = conn.events("tick")

        def wait(_count):
            with pytest.raises(RuntimeError, match="cannot wait for events") as raised:
                next(ticks)
            caught.append(raised.value)

        conn.on("newCount", wait)
        conn.increment()
        assert len(caught) == 1
