"""Everything goes through the proxy that is set, HTTP or SOCKS; and proxies that do not do their work."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from urllib.parse import quote, urlsplit

import httpx
import pytest

from rivet_client import (
    ActionTimeoutError,
    Client,
    ConfigError,
    ConnectionClosedError,
    RetryPolicy,
    TransportError,
)
from rivet_client._core.limits import Limits
from tests.faults.test_interrupts import Sockets, action, strike_everywhere
from tests.faults.test_raw import either
from tests.faults.test_secrets import told
from tests.faults.waiting import ends
from tests.support.connect_proxy import HttpProxy, SocksProxy, hang, say
from tests.support.flavours import Inbox, in_thread
from tests.support.stub_peer import CERTIFICATE, StubPeer, trusting

PASSWORD = "pa55/wörd"
CREDENTIALS = f"user:{PASSWORD}"
IN_URL = f"user:{quote(PASSWORD, safe='')}"
ONCE = RetryPolicy(max_attempts=1)


def elsewhere(peer):
    """The URL of a peer at a host that only a proxy can get to."""
    return peer.url.replace("127.0.0.1", "engine.invalid")


def calls(handle):
    """One of each that goes over a stream."""
    return (
        lambda: handle.echo(1),
        lambda: handle.fetch("x"),
        lambda: handle.websocket("x"),
        lambda: handle.connect().wait_ready(),
    )


async def use_everything(client):
    handle = client.stub.get_or_create("k")
    assert [await handle.echo(n) for n in range(3)] == [0, 1, 2]
    assert await handle.echo("x" * 100_000) == "x" * 100_000

    async def pieces():
        yield b"a"
        yield b"b"

    streamed = pieces() if client.__class__.__name__ == "AsyncClient" else iter([b"a", b"b"])
    assert (await handle.fetch("x", method="POST", content=streamed)).content == b"ab"
    async with handle.connect() as connection:
        counts = Inbox()
        connection.on("newCount", counts)
        assert await connection.echo("a") == "a"
        count = await connection.increment()
        assert await counts.get() == (count,)
    async with handle.websocket("x") as websocket:
        await websocket.send("x" * 300_000)
        assert await websocket.receive() == "x" * 300_000


@pytest.mark.parametrize(
    ("origin", "tls", "credentials"),
    [
        ("http", False, CREDENTIALS),
        ("http", True, None),
        ("https", False, None),
        ("https", True, CREDENTIALS),
    ],
)
async def test_everything_goes_through(flavour, origin, tls, credentials):
    stub = StubPeer(tls=origin == "https", sockets=[either])
    async with stub, HttpProxy(tls=tls, credentials=credentials) as proxy, ends():
        url = elsewhere(stub) if origin == "http" else stub.url.replace("127.0.0.1", "localhost")
        address = url.partition("//")[2]
        via = proxy.url_for(IN_URL if credentials else "")
        async with flavour.client(url, proxy=via, ssl_context=trusting()) as client:
            await use_everything(client)
    seen = [*stub.metadata, *stub.requests, *stub.sockets]
    assert not any(name.startswith("proxy") for visit in seen for name in visit.headers)
    assert all(visit.headers["host"] == address for visit in seen)
    if origin == "https":
        assert set(proxy.targets) == {f"CONNECT {address}"}
    else:
        assert proxy.targets[0] == f"GET http://{address}/metadata"
        assert proxy.targets.count(f"CONNECT {address}") == 2
        assert proxy.connections == 3  # one for all requests, one for each WebSocket


@pytest.mark.parametrize(
    ("scheme", "credentials", "host"),
    [
        ("socks5h", None, "engine.invalid"),
        ("socks5h", "user:pa55", "engine.invalid"),
        ("socks5", "user:pa55", "localhost"),
        ("socks4a", "user:", "engine.invalid"),
        ("socks4", None, "localhost"),
    ],
)
async def test_socks(flavour, scheme, credentials, host):
    async with StubPeer(sockets=[either]) as stub, SocksProxy(credentials=credentials) as proxy, ends():
        url = stub.url.replace("127.0.0.1", host)
        async with flavour.client(url, proxy=proxy.url_for(credentials or "", scheme)) as client:
            await use_everything(client)
        assert stub.connections == proxy.connections == 3
    port = url.rpartition(":")[2]
    names = {host} if scheme in ("socks5h", "socks4a") else {"127.0.0.1", "::1"}
    assert set(proxy.targets) <= {f"{name}:{port}" for name in names}


async def test_socks_and_tls(flavour):
    async with StubPeer(tls=True) as stub, SocksProxy() as proxy, ends():
        url = stub.url.replace("127.0.0.1", "localhost")
        async with flavour.client(url, proxy=proxy.url, ssl_context=trusting()) as client:
            assert await client.stub.get_or_create("k").echo(1) == 1
        assert proxy.targets == [url.partition("//")[2]]


async def test_the_real_engine(flavour, engine, key):
    async with HttpProxy() as proxy, ends():
        url = engine.url.replace("127.0.0.1", "engine.invalid")
        async with flavour.client(url, proxy=proxy.url) as client:
            handle = client.counter.get_or_create(key)
            assert await handle.increment(2) == 2
            async with handle.connect() as connection:
                counts = Inbox()
                connection.on("newCount", counts)
                assert await connection.increment(3) == 5
                assert await counts.get() == (5,)


@contextlib.asynccontextmanager
async def callers_client(flavour, **options):
    if flavour.name == "asyncio":
        async with httpx.AsyncClient(**options) as own:
            yield own
    else:
        with httpx.Client(**options) as own:
            yield own


async def test_the_environment(flavour, monkeypatch):
    """What is for HTTP and what is for WebSockets, and what neither is for."""
    async with StubPeer(sockets=[either]) as stub, HttpProxy() as one, HttpProxy() as other, ends():
        monkeypatch.setenv("NO_PROXY", "localhost")
        monkeypatch.setenv("HTTP_PROXY", one.url)
        monkeypatch.setenv("ws_proxy", other.url)
        async with flavour.client(elsewhere(stub)) as client:
            await use_everything(client)
        assert (one.connections, other.connections) == (1, 2)
        async with flavour.client(stub.url.replace("127.0.0.1", "localhost")) as client:
            await use_everything(client)
        async with flavour.client(stub.url, proxy=None) as client:
            await use_everything(client)
        assert (one.connections, other.connections) == (1, 2)
        assert stub.connections > 6
        # The caller's own client has proxies of its own, or none.
        async with callers_client(flavour, trust_env=False) as own:
            async with flavour.client(stub.url, http_client=own) as client:
                await client.stub.get_or_create("k").echo(1)
                async with client.stub.get_or_create("k").websocket("x"):
                    pass
        assert (one.connections, other.connections) == (1, 3)


# --- Proxies that do not do their work -------------------------------------------------------------------------


async def test_wrong_credentials(flavour, caplog):
    caplog.set_level(logging.DEBUG)
    async with StubPeer() as stub, HttpProxy(credentials=CREDENTIALS) as proxy, ends():
        for via, todo in ((proxy.url, "give"), (proxy.url_for("user:s3cret"), "correct")):
            async with flavour.client(elsewhere(stub), proxy=via, disable_metadata_lookup=True) as client:
                handle = client.stub.get_or_create("k")
                for call in calls(handle)[2:]:
                    with pytest.raises(
                        TransportError, match=f"HTTP 407 .*; {todo} user and password"
                    ) as caught:
                        await call()
                    assert not caught.value.may_have_run
                    assert not caught.value.is_retryable
                    assert "s3cret" not in told(caught.value)
                with pytest.raises(TransportError, match="wants user and password") as caught:
                    await handle.echo(1)
                assert not caught.value.may_have_run
                assert not caught.value.is_retryable
                assert (await handle.fetch("x")).status_code == 407
                assert "s3cret" not in repr([client, vars(client._runtime), client._runtime.config])
    assert "s3cret" not in caplog.text
    assert len(proxy.asked) == 8, "nothing was repeated"
    assert stub.connections == 0


FAULTS = {
    "cut": (say(b""), "closed|hung up|ended", True),
    "garbage": (say(b"\x15\x03\x01"), "no HTTP proxy", False),
    "403": (say(b"HTTP/1.1 403 No\r\n\r\n"), "HTTP 403 'No'", False),
    "502": (say(b"HTTP/1.1 502 No\r\n\r\n"), "HTTP 502 'No'", True),
    "unasked": (say(b"HTTP/1.1 200 Yes\r\n\r\nx"), "unasked", False),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_way_is_opened(flavour, fault):
    does, text, is_retryable = FAULTS[fault]
    options = {"retry": ONCE, "disable_metadata_lookup": True, "ssl_context": trusting(), "timeout": 20.0}
    async with HttpProxy(credentials=CREDENTIALS) as proxy, ends():
        proxy.fault = does
        via = proxy.url_for(IN_URL)
        async with flavour.client("https://engine.invalid", proxy=via, **options) as client:
            handle = client.stub.get_or_create("k")
            for call in calls(handle)[: 3 if is_retryable else 4]:
                with pytest.raises(TransportError, match=text) as caught:
                    await call()
                assert "engine.invalid:443 through the proxy http://127.0.0.1" in str(caught.value)
                assert not caught.value.may_have_run
                assert caught.value.is_retryable == is_retryable
                assert PASSWORD not in told(caught.value)
                assert "dXNlc" not in told(caught.value)  # how "user:" begins in base 64


async def test_a_proxy_that_comes_to_its_senses(flavour):
    async with StubPeer(tls=True) as stub, HttpProxy() as proxy, ends():

        async def cut_once(*_):
            proxy.fault = None

        url = stub.url.replace("127.0.0.1", "localhost")
        async with flavour.client(url, proxy=proxy.url, ssl_context=trusting()) as client:
            handle = client.stub.get_or_create("k")
            proxy.fault = cut_once
            assert await handle.echo(1) == 1
            proxy.fault = cut_once
            async with handle.connect() as connection:
                assert await connection.echo(2) == 2
    assert stub.connections == 2
    assert proxy.connections == 4


@pytest.mark.parametrize("kind", ["http", "socks5h"])
async def test_a_proxy_that_is_silent(flavour, kind):
    async with (
        StubPeer(tls=True) as stub,
        SocksProxy() if kind == "socks5h" else HttpProxy() as proxy,
        ends(),
    ):
        options = {"proxy": proxy.url, "ssl_context": trusting(), "disable_metadata_lookup": True}
        url = stub.url.replace("127.0.0.1", "localhost")
        proxy.fault = hang
        async with flavour.client(url, **options, timeout=0.2) as client:
            handle = client.stub.get_or_create("k")
            attempts = (call() for call in calls(handle)[:3])
            for outcome in await asyncio.gather(*attempts, return_exceptions=True):
                assert isinstance(outcome, ActionTimeoutError)
                assert not outcome.may_have_run
            with pytest.raises(
                ActionTimeoutError, match=f"{url} through the proxy {proxy.url}; check argument"
            ):
                await handle.echo(1)
        async with flavour.client(url, **options, limits=Limits(open_timeout=0.5)) as client:
            connection = client.stub.get_or_create("k").connect()
            call = asyncio.ensure_future(connection.echo(1))
            while proxy.connections < 6:
                await asyncio.sleep(0.01)
            proxy.fault = None
            assert await call == 1


@pytest.mark.parametrize("kind", ["http", "socks5h"])
async def test_closing_ends_the_wait_for_a_proxy(flavour, kind):
    async with SocksProxy() if kind == "socks5h" else HttpProxy() as proxy, ends():
        proxy.fault = hang
        options = {"proxy": proxy.url, "disable_metadata_lookup": True, "ssl_context": trusting()}
        async with flavour.client("https://engine.invalid", **options) as client:
            under_way = [asyncio.ensure_future(call()) for call in calls(client.stub.get_or_create("k"))]
            while proxy.open_streams < len(under_way):
                await asyncio.sleep(0.01)
            await client.close()
            for outcome in await asyncio.gather(*under_way, return_exceptions=True):
                assert isinstance(outcome, ConnectionClosedError)
                assert not outcome.may_have_run
        while proxy.open_streams:
            await asyncio.sleep(0.01)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["http", "socks5h"])
async def test_an_exception_of_a_signal_handler(monkeypatch, kind):
    """At whatever line it strikes, no socket stays open."""
    async with (
        StubPeer(tls=True) as stub,
        SocksProxy() if kind == "socks5h" else HttpProxy() as proxy,
        ends(50),
    ):
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        sockets = Sockets(monkeypatch, urlsplit(proxy.url).port)
        how = {"is_new": True, "everywhere": True}
        left = await in_thread(lambda: strike_everywhere(stub.url, action, sockets, **how))
        assert left == []
        assert stub.connections > 10


@pytest.mark.parametrize("kind", ["http", "socks5h"])
async def test_nobody_is_a_proxy_there(flavour, kind):
    async with HttpProxy() as proxy:
        url = proxy.url_for("", kind)
    options = {"retry": ONCE, "disable_metadata_lookup": True}
    async with ends(), flavour.client("http://engine.invalid", proxy=url, **options) as client:
        for call in calls(client.stub.get_or_create("k"))[:3]:
            with pytest.raises(
                TransportError, match=f"cannot connect to the proxy {url}: .*; check argument proxy"
            ):
                await call()


async def test_a_proxy_that_speaks_no_tls(flavour):
    options = {"disable_metadata_lookup": True, "ssl_context": trusting()}
    async with HttpProxy() as proxy, ends():
        via = proxy.url_for("", "https")
        async with flavour.client("http://engine.invalid", proxy=via, **options) as client:
            for call in calls(client.stub.get_or_create("k")):
                with pytest.raises(
                    TransportError, match="no TLS is spoken there: write http:// in argument proxy"
                ):
                    await call()


@pytest.mark.parametrize(
    ("credentials", "refusal", "text", "is_retryable"),
    [
        ("user:pa55", 5, "[Rr]efused", True),
        ("user:pa55", 2, "not allowed by ruleset; check argument proxy", False),
        ("user:s3cret", 0, "failure; correct user and password in argument proxy", False),
        ("", 0, "; give user and password in argument proxy", False),
    ],
)
async def test_socks_refuses(flavour, credentials, refusal, text, is_retryable):
    options = {"retry": ONCE, "disable_metadata_lookup": True}
    async with SocksProxy(credentials="user:pa55") as proxy, ends():
        proxy.refusal = refusal
        via = proxy.url_for(credentials)
        async with flavour.client("http://engine.invalid", proxy=via, **options) as client:
            for call in calls(client.stub.get_or_create("k"))[: 3 if is_retryable else 4]:
                with pytest.raises(TransportError, match=text) as caught:
                    await call()
                assert "engine.invalid:80 through the proxy socks5h://127.0.0.1" in str(caught.value)
                assert not caught.value.may_have_run
                assert caught.value.is_retryable == is_retryable
                for secret in ("pa55", "s3cret"):
                    assert secret not in told(caught.value)


async def test_socks_that_goes_on_to_talk():
    async def talk(reader, writer):
        writer.write(b"\5\0" + b"\5\0\0\1" + bytes(6) + b"x")
        await hang(reader, writer)

    async with SocksProxy() as proxy, ends():
        proxy.fault = talk
        with Client("http://engine.invalid", proxy=proxy.url, disable_metadata_lookup=True) as client:
            with pytest.raises(TransportError, match="it goes on to talk unasked; check argument proxy"):
                await in_thread(client.stub.get_or_create("k").echo, 1)


async def test_what_socks_needs(flavour, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_socks", None)
    async with SocksProxy() as proxy, ends():
        options = {"proxy": proxy.url, "disable_metadata_lookup": True}
        async with flavour.client("http://engine.invalid", **options) as client:
            for call in calls(client.stub.get_or_create("k")):
                with pytest.raises(ConfigError, match="pip install python-socks"):
                    await call()
