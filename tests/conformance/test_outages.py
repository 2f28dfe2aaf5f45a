"""Hosts and engines that are restarted or crash while a client of each flavour uses them.

Starting an engine takes long, so both flavours go through each outage of one engine together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from rivet_client import ActionTimeoutError, ActorError, ConnectionClosedError, ConnectionStatus
from tests.support.flavours import FLAVOURS, Inbox, in_thread

Step = Callable[[Callable[[], object]], Awaitable[None]]

pytestmark = pytest.mark.timeout(300)


def together() -> None:
    """A step in which nothing happens: both begin what follows at the same time."""


async def for_both(engine, scenario):
    """Run `scenario(client, key, step)` for both; `await step(engine.stop_host)` is where they do that together."""
    barrier = asyncio.Barrier(len(FLAVOURS))

    async def step(action):
        if await barrier.wait() == 0:
            await in_thread(action)
        await barrier.wait()

    async def run(flavour):
        async with flavour.client(engine.url) as client:
            await scenario(client, str(flavour), step)

    async with asyncio.TaskGroup() as group:
        for flavour in FLAVOURS:
            group.create_task(run(flavour))


async def again(call, *expected_errors):
    """What a call gives once the outage is over."""
    for _ in range(20):
        try:
            return await call()
        except expected_errors:
            await asyncio.sleep(0.2)
    return await call()


async def test_the_host_is_restarted(private_engine):
    """A deployment: connections stay as they are, and calls wait for the new host."""
    engine = private_engine()

    async def scenario(client, key, step):
        counter = client.counter.get_or_create(key)
        async with counter.connect() as conn:
            counts, statuses = Inbox(), Inbox()
            conn.on("newCount", counts)
            assert await conn.increment() == 1
            first = conn.connection_id
            conn.on_status_change(statuses)
            handle = client.slow.get_or_create(key)
            await handle.sleep(0)
            await step(together)
            slow = asyncio.ensure_future(handle.sleep(2500))
            await asyncio.sleep(1.0)  # for it to begin
            await step(engine.stop_host)
            assert await slow == 2500, "the host lets actions finish"
            waiting = asyncio.ensure_future(counter.increment())
            await asyncio.sleep(0.2)
            await step(engine.start_host)
            assert await waiting == 2
            assert await conn.increment() == 3
            assert [await counts.get() for _ in range(3)] == [(1,), (2,), (3,)]
            assert conn.connection_id == first
            assert statuses.drain() == []

    await for_both(engine, scenario)


async def test_the_host_crashes(private_engine):
    """The engine notices after some seconds, and ends what was going on there."""
    engine = private_engine()

    async def scenario(client, key, step):
        slow = client.slow.get_or_create(key)
        async with slow.connect() as conn:
            assert await conn.sleep(0) == 0
            statuses, errors = Inbox(), Inbox()
            conn.on_status_change(statuses)
            conn.on_error(errors)
            await step(together)
            calls = [
                asyncio.ensure_future(caller.action("sleep", 2500, timeout=100)) for caller in (slow, conn)
            ]
            await asyncio.sleep(0.5)
            await step(engine.kill_host)
            over_http, over_connection = await asyncio.gather(*calls, return_exceptions=True)
            # Nobody knows whether the action ran, so it is not repeated.
            assert isinstance(over_http, ActorError)
            assert (over_http.group, over_http.code) == ("guard", "actor_stopped_while_waiting")
            assert over_http.may_have_run
            assert isinstance(over_connection, ConnectionClosedError)
            assert over_connection.may_have_run
            assert await statuses.get() == (ConnectionStatus.DISCONNECTED,)
            waiting = asyncio.ensure_future(conn.action("sleep", 1, timeout=100))
            await step(engine.start_host)
            assert await waiting == 1
            assert await again(lambda: slow.action("sleep", 1, timeout=10), ActorError) == 1
            assert errors.drain() == []

    await for_both(engine, scenario)


async def test_the_host_crashes_and_is_back_at_once(private_engine):
    """The engine keeps the socket open and drops what is sent on it for more than half a minute."""
    engine = private_engine()

    async def scenario(client, key, step):
        counter = client.counter.get_or_create(key)
        async with counter.connect() as conn:
            assert await conn.increment() == 1
            await step(engine.kill_host)
            await step(engine.start_host)
            # A deadline is what remains. (If the host took long to come back, the engine has noticed already.)
            (outcome,) = await asyncio.gather(conn.action("increment", timeout=3), return_exceptions=True)
            if not isinstance(outcome, int):
                assert isinstance(outcome, (ActionTimeoutError, ConnectionClosedError)), outcome
                assert outcome.may_have_run
            # Others get through as soon as the engine has noticed.
            assert (
                await again(lambda: counter.action("increment", timeout=5), ActionTimeoutError, ActorError)
                >= 1
            )
            async with counter.connect() as other:
                assert await other.action("increment", timeout=30) >= 2

    await for_both(engine, scenario)


@pytest.mark.parametrize("end", ["stop_engine", "kill_engine"])
async def test_the_engine_is_restarted(private_engine, end, sent):
    engine = private_engine()

    async def scenario(client, key, step):
        counter = client.counter.get_or_create(key)
        # Of an actor that may take its time, as those of `slow` may not.
        async with counter.connect() as conn, client.sleeper.get_or_create(key).connect() as busy:
            counts, statuses, errors = Inbox(), Inbox(), Inbox()
            conn.on("newCount", counts)
            assert await conn.increment() == 1
            conn.on_status_change(statuses)
            conn.on_error(errors)
            await busy.work(0)
            in_flight = asyncio.ensure_future(busy.work(30_000))
            await sent(2)
            await step(getattr(engine, end))
            with pytest.raises(ConnectionClosedError) as caught:
                await in_flight
            assert caught.value.may_have_run
            assert await statuses.get() == (ConnectionStatus.DISCONNECTED,)
            # What is called meanwhile waits for the way back; over HTTP as long as the policy allows.
            waiting = asyncio.ensure_future(conn.action("increment", timeout=100))
            await step(engine.start_engine)
            assert await waiting == 2
            assert await again(counter.increment, ActorError) == 3
            assert [await counts.get() for _ in range(3)] == [(1,), (2,), (3,)]
            assert conn.status == ConnectionStatus.CONNECTED
            assert errors.drain() == []

    await for_both(engine, scenario)
