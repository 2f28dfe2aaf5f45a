"""What `for` and `with` say where their twins with `async` belong, and the other way round."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rivet_client.testing import FakeEngine


class Plain:
    async def on_websocket(self, ctx: Any, websocket: Any) -> None:
        await websocket.receive()


async def wrong_in_asyncio(engine: FakeEngine) -> None:
    async with engine.async_client() as client:
        plain = client.plain.get_or_create("a")
        async with plain.connect() as connection, plain.websocket("x") as socket:
            for one in (connection.events("e"), socket):
                with pytest.raises(TypeError, match=f"^write `async for` for an {type(one).__name__}$"):
                    list(one)
                with pytest.raises(TypeError, match=f"^write `async with` for an {type(one).__name__}$"):
                    one.__enter__()


async def wrong_in_blocking_code(one: Any) -> None:
    with pytest.raises(TypeError, match=f"^write `for` for a {type(one).__name__}$"):
        async for _ in one:
            pass
    with pytest.raises(TypeError, match=f"^write `with` for a {type(one).__name__}$"):
        async with one:
            pass


def test_the_wrong_flavour() -> None:
    engine = FakeEngine()
    engine.add_actor("plain", Plain)
    with engine:
        asyncio.run(wrong_in_asyncio(engine))
        with engine.client() as client:
            plain = client.plain.get_or_create("a")
            with plain.connect() as connection, plain.websocket("x") as socket:
                for one in (connection.events("e"), socket):
                    asyncio.run(wrong_in_blocking_code(one))
