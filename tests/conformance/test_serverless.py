"""A registry that is served by a web application, as the client's endpoint (PROTOCOL.md 1.4 and 11.1)."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from json import load

import pytest

from rivet_client import ActionTimeoutError, ActorError, Client, ProtocolError, TransportError
from rivet_client.testing.local.loopback import free_port
from rivet_client.testing.local.project import find_node
from rivet_client_generated.engine_api import models
from tests.support.engine import SERVER
from tests.support.flavours import Inbox

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Application:
    """A web application with a registry, and what the engine knows it by."""

    origin: str
    namespace: str
    pool: str

    @property
    def endpoint(self) -> str:
        return f"{self.origin}/api/rivet"

    def asked(self) -> list[str]:
        """What clients, not the engine, have asked it for."""
        with urllib.request.urlopen(f"{self.origin}/asked") as response:
            return load(response)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def application(engine) -> Iterator[Application]:
    """A registry in a namespace of its own, which only its metadata tells."""
    name = f"app-{uuid.uuid4().hex[:8]}"
    with Client(engine.url) as client:
        client.engine.namespaces_create(models.NamespacesCreateRequest(name=name, display_name=name))
    host = f"127.0.0.1:{free_port()}"
    with_namespace = engine.url.replace("://", f"://{name}@")
    env = {name: value for name, value in os.environ.items() if not name.startswith("RUST_")}
    env |= {"TEST_HOST": host, "TEST_POOL": name, "RIVET_ENDPOINT": with_namespace, "RIVET_RUN_SERVICES": "0"}
    env |= {"RIVET_PUBLIC_ENDPOINT": with_namespace}
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            [find_node(), "--import", "tsx", "serverless.ts"],
            cwd=SERVER,
            env=env,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Application(f"http://{host}", name, name)
        finally:
            child.communicate()


@pytest.mark.parametrize("encoding", ["bare", "cbor", "json"])
async def test_calls_and_connections(make_client, application, encoding, key):
    async with make_client(application.endpoint, pool_name=application.pool, encoding=encoding) as client:
        counter = client.serverless.get_or_create(key)
        assert await counter.increment(2) == 2  # the lookup waits for the application to start
        seen = Inbox()
        async with counter.connect() as connection:
            connection.on("newCount", seen)
            assert await connection.increment() == 3
            assert await seen.get() == (3,)
        actor = await client.engine.actors_get(await counter.resolve())
        assert actor.runner_name_selector == application.pool
        names = await client.engine.actors_list_names()
        assert "serverless" in names.names


async def test_the_lookup_is_made_once(make_client, application, engine, key):
    async with make_client(application.endpoint, pool_name=application.pool) as client:
        counter = client.serverless.get_or_create(key)
        await counter.increment()  # the application runs
        before = application.asked()
        assert await counter.increment() == 2
        async with counter.connect() as connection:
            await connection.increment()
        assert application.asked() == before
        # Where it went instead, and with which namespace.
        assert (await counter.gateway_url()).startswith(f"{engine.url}/gateway/")
    async with make_client(application.endpoint, pool_name=application.pool) as another:
        await another.serverless.get(key).increment()
    # The namespace of the question is the client's own.
    assert application.asked() == [*before, "GET /api/rivet/metadata?namespace=default"]


async def test_without_the_lookup(make_client, application, key):
    """The application has no actors below its own URL, and says so."""
    async with make_client(application.endpoint, pool_name=application.pool) as client:
        await client.serverless.get_or_create(key).increment()
    async with make_client(
        application.endpoint, pool_name=application.pool, disable_metadata_lookup=True, timeout=30
    ) as client:
        with pytest.raises((ActorError, ProtocolError)) as caught:
            await client.serverless.get_or_create(key).increment()
        assert "404" in str(caught.value)


async def test_an_application_that_never_starts(make_client):
    origin = f"http://127.0.0.1:{free_port()}"
    async with make_client(f"{origin}/api/rivet") as client:
        started = time.monotonic()
        with pytest.raises((ActionTimeoutError, TransportError), match=origin) as caught:
            await client.serverless.get_or_create("x").action("increment", timeout=2)
        assert 0.5 < time.monotonic() - started < 10  # asked more than once
        assert not caught.value.may_have_run
