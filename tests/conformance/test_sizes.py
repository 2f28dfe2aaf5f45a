"""Messages that are too long: 64 KiB in, 1 MiB out (PROTOCOL.md 4.7, 5.5)."""

from __future__ import annotations

import asyncio

import pytest

from rivet_client import ActorError
from tests.support.flavours import Inbox

IN, OUT = 65_536, 1_048_576


async def too_long(call, code):
    with pytest.raises(ActorError) as caught:
        await call
    assert (caught.value.group, caught.value.code) == ("message", code)
    assert not caught.value.is_retryable
    return caught.value


async def test_the_longest_messages(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        text = "x" * (IN - 200)
        assert await echo.echo(text) == text
        assert len(await echo.text(OUT - 200)) == OUT - 200
        # docs/actions.md names these two figures.
        assert await echo.echo(bytes(48_900)) == bytes(48_900)
        assert len(await echo.bytes(786_132)) == 786_132


async def test_too_long_for_the_actor(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        await echo.store(1)
        await too_long(echo.store("x" * IN), "incoming_too_long")
        # A connection ends over it, and comes back.
        assert await echo.load() == 1


async def test_a_call_beside_one_that_is_too_long(make_client, key, sent):
    async with make_client() as client, client.slow.get_or_create(key).connect() as conn:
        errors = Inbox()
        conn.on_error(errors)
        await conn.wait_ready()
        beside = asyncio.ensure_future(conn.sleep(2000))
        await sent()
        await too_long(conn.sleep("x" * IN), "incoming_too_long")
        with pytest.raises(ActorError, match="incoming_too_long") as caught:
            await beside
        assert caught.value.may_have_run
        (error,) = await errors.get()
        assert error.code == "incoming_too_long"
        assert await conn.sleep(1) == 1
        assert errors.drain() == []


async def test_too_long_for_the_client(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        await echo.store(1)
        error = await too_long(echo.text(OUT), "outgoing_too_long")
        assert error.may_have_run
        assert "longer than the 1048576 bytes that its host sends, unless its registry sets" in error.message
        assert await echo.load() == 1


async def test_queue_messages(make_client, key):
    async with make_client() as client:
        worker = client.worker.get_or_create(key)
        await too_long(worker.send("silent", "x" * IN), "incoming_too_long")
        assert await worker.processed() == []
