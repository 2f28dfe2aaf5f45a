"""Why an actor does not start, as the engine knows it (PROTOCOL.md 8.3)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.failures import actor_error
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    RivetError,
    TransportError,
)
from tests.support.counter import by_id, call, failed, get
from tests.support.fake_driver import (
    A,
    B,
    FakeDriver,
    TimedOut,
    actors,
    gateway_error,
    json_reply,
)

REFUSED = TransportError("refused", may_have_run=False)


# --- Over HTTP -------------------------------------------------------------------------------------------------

DETAILS = {"crashed": {"message": "internal_error: cannot create"}}
NOT_REGISTERED = {"crashed": {"message": "not_registered: Actor factory 'counter' is not registered."}}
UNSTARTED = gateway_error(503, "guard", "actor_wake_retries_exceeded", {"actor_id": A})


@pytest.mark.parametrize(
    "code", ["actor_ready_timeout", "actor_runner_failed", "actor_wake_retries_exceeded"]
)
def test_why_an_actor_does_not_start(code: str) -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=1))
    failure = gateway_error(503, "guard", code, {"actor_id": B, "wake_retries": 8})
    error = failed(driver, get(), failure, actors({"actor_id": B, "error": DETAILS}))
    assert driver.query() == {"namespace": "default", "actor_ids": B}
    assert (error.group, error.code, error.ray_id) == ("guard", code, "ray1")
    assert error.metadata == {"actor_id": B, "wake_retries": 8, "actorId": B, "details": DETAILS}
    assert "internal_error: cannot create" in str(error)
    assert error.is_retryable


@pytest.mark.parametrize("metadata", [None, "text", ["a"], {"actor_id": 5}])
def test_the_id_may_have_to_be_known_already(metadata: object) -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=1))
    failure = gateway_error(503, "guard", "actor_ready_timeout", metadata)
    error = failed(driver, by_id(), failure, actors({"actor_id": A, "error": DETAILS}))
    assert error.metadata["actorId"] == A
    assert error.metadata["details"] == DETAILS
    failed(driver, get(), failure)  # nobody knows the id


def test_an_actor_that_does_not_start_at_first() -> None:
    driver, row = FakeDriver(), actors({"actor_id": A, "error": DETAILS})
    assert call(driver, get(), UNSTARTED, row, UNSTARTED, row, driver.result("ok")) == "ok"
    assert driver.sleeps == [0.05, 0.1]


@pytest.mark.parametrize("details", [NOT_REGISTERED, {"crashed": {"code": 1, **NOT_REGISTERED["crashed"]}}])
def test_a_name_that_no_host_knows_is_not_tried_again(details: dict[str, Any]) -> None:
    driver = FakeDriver()
    error = failed(driver, get(), UNSTARTED, actors({"actor_id": A, "error": details}))
    assert (error.code, error.is_retryable, error.may_have_run) == (
        "actor_wake_retries_exceeded",
        False,
        False,
    )
    assert driver.sleeps == []


def test_why_an_actor_does_not_start_before_the_deadline() -> None:
    driver = FakeDriver()
    row = actors({"actor_id": A, "error": DETAILS})
    error = failed(driver, get(), UNSTARTED, row, TimedOut(sent=True), timeout=5)
    assert isinstance(error, ActionTimeoutError)
    assert "internal_error: cannot create" in str(error)


# The engine starts the actor again at this moment, or it is busy.
NO_REASON = [actors({"actor_id": A, "error": None}), actors({"actor_id": A}), REFUSED]


@pytest.mark.parametrize(
    ("answer", "repeats"),
    [
        *((answer, repeats) for answer in NO_REASON for repeats in (1, 3)),
        (TimedOut(sent=True), 1),  # no time is left to ask
        (TimedOut(sent=False), 1),
    ],
)
@pytest.mark.parametrize("ends_in_attempt", [False, True])
def test_a_reason_is_kept_until_the_end_of_the_call(answer: Any, repeats: int, ends_in_attempt: bool) -> None:
    ends_in_attempt = ends_in_attempt and not isinstance(answer, TimedOut)  # that is the deadline already
    driver = FakeDriver(retry=RetryPolicy(max_attempts=repeats + (2 if ends_in_attempt else 1)))
    later = gateway_error(503, "guard", "actor_ready_timeout", {"actor_id": A})
    script = [UNSTARTED, actors({"actor_id": A, "error": DETAILS}), *[later, answer] * repeats]
    error = failed(driver, get(), *script, *[TimedOut(sent=True)] * ends_in_attempt, timeout=50)
    told = error.last_error if isinstance(error, ActionTimeoutError) else error
    assert isinstance(error, ActionTimeoutError) is ends_in_attempt
    assert isinstance(told, ActorError)
    assert told.code == "actor_ready_timeout"  # the code is that of the last failure
    assert told.metadata == {"actor_id": A, "actorId": A, "details": DETAILS}
    assert "cannot create" in str(error)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (actors(), None),  # it is gone
        (actors({"actor_id": A, "error": "no room"}), "no room"),  # the reason has changed
        (actors({"actor_id": B, "error": None}), None),  # of another actor nothing is known
    ],
)
def test_a_reason_that_no_longer_holds(row: Any, expected: str | None) -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=2))
    error = failed(driver, get(), UNSTARTED, actors({"actor_id": A, "error": DETAILS}), UNSTARTED, row)
    assert error.metadata.get("details") == expected
    assert "cannot create" not in str(error)


def test_another_actor_has_no_reason_of_the_one_before() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=2))
    other = gateway_error(503, "guard", "actor_wake_retries_exceeded", {"actor_id": B})
    error = failed(driver, get(), UNSTARTED, actors({"actor_id": A, "error": DETAILS}), other, REFUSED)
    assert "cannot create" not in str(error)


def test_a_failure_of_another_kind_is_told_as_it_is() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=2))
    error = failed(driver, get(), UNSTARTED, actors({"actor_id": A, "error": DETAILS}), REFUSED)
    assert str(error) == "refused"


def test_asking_why_is_not_repeated() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=2))
    failed(driver, get(), UNSTARTED, UNSTARTED, UNSTARTED, UNSTARTED)
    assert driver.lines == ["POST /gateway/counter/action/add", "GET /actors"] * 2
    assert driver.sleeps == [0.05]


@pytest.mark.parametrize("answer", [actors(), actors(A), json_reply({}), REFUSED, TimedOut(sent=True)])
def test_nothing_more_is_known(answer: Any) -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=1))
    failure = gateway_error(503, "guard", "actor_ready_timeout", {"actor_id": A})
    error = failed(driver, get(), failure, answer)
    assert (error.code, error.metadata) == ("actor_ready_timeout", {"actor_id": A})


# --- At the end of a raw WebSocket -----------------------------------------------------------------------------


def test_why_a_raw_websocket_is_over() -> None:
    driver, details = FakeDriver(), {"crashed": {"message": "cannot create"}}

    def explain_end(error: RivetError, *script: Any) -> RivetError:
        return driver.run(flows.explain_end(driver.context, get(), error), *script)

    unstarted = actor_error("guard", "actor_wake_retries_exceeded", "closed (1011)")
    assert explain_end(REFUSED) is REFUSED
    assert explain_end(unstarted, TimedOut()) is unstarted
    why = explain_end(unstarted, actors({"actor_id": A, "error": details}))
    assert isinstance(why, ActorError)
    assert why.metadata == {"actorId": A, "details": details}
    assert driver.lines == ["GET /actors", "GET /actors"]
