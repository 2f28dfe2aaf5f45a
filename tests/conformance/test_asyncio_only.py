"""What only asyncio has: cancellation, and one event loop after another."""

from __future__ import annotations

import asyncio
import gc

import pytest

from rivet_client import AsyncClient, ConnectionClosedError, ConnectionStatus
from tests.support.flavours import ASYNCIO_LOOPS

pytestmark = [pytest.mark.usefixtures("flavour"), pytest.mark.parametrize("flavour", ASYNCIO_LOOPS, ids=str)]


async def test_cancelling_calls(engine, key, lane):
    async with AsyncClient(engine.url) as client, lane(client.slow.get_or_create(key)) as slow:
        await slow.sleep(0)
        before = asyncio.all_tasks()
        task = asyncio.create_task(slow.sleep(2500))
        await asyncio.sleep(0.15)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(slow.sleep(2500), 0.15)
        cancelled: list[asyncio.Task[int]] = []
        with pytest.raises(ExceptionGroup) as caught:
            await fail_in_a_group(slow, cancelled)
        assert caught.group_contains(ZeroDivisionError)
        assert [task.cancelled() for task in cancelled] == [True] * 5
        # Nothing is left behind, and the next calls have the wire to themselves.
        assert asyncio.all_tasks() == before
        assert await slow.sleep(1) == 1
        assert await asyncio.gather(*map(slow.sleep, range(5))) == [0, 1, 2, 3, 4]


async def fail_in_a_group(slow, cancelled):
    async with asyncio.TaskGroup() as group:
        cancelled += [group.create_task(slow.sleep(2500)) for _ in range(5)]
        await asyncio.sleep(0.15)
        raise ZeroDivisionError


async def test_cancelling_at_any_moment(engine, key, lane):
    """From before the look-up of the engine to after the answer."""
    async with AsyncClient(engine.url) as client:
        await client.counter.get_or_create(key).get()
    for turns in [*range(12), 20, 40]:
        async with AsyncClient(engine.url) as client, lane(client.counter.get_or_create(key)) as counter:
            task = asyncio.create_task(counter.get())
            for _ in range(turns):
                await asyncio.sleep(0)
            if task.cancel():  # the machine may be so busy that the answer is there
                with pytest.raises(asyncio.CancelledError):
                    await task
            if turns % 4 == 0:
                assert await counter.get() == 0


async def test_cancelling_waits(engine, key):
    async with AsyncClient(engine.url) as client:
        async with client.guarded.get_or_create(key).connect({"delayMs": 1500}) as conn:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(conn.wait_ready(), 0.1)
            await conn.wait_ready()
        async with client.counter.get_or_create(key).connect() as conn:
            counts = conn.events("newCount")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(counts), 0.1)
            # The event that the cancelled wait was for is not lost.
            await conn.increment()
            assert await anext(counts) == (1,)


async def test_cancelling_close(engine, key):
    async with AsyncClient(engine.url) as client:
        conn = client.counter.get_or_create(key).connect()
        await conn.wait_ready()
        task = asyncio.create_task(conn.close())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ConnectionClosedError):
            await conn.get()
        await conn.close()


def test_one_client_in_two_event_loops(engine, key, flavour):
    client = AsyncClient(engine.url)
    handle = client.counter.get_or_create(key)

    async def use(total):
        seen = []
        async with handle.connect() as conn:
            conn.on("newCount", seen.append)
            assert await conn.increment() == total - 1
            assert await handle.increment() == total
            while len(seen) < 2:
                await asyncio.sleep(0.01)
            assert seen == [total - 1, total]
        left_open = handle.connect()
        await left_open.wait_ready()
        return left_open

    for total in (2, 4):
        left_open = flavour.run(use(total))
        assert left_open.status == ConnectionStatus.IDLE, "it ends with its loop"
        with pytest.raises(RuntimeError, match="another event loop"):
            flavour.run(left_open.get())
    gc.collect()  # sockets that nobody closed would complain

    async def finish():
        assert await handle.get() == 4
        await client.close()
        with pytest.raises(ConnectionClosedError):
            await handle.get()

    flavour.run(finish())


def test_a_connection_needs_a_running_loop(engine, key):
    client = AsyncClient(engine.url)
    with pytest.raises(RuntimeError, match="event loop"):
        client.counter.get_or_create(key).connect()
