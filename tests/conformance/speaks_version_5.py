"""What test_protocol_versions.py runs as a program of its own: a client of a made-up version 5 and a real engine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import Any

from rivet_client import QueueSendResult, VersionError
from rivet_client_generated.protocol.messages import Pause
from rivet_client_generated.protocol.versions import NEWEST
from tests.support.flavours import FLAVOURS, Flavour


def begins_with(client: Any) -> int:
    """The version that the client begins with over HTTP."""
    first: int = getattr(client, "_target", client)._runtime.context.versions.first
    return first


async def error_of(call: Awaitable[Any]) -> VersionError:
    try:
        await call
    except VersionError as error:
        return error
    raise AssertionError("no error")


async def falls_back(flavour: Flavour, url: str, key: str) -> None:
    async with flavour.client(url) as client:
        assert begins_with(client) == 5
        counter = client.counter.get_or_create(key)
        assert await counter.increment(2) == 2
        assert begins_with(client) == 4
        async with counter.connect() as connection:
            news = aiter(connection.events("newCount"))
            assert await connection.increment(3) == 5
            assert await anext(news) == (5,)
            assert await counter.increment(1) == 6
            assert await anext(news) == (6,)
        worker = client.worker.get_or_create(key)
        assert await worker.send("double", {"n": 21}, wait=True, timeout=30) == QueueSendResult(
            "completed", {"doubled": 42}
        )
    async with flavour.client(url) as client:  # a queue, and a connection, as the first that a client uses
        sent = await client.worker.get_or_create(key).send("silent", 1, wait=True)
        assert (sent.status, begins_with(client)) == ("completed", 4)
    async with flavour.client(url) as client:
        async with client.counter.get_or_create(key).connect() as connection:
            assert await connection.get() == 6
        assert begins_with(client) == 4


async def fails_if_it_is_fixed(flavour: Flavour, url: str, key: str) -> None:
    async with flavour.client(url, protocol_version=5) as client:
        counter = client.counter.get_or_create(key)
        async with counter.connect() as connection:
            for call in (
                counter.increment(1),
                client.worker.get_or_create(key).send("silent", 1),
                connection.increment(1),
            ):
                error = await error_of(call)
                assert not error.may_have_run
                assert "version 5 of the protocol is unknown to the host of" in str(error)
                assert "which knows version 4; leave protocol_version out, or update" in str(error)
    async with flavour.client(url, protocol_version=4) as client:
        assert await client.counter.get_or_create(key).get() == 6


async def both(flavour: Flavour, url: str, key: str) -> None:
    await falls_back(flavour, url, key)
    await fails_if_it_is_fixed(flavour, url, key)


if __name__ == "__main__":
    assert NEWEST == 5
    assert Pause(seconds=1)
    for each in FLAVOURS:
        each.run(asyncio.wait_for(both(each, sys.argv[1], f"{sys.argv[2]}-{each}"), 90))
    print("all is well")
