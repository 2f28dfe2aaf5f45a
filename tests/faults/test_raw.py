"""Raw WebSockets under faults. They have one life: what ends them is told, and nothing is tried again."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from rivet_client import (
    ActionTimeoutError,
    ConnectionClosedError,
    RivetError,
    TransportError,
)
from rivet_client._core.limits import Limits
from tests.faults.waiting import ends, name_of, open_files
from tests.support.proxy import Proxy, nothing, swallowing
from tests.support.stub_peer import BINARY, TEXT, StubPeer, frame, html, problem, response, serve


async def echo(visit):
    await visit.accept()
    while True:
        opcode, payload = await visit.receive_frame()
        await visit.write(frame(payload, opcode))
        if opcode == 8:
            visit.eof()
            return


async def either(visit):
    await (echo if "/websocket/" in visit.path else serve)(visit)


def says(*data):
    """Accept, say something once a message has come, and leave."""

    async def script(visit):
        await visit.accept()
        await visit.receive_frame()
        for one in data:
            await visit.write(one)
        visit.eof()

    return script


def answers(data):
    async def script(visit):
        await visit.write(data)
        visit.eof()

    return script


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (response(503), "TransportError"),
        (problem(503, "guard.service_unavailable"), "guard.service_unavailable"),
        (problem(401, "api.unauthorized"), "api.unauthorized"),
        (html(404), "ProtocolError"),
        (response(302), "ProtocolError"),
        (b"\x15\x03\x01\x00", "ProtocolError"),
        (b"HTTP/1.1 101 Swi", "ConnectionClosedError"),
        (b"", "ConnectionClosedError"),
    ],
    ids=["503", "503 of the gateway", "401", "404", "302", "not HTTP", "cut short", "eof"],
)
async def test_refused(flavour, data, error):
    async with StubPeer(sockets=[answers(data), echo]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        with pytest.raises(RivetError) as caught:
            await handle.websocket("x")
        assert name_of(caught.value) == error
        async with handle.websocket("x") as websocket:
            await websocket.send("again")
            assert await websocket.receive() == "again"


async def test_connection_refused(make_client, engine, key):
    async with (
        Proxy(engine.url) as proxy,
        ends(),
        make_client(proxy.url, disable_metadata_lookup=True) as client,
    ):
        await proxy.refuse()
        with pytest.raises(TransportError, match="cannot connect to") as caught:
            await client.raw.get_or_create(key).websocket()
        assert not caught.value.may_have_run


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        (frame(b"\x03\xf3bye", 8), "ConnectionClosedError", 1011),
        (frame(b"\x03\xf3guard.actor_not_found", 8), "guard.actor_not_found", 1011),
        (frame(b"\x0f\xa1own", 8), "ConnectionClosedError", 4001),
        (frame(b"", 8), "ConnectionClosedError", 1005),
        (frame(b"x", masked=True), "ProtocolError", 1002),
        (frame(b"\xff", TEXT), "ProtocolError", 1007),
        (b"\xf2\x00", "ProtocolError", 1002),
        (frame(b"x" * 70_000), "ProtocolError", 1009),
        (frame(b"x" * 50)[:20], "ConnectionClosedError", None),
        (b"", "ConnectionClosedError", None),
    ],
    ids=["1011", "1011 guard", "4001", "no code", "masked", "UTF-8", "reserved", "huge", "cut", "eof"],
)
async def test_ends(flavour, data, error, code):
    async with StubPeer(sockets=[says(frame(b"last words", TEXT), data)]) as peer, ends():
        async with flavour.client(peer.url, limits=Limits(max_message_bytes=65_536)) as client:
            websocket = await client.stub.get_or_create("k").websocket("x")
            await websocket.send("go")
            assert await websocket.receive() == "last words"
            for attempt in (websocket.receive, websocket.receive, lambda: anext(aiter(websocket))):
                with pytest.raises(RivetError) as caught:
                    await attempt()
                assert name_of(caught.value) == error
            with pytest.raises(RivetError):
                await websocket.send("too late")
            assert websocket.close_code == code
            await websocket.close()
            await websocket.close()


async def test_a_normal_end_ends_the_iteration(flavour):
    parting = [frame(b"a", TEXT), frame(b"b", BINARY), frame(b"\x03\xe8bye", 8)]
    async with StubPeer(sockets=[says(*parting)]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            await websocket.send("go")
            assert [message async for message in websocket] == ["a", b"b"]
            assert (websocket.close_code, websocket.close_reason) == (1000, "bye")


async def test_the_handshake_has_a_deadline(flavour):
    async def silence(visit):
        await visit.gone()

    async def trickle(visit):
        await visit.trickle(visit.acceptance()[:-4] + b"\r\nx-filler: 1" * 1000, 0.01)

    for script in (silence, trickle):
        async with (
            StubPeer(sockets=[script]) as peer,
            ends(),
            flavour.client(peer.url, timeout=0.3) as client,
        ):
            with pytest.raises(ActionTimeoutError, match="within 0.3 s") as caught:
                await client.stub.get_or_create("k").websocket("x")
            assert not caught.value.may_have_run


async def test_fragments_and_pings(flavour):
    async def pieces(visit):
        await visit.accept()
        await visit.trickle(frame(b"Gr", TEXT, last=False) + frame(b"p", 9) + frame("üße".encode(), 0))
        assert await visit.receive_frame() == (10, b"p")
        await visit.write(frame(b"x" * 3_000_000))
        await visit.receive_frame()

    async with StubPeer(sockets=[pieces]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            assert await websocket.receive() == "Grüße"
            assert await websocket.receive(timeout=30) == b"x" * 3_000_000


async def test_waiting_has_a_deadline_and_goes_on_afterwards(flavour):
    async with StubPeer(sockets=[echo]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            with pytest.raises(ActionTimeoutError, match="no message .* within 0.1 s"):
                await websocket.receive(timeout=0.1)
            await websocket.send(b"\0")
            assert await websocket.receive(timeout=30) == b"\0"


async def test_a_peer_that_takes_nothing(flavour):

    async def stuffed(visit):
        await visit.accept()
        await asyncio.sleep(300)

    async with (
        StubPeer(sockets=[stuffed]) as peer,
        ends(),
        flavour.client(peer.url, timeout=1.0, limits=Limits(close_timeout=0.2)) as client,
    ):
        await client.stub.get_or_create("k").resolve()
        before = open_files()
        websocket = await client.stub.get_or_create("k").websocket("x")
        with pytest.raises(ActionTimeoutError, match="takes no more data"):
            for _ in range(20):
                await websocket.send(b"x" * 2_000_000)
        await websocket.close()
        while open_files() > before + 1:  # the peer's end is that one
            await asyncio.sleep(0.005)


async def test_closing_ends_the_waiting(flavour):

    async def silence(visit):
        await visit.accept()
        await visit.gone()

    async with (
        StubPeer(sockets=[silence]) as peer,
        ends(),
        flavour.client(peer.url, limits=Limits(close_timeout=0.2)) as client,
    ):
        websocket = await client.stub.get_or_create("k").websocket("x")
        waiting = [asyncio.ensure_future(websocket.receive()) for _ in range(3)]
        await asyncio.sleep(0.05)
        await websocket.close(4000, "enough")
        for error in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(error, ConnectionClosedError)


@pytest.mark.parametrize("fault", ["cut", "reset", "half_close", "cut_frame"])
async def test_network(make_client, engine, key, fault):
    async with Proxy(engine.url) as proxy, ends(), make_client(proxy.url) as client:
        handle = client.raw.get_or_create(key)
        websocket = await handle.websocket()
        await websocket.send("hello")
        assert await websocket.receive() == "hello"
        proxy.down = nothing
        await websocket.send("text 1000")
        await proxy.held_back()
        getattr(proxy, fault)()
        with pytest.raises(ConnectionClosedError) as caught:
            await websocket.receive()
        assert caught.value.code is None
        await websocket.close()
        proxy.heal()
        async with handle.websocket() as another:
            await another.send("again")
            assert await another.receive() == "again"


async def test_much_to_send_while_somebody_receives(flavour):
    async def swallow(visit):
        await visit.accept()
        _, payload = await visit.receive_frame()
        await visit.receive_frame()
        await visit.write(frame(str(len(payload)).encode(), TEXT))
        await visit.receive_frame()

    async with StubPeer(sockets=[swallow]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            receiver = asyncio.ensure_future(websocket.receive())
            await asyncio.sleep(0.05)
            await websocket.send(b"x" * 12_000_000)  # returns, although nothing is ever received meanwhile
            await websocket.send("that was it")
            assert await receiver == "12000000"


async def test_last_words_are_heard_by_who_only_sent(flavour):
    async def speak_and_leave(visit):
        await visit.accept()
        await visit.write(frame(b"last words", TEXT) + frame(b"\x0f\xa1bye", 8))
        visit.eof()

    async with StubPeer(sockets=[speak_and_leave]) as peer, ends(), flavour.client(peer.url) as client:
        websocket = await client.stub.get_or_create("k").websocket("x")
        with pytest.raises(ConnectionClosedError):
            for _ in range(200):
                await websocket.send("are you there?")
                await asyncio.sleep(0.005)
        assert await websocket.receive() == "last words"
        with pytest.raises(ConnectionClosedError, match="4001"):
            await websocket.receive()
        assert (websocket.close_code, websocket.close_reason) == (4001, "bye")
        await websocket.close()


async def test_many_receivers_and_one_sender(flavour):
    async with StubPeer(sockets=[echo]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            receivers = [asyncio.ensure_future(websocket.receive()) for _ in range(8)]
            for number in range(8):
                await websocket.send(str(number))
            assert sorted(await asyncio.gather(*receivers)) == [str(number) for number in range(8)]


async def opened(client, key):
    return await client.stub.get_or_create(key).websocket("x")


@pytest.mark.parametrize("stage", ["look-up", "handshake"])
async def test_closing_the_client_while_one_opens(flavour, stage):
    async def silence(visit):
        await visit.gone()

    silent = {"look-up": {"requests": [silence]}, "handshake": {"sockets": [silence]}}[stage]
    async with StubPeer(**silent) as peer, ends():
        client = flavour.client(peer.url)
        opening = asyncio.ensure_future(opened(client, "a,b"))  # a key to be resolved
        await peer.until(lambda: peer.requests and (stage == "look-up" or peer.sockets))
        await asyncio.gather(client.close(), client.close())
        with pytest.raises(ConnectionClosedError):
            await opening
        await peer.until(lambda: peer.open_streams == 0)


async def test_closing_the_client_while_threads_open_more(flavour):
    """Whatever they come to is closed with it, or refused."""

    opened = []

    async def open_many(client):
        with pytest.raises(ConnectionClosedError):
            for number in itertools.count():
                handle = client.stub.get_or_create("k")
                opened.append(await handle.websocket("x") if number % 2 else handle.connect())
                await asyncio.sleep(0)

    async with StubPeer(sockets=[either]) as peer, ends(50):
        for round_ in range(10):
            client = flavour.client(peer.url)
            await client.stub.get_or_create("k").echo(1)
            openers = [asyncio.ensure_future(open_many(client)) for _ in range(4)]
            await asyncio.sleep(round_ * 0.005)
            await client.close()
            await asyncio.gather(*openers)
        await peer.until(lambda: peer.open_streams == 0)


async def test_closing_the_client_during_a_connect(flavour):
    with swallowing() as url:
        async with ends():
            client = flavour.client(url, disable_metadata_lookup=True)
            opening = asyncio.ensure_future(opened(client, "k"))
            await asyncio.sleep(0.1)
            await client.close()
            with pytest.raises(ConnectionClosedError):
                await opening


@pytest.mark.parametrize("peer_answers", [True, False])
async def test_closing_the_client_ends_its_websockets(flavour, peer_answers):
    async def silent(visit):
        await visit.accept()
        await visit.receive_frame()
        await visit.receive_frame()

    async with StubPeer(sockets=[echo if peer_answers else silent]) as peer, ends():
        client = flavour.client(peer.url)
        websocket = await client.stub.get_or_create("k").websocket("x")
        receiver = asyncio.ensure_future(websocket.receive())
        await asyncio.sleep(0.05)
        await client.close()
        with pytest.raises(ConnectionClosedError):
            await receiver
        with pytest.raises(ConnectionClosedError):
            await websocket.send("too late")
