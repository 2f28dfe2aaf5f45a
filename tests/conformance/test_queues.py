"""Queues: sending with and without waiting, and what can become of a message."""

from __future__ import annotations

import asyncio
import time

import pytest

from rivet_client import ActorError, ConfigError, QueueSendResult


async def test_waiting_for_completion(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.worker.get_or_create(key)) as worker:
        # First, so that the two sends below do not race to create the actor.
        assert await worker.processed() == []
        double, silent = await asyncio.gather(
            worker.send("double", {"n": 21}, wait=True, timeout=30),
            worker.send("silent", ["é", None], wait=True),
        )
        assert double == QueueSendResult("completed", {"doubled": 42})
        assert silent == QueueSendResult("completed", None)
        processed = await worker.processed()
        assert len(processed) == 2
        assert {"n": 21} in processed
        assert ["é", None] in processed


async def test_not_waiting(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        worker = client.worker.get_or_create(key)
        # In order, for each send ends when the actor has the message.
        bodies = [1, "two", None, {"n": [4]}]
        for body in bodies:
            assert await worker.send("silent", body) is None
        assert await worker.send("silent") is None
        last = await worker.send("silent", "last", wait=True)
        assert last.status == "completed"
        assert await worker.processed() == [*bodies, None, "last"]


async def test_nobody_completes_in_time(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        worker = client.worker.get_or_create(key)
        started = time.monotonic()
        assert await worker.send("ignored", 1, wait=True, timeout=0.3) == QueueSendResult("timedOut", None)
        assert time.monotonic() - started > 0.25


async def test_refused_and_unknown(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        worker = client.worker.get_or_create(key)
        with pytest.raises(ActorError) as caught:
            await worker.send("forbidden", 1)
        assert (caught.value.group, caught.value.code) == ("auth", "forbidden")
        assert not caught.value.may_have_run
        assert caught.value.actor.key == key
        # The host drops what is for no queue, and calls that completed: PROTOCOL.md 4.5.
        assert await worker.send("nothing", 1) is None
        assert (await worker.send("nothing", 1, wait=True)).status == "completed"
        assert (await client.bare.get_or_create(key).send("nothing", 1, wait=True)).status == "completed"
        assert await worker.processed() == []


async def test_full(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        worker = client.worker.get_or_create(key)
        for n in range(5):
            await worker.send("ignored", n)
        with pytest.raises(ActorError) as caught:
            await worker.send("ignored", 6)
        assert (caught.value.group, caught.value.code) == ("queue", "full")
        assert caught.value.metadata == {"limit": 5}
        assert caught.value.is_retryable
        assert not caught.value.may_have_run


async def test_queue_names_are_escaped(make_client, key):
    async with make_client() as client:
        worker = client.worker.get_or_create(key)
        assert (await worker.send("double/../silent?é%41", 1, wait=True)).status == "completed"
        assert await worker.processed() == []


async def test_bad_arguments(make_client, key):
    async with make_client() as client:
        worker = client.worker.get_or_create(key)
        with pytest.raises(ConfigError, match="queue name"):
            await worker.send("", 1)
        with pytest.raises(TypeError, match=r"body\.f"):
            await worker.send("silent", {"f": print})
        with pytest.raises(ConfigError, match="timeout"):
            await worker.send("silent", 1, wait=True, timeout=-1)
        with pytest.raises(ActorError) as caught:
            await client.worker.get([key, "missing"]).send("silent", 1)
        assert (caught.value.group, caught.value.code) == ("actor", "not_found")
