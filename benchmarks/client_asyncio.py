"""`rivet_client.AsyncClient`, doing each job against the stub. Usage: see measure.py."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from measure import JOB, SETTINGS, microseconds_async, report, resident_bytes

from rivet_client import AsyncClient

if TYPE_CHECKING:
    from rivet_client import AsyncActorHandle

EVENTS = SETTINGS["events"]


async def actions(target: Any, workers: int = 1) -> float:
    """`target` is a handle (HTTP) or a connection (WebSocket)."""

    async def once() -> int:
        await target.echo(7)
        return 1

    return await microseconds_async(once, workers)


async def events_callback(actor: AsyncActorHandle) -> float:
    left = EVENTS
    finished = asyncio.Event()

    def tick(number: int, text: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            finished.set()

    async def once() -> int:
        nonlocal left
        left = EVENTS
        finished.clear()
        await connection.burst(EVENTS)
        await asyncio.wait_for(finished.wait(), 60)
        return EVENTS

    async with actor.connect() as connection:
        connection.on("tick", tick)
        return await microseconds_async(once)


async def events_iterator(actor: AsyncActorHandle) -> float:
    async with actor.connect() as connection:
        await connection.wait_ready(10)
        ticks = connection.events("tick", timeout=60)

        async def once() -> int:
            burst = asyncio.create_task(connection.action("burst", EVENTS))
            left = EVENTS
            async for _ in ticks:
                left -= 1
                if not left:
                    break
            await burst
            return EVENTS

        return await microseconds_async(once)


async def memory(actor: AsyncActorHandle) -> dict[str, float]:
    await actor.echo(7)

    async def opened() -> Any:
        connection = actor.connect()
        await connection.echo(7)
        return connection

    held = [await opened()]
    before = resident_bytes()
    held += [await opened() for _ in range(SETTINGS["connections"])]
    return {"memory_base": before, "memory": (resident_bytes() - before) / SETTINGS["connections"]}


async def main() -> None:
    async with AsyncClient(SETTINGS["endpoint"]) as client:
        actor = client.get_or_create("bench", "bench")
        match JOB:
            case "http_seq":
                report({JOB: await actions(actor)})
            case "http_32":
                report({JOB: await actions(actor, 32)})
            case "ws_seq":
                report({JOB: await actions(actor.connect())})
            case "ws_64":
                report({JOB: await actions(actor.connect(), 64)})
            case "events_callback":
                report({JOB: await events_callback(actor)})
            case "events_iterator":
                report({JOB: await events_iterator(actor)})
            case "first_call":
                await actor.echo(7)
                report({})
            case "memory":
                report(await memory(actor))


asyncio.run(main())
