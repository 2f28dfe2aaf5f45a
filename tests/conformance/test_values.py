"""The table of values against a real actor: what it sees of ours, and what we get of its own."""

from __future__ import annotations

import asyncio

import pytest

from rivet_client import ActorError, ConfigError
from tests.conformance.differences import ONLY_JAVASCRIPT
from tests.support.flavours import Inbox
from tests.support.value_cases import CASES, REFUSED, SAMPLES, exact


def cases_for(encoding):
    cases = [case for case in CASES if encoding in case.carriers]
    assert len(cases) > 50
    return cases


@pytest.fixture
def made(engine_kind):
    """The samples that the engine's actors can make."""
    return [sample for sample in SAMPLES if engine_kind == "real" or sample.name not in ONLY_JAVASCRIPT]


def visible(sample, encoding, lane):
    """Whether the host can say this value in an encoding: see `Sample.json`."""
    return sample.json or encoding == "bare" or (encoding == "cbor" and lane != "http")


async def test_what_the_actor_sees(make_client, key, encoding, lane):
    cases = cases_for(encoding)
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        seen = await echo.describe([case.value for case in cases])
        for case, description in zip(cases, seen["items"], strict=True):
            assert description == case.seen, case.name
        # As an argument by itself a value is not different, except that arrays of arguments have no tags.
        alone = await asyncio.gather(
            *(echo.describe(case.value) for case in cases[:: max(1, len(cases) // 8)])
        )
        assert alone == [case.seen for case in cases[:: max(1, len(cases) // 8)]]


async def test_what_comes_back(make_client, key, encoding, lane):
    cases = cases_for(encoding)
    values, expected = [case.value for case in cases], [exact(case.back) for case in cases]
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        returned = await echo.args(*values)
        for case, value, back in zip(cases, returned, expected, strict=True):
            assert exact(value) == back, case.name
        # Two arguments of which the first looks like a tag.
        assert await echo.args("$Set", [1]) == ["$Set", [1]]
        assert await echo.args("$x", 1) == ["$x", 1]
        # What the actor keeps, all encodings read back.
        await echo.store(values)
        assert [exact(value) for value in await echo.load()] == expected


async def test_events_carry_values(make_client, key, encoding):
    cases = cases_for(encoding)
    async with make_client(encoding=encoding) as client, client.echo.get_or_create(key).connect() as conn:
        events = Inbox()
        conn.on("value", events)
        await conn.emit(*(case.value for case in cases))
        await conn.emit("$x", 1)
        await conn.emit()
        (args, two, none) = events.drain()
        for case, value in zip(cases, args, strict=True):
            assert exact(value) == exact(case.back), case.name
        assert two == ("$x", 1)
        # The host makes one `undefined` of no arguments at all.
        assert none == (None,)


async def test_what_the_actor_makes(make_client, key, encoding, lane, made):
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        samples = [sample for sample in made if visible(sample, encoding, lane.name)]
        values = await asyncio.gather(*(echo.sample(sample.name) for sample in samples))
        for sample, value in zip(samples, values, strict=True):
            assert exact(value) == exact(sample.back), sample.name


async def test_what_an_encoding_cannot_say(make_client, key, lane, made):
    """The host answers None over HTTP, and over a json connection ends the connection: PROTOCOL.md 7.2."""
    hidden = [sample for sample in made if not visible(sample, "json", lane.name)]
    if lane.name == "connection":
        hidden = [sample for sample in hidden if not isinstance(sample.back, float)]  # null says it
    assert len(hidden) > 6
    async with make_client(encoding="json") as client:
        handle = client.echo.get_or_create(key)
        if lane.name == "http":
            values = await asyncio.gather(*(handle.sample(sample.name) for sample in hidden))
            assert values == [None] * len(hidden)
            return
        async with handle.connect() as conn:
            assert await conn.sample("nan") is None
            for sample in hidden[::8]:
                with pytest.raises(ActorError) as caught:
                    await conn.sample(sample.name)
                assert f"{caught.value.group}.{caught.value.code}" == "actor.send_failed"
                # It comes back.
                assert await conn.echo(1) == 1


async def test_events_that_the_actor_makes(make_client, key, made):
    async with make_client() as client, client.echo.get_or_create(key).connect() as conn:
        events = Inbox()
        conn.on("value", events)
        await asyncio.gather(*(conn.emitSample(sample.name) for sample in made))
        received = sorted(repr(exact(args)) for args in events.drain())
        assert received == sorted(repr(exact((sample.back,))) for sample in made)


async def test_refused_values_never_leave(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        await echo.store("as it was")
        for case in REFUSED:
            if encoding not in case.carriers:
                continue
            with pytest.raises(case.error) as caught:
                await echo.store(case.value)
            assert str(caught.value) == case.text_for(encoding), case.name
        with pytest.raises(ConfigError, match=r"args\[1\]"):
            await echo.args(1, "\ud800")
        assert await echo.load() == "as it was"


async def test_other_numbers_of_arguments(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        assert await echo.echo(1, 2) == 1
        assert await echo.echo() is None


async def test_a_key_that_javascript_keeps_for_itself(make_client, key, encoding, lane):
    async with make_client(encoding=encoding) as client, lane(client.echo.get_or_create(key)) as echo:
        assert await echo.echo([{"__proto__": {"a": 1}}]) == [{"__proto_": {"a": 1}}]
