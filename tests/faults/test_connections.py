"""How a connection bears one fault at a time: what it restores, keeps, reports and gives up."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections import deque

import pytest

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    AsyncClient,
    ConnectionClosedError,
    DecodeError,
    RetryPolicy,
)
from rivet_client._core.limits import Limits
from rivet_client._core.session.listeners import READ_AHEAD
from rivet_client._wire import cbor
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import ActionResponse, Event, Init
from tests.faults.waiting import ENDED, ends, name_of, next_event, open_files
from tests.support.flavours import FLAVOURS, Inbox, use_pythons_hooks
from tests.support.proxy import Proxy, swallowing
from tests.support.stub_peer import (
    ACTOR,
    CLOSE,
    PING,
    Gone,
    StubPeer,
    frame,
    json_body,
    serve,
)


async def lose(visit):
    """Accept a connection, and end it when the first call arrives."""
    await visit.open()
    while not visit.calls:
        await visit.receive()


async def refuse(visit):
    await visit.respond(503)


async def collect(inbox, count):
    return [await inbox.get() for _ in range(count)]


async def lost(connection, error=ConnectionClosedError):
    """Have the connection lost by a peer that runs `lose`."""
    closed = Inbox()
    stop = connection.on_close(closed)
    with pytest.raises(error) as caught:
        await connection.increment()
    assert caught.value.may_have_run
    await closed.get()
    stop()


# --- What comes back -------------------------------------------------------------------------------------------


async def test_refused_connections_are_tried_again(make_client, engine, key):
    async with (
        Proxy(engine.url) as proxy,
        ends(),
        make_client(proxy.url, disable_metadata_lookup=True) as client,
    ):
        await proxy.refuse()
        connection = client.counter.get_or_create(key).connect()
        statuses = Inbox()
        connection.on_status_change(statuses)
        call = asyncio.ensure_future(connection.increment())
        seen = []
        while seen.count("disconnected") < 3:
            seen += await statuses.get()
        await proxy.listen()
        assert await call == 1
        await connection.close()
    seen += [status for (status,) in statuses.drain()]
    # The first "connecting" is older than the callback, in the blocking flavour maybe.
    seen = seen[seen[0] == "connecting" :]
    # One more attempt may have been refused before the port listened again.
    refused = seen.count("disconnected")
    assert seen == ["disconnected", "connecting"] * refused + ["connected", "idle"]
    assert proxy.connections == 1


async def test_a_network_that_swallows_the_connect(flavour):
    with swallowing() as url:
        async with (
            ends(),
            flavour.client(url, disable_metadata_lookup=True, limits=Limits(open_timeout=0.2)) as client,
            flavour.client(url, disable_metadata_lookup=True) as patient,
        ):
            connection = client.stub.get_or_create("k").connect()
            statuses = Inbox()
            connection.on_status_change(statuses)
            while await statuses.get() != ("disconnected",):
                pass
            with pytest.raises(
                ActionTimeoutError,
                match=r"went wrong last: .+(did not answer|no answer in time|within 0\.2 s)",
            ) as caught:
                await connection.action("echo", 1, timeout=0.4)
            assert not caught.value.may_have_run
            assert str(caught.value).endswith(f"; what went wrong last: {caught.value.__cause__}")
            endless = patient.stub.get_or_create("k").connect()
            waiting = asyncio.ensure_future(endless.wait_ready())
            await asyncio.sleep(0.1)
            started = time.monotonic()
            await asyncio.gather(endless.close(), connection.close())
            assert time.monotonic() - started < 2.5  # not the 3 s that a thread may take to end
            with pytest.raises(ConnectionClosedError):
                await waiting


async def test_subscriptions_are_restored(flavour):
    async with StubPeer(sockets=[lose, serve]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            counts, opened = Inbox(), Inbox()
            connection.on_open(opened)
            connection.on("newCount", counts)
            stop = connection.on("dropped", print)
            event = asyncio.ensure_future(next_event(connection.events("newCount")))
            once = asyncio.ensure_future(next_event(connection.events("other")))
            await opened.get()
            stop()
            await lost(connection)
            assert await connection.increment() == 1
            assert peer.sockets[1].subscriptions == {"newCount", "other"}
            assert await counts.get() == (1,)
            assert await event == (1,)
            assert connection.connection_id == "c2"
            await connection.close()
            assert await once == ENDED
            assert counts.drain() == []


async def test_queued_calls_are_sent_in_order_when_it_is_back(flavour):
    async with StubPeer(sockets=[refuse, refuse, serve]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            calls = []
            for number in range(20):
                calls.append(asyncio.ensure_future(connection.echo(number)))
                await asyncio.sleep(0.001)  # each from a thread of its own, in the blocking flavour
            assert await asyncio.gather(*calls) == list(range(20))
        assert peer.sockets[2].calls == ["echo"] * 20


async def test_the_queue_is_bounded(flavour):
    up = asyncio.Event()

    async def later(visit):
        await up.wait()
        await serve(visit)

    async with (
        StubPeer(sockets=[later]) as peer,
        ends(),
        flavour.client(peer.url, limits=Limits(max_queued_calls=3)) as client,
    ):
        async with client.stub.get_or_create("k").connect() as connection:
            calls = [asyncio.ensure_future(connection.echo(number)) for number in range(4)]
            (refused,), waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            with pytest.raises(ConnectionClosedError, match="3 calls already wait") as caught:
                refused.result()
            assert not caught.value.may_have_run
            up.set()
            assert sorted(await asyncio.gather(*waiting) + [calls.index(refused)]) == [0, 1, 2, 3]
            assert await connection.echo("room again") == "room again"


async def test_deadlines_run_while_disconnected(flavour):
    up = asyncio.Event()

    async def later(visit):
        await up.wait()
        await serve(visit)

    async with StubPeer(sockets=[later]) as peer, ends(), flavour.client(peer.url, timeout=0.1) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            with pytest.raises(ActionTimeoutError, match=r"action 'echo' .* within 0.2 s") as caught:
                await connection.action("echo", 1, timeout=0.2)
            assert not caught.value.may_have_run
            with pytest.raises(ActionTimeoutError, match=r"no connection .* within 0.1 s"):
                await connection.wait_ready()
            up.set()
            await connection.wait_ready(timeout=30)
            with pytest.raises(ActionTimeoutError) as caught:
                await connection.action("hold", timeout=0.5)
            assert caught.value.may_have_run
            assert await connection.action("echo", 2, timeout=30) == 2
        assert peer.sockets[0].calls == ["hold", "echo"], "a call whose time is up is not sent"


async def test_late_answers_are_nobodys(flavour):
    async def late(visit):
        await visit.open()
        held = second = await visit.receive()
        while len(visit.calls) < 2:  # a probe may come before the second
            second = await visit.receive()
        await visit.send(ActionResponse(id=held.id, output=cbor.encode("late")))
        await visit.send(ActionResponse(id=99, output=cbor.encode("never asked")))
        await visit.fail("user.late", held.id)
        await visit.send(ActionResponse(id=second.id, output=cbor.encode("own")))
        await visit.attend()

    async with StubPeer(sockets=[late]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            errors = Inbox()
            connection.on_error(errors)
            await connection.wait_ready()  # the first call has to be sent
            with pytest.raises(ActionTimeoutError):
                await connection.action("hold", timeout=0.5)
            assert await connection.action("hold") == "own"
            assert await connection.echo(1) == 1
            assert errors.drain() == []
        assert len(peer.sockets) == 1


async def test_parameters_are_asked_for_at_each_attempt(flavour):
    tokens = deque([1])

    def get_params():
        if not tokens:
            raise ValueError("no token today")
        return {"n": tokens.popleft()}

    async with StubPeer(sockets=[lose, serve]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k", get_params=get_params).connect() as connection:
            errors = Inbox()
            connection.on_error(errors)
            await lost(connection)
            ready = asyncio.create_task(connection.wait_ready())
            with pytest.raises(ActorError) as caught:
                await connection.echo(1)  # at once: waiting would not help
            (reported,) = await errors.get()
            assert caught.value is not reported
            for error in (caught.value, reported):
                assert name_of(error) == "client.get_params_failed"
                assert isinstance(error.__cause__, ValueError)
                assert "today" not in str(error), "what the user raises may hold a secret"
                assert not error.may_have_run
            assert not ready.done(), "the connection tries again"
            tokens.append(3)
            await ready
            assert await connection.echo(1) == 1
        offers = [visit.headers["sec-websocket-protocol"] for visit in peer.sockets]
        assert ["%22n%22%3A1" in offers[0], "%22n%22%3A3" in offers[1]] == [True, True]


# --- Which ends are final --------------------------------------------------------------------------------------


def closed_with(code, reason):
    async def script(visit):
        await visit.open()
        while not visit.calls:
            await visit.receive()
        await visit.close(code, reason)

    return script


@pytest.mark.parametrize("how", ["get_or_create", "get", "get_for_id"])
@pytest.mark.parametrize("end", [(1011, "actor.not_found#ray"), (1000, "")], ids=str)
@pytest.mark.parametrize("exists", [True, False], ids=["exists", "gone"])
async def test_an_actor_that_may_be_gone(flavour, how, end, exists):
    async def look_up(visit):
        found = [{"actor_id": ACTOR, "destroy_ts": None}] if exists else []
        if how == "get_for_id" and not exists:
            found = [{"actor_id": ACTOR, "destroy_ts": 1}]
        await visit.write(json_body({"actors": found, "pagination": {}}))

    # A destroyed actor closes with 1000; what the gateway says about a missing one needs no second look.
    final = how != "get_or_create" and (end[0] == 1011 or not exists)
    async with StubPeer(sockets=[closed_with(*end), serve], requests=[look_up]) as peer, ends():
        async with flavour.client(peer.url) as client:
            handle = getattr(client.stub, how)(ACTOR)
            async with handle.connect() as connection:
                errors = Inbox()
                connection.on_error(errors)
                await lost(connection, ActorError if final and end[0] == 1011 else ConnectionClosedError)
                if final:
                    with pytest.raises(ActorError) as caught:
                        await connection.wait_ready()
                    assert name_of(caught.value) == "actor.not_found"
                    assert [name_of(error) for (error,) in await collect(errors, 1)] == ["actor.not_found"]
                else:
                    assert await connection.echo(1) == 1
                assert errors.drain() == []


async def test_parameters_that_the_host_cannot_read_are_final(flavour):
    async def closing(visit):
        await visit.accept()
        await visit.close(1011, "guard.websocket_closed_before_open#ray")

    async with StubPeer(sockets=[closing]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k", params={"a": 1}).connect() as connection:
            with pytest.raises(ActorError, match="websocket_closed_before_open") as caught:
                await connection.wait_ready()
            assert caught.value.ray_id == "ray"
            assert len(peer.sockets) == 3, "a host that goes away ends a connection like this, too"


@pytest.mark.parametrize("name", ["actor.invalid_request", "actor.send_failed", "message.incoming_too_long"])
async def test_an_end_because_of_one_message(flavour, name):
    async with StubPeer(sockets=[closed_with(1011, name), serve]) as peer, ends():
        async with flavour.client(peer.url) as client:
            async with client.stub.get_or_create("k").connect() as connection:
                errors = Inbox()
                connection.on_error(errors)
                with pytest.raises(ActorError) as caught:
                    await connection.increment()
                assert name_of(caught.value) == name, "the call in flight is told, for it may be the cause"
                assert await connection.echo(1) == 1
                assert [name_of(error) for (error,) in errors.drain()] == [name]


async def test_rejection_carries_what_the_actor_said(flavour):
    async def reject(visit):
        await visit.accept()
        await visit.fail("user.nope", metadata=cbor.encode({"left": 0}))
        await visit.close(1011, "user.nope")

    async with StubPeer(sockets=[reject]) as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        errors = Inbox()
        connection.on_error(errors)
        for _ in range(2):
            with pytest.raises(ActorError, match=r"user.nope: user.nope happened") as caught:
                await connection.increment()
            assert caught.value.metadata == {"left": 0}
        ((error,),) = await collect(errors, 1)
        assert error is not caught.value, "each gets an error of its own, to be raised with its own traceback"
        assert len(peer.sockets) == 1
        await connection.close()


async def test_who_listens_late_is_told_why_it_gave_up(flavour):
    """A blocking connection may have given up before its caller comes to `on_error`."""

    async def reject(visit):
        await visit.accept()
        await visit.fail("user.nope")

    async with StubPeer(sockets=[reject]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            first, second = Inbox(), Inbox()
            connection.on_error(first)
            with pytest.raises(ActorError):
                await connection.wait_ready()
            (error,) = await first.get()
            stop = connection.on_error(second)
            assert await second.get() == (error,)
            stop()
            assert first.drain() == second.drain() == [], "once each"


# --- Silence ---------------------------------------------------------------------------------------------------


async def test_pings_keep_a_quiet_connection(flavour):
    async with (
        StubPeer() as peer,
        ends(),
        flavour.client(peer.url, limits=Limits(ping_interval=0.1, ping_timeout=2.0)) as client,
    ):
        async with client.stub.get_or_create("k").connect() as connection:
            await peer.until(lambda: peer.sockets and len(peer.sockets[0].pings) >= 3)
            assert await connection.echo(1) == 1
        assert len(peer.sockets) == 1


async def test_a_silent_peer_is_found_out(flavour):
    limits = Limits(ping_interval=0.1, ping_timeout=0.5)
    answered = []

    async def deaf(visit):
        await visit.open()
        while not visit.calls:
            await visit.receive()
        answered.extend(visit.pings)
        visit.answers_pings = False
        await visit.attend()

    async with (
        StubPeer(sockets=[deaf, serve]) as peer,
        ends(),
        flavour.client(peer.url, limits=limits) as client,
    ):
        async with client.stub.get_or_create("k").connect() as connection:
            with pytest.raises(ConnectionClosedError, match="silent") as caught:
                await connection.hold()
            assert caught.value.may_have_run
            # The limits of a connection are those it was made with: it may be lost again, but it comes back.
            await connection.wait_ready()
        assert len(peer.sockets[0].pings) == len(answered) + 1


async def test_a_frozen_network_is_found_out(make_client, engine, key):
    async with (
        Proxy(engine.url) as proxy,
        ends(),
        make_client(proxy.url, limits=Limits(ping_interval=0.3, ping_timeout=2.0)) as client,
    ):
        async with client.counter.get_or_create(key).connect() as connection:
            assert await connection.increment() == 1
            proxy.freeze()
            with pytest.raises(ConnectionClosedError, match="silent"):
                await connection.increment()
            await connection.wait_ready()


async def test_an_actor_that_answers_nothing(flavour):
    """The peer answers pings, but what is sent does not reach the actor any more."""

    async def deaf(visit):
        await visit.open()
        while True:
            await visit.receive()

    async with (
        StubPeer(sockets=[deaf, serve]) as peer,
        ends(),
        flavour.client(peer.url, limits=Limits(probe_timeout=0.2)) as client,
    ):
        async with client.stub.get_or_create("k").connect() as connection:
            closed = Inbox()
            connection.on_close(closed)
            await connection.wait_ready()  # the call has to be sent
            with pytest.raises(ActionTimeoutError) as caught:
                await connection.action("increment", timeout=0.3)
            assert caught.value.may_have_run
            await closed.get()
            assert await connection.echo("back") == "back"


# --- Odd but legal, and odd and illegal ------------------------------------------------------------------------


async def test_fragments_pings_and_big_messages(flavour):
    text = "x" * 1_000_000

    async def pieces(visit):
        await visit.accept()
        init = frames.encode_to_client(Init(actor_id=ACTOR, connection_id="c1"))
        await visit.trickle(frame(init[:5], last=False) + frame(b"", PING) + frame(init[5:], 0))
        call = await visit.receive()
        data = frames.encode_to_client(ActionResponse(id=call.id, output=cbor.encode(text)))
        await visit.write(frame(data[:10], last=False))
        await visit.write(frame(b"", 0, last=False) + frame(b"are you there", PING))
        opcode, payload = await visit.receive_frame()
        assert (opcode, payload) == (10, b"are you there"), "a pong comes at once, not after the message"
        for at in range(10, len(data), 100_000):
            await visit.write(frame(data[at : at + 100_000], 0, last=False))
        await visit.write(frame(b"", 0))
        await visit.attend()

    async with StubPeer(sockets=[pieces]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            assert await connection.hold() == text
            assert await connection.echo(text) == text
        assert len(peer.sockets) == 1


async def test_more_than_the_sockets_take_at_once(flavour):
    text = "x" * 12_000_000
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            await connection.wait_ready()
            small, big = await asyncio.gather(connection.echo("small"), connection.echo(text))
            assert small == "small"
            assert big == text


async def test_events_before_init(flavour):
    async def hasty(visit):
        await visit.accept()
        await visit.emit("welcome", "early")
        await visit.send(Init(actor_id=ACTOR, connection_id="c1"))
        await visit.attend()

    async with StubPeer(sockets=[hasty]) as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        welcomes = Inbox()
        connection.on("welcome", welcomes)
        assert await welcomes.get() == ("early",)
        await connection.close()


async def test_events_before_init_that_nobody_takes(flavour):
    """A full buffer stops the reading, but not before the connection is open."""

    emitted = 0

    async def hasty(visit):
        nonlocal emitted
        await visit.accept()
        while not peer.count:
            await visit.emit("welcome", "early")
            emitted += 1
            peer.notify()
            await asyncio.sleep(0.01)
        await visit.send(Init(actor_id=ACTOR, connection_id="c1"))
        await visit.attend()

    async with StubPeer(sockets=[hasty]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            welcomes = connection.events("welcome", max_buffer=1)
            queued = asyncio.ensure_future(connection.echo("sent"))
            await peer.until(lambda: emitted >= 10)
            peer.count = 1
            await connection.wait_ready(timeout=30)
            assert await queued == "sent"
            assert await next_event(welcomes) == ("early",)


async def test_a_payload_that_cannot_be_read_spoils_itself_only(flavour):
    async def garbled(visit):
        await visit.open()
        call = await visit.receive()
        assert call.event_name == "news"
        call = await visit.receive()
        await visit.send(Event(name="news", args=b"\xff\xff"), ActionResponse(id=call.id, output=b"\x9f"))
        await visit.attend()

    async with StubPeer(sockets=[garbled]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            errors, news = Inbox(), Inbox()
            connection.on_error(errors)
            connection.on("news", news)
            with pytest.raises(DecodeError):
                await connection.hold()
            assert await connection.echo(1) == 1
            assert [name_of(error) for (error,) in errors.drain()] == ["DecodeError"]
            assert news.drain() == []
        assert len(peer.sockets) == 1


@pytest.mark.parametrize("piece", [1, 7])
async def test_a_trickle(make_client, engine, key, piece):
    async with Proxy(engine.url) as proxy, ends(), make_client(proxy.url) as client:
        proxy.piece = piece
        handle = client.counter.get_or_create(key)
        assert await handle.increment() == 1
        async with handle.connect() as connection:
            counts = Inbox()
            connection.on("newCount", counts)
            assert await connection.increment(2) == 3
            assert await counts.get() == (3,)


async def test_a_slow_network(make_client, engine, key):
    async with Proxy(engine.url) as proxy, ends(), make_client(proxy.url) as client:
        proxy.delay = 0.05
        async with client.counter.get_or_create(key).connect() as connection:
            calls = [connection.increment() for _ in range(5)]
            assert sorted(await asyncio.gather(*calls)) == [1, 2, 3, 4, 5]


# --- Closing ---------------------------------------------------------------------------------------------------


async def test_closing_while_the_peer_takes_nothing(flavour):

    async def stuffed(visit):
        await visit.open()
        await asyncio.sleep(300)

    async with (
        StubPeer(sockets=[stuffed]) as peer,
        ends(),
        flavour.client(peer.url, limits=Limits(close_timeout=0.2)) as client,
    ):
        await client.stub.get_or_create("k").echo(1)
        before = open_files()
        connection = client.stub.get_or_create("k").connect()
        await connection.wait_ready()
        calls = [asyncio.ensure_future(connection.echo("x" * 4_000_000)) for _ in range(4)]
        await asyncio.sleep(0.1)
        await connection.close()
        for error in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(error, ConnectionClosedError)
        while open_files() > before + 1:  # the peer's end is that one
            await asyncio.sleep(0.005)


async def test_closing_while_the_peer_talks_on(flavour):

    async def chatterbox(visit):
        await visit.open()
        while not visit.subscriptions:
            await visit.receive()
        with pytest.raises(Gone):
            while True:
                await visit.emit("news", "x" * 10_000)
                await asyncio.sleep(0)

    async with (
        StubPeer(sockets=[chatterbox]) as peer,
        ends(),
        flavour.client(peer.url, limits=Limits(close_timeout=0.3)) as client,
    ):
        connection = client.stub.get_or_create("k").connect()
        news = Inbox()
        connection.on("news", news)
        await news.get()
        await connection.close()
        news.drain()
        await asyncio.sleep(0.05)
        assert news.drain() == [], "no event after close()"


async def test_no_callback_for_what_is_left_at_the_close():
    """What has been read already, and waits for the callback that closes. (asyncio: it has been delivered.)"""

    async def burst(visit):
        await visit.open()
        while not visit.subscriptions:
            await visit.receive()
        await visit.send(*(Event(name="news", args=cbor.encode([number])) for number in range(5)))
        await visit.attend()

    blocking = FLAVOURS[0]
    async with StubPeer(sockets=[burst]) as peer, ends(), blocking.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        news, ended = Inbox(), Inbox()

        def close_at_once(number):
            news(number)
            connection._target.close()

        connection.on_status_change(lambda status: status == "idle" and ended())
        connection.on("news", close_at_once)
        await ended.get()
        await connection.close()
        assert news.drain() == [(0,)]


async def test_closing_twice_and_by_many(flavour):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        await connection.wait_ready()
        await asyncio.gather(*(connection.close() for _ in range(5)), client.close())
        await connection.close()
        assert connection.status == "idle"
        for attempt in (connection.echo(1), connection.wait_ready()):
            with pytest.raises(ConnectionClosedError):
                await attempt
        with pytest.raises(ConnectionClosedError):
            connection.on("news", print)


async def test_closing_the_client_ends_what_it_made(flavour):
    async with StubPeer(sockets=[serve, refuse]) as peer, ends():
        client = flavour.client(peer.url)
        opened = client.stub.get_or_create("a").connect()
        await opened.wait_ready()
        refused = client.stub.get_or_create("b").connect()
        tasks = [asyncio.ensure_future(one.hold()) for one in (opened, refused)]
        await peer.until(lambda: peer.sockets[0].calls and len(peer.sockets) > 1)
        await client.close()
        for error in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(error, ConnectionClosedError)
        with pytest.raises(ConnectionClosedError, match="client is closed"):
            await client.stub.get_or_create("k").echo(1)
        with pytest.raises(ConnectionClosedError, match="client is closed"):
            client.stub.get_or_create("k").connect()
        await client.close()


IN_FLIGHT = {
    "action": lambda handle: handle.echo(1),
    "queue": lambda handle: handle.send("jobs", 1),
    "fetch": lambda handle: handle.fetch("x"),
    "resolve": lambda handle: handle.resolve(),
}


@pytest.mark.parametrize("call", IN_FLIGHT.values(), ids=IN_FLIGHT)
async def test_closing_the_client_ends_requests(flavour, call):
    async def silence(visit):
        await visit.gone()

    async with StubPeer(requests=[silence]) as peer, ends():
        client = flavour.client(peer.url)
        task = asyncio.ensure_future(call(client.stub.get_or_create("k")))
        await peer.until(lambda: peer.requests)
        await client.close()
        with pytest.raises(ConnectionClosedError, match="client (is|was) closed"):
            await task
        assert len(peer.requests) == 1
        await peer.until(lambda: peer.open_streams == 0)


async def test_closing_between_two_attempts_to_resolve(flavour):
    """The key has to be resolved first, and the engine is not well: a retry is due much later."""
    slow = RetryPolicy(initial_delay=58, max_delay=58)
    async with StubPeer(requests=[refuse]) as peer, ends(20), flavour.client(peer.url, retry=slow) as client:
        connection = client.stub.get_or_create("a,b").connect()
        await peer.until(lambda: peer.requests)
        await asyncio.sleep(0.05)
        await connection.close()


async def test_an_iterator_that_was_dropped(flavour):
    """Such an iterator does not stay subscribed, and its events, which nobody will take, do not stop the reading."""
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            driver = connection._driver if flavour.name == "asyncio" else connection._target._driver
            events = driver.events(None, "news", None, 2)
            counts = Inbox()
            connection.on("newCount", counts)
            await peer.until(lambda: peer.sockets and peer.sockets[0].subscriptions >= {"news", "newCount"})
            visit = peer.sockets[0]
            for number in range(3):
                await visit.emit("news", number)
            while not driver._is_paused:
                await asyncio.sleep(0.005)
            await visit.emit("newCount", 1)
            await asyncio.sleep(0.1)
            assert counts.drain() == [], "it is full: nothing is read"
            del events
            gc.collect()
            assert await counts.get() == (1,)
            await peer.until(lambda: visit.subscriptions == {"newCount"})


@pytest.mark.parametrize("end", ["refused", "lost"])
async def test_an_end_behind_a_full_buffer(flavour, end):
    """It is noticed when somebody has taken what came before it, and nothing of that is missing."""
    count = 100

    async def flood(visit):
        await visit.open()
        while not visit.subscriptions:
            await visit.receive()
        for number in range(count):
            await visit.emit("news", number, "x" * 10_000)
        await visit.close(1011, "user.nope") if end == "refused" else visit.eof()

    async with StubPeer(sockets=[flood, serve]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            news, closed = connection.events("news", max_buffer=2), Inbox()
            connection.on_close(closed)
            await connection.wait_ready()
            await asyncio.sleep(0.1)
            assert connection.status == "connected"
            assert [(await next_event(news))[0] for _ in range(count)] == list(range(count))
            if end == "refused":
                with pytest.raises(ActorError, match=r"user\.nope"):
                    await next_event(news)
            else:
                while not closed.drain():
                    await asyncio.sleep(0.005)
                assert await connection.echo("back") == "back"


async def test_an_iterator_gets_all_that_came_before_the_end():
    """Also while the thread that delivers is held up by a callback."""
    release = threading.Event()

    async def refuse_later(visit):
        await visit.open()
        while not visit.subscriptions:
            await visit.receive()
        event = frame(frames.encode_to_client(Event(name="news", args=cbor.encode([1]))))
        await visit.write(event + frame((1011).to_bytes(2, "big") + b"user.nope", CLOSE))
        visit.eof()

    async with StubPeer(sockets=[refuse_later]) as peer, ends(), FLAVOURS[0].client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            connection.on("news", lambda _: release.wait(30))
            news = connection.events("news")
            first = asyncio.ensure_future(next_event(news))
            while connection.status != "idle":
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.1)  # for an iterator that does not wait
            release.set()
            assert await first == (1,)
            with pytest.raises(ActorError, match=r"user\.nope"):
                await next_event(news)


async def test_a_call_reads_on_for_so_many_events_only(flavour):
    """It may then run out of time; nothing is lost, and the next calls pass once somebody has taken the events."""
    size, count = 4000, 3000
    at_one_read = 256 * 1024 // size + 1  # by asyncio; the blocking client reads less
    limit = 10 + READ_AHEAD + at_one_read

    async def flood(visit):
        await visit.open()
        await visit.receive()  # the subscription
        await visit.receive()  # the call that is never answered
        for number in range(count):
            await visit.emit("news", number, "x" * size)
        await visit.attend()

    async with StubPeer(sockets=[flood]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            driver = connection._driver if flavour.name == "asyncio" else connection._target._driver
            news = connection.events("news", max_buffer=10)
            (buffer,) = driver._listeners.buffers
            held = asyncio.ensure_future(connection.action("hold", timeout=None))
            while not driver._is_paused:
                await asyncio.sleep(0.005)
            for _ in range(3):
                # None of these further calls reads on any more. Meanwhile the deadline of one of them decides.
                with pytest.raises(ActionTimeoutError, match="no answer"):
                    await connection.action("hold", timeout=0.1)
            assert 10 + READ_AHEAD <= len(buffer.items) <= limit
            held.cancel()
            taken = [(await next_event(news))[0] for _ in range(count)]
            assert taken == list(range(count))
            assert await connection.echo("after") == "after"
            assert not driver._is_paused


async def test_a_loss_behind_an_overfull_buffer(flavour):
    """Reading stops in the middle of what came with the end of the stream; it goes on with the next stream."""
    count = READ_AHEAD + 100

    async def flood(visit):
        await visit.open()
        await visit.receive()  # the subscription
        news = [Event(name="news", args=cbor.encode([number])) for number in range(count)]
        # Small enough for one read, so that the end is among what is read at once.
        await visit.write(
            b"".join(frame(frames.encode_to_client(event)) for event in news)
            + frame((1012).to_bytes(2, "big"), CLOSE)
        )
        visit.eof()

    async with StubPeer(sockets=[flood, serve]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            opened = Inbox()
            connection.on_open(opened)
            news = connection.events("news", max_buffer=1)
            await opened.get()
            await opened.get()
            assert [await next_event(news) for _ in range(count)] == [(number,) for number in range(count)]
            assert await connection.echo("back") == "back"


@pytest.mark.parametrize("data", [b"", b"\xff\xff"], ids=["end", "bytes"])
async def test_what_an_old_stream_still_says_is_nobodys(data):
    async with StubPeer(sockets=[lose, serve]) as peer, ends(), AsyncClient(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            await connection.wait_ready()
            old = connection._driver._link
            await lost(connection)
            await connection.wait_ready()
            connection._driver.received(old, data)
            assert connection.status == "connected"
            assert await connection.echo("after") == "after"
        assert len(peer.sockets) == 2


async def test_closing_an_iterator_that_somebody_waits_for(flavour):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            events = connection._driver if flavour.name == "asyncio" else connection._target._driver
            iterator = events.events(None, "news", None, 10)
            if flavour.name == "asyncio":
                waiting = asyncio.ensure_future(next_event(iterator))
                close = iterator.close
            else:
                waiting = asyncio.ensure_future(asyncio.to_thread(next, iterator, ENDED))
                close = lambda: asyncio.to_thread(iterator.close)  # noqa: E731
            await peer.until(lambda: peer.sockets and peer.sockets[0].subscriptions)
            await asyncio.sleep(0.05)
            await close()
            assert await waiting == ENDED
            await peer.until(lambda: not peer.sockets[0].subscriptions)


@pytest.mark.parametrize("whose", ["connection", "client"])
@pytest.mark.parametrize("kind", ["on_open", "on_close", "on_error", "on_status_change", "newCount"])
async def test_closing_in_a_callback(flavour, kind, whose):
    async with StubPeer(sockets=[closed_with(1011, "actor.send_failed"), serve]) as peer, ends():
        async with flavour.client(peer.url) as client:
            connection = client.stub.get_or_create("k").connect()
            subject = {"connection": connection, "client": client}[whose]
            done = Inbox()

            def close(*_: object) -> None:
                subject._target.close()
                done("closed")

            async def close_later(*_: object) -> None:
                await subject.close()
                done("closed")

            callback = close if flavour.name == "blocking" else close_later
            connection.on(kind, callback) if kind == "newCount" else getattr(connection, kind)(callback)
            # Two calls: the first ends the first connection, the second emits an event.
            outcomes = [
                await asyncio.gather(connection.increment(), return_exceptions=True) for _ in range(2)
            ]
            assert await done.get() == ("closed",)
            for (outcome,) in outcomes:
                assert outcome == 1 or name_of(outcome) in ("actor.send_failed", "ConnectionClosedError")
            assert connection.status == "idle"


async def test_a_callback_that_raises_harms_nobody(flavour, caplog, monkeypatch):
    use_pythons_hooks(monkeypatch)
    async with StubPeer(sockets=[lose, serve]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            counts = Inbox()

            def bad(*_: object) -> None:
                raise RuntimeError("my own mistake")

            for kind in ("on_open", "on_close", "on_error", "on_status_change"):
                getattr(connection, kind)(bad)
            connection.on("newCount", bad)
            connection.on("newCount", counts)
            await lost(connection)
            assert await connection.increment() == 1
            assert await counts.get() == (1,)
    assert caplog.text.count("RuntimeError: my own mistake") >= 4


# --- Calls in callbacks, which in the blocking flavour wait on the very thread that reads ----------------------


def runs(flavour, connection, scenario, outcome):
    """A callback that runs `scenario(connection)`, the first time, and puts what came of it into an inbox."""
    turns = iter([True])

    async def run(subject):
        try:
            outcome(await scenario(subject))
        except Exception as error:
            outcome(error)

    def callback(*_: object):
        if not next(turns, False):
            return None
        if flavour.name == "asyncio":
            return run(connection)
        with contextlib.suppress(StopIteration):
            run(Direct(connection._target)).send(None)
        return None

    return callback


class Direct:
    """A blocking connection with the methods of its asyncio twin, run at once on the calling thread."""

    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        async def call(*args, **options):
            return getattr(self._target, name)(*args, **options)

        return call


async def test_a_call_in_a_callback_is_lost_with_the_connection(flavour):
    async def until_held(visit):
        await visit.open()
        await visit.receive()  # the subscription
        await visit.emit("news", 1)
        while not visit.calls:
            await visit.receive()

    async with StubPeer(sockets=[until_held, serve]) as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            outcomes = Inbox()
            connection.on("news", runs(flavour, connection, lambda own: own.hold(), outcomes))
            (error,) = await outcomes.get()
            assert isinstance(error, ConnectionClosedError)
            assert error.may_have_run
            assert await connection.echo(1) == 1


@pytest.mark.parametrize("what", ["echo", "wait_ready"])
async def test_a_callback_waits_for_the_reconnection(flavour, what):
    async with (
        StubPeer(sockets=[lose, refuse, refuse, serve]) as peer,
        ends(),
        flavour.client(peer.url) as client,
    ):
        async with client.stub.get_or_create("k").connect() as connection:
            outcomes, statuses = Inbox(), Inbox()

            async def scenario(own):
                return await own.echo("back") if what == "echo" else await own.wait_ready()

            connection.on_close(runs(flavour, connection, scenario, outcomes))
            connection.on_status_change(statuses)
            with pytest.raises(ConnectionClosedError):
                await connection.increment()
            assert await outcomes.get() == ("back" if what == "echo" else None,)
            # Callbacks that came up meanwhile follow, in order.
            seen = [status for (status,) in statuses.drain()]
            while seen[-1:] != ["connected"] or "disconnected" not in seen:
                seen += await statuses.get()
            assert [s for s in seen if s == "disconnected"] == ["disconnected"] * 3


async def test_closing_ends_a_call_in_a_callback(flavour):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        outcomes = Inbox()
        connection.on_open(runs(flavour, connection, lambda own: own.hold(), outcomes))
        await peer.until(lambda: peer.sockets and peer.sockets[0].calls)
        await connection.close()
        (error,) = await outcomes.get()
        assert isinstance(error, ConnectionClosedError)


async def test_a_deadline_in_a_callback(flavour):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            outcomes = Inbox()
            connection.on_open(
                runs(flavour, connection, lambda own: own.action("hold", timeout=0.1), outcomes)
            )
            (error,) = await outcomes.get()
            assert isinstance(error, ActionTimeoutError)
            assert await connection.echo(1) == 1


async def test_callers_are_served_while_a_callback_waits(flavour):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            outcomes, counts = Inbox(), Inbox()
            connection.on_open(runs(flavour, connection, lambda own: own.hold(), outcomes))
            connection.on("newCount", counts)
            await peer.until(lambda: peer.sockets and peer.sockets[0].calls)
            assert await connection.echo(1) == 1
            assert await connection.increment() == 1
            assert outcomes.drain() == [], "the callback still waits"
            # The first call of all.
            await peer.sockets[0].send(ActionResponse(id=0, output=cbor.encode("at last")))
            assert await outcomes.get() == ("at last",)
            assert await counts.get() == (1,)
