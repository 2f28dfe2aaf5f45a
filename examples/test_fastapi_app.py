"""Tests of fastapi_app.py, as a project would have them; pytest.ini says where the actors are.

They need FastAPI, httpx2 and the extra `testing` of this package:

    pytest examples                         # on the fake actors of fake_actors.py, without Node
    pytest examples --rivet-engine=real     # on a real engine with the actors of registry/registry.ts
"""

from __future__ import annotations

from collections.abc import Iterator

import fastapi_app
import pytest
from fastapi.testclient import TestClient

from rivet_client import AsyncClient, Client
from rivet_client.testing import FakeEngine, LocalEngine


@pytest.fixture
def timeout() -> float:
    return 60.0  # a real engine on a busy machine needs some time for a new actor


@pytest.fixture
def web(
    rivet_engine: FakeEngine | LocalEngine, timeout: float, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    monkeypatch.setenv("RIVET_ENDPOINT", rivet_engine.url)
    monkeypatch.setattr(fastapi_app, "TIMEOUT", timeout)
    with TestClient(fastapi_app.app) as web:
        yield web


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_a_counter_counts(web: TestClient, rivet_key: str) -> None:
    assert web.get(f"/counters/{rivet_key}").json() == {"count": 0}
    assert web.post(f"/counters/{rivet_key}/increment").json() == {"count": 1}
    assert web.post(f"/counters/{rivet_key}/increment?amount=4").json() == {"count": 5}
    assert web.get(f"/counters/{rivet_key}").json() == {"count": 5}


@pytest.mark.parametrize("end", ["", ",x", "\\x", " x"])
def test_every_name_is_a_counter_of_its_own(web: TestClient, rivet_key: str, end: str) -> None:
    assert web.post(f"/counters/{rivet_key}{end}/increment").json() == {"count": 1}


def test_what_the_actor_refuses_is_a_400(web: TestClient, rivet_key: str) -> None:
    answer = web.post(f"/counters/{rivet_key}/fail?reason=closed")
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "user.refused",
        "message": "refused: closed",
        "metadata": {"reason": "closed", "count": 0},
    }


def test_a_table_that_nobody_has_opened_is_a_404(
    web: TestClient, rivet_client: Client, rivet_key: str
) -> None:
    assert web.get(f"/tables/{rivet_key}").status_code == 404
    rivet_client.game.create(["tenant-1", rivet_key], input={"mode": "ranked"})
    assert web.get(f"/tables/{rivet_key}").json() == {"mode": "ranked"}


@pytest.mark.anyio
async def test_events_tell_the_count_now_and_after_each_change(
    async_rivet_client: AsyncClient, rivet_key: str
) -> None:
    counter = async_rivet_client.counter.get_or_create(rivet_key)
    events = fastapi_app.changes(counter)
    assert await anext(events) == "data: 0\n\n"
    await counter.increment(3)
    assert await anext(events) == "data: 3\n\n"
    await counter.increment(4)
    assert await anext(events) == "data: 7\n\n"
    await events.aclose()


@pytest.mark.rivet_engine("fake")
class TestFaults:
    """What happens only sometimes, and with a fake engine when it is told to."""

    def test_an_actor_that_fails_is_a_502(
        self, web: TestClient, rivet_engine: FakeEngine, rivet_key: str
    ) -> None:
        rivet_engine.fail_next("getCount", "rivetkit", "internal_error")
        answer = web.get(f"/counters/{rivet_key}")
        assert (answer.status_code, answer.json()["code"]) == (502, "failed")

    @pytest.mark.parametrize("timeout", [0.3])
    def test_an_actor_that_takes_too_long_is_a_504(
        self, web: TestClient, rivet_engine: FakeEngine, rivet_key: str
    ) -> None:
        rivet_engine.delay("increment", 3600)
        answer = web.post(f"/counters/{rivet_key}/increment")
        assert (answer.status_code, answer.json()["code"]) == (504, "timed_out")

    @pytest.mark.parametrize("timeout", [0.3])
    def test_an_increment_that_has_surely_not_run_is_a_503(
        self, web: TestClient, rivet_engine: FakeEngine, rivet_key: str
    ) -> None:
        with rivet_engine.unreachable():
            answer = web.post(f"/counters/{rivet_key}/increment")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"

    def test_an_increment_that_may_have_run_is_never_repeated(
        self, web: TestClient, rivet_engine: FakeEngine, rivet_key: str
    ) -> None:
        rivet_engine.lose_answers("increment")
        answer = web.post(f"/counters/{rivet_key}/increment")
        assert (answer.status_code, answer.json()["code"]) == (502, "failed")
        assert "retry-after" not in answer.headers
        assert web.get(f"/counters/{rivet_key}").json() == {"count": 1}
        rivet_engine.calls.assert_one("increment", 1)
