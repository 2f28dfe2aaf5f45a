"""Streams under TLS: the same faults, and those that only TLS knows."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from rivet_client import (
    ActionTimeoutError,
    ConnectionClosedError,
    ProtocolError,
    RetryPolicy,
    TransportError,
)
from rivet_client._core.limits import Limits
from tests.faults.test_raw import either
from tests.faults.waiting import ends
from tests.support.connect_proxy import HttpProxy
from tests.support.flavours import Inbox
from tests.support.proxy import Proxy, nothing
from tests.support.stub_peer import StubPeer, identified, response, serve, trusting

BIG = "x" * 3_000_000


def peer(**scripts):
    return StubPeer(tls=True, **{"sockets": [either], **scripts})


async def test_everything_works(flavour):
    async with peer() as stub, ends(), flavour.client(stub.url, ssl_context=trusting()) as client:
        handle = client.stub.get_or_create("k")
        assert await handle.echo(1) == 1
        async with handle.connect() as connection:
            counts = Inbox()
            connection.on("newCount", counts)
            assert await connection.echo("a") == "a"
            assert await connection.increment() == 1
            assert await counts.get() == (1,)
            # More than sockets take at once, in both directions at once.
            assert await asyncio.gather(*(connection.echo(BIG) for _ in range(3))) == [BIG] * 3
        async with handle.websocket("x") as websocket:
            await websocket.send(BIG)
            assert await websocket.receive() == BIG


@pytest.mark.parametrize("piece", [1, 1000])
async def test_a_trickle(flavour, piece):
    async with peer() as stub, Proxy(stub.url) as proxy, ends():
        proxy.piece = piece
        async with flavour.client(proxy.url, ssl_context=trusting(), disable_metadata_lookup=True) as client:
            async with client.stub.get_or_create("k").connect() as connection:
                assert await connection.echo("x" * 2000) == "x" * 2000


@pytest.mark.parametrize("fault", ["eof", "abort", "reset"])
async def test_ends_of_the_stream(flavour, fault):
    async def end(visit):
        await visit.open()
        await visit.receive()
        if fault == "abort":
            visit._writer.transport.abort()  # without the end of TLS
        else:
            getattr(visit, fault)()

    async with peer(sockets=[end, serve]) as stub, ends():
        async with flavour.client(stub.url, ssl_context=trusting()) as client:
            async with client.stub.get_or_create("k").connect() as connection:
                closed = Inbox()
                connection.on_close(closed)
                with pytest.raises(ConnectionClosedError) as caught:
                    await connection.hold()
                assert caught.value.may_have_run
                await closed.get()
                assert await connection.echo(1) == 1


async def test_last_words(flavour):
    """What came before the end is read, also when it came in one piece with it."""

    async def parting(visit):
        await visit.open()
        call = await visit.receive()
        await visit.fail("user.farewell", call.id)
        await visit.close(1011, "user.gone")

    async with peer(sockets=[parting]) as stub, ends():
        async with flavour.client(stub.url, ssl_context=trusting()) as client:
            connection = client.stub.get_or_create("k").connect()
            errors = Inbox()
            connection.on_error(errors)
            with pytest.raises(Exception, match=r"user\.farewell"):
                await connection.hold()
            assert (await errors.get())[0].code == "gone"
            await connection.close()


async def test_who_cannot_be_trusted(flavour):
    once = RetryPolicy(max_attempts=1)
    options = {"retry": once, "disable_metadata_lookup": True}
    async with peer() as stub, ends(), flavour.client(stub.url, **options) as client:
        handle = client.stub.get_or_create("k")
        for call in (lambda: handle.echo(1), lambda: handle.websocket("x"), lambda: handle.fetch("x")):
            with pytest.raises(TransportError, match=r"(?i)certificate") as caught:
                await call()
            assert not caught.value.may_have_run
        async with handle.connect() as connection:
            for call in (connection.wait_ready, lambda: connection.echo(1)):
                with pytest.raises(TransportError, match=r"(?i)certificate"):
                    await call()
    assert stub.requests == stub.sockets == []


async def test_somebody_who_speaks_no_tls(flavour):
    async def plain(_reader, writer):
        writer.write(response(400))
        writer.close()

    once = RetryPolicy(max_attempts=1)
    async with await asyncio.start_server(plain, "127.0.0.1") as server, ends():
        url = "https://127.0.0.1:{1}".format(*server.sockets[0].getsockname())
        async with flavour.client(
            url, ssl_context=trusting(), retry=once, disable_metadata_lookup=True
        ) as client:
            handle = client.stub.get_or_create("k")
            for call in (lambda: handle.echo(1), lambda: handle.websocket("x")):
                with pytest.raises(TransportError) as caught:
                    await call()
                assert not caught.value.may_have_run


@pytest.mark.parametrize("way", ["directly", "through a proxy"])
async def test_an_answer_before_the_question(flavour, way):
    """It comes together with the end of the TLS handshake."""

    async def talk(_reader, writer):
        writer.write(response(400))
        writer.close()

    tls = identified()
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # there the server has the last word
    async with (
        await asyncio.start_server(talk, "127.0.0.1", ssl=tls) as server,
        Proxy("https://127.0.0.1:{1}".format(*server.sockets[0].getsockname())) as network,
        HttpProxy() as proxy,
        ends(),
    ):
        network.delay = 0.05  # what comes meanwhile is passed on together
        options = {"proxy": proxy.url} if way == "through a proxy" else {}
        async with flavour.client(
            network.url, ssl_context=trusting(), disable_metadata_lookup=True, **options
        ) as client:
            handle = client.stub.get_or_create("k")
            with pytest.raises(ProtocolError, match="HTTP 400"):
                await handle.websocket("x")
            async with handle.connect() as connection:
                with pytest.raises(ProtocolError, match="HTTP 400"):
                    await connection.wait_ready(timeout=30)


async def test_a_handshake_without_an_answer(flavour):
    async with peer() as stub, Proxy(stub.url) as proxy, ends():
        async with flavour.client(
            proxy.url, ssl_context=trusting(), disable_metadata_lookup=True, limits=Limits(open_timeout=0.5)
        ) as client:
            proxy.down = nothing
            handle = client.stub.get_or_create("k")
            with pytest.raises(ActionTimeoutError):
                await handle.action("echo", 1, timeout=0.3)
            connection = handle.connect()
            call = asyncio.ensure_future(connection.echo(1))
            statuses = Inbox()
            connection.on_status_change(statuses)
            await statuses.get()
            while proxy.connections < 3:
                await asyncio.sleep(0.01)
            proxy.heal()
            assert await call == 1
            await connection.close()


async def test_closing_while_the_peer_takes_nothing(flavour):
    async with peer() as stub, Proxy(stub.url) as proxy, ends():
        async with flavour.client(
            proxy.url, ssl_context=trusting(), disable_metadata_lookup=True, limits=Limits(close_timeout=0.3)
        ) as client:
            connection = client.stub.get_or_create("k").connect()
            await connection.wait_ready()
            proxy.up = nothing
            proxy.freeze()
            call = asyncio.ensure_future(connection.echo(BIG))
            await asyncio.sleep(0.1)
            await connection.close()
            with pytest.raises(ConnectionClosedError):
                await call
