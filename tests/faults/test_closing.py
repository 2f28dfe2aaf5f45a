"""`client.close()` ends whatever is under way, wherever it is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading

import httpx
import pytest

from rivet_client import AsyncClient, ConnectionClosedError, RetryPolicy
from rivet_client._core.flows import timing
from tests.faults.waiting import ends, full_backlog
from tests.support.stub_peer import StubPeer, locate, problem, trusting


@contextlib.asynccontextmanager
async def connecting(monkeypatch, caplog):
    """TCP's own handshake is not answered."""
    with full_backlog() as port:

        async def reached():
            await asyncio.sleep(0.2)  # nothing shows it; a call that is not there yet has to end as well

        yield f"http://127.0.0.1:{port}", reached


@contextlib.asynccontextmanager
async def handshaking(monkeypatch, caplog):
    """The peer accepts, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        accepted = []

        async def reached():
            accepted.append((await asyncio.get_running_loop().sock_accept(listening))[0])

        yield "https://127.0.0.1:{1}".format(*listening.getsockname()), reached
        for one in accepted:
            one.close()


@contextlib.asynccontextmanager
async def looking_up(monkeypatch, caplog):
    """The name server is silent."""
    asked, answered = threading.Event(), threading.Event()
    real = socket.getaddrinfo

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        if flags & socket.AI_NUMERICHOST or host not in ("silent.test", b"silent.test"):
            return real(host, port, family, type, proto, flags)
        asked.set()
        answered.wait(60)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    try:
        yield "http://silent.test", lambda: asyncio.to_thread(asked.wait, 30)
    finally:
        answered.set()


def at_peer(*, visits=1, metadata=locate, request=None):
    """At a peer that was asked so often, and that behaves as its scripts say."""

    @contextlib.asynccontextmanager
    async def phase(monkeypatch, caplog):
        async with StubPeer(metadata=[metadata], requests=[request]) as peer:
            yield peer.url, lambda: peer.until(lambda: len(peer.metadata + peer.requests) > visits)

    return phase


async def silence(visit):
    await visit.gone()


async def half_an_answer(visit):
    await visit.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
    await visit.gone()


@contextlib.asynccontextmanager
async def pausing(monkeypatch, caplog):
    """Both calls have been refused, and wait for their next attempt, which nothing but close comes before."""
    monkeypatch.setattr(timing, "PATIENCE", 0.0)  # the pause would have a part that ends with it
    caplog.set_level(logging.INFO, "rivet_client.requests")

    async def refuse(visit):
        await visit.write(problem(503, "actor.starting"))

    async def reached():
        while caplog.text.count("trying again") < 2:
            await asyncio.sleep(0.01)

    async with StubPeer(requests=[refuse]) as peer:
        yield peer.url, reached


PHASES = {
    "look-up of a name": (looking_up, False),
    "connect": (connecting, False),
    "TLS": (handshaking, False),
    "look-up of the engine": (at_peer(visits=0, metadata=silence), False),
    "waiting for an answer": (at_peer(request=silence), True),
    "reading an answer": (at_peer(request=half_an_answer), True),
    "pause before the next attempt": (pausing, False),
}


@pytest.mark.parametrize(("phase", "may_have_run"), PHASES.values(), ids=PHASES)
async def test_calls_end_in_each_phase(flavour, monkeypatch, caplog, phase, may_have_run):
    if phase is looking_up and flavour.loop == "uvloop":
        pytest.skip("libuv looks names up by itself")
    policy = RetryPolicy(initial_delay=100, max_delay=100)
    async with ends(20), phase(monkeypatch, caplog) as (url, reached):
        client = flavour.client(url, timeout=100, ssl_context=trusting(), retry=policy)
        handle = client.stub.get_or_create("k")
        # The second one waits for the first one's look-up of the engine, if that is where it is.
        calls = [asyncio.ensure_future(call) for call in (handle.echo(1), handle.fetch("x"))]
        await reached()
        await client.close()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        for error in outcomes:
            assert isinstance(error, ConnectionClosedError), outcomes
        if may_have_run:
            assert any(error.may_have_run for error in outcomes), "the one that was seen"
        else:
            assert not any(error.may_have_run for error in outcomes)


async def test_a_call_that_is_not_repeated(flavour, monkeypatch, caplog):
    """What ends it is the end of the client, and no failure of the network."""
    async with ends(20), connecting(monkeypatch, caplog) as (url, reached):
        once = RetryPolicy(max_attempts=1)
        client = flavour.client(url, timeout=100, retry=once, disable_metadata_lookup=True)
        call = asyncio.ensure_future(client.stub.get_or_create("k").echo(1))
        await reached()
        await client.close()
        with pytest.raises(ConnectionClosedError, match="the client was closed"):
            await call


async def test_what_may_have_run_before_is_not_forgotten(flavour):
    policy = RetryPolicy(initial_delay=100, max_delay=100, ambiguous="retry")

    async def hang_up(visit):
        visit.eof()

    async with StubPeer(requests=[hang_up]) as peer, ends(20):
        client = flavour.client(peer.url, timeout=100, retry=policy)
        call = asyncio.ensure_future(client.stub.get_or_create("k").echo(1))
        await peer.until(lambda: peer.requests)
        await client.close()
        with pytest.raises(ConnectionClosedError) as caught:
            await call
        assert caught.value.may_have_run


async def test_tasks_that_have_not_begun():
    """Close comes between the making of a task and its first step, or one of its next."""
    async with StubPeer() as peer, ends(20):
        for turns in range(3):
            client = AsyncClient(peer.url, disable_metadata_lookup=True)
            handle = client.stub.get_or_create("k")
            async with contextlib.AsyncExitStack() as stack:
                coroutines = [
                    handle.echo(1),
                    handle.send("q", 1),
                    handle.fetch("x"),
                    stack.enter_async_context(handle.stream("x")),
                    handle.resolve(),
                    client.stub.create("k"),
                    handle.connect().echo(1),
                ]
                if turns == 0:
                    coroutines.append(handle.gateway_url())  # which is done in one step
                tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
                for _ in range(turns):
                    await asyncio.sleep(0)
                await client.close()
                for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                    assert isinstance(outcome, ConnectionClosedError)
                    assert not outcome.may_have_run
            assert peer.requests == []


async def test_at_every_step_of_an_asyncio_call():
    """Also between the opening of its stream, when nothing waits any more, and its use."""
    async with StubPeer(requests=[silence]) as peer, ends(20):
        for turns in range(20):
            client = AsyncClient(peer.url, disable_metadata_lookup=True, timeout=100)
            call = asyncio.create_task(client.stub.get_or_create("k").echo(1))
            for _ in range(turns):
                await asyncio.sleep(0)
            await client.close()
            with pytest.raises(ConnectionClosedError):
                await call
        assert len(peer.requests) > 3
        await peer.until(lambda: peer.open_streams == 0)


async def test_calls_over_a_client_of_ones_own():
    async with StubPeer(requests=[silence]) as peer, ends(20), httpx.AsyncClient() as own:
        client = AsyncClient(peer.url, http_client=own, timeout=100)
        call = asyncio.ensure_future(client.stub.get_or_create("k").echo(1))
        await peer.until(lambda: peer.requests)
        await client.close()
        with pytest.raises(ConnectionClosedError) as caught:
            await call
        assert caught.value.may_have_run
