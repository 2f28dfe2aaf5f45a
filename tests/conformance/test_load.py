"""Many connections in one process, with events flowing through all of them."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.flavours import FLAVOURS, Flavour

ACTORS = 10


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("flavour", "connections"), [(FLAVOURS[1], 500), (FLAVOURS[0], 100)], ids=["asyncio-500", "blocking-100"]
)
async def test_many_connections(engine, key, flavour: Flavour, connections):
    async with flavour.client(engine.url) as client:
        rooms = [client.counter.get_or_create([key, str(number)]) for number in range(ACTORS)]
        await asyncio.gather(*(room.increment(1) for room in rooms))
        conns = [rooms[number % ACTORS].connect() for number in range(connections)]
        seen = [0] * connections

        def note(number):
            def count(_value):
                seen[number] += 1

            return count

        for number, conn in enumerate(conns):
            conn.on("newCount", note(number))
        for start in range(0, connections, 50):
            await asyncio.gather(*(conn.wait_ready(120) for conn in conns[start : start + 50]))
        # What one connection makes its actor say is heard by all that have subscribed; of that, nobody is told.
        async with asyncio.timeout(120):
            while not all(seen):
                await asyncio.gather(*(conn.increment(1) for conn in conns[:ACTORS]))
                await asyncio.sleep(0.5)
        assert {conn.status for conn in conns} == {"connected"}
        await asyncio.gather(*(conn.close() for conn in conns))
        assert {conn.status for conn in conns} == {"idle"}
