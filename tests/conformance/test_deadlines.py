"""Deadlines of calls, and what a client is like after one has passed."""

from __future__ import annotations

import asyncio
import time

import pytest

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    CallCancelledError,
    CancelScope,
    Client,
    ConfigError,
)
from tests.support.flavours import in_thread


async def test_a_slow_action(make_client, key, lane, eventually):
    async with make_client() as client, lane(client.slow.get_or_create(key)) as slow:
        assert await slow.sleep(0) == 0
        started = time.monotonic()
        with pytest.raises(ActionTimeoutError, match="action 'sleep'") as caught:
            await slow.action("sleep", 2500, timeout=0.3)
        assert 0.25 < time.monotonic() - started < 2.4
        assert caught.value.timeout == 0.3
        assert caught.value.may_have_run
        assert isinstance(caught.value, TimeoutError)
        # Nothing is in the way of the next call, and nobody gets the late answer.
        assert await slow.sleep(0) == 0
        await eventually(slow.finished, 3)


async def test_cancelled_by_another_thread(engine, key):
    with Client(engine.url) as client:
        slow = client.slow.get_or_create(key)
        await in_thread(slow.sleep, 0)
        connection = slow.connect()
        await in_thread(connection.wait_ready)
        for caller in (slow, connection):
            with CancelScope() as scope:
                call = asyncio.ensure_future(in_thread(caller.sleep, 500))
                while not scope._signal._wakes:
                    await asyncio.sleep(0.01)
            scope.cancel()
            with pytest.raises(CallCancelledError) as caught:
                await call
            assert caught.value.may_have_run
            # Nothing is in the way of the next call, and nobody gets the late answer.
            assert await in_thread(caller.sleep, 0) == 0
        await in_thread(connection.close)


async def test_the_clients_timeout(make_client, key, lane):
    async with make_client() as client:
        await client.slow.get_or_create(key).sleep(0)
    async with make_client(timeout=0.4) as client, lane(client.slow.get_or_create(key)) as slow:
        with pytest.raises(ActionTimeoutError) as caught:
            await slow.sleep(2500)
        assert caught.value.timeout == 0.4
        # A call's own timeout has precedence, in both directions.
        assert await slow.action("sleep", 600, timeout=30) == 600
        started = time.monotonic()
        with pytest.raises(ActionTimeoutError):
            await slow.action("sleep", 2500, timeout=0.1)
        assert time.monotonic() - started < 2.4


async def test_no_timeout_at_all(make_client, key, lane):
    async with make_client(timeout=None) as client, lane(client.slow.get_or_create(key)) as slow:
        assert await slow.sleep(300) == 300


async def test_many_deadlines_at_once(make_client, key, lane):
    async with make_client() as client, lane(client.slow.get_or_create(key)) as slow:
        await slow.sleep(0)
        timeouts = [0.2, 0.3, 0.4, 0.5]
        started = time.monotonic()

        async def call(timeout):
            with pytest.raises(ActionTimeoutError):
                await slow.action("sleep", 2500, timeout=timeout)
            return time.monotonic() - started

        waited = await asyncio.gather(*map(call, timeouts), slow.sleep(700))
        for timeout, seconds in zip(timeouts, waited, strict=False):
            assert timeout - 0.05 < seconds < 2.4
        assert waited[-1] == 700


async def test_the_hosts_own_limit(make_client, key, lane):
    async with make_client() as client, lane(client.slow.get_or_create(key)) as slow:
        with pytest.raises(ActorError) as caught:
            await slow.sleep(10_000)
        assert (caught.value.group, caught.value.code) == ("actor", "action_timed_out")
        assert caught.value.may_have_run
        assert not caught.value.is_retryable


async def test_waiting_for_a_connection_counts(make_client, key):
    async with make_client() as client:
        conn = client.guarded.get_or_create(key).connect({"delayMs": 4000})
        started = time.monotonic()
        with pytest.raises(ActionTimeoutError, match="no connection"):
            await conn.wait_ready(timeout=0.2)
        with pytest.raises(ActionTimeoutError) as caught:
            await conn.action("connectionId", timeout=0.2)
        assert not caught.value.may_have_run
        assert time.monotonic() - started < 3.8
        # It goes on connecting meanwhile.
        await conn.wait_ready(timeout=30)
        assert await conn.connectionId() == conn.connection_id
        await conn.close()


async def test_an_actor_that_starts_slowly(make_client, key):
    async with make_client() as client:
        slow = client.slow.get_or_create(key, create_with_input={"startMs": 2500})
        started = time.monotonic()
        with pytest.raises(ActionTimeoutError):
            await slow.action("finished", timeout=0.3)
        assert time.monotonic() - started < 2.3
        assert await slow.finished() == 0


async def test_queue_sends(make_client, key):
    async with make_client() as client:
        assert await client.worker.get_or_create(key).send("silent", 1, wait=True)
    async with make_client(timeout=1.0) as client:
        started = time.monotonic()
        # Without a time for the actor, the client's is that of the request.
        with pytest.raises(ActionTimeoutError):
            await client.worker.get_or_create(key).send("ignored", 1, wait=True)
        assert 0.9 < time.monotonic() - started < 5.0


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf")])
async def test_impossible_timeouts(make_client, key, lane, timeout):
    async with make_client() as client, lane(client.counter.get_or_create(key)) as counter:
        with pytest.raises(ConfigError, match="timeout must be"):
            await counter.action("increment", timeout=timeout)
        with pytest.raises(TypeError, match="timeout must be a number"):
            await counter.action("increment", timeout="5")
        assert await counter.get() == 0
