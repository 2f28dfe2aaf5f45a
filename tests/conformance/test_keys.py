"""Keys cannot collide: different ones are different actors, and every way to use one reaches the same actor."""

from __future__ import annotations

import asyncio
import json

# Near misses of each other under one or another way to join, split, escape, trim, fold or decode.
KEYS = [
    (),
    ("",),
    ("", ""),
    ("a",),
    ("a", ""),
    ("", "a"),
    ("a", "", "b"),
    ("a", "b"),
    ("a,b",),
    ("a, b",),
    ("a/b",),
    ("a\\/b",),
    ("a\\", "b"),
    ("a\\b",),
    ("a\\,b",),
    (",",),
    ("/",),
    ("\\",),
    ("\\0",),
    ("a\\0b",),
    ("a b",),
    ("a+b",),
    ("a%20b",),
    ("a%2Bb",),
    ("a%2Cb",),
    ("a%b",),
    (" ",),
    ("a ",),
    ("A",),
    ("a&rvt-key=b",),
    ("a=b",),
    ("a?b#c",),
    ("a;b",),
    ("a@b",),
    (".",),
    ("..",),
    ("null",),
    ("é",),
    ("e\u0301",),
    ("日本,語",),
    ("日本語",),
    ("😀", "😀"),
    ("a\nb",),
    ("a\tb",),
    ('"a"',),
    ("x" * 1024,),
    ("x" * 1022, "x"),
    ("é" * 512,),
]
# The host reads any \\0 in a component as an empty one (PROTOCOL.md 2), so it tells these otherwise.
TOLD_OTHERWISE = {("\\0",), ("a\\0b",)}


async def test_every_key_is_one_actor(make_client, flavour):
    """Different keys are different actors, and every way to use a key reaches the same, whichever way made it."""

    async def action(handle):
        return await handle.whoami()

    async def resolve(handle):
        return {"actorId": await handle.resolve()}

    async def connect(handle):
        async with handle.connect() as conn:
            return await conn.whoami()

    async def fetch(handle):
        return (await handle.fetch()).json()

    async def websocket(handle):
        async with handle.websocket() as socket:
            return json.loads(await socket.receive(timeout=30))

    ways = [action, resolve, connect, fetch, websocket]
    name = f"keyed_{flavour}"

    # All at once is more than a busy engine can take: it has been seen to answer nothing any more.
    turns = asyncio.Semaphore(8)

    async def visit(index, key):
        async with turns:
            return await visited(index, key)

    async def visited(index, key):
        first = ways[(index + (flavour.name == "asyncio")) % len(ways)]
        found = [await first(client.get_or_create(name, key))]
        found += [await way(client.get(name, key)) for way in ways]
        assert len({who["actorId"] for who in found}) == 1, key
        told = {tuple(who["key"]) for who in found if "key" in who}
        assert told == {key} or key in TOLD_OTHERWISE
        return found[0]["actorId"]

    async with make_client() as client:
        found = await asyncio.gather(*(visit(index, key) for index, key in enumerate(KEYS)))
    assert len(set(found)) == len(KEYS)
