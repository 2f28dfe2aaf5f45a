"""The floor of the asyncio flavour: prepared bytes over bare transports, no task or future per operation.

Usage: see measure.py.
"""

from __future__ import annotations

import asyncio
import time

from measure import JOB, SETTINGS, phases, report, resident_bytes

floor = SETTINGS["floor"]
HELLO, REQUEST = bytes.fromhex(floor["hello"]), bytes.fromhex(floor["request"])


class Peer(asyncio.Protocol):
    """Sends its whole window in one write, again whenever all replies are in, until its time is over."""

    def __init__(self) -> None:
        self.finished = asyncio.get_running_loop().create_future()
        self.missing: int = floor["hello_reply_size"]
        self.deadline = 0.0
        self.done = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.transport.write(HELLO)
        if not self.missing:
            self.finished.set_result(None)

    async def run(self, seconds: float, window: int) -> int:
        self.finished = asyncio.get_running_loop().create_future()
        self.request, self.reply_size = REQUEST * window, floor["reply_size"] * window
        self.deadline, self.done, self.missing = time.perf_counter() + seconds, 0, self.reply_size
        self.transport.write(self.request)
        await self.finished
        return self.done * window

    def data_received(self, data: bytes) -> None:
        self.missing -= len(data)
        if self.missing:
            return
        self.done += 1
        if time.perf_counter() < self.deadline:
            self.missing = self.reply_size
            self.transport.write(self.request)
        else:
            self.finished.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or EOFError("the stub hung up"))


async def connect() -> Peer:
    host, port = SETTINGS["endpoint"].removeprefix("http://").split(":")
    _, peer = await asyncio.get_running_loop().create_connection(Peer, host, int(port))
    await peer.finished
    return peer


async def timed() -> float:
    peers = [await connect() for _ in range(floor["connections"])]
    costs = []
    for seconds in phases():
        start = time.perf_counter()
        done = sum(await asyncio.gather(*(peer.run(seconds, floor["window"]) for peer in peers)))
        costs.append((time.perf_counter() - start) / (done * floor["operations"]) * 1e6)
    return min(costs[1:])


async def memory() -> dict[str, float]:
    held = [await connect()]
    before = resident_bytes()
    held += [await connect() for _ in range(SETTINGS["connections"])]
    return {"memory_base": before, "memory": (resident_bytes() - before) / SETTINGS["connections"]}


async def main() -> None:
    match JOB:
        case "first_call":
            await (await connect()).run(0, 1)
            report({})
        case "memory":
            report(await memory())
        case _:
            report({JOB: await timed()})


asyncio.run(main())
