"""Calls over HTTP: what is repeated, what is raised, and that a deadline covers all of a call."""

from __future__ import annotations

import asyncio
import socket
import time
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    ConfigError,
    RetryPolicy,
    RivetError,
    TransportError,
)
from rivet_client._asyncio import tcp as asyncio_tcp
from rivet_client._blocking import tcp as blocking_tcp
from tests.faults.waiting import ends, full_backlog, name_of
from tests.support.flavours import in_thread
from tests.support.proxy import Proxy, first, nothing
from tests.support.stub_peer import ACTOR, StubPeer, answer, html, problem, response, trusting

SAFE = (
    "actor.stopping",
    "actor.restarting",
    "actor.starting",
    "guard.service_unavailable",
    "guard.rate_limit",
)
AMBIGUOUS = (
    "actor.dropped_reply",
    "guard.actor_stopped_while_waiting",
    "guard.tunnel_request_aborted",
    "guard.tunnel_message_timeout",
    "guard.tunnel_response_closed",
    "guard.gateway_response_start_timeout",
)
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
RAISE, RETRY = RetryPolicy(initial_delay=0.01), RetryPolicy(initial_delay=0.01, ambiguous="retry")


def says(data):
    async def script(visit):
        await visit.write(data)
        visit.eof()

    return script


async def eof(visit):
    visit.eof()


async def reset(visit):
    visit.reset()


async def silence(visit):
    await visit.gone()


# --- What is repeated ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAFE)
async def test_safe_errors_are_repeated(flavour, name):
    failing = says(problem(503, name))
    async with StubPeer(requests=[failing, failing, answer]) as peer, ends():
        async with flavour.client(peer.url, retry=RAISE) as client:
            handle = client.stub.get_or_create("k")
            assert await handle.echo(1) == 1
            assert len(peer.requests) == 3
            assert (await handle.fetch("x")).text == "stub"


@pytest.mark.parametrize("fault", [*AMBIGUOUS, "502", "eof"])
async def test_ambiguous_errors_are_the_callers(flavour, fault):
    failing = {"502": says(html(502)), "eof": eof}.get(fault) or says(problem(503, fault))
    async with StubPeer(requests=[failing]) as peer, ends(), flavour.client(peer.url, retry=RAISE) as client:
        with pytest.raises((ActorError, TransportError)) as caught:
            await client.stub.get_or_create("k").echo(1)
        assert caught.value.may_have_run
        assert len(peer.requests) == 1
    async with StubPeer(requests=[failing, failing, answer]) as peer, ends():
        async with flavour.client(peer.url, retry=RETRY) as client:
            assert await client.stub.get_or_create("k").echo(1) == 1
            assert len(peer.requests) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (problem(400, "guard.query_invalid_params"), "guard.query_invalid_params"),
        (problem(401, "api.unauthorized"), "api.unauthorized"),
        (problem(403, "auth.forbidden"), "auth.forbidden"),
        (response(401), "ProtocolError"),
        (html(404), "ProtocolError"),
        (response(414), "ProtocolError"),
        (response(302, headers={"location": "http://elsewhere/?token=secret"}), "ProtocolError"),
        (html(200), "ProtocolError"),
        (response(200, b"\x04\x00\xff"), "DecodeError"),
        (response(200), "DecodeError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_final_errors(flavour, fault, error):
    async with StubPeer(requests=[says(fault)]) as peer, ends():
        async with flavour.client(peer.url, retry=RETRY) as client:
            with pytest.raises(RivetError) as caught:
                await client.stub.get_or_create("k").echo(1)
            assert name_of(caught.value) == error
            assert "secret" not in str(caught.value)
            assert len(peer.requests) == 1


async def test_attempts_are_counted(flavour):
    failing = says(problem(503, "actor.starting"))
    for attempts in (1, 4):
        policy = RetryPolicy(max_attempts=attempts, initial_delay=0.01)
        async with StubPeer(requests=[failing]) as peer, flavour.client(peer.url, retry=policy) as client:
            with pytest.raises(ActorError, match=r"actor.starting happened \(ray ray1\)") as caught:
                await client.stub.get_or_create("k").echo(1)
            assert caught.value.is_retryable
            assert len(peer.requests) == attempts


async def test_a_refused_connection_surely_did_not_run(make_client, engine, key):
    policy = RetryPolicy(initial_delay=0.05, max_attempts=20)
    async with Proxy(engine.url) as proxy, ends(), make_client(proxy.url, retry=policy) as client:
        handle = client.counter.get_or_create(key)
        assert await handle.increment() == 1
        await proxy.refuse()
        proxy.cut()
        await proxy.until(lambda: all(stream.is_over for stream in proxy.streams))
        call = asyncio.ensure_future(handle.increment())
        await asyncio.sleep(0.2)
        assert not call.done()
        await proxy.listen()
        assert await call == 2
        await proxy.refuse()
        proxy.cut()
        await proxy.until(lambda: all(stream.is_over for stream in proxy.streams))
        with pytest.raises((TransportError, ActionTimeoutError)) as caught:
            await handle.action("increment", timeout=0.3)
        assert not caught.value.may_have_run


@pytest.mark.parametrize(
    ("ending", "tls"), [("closed", False), ("closed", True), ("talked on", True)], ids=["", "TLS", "talk"]
)
async def test_an_idle_connection_that_is_of_no_use_any_more(flavour, ending, tls):
    """That is noticed before anything is written to it: so every call works, and none is repeated."""
    ended = asyncio.Event()

    async def answer_and_end(visit):
        await answer(visit)
        if ending == "talked on":
            await asyncio.sleep(0.05)  # for the answer to be read without this
            await visit.write(response(408))
        visit.eof()
        ended.set()

    async with StubPeer(requests=[answer_and_end], tls=tls) as peer, ends():
        async with flavour.client(peer.url, ssl_context=trusting()) as client:
            handle = client.stub.get_or_create("k")
            for number in range(3):
                ended.clear()
                assert await handle.echo(number) == number
                await ended.wait()
                await asyncio.sleep(0.02)  # for the end to arrive
            assert peer.connections == 3
            assert len(peer.requests) == 3


@pytest.mark.parametrize("replayable", [True, False])
async def test_a_body_is_repeated_only_if_there_is_one(flavour, replayable):
    def once():
        yield b"a"
        yield b"b"

    async def once_async():
        for part in once():
            yield part

    stream = once() if flavour.name == "blocking" else once_async()
    failing = says(problem(503, "actor.starting"))
    async with StubPeer(requests=[failing, answer]) as peer, ends():
        async with flavour.client(peer.url, retry=RAISE) as client:
            handle = client.stub.get_or_create("k")
            sending = handle.fetch("x", method="POST", content=b"ab" if replayable else stream)
            if replayable:
                assert (await sending).text == "ab"
                assert [visit.body for visit in peer.requests] == [b"ab", b"ab"]
            else:
                with pytest.raises(ActorError, match=r"actor.starting"):
                    await sending
                assert [visit.body for visit in peer.requests] == [b"ab"]


async def test_a_refusal_while_the_peer_takes_nothing(flavour):
    """Who is refused sends no more, and gets what the peer said; nobody else uses that stream."""

    def endless():
        while True:
            yield bytes(65536)

    async def endless_async():
        for part in endless():
            yield part

    async def refuse(_reader, writer):
        writer.write(response(413, b"too much"))
        await writer.drain()
        connections.append(writer)

    connections = []
    async with await asyncio.start_server(refuse, "127.0.0.1") as server, ends():
        url = "http://127.0.0.1:{1}".format(*server.sockets[0].getsockname())
        async with flavour.client(url, disable_metadata_lookup=True) as client:
            handle = client.stub.get_or_create("k")
            for body in (bytes(30_000_000), endless() if flavour.name == "blocking" else endless_async()):
                refused = await handle.fetch("x", method="POST", content=body)
                assert (refused.status_code, refused.content) == (413, b"too much")
            assert len(connections) == 2
            for writer in connections:
                writer.close()


# --- Deadlines -------------------------------------------------------------------------------------------------


async def trickled_head(visit):
    await visit.trickle(b"HTTP/1.1 200 OK\r\n" + b"x-filler: 1\r\n" * 1000, 0.01)


async def trickled_body(visit):
    await visit.write(
        b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\nx-rivet-actor: " + ACTOR.encode() + b"\r\n\r\n"
    )
    await visit.trickle(b"x" * 1000, 0.01)


async def trickled_chunks(visit):
    await visit.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    await visit.trickle(b"1\r\nx\r\n" * 300, 0.01)


async def trickled_problem(visit):
    whole = problem(503, "actor.starting", **{"content-length": "9000"})
    await visit.write(whole[:-9])
    await visit.trickle(b" " * 9000, 0.01)


async def silent_body(visit):
    await visit.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx")
    await visit.gone()


async def starting_for_ever(visit):
    await visit.write(problem(503, "actor.starting"))


SLOW = [silence, trickled_head, trickled_body, trickled_chunks, trickled_problem, silent_body]


@pytest.mark.parametrize("script", SLOW, ids=lambda script: script.__name__)
@pytest.mark.parametrize("what", ["action", "fetch", "send", "resolve", "create"])
async def test_deadlines_cover_the_whole_call(flavour, script, what):
    async with StubPeer(requests=[answer, script]) as peer, ends():
        async with flavour.client(peer.url, timeout=0.5, retry=RAISE) as client:
            # The engine is looked up and a connection is there: all that has to be done in time is to send.
            await client.stub.get_or_create("other").fetch("x", timeout=30)
            handle = client.stub.get_or_create("k")
            calls = {
                "action": lambda: handle.echo(1),
                "fetch": lambda: handle.fetch("x"),
                "send": lambda: handle.send("q", 1),
                "resolve": handle.resolve,
                "create": lambda: client.stub.create("k"),
            }
            started = time.monotonic()
            with pytest.raises(ActionTimeoutError, match="within 0.5 s") as caught:
                await calls[what]()
            assert 0.45 < time.monotonic() - started < 8  # each script takes longer
            assert caught.value.may_have_run == (what != "resolve"), "resolving twice does no harm"
            assert isinstance(caught.value, TimeoutError)


async def test_a_deadline_of_ones_own(flavour):
    async with StubPeer(requests=[silence]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        for call in (
            lambda: handle.action("echo", 1, timeout=0.1),
            lambda: handle.send("q", 1, timeout=0.1),
            lambda: handle.fetch("x", timeout=0.1),
        ):
            with pytest.raises(ActionTimeoutError) as caught:
                await call()
            assert caught.value.timeout == 0.1


async def test_retries_share_one_deadline(flavour):
    policy = RetryPolicy(max_attempts=1000, initial_delay=0.02, max_delay=0.02)
    async with StubPeer(requests=[starting_for_ever]) as peer, ends():
        async with flavour.client(peer.url, timeout=1.0, retry=policy) as client:
            started = time.monotonic()
            with pytest.raises((ActorError, ActionTimeoutError)):
                await client.stub.get_or_create("k").echo(1)
            assert time.monotonic() - started < 8  # all attempts take more than 10 s
        assert len(peer.requests) > 3


async def test_a_peer_that_does_not_even_connect(flavour):
    with full_backlog() as port:
        url = f"http://127.0.0.1:{port}"
        async with ends(), flavour.client(url, disable_metadata_lookup=True) as client:
            handle = client.stub.get_or_create("k")
            with pytest.raises(ActionTimeoutError):
                await handle.action("echo", 1, timeout=0.1)  # importing httpx takes a part of that
            with pytest.raises(ActionTimeoutError) as caught:
                await handle.action("echo", 1, timeout=1.0)
            assert not caught.value.may_have_run
            connection = handle.connect()
            with pytest.raises(ActionTimeoutError):
                await connection.wait_ready(timeout=0.2)
            await connection.close()


async def test_a_peer_that_does_not_even_connect_to_a_client_of_ones_own(flavour):
    own = httpx.Client() if flavour.name == "blocking" else httpx.AsyncClient()
    with full_backlog() as port:
        url = f"http://127.0.0.1:{port}"
        async with ends(), flavour.client(url, disable_metadata_lookup=True, http_client=own) as client:
            with pytest.raises(ActionTimeoutError) as caught:
                await client.stub.get_or_create("k").action("echo", 1, timeout=1.0)
            assert not caught.value.may_have_run
    await asyncio.to_thread(own.close) if flavour.name == "blocking" else await own.aclose()


async def test_a_host_one_of_whose_addresses_does_not_answer(flavour, monkeypatch):
    with full_backlog() as silent:
        async with StubPeer() as peer, ends():
            port = urlsplit(peer.url).port
            stream = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            addresses = [(*stream, ("127.0.0.1", one)) for one in (silent, port)]

            async def look_up(*_):
                return [address[-1] for address in addresses]

            for driver, found in ((asyncio_tcp, look_up), (blocking_tcp, lambda *_: addresses)):
                monkeypatch.setattr(driver, "addresses_of", found)
                monkeypatch.setattr(driver, "ADDRESS_TIMEOUT", 0.2)
            async with flavour.client(
                "http://two.test", disable_metadata_lookup=True, timeout=60.0
            ) as client:
                handle = client.stub.get_or_create("k")
                assert await handle.echo(1) == 1
                connection = handle.connect()
                await connection.wait_ready()
                await connection.close()


async def test_a_frozen_network(make_client, engine, key):
    async with Proxy(engine.url) as proxy, ends(), make_client(proxy.url) as client:
        handle = client.counter.get_or_create(key)
        assert await handle.increment() == 1
        for gate in ("up", "down"):
            setattr(proxy, gate, nothing)
            with pytest.raises(ActionTimeoutError) as caught:
                await handle.action("increment", timeout=0.5)
            assert caught.value.may_have_run
            proxy.freeze()
            proxy.heal()
            assert await handle.get() in (1, 2)


# --- Answers that are not whole --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nxxx\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nx",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"",
    ],
    ids=["length", "chunks", "chunk", "head", "not HTTP", "nothing"],
)
@pytest.mark.parametrize("end", ["eof", "reset"])
async def test_answers_cut_short(flavour, data, end):
    async def cut(visit):
        await visit.write(data)
        if end == "reset":
            await asyncio.sleep(0.05)  # what was sent before a reset may be lost with it
        getattr(visit, end)()

    async with StubPeer(requests=[cut]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        for call in (lambda: handle.echo(1), lambda: handle.fetch("x"), lambda: handle.send("q", 1)):
            with pytest.raises(TransportError) as caught:
                await call()
            assert caught.value.may_have_run
            assert ("https://" in str(caught.value)) == data.startswith(b"\x15\x03")
            assert peer.url in str(caught.value)
        assert len(peer.requests) == 3


@pytest.mark.parametrize("cut", [b"3\r\nxxx\r\n", b"5\r\nxx"], ids=["between chunks", "in a chunk"])
async def test_streams_cut_short(flavour, cut):
    async def script(visit):
        await visit.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n" + cut)
        visit.eof()

    async with StubPeer(requests=[script]) as peer, ends(), flavour.client(peer.url) as client:
        got: list[bytes] = []
        with pytest.raises(TransportError):
            await read_stream(flavour, client.stub.get_or_create("k"), got.append)
        assert b"".join(got).startswith(b"abc")


async def read_stream(flavour, handle, use):
    """Read a streaming response with either flavour, until `use` of a part returns True."""

    def read():
        with handle._target.stream("x") as answered:
            any(use(part) for part in answered.iter_bytes())

    if flavour.name == "blocking":
        await in_thread(read)
        return
    async with handle.stream("x") as answered:
        async for part in answered.aiter_bytes():
            if use(part):
                break


async def test_a_stream_may_take_its_time(flavour):
    async def slow(visit):
        await visit.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(3):
            await visit.write(b"3\r\nabc\r\n")
            await asyncio.sleep(0.4)
        await visit.write(b"0\r\n\r\n")

    async with StubPeer(requests=[slow]) as peer, ends(), flavour.client(peer.url, timeout=1.0) as client:
        got: list[bytes] = []
        await read_stream(flavour, client.stub.get_or_create("k"), got.append)
        assert b"".join(got) == b"abc" * 3


async def test_a_stream_left_early(flavour):
    async def endless(visit):
        await visit.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            await visit.write(b"3\r\nabc\r\n")
            await asyncio.sleep(0)

    async with StubPeer(requests=[endless, answer]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        await read_stream(flavour, handle, lambda part: True)
        assert await handle.echo(1) == 1


async def test_real_answers_cut_short(make_client, engine, key):
    async with Proxy(engine.url) as proxy, ends(), make_client(proxy.url) as client:
        handle = client.raw.get_or_create(key)
        assert len((await handle.fetch("bytes/1000")).content) == 1000
        proxy.cut()
        proxy.down = first(500, after_head=True)
        call = asyncio.ensure_future(handle.fetch("bytes/1000"))
        await proxy.held_back()
        proxy.cut()
        with pytest.raises(TransportError) as caught:
            await call
        assert caught.value.may_have_run
        proxy.heal()
        assert len((await handle.fetch("bytes/1000")).content) == 1000


@LIBRARIES
async def test_a_client_of_ones_own(flavour, library):
    """Faults look the same when requests go through the caller's own client, of either library."""
    own = library.Client() if flavour.name == "blocking" else library.AsyncClient()
    cut = says(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx")
    odd = says(b"HTTP/1.1 2x0 illegal request line\r\n\r\n")
    async with StubPeer(requests=[odd, cut, cut, silence, reset, answer]) as peer, ends():
        async with flavour.client(peer.url, http_client=own) as client:
            handle = client.stub.get_or_create("k")
            with pytest.raises(TransportError) as caught:
                await handle.echo(1)
            assert caught.value.may_have_run, "the peer's words pass for those of the library about TLS"
            with pytest.raises(TransportError):
                await handle.echo(1)
            with pytest.raises(TransportError):
                await handle.fetch("x")
            with pytest.raises(ActionTimeoutError):
                await handle.action("echo", 1, timeout=0.5)  # it has to reach the peer
            with pytest.raises(TransportError):
                await handle.echo(1)
            assert await handle.echo(1) == 1
            assert isinstance(await handle.fetch("x"), library.Response)
            user_agent = f"python-{library.__name__}/{library.__version__}"
            assert user_agent in peer.requests[-1].headers["user-agent"]
        assert not own.is_closed
        await asyncio.to_thread(own.close) if flavour.name == "blocking" else await own.aclose()


@pytest.mark.parametrize("library", [None, httpx, httpx2], ids=["ours", "httpx", "httpx2"])
async def test_a_stream_is_not_used_again_after_an_error_of_the_gateway(flavour, library):
    """The gateway soon closes such a stream without an announcement. The next request would be lost with it."""
    own = None
    if library is not None:
        own = library.Client() if flavour.name == "blocking" else library.AsyncClient()

    async def refuse(visit):
        await visit.write(problem(400, "guard.query_invalid_params"))

    async with StubPeer(requests=[refuse, answer, answer]) as peer, ends():
        async with flavour.client(peer.url, http_client=own) as client:
            handle = client.stub.get_or_create("k")
            with pytest.raises(ActorError, match="query_invalid_params"):
                await handle.echo(1)
            before = peer.connections
            assert await handle.echo(2) == 2
            assert peer.connections == before + 1
            assert await handle.echo(3) == 3
            assert peer.connections == before + 1
        if own is not None:
            await asyncio.to_thread(own.close) if flavour.name == "blocking" else await own.aclose()


@LIBRARIES
async def test_a_client_of_ones_own_that_cannot_be_used(flavour, library):
    own, other = library.Client, library.AsyncClient
    if flavour.name == "asyncio":
        own, other = other, own
    for http_client, error, text in [
        (other(), TypeError, f"must be an httpx.{own.__name__}, not {library.__name__}.{other.__name__}"),
        (own(params={"a": "b"}), ConfigError, "must have no default params"),
    ]:
        with pytest.raises(error, match=text):
            flavour.client("http://127.0.0.1:1", http_client=http_client)
