"""Handles: how actors are found, made and addressed, and how actions are named."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from rivet_client import ActorError, ConfigError


async def test_ways_to_one_actor(make_client, key):
    async with make_client() as client:
        made = client.counter.get_or_create(key)
        assert await made.increment(5) == 5
        actor_id = await made.resolve()
        assert re.fullmatch("[0-9a-z]{30}", actor_id)
        same = [
            client.counter.get(key),
            client.counter.get([key]),
            client.actor("counter").get((key,)),
            client.counter.get_or_create([key]),
            client.counter.get_for_id(actor_id),
            client.get("counter", key),
            client.get_or_create("counter", key),
            client.get_for_id("counter", actor_id),
        ]
        for handle in same:
            assert await handle.resolve() == actor_id
            assert await handle.get() == 5
        other = client.counter.get_or_create([key, "other"])
        assert await other.get() == 0
        assert await other.resolve() != actor_id
        # The name is part of the identity.
        echo = client.echo.get_or_create(key)
        who = await echo.whoami()
        assert who == {"actorId": await echo.resolve(), "name": "echo", "key": [key], "region": who["region"]}
        assert who["actorId"] != actor_id


async def test_resolving_comes_before_the_first_call(make_client, key):
    async with make_client() as client:
        handle = client.echo.get_or_create([key, "resolved"])
        actor_id = await handle.resolve()
        assert (await handle.whoami())["actorId"] == actor_id
        created = await client.create("echo", [key, "created"])
        assert (await created.whoami())["key"] == [key, "created"]
        assert await client.echo.get([key, "created"]).resolve() == await created.resolve()


async def test_missing_actors_fail_at_once(make_client, engine, relay, key):
    async with relay() as proxy, make_client(proxy.url) as client:
        missing = await (await client.counter.create([key, "destroyed"])).resolve()
        engine.admin.destroy(missing)
        by_key, by_id = client.counter.get(key), client.counter.get_for_id(missing)
        for handle, method, path in [
            (by_key, "resolve", "GET /actors?"),
            (by_key, "get", "POST /gateway/counter/action/get?"),
            (by_id, "get", f"POST /gateway/{missing}/action/get "),
        ]:
            before = proxy.text.count(path)
            with pytest.raises(ActorError) as caught:
                await getattr(handle, method)()
            assert (caught.value.group, caught.value.code) == ("actor", "not_found")
            assert caught.value.actor is None
            assert not caught.value.is_retryable
            assert not caught.value.may_have_run
            assert proxy.text.count(path) == before + 1, "one look-up is enough"


@pytest.mark.parametrize("value", [{"a": [1, "é"], "b": b"\0\xff"}, 0, "", False, [], None], ids=repr)
async def test_input_reaches_new_actors(make_client, key, value):
    async with make_client() as client:
        created = await client.greeter.create([key, "create"], input=value)
        by_query = client.greeter.get_or_create([key, "query"], create_with_input=value)
        by_put = client.greeter.get_or_create([key, "put"], create_with_input=value)
        await by_put.resolve()
        made = (created, by_query, by_put)
        assert await asyncio.gather(*(greeter.input() for greeter in made)) == [value] * 3
        assert True not in await asyncio.gather(*(greeter.gotNone() for greeter in made))


async def test_input_is_for_new_actors_only(make_client, key):
    async with make_client(max_input_size=100) as client:
        assert await client.greeter.get_or_create(key).gotNone() is True
        assert await (await client.greeter.create([key, "1"])).gotNone() is True
        assert await client.greeter.get_or_create(key, create_with_input="late").input() is None
        with pytest.raises(ConfigError, match="create_with_input is 102 bytes encoded"):
            client.greeter.get_or_create(key, create_with_input="x" * 100)
        # The limit is that of the query; `create` has a body.
        assert await (await client.greeter.create([key, "2"], input="x" * 5000)).input() == "x" * 5000


async def test_creating_twice_is_refused(make_client, key):
    async with make_client() as client:
        first = await client.counter.create(key)
        with pytest.raises(ActorError) as caught:
            await client.counter.create(key)
        error = caught.value
        assert (error.group, error.code) == ("actor", "duplicate_key")
        assert error.metadata["existing_actor_id"] == await first.resolve()
        assert error.ray_id


async def test_regions(make_client, engine, key):
    async with make_client() as client:
        for handle in (
            client.echo.get_or_create([key, "1"], create_in_region="default"),
            await client.echo.create([key, "2"], region="default"),
        ):
            who = await handle.whoami()
            assert engine.admin.actor(who["actorId"])["datacenter"] == "default"
        elsewhere = client.echo.get_or_create([key, "3"], create_in_region="mars")
        for attempt in (elsewhere.resolve, elsewhere.whoami, lambda: client.echo.create(key, region="mars")):
            with pytest.raises(ActorError) as caught:
                await attempt()
            assert caught.value.code == "not_found" or caught.value.group == "datacenter"


async def test_pools(make_client, key):
    async with make_client(pool_name="nowhere") as client:
        assert await client.bare.get_or_create(key, pool_name="default").ok()
        assert await (await client.bare.create([key, "2"], pool_name="default")).ok()
        for attempt in (client.bare.get_or_create([key, "3"]).ok, lambda: client.bare.create([key, "3"])):
            with pytest.raises(ActorError) as caught:
                await attempt()
            assert caught.value.code == "no_runner_config_configured"


async def test_gateway_url_works_without_a_client(flavour, engine, key):
    url = engine.url.replace("//", "//default:t%2Fk@")
    async with flavour.client(url) as client:
        handle = client.counter.get_or_create(key)
        actor_id = await handle.resolve()
        urls = [
            await handle.gateway_url(),
            await client.counter.get_for_id(actor_id).gateway_url(),
            await client.counter.get_or_create([key, "with, comma"]).gateway_url(),
        ]
    assert "rvt-token=t%2Fk" in urls[0]
    assert urls[1] == f"{engine.url}/gateway/{actor_id}@t%2Fk"
    assert "rvt-key" not in urls[2]
    async with httpx.AsyncClient() as http:
        for total, below in enumerate((*urls[:2], urls[0]), start=1):
            path, mark, query = below.partition("?")
            answer = await http.post(f"{path}/action/increment{mark}{query}", json={"args": []})
            assert answer.json() == {"output": total}


async def test_actions_by_attribute_and_by_name(make_client, key, lane):
    async with make_client() as client, lane(client.counter.get_or_create(key)) as counter:
        increment = counter.increment
        assert await increment(2) == 2
        assert await increment() == 3
        assert await counter.action("increment", 4) == 7
        assert await counter.admin.users.list() == ["ann", "bob", "7"]
        assert await counter.action("admin.users.list") == ["ann", "bob", "7"]
        assert await counter.admin.reset() is None
        assert await counter.get() == 0


async def test_names_that_clash(make_client, key, lane):
    async with make_client() as client, lane(client.clash.get_or_create(key)) as clash:
        for name in ("action", "send", "resolve", "connect", "on", "close", "status", "_hidden"):
            assert await clash.action(name) == name
        assert await clash.action("a/b c+d%41é?") == "odd"
        assert await clash.action("group.x y") == "group.x y"
        assert await clash.group.resolve() == "group.resolve"
        with pytest.raises(AttributeError):
            clash._hidden  # noqa: B018


async def test_actor_names_that_clash(make_client, key):
    async with make_client() as client:
        for name in ("get", "odd name/é%41"):
            handle = client.actor(name).get_or_create(key)
            assert await handle.ok() is True
            actor_id = await handle.resolve()
            assert await client.get(name, key).resolve() == actor_id
            async with handle.connect() as conn:
                assert await conn.ok() is True
                assert conn.actor_id == actor_id


async def test_reload_of_an_ordinary_actor(make_client, key):
    async with make_client() as client:
        with pytest.raises(ActorError) as caught:
            await client.bare.get_or_create(key).reload()
        assert (caught.value.group, caught.value.code) == ("actor", "reload_failed")


@pytest.mark.parametrize("how", ["get", "get_or_create"])
async def test_many_calls_at_once_go_on_to_the_next_actor(make_client, engine, key, how):
    """Each finds out by itself that the id that the handle had learned is out of date."""
    async with make_client() as client:
        other = client.counter.get_or_create(key)
        assert await other.increment() == 1
        handle = getattr(client.counter, how)(key)
        assert await handle.increment() == 2
        engine.admin.destroy(await other.resolve())
        assert await other.increment() == 1
        counts = await asyncio.gather(*(handle.increment() for _ in range(20)))
        assert sorted(counts) == list(range(2, 22))
