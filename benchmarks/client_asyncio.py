"""The asyncio client, doing a job. Usage: see measure.py."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from measure import JOB, VALUE, Figures, Holding, Rounds, client, report, started

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def timed(once: Callable[[], Awaitable[object]], operations: int = 1) -> Figures:
    rounds = Rounds(operations)
    for deadline in rounds:

        async def loop(deadline: float = deadline) -> None:
            count = 0
            while not count or time.perf_counter() < deadline:
                await once()
                count += 1
            rounds.done.append(count)

        if JOB.workers == 1:
            await loop()
        else:
            await asyncio.gather(*(loop() for _ in range(JOB.workers)))
    return rounds.figures


async def calls(handle: Any) -> Figures:
    target = handle.connect() if JOB.transport == "ws" else handle
    return await timed(lambda: target.echo(VALUE))


async def listener(handle: Any) -> Figures:
    left, finished = 0, asyncio.Event()

    def tick(number: int, text: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            finished.set()

    async def once() -> None:
        nonlocal left
        left = JOB.events
        finished.clear()
        await connection.burst(JOB.events)
        await asyncio.wait_for(finished.wait(), 60)

    connection = handle.connect()
    connection.on("tick", tick)
    return await timed(once, JOB.events)


async def iterator(handle: Any) -> Figures:
    async def once() -> None:
        burst = asyncio.create_task(connection.burst(JOB.events))
        left = JOB.events
        async for _ in ticks:
            left -= 1
            if not left:
                break
        await burst

    connection = handle.connect()
    await connection.wait_ready(10)
    ticks = connection.events("tick", timeout=60)
    return await timed(once, JOB.events)


async def start(handle: Any) -> Figures:
    await handle.echo(7)
    return started()


async def hold(handle: Any) -> Figures:
    async def open_connection() -> Any:
        connection = handle.connect()
        await connection.echo(7)
        return connection

    held = [await open_connection() for _ in range(JOB.before)]
    holding = Holding()
    held += [await open_connection() for _ in range(JOB.connections)]
    return holding.figures()


async def main() -> None:
    async with client("AsyncClient") as opened:
        report(await globals()[JOB.kind](getattr(opened, JOB.actor).get_or_create(JOB.key)))


if JOB.loop == "uvloop":
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())
