"""Calls of the control API (PROTOCOL.md 2)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.flows.control import ControlRequest, call_control_api
from rivet_client._core.flows.timing import start_timer
from rivet_client._core.proxy import Proxies, Proxy
from rivet_client.errors import ActionTimeoutError, ConfigError, ProtocolError, TransportError
from rivet_client_generated.engine_api import operations
from rivet_client_generated.engine_api.models import NamespacesCreateRequest
from tests.support.counter import get
from tests.support.fake_driver import (
    ENGINE,
    A,
    B,
    FakeDriver,
    TimedOut,
    actors,
    json_reply,
)

REFUSED = TransportError("refused", may_have_run=False)


# --- The call itself -------------------------------------------------------------------------------------------


def test_a_call_of_the_control_api() -> None:
    driver = FakeDriver(namespace="ns", headers={"authorization": "Basic x", "x-mine": "1"})
    timer = start_timer(driver.context, "creating a namespace", None)
    flow = call_control_api(timer, ControlRequest("POST", "/namespaces", body={"name": "é"}))
    assert driver.run(flow, json_reply({"namespace": {}})) == {"namespace": {}}
    request = driver.requests[0]
    assert (request.method, request.url) == ("POST", "http://engine:6420/namespaces?namespace=ns")
    assert driver.json() == {"name": "é"}
    assert request.headers == {
        "authorization": "Basic x",
        "accept-encoding": "identity",
        "x-mine": "1",
        "content-type": "application/json",
    }


def test_a_call_that_is_of_no_namespace() -> None:
    driver = FakeDriver(namespace="ns")
    timer = start_timer(driver.context, "x", None)
    request = ControlRequest("GET", "/health", [("a", "b")], with_namespace=False)
    driver.run(call_control_api(timer, request), json_reply({}))
    assert driver.query() == {"a": "b"}


# --- Retries and deadlines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("attempts", "sleeps"), [(1, []), (3, [0.05, 0.1])])
def test_attempts_are_bounded(attempts: int, sleeps: list[float]) -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=attempts))
    with pytest.raises(TransportError):
        driver.run(flows.resolve(driver.context, get()), *[REFUSED] * attempts)
    assert driver.sleeps == sleeps


def test_the_deadline_bounds_them_too() -> None:
    driver = FakeDriver(retry=RetryPolicy(initial_delay=1, max_delay=100, max_attempts=99))
    with pytest.raises(TransportError, match="refused"):
        driver.run(flows.resolve(driver.context, get(), 10), *[REFUSED] * 4)
    assert driver.sleeps == [1, 2, 4]
    assert [send.timeout for send in driver.sends] == [10, 9, 7, 3]


def test_a_resolve_that_times_out() -> None:
    driver = FakeDriver(timeout=7)
    with pytest.raises(ActionTimeoutError, match="within 7 s") as caught:
        driver.run(flows.resolve(driver.context, get()), TimedOut(sent=True))
    assert not caught.value.may_have_run


def test_a_proxy_that_is_silent() -> None:
    driver = FakeDriver(proxies=Proxies(Proxy("http", "proxy", 3128, setting="argument proxy")))
    with pytest.raises(ActionTimeoutError) as caught:
        driver.run(flows.resolve(driver.context, get(), 3), TimedOut(sent=False))
    assert str(caught.value) == (
        f"resolving counter['k'] had no answer within 3 s: no connection to {ENGINE} "
        "through the proxy http://proxy:3128; check argument proxy"
    )


def test_no_time_at_all() -> None:
    driver = FakeDriver()
    with pytest.raises(ActionTimeoutError):
        driver.run(flows.resolve(driver.context, get(), 0))
    assert driver.requests == []


def test_the_callers_http_client_has_a_timeout_of_its_own() -> None:
    driver = FakeDriver(timeout=None)
    with pytest.raises(ActionTimeoutError, match="had no answer in time") as caught:
        driver.run(flows.resolve(driver.context, get()), TimedOut())
    assert caught.value.timeout is None
    assert driver.sends[0].timeout is None


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf")])
def test_bad_timeouts(timeout: float) -> None:
    driver = FakeDriver()
    with pytest.raises(ConfigError, match="timeout must be"):
        driver.run(flows.resolve(driver.context, get(), timeout))


# --- Generated operations --------------------------------------------------------------------------------------


def operate(driver: FakeDriver, operation: Any, *script: Any, body: Any = None, **values: Any) -> Any:
    names = [parameter.name for parameter in (*operation.path_parameters, *operation.query)]
    given = {name: values.get(name) for name in names}
    return driver.run(flows.operate(driver.context, operation, given, body), *script)


def test_parameters_in_the_query() -> None:
    driver = FakeDriver(namespace="ns")
    found = operate(
        driver, operations.ACTORS_LIST, actors(), name="é", actor_id=[A, B], limit=5, include_destroyed=False
    )
    assert found.actors == []
    assert driver.requests[0].url == (
        f"http://engine:6420/actors?namespace=ns&name=%C3%A9&actor_id={A}&actor_id={B}"
        "&include_destroyed=false&limit=5"
    )


@pytest.mark.parametrize(("given", "expected"), [(None, "ns"), ("other", "other")])
def test_the_namespace_of_an_operation(given: str | None, expected: str) -> None:
    driver = FakeDriver(namespace="ns")
    operate(driver, operations.ACTORS_LIST, actors(), namespace=given, include_destroyed=True)
    assert driver.query() == {"namespace": expected, "include_destroyed": "true"}


def test_an_operation_of_no_namespace() -> None:
    driver = FakeDriver(namespace="ns")
    operate(driver, operations.DATACENTERS_LIST, json_reply({"datacenters": [], "pagination": {}}))
    assert driver.query() == {}


def test_parameters_in_the_path() -> None:
    driver = FakeDriver()
    answer = json_reply({"value": "eA==", "update_ts": 1})
    assert operate(driver, operations.ACTORS_KV_GET, answer, actor_id=A, key="{actor_id}/é").value == "eA=="
    assert driver.lines == [f"GET /actors/{A}/kv/keys/%7Bactor_id%7D%2F%C3%A9"]


def test_the_body_of_an_operation() -> None:
    driver = FakeDriver()
    body = NamespacesCreateRequest(name="n", display_name="N")
    namespace = {"namespace_id": "i", "name": "n", "display_name": "N", "create_ts": 1}
    operate(driver, operations.NAMESPACES_CREATE, json_reply({"namespace": namespace}), body=body)
    assert driver.json() == {"name": "n", "display_name": "N"}


@pytest.mark.parametrize("body", [None, {"name": "n", "display_name": "N"}])
def test_a_body_of_another_type(body: object) -> None:
    with pytest.raises(TypeError, match=r"body must be a NamespacesCreateRequest, not (NoneType|dict)"):
        operate(FakeDriver(), operations.NAMESPACES_CREATE, body=body)


@pytest.mark.parametrize(
    ("operation", "values", "error", "text"),
    [
        ("ACTORS_DESTROY", {"actor_id": None}, TypeError, "actor_id must be a str, not NoneType"),
        ("ACTORS_DESTROY", {"actor_id": ""}, ConfigError, "actor_id must not be empty"),
        ("ACTORS_DESTROY", {"actor_id": ".."}, ConfigError, "actor_id must not be"),
        ("ACTORS_LIST", {"name": 1.5}, TypeError, "name must be a str, an int, a bool or a sequence of str"),
        ("ACTORS_LIST", {"actor_id": [1]}, TypeError, "actor_id must be"),
        ("ACTORS_LIST", {"actor_id": {"a"}}, TypeError, "actor_id must be .* not set"),
    ],
)
def test_bad_parameters(operation: str, values: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        operate(FakeDriver(), getattr(operations, operation), **values)


def test_an_answer_of_another_shape() -> None:
    with pytest.raises(
        ProtocolError, match=r"engine\.actors_list: the engine's answer is not what is expected"
    ):
        operate(FakeDriver(), operations.ACTORS_LIST, json_reply({"actors": 5}))
