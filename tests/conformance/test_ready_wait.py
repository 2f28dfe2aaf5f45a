"""skip_ready_wait in each form that the gateway takes (PROTOCOL.md 3.4)."""

from __future__ import annotations

import pytest

HEADER, QUERY, SUBPROTOCOL = "x-rivet-skip-ready-wait: 1", "rvt-skip-ready-wait=true", "rivet_skip_ready_wait"


def forms(head):
    """Which forms the last request has."""
    return {form for form in (HEADER, QUERY, SUBPROTOCOL) if form in head.lower()}


@pytest.mark.parametrize("of_client", [False, True], ids=["per call", "per client"])
async def test_skip_ready_wait(make_client, relay, key, of_client):
    option = {} if of_client else {"skip_ready_wait": True}
    async with relay() as proxy, make_client(proxy.url, skip_ready_wait=of_client) as client:
        by_query = client.raw.get_or_create(key)
        # A key that only goes by id.
        by_id = client.raw.get_or_create([key, ""])
        await by_id.resolve()

        async def connect(handle):
            async with handle.connect(**option) as conn:
                await conn.hits()

        async def websocket(handle):
            async with handle.websocket("x", **option) as socket:
                await socket.send("echo")
                await socket.receive(timeout=30)

        for handle, on_http, on_websocket in [
            (by_query, {HEADER, QUERY}, {QUERY}),
            (by_id, {HEADER}, {SUBPROTOCOL}),
        ]:
            for use, expected in [
                # The first of the two by the key, for the answer tells the id.
                (lambda handle: handle.fetch("x", **option), on_http),
                (lambda handle: handle.action("hits", **option), {HEADER}),
                (connect, on_websocket),
                (websocket, on_websocket),
            ]:
                before = len(proxy.text)
                await use(handle)
                assert forms(proxy.text[before:]) == expected


async def test_actions_by_the_key(make_client, relay, key):
    async with relay() as proxy, make_client(proxy.url) as client:
        assert await client.raw.get_or_create(key).action("hits", skip_ready_wait=True) == 0
        assert forms(proxy.text) == {HEADER, QUERY}


async def test_by_default_nothing_is_skipped(make_client, relay, key):
    async with relay() as proxy, make_client(proxy.url) as client:
        handle = client.visitor.get_or_create(key)
        await handle.request()
        async with handle.connect() as conn:
            await conn.request()
        assert forms(proxy.text) == set()


async def test_a_call_overrules_the_client(make_client, relay, key):
    async with relay() as proxy, make_client(proxy.url, skip_ready_wait=True) as client:
        handle = client.visitor.get_or_create(key)
        await handle.action("request", skip_ready_wait=False)
        async with handle.connect(skip_ready_wait=False) as conn:
            await conn.request()
        assert forms(proxy.text) == set()


async def test_an_actor_that_starts_slowly(make_client, key, lane):
    """With or without the gateway's wait, a call to an actor that is starting is answered when it has started."""
    async with make_client() as client:
        for skip in (False, True):
            handle = client.slow.get_or_create([key, str(skip)], create_with_input={"startMs": 700})
            if lane.name == "http":
                assert await handle.action("finished", skip_ready_wait=skip) == 0
            else:
                async with handle.connect(skip_ready_wait=skip) as conn:
                    assert await conn.finished() == 0
