"""The control API facade against the real engine."""

from __future__ import annotations

import asyncio
import base64

import httpx
import pytest

from rivet_client import ActorError, ProtocolError
from rivet_client import engine as models


async def test_actors(make_client, key, eventually):
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

        async def count():
            """What the actor says, or why it says nothing: a call may meet the end of its run."""
            (outcome,) = await asyncio.gather(client.counter.get_for_id(ids[1]).get(), return_exceptions=True)
            return outcome

        await eventually(count, 0)


async def test_pages(make_client, key):
    async with make_client() as client:
        mine = {await client.mortal.get_or_create([key, str(number)]).resolve() for number in range(5)}
        seen = [actor.actor_id async for actor in client.engine.actors_list_all(name="mortal", limit=2)]
        assert mine <= set(seen)
        assert len(seen) == len(set(seen))


async def test_every_page_comes_once(make_client, key):
    async with make_client() as client:
        engine = client.engine
        await client.counter.get_or_create(key).resolve()
        names = [name async for name, _ in engine.actors_list_names_all(limit=1)]
        assert "counter" in names
        assert len(names) == len(set(names))
        assert [host.envoy_key async for host in engine.envoys_list_all(limit=1)] == [
            host.envoy_key for host in (await engine.envoys_list()).envoys
        ]
        actor = await client.mortal.get_or_create(key).resolve()
        await engine.actors_destroy(actor)
        listed = [it.actor_id async for it in engine.actors_list_all(name="mortal", include_destroyed=True)]
        assert actor in listed


async def test_a_list_never_goes_on_for_ever(make_client, flavour):
    """Of an engine that does not heed the cursor."""
    page = {"envoys": [], "pagination": {"cursor": "5"}}
    envoy = {
        "envoy_key": "e", "namespace_id": "n", "datacenter": "d", "pool_name": "default", "version": 1,
        "slots": 0, "create_ts": 1, "last_ping_ts": 1, "last_rtt": 1,
    }  # fmt: skip
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=page))
    page["envoys"] = [envoy]
    own = (
        httpx.Client(transport=transport)
        if flavour.name == "blocking"
        else httpx.AsyncClient(transport=transport)
    )
    async with make_client(http_client=own, disable_metadata_lookup=True) as client:
        with pytest.raises(ProtocolError, match="envoys_list: the engine gave the same page again"):
            [host async for host in client.engine.envoys_list_all()]


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
        assert "default" in [it.name for it in (await engine.namespaces_list()).namespaces]
        # Other scenarios, which have pools of their own, run beside this one.
        assert "default" in [it.pool_name for it in (await engine.envoys_list()).envoys]
        assert "default" in (await engine.runner_configs_list()).runner_configs
        assert (await engine.metadata_get()).runtime == "engine"
        assert (await engine.health_get()).status == "ok"


async def test_namespaces(make_client, private_engine, key):
    # Of its own: other tests know which namespaces there are.
    async with make_client(private_engine().url) as client:
        engine = client.engine
        name = f"test-{key[-8:]}"
        wanted = models.NamespacesCreateRequest(name=name, display_name="Of a test")
        made = (await engine.namespaces_create(wanted)).namespace
        assert (made.name, made.display_name) == (name, "Of a test")
        assert (await engine.namespaces_list(name=name)).namespaces == [made]
        assert (await engine.namespaces_list(namespace_id=[made.namespace_id])).namespaces == [made]
        with pytest.raises(ActorError, match=r"namespace\.name_not_unique"):
            await engine.namespaces_create(wanted)


async def test_runner_pools(make_client, key):
    async with make_client() as client:
        engine = client.engine

        async def upsert(**config):
            there = {"default": models.RunnerConfig(**config)}
            return await engine.runner_configs_upsert(
                key, models.RunnerConfigsUpsertRequest(datacenters=there)
            )

        async def pools(**filters):
            return (await engine.runner_configs_list(runner_name=[key], **filters)).runner_configs

        await upsert(normal=models.NormalRunnerConfig(actor_eviction_rate=2.0))
        assert (await pools())[key].datacenters["default"].normal.actor_eviction_rate == 2.0
        serverless = models.ServerlessRunnerConfig(
            url="http://127.0.0.1:9/api/rivet",
            headers={"x-secret": "s3cret"},
            request_lifespan=300,
            drain_grace_period=30,
        )
        await upsert(serverless=serverless)
        (pool,) = (await pools(variant="serverless")).values()
        assert pool.datacenters["default"].serverless.headers == {"x-secret": "s3cret"}
        assert "s3cret" not in repr(pool)
        await engine.runner_configs_delete(key)
        assert await pools() == {}
        with pytest.raises(ActorError, match=r"runner_config\.invalid: .*drain_grace_period"):
            await upsert(serverless=serverless.model_copy(update={"drain_grace_period": 300}))


async def test_store(make_client, key):
    async with make_client() as client:
        counter = client.counter.get_or_create(key)
        await counter.increment(1)
        # The one entry that RivetKit's host writes for every actor.
        entry = await client.engine.actors_kv_get(await counter.resolve(), base64.b64encode(b"\x03").decode())
        assert len(base64.b64decode(entry.value)) == 43
        assert entry.update_ts > 1.7e12
        assert entry.value not in repr(entry)
        with pytest.raises(ActorError, match=r"actor\.kv_key_not_found"):
            await client.engine.actors_kv_get(await counter.resolve(), "////")


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
