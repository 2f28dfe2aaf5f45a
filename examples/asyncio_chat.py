"""An asyncio program: two people in one chat room, each with a connection of their own.

Needs an engine with the example registry: `python examples/local_engine.py python examples/asyncio_chat.py`.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from rivet_client import ActorError, AsyncActorConnection, AsyncClient


async def main() -> None:
    # The endpoint comes from RIVET_ENDPOINT, or is http://localhost:6420.
    async with AsyncClient() as client:
        # The key has two parts: building and room. Commas and slashes in them are safe.
        room = client.chatRoom.get_or_create(["HQ, north wing", f"room-{time.time_ns()}"])
        print("this room is:", await room.where())

        async with room.connect() as ann, room.connect() as bob:
            bob_hears = asyncio.create_task(listen(bob, 3))
            await asyncio.gather(ann.wait_ready(timeout=10), bob.wait_ready(timeout=10))

            await ann.sendMessage("ann", "hello")
            await bob.sendMessage("bob", "hello back")
            # A program that does not care about the answer uses a queue.
            await room.send("announcements", {"text": "the canteen is open"})

            for message in await bob_hears:
                print(f"  bob hears #{message['seq']} {message['sender']}: {message['text']}")

            # What the actor throws on purpose arrives as it was thrown, over a connection too.
            try:
                await ann.sendMessage("ann", "  ")
            except ActorError as error:
                print(f"refused: {error.group}.{error.code}: {error.message}; metadata {error.metadata}")

        # The room outlives its connections.
        print("in the history:", [message["text"] for message in await room.history(10)])


async def listen(connection: AsyncActorConnection, count: int) -> list[dict[str, Any]]:
    """Return the next `count` messages of the room."""
    heard: list[dict[str, Any]] = []
    async for (message,) in connection.events("message", timeout=10):
        heard.append(message)
        if len(heard) == count:
            break
    return heard


if __name__ == "__main__":
    asyncio.run(main())
