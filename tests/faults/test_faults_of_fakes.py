"""For the same group and code, clients are told the same by the faults of a `FakeEngine` and by a real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rivet_client import ActorError, Client, RetryPolicy
from rivet_client.testing import FakeEngine

ONCE = RetryPolicy(max_attempts=1)
HOST_ERRORS = (
    ("user", "full"),
    ("auth", "forbidden"),
    ("queue", "full"),
    ("kv", "store_not_found"),
    ("message", "incoming_too_long"),
    ("actor", "action_timed_out"),
    ("actor", "dropped_reply"),
    ("actor", "overloaded"),
    ("actor", "restarting"),
    ("rivetkit", "internal_error"),
    ("shop", "sold_out"),
)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeEngine]:
    engine = FakeEngine()

    class Faulty:
        def passOn(self, ctx: Any, group: str, code: str) -> None: ...

    engine.add_actor("faulty", Faulty)
    engine.add_actor("guarded", Faulty)
    with engine:
        yield engine


@pytest.fixture
def clients(engine: Any, fake: FakeEngine) -> Iterator[tuple[Client, Client]]:
    with Client(engine.url, retry=ONCE) as real, fake.client(retry=ONCE) as other:
        yield real, other


def told(call: Callable[..., object], *args: object) -> dict[str, Any]:
    """What a client is told of an error, without the ids of requests and actors."""
    with pytest.raises(ActorError) as caught:
        call(*args)
    return {**vars(caught.value), "ray_id": None, "actor": caught.value.actor is not None}


def test_calls_that_fail(clients: tuple[Client, Client], fake: FakeEngine, key: str) -> None:
    on_real, on_fake = (client.faulty.get_or_create(key) for client in clients)
    with on_real.connect() as over_real, on_fake.connect() as over_fake:
        for group, code in HOST_ERRORS:
            for real, other in ((on_real, on_fake), (over_real, over_fake)):
                fake.fail_next("passOn", group, code, message="passed on")
                assert told(other.passOn, group, code) == told(real.passOn, group, code)


def test_connections_that_are_refused(clients: tuple[Client, Client], fake: FakeEngine, key: str) -> None:
    fake.refuse_connections("user", "banned", message="not welcome", metadata={"user": None})
    errors = []
    for client in clients:
        guarded = client.guarded.get_or_create(key, params={"reject": "banned"})
        with guarded.connect() as connection:
            errors.append(told(lambda connection=connection: connection.wait_ready(30)))
    assert errors[0] == errors[1]
