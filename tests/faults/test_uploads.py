"""Bodies of requests that come in pieces: what ends them, what holds them back, and what is joined."""

from __future__ import annotations

import asyncio
import queue
import re
import threading
import time

import httpx
import pytest

from rivet_client import (
    ActionTimeoutError,
    CallCancelledError,
    CancelScope,
    Client,
    ConfigError,
    ConnectionClosedError,
    TransportError,
)
from rivet_client._common.httpx_adapter import default_adapter
from rivet_client._secret import Secret
from tests.faults.test_http_streams import client_of, server
from tests.faults.waiting import ends
from tests.support.flavours import in_thread
from tests.support.memory import traced_peak
from tests.support.streams import reset
from tests.support.stub_peer import response

MIB = 1024 * 1024


async def later(pieces):
    """Pieces for the asyncio flavour, which never wait."""
    for piece in pieces:
        yield piece


def content_of(flavour, pieces):
    return pieces if flavour.name == "blocking" else later(pieces)


class Endless:
    """Pieces without an end, until the test is over."""

    def __init__(self, size, pause):
        self.size, self.pause = size, pause
        self.is_over = threading.Event()

    def pieces(self):
        while not self.is_over.is_set():
            yield b"x" * self.size
            if self.pause:
                time.sleep(self.pause)


@pytest.fixture(params=[(2, 0), (2, 0.01), (65536, 0), (100_000, 0.01)], ids=str)
def endless(request):
    endless = Endless(*request.param)
    yield endless
    endless.is_over.set()


class Taker:
    """A peer that takes all pieces, and does something after the first ones.

    Attributes:
        has_pieces: Set once there are pieces.
    """

    def __init__(self, then=None):
        self.then = then
        self.has_pieces = asyncio.Event()

    async def __call__(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(100)
        self.has_pieces.set()
        if self.then is not None:
            self.then(writer)
        while await reader.read(65536):
            pass


async def test_the_deadline_ends_a_body_that_is_taken(flavour, endless):
    async with server(Taker()) as (url, _), ends(50), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        content = content_of(flavour, endless.pieces())
        with pytest.raises(ActionTimeoutError) as caught:
            await handle.fetch("x", method="POST", content=content, timeout=0.4)
        assert caught.value.may_have_run


async def test_close_ends_a_body_that_is_taken(flavour, endless):
    taker = Taker()
    async with server(taker) as (url, _), ends(50), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        content = content_of(flavour, endless.pieces())
        call = asyncio.ensure_future(handle.fetch("x", method="POST", content=content))
        await taker.has_pieces.wait()
        await client.close()
        with pytest.raises(ConnectionClosedError) as caught:
            await call
        assert caught.value.may_have_run


async def test_a_scope_ends_a_body_that_is_taken(endless):
    taker, scope = Taker(), CancelScope()

    def send(handle):
        with scope:
            handle.fetch("x", method="POST", content=endless.pieces())

    async with server(taker) as (url, _), ends(50):
        with Client(url, disable_metadata_lookup=True) as client:
            call = asyncio.ensure_future(in_thread(send, client.stub.get_or_create("k")))
            await taker.has_pieces.wait()
            scope.cancel()
            with pytest.raises(CallCancelledError) as caught:
                await call
            assert caught.value.may_have_run


@pytest.mark.parametrize("why", [ActionTimeoutError, ConnectionClosedError, CallCancelledError])
async def test_what_ends_a_body_that_a_client_of_the_callers_own_sends(endless, why):
    taker, scope = Taker(), CancelScope()

    def send(handle):
        with scope:
            timeout = 0.4 if why is ActionTimeoutError else 40
            handle.fetch("x", method="POST", content=endless.pieces(), timeout=timeout)

    async with server(taker) as (url, _), ends(50):
        with httpx.Client() as own, Client(url, disable_metadata_lookup=True, http_client=own) as client:
            call = asyncio.ensure_future(in_thread(send, client.stub.get_or_create("k")))
            await taker.has_pieces.wait()
            if why is ConnectionClosedError:
                client.close()
            elif why is CallCancelledError:
                scope.cancel()
            with pytest.raises(why) as caught:
                await call
            assert caught.value.may_have_run


async def test_a_reset_ends_a_body_that_is_taken(flavour, endless):
    async with server(Taker(reset)) as (url, _), ends(50), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        content = content_of(flavour, endless.pieces())
        with pytest.raises(TransportError) as caught:
            await handle.fetch("x", method="POST", content=content, timeout=40)
        assert caught.value.may_have_run


@pytest.mark.parametrize("status", [200, 413])
async def test_an_early_answer_ends_a_body_that_is_taken(flavour, endless, status):
    taker = Taker(lambda writer: writer.write(response(status, b"enough")))
    async with server(taker) as (url, talks), ends(50), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        content = content_of(flavour, endless.pieces())
        answered = await handle.fetch("x", method="POST", content=content, timeout=40)
        assert (answered.status_code, answered.text) == (status, "enough")
        await asyncio.gather(*talks)  # a request that is not whole leaves its stream unusable


def dechunked(heads):
    """A peer that reads a whole body in chunks, and answers with its length. It adds their sizes to `heads`."""

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        while size := int(await reader.readuntil(b"\r\n"), 16):
            heads.append(size)
            await reader.readexactly(size + 2)
        writer.write(response(200, b"%d" % sum(heads)))

    return talk


async def test_small_pieces_are_joined(flavour):
    heads = []
    async with server(dechunked(heads)) as (url, _), ends(50), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        content = content_of(flavour, (b"xx" for _ in range(200_000)))
        assert (await handle.fetch("x", method="POST", content=content)).text == "400000"
    assert len(heads) < 2000


async def test_pieces_do_not_wait_for_pieces_that_do_not_come(flavour):
    """An iterator may wait until the peer has its last piece, which looks like one of many that come quickly."""
    arrived = queue.SimpleQueue()
    arrives = asyncio.Queue()

    def pieces():
        for _ in range(50):
            yield b"abc"
            arrived.get(timeout=20)

    async def pieces_later():
        for _ in range(50):
            yield b"abc"
            await arrives.get()

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(50):
            await reader.readuntil(b"abc\r\n")
            arrived.put(None)
            arrives.put_nowait(None)
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(response(200, b"all"))

    async with server(talk) as (url, _), ends(50), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        content = pieces() if flavour.name == "blocking" else pieces_later()
        assert (await handle.fetch("x", method="POST", content=content)).text == "all"
    assert not [one for one in threading.enumerate() if one.name == "rivet-client upload"]


async def test_a_body_that_is_longer_than_it_says(flavour):
    """Also if nothing but the wait of the iterator makes the client write."""
    ended = threading.Event()

    def pieces():
        for _ in range(50):
            yield b"abc"
        time.sleep(0.1)
        yield b"abc"

    async def talk(reader, writer):
        while await reader.read(65536):
            pass
        ended.set()

    async with server(talk) as (url, _), ends(50), client_of(flavour, url) as client:
        handle = client.stub.get_or_create("k")
        with pytest.raises(ConfigError, match="longer than its content-length"):
            await handle.fetch(
                "x", method="POST", content=content_of(flavour, pieces()), headers={"content-length": "100"}
            )
        assert await in_thread(ended.wait, 20)


BODIES = {
    "pieces of 1 MiB": lambda flavour: content_of(flavour, (bytes(MIB) for _ in range(64))),
    "pieces of 2 bytes": lambda flavour: content_of(flavour, (b"%02d" % (n % 100) for n in range(100_000))),
    "bytes": lambda flavour: bytes(64 * MIB),
}


@pytest.mark.parametrize("make", BODIES.values(), ids=BODIES)
async def test_a_body_takes_no_memory_but_its_largest_piece(flavour, make):
    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        last = b""
        if length is None:
            while not last.endswith(b"0\r\n\r\n"):
                last = last[-10:] + await reader.read(65536)
        else:
            rest = int(length[1])
            while rest:
                rest -= len(await reader.read(65536))
        writer.write(response(200, b"all"))

    async with server(talk) as (url, _), ends(100), client_of(flavour, url, timeout=90) as client:
        handle = client.stub.get_or_create("k")
        await handle.fetch("x", method="POST", content=b"x")  # loads what it needs
        content = make(flavour)
        with traced_peak() as peak:
            assert (await handle.fetch("x", method="POST", content=content)).text == "all"
        assert peak.bytes < 4 * MIB


def test_a_plain_iterator_on_asyncio_is_joined_at_its_size():
    """It is read before it is sent; httpx would keep each piece as an object."""
    adapter = default_adapter()
    pieces = (b"%02d" % (n % 100) for n in range(200_000))
    with traced_peak() as peak:
        request = adapter.raw_request("POST", "x", Secret({"content": pieces}), awaits=True)
    assert len(request.body) == 400_000
    assert peak.bytes < 4 * MIB
