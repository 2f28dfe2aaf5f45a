"""Actors that are destroyed, made again, put to sleep and woken while handles and connections use them."""

from __future__ import annotations

import asyncio
import time

import pytest

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    ConnectionClosedError,
    ConnectionStatus,
    TransportError,
)
from tests.support.flavours import Inbox


async def not_found(call):
    with pytest.raises(ActorError) as caught:
        await call
    assert (caught.value.group, caught.value.code) == ("actor", "not_found")
    return caught.value


async def again(call):
    """What a call gives once it does not meet the end of its actor's run, which may have swallowed an answer."""
    for _ in range(8):  # a silent actor is left after some 13 s
        (outcome,) = await asyncio.gather(call(), return_exceptions=True)
        if not isinstance(outcome, Exception):
            return outcome
        assert (
            isinstance(outcome, (ActionTimeoutError, ConnectionClosedError))
            or outcome.code == "dropped_reply"
        )
        assert outcome.may_have_run
    raise outcome


# --- Destroyed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["end", "destroy"])
async def test_handles_after_destruction(make_client, key, end):
    """By key they go on with the next actor of that key, by id they end with their actor."""
    async with make_client() as client:
        creating, getting = client.mortal.get_or_create(key), client.mortal.get(key)
        assert await creating.increment() == 1
        first = await creating.resolve()
        by_id = client.mortal.get_for_id(first)
        assert await getting.increment() == 2
        assert await by_id.increment() == 3
        await getattr(creating, end)()
        # At once: the engine may not be done with it, and each handle has learned its id.
        await asyncio.gather(not_found(getting.increment()), not_found(by_id.increment()))
        assert await creating.increment() == 1
        assert await getting.increment() == 2
        assert await creating.resolve() == await getting.resolve() != first
        error = await not_found(by_id.increment())
        assert not error.is_retryable
        assert not error.may_have_run


async def test_creating_again_after_destruction(make_client, engine, key):
    async with make_client() as client:
        first = await client.mortal.create(key)
        assert await first.increment() == 1
        engine.admin.destroy(await first.resolve())
        second = await client.mortal.create(key)
        assert await second.increment() == 1
        await not_found(first.increment())
        assert await second.resolve() != await first.resolve()


async def test_many_calls_during_destruction(make_client, key):
    """Nobody who creates what is missing gets an error that names a way station."""
    async with make_client() as client:
        mortal = client.mortal.get_or_create(key)
        await mortal.increment()
        calls = [asyncio.ensure_future(mortal.increment()) for _ in range(5)]
        await mortal.end()
        calls += [asyncio.ensure_future(mortal.increment()) for _ in range(5)]
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            if not isinstance(outcome, int):
                # It ran, and the actor went before the answer did.
                assert isinstance(outcome, (ActorError, TransportError)), outcome
                assert outcome.may_have_run, outcome
        assert await mortal.increment() > 0


async def test_destroying_what_is_not_there(make_client, key):
    """A second `destroy` must not make an actor only to destroy it."""
    async with make_client() as client:
        mortal = client.mortal.get_or_create(key)
        await mortal.increment()
        await mortal.destroy()
        await asyncio.gather(mortal.destroy(), return_exceptions=True)
        await not_found(client.mortal.get(key).increment())


@pytest.mark.parametrize("how", ["get_or_create", "get", "get_for_id"])
async def test_connections_after_destruction(make_client, engine, key, how):
    async with make_client() as client:
        handle = client.mortal.get_or_create(key)
        await handle.increment()
        first = await handle.resolve()
        used = getattr(client.mortal, how)(first if how == "get_for_id" else key)
        async with used.connect() as conn:
            errors = Inbox()
            conn.on_error(errors)
            assert await conn.increment() == 2
            engine.admin.destroy(first)
            if how == "get_or_create":
                # The next actor takes its place; a call that met the end has to be made again.
                assert await again(lambda: conn.action("increment", timeout=20)) == 1
                assert conn.actor_id != first
                assert errors.drain() == []
                return
            (error,) = await errors.get()
            assert (error.group, error.code) == ("actor", "not_found")
            assert conn.status == ConnectionStatus.IDLE
            await not_found(conn.increment())
            # Final: not even a new actor of that key brings it back.
            assert await handle.increment() == 1
            await not_found(conn.increment())
            assert errors.drain() == []
            assert (await asyncio.gather(used.increment(), return_exceptions=True))[
                0
            ] == 2 or how == "get_for_id"


async def test_calls_in_flight_at_the_end(make_client, key):
    async with make_client() as client, client.mortal.get_or_create(key).connect() as conn:
        await conn.wait_ready()
        first = conn.actor_id
        calls = [conn.increment, conn.end, conn.increment]
        while conn.actor_id == first:
            for outcome in await asyncio.gather(*(call() for call in calls), return_exceptions=True):
                if isinstance(outcome, ActorError):
                    assert outcome.code == "destroying"
                    assert not outcome.may_have_run
                else:
                    assert outcome is None or isinstance(outcome, (int, ConnectionClosedError)), outcome
            calls = [conn.increment]
        assert await conn.increment() > 0


# --- Asleep ----------------------------------------------------------------------------------------------------


@pytest.fixture
def put_to_sleep(engine, engine_kind):
    async def put(actor_id, during=None):
        """Have the engine put an actor to sleep, while an action runs or not, and wait until it sleeps."""
        engine.admin.sleep(actor_id)
        if during is not None:
            await during
        if engine_kind == "fake":
            return  # there it sleeps when the engine has answered
        # The engine notes the time when it tells the actor, and again when the actor has stopped.
        noted: set[int] = set()
        deadline = time.monotonic() + 60
        while len(noted) < 2:
            assert time.monotonic() < deadline
            if (noted_now := engine.admin.actor(actor_id)["sleep_ts"]) is not None:
                noted.add(noted_now)
                if time.time() * 1000 - noted_now > 4000:
                    return  # the first time has been missed
            await asyncio.sleep(0.01)

    return put


async def test_calls_wake_an_actor(make_client, key, put_to_sleep):
    async with make_client() as client:
        sleeper = client.sleeper.get_or_create(key)
        assert await sleeper.increment() == 1
        await put_to_sleep(await sleeper.resolve())
        assert await sleeper.increment() == 2
        assert await sleeper.starts() >= 2  # on a slow machine it may have slept by itself as well


async def test_connections_sleep_with_their_actor(make_client, key, encoding, put_to_sleep):
    """The socket, the id and the subscriptions stay, and the next call wakes the actor: PROTOCOL.md 5.4."""
    async with make_client(encoding=encoding) as client:
        sleeper = client.sleeper.get_or_create(key)
        async with sleeper.connect() as conn:
            counts, statuses = Inbox(), Inbox()
            conn.on("newCount", counts)
            assert await conn.increment() == 1
            first = conn.connection_id
            conn.on_status_change(statuses)
            await put_to_sleep(conn.actor_id)
            assert await conn.increment() == 2
            assert counts.drain() == [(1,), (2,)]
            # Woken by somebody else.
            await put_to_sleep(conn.actor_id)
            assert await sleeper.increment() == 3
            assert await counts.get() == (3,)
            assert await conn.starts() >= 3
            assert conn.connection_id == first
            assert statuses.drain() == []


async def test_an_actor_falls_asleep_under_a_connection(make_client, key):
    """Answers of calls that arrive while it does are lost, and the host ends the socket after that: 5.4."""
    async with make_client() as client:
        sleeper = client.sleeper.get_or_create(key)
        async with sleeper.connect() as conn:
            assert await conn.increment() == 1
            await conn.sleepNow()
            for outcome in await asyncio.gather(
                *(conn.action("increment", timeout=3) for _ in range(3)), return_exceptions=True
            ):
                if not isinstance(outcome, int):
                    assert isinstance(outcome, (ActionTimeoutError, ConnectionClosedError)), outcome
                    assert outcome.may_have_run
            # Whatever became of those, the connection is of use.
            assert await again(lambda: conn.action("starts", timeout=3)) >= 2
            assert await again(lambda: conn.action("increment", timeout=3)) >= 1


async def test_an_action_outlasts_the_sleep(make_client, key, lane, put_to_sleep):
    """Within the grace period of 2 s it is answered as ever."""
    async with make_client() as client:
        sleeper = client.sleeper.get_or_create(key)
        actor_id = await sleeper.resolve()
        async with lane(sleeper) as caller:
            assert await caller.starts() >= 1
            short = asyncio.ensure_future(caller.work(2000))
            await asyncio.sleep(1.0)  # for it to begin
            await put_to_sleep(actor_id, short)
            assert await short == 2000
            assert await again(lambda: caller.action("starts", timeout=10)) >= 2


async def test_an_action_outlasts_the_grace_period(make_client, engine, key, lane):
    """The host gives it up."""
    async with make_client() as client:
        sleeper = client.sleeper.get_or_create(key)
        actor_id = await sleeper.resolve()
        async with lane(sleeper) as caller:
            before = await caller.starts()
            long = asyncio.ensure_future(caller.action("work", 9000, timeout=60))
            await asyncio.sleep(1.0)
            engine.admin.sleep(actor_id)
            with pytest.raises(ActorError) as caught:
                await long
            assert (caught.value.group, caught.value.code) == ("actor", "dropped_reply")
            assert caught.value.may_have_run
            assert caught.value.is_retryable
            # The host ends the socket over the answer that is missing: PROTOCOL.md 5.4.
            assert await again(lambda: caller.action("starts", timeout=5)) > before


async def test_moved_to_another_host(make_client, engine, key, eventually):
    async with make_client() as client, client.sleeper.get_or_create(key).connect() as conn:
        counts = Inbox()
        conn.on("newCount", counts)
        assert await conn.increment() == 1
        engine.admin.reschedule(conn.actor_id)

        async def has_started_again():
            return await again(lambda: conn.action("starts", timeout=3)) > 1

        await eventually(has_started_again, True)
        count = await again(lambda: conn.action("increment", timeout=3))
        assert count >= 2
        assert counts.drain()[-1] == (count,)


@pytest.mark.parametrize("how", ["get", "get_for_id"])
async def test_destroyed_in_its_sleep(make_client, engine, key, put_to_sleep, how):
    """Nobody is told until the next message, and that one is lost: PROTOCOL.md 5.4."""
    async with make_client() as client:
        creating = client.sleeper.get_or_create(key)
        assert await creating.increment() == 1
        first = await creating.resolve()
        used = getattr(client.sleeper, how)(first if how == "get_for_id" else key)
        async with used.connect() as conn:
            assert await conn.increment() == 2
            await put_to_sleep(first)
            engine.admin.destroy(first)
            error = await not_found(conn.action("increment", timeout=30))
            assert error.may_have_run  # it was sent
            error = await not_found(conn.increment())
            assert not error.may_have_run


async def test_destroyed_in_its_sleep_and_made_again(make_client, engine, key, put_to_sleep):
    """The engine moves a socket that getOrCreate opened to the next actor, which does not know it: PROTOCOL.md 5.4.

    A call goes unanswered, so does the probe that follows it, and then the connection is made anew.
    """
    async with make_client() as client, client.sleeper.get_or_create(key).connect() as conn:
        assert await conn.increment() == 1
        first = conn.actor_id
        await put_to_sleep(first)
        engine.admin.destroy(first)
        (outcome,) = await asyncio.gather(conn.action("increment", timeout=2), return_exceptions=True)
        assert outcome == 1 or isinstance(outcome, (ActionTimeoutError, ConnectionClosedError))
        if outcome != 1:
            assert await again(lambda: conn.action("increment", timeout=15)) == 1
        assert conn.actor_id != first
