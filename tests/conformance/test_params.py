"""Connection parameters: fixed ones, and those that a function gives for each attempt."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

from rivet_client import ActorError, AsyncClient, ConfigError
from tests.support.flavours import Inbox

PARAMS = [
    {"user": "é 日本 😀", "nested": [{"a": None}, True, 1.5, -(2**40)]},
    {},
    [],
    ["$x", 1],
    'plain, with "quotes"\\ and\n breaks %41 + & ;',
    "",
    0,
    False,
    b"\0\xff",
    {"big": 2**70, "set": {1, 2}},
    "x" * 20_000,
]


async def test_params_of_a_handle(make_client, key, lane, encoding):
    """They are JSON whatever the encoding, so what JSON can carry arrives."""
    async with make_client(encoding=encoding) as client:

        async def received(params):
            async with lane(client.guarded.get_or_create(key, params=params)) as caller:
                return await caller.params()

        assert await asyncio.gather(*map(received, PARAMS)) == PARAMS
        assert await received(None) is None


async def test_params_of_every_kind_of_handle(make_client, key, lane):
    async with make_client() as client:
        created = await client.guarded.create(key, params={"s3cret": 0})
        handles = [
            created,
            client.guarded.get(key, params={"s3cret": 1}),
            client.guarded.get_for_id(await created.resolve(), params={"s3cret": 2}),
            client.get("guarded", key, params={"s3cret": 3}),
            client.get_or_create("guarded", key, params={"s3cret": 4}),
            client.get_for_id("guarded", await created.resolve(), params={"s3cret": 5}),
        ]
        for n, handle in enumerate(handles):
            async with lane(handle) as caller:
                assert await caller.params() == {"s3cret": n}
            assert "s3cret" not in repr(handle) + repr(caller)


async def test_params_of_a_connection(make_client, key):
    async with make_client() as client:
        handle = client.guarded.get_or_create(key, params={"of": "handle"})
        async with handle.connect({"of": "connection"}) as conn, handle.connect(params=None) as bare:
            assert await conn.params() == {"of": "connection"}
            assert await bare.params() is None
            # The queue is the handle's, and so are its parameters.
            assert await handle.params() == {"of": "handle"}


async def test_params_reject_single_calls(make_client, key, encoding):
    async with make_client(encoding=encoding) as client:
        handle = client.guarded.get_or_create(key, params={"reject": "no_entry", "user": "é"})
        with pytest.raises(ActorError) as caught:
            await handle.params()
        assert (caught.value.group, caught.value.code) == ("user", "no_entry")
        assert caught.value.metadata == {"user": "é"}
        with pytest.raises(ActorError, match="no_entry"):
            await handle.send("queue", 1)


async def test_params_that_json_cannot_carry(make_client, key):
    async with make_client() as client:
        handle = client.guarded.get_or_create(key)
        with pytest.raises(ConfigError, match=r"params\.when"):
            handle.connect({"when": float("nan")})
        with pytest.raises(ConfigError, match="either params or get_params"):
            client.guarded.get_or_create(key, params=1, get_params=lambda: 1)
        with pytest.raises(TypeError, match="get_params must be callable"):
            client.guarded.get_or_create(key, get_params={"user": "ann"})
        with pytest.raises(ConfigError, match=r"params\.when"):
            await client.guarded.get_or_create(key, params={"when": float("nan")}).params()


async def test_get_params_is_asked_for_each_attempt(make_client, key):
    async with make_client() as client:
        asked = []

        def get_params():
            asked.append(len(asked) + 1)
            return params()

        def params():
            return {"attempt": len(asked), "user": "é", "delayMs": 100}  # time to listen for the opening

        handle = client.guarded.get_or_create(key, get_params=get_params)
        async with handle.connect() as conn, client.guarded.get_or_create(key).connect() as other:
            opened = Inbox()
            conn.on_open(opened)
            # On a busy machine the first attempt may fail, and the next one asks again.
            assert await conn.params() == params()
            await opened.get()
            before = len(asked)
            await other.kickOthers()
            await opened.get()
            assert await conn.params() == params()
            assert len(asked) > before
            async with handle.connect() as second:
                assert await second.params() == params()
            before = len(asked)
            async with handle.connect({"own": True}) as third:
                assert await third.params() == {"own": True}
            # Single calls have the fixed parameters only.
            assert await handle.params() is None
        assert len(asked) == before


async def test_get_params_that_fails_is_asked_again(make_client, key):
    async with make_client() as client:
        asked = []

        def get_params():
            asked.append(time.monotonic())
            if len(asked) < 3:
                raise ValueError("s3cret not ready")
            return {"user": "ann"}

        conn = client.guarded.get_or_create(key, get_params=get_params).connect()
        errors = Inbox()
        conn.on_error(errors)
        await conn.wait_ready(timeout=30)
        assert await conn.params() == {"user": "ann"}
        assert len(asked) >= 3  # more if the engine is busy
        # The pauses grow, up to 250 and 500 ms; each is at least half of that.
        assert asked[1] - asked[0] >= 0.125
        assert asked[2] - asked[1] >= 0.25
        reported = [error for (error,) in errors.drain()]
        # Whoever listens a moment after connect() may have missed the first.
        assert len(reported) in (1, 2)
        for error in reported:
            assert (error.group, error.code) == ("client", "get_params_failed")
            assert "s3cret" not in str(error)
            assert isinstance(error.__cause__, ValueError)
        await conn.close()


async def test_get_params_with_a_value_that_cannot_be_sent(make_client, key):
    async with make_client() as client:
        answers = itertools.chain([float("nan")], itertools.repeat({"user": "ann"}))
        conn = client.guarded.get_or_create(key, get_params=lambda: next(answers)).connect()
        await conn.wait_ready(timeout=30)
        assert await conn.params() == {"user": "ann"}
        await conn.close()


async def test_async_get_params(engine, key):
    async with AsyncClient(engine.url) as client:
        asked = []

        async def get_params():
            await asyncio.sleep(0.05)
            asked.append(1)
            if len(asked) == 1:
                raise ValueError("not yet")
            return {"attempt": len(asked)}

        conn = client.guarded.get_or_create(key, get_params=get_params).connect()
        errors = Inbox()
        conn.on_error(errors)
        await conn.wait_ready(timeout=30)
        assert await conn.params() == {"attempt": len(asked)}
        ((error,),) = errors.drain()
        assert (error.group, error.code) == ("client", "get_params_failed")
        await conn.close()

        # One that takes for ever does not keep the connection from closing.
        stuck = client.guarded.get_or_create(key, get_params=asyncio.Event().wait).connect()
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await stuck.close()
        assert time.monotonic() - started < 5.0
