"""What callers get when an actor, its host or the engine answers with an error."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from rivet_client import ActionTimeoutError, ActorError, RetryPolicy

METADATA = {"list": ["$foo", 1], "deep": {"é": [None, True, 2**40, 0.5]}, "text": "$x"}
MASKED = "An internal error occurred"


async def failing(call):
    with pytest.raises(ActorError) as caught:
        await call
    return caught.value


async def test_user_errors(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client:
        handle = client.faulty.get_or_create(key)
        actor_id = await handle.resolve()
        async with lane(handle) as faulty:
            error = await failing(faulty.user("no_luck", METADATA))
            assert (error.group, error.code, error.message) == ("user", "no_luck", "you did it")
            # Metadata is JSON as it stands, without the tags of values: PROTOCOL.md 7.1.
            assert error.metadata == METADATA
            assert error.actor.actor_id == actor_id
            assert error.actor.key == key
            assert error.actor.generation == 1
            assert not error.is_retryable
            assert error.may_have_run
            assert error.ray_id
            assert str(error) == f"user.no_luck: you did it (ray {error.ray_id})"

            error = await failing(faulty.plainUser())
            assert (error.code, error.message, error.metadata) == ("user_error", "no code given", None)
            # An error is the end of one call only.
            assert await faulty.calls() == 0


async def test_internal_errors_are_masked(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.faulty.get_or_create(key)) as faulty:
        for action, group, code in [
            (faulty.internal, "rivetkit", "internal_error"),
            (faulty.thrown, "rivetkit", "internal_error"),
            (faulty.custom, "shop", "sold_out"),
            (faulty.unserialisable, "rivetkit", "internal_error"),
        ]:
            error = await failing(action())
            assert (error.group, error.code) == (group, code)
            assert error.message == MASKED
            assert error.metadata is None
            assert "secret" not in str(error) + repr(error)
            assert not error.is_retryable


async def test_unknown_actions(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.bare.get_or_create(key)) as bare:
        error = await failing(bare.nothing(1))
        assert (error.group, error.code) == ("actor", "action_not_found")
        assert "nothing" in error.message
        assert error.actor.key == key
        assert await bare.ok()


async def test_errors_are_not_repeated(make_client, key, lane):
    async with make_client() as client, lane(client.faulty.get_or_create(key)) as faulty:
        assert (await failing(faulty.flaky(1))).code == "not_yet"
        assert await faulty.calls() == 1


async def test_whether_a_failed_call_may_have_run(make_client, key, lane):
    async with make_client() as client:
        async with lane(client.faulty.get_or_create(key)) as faulty:
            for call, name, may_have_run in [
                (faulty.nothing(), "actor.action_not_found", False),
                (faulty.nested("bare", "nothing"), "actor.action_not_found", True),
                (faulty.passOn("guard", "actor_ready_timeout"), "guard.actor_ready_timeout", True),
                (faulty.passOn("core", "internal_error"), "core.internal_error", True),
                (faulty.flaky(1, "x" * 70_000), "message.incoming_too_long", False),
            ]:
                error = await failing(call)
                assert (f"{error.group}.{error.code}", error.may_have_run) == (name, may_have_run)
            assert await faulty.calls() == 2  # and what has run is not repeated


async def test_many_errors_at_once(make_client, key, lane):
    async with make_client() as client, lane(client.faulty.get_or_create(key)) as faulty:
        calls = [failing(faulty.user(f"code_{n}", n)) for n in range(20)]
        errors = await asyncio.gather(*calls, faulty.calls())
        assert [(error.code, error.metadata) for error in errors[:20]] == [
            (f"code_{n}", n) for n in range(20)
        ]
        assert errors[20] == 0


async def test_an_actor_that_never_starts(make_client, key):
    once = RetryPolicy(max_attempts=1)
    async with make_client(retry=once) as client:
        handle = client.stillborn.get_or_create(key)
        error = await failing(handle.ok())
        assert (error.group, error.code) == ("guard", "actor_wake_retries_exceeded")
        assert error.is_retryable
        assert not error.may_have_run
        # Why it did not start stands in the engine's row of the actor.
        assert "cannot create" in error.message
        assert "cannot create" in error.metadata["details"]["crashed"]["message"]

        # The connection goes on trying, and tells that to callers that wait.
        async with handle.connect() as conn:
            started = time.monotonic()
            with pytest.raises(ActionTimeoutError) as caught:
                await conn.action("ok", timeout=0.5)
            assert not caught.value.may_have_run
            with pytest.raises(ActionTimeoutError, match="no connection"):
                await conn.wait_ready(timeout=0.5)
            assert time.monotonic() - started < 5.0
            # The client asks the engine for the reason after the second attempt. Each attempt takes 2 s or more.
            told, deadline = "", time.monotonic() + 60
            while not re.search(r"went wrong last: guard\.actor_wake.*cannot create", told):
                assert time.monotonic() < deadline, told
                with pytest.raises(ActionTimeoutError, match="no connection") as caught:
                    await conn.wait_ready(timeout=1.0)
                told = str(caught.value)


async def test_a_raw_websocket_to_an_actor_that_never_starts(make_client, key):
    async with make_client() as client:
        with pytest.raises(ActorError) as caught:
            async with client.stillborn.get_or_create(key).websocket() as socket:
                await socket.receive(timeout=30.0)
        error = caught.value
        assert (error.group, error.code) == ("guard", "actor_wake_retries_exceeded")
        assert "cannot create" in error.message
        assert error.metadata["details"]["crashed"]["message"]
        with pytest.raises(ActorError, match="cannot create"):  # said again, without asking again
            await socket.receive()


async def test_a_name_that_no_host_knows(make_client, key):
    async with make_client() as client:
        handle = client.misspelt.get_or_create(key)
        async with handle.connect() as conn:
            for error in (await failing(handle.ok()), await failing(conn.wait_ready())):
                assert (error.group, error.code) == ("guard", "actor_wake_retries_exceeded")
                assert "no host knows an actor 'misspelt'" in str(error)
                assert not error.is_retryable


async def test_retries_end_with_the_deadline(make_client, key):
    async with make_client() as client:
        started = time.monotonic()
        with pytest.raises((ActorError, ActionTimeoutError)) as caught:
            # The engine itself tries for about 2 s before it answers: room for one answer and for pauses.
            await client.stillborn.get_or_create(key).action("ok", timeout=12.0)
        assert time.monotonic() - started < 20.0
        # Which one depends on whether the time ends in an attempt or between two.
        if isinstance(caught.value, ActorError):
            assert caught.value.code == "actor_wake_retries_exceeded"
        assert "cannot create" in str(caught.value)


async def test_an_actor_that_nobody_registered(make_client, key):
    """Most likely a name that is misspelt: the engine has tried several times, and the client does not add to that."""
    async with make_client(retry=RetryPolicy(initial_delay=60.0, max_delay=60.0)) as client:
        error = await failing(client.nobody.get_or_create(key).hello())
        assert (error.group, error.code) == ("guard", "actor_wake_retries_exceeded")
        assert "not_registered" in str(error.metadata)
        assert not error.is_retryable
