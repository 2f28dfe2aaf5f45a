"""What 0, None and nothing mean as a timeout: up at once, no deadline, the client's."""

from __future__ import annotations

import asyncio

import pytest

from rivet_client import ActionTimeoutError
from rivet_client._core.limits import Limits
from tests.faults.test_http import read_stream
from tests.faults.test_raw import echo
from tests.faults.waiting import ends, next_event
from tests.support.proxy import swallowing
from tests.support.stub_peer import StubPeer, serve


async def too_late(waiting):
    with pytest.raises(ActionTimeoutError) as caught:
        await waiting
    assert not caught.value.may_have_run
    assert caught.value.timeout == 0


@pytest.mark.parametrize("looks_up", [True, False])
async def test_zero_is_up_at_once(flavour, looks_up):
    """Nobody is asked anything."""
    async with (
        StubPeer() as peer,
        ends(),
        flavour.client(peer.url, timeout=0, disable_metadata_lookup=not looks_up) as client,
    ):
        handle = client.stub.get_or_create("k")
        await too_late(handle.echo(1))
        await too_late(handle.send("q", 1))
        await too_late(handle.send("q", 1, wait=True))
        await too_late(handle.fetch("x"))
        await too_late(read_stream(flavour, handle, None))
        await too_late(handle.websocket("x"))
        await too_late(handle.resolve())
        await too_late(client.stub.get("k").websocket("x"))
        await too_late(client.stub.create("k"))
        await too_late(client.engine.namespaces_list())
        assert peer.connections == 0
        assert await handle.action("echo", 1, timeout=30) == 1, "a call's own timeout goes over the client's"


async def test_zero_over_a_connection(flavour):
    """Attempts to connect have their own time; calls and waits take what is there, and no more."""
    async with StubPeer(sockets=[serve]) as peer, ends(), flavour.client(peer.url, timeout=0) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            events = connection.events("newCount", timeout=0)
            await too_late(connection.wait_ready())
            await connection.wait_ready(timeout=30)
            await connection.wait_ready()
            await asyncio.gather(*(too_late(connection.echo(number)) for number in range(3)))
            await too_late(next_event(events))
            assert await connection.action("increment", timeout=30) == 1
            assert await next_event(events) == (1,)
            assert peer.sockets[0].calls == ["increment"]


async def test_zero_for_messages(flavour):
    """What has arrived is received, and what the peer takes at once is sent."""
    async with StubPeer(sockets=[echo]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            await too_late(websocket.receive(timeout=0))
            await websocket.send("a")
            while True:
                try:
                    assert await websocket.receive(timeout=0) == "a"
                except ActionTimeoutError:
                    await asyncio.sleep(0.001)
                else:
                    break


async def test_none_is_no_deadline(flavour):
    """Not the limit for an attempt to connect, which is repeated, either."""

    async def hesitate(visit):
        await asyncio.sleep(0.3)
        await echo(visit)

    async with (
        StubPeer(sockets=[hesitate]) as peer,
        ends(),
        flavour.client(peer.url, timeout=None, limits=Limits(open_timeout=0.1)) as client,
    ):
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            await websocket.send("a")
            assert await websocket.receive() == "a"


async def test_a_connect_that_takes_too_long(flavour):
    """Both flavours say the same, whatever the time was needed for."""
    with swallowing() as url:
        async with ends(), flavour.client(url, timeout=0.2, disable_metadata_lookup=True) as client:
            with pytest.raises(ActionTimeoutError, match="no WebSocket to .* within 0.2 s"):
                await client.stub.get_or_create("k").websocket("x")
