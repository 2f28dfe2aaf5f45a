"""How much of an answer over HTTP is taken into memory: no more than the client, or the call, allows."""

from __future__ import annotations

import contextlib
import gzip
import ssl
import zlib

import httpx
import pytest

from rivet_client import ActorError, ProtocolError
from rivet_client._common.exchange import Exchange
from rivet_client._common.route import Routes
from rivet_client._core.effects import HttpRequest, Send
from rivet_client.config import ClientConfig
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import HttpResponseError
from tests.faults.waiting import ends
from tests.support.flavours import in_thread
from tests.support.memory import traced_peak
from tests.support.pieces import in_steps
from tests.support.stub_peer import ACTOR, StubPeer, answer, locate

MEGABYTE = 1 << 20
BOMB = bytes(30 * MEGABYTE)


@pytest.fixture(params=[False, True], ids=["", "http_client"])
def make(request, flavour):
    """Make a client, or one with an HTTP client of the caller's own: `async with make(peer.url) as client:`."""

    @contextlib.asynccontextmanager
    async def made(url, **options):
        if not request.param:
            async with flavour.client(url, **options) as client:
                yield client
        elif flavour.name == "asyncio":
            async with httpx.AsyncClient() as own, flavour.client(url, http_client=own, **options) as client:
                yield client
        else:
            with httpx.Client() as own:
                async with flavour.client(url, http_client=own, **options) as client:
                    yield client

    return made


def says(body, status=200, **headers):
    fields = {"x-rivet-actor": ACTOR, **{name.replace("_", "-"): value for name, value in headers.items()}}

    async def script(visit):
        await visit.respond(status, body, fields)

    return script


def endless(status, head=b""):
    """Speaks on until the other end leaves."""

    async def script(visit):
        await visit.write(b"HTTP/1.1 %d X\r\n%btransfer-encoding: chunked\r\n\r\n" % (status, head))
        while True:
            await visit.write(b"10000\r\n" + bytes(65536) + b"\r\n")

    return script


async def streamed(flavour, handle, **options):
    """The body of an answer, read in pieces."""

    def read():
        with handle._target.stream("x", **options) as answered:
            return b"".join(answered.iter_bytes())

    if flavour.name == "blocking":
        return await in_thread(read)
    async with handle.stream("x", **options) as answered:
        return b"".join([part async for part in answered.aiter_bytes()])


@pytest.mark.parametrize(
    "script",
    [endless(200), endless(500), endless(404, b"x-rivet-error: guard.no_route\r\n")],
    ids=["answer", "error", "error of the gateway"],
)
async def test_bodies_that_do_not_end(make, script):
    async with StubPeer(requests=[script] * 4 + [answer]) as peer, ends():
        async with make(peer.url, max_body_bytes=MEGABYTE) as client:
            handle = client.stub.get_or_create("k")
            for call in (
                lambda: handle.echo(1),
                lambda: handle.fetch("x"),
                lambda: handle.send("q", 1, wait=True),
                lambda: client.stub.create("k"),
            ):
                with pytest.raises(
                    ProtocolError, match=f"longer than max_body_bytes={MEGABYTE}; raise"
                ) as caught:
                    await call()
                assert caught.value.may_have_run
            await peer.until(lambda: peer.open_streams == 0)
            assert await handle.echo(1) == 1


async def test_a_look_up_of_the_engine_that_does_not_end(make):
    async with StubPeer(metadata=[endless(200), locate]) as peer, ends():
        async with make(peer.url, max_body_bytes=MEGABYTE) as client:
            with pytest.raises(ProtocolError, match="max_body_bytes") as caught:
                await client.stub.get_or_create("k").echo(1)
            assert not caught.value.may_have_run
            assert await client.stub.get_or_create("k").echo(1) == 1


async def test_a_limit_of_ones_own(flavour, make):
    big = bytes(2 * MEGABYTE)
    async with StubPeer(requests=[says(big)]) as peer, ends():
        async with make(peer.url, max_body_bytes=MEGABYTE) as client:
            handle = client.stub.get_or_create("k")
            for fits in (None, len(big)):
                assert (await handle.fetch("x", max_body_bytes=fits)).content == big
                assert await streamed(flavour, handle, max_body_bytes=fits) == big
            assert await streamed(flavour, handle) == big, "what is read in pieces has no limit of itself"
            for read in (
                handle.fetch("x", max_body_bytes=len(big) - 1),
                streamed(flavour, handle, max_body_bytes=9),
            ):
                with pytest.raises(ProtocolError, match="max_body_bytes"):
                    await read
        async with make(peer.url, max_body_bytes=None) as client:
            assert (await client.stub.get_or_create("k").fetch("x")).content == big


CODED = {
    "gzip": ("gzip", gzip.compress(BOMB, 9)),
    "deflate": ("deflate", zlib.compress(BOMB, 9)),
    "deflate without its header": ("deflate", zlib.compress(BOMB, 9, -zlib.MAX_WBITS)),
    "gzip twice": ("gzip, gzip", gzip.compress(gzip.compress(BOMB, 9))),
    "something else": ("br", b"x"),
}


@pytest.mark.parametrize(("coding", "body"), CODED.values(), ids=CODED)
async def test_coded_answers(flavour, make, coding, body):
    """Nobody asked for one; a handler may answer so, and a peer with ill intent does."""
    script = says(body, content_encoding=coding)
    async with StubPeer(metadata=[script, locate], requests=[script]) as peer, ends():
        async with make(peer.url) as client:
            handle = client.stub.get_or_create("k")
            with traced_peak() as peak:
                with pytest.raises(ProtocolError, match="though no coding was asked for") as caught:
                    await handle.echo(1)
                assert not caught.value.may_have_run, "it was the look-up of the engine"
                with pytest.raises(ProtocolError, match="though no coding was asked for") as caught:
                    await handle.echo(1)
                assert caught.value.may_have_run
                for read in (
                    handle.fetch("x", max_body_bytes=MEGABYTE),
                    streamed(flavour, handle, max_body_bytes=1),
                ):
                    with pytest.raises(ProtocolError, match="max_body_bytes"):
                        await read
            assert peak.bytes < len(BOMB) / 10
        assert {visit.headers["accept-encoding"] for visit in peer.metadata + peer.requests} == {"identity"}


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_coding_that_the_caller_asks_for(flavour, make, coding):
    text = b"so much to say " * 1000
    coded = gzip.compress(text) if coding == "gzip" else zlib.compress(text)

    async def trickled(visit):
        assert visit.headers["accept-encoding"] == coding
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {len(coded)}\r\n\r\n"
        await visit.write(head.encode())
        await visit.trickle(coded)

    asked = {"headers": {"accept-encoding": coding}, "max_body_bytes": len(text)}
    async with StubPeer(requests=[trickled]) as peer, ends(), make(peer.url) as client:
        handle = client.stub.get_or_create("k")
        assert (await handle.fetch("x", **asked)).content == text
        assert await streamed(flavour, handle, **asked) == text


async def test_a_coded_answer_that_is_broken(make):
    script = says(b"no gzip at all", content_encoding="gzip")
    async with StubPeer(requests=[script]) as peer, ends(), make(peer.url) as client:
        with pytest.raises(Exception, match="incorrect header check") as caught:
            await client.stub.get_or_create("k").fetch("x")
        assert not isinstance(caught.value, httpx.HTTPError)
        assert caught.value.may_have_run


async def test_what_a_peer_says_is_shown_in_short(make):
    said = HttpResponseError(group="user", code="x" * MEGABYTE, message="so much " * MEGABYTE)
    script = says(frames.encode_http_response_error(said), 500, content_type="application/octet-stream")
    async with StubPeer(requests=[script]) as peer, ends(), make(peer.url) as client:
        with pytest.raises(ActorError) as caught:
            await client.stub.get_or_create("k").echo(1)
        assert len(str(caught.value)) + len(repr(caught.value)) < 10_000
        assert caught.value.message == said.message


@pytest.mark.parametrize("size", [2, 1000])
@pytest.mark.parametrize("step", [3, 1000, 65536])
def test_a_body_takes_three_times_its_size_however_it_comes(size, step):
    routes = Routes(ClientConfig().proxies, ssl.create_default_context)
    exchange = Exchange(Send(HttpRequest("GET", "http://actor/x", {}, b""), None), routes, 0.0)
    chunks = (b"%x\r\n" % size + bytes(size) + b"\r\n") * (100_000 // size)
    data = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    pieces = in_steps(data, step)
    with traced_peak() as peak:
        for piece in pieces:
            exchange.receive(piece)
        body = exchange.response().body
    assert body == bytes(100_000)
    assert peak.bytes < 3 * len(body) + 2 * step + 50_000
