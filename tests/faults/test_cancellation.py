"""Cancelling asyncio calls: at whatever `await` it strikes, the client stays usable and nothing is left over."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from rivet_client import ActorError, AsyncClient, RetryPolicy
from tests.faults.test_raw import either
from tests.faults.waiting import ends, next_event
from tests.support.flavours import ASYNCIO_LOOPS
from tests.support.stub_peer import StubPeer, answer, problem, serve

pytestmark = [pytest.mark.usefixtures("flavour"), pytest.mark.parametrize("flavour", ASYNCIO_LOOPS, ids=str)]

STEPS = 30
"""More turns of the event loop than any operation below takes, but those that wait for good."""


async def struck(operation, steps):
    """Run an operation, cancel it after some turns of the event loop, and return whether that came in time."""
    task = asyncio.create_task(operation)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    assert outcome is None or isinstance(outcome, asyncio.CancelledError)
    return outcome is not None


async def action(client):
    assert await client.stub.get_or_create("k").echo(1) == 1


async def create(client):
    await (await client.stub.create("k")).resolve()


async def queue(client):
    await client.stub.get_or_create("k").send("q", 1)


async def fetch(client):
    assert (await client.stub.get_or_create("k").fetch("x")).text == "stub"


async def stream(client):
    async with client.stub.get_or_create("k").stream("x") as answered:
        assert b"".join([part async for part in answered.aiter_bytes()]) == b"stub"


async def repeated(client):
    """Fails again and again, and sleeps in between."""
    with contextlib.suppress(ActorError):
        await client.stub.get_or_create("k").action("actor.stopping")


async def connected_call(client):
    async with client.stub.get_or_create("k").connect() as connection:
        assert await connection.echo(1) == 1


async def held_call(client):
    async with client.stub.get_or_create("k").connect() as connection:
        await connection.hold()


async def ready(client):
    async with client.stub.get_or_create("k").connect() as connection:
        await connection.wait_ready()


async def event(client):
    async with client.stub.get_or_create("k").connect() as connection:
        await next_event(connection.events("never"))


async def raw(client):
    async with client.stub.get_or_create("k").websocket("x") as websocket:
        await websocket.send("a")
        assert await websocket.receive() == "a"


async def raw_held(client):
    async with client.stub.get_or_create("k").websocket("x") as websocket:
        await websocket.receive()


OPERATIONS = [
    action,
    create,
    queue,
    fetch,
    stream,
    repeated,
    connected_call,
    held_call,
    ready,
    event,
    raw,
    raw_held,
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
async def test_at_every_step(operation):
    async with StubPeer(sockets=[either]) as peer, ends(50):
        fast = RetryPolicy(initial_delay=0.001, max_delay=0.001)
        async with AsyncClient(peer.url, retry=fast) as client:
            before = asyncio.all_tasks()
            struck_in_time = [await struck(operation(client), steps) for steps in range(STEPS)]
            assert sum(struck_in_time) > 3
            await action(client)
            await connected_call(client)
            await raw(client)
        # Streams end, and with them whatever was busy for them.
        await peer.until(lambda: peer.open_streams == 0)
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("operation", [action, fetch, connected_call, raw], ids=lambda one: one.__name__)
async def test_at_the_first_look_up(operation):
    """Clients that are new each time, so that the look-up and the first connection are struck too."""
    async with StubPeer(sockets=[either]) as peer, ends(50):
        for steps in range(0, STEPS, 2):
            async with AsyncClient(peer.url) as client:
                first = asyncio.create_task(struck(operation(client), steps))
                second = asyncio.create_task(action(client))
                await first
                await second  # who waits behind the one that was cancelled does not wait for good


async def test_a_whole_client():
    async def live(url):
        async with AsyncClient(url) as client:
            await connected_call(client)
            await action(client)

    async with StubPeer(sockets=[serve]) as peer, ends(50):
        for steps in range(0, 2 * STEPS, 2):
            await struck(live(peer.url), steps)


async def test_closing_a_client():
    async with StubPeer(sockets=[serve]) as peer, ends(50):
        for steps in range(12):
            client = AsyncClient(peer.url)
            connections = [client.stub.get_or_create(key).connect() for key in "abc"]
            await asyncio.gather(*(connection.wait_ready() for connection in connections))
            await struck(client.close(), steps)
            await client.close()


async def silence(visit):
    await visit.gone()


async def test_the_ways_to_cancel():
    """The caller's own exception comes out, not one of ours."""
    async with (
        StubPeer(sockets=[either], requests=[silence]) as peer,
        ends(),
        AsyncClient(peer.url) as client,
    ):
        for operation in (action, fetch, held_call, event, raw_held):
            with pytest.raises(TimeoutError) as caught:
                await asyncio.wait_for(operation(client), 0.05)
            assert type(caught.value) is TimeoutError
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(0.05):
                    await operation(client)
            assert type(caught.value) is TimeoutError

            async def fail() -> None:
                await asyncio.sleep(0.05)
                raise LookupError("a sibling's failure")

            with pytest.raises(ExceptionGroup) as group:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(operation(client))
                    tasks.create_task(fail())
            assert [type(error) for error in group.value.exceptions] == [LookupError]


async def test_a_cancelled_call_is_forgotten(sessions):
    up = asyncio.Event()

    async def later(visit):
        await up.wait()
        await serve(visit)

    async with StubPeer(sockets=[later]) as peer, ends(), AsyncClient(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            queued = asyncio.create_task(connection.hold())
            await asyncio.sleep(0)
            queued.cancel()
            up.set()
            assert await connection.echo(1) == 1
            assert peer.sockets[0].calls == ["echo"], "what nobody waits for is not sent"
            for action in ("hold", "echo") * 20:
                task = asyncio.create_task(connection.action(action, "x"))
                await asyncio.sleep(0)
                task.cancel()
            assert await connection.echo(1) == 1
            assert not sessions[-1].calls.sent
        assert len(peer.sockets) == 1


async def test_a_cancelled_receive_loses_no_message():
    count = 100
    async with StubPeer(sockets=[either]) as peer, ends(), AsyncClient(peer.url) as client:
        async with client.stub.get_or_create("k").websocket("x") as websocket:
            received = []
            for number in range(count):
                await websocket.send(str(number))
                task = asyncio.create_task(websocket.receive())
                for _ in range(number % 8):
                    await asyncio.sleep(0)
                task.cancel()
                (outcome,) = await asyncio.gather(task, return_exceptions=True)
                if not isinstance(outcome, asyncio.CancelledError):
                    received.append(outcome)
            assert len(received) < count
            while len(received) < count:
                received.append(await websocket.receive(timeout=5))
            assert received == [str(number) for number in range(count)]


async def test_cancelled_requests_give_their_connections_back():
    async with StubPeer(requests=[silence] * 20 + [answer]) as peer, ends(), AsyncClient(peer.url) as client:
        tasks = [asyncio.create_task(action(client)) for _ in range(20)]
        await peer.until(lambda: len(peer.requests) == 20)
        for task in tasks:
            task.cancel()
        await peer.until(lambda: peer.open_streams <= 1)
        await action(client)


async def test_cancelled_between_two_attempts():
    policy = RetryPolicy(initial_delay=10, max_delay=10)

    async def stopping(visit):
        await visit.write(problem(503, "actor.stopping"))

    async with (
        StubPeer(requests=[stopping, answer]) as peer,
        ends(),
        AsyncClient(peer.url, retry=policy) as client,
    ):
        task = asyncio.create_task(action(client))
        await peer.until(lambda: peer.requests)
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await action(client)


async def test_cancelled_while_parameters_are_made():
    entered, left = asyncio.Event(), []

    async def get_params():
        entered.set()
        try:
            await asyncio.sleep(300)
        finally:
            left.append(True)

    async with StubPeer() as peer, ends(), AsyncClient(peer.url) as client:
        connection = client.stub.get_or_create("k", get_params=get_params).connect()
        await entered.wait()
        await connection.close()
        while not left:
            await asyncio.sleep(0.001)
        assert peer.sockets == []
