"""By which URL an actor is reached, and URLs for others (PROTOCOL.md 3)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.target import Target
from tests.support.counter import by_id, by_key, call, get, get_or_create
from tests.support.fake_driver import (
    A,
    B,
    FakeDriver,
    actor,
    actors,
)


def test_the_id_is_learned_and_used() -> None:
    driver, target = FakeDriver(), get()
    for _ in range(2):
        call(driver, target, driver.result(None))
    assert driver.lines == ["POST /gateway/counter/action/add", f"POST /gateway/{A}/action/add"]
    assert driver.query(1) == {}


def test_an_answer_without_an_id_teaches_nothing() -> None:
    driver, target = FakeDriver(), get()
    call(driver, target, driver.result(None, actor_id=None))
    assert target.actor_id is None


@pytest.mark.parametrize("key", [("a,b",), ("",), ("x", ""), ("a", "b,")])
def test_keys_that_the_gateway_would_split_are_resolved(key: tuple[str, ...]) -> None:
    driver = FakeDriver()
    call(driver, get(key), actors(A), driver.result(None))
    assert driver.lines == ["GET /actors", f"POST /gateway/{A}/action/add"]
    driver = FakeDriver()
    call(driver, get_or_create(key), actor(B), driver.result(None, actor_id=B))
    assert driver.lines == ["PUT /actors", f"POST /gateway/{B}/action/add"]


def test_an_input_too_long_for_a_url_is_sent_by_put() -> None:
    driver, target = FakeDriver(), get_or_create(create_with_input="x" * 60_000)
    call(driver, target, actor(A), driver.result(None))
    assert driver.lines == ["PUT /actors", f"POST /gateway/{A}/action/add"]


# --- URLs for others -------------------------------------------------------------------------------------------


def public(driver: FakeDriver, target: Target, *script: Any) -> str:
    return driver.run(flows.public_url(driver.context, target), *script)


def test_public_urls_carry_the_token() -> None:
    driver = FakeDriver(token="t/k@x")
    assert public(driver, by_id()) == f"http://engine:6420/gateway/{A}@t%2Fk%40x"
    assert public(driver, by_key("get")) == (
        "http://engine:6420/gateway/counter?rvt-namespace=default&rvt-method=get&rvt-key=k&rvt-token=t%2Fk%40x"
    )
    assert public(driver, by_key("get", ("a,b",)), actors(B)) == f"http://engine:6420/gateway/{B}@t%2Fk%40x"


def test_public_urls_without_a_token() -> None:
    driver = FakeDriver()
    assert public(driver, by_id()) == f"http://engine:6420/gateway/{A}"
    assert "token" not in public(driver, by_key("get"))


def test_public_urls_say_not_to_wait_where_they_can() -> None:
    """A URL by id cannot say that, because the gateway passes such a query on to the actor."""
    driver = FakeDriver(token="t", skip_ready_wait=True)
    assert public(driver, by_key("get")) == (
        "http://engine:6420/gateway/counter?rvt-namespace=default&rvt-method=get&rvt-key=k&rvt-token=t"
        "&rvt-skip-ready-wait=true"
    )
    assert public(driver, by_id()) == f"http://engine:6420/gateway/{A}@t"


def test_public_urls_of_large_inputs() -> None:
    target = by_key("get_or_create", create_with_input="x" * 60_000)
    assert public(FakeDriver(), target, actor(B)) == f"http://engine:6420/gateway/{B}"
