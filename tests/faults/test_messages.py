"""What people are told of an engine that cannot be reached: subject, cause, and what to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import sys

import pytest

from rivet_client import ActionTimeoutError, ProtocolError, RetryPolicy, TransportError
from rivet_client._core.flows import timing
from tests.faults.waiting import ends
from tests.support.stub_peer import StubPeer, html

ONCE = RetryPolicy(max_attempts=1)
CHECK = r"check the endpoint \(RIVET_ENDPOINT\)"


@contextlib.asynccontextmanager
async def nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def no_such_host():
    yield "http://no-such-host.invalid"


@contextlib.asynccontextmanager
async def no_tls():
    async def plain(reader, writer):
        await reader.read(100)
        writer.write(html(400))
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1") as server:
        yield "https://127.0.0.1:{1}".format(*server.sockets[0].getsockname())


@contextlib.asynccontextmanager
async def a_stranger():
    async with StubPeer(tls=True) as peer:
        yield peer.url


@contextlib.asynccontextmanager
async def tls():
    async def alert(reader, writer):
        await reader.read(100)
        writer.write(
            b"\x15\x03\x03\x00\x02\x02\x50"
        )  # internal error, as a TLS server says to what is no TLS
        writer.close()

    async with await asyncio.start_server(alert, "127.0.0.1") as server:
        yield "http://127.0.0.1:{1}".format(*server.sockets[0].getsockname())


async def hang_up(visit):
    visit.eof()


@contextlib.asynccontextmanager
async def nginx_with_tls():
    async def told(visit):
        page = b"<html>The plain HTTP request was sent to HTTPS port</html>"
        await visit.respond(400, page, {"content-type": "text/html"})

    async with StubPeer(metadata=[told], sockets=[told]) as peer:
        yield peer.url


# What no repetition mends: where, what is raised, and whether a connection is told the same.
LASTING = [
    (no_such_host, TransportError, f"; there is no such host: {CHECK}"),
    (no_tls, TransportError, "; no TLS is spoken there: write http:// in the endpoint"),
    (
        a_stranger,
        TransportError,
        "certificate.*; the certificate is not one to trust: check the host name; "
        "for an authority of your own, set SSL_CERT_FILE or the client's ssl_context",
    ),
    (
        tls,
        TransportError,
        "; what answers is no HTTP, but most likely TLS: write https:// in the endpoint",
    ),
    (nginx_with_tls, ProtocolError, ": TLS is spoken there: write https:// in the endpoint"),
]


@pytest.mark.parametrize(("where", "kind", "text"), LASTING, ids=lambda it: getattr(it, "__name__", ""))
async def test_what_lasts_is_raised_at_once(flavour, where, kind, text):
    """By a client that has an hour: were it to try again, the test would not end."""
    async with where() as url, ends(), flavour.client(url, timeout=3600.0) as client:
        handle = client.stub.get_or_create("k")
        calls = [
            lambda: handle.echo(1),
            lambda: handle.fetch("x"),
            lambda: handle.resolve(),
            lambda: handle.websocket("x"),
        ]
        connection = handle.connect()
        calls += [connection.wait_ready, lambda: connection.echo(1)]
        for call in calls:
            with pytest.raises(kind) as caught:
                await call()
            assert re.search(text + r"\Z", str(caught.value)), caught.value
            assert url in str(caught.value)
            assert not caught.value.may_have_run
        await connection.close()


@pytest.mark.parametrize("where", [no_such_host, no_tls, a_stranger])
async def test_a_websocket_without_a_look_up(flavour, where):
    text = next(text for it, _, text in LASTING if it is where)
    options = {"timeout": 3600.0, "disable_metadata_lookup": True}
    async with where() as url, ends(), flavour.client(url, **options) as client:
        handle = client.stub.get_or_create("k")
        connection = handle.connect()
        for call in (lambda: handle.websocket("x"), connection.wait_ready):
            with pytest.raises(TransportError, match=text):
                await call()
        await connection.close()


async def test_nobody_listens(flavour):
    async with nobody() as url, ends(), flavour.client(url, retry=ONCE) as client:
        with pytest.raises(TransportError) as caught:
            await client.stub.get_or_create("k").echo(1)
    assert re.fullmatch(
        f"request to {url} failed: .*; nothing listens there: start the engine, or {CHECK}", str(caught.value)
    )


async def test_a_call_in_vain_warns_once(flavour, caplog, monkeypatch):
    monkeypatch.setattr(timing, "PATIENCE", 0.2)
    caplog.set_level(logging.WARNING, "rivet_client")
    async with nobody() as url, ends(), flavour.client(url, timeout=2.0) as client:
        with pytest.raises((TransportError, ActionTimeoutError), match="nothing listens there"):
            await client.stub.get_or_create("k").echo(1)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("rivet_client.requests", "WARNING")
    assert re.fullmatch(
        rf"action 'echo' of stub\['k'\]: no success at {url} for \d+ s: .*nothing listens there.*"
        r"; trying again, for \d s more",
        record.getMessage(),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take more connections than they are told")
async def test_a_host_that_drops_what_comes(flavour):
    with contextlib.ExitStack() as waiting, socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        url = "http://127.0.0.1:{1}".format(*server.getsockname())
        async with ends(), flavour.client(url, timeout=0.5) as client:
            with pytest.raises(ActionTimeoutError) as caught:
                await client.stub.get_or_create("k").echo(1)
    assert re.fullmatch(
        rf"action 'echo' of stub\['k'\] had no answer within 0.5 s: no connection to {url}; "
        f"the host does not answer: {CHECK}, and firewalls on the way",
        str(caught.value),
    )


async def test_a_peer_that_hangs_up(flavour):
    async with StubPeer(metadata=[hang_up]) as peer, ends(), flavour.client(peer.url, retry=ONCE) as client:
        with pytest.raises(TransportError) as caught:
            await client.stub.get_or_create("k").echo(1)
    assert str(caught.value).endswith(
        "; the other side hung up: it was stopped, or it does not speak HTTP: check the port; "
        "if it speaks TLS, write https:// in the endpoint"
    )


async def test_a_proxy_without_an_engine(flavour):
    async def proxy(visit):
        await visit.write(html(502))

    async with StubPeer(metadata=[proxy]) as peer, ends():
        async with flavour.client(peer.url, retry=ONCE) as client:
            with pytest.raises(
                TransportError, match=r"HTTP 502.*; a proxy answers, and the engine behind it does not"
            ):
                await client.stub.get_or_create("k").echo(1)
