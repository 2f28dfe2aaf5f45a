"""examples/celery_worker: what its tasks repeat, and a worker that does them."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator

import pytest

from rivet_client import ActorError, Client, TransportError
from rivet_client.testing import FakeEngine
from tests.docs.snippets import ROOT

sys.path.append(str(ROOT / "examples" / "celery_worker"))
import tasks


@pytest.fixture(autouse=True)
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The client of the tasks, for the engine of the test."""
    url = request.getfixturevalue("endpoint" if "endpoint" in request.fixturenames else "actors")
    with Client(getattr(url, "url", url)) as client:
        monkeypatch.setattr(tasks, "client", client)
        yield client


def test_a_deposit_that_runs_twice_counts_once(endpoint: str, client: Client, key: str) -> None:
    task_id = str(uuid.uuid4())
    for _ in range(2):
        assert tasks.deposit.apply((key, 5), task_id=task_id).get() == 5
    assert tasks.deposit.apply((key, 2)).get() == 7
    assert client.account.get(["celery", key]).getBalance() == 7


def test_an_announcement(endpoint: str, client: Client, key: str) -> None:
    room = client.chatRoom.get_or_create(["celery", key])
    with room.connect() as connection:
        connection.wait_ready()
        messages = connection.events("message", timeout=60)
        tasks.announce.apply((key, "lunch")).get()
        (message,) = next(messages)
    assert (message["sender"], message["text"]) == ("announcement", "lunch")


def test_a_deposit_is_repeated_when_nobody_knows_whether_it_has_run(actors: FakeEngine) -> None:
    actors.lose_answers("deposit", times=2)
    assert tasks.deposit.apply(("ann", 5)).get() == 5
    ids = {record.args[0] for record in actors.calls.named("deposit")}
    assert (len(actors.calls), len(ids)) == (3, 1)


def test_an_announcement_is_not(actors: FakeEngine) -> None:
    actors.lose_answers("announcements")
    with pytest.raises(TransportError) as lost:
        tasks.announce.apply(("lobby", "lunch")).get()
    assert lost.value.may_have_run
    actors.messages.assert_one("announcements")


def test_what_has_surely_not_run_is_repeated_some_times(actors: FakeEngine) -> None:
    actors.fail_next("announcements", "queue", "full", times=5)
    tasks.announce.apply(("lobby", "lunch")).get()
    actors.messages.clear()
    actors.fail_next("announcements", "queue", "full", times=None)
    with pytest.raises(ActorError) as failed:
        tasks.announce.apply(("lobby", "lunch")).get()
    assert failed.value.code == "full"
    assert len(actors.messages) == 6


def test_what_would_fail_again_is_not_repeated(actors: FakeEngine) -> None:
    actors.fail_next("deposit", "user", "closed")
    with pytest.raises(ActorError):
        tasks.deposit.apply(("ann", 5)).get()
    assert len(actors.calls) == 1
