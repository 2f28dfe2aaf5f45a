"""Making, configuring and closing clients, as far as an engine has a say in it."""

from __future__ import annotations

import time

import httpx
import pytest

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    ConfigError,
    ConnectionClosedError,
    ConnectionStatus,
    TransportError,
)

SETTINGS = (
    "RIVET_ENGINE",
    "RIVET_ENDPOINT",
    "RIVET_NAMESPACE",
    "RIVET_TOKEN",
    "RIVET_POOL",
    "RIVET_RUNNER",
)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("variable", ["RIVET_ENDPOINT", "RIVET_ENGINE"])
async def test_endpoint_from_the_environment(flavour, engine, monkeypatch, key, variable):
    monkeypatch.setenv("RIVET_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv(variable, engine.url)
    async with flavour.client() as client:
        assert await client.bare.get_or_create(key).ok() is True


async def test_settings_from_the_environment(flavour, engine, monkeypatch, key):
    monkeypatch.setenv("RIVET_ENGINE", f"{engine.url}/")
    monkeypatch.setenv("RIVET_NAMESPACE", "default")
    monkeypatch.setenv("RIVET_TOKEN", "s3cret")
    monkeypatch.setenv("RIVET_RUNNER", "default")
    async with flavour.client() as client:
        request = await client.visitor.get_or_create(key).request()
        assert request["headers"]["x-rivet-token"] == "s3cret"

    monkeypatch.setenv("RIVET_POOL", "nowhere")
    async with flavour.client() as client:
        with pytest.raises(ActorError) as caught:
            await client.bare.get_or_create(key).ok()
        assert (caught.value.group, caught.value.code) == ("actor", "no_runner_config_configured")
        assert caught.value.metadata == {"namespace": "default", "pool_name": "nowhere"}

    monkeypatch.setenv("RIVET_NAMESPACE", "nowhere")
    async with flavour.client() as client:
        with pytest.raises(ActorError) as caught:
            await client.bare.get_or_create(key).ok()
        assert (caught.value.group, caught.value.code) == ("namespace", "not_found")


async def test_credentials_in_the_url(flavour, engine, key):
    url = engine.url.replace("//", "//default:t%6Fk@")
    async with flavour.client(url) as client:
        visitor = client.visitor.get_or_create(key)
        assert (await visitor.request())["headers"]["x-rivet-token"] == "tok"
        async with visitor.connect() as conn:
            offered = (await conn.request())["headers"]["sec-websocket-protocol"].split(", ")
            assert "rivet_token.tok" in offered
        for thing in (client, visitor, conn):
            assert "tok@" not in repr(thing)

    async with flavour.client(engine.url.replace("//", "//nowhere@")) as client:
        with pytest.raises(ActorError) as caught:
            await client.bare.get_or_create(key).ok()
        assert (caught.value.group, caught.value.code) == ("namespace", "not_found")

    assert flavour.client(url, namespace="default", token="tok")
    with pytest.raises(ConfigError, match="namespace is set differently"):
        flavour.client(url, namespace="other")


async def test_headers_reach_the_actor(make_client, key, lane):
    async with make_client(headers={"X-Own": "yes"}) as client:
        visitor = client.visitor.get_or_create(key, params={"user": "ann"})
        async with lane(visitor) as caller:
            headers = (await caller.request())["headers"]
        assert headers["x-own"] == "yes"
        if lane.name == "http":
            assert headers["x-rivet-encoding"] == "bare"
            assert headers["user-agent"].startswith("rivet-client/")
        else:
            assert headers["sec-websocket-protocol"].split(", ")[:2] == ["rivet", "rivet_encoding.bare"]


async def test_encodings_share_actors(make_client, key):
    for total, encoding in enumerate(("bare", "cbor", "json"), start=1):
        async with make_client(encoding=encoding) as client:
            assert await client.counter.get_or_create(key).increment() == total


async def test_own_http_client(make_client, flavour, key):
    requests: list[httpx.Request] = []

    async def note(request):
        requests.append(request)

    if flavour.name == "asyncio":
        own = httpx.AsyncClient(headers={"x-mine": "1"}, event_hooks={"request": [note]})
    else:
        own = httpx.Client(headers={"x-mine": "1"}, event_hooks={"request": [requests.append]})
    async with make_client(http_client=own) as client:
        visitor = client.visitor.get_or_create(key)
        assert (await visitor.request())["headers"]["x-mine"] == "1"
        assert await visitor.resolve()
    assert [request.url.path for request in requests] == [
        "/metadata",
        "/gateway/visitor/action/request",
        "/actors",
    ]
    assert not own.is_closed
    await own.aclose() if flavour.name == "asyncio" else own.close()


async def test_metadata_is_looked_up_once_or_never(make_client, relay, key):
    async with relay() as proxy:
        async with make_client(proxy.url) as client:
            first, second = client.bare.get_or_create(key), client.bare.get_or_create([key, "2"])
            assert await first.ok()
            assert await second.ok()
        async with make_client(proxy.url, disable_metadata_lookup=True) as client:
            assert await client.bare.get_or_create(key).ok()
    assert proxy.text.count("GET /metadata?namespace=default ") == 1
    assert proxy.text.count("POST /gateway/bare/action/ok?") >= 3  # more if the engine is busy


async def test_closing(make_client, key):
    client = make_client()
    async with client as entered:
        assert entered is client
        handle = client.counter.get_or_create(key)
        conn = handle.connect()
        await conn.wait_ready()
        assert await handle.increment() == 1
    assert conn.status == ConnectionStatus.IDLE
    for attempt in (handle.get, handle.resolve, conn.get, conn.wait_ready):
        with pytest.raises(ConnectionClosedError, match="is closed"):
            await attempt()
    with pytest.raises(ConnectionClosedError, match="the client is closed"):
        handle.connect()
    await client.close()


async def test_nobody_listens(make_client, key):
    # Port 1: nothing answers there. The look-up is repeated until the time is up, for a server may be starting.
    async with make_client("http://127.0.0.1:1", timeout=1.0) as client:
        handle = client.counter.get_or_create(key)
        for attempt in (handle.get, handle.resolve):
            started = time.monotonic()
            with pytest.raises((TransportError, ActionTimeoutError), match=r"127\.0\.0\.1:1") as caught:
                await attempt()
            assert not caught.value.may_have_run
            assert time.monotonic() - started < 6.0
