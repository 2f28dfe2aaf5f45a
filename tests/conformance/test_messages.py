"""What people are told by a real engine, in words of the client: who and what is meant, and what is right."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from rivet_client import ActorError
from tests.support.flavours import Inbox

BIG = "x" * 70_000
TOO_LONG = (
    r"message\.incoming_too_long: 70\d\d\d bytes are too long a message for the host of counter\[KEY\]: "
    r"it takes 65536, unless its registry sets maxIncomingMessageSize; send less at once"
)
UNKNOWN = (
    r"guard\.actor_wake_retries_exceeded: no host knows an actor 'conter'; "
    r"did you mean 'counter'\? there are: .*, counter, .*"
)
NAMESPACE = (
    r"namespace\.not_found: there is no namespace 'nope': check RIVET_NAMESPACE, or the client's namespace"
)


async def told(call: Any, text: str, key: str) -> ActorError:
    with pytest.raises(ActorError, match=text.replace("KEY", repr(key))) as caught:
        await call
    return caught.value


async def test_actors_and_actions(make_client, key, lane):
    text = r"actor\.action_not_found: actor counter\[KEY\] has no action 'incremen'"
    async with make_client() as client:
        async with lane(client.counter.get_or_create(key)) as counter:
            await told(counter.incremen(), text + r" \(ray", key)
            await counter.increment()
            await told(counter.incremen(), text + r"; did you mean 'increment'\?", key)
            await told(counter.increment(BIG), TOO_LONG, key)
        async with lane(client.counter.get(["no", key])) as nobody:
            await told(nobody.increment(), r"actor\.not_found: no actor counter\['no', KEY\] exists", key)


async def test_a_name_that_no_host_knows(make_client, engine, key):
    async with make_client() as client:
        error = await told(client.conter.get_or_create(key).increment(), UNKNOWN, key)
        actor_id = error.metadata["actorId"]
        # That one has been created: the engine finds out only when it starts it. There will be no second one.
        other = client.conter.get_or_create([key, "other"])
        connection = other.connect()
        errors = Inbox()
        connection.on_error(errors)
        for call in (other.increment(), other.resolve(), connection.increment()):
            assert not (await told(call, UNKNOWN, key)).may_have_run
        await errors.get()
        await connection.close()
        found = await client.engine.actors_list(name="conter", key=key)
        assert [one.actor_id for one in found.actors] == [actor_id]
        assert (await client.engine.actors_list(name="conter", key=f"{key}/other")).actors == []
        await told(
            client.conter.get([key, "none"]).increment(),
            r"actor\.not_found: no actor conter\[KEY, 'none'\] exists: no host knows an actor 'conter'; did you mean",
            key,
        )
        engine.admin.destroy(actor_id)


async def test_namespaces(make_client, key, lane):
    async with make_client(namespace="nope") as client:
        handle = client.counter.get_or_create(key)
        await told(handle.resolve(), NAMESPACE, key)
        async with lane(handle) as counter:
            await told(counter.increment(), NAMESPACE, key)


@pytest.mark.parametrize("looks", [False, True])
async def test_an_endpoint_below_the_api(flavour, engine, key, looks):
    endpoint = f"{engine.url}/api"
    text = (
        f"api.not_found: an engine answers at {endpoint}, but has nothing there: take '/api' off the endpoint"
    )
    async with flavour.client(endpoint, disable_metadata_lookup=not looks, timeout=60.0) as client:
        await told(client.counter.get_or_create(key).increment(), text, key)


@pytest.mark.parametrize("looks", [False, True])
async def test_the_port_beside_the_api(flavour, engine, key, looks):
    url = urlsplit(engine.url)
    endpoint = f"http://{url.hostname}:{url.port + 1}"
    text = (
        f"api.not_found: an engine answers at {endpoint}, but not with its API: "
        f"this may be its peer port; the API's is the one before it as a rule, here {url.port}"
    )
    async with flavour.client(endpoint, disable_metadata_lookup=not looks, timeout=60.0) as client:
        await told(client.counter.get_or_create(key).increment(), text, key)
