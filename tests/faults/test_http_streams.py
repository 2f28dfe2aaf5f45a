"""The streams under HTTP: how long they are kept, who holds how much of a body, and what ends them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading

import httpx
import pytest

from rivet_client import ActionTimeoutError, AsyncClient, Client, ConnectionClosedError, __version__
from rivet_client._common import pool
from rivet_client._core import flows
from rivet_client._secret import Secret
from tests.faults.waiting import ends
from tests.support.flavours import ASYNCIO_LOOPS, Inbox, in_thread
from tests.support.streams import end_quietly
from tests.support.stub_peer import StubPeer, answer, response

PIECE = b"x" * 65536
MUCH = 64 * 1024 * 1024
on_asyncio = pytest.mark.parametrize("flavour", ASYNCIO_LOOPS, ids=str)


async def stalled(count):
    """Wait until a count stands still."""
    before = -1
    for _ in range(1000):
        if (now := count()) == before > 0:
            return now
        before = now
        await asyncio.sleep(0.1)
    raise AssertionError("it does not stand still")


@contextlib.asynccontextmanager
async def server(talk):
    """A peer that knows no HTTP but what `talk(reader, writer)` says.

    Yields its URL, and its conversations, which end when the client leaves.
    """
    talks = []

    async def meet(reader, writer):
        talks.append(asyncio.current_task())
        end_quietly(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()

    async with await asyncio.start_server(meet, "127.0.0.1") as listening:
        yield "http://127.0.0.1:{1}".format(*listening.sockets[0].getsockname()), talks
        await asyncio.gather(*talks)


def client_of(flavour, url, **options):
    return flavour.client(url, disable_metadata_lookup=True, **options)


# --- Idle streams ----------------------------------------------------------------------------------------------


async def test_idle_streams_expire(flavour, monkeypatch):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        await handle.echo(1)
        await handle.echo(2)
        assert peer.connections == 1
        monkeypatch.setattr(pool, "KEEPALIVE", 0.0)
        await handle.echo(3)
        assert peer.connections == 2
        await peer.until(lambda: peer.open_streams == 1)


async def test_who_talks_unasked_is_not_asked_again(flavour):
    async def babble(visit):
        await answer(visit)
        await asyncio.sleep(0.02)
        await visit.write(response(408))

    async with StubPeer(requests=[babble, answer]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        assert await handle.echo(1) == 1
        if flavour.name == "asyncio":
            await peer.until(lambda: peer.open_streams == 0)  # nobody has to come by to see that
        else:
            await asyncio.sleep(0.2)
        assert await handle.echo(2) == 2
        assert peer.connections == 2


@on_asyncio
async def test_a_stream_that_ended_while_the_loop_was_busy(flavour):
    """The loop has not heard of it; to send would be to lose the request, and not to know."""
    left = threading.Event()

    def serve():
        for _ in range(2):
            peer, _ = listening.accept()
            with peer:
                while not peer.recv(65536).endswith(b"\r\n\r\n"):
                    pass
                peer.sendall(response(200, b"hello"))
            left.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        async with (
            ends(),
            client_of(flavour, "http://127.0.0.1:{1}".format(*listening.getsockname())) as client,
        ):
            handle = client.stub.get_or_create("k")
            assert (await handle.fetch("x")).text == "hello"
            assert left.wait(30)  # and with it the loop
            assert (await handle.fetch("x")).text == "hello"
        serving.join()


@on_asyncio
async def test_each_call_has_its_own_deadline(flavour):
    """However many go over one stream, and whatever the others had."""

    async def late(visit):
        await asyncio.sleep(0.4)
        await answer(visit)

    async def silence(visit):
        await visit.gone()

    async with (
        StubPeer(requests=[answer, answer, late, silence]) as peer,
        ends(),
        AsyncClient(peer.url) as client,
    ):
        handle = client.stub.get_or_create("k")
        assert await handle.action("echo", 1, timeout=60) == 1
        assert await handle.action("echo", 2, timeout=0.3) == 2
        assert await handle.action("echo", 3, timeout=60) == 3
        with pytest.raises(ActionTimeoutError):
            await handle.action("echo", 4, timeout=0.1)
        assert peer.connections == 1


# --- Bodies ----------------------------------------------------------------------------------------------------


async def test_a_peer_that_takes_nothing_holds_the_sender_up(flavour):
    taken = 0
    go_on = asyncio.Event()

    def pieces():
        nonlocal taken
        while taken < MUCH:
            taken += len(PIECE)
            yield PIECE

    async def pieces_later():
        for piece in pieces():
            yield piece

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await go_on.wait()
        received = 0
        while size := int(await reader.readuntil(b"\r\n"), 16):
            received += len(await reader.readexactly(size + 2)) - 2
        writer.write(response(200, b"%d" % received))

    async with server(talk) as (url, _), ends(), client_of(flavour, url) as client:
        content = pieces() if flavour.name == "blocking" else pieces_later()
        call = asyncio.ensure_future(
            client.stub.get_or_create("k").fetch("x", method="POST", content=content)
        )
        assert await stalled(lambda: taken) < MUCH / 2
        go_on.set()
        assert (await call).text == str(MUCH)


async def test_a_reader_who_takes_nothing_holds_the_peer_up(flavour):
    sent = 0

    async def talk(visit):
        nonlocal sent
        await visit.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % MUCH)
        while sent < MUCH:
            await visit.write(PIECE)
            sent += len(PIECE)

    async with StubPeer(requests=[talk, answer]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        if flavour.name == "blocking":
            held, go_on = threading.Event(), threading.Event()

            def read():
                with handle._target.stream("x") as answered:
                    held.set()
                    go_on.wait()
                    return sum(map(len, answered.iter_bytes()))

            reading = asyncio.ensure_future(in_thread(read))
            await in_thread(held.wait)
            assert await stalled(lambda: sent) < MUCH / 2
            go_on.set()
            assert await reading == MUCH
        else:
            async with handle.stream("x") as answered:
                assert await stalled(lambda: sent) < MUCH / 2
                assert sum([len(part) async for part in answered.aiter_bytes()]) == MUCH
        await handle.echo(1)
        assert peer.connections == 1


class Boom(Exception):
    pass


async def test_a_body_that_fails(flavour):
    """The caller gets the error of the iterator. The peer never takes the request as complete."""
    got = bytearray()
    left = asyncio.Event()

    def pieces():
        yield b"one"
        raise Boom

    async def pieces_later():
        for piece in pieces():
            yield piece

    async def talk(reader, _writer):
        try:
            while data := await reader.read(65536):
                got.extend(data)
        finally:
            left.set()

    async with server(talk) as (url, _), ends(), client_of(flavour, url) as client:
        content = pieces() if flavour.name == "blocking" else pieces_later()
        with pytest.raises(Boom):
            await client.stub.get_or_create("k").fetch("x", method="POST", content=content)
        await left.wait()
    assert not got.endswith(b"0\r\n\r\n")


@on_asyncio
@pytest.mark.parametrize("status", [200, 413])
async def test_an_answer_before_the_end_of_the_request(flavour, status):
    """Nobody waits for the rest of a body that nobody wants: after the answer, or as soon as it is a refusal."""
    ended = asyncio.Event()

    async def endless():
        try:
            yield b"one"
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def talk(reader, writer):
        await reader.readuntil(b"3\r\none\r\n")
        writer.write(response(status, b"enough")[:-3])
        if status == 413:
            await ended.wait()
        writer.write(b"ugh")
        await reader.read()

    async with server(talk) as (url, talks), ends(), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        for count in (1, 2):
            answered = await handle.fetch("x", method="POST", content=endless())
            assert (answered.status_code, answered.text) == (status, "enough")
            await ended.wait()
            ended.clear()
            assert len(talks) == count, "a request that is not whole leaves its stream unusable"


@on_asyncio
async def test_an_answer_before_the_end_of_the_iterator(flavour):
    """The request was whole: what its iterator does afterwards, it may do to the end."""
    answered, finished = asyncio.Event(), asyncio.Event()

    async def pieces():
        yield b"one"
        await answered.wait()
        finished.set()

    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        length = {"content-length": "3"}
        assert (await handle.fetch("x", method="POST", content=pieces(), headers=length)).text == "one"
        answered.set()
        await finished.wait()
        assert await handle.echo(1) == 1
        assert peer.connections == 1


@on_asyncio
async def test_talking_in_both_directions_at_once(flavour):
    heard = asyncio.Queue()

    async def pieces():
        for number in range(5):
            yield b"%d" % number
            assert await heard.get() == b"%d" % number

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            head = await reader.readuntil(b"\r\n")
            writer.write(head + await reader.readexactly(int(head, 16) + 2))
            if head == b"0\r\n":
                await reader.read()

    async with server(talk) as (url, talks), ends(), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        async with handle.stream("x", method="POST", content=pieces()) as answered:
            async for part in answered.aiter_raw():
                heard.put_nowait(part)
        assert len(talks) == 1


# --- Ends ------------------------------------------------------------------------------------------------------


async def half_an_answer(visit):
    await visit.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
    await visit.gone()


async def half_an_answer_until_the_end(visit):
    await visit.write(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    await visit.gone()


async def test_an_answer_that_is_dropped_unread(flavour):
    """It takes its stream with it, and nobody is told."""

    async with StubPeer(requests=[half_an_answer]) as peer, ends(), flavour.client(peer.url) as client:
        runtime, handle = client._runtime, client.stub.get_or_create("k")
        if flavour.name == "blocking":
            runtime, handle = runtime._target, handle._target
        request = runtime.http.raw_request("GET", "x", Secret({}))
        flow = flows.fetch(runtime.context, handle._target, request, stream=True)
        answered = (
            await in_thread(runtime.run, flow) if flavour.name == "blocking" else await runtime.run(flow)
        )
        assert peer.open_streams == 1
        del answered
        gc.collect()
        await peer.until(lambda: peer.open_streams == 0)


@pytest.mark.parametrize("script", [half_an_answer, half_an_answer_until_the_end])
async def test_closing_the_client_ends_an_answer_that_is_read(flavour, script):
    """Nor does it pass for whole where only the end of the stream would tell."""

    def read(got):
        with client.stub.get_or_create("k").stream("x") as answered:
            for part in answered.iter_raw():
                got(part)

    async with StubPeer(requests=[script]) as peer, ends():
        if flavour.name == "blocking":
            client, got = Client(peer.url), Inbox()
            reading = asyncio.ensure_future(in_thread(read, got))
            assert await got.get() == (b"half",)
            await in_thread(client.close)
            with pytest.raises(ConnectionClosedError, match="the client was closed"):
                await reading
        else:
            client = AsyncClient(peer.url)
            async with client.stub.get_or_create("k").stream("x") as answered:
                parts = answered.aiter_raw()
                assert await anext(parts) == b"half"
                reading = asyncio.ensure_future(anext(parts))
                await asyncio.sleep(0)
                await client.close()
                with pytest.raises(ConnectionClosedError, match="the client was closed"):
                    await reading
        await peer.until(lambda: peer.open_streams == 0)


# --- What the user gets ----------------------------------------------------------------------------------------


async def test_a_raw_answer_is_one_of_httpx(flavour):
    async def speak(visit):
        await visit.write(
            b"HTTP/1.1 418 Short and stout\r\nX-One: a\r\nx-one: b\r\ncontent-length: 2\r\n\r\nok"
        )

    own = httpx.Client() if flavour.name == "blocking" else httpx.AsyncClient()
    agents = []
    for http_client in (None, own):
        async with StubPeer(requests=[speak]) as peer, ends():
            async with flavour.client(peer.url, http_client=http_client) as client:
                answered = await client.stub.get_or_create("k").fetch("a?b=c", method="POST", content=b"x")
            agents.append(peer.requests[0].headers["user-agent"])
            assert type(answered) is httpx.Response
            assert (answered.status_code, answered.reason_phrase) == (418, "Short and stout")
            assert (answered.http_version, answered.text) == ("HTTP/1.1", "ok")
            assert answered.headers.raw[:2] == [(b"X-One", b"a"), (b"x-one", b"b")]
            assert answered.headers["x-one"] == "a, b"
            assert str(answered.url).startswith(f"{peer.url}/gateway/stub/request/a?b=c&")
            assert (answered.request.method, answered.request.content) == ("POST", b"x")
            assert answered.is_closed
            assert 0 < answered.elapsed.total_seconds() < 30
    assert agents == [
        f"rivet-client/{__version__}",
        f"rivet-client/{__version__} python-httpx/{httpx.__version__}",
    ]
    await asyncio.to_thread(own.close) if flavour.name == "blocking" else await own.aclose()


async def test_a_good_answer_is_an_answer_whatever_error_it_names(flavour):
    async def speak(visit):
        await visit.write(response(200, b"ok", {"x-rivet-error": "guard.whatever"}))

    own = httpx.Client() if flavour.name == "blocking" else httpx.AsyncClient()
    for http_client in (None, own):
        async with StubPeer(requests=[speak]) as peer, ends():
            async with flavour.client(peer.url, http_client=http_client) as client:
                assert (await client.stub.get_or_create("k").fetch("a")).text == "ok"
    await asyncio.to_thread(own.close) if flavour.name == "blocking" else await own.aclose()
