"""Finding, resolving and creating actors (PROTOCOL.md 2)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.effects import HttpResponse
from rivet_client._core.target import Creation, Params, Target, make_params
from rivet_client._hints import HOST_SILENT
from rivet_client._secret import Secret
from rivet_client._wire import cbor
from rivet_client.errors import ActionTimeoutError, ActorError, ConfigError, ProtocolError, TransportError
from rivet_client.values import UNDEFINED
from tests.support.counter import by_id, get, get_or_create
from tests.support.fake_driver import (
    ENGINE,
    A,
    B,
    FakeDriver,
    TimedOut,
    actor,
    actors,
    control_error,
    decoded_input,
    json_reply,
)

REFUSED = TransportError("refused", may_have_run=False)
CUT = TransportError("cut short", may_have_run=True)


# --- resolve ---------------------------------------------------------------------------------------------------


def test_get_looks_the_key_up() -> None:
    driver, target = FakeDriver(token="tok"), get(("a", "b/c", ""))
    assert driver.run(flows.resolve(driver.context, target), actors(A, B)) == A
    assert driver.lines == ["GET /actors"]
    assert driver.query() == {"namespace": "default", "name": "counter", "key": "a/b\\/c/\\0"}
    assert driver.requests[0].headers == {"accept-encoding": "identity", "authorization": "Bearer tok"}
    assert driver.requests[0].body == b""
    assert target.actor_id == A


def test_get_of_a_key_that_does_not_exist_fails_at_once() -> None:
    driver = FakeDriver()
    with pytest.raises(ActorError, match=r"actor\.not_found: no actor counter\['k'\] exists") as caught:
        reply = json_reply({"actors": []}, x_rivet_ray_id="ray1")
        driver.run(flows.resolve(driver.context, get()), reply)
    assert not caught.value.is_retryable
    assert not caught.value.may_have_run
    assert caught.value.ray_id == "ray1"
    assert driver.sleeps == []


def test_get_or_create_creates() -> None:
    driver, target = (
        FakeDriver(),
        get_or_create((), create_with_input={"n": 1}, create_in_region="eu", pool_name="pool"),
    )
    assert driver.run(flows.resolve(driver.context, target), actor(A, created=True)) == A
    assert driver.lines == ["PUT /actors"]
    assert driver.query() == {"namespace": "default"}
    assert driver.requests[0].headers == {"accept-encoding": "identity", "content-type": "application/json"}
    body = driver.json()
    assert decoded_input(body.pop("input")) == {"n": 1}
    assert body == {
        "datacenter": "eu",
        "name": "counter",
        "key": "/",
        "runner_name_selector": "pool",
        "crash_policy": "sleep",
    }


@pytest.mark.parametrize("value", [0, "", False, [], None])
def test_a_false_input_is_an_input(value: object) -> None:
    driver = FakeDriver()
    driver.run(flows.resolve(driver.context, get_or_create(create_with_input=value)), actor())
    assert decoded_input(driver.json()["input"]) == value


def test_the_engine_rejects_fields_that_are_null() -> None:
    driver = FakeDriver()
    driver.run(flows.resolve(driver.context, get_or_create()), actor())
    assert set(driver.json()) == {"name", "key", "runner_name_selector", "crash_policy"}


def test_an_id_needs_no_asking() -> None:
    driver = FakeDriver()
    target = by_id()
    assert driver.run(flows.resolve(driver.context, target)) == A


def test_a_learned_id_is_not_trusted() -> None:
    driver, target = FakeDriver(), get()
    target.learn(A)
    assert driver.run(flows.resolve(driver.context, target), actors(B)) == B
    assert target.actor_id == B


def test_a_key_of_another_datacenter() -> None:
    driver, target = FakeDriver(), get_or_create()
    reserved = control_error(400, "actor", "key_reserved_in_different_datacenter")
    assert driver.run(flows.resolve(driver.context, target), reserved, actors(B)) == B
    assert driver.lines == ["PUT /actors", "GET /actors"]
    assert driver.query()["key"] == "k"


def test_a_key_of_another_datacenter_that_is_not_there() -> None:
    driver = FakeDriver()
    reserved = control_error(400, "actor", "key_reserved_in_different_datacenter")
    with pytest.raises(ActorError, match="key_reserved"):
        driver.run(flows.resolve(driver.context, get_or_create()), reserved, actors())


@pytest.mark.parametrize("how", [get, get_or_create])
def test_the_engine_refuses(how: Any) -> None:
    driver = FakeDriver()
    with pytest.raises(ActorError, match=r"namespace\.not_found"):
        driver.run(flows.resolve(driver.context, how()), control_error(400, "namespace", "not_found"))
    assert driver.sleeps == []


@pytest.mark.parametrize("how", [get, get_or_create])
@pytest.mark.parametrize(
    "answer",
    [
        json_reply({}),
        json_reply([]),
        json_reply({"actors": None, "actor": None}),
        json_reply({"actors": ["x"], "actor": "x"}),
        json_reply({"actors": [{}], "actor": {}}),
        json_reply({"actors": [{"actor_id": 5}], "actor": {"actor_id": 5}}),
        HttpResponse(200, {}, b"not json"),
        HttpResponse(204, {}, b""),
    ],
)
def test_answers_that_make_no_sense(how: Any, answer: HttpResponse) -> None:
    driver, target = FakeDriver(), how()
    with pytest.raises(ProtocolError):
        driver.run(flows.resolve(driver.context, target), answer)
    assert target.actor_id is None


# --- create ----------------------------------------------------------------------------------------------------


def create(
    driver: FakeDriver,
    *script: Any,
    name: str = "counter",
    key: Any = "k",
    params: Any = None,
    get_params: Any = None,
    **options: Any,
) -> Target:
    arguments: dict[str, Any] = {"input": UNDEFINED, "region": None, "pool_name": None, **options}
    creation = Creation.at_once(driver.context.config, **arguments)
    flow = flows.create(driver.context, name, key, make_params(params, get_params), creation)
    return driver.run(flow, *script)


def test_create_gives_a_handle_for_good() -> None:
    driver = FakeDriver(pool_name="mine", max_input_size=1)
    target = create(driver, actor(B), key=["a", "b"], input=list(range(1000)), params={"p": 1})
    assert driver.lines == ["POST /actors"]
    body = driver.json()
    assert decoded_input(body.pop("input")) == list(range(1000))  # max_input_size is of get_or_create
    assert body == {"name": "counter", "key": "a/b", "runner_name_selector": "mine", "crash_policy": "sleep"}
    assert (target.how, target.actor_id, target.params) == ("id", B, Params(Secret({"p": 1})))
    assert str(target) == f"counter#{B}"


def test_create_elsewhere() -> None:
    driver = FakeDriver(pool_name="mine")
    create(driver, actor(), region="eu", pool_name="other")
    assert (driver.json()["datacenter"], driver.json()["runner_name_selector"]) == ("eu", "other")


def test_create_with_a_key_that_is_taken() -> None:
    driver = FakeDriver()
    with pytest.raises(ActorError, match=r"actor\.duplicate_key"):
        create(driver, control_error(400, "actor", "duplicate_key"))


def test_create_with_a_key_that_is_taken_as_the_engine_often_says_it() -> None:
    driver = FakeDriver()
    destroyed = control_error(400, "actor", "destroyed_during_creation")
    with pytest.raises(
        ActorError, match=r"actor\.duplicate_key: the key of counter\['a', 'b'\] is in use"
    ) as caught:
        create(driver, destroyed, actors(B), key=["a", "b"])
    assert caught.value.metadata == {"existing_actor_id": B, "key": "a/b"}
    assert not caught.value.is_retryable
    assert driver.lines == ["POST /actors", "GET /actors"]
    assert driver.query() == {"namespace": "default", "name": "counter", "key": "a/b"}


def test_create_of_an_actor_that_is_destroyed_at_once() -> None:
    driver = FakeDriver()
    with pytest.raises(ActorError, match="destroyed_during_creation") as caught:
        create(driver, control_error(400, "actor", "destroyed_during_creation"), actors())
    assert caught.value.is_retryable


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"name": ""}, ConfigError, "actor name must not be empty"),
        ({"name": 5}, TypeError, "actor name must be a str, not int"),
        ({"key": [1]}, TypeError, r"key\[0\]"),
        ({"region": ""}, ConfigError, "region"),
        ({"pool_name": 5}, TypeError, "pool_name"),
        ({"input": object()}, TypeError, "input: object"),
        ({"input": {"a": [object()]}}, TypeError, r"input\.a\[0\]: object"),
        ({"get_params": 5}, TypeError, "get_params must be callable, not int"),
        ({"params": 1, "get_params": dict}, ConfigError, "either params or get_params"),
    ],
)
def test_bad_arguments_of_create(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        create(FakeDriver(), **options)


# --- Retries ---------------------------------------------------------------------------------------------------


def test_safe_errors_are_repeated() -> None:
    driver = FakeDriver()
    busy = control_error(400, "actor", "creation_rate_limit")
    assert create(
        driver, busy, REFUSED, HttpResponse(429, {}, b""), HttpResponse(503, {}, b""), actor()
    ).actor_id
    assert driver.sleeps == [0.05, 0.1, 0.2, 0.4]


@pytest.mark.parametrize(
    "error", [CUT, HttpResponse(502, {}, b""), control_error(502, "guard", "upstream_error")]
)
def test_only_create_can_have_run(error: Any) -> None:
    """Looking up, and putting what is there already, can be done twice; creating cannot."""
    for target in (get(), get_or_create()):
        driver = FakeDriver()
        answer = actors(A) if target.how == "get" else actor(A)
        assert driver.run(flows.resolve(driver.context, target), error, answer) == A
    driver = FakeDriver()
    with pytest.raises((ActorError, TransportError)) as caught:
        create(driver, error)
    assert caught.value.may_have_run
    driver = FakeDriver(retry=RetryPolicy(ambiguous="retry"))
    assert create(driver, error, actor()).actor_id == A


def test_getting_an_actor_that_is_destroyed_just_then() -> None:
    driver = FakeDriver()
    destroyed = control_error(400, "actor", "destroyed_during_creation")
    assert driver.run(flows.resolve(driver.context, get_or_create()), destroyed, actor(B)) == B
    assert driver.sleeps == [0.05]


@pytest.mark.parametrize(("sent", "may_have_run"), [(True, True), (False, False)])
def test_a_create_that_times_out(sent: bool, may_have_run: bool) -> None:
    driver = FakeDriver(timeout=3)
    with pytest.raises(ActionTimeoutError) as caught:
        create(driver, TimedOut(sent=sent))
    assert caught.value.may_have_run is may_have_run
    text = "creating counter['k'] had no answer within 3 s"
    if not sent:
        text += f": no connection to {ENGINE}; {HOST_SILENT}"
    assert str(caught.value) == text


def test_requests_do_not_show_their_secrets() -> None:
    driver = FakeDriver(token="s3cret")
    create(driver, actor(), input="s3cret")
    assert "s3cret" not in repr(driver.sends)
    assert "s3cret" not in repr(driver.context.endpoint)
    assert cbor.encode("s3cret", "x") not in repr(driver.sends).encode()
