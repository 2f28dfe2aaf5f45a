"""What a connection attempt needs to know (PROTOCOL.md 5.1)."""

from __future__ import annotations

import json
import traceback
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import pytest

from rivet_client._core import flows
from rivet_client._core.effects import SendTimedOut
from rivet_client._core.endpoint import parse_endpoint
from rivet_client._core.failures import actor_error
from rivet_client._core.flows import DialOptions
from rivet_client._core.gateway import DialPlan
from rivet_client._core.target import Target, make_params
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ConfigError,
    ProtocolError,
    TransportError,
)
from tests.support.counter import by_id, by_key
from tests.support.fake_driver import A, B, FakeDriver, TimedOut, actor, actors, json_reply

REFUSED = TransportError("refused", may_have_run=False)


def dial(
    driver: FakeDriver,
    target: Target,
    *script: Any,
    params: Any = None,
    get_params: Any = None,
    skip_ready_wait: bool | None = None,
    **attempt: Any,
) -> DialPlan:
    options = DialOptions(params=make_params(params, get_params), skip_ready_wait=skip_ready_wait)
    return driver.run(flows.prepare_dial(driver.context, target, options, **attempt), *script)


def params_of(found: DialPlan) -> object:
    """The parameters as the host decodes them."""
    (text,) = [one for one in found.subprotocols if one.startswith("rivet_conn_params.")]
    assert text.isascii()
    return json.loads(unquote_plus(text.partition(".")[2]))


# --- Where to --------------------------------------------------------------------------------------------------


def test_by_key() -> None:
    driver = FakeDriver(headers={"x-mine": "1"})
    found = dial(driver, by_key("get_or_create", ("a", "b/c")))
    assert (found.secure, found.host, found.port, found.authority) == (False, "engine", 6420, "engine:6420")
    path, _, query = found.resource.partition("?")
    assert path == "/gateway/counter/connect"
    assert dict(parse_qsl(query))["rvt-key"] == "a,b/c"
    assert found.headers == {"x-mine": "1", "traceparent": "00-trace"}
    assert found.subprotocols == ["rivet", "rivet_encoding.bare"]
    assert driver.requests == []


def test_by_key_even_when_the_id_is_known() -> None:
    """A connection outlives the actor it began with."""
    target = by_key("get")
    target.learn(A)
    assert dial(FakeDriver(), target).resource.startswith("/gateway/counter/connect?")


def test_by_id() -> None:
    assert dial(FakeDriver(), by_id()).resource == f"/gateway/{A}/connect"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("http://engine", (False, "engine", 80, "engine")),
        ("https://engine", (True, "engine", 443, "engine")),
        ("https://engine:8443", (True, "engine", 8443, "engine:8443")),
        ("http://[::1]:6420", (False, "::1", 6420, "[::1]:6420")),
        ("http://ns:tok@engine", (False, "engine", 80, "engine")),
    ],
)
def test_addresses(endpoint: str, expected: tuple[bool, str, int, str]) -> None:
    found = dial(FakeDriver(endpoint=parse_endpoint(endpoint, "here")[0]), by_id())
    assert (found.secure, found.host, found.port, found.authority) == expected


def test_below_a_base_path() -> None:
    assert dial(FakeDriver(endpoint="http://e/base"), by_id()).resource == f"/base/gateway/{A}/connect"


def test_a_key_that_the_gateway_would_split() -> None:
    driver = FakeDriver()
    assert dial(driver, by_key("get", ("a,b",)), actors(B)).resource == f"/gateway/{B}/connect"
    assert dial(driver, by_key("get_or_create", ("",)), actor(B)).resource == f"/gateway/{B}/connect"


def test_an_input_too_long_for_a_url() -> None:
    driver = FakeDriver()
    found = dial(driver, by_key("get_or_create", create_with_input="x" * 60_000), actor(B))
    assert found.resource == f"/gateway/{B}/connect"
    assert driver.lines == ["PUT /actors"]


def test_looking_up_the_engine_first() -> None:
    driver = FakeDriver(located=False)
    metadata = json_reply({"runtime": "rivetkit", "clientEndpoint": "https://other", "clientToken": "tok"})
    found = dial(driver, by_id(), metadata)
    assert (found.secure, found.host) == (True, "other")
    assert "rivet_token.tok" in found.subprotocols


# --- What is offered -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["bare", "cbor", "json"])
def test_the_encoding_is_offered(encoding: str) -> None:
    assert dial(FakeDriver(encoding), by_id()).subprotocols[1] == f"rivet_encoding.{encoding}"


@pytest.mark.parametrize(
    "params",
    [{"user": "ann"}, {"é": "😀 + & % , ;"}, [1, 2.5, None, True], "text", 0, "", {}, {"big": 2**60}],
)
def test_params(params: Any) -> None:
    found = params_of(dial(FakeDriver(), by_id(), params=params))
    assert found == ({"big": ["$BigInt", str(2**60)]} if params == {"big": 2**60} else params)


def test_no_params() -> None:
    assert len(dial(FakeDriver(), by_id(), params=None).subprotocols) == 2


@pytest.mark.parametrize("token", ["tok", "a b+c%,;/é"[:9], "x.y-z_~"])
def test_tokens(token: str) -> None:
    (offered,) = [
        one.partition(".")[2]
        for one in dial(FakeDriver(token=token), by_id()).subprotocols
        if one.startswith("rivet_token.")
    ]
    assert unquote_plus(offered) == token
    assert not set(offered) & set(' ,;/"')


def test_params_too_long() -> None:
    with pytest.raises(ConfigError, match="params is 60003 bytes long encoded, over the limit of 60000"):
        dial(FakeDriver(), by_id(), params="x" * 59_997)


def test_params_that_cannot_be_carried() -> None:
    with pytest.raises(TypeError, match=r"params\.a"):
        dial(FakeDriver(), by_id(), params={"a": object()})


@pytest.mark.parametrize("target", [by_key("get"), by_id()])
@pytest.mark.parametrize("skip", [True, False])
def test_skip_ready_wait_is_said_once(target: Target, skip: bool) -> None:
    found = dial(FakeDriver(skip_ready_wait=not skip), target, skip_ready_wait=skip)
    said = ["rvt-skip-ready-wait=true" in found.resource, "rivet_skip_ready_wait" in found.subprotocols]
    assert said == [skip and not target.is_static, skip and target.is_static]
    found = dial(FakeDriver(skip_ready_wait=skip), target)
    assert skip == ("skip" in found.resource + "".join(found.subprotocols))


def test_secrets_are_not_shown() -> None:
    found = dial(FakeDriver(token="s3cret", headers={"x": "s3cret"}), by_id(), params="s3cret")
    assert "s3cret" not in repr(found)


def test_a_server_that_is_still_starting() -> None:
    """A connection has attempts of its own, so that its look-up need have no second one."""
    driver = FakeDriver(located=False)
    with pytest.raises(TransportError, match="refused"):
        dial(driver, by_id(), REFUSED, patient=False)
    assert driver.sleeps == []
    dial(driver, by_id(), REFUSED, json_reply({"runtime": "engine"}))
    assert driver.sleeps == [0.5]


# --- get_params ------------------------------------------------------------------------------------------------


def test_get_params_is_called_each_time() -> None:
    driver = FakeDriver()
    numbers = iter([1, 2, None])
    for expected in (1, 2):
        assert params_of(dial(driver, by_id(), get_params=lambda: next(numbers))) == expected
    assert len(dial(driver, by_id(), get_params=lambda: next(numbers)).subprotocols) == 2


def raising(error: BaseException) -> Any:
    def get_params() -> None:
        raise error

    return get_params


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyError("s3cret"), "it raised KeyError"),
        (TypeError("s3cret"), "it raised TypeError"),
        (ConfigError("s3cret"), "it raised ConfigError"),
        (ActionTimeoutError("s3cret"), "it raised ActionTimeoutError"),
        (TransportError("s3cret"), "it raised TransportError"),
        (TimedOut(), "it raised TimedOut"),
    ],
)
def test_get_params_fails(error: Exception, why: str) -> None:
    with pytest.raises(ActorError) as caught:
        dial(FakeDriver(), by_id(), get_params=raising(error))
    raised = caught.value
    assert (raised.group, raised.code, raised.is_retryable) == ("client", "get_params_failed", True)
    assert str(raised) == f"client.get_params_failed: get_params failed: {why}"
    assert raised.__cause__ is error


def test_get_params_with_an_exhausted_iterator() -> None:
    """StopIteration must not be taken for the end of the flow."""
    with pytest.raises(ActorError, match="get_params_failed"):
        dial(FakeDriver(), by_id(), get_params=lambda: next(iter(())))


def test_get_params_takes_too_long() -> None:
    driver = FakeDriver()
    flow = flows.prepare_dial(driver.context, by_id(), DialOptions(params=make_params(None, dict)), timeout=5)
    effect = next(flow)
    assert effect.timeout == 5  # type: ignore[union-attr]
    with pytest.raises(ActorError, match="it did not return in time"):
        flow.throw(SendTimedOut(sent=False))


def test_get_params_returns_what_cannot_be_carried() -> None:
    with pytest.raises(ActorError, match=r"get_params failed: get_params\(\)\.a: object") as caught:
        dial(FakeDriver(), by_id(), get_params=lambda: {"a": object()})
    assert isinstance(caught.value.__cause__, TypeError)


def test_no_time_left_for_get_params() -> None:
    driver = FakeDriver()
    with pytest.raises(ActionTimeoutError, match="connecting to counter"):
        dial(driver, by_id(), get_params=dict, timeout=0)


def test_get_params_keeps_secrets() -> None:
    def get_params() -> object:
        return {"token": "s3cret", "bad": object()}

    with pytest.raises(ActorError) as caught:
        dial(FakeDriver(), by_id(), get_params=get_params)
    text = "".join(traceback.format_exception(caught.value))
    assert text.count("s3cret") == text.count('return {"token": "s3cret"')  # the source line at most


# --- After a normal close --------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [{"actor_id": A}, {"actor_id": A, "destroy_ts": None}])
def test_the_actor_is_still_there(row: dict[str, Any]) -> None:
    driver = FakeDriver()
    assert dial(driver, by_id(), actors(row), lost_actor_id=A).resource == f"/gateway/{A}/connect"
    assert driver.query() == {"namespace": "default", "actor_ids": A}


@pytest.mark.parametrize("rows", [[], [{"actor_id": A, "destroy_ts": 1}]])
def test_the_actor_is_gone(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ActorError, match=r"actor\.not_found"):
        dial(FakeDriver(), by_id(), actors(*rows), lost_actor_id=A)


def test_the_look_up_makes_no_sense() -> None:
    with pytest.raises(ProtocolError, match="no list of actors"):
        dial(FakeDriver(), by_id(), json_reply({"actors": ["x"]}), lost_actor_id=A)


def test_the_key_may_have_another_actor_by_now() -> None:
    driver, target = FakeDriver(), by_key("get")
    assert "rvt-key=k" in dial(driver, target, actors(B), lost_actor_id=A).resource
    assert driver.query()["key"] == "k"
    with pytest.raises(ActorError, match=r"actor\.not_found"):
        dial(driver, target, actors(), lost_actor_id=A)


def test_get_or_create_makes_a_new_one() -> None:
    driver, target = FakeDriver(), by_key("get_or_create")
    target.learn(A)
    assert "rvt-method=getOrCreate" in dial(driver, target, lost_actor_id=A).resource
    assert driver.requests == []
    assert target.actor_id is None


# --- After an attempt that failed ------------------------------------------------------------------------------

UNSTARTED = actor_error("guard", "actor_wake_retries_exceeded", "closed (1011)", ray_id="ray1")


@pytest.mark.parametrize("target", [by_key("get"), by_key("get_or_create"), by_id()], ids=str)
def test_why_the_actor_does_not_start(target: Target) -> None:
    driver, details = FakeDriver(), {"crashed": {"message": "cannot create"}}
    why = dial(driver, target, actors({"actor_id": A, "error": details}), last_error=UNSTARTED).known_cause
    assert isinstance(why, ActorError)
    assert (why.code, why.ray_id) == ("actor_wake_retries_exceeded", "ray1")
    assert why.metadata == {"actorId": A, "details": details}
    assert dial(driver, target, last_error=why).known_cause is None  # known already, so nobody is asked again
    assert driver.lines == ["GET /actors"]
    by = {"actor_ids": A} if target.is_static else {"name": "counter", "key": "k"}
    assert driver.query() == {"namespace": "default", **by}


def test_a_name_that_no_host_knows() -> None:
    details = {"crashed": {"message": "not_registered: Actor factory 'counter' is not registered."}}
    with pytest.raises(ActorError, match="no host knows an actor 'counter'") as caught:
        dial(FakeDriver(), by_key("get"), actors({"actor_id": A, "error": details}), last_error=UNSTARTED)
    assert not caught.value.is_retryable


@pytest.mark.parametrize(
    ("last_error", "script"),
    [(UNSTARTED, [actors(A)]), (UNSTARTED, [actors()]), (UNSTARTED, [REFUSED]), (REFUSED, [])],
)
def test_nothing_is_known_about_the_failure(last_error: Any, script: list[Any]) -> None:
    assert dial(FakeDriver(), by_key("get"), *script, last_error=last_error).known_cause is None


# --- Raw WebSockets --------------------------------------------------------------------------------------------


def test_a_raw_websocket() -> None:
    target = by_id(params={"p": 1})
    options = flows.websocket_options(
        target, "/stream/é?x=1", ["chat.v1"], skip_ready_wait=True, timeout=None
    )
    driver = FakeDriver("json")
    found = driver.run(flows.prepare_dial(driver.context, target, options))
    assert found.resource == f"/gateway/{A}/websocket/stream/%C3%A9?x=1"
    assert found.subprotocols[:2] == ["rivet", "rivet_encoding.bare"]
    assert found.subprotocols[-1] == "chat.v1"
    assert "rivet_skip_ready_wait" in found.subprotocols
    assert params_of(found) == {"p": 1}


@pytest.mark.parametrize(
    ("path", "subprotocols", "error", "text"),
    [
        (5, (), TypeError, "path"),
        ("http://x", (), ConfigError, "path"),
        ("", "chat", TypeError, "sequence of str, not str"),
        ("", {"chat"}, TypeError, "sequence of str, not set"),
        ("", [b"chat"], TypeError, "b'chat' is not"),
        ("", [""], ConfigError, "'' is not a token"),
        ("", ["a b"], ConfigError, "'a b' is not a token"),
        ("", ["é"], ConfigError, "not a token"),
        ("", ["rivet"], ConfigError, "belongs to the Rivet protocol"),
        ("", ["rivet_token.x"], ConfigError, "belongs to the Rivet protocol"),
    ],
)
def test_bad_arguments_of_a_raw_websocket(
    path: Any, subprotocols: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        flows.websocket_options(by_id(), path, subprotocols, skip_ready_wait=None, timeout=None)
