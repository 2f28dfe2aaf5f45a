"""The look-up of the engine (PROTOCOL.md 1.4): once, for all, and never longer than the call that waits for it."""

from __future__ import annotations

import asyncio
import time

import pytest

from rivet_client import ActionTimeoutError, ActorError, ProtocolError, RivetError, TransportError
from tests.faults.waiting import ends
from tests.support.proxy import Proxy
from tests.support.stub_peer import METADATA, StubPeer, html, json_body, locate, problem, response


def says(data):
    async def script(visit):
        await visit.write(data)

    return script


async def silence(visit):
    await visit.gone()


async def starting(visit):
    await visit.respond(503)


async def test_looked_up_once_for_everybody(flavour):
    gate = asyncio.Event()

    async def slowly(visit):
        await gate.wait()
        await locate(visit)

    async with StubPeer(metadata=[slowly]) as peer, ends():
        async with flavour.client(peer.url, namespace="a b", token="t0ken", headers={"x-own": "1"}) as client:
            handle = client.stub.get_or_create("k")
            connection = handle.connect()
            waiting = [asyncio.ensure_future(handle.echo(n)) for n in range(5)]
            waiting += [asyncio.ensure_future(handle.resolve()), asyncio.ensure_future(connection.echo(6))]
            await peer.until(lambda: peer.metadata)
            await asyncio.sleep(0.05)
            assert not any(one.done() for one in waiting), "every request waits for it"
            gate.set()
            await asyncio.gather(*waiting)
            assert await handle.echo(1) == 1
            await connection.close()
        (visit,) = peer.metadata
        assert visit.target == "/metadata?namespace=a+b"
        assert visit.headers["authorization"] == "Bearer t0ken"
        assert visit.headers["x-own"] == "1"


async def test_not_looked_up(flavour):
    async with StubPeer(metadata=[starting]) as peer, ends():
        async with flavour.client(peer.url, disable_metadata_lookup=True) as client:
            assert await client.stub.get_or_create("k").echo(1) == 1
        assert peer.metadata == []


@pytest.mark.parametrize("base", ["", "/api/rivet"])
async def test_redirected(flavour, base):
    async with StubPeer() as engine:
        there = engine.url.replace("http://", "http://ignored:ignored@") + "/base/"
        named = {
            **METADATA,
            "clientEndpoint": there,
            "clientNamespace": "theirs",
            "clientToken": "their-token",
        }
        async with StubPeer(metadata=[says(json_body(named))]) as peer, ends():
            async with flavour.client(peer.url + base, namespace="mine", token="mine") as client:
                handle = client.stub.get_or_create("k")
                assert await handle.echo(1) == 1
                async with handle.connect() as connection:
                    assert await connection.echo(2) == 2
                await handle.resolve()
            assert [len(peer.metadata), len(peer.requests), len(peer.sockets)] == [1, 0, 0]
            assert peer.metadata[0].path == f"{base}/metadata"
        assert engine.metadata == [], "no second look-up"
        action, resolve = engine.requests
        for visit in (action, engine.sockets[0]):
            assert visit.path.startswith("/base/gateway/stub/")
            assert "rvt-namespace=theirs" in visit.target
            assert "mine" not in visit.target + str(visit.headers)
        assert action.headers["x-rivet-token"] == "their-token"
        assert "rivet_token.their-token" in engine.sockets[0].headers["sec-websocket-protocol"]
        assert resolve.headers["authorization"] == "Bearer their-token"


async def test_namespace_and_token_count_only_beside_an_endpoint(flavour):
    named = {**METADATA, "clientNamespace": "theirs", "clientToken": "their-token"}
    async with StubPeer(metadata=[says(json_body(named))]) as peer, ends():
        async with flavour.client(peer.url, namespace="mine", token="mine") as client:
            assert await client.stub.get_or_create("k").echo(1) == 1
        assert "rvt-namespace=mine" in peer.requests[0].target
        assert peer.requests[0].headers["x-rivet-token"] == "mine"


async def test_endpoint_alone_keeps_ours(flavour):
    async with StubPeer() as engine:
        named = {**METADATA, "clientEndpoint": engine.url}
        async with StubPeer(metadata=[says(json_body(named))]) as peer, ends():
            async with flavour.client(peer.url, namespace="mine", token="mine") as client:
                assert await client.stub.get_or_create("k").echo(1) == 1
        assert "rvt-namespace=mine" in engine.requests[0].target
        assert engine.requests[0].headers["x-rivet-token"] == "mine"


@pytest.mark.parametrize(
    "fault",
    [
        response(503),
        response(429),
        html(502),
        problem(503, "guard.service_unavailable"),
        b"",
        b"garbage\r\n\r\n",
    ],
    ids=["503", "429", "502 html", "503 of the gateway", "eof", "not HTTP"],
)
async def test_a_server_that_is_still_starting(flavour, fault):
    async def not_yet(visit):
        await visit.write(fault)
        visit.eof()

    async with StubPeer(metadata=[not_yet, locate]) as peer, ends(), flavour.client(peer.url) as client:
        assert await client.stub.get_or_create("k").echo(1) == 1
        assert len(peer.metadata) == 2


async def test_a_server_that_does_not_listen_yet(make_client, engine, key):
    async with Proxy(engine.url) as proxy, ends(), make_client(proxy.url) as client:
        await proxy.refuse()
        call = asyncio.ensure_future(client.counter.get_or_create(key).increment())
        await asyncio.sleep(0.1)
        await proxy.listen()
        assert await call == 1


@pytest.mark.parametrize("script", [silence, starting], ids=lambda script: script.__name__)
async def test_it_is_bounded_by_the_call(flavour, script):
    is_up = False

    async def until_it_is_up(visit):
        await (locate if is_up else script)(visit)

    async with StubPeer(metadata=[until_it_is_up]) as peer, ends():
        async with flavour.client(peer.url) as client:
            handle = client.stub.get_or_create("k")
            started = time.monotonic()
            for call in (
                lambda: handle.action("echo", 1, timeout=0.3),
                lambda: handle.fetch("x", timeout=0.3),
                lambda: handle.send("q", 1, timeout=0.3),
            ):
                with pytest.raises((ActionTimeoutError, TransportError)) as caught:
                    await call()
                assert not caught.value.may_have_run
            assert time.monotonic() - started < 10
            assert peer.requests == []
            is_up = True  # what failed once is asked again
            assert await handle.echo(1) == 1


async def test_one_caller_out_of_time_does_not_hold_up_the_others(flavour):
    gate = asyncio.Event()

    async def slowly(visit):
        await gate.wait()
        await locate(visit)

    async with StubPeer(metadata=[slowly]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        patient = asyncio.ensure_future(handle.echo(1))
        await peer.until(lambda: peer.metadata)
        with pytest.raises(ActionTimeoutError):
            await handle.action("echo", 2, timeout=0.2)
        gate.set()
        assert await patient == 1
        assert len(peer.metadata) == 1


@pytest.mark.parametrize(
    ("data", "error", "says_what"),
    [
        (html(200), ProtocolError, "check the endpoint"),
        (json_body([1]), ProtocolError, "check the endpoint"),
        (json_body({"hello": "world"}), ProtocolError, "not as a Rivet engine"),
        (response(200), ProtocolError, "check the endpoint"),
        (html(404), ProtocolError, "check the endpoint"),
        (response(302, headers={"location": "http://there/"}), ProtocolError, "http://there/"),
        (problem(401, "api.unauthorized"), ActorError, "api.unauthorized"),
        (json_body({**METADATA, "clientEndpoint": "nonsense"}), ProtocolError, "the scheme must be"),
        (json_body({**METADATA, "clientEndpoint": 1}), ProtocolError, "not a URL"),
        (json_body({**METADATA, "clientEndpoint": "http://host:port/"}), ProtocolError, "the port must be"),
        (json_body({**METADATA, "clientEndpoint": "http://a..b/"}), ProtocolError, "not a host name"),
        (json_body({**METADATA, "clientEndpoint": "http://[::1/"}), ProtocolError, "not a URL"),
    ],
    ids=[
        "html",
        "list",
        "other json",
        "empty",
        "404",
        "redirect",
        "401",
        "no URL",
        "number",
        "port",
        "dots",
        "bracket",
    ],
)
async def test_an_endpoint_that_is_something_else(flavour, data, error, says_what):
    async with StubPeer(metadata=[says(data)]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        with pytest.raises(RivetError, match=says_what) as caught:
            await handle.echo(1)
        assert type(caught.value) is error
        assert len(peer.metadata) == 1, "asking again would not help"
        async with handle.connect() as connection:
            with pytest.raises(error):
                await connection.wait_ready()
