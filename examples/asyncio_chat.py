"""An asyncio program: two people in one chat room, each with a connection of their own.

Needs an engine with the example registry: `python examples/local_engine.py python examples/asyncio_chat.py`.
"""

from __future__ import annotations

import asyncio
import time

from rivet_client import ActorError, AsyncClient


async def main() -> None:
    # The endpoint comes from RIVET_ENDPOINT, or is http://localhost:6420.
    async with AsyncClient() as client:
        # The key has two parts: building and room. Commas and slashes in them are safe.
        room = client.chatRoom.get_or_create(["HQ, north wing", f"room-{time.time_ns()}"])
        print("this room is:", await room.where())

        async with room.connect() as ann, room.connect() as bob:
            heard_by_bob = bob.events("message", timeout=10)

            # Bob's call travels behind his subscription on the same connection: from here on he misses nothing.
            await bob.sendMessage("bob", "anybody here?")
            await ann.sendMessage("ann", "me")
            # A program that does not care about the answer uses a queue.
            await room.send("announcements", {"text": "the canteen is open"})

            async for (message,) in heard_by_bob:
                print(f"  bob hears #{message['seq']} {message['sender']}: {message['text']}")
                if message["seq"] == 3:
                    break

            # What the actor throws on purpose arrives as it was thrown, over a connection too.
            try:
                await ann.sendMessage("ann", "  ")
            except ActorError as error:
                print(f"refused: {error.group}.{error.code}: {error.message}; metadata {error.metadata}")

        # The room outlives its connections.
        print("in the history:", [message["text"] for message in await room.history(10)])


if __name__ == "__main__":
    asyncio.run(main())
