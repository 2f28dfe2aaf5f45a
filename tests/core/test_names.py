"""Names of actors that no host has."""

from __future__ import annotations

import pytest

from rivet_client._core import flows
from rivet_client._core.target import Target
from tests.support.counter import call_error, error_of
from tests.support.fake_driver import (
    A,
    FakeDriver,
    actor,
    actors,
    gateway_error,
)

GET = Target("get", "counter", ("k",))
CREATE = Target("get_or_create", "conter", ("k",))
MISSED = gateway_error(404, "actor", "not_found")
NOT_REGISTERED = {"crashed": {"message": "not_registered: Actor factory 'conter' is not registered."}}
UNSTARTED = gateway_error(503, "guard", "actor_wake_retries_exceeded", {"actor_id": A})
NAMES = ["chat", "counter"]
NO_HOST = "no host knows an actor 'conter'; did you mean 'counter'? there are: chat, counter"


def test_a_name_that_no_host_knows() -> None:
    driver = FakeDriver()
    driver.names = NAMES
    error = call_error(driver, CREATE, UNSTARTED, actors({"actor_id": A, "error": NOT_REGISTERED}))
    assert (error.group, error.code, error.message) == ("guard", "actor_wake_retries_exceeded", NO_HOST)
    assert error.metadata["details"] == NOT_REGISTERED
    assert not error.is_retryable

    # From now on nothing of that name is created before a host knows it.
    other = Target("get_or_create", "conter", ("other",))
    unfit = Target("get_or_create", "conter", ("a,b",))
    driver.sends.clear()
    for flow in (
        flows.call_action(driver.context, other, "add", ()),
        flows.call_action(driver.context, unfit, "add", ()),
        flows.resolve(driver.context, other),
        flows.prepare_dial(driver.context, other, flows.DialOptions()),
    ):
        error = error_of(driver, flow)
        assert (error.group, error.code, error.message) == ("guard", "actor_wake_retries_exceeded", NO_HOST)
        assert not error.is_retryable
        assert not error.may_have_run
    assert driver.sends == []

    driver.names = [*NAMES, "conter"]
    assert driver.run(flows.resolve(driver.context, other), actor(A)) == A
    asked = driver.asked_for_names
    driver.run(flows.resolve(driver.context, unfit), actor(A))
    assert driver.asked_for_names == asked


def test_an_engine_that_does_not_tell_names() -> None:
    driver = FakeDriver()
    error = call_error(driver, CREATE, UNSTARTED, actors({"actor_id": A, "error": NOT_REGISTERED}))
    assert error.message == "no host knows an actor 'conter'"
    # Perhaps one does by now: the engine is left to find out.
    assert driver.run(flows.resolve(driver.context, CREATE), actor(A)) == A


def test_no_such_actor_because_of_its_name() -> None:
    driver = FakeDriver()
    driver.names = NAMES
    target = Target("get", "conter", ("k",))
    text = f"no actor conter['k'] exists: {NO_HOST}"
    assert call_error(driver, target, MISSED).message == text
    assert error_of(driver, flows.resolve(driver.context, target), actors()).message == text
    assert driver.asked_for_names == 2, "a host may have come meanwhile"
    for _ in range(3):
        assert call_error(driver, GET, MISSED).message == "no actor counter['k'] exists"
    assert driver.asked_for_names == 2, "what is known is not asked for"


def test_a_name_that_worked_is_not_asked_for() -> None:
    driver = FakeDriver()
    driver.names = NAMES
    target = Target("get", "conter", ("k",))
    driver.run(flows.call_action(driver.context, target, "add", ()), driver.result(1))
    assert call_error(driver, target, MISSED, MISSED).message == "no actor conter['k'] exists"
    assert driver.asked_for_names == 0


@pytest.mark.parametrize("names", [[], [f"a{number}" for number in range(100)]])
def test_names_that_say_nothing(names: list[str]) -> None:
    """The engine tells no names, or so many that some may be missing."""
    driver = FakeDriver()
    driver.names = names
    assert call_error(driver, GET, MISSED).message == "no actor counter['k'] exists"
