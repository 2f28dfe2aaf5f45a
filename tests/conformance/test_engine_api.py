"""The control API facade against the real engine."""

from __future__ import annotations

import pytest

from rivet_client import ActorError
from rivet_client_generated.engine_api import models


async def test_actors(make_client, key):
    async with make_client() as client:
        engine = client.engine
        ids = [await client.counter.get_or_create([key, str(number)]).resolve() for number in range(3)]

        found = await engine.actors_get(ids[0])
        assert (found.actor_id, found.name, found.key, found.destroy_ts) == (
            ids[0],
            "counter",
            f"{key}/0",
            None,
        )
        page = await engine.actors_list(name="counter", key=f"{key}/1")
        assert [actor.actor_id for actor in page.actors] == [ids[1]]
        page = await engine.actors_list(actor_id=ids)
        assert {actor.actor_id for actor in page.actors} == set(ids)

        first = await engine.actors_list(name="counter", limit=1)
        assert len(first.actors) == 1
        assert first.pagination.cursor is not None

        await engine.actors_sleep(ids[0])
        await engine.actors_reschedule(ids[1])
        await engine.actors_destroy(ids[2])
        await engine.actors_destroy(ids[2])  # does nothing
        assert (await engine.actors_get(ids[2])).destroy_ts is not None
        assert (await engine.actors_list(name="counter", key=f"{key}/2")).actors == []
        assert await client.counter.get_for_id(ids[1]).increment(5) == 5


async def test_pages(make_client, key):
    async with make_client() as client:
        mine = {await client.mortal.get_or_create([key, str(number)]).resolve() for number in range(5)}
        seen = [actor.actor_id async for actor in client.engine.actors_list_all(name="mortal", limit=2)]
        assert mine <= set(seen)
        assert len(seen) == len(set(seen))


async def test_get_or_create_and_create(make_client, key):
    async with make_client() as client:
        wanted = {"name": "counter", "key": key, "runner_name_selector": "default", "crash_policy": "sleep"}
        answer = await client.engine.actors_get_or_create(models.ActorsGetOrCreateRequest(**wanted))
        assert answer.created
        again = await client.engine.actors_get_or_create(models.ActorsGetOrCreateRequest(**wanted))
        assert (again.created, again.actor.actor_id) == (False, answer.actor.actor_id)
        made = await client.engine.actors_create(
            models.ActorsCreateRequest(**{**wanted, "key": f"{key}/new"})
        )
        assert made.actor.key == f"{key}/new"


async def test_the_rest(make_client):
    async with make_client() as client:
        engine = client.engine
        await client.counter.get_or_create("the-rest").resolve()
        assert "counter" in dict([name async for name in engine.actors_list_names_all()])
        assert [it.name for it in (await engine.datacenters_list()).datacenters] == ["default"]
        assert "default" in [it.name async for it in engine.namespaces_list_all()]
        assert (await engine.namespaces_list(name="default")).namespaces[0].name == "default"
        assert all(it.pool_name == "default" for it in (await engine.envoys_list()).envoys)
        assert "default" in dict([it async for it in engine.runner_configs_list_all()])
        assert (await engine.metadata_get()).runtime == "engine"
        assert (await engine.health_get()).status == "ok"


async def test_refusals(make_client):
    async with make_client() as client:
        with pytest.raises(ActorError) as caught:
            await client.engine.actors_list(name="counter", namespace="nowhere")
        assert (caught.value.group, caught.value.code) == ("namespace", "not_found")
        assert caught.value.ray_id
        with pytest.raises(ActorError, match="api.bad_request"):
            await client.engine.actors_get("!")
        with pytest.raises(TypeError, match="limit must be"):
            await client.engine.actors_list(limit=1.5)
