"""Requests to actors: errors, retries, deadlines, and actors that are gone (PROTOCOL.md 3, 4, 8)."""

from __future__ import annotations

import itertools
import traceback
from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.effects import MESSAGES, Finished, HttpRequest, HttpResponse, Load, Send, Sleep, step
from rivet_client._core.encoding import ENCODINGS
from rivet_client._core.target import Target
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ActorSpecifier,
    ProtocolError,
    RivetError,
    TransportError,
)
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import HttpResponseError
from tests.support.counter import by_id, call, failed, get, get_or_create
from tests.support.fake_driver import (
    A,
    B,
    FakeDriver,
    TimedOut,
    actor,
    actors,
    gateway_error,
    json_reply,
)

REFUSED = TransportError("refused", may_have_run=False)
CUT = TransportError("cut short", may_have_run=True)
GONE = gateway_error(404, "actor", "not_found")
RETRY = RetryPolicy(ambiguous="retry")


def learned(target: Target, actor_id: str = A) -> Target:
    target.learn(actor_id)
    return target


# --- Errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_error_of_the_actor(encoding: str) -> None:
    driver = FakeDriver(encoding)
    error = failed(driver, get(), driver.host_error(500, "user", "bad_thing", {"a": 1}))
    assert isinstance(error, ActorError)
    assert (error.group, error.code, error.message) == ("user", "bad_thing", "user says bad_thing")
    assert (error.metadata, error.ray_id, error.actor) == ({"a": 1}, "ray1", ActorSpecifier(A, 1, "k"))
    assert (error.is_retryable, error.may_have_run) == (False, True)
    assert str(error) == "user.bad_thing: user says bad_thing (ray ray1)"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_error_of_the_gateway_is_json(encoding: str) -> None:
    driver = FakeDriver(encoding)
    error = failed(driver, get(), gateway_error(400, "guard", "invalid_header", {"header": "x"}))
    assert isinstance(error, ActorError)
    assert (error.code, error.metadata, error.actor) == ("invalid_header", {"header": "x"}, None)
    assert (error.is_retryable, error.may_have_run) == (False, False)


def test_metadata_is_plain_json() -> None:
    driver = FakeDriver("json")
    body = {"group": "user", "code": "x", "message": "m", "metadata": {"a": ["$Set", [1]]}}
    assert failed(driver, get(), json_reply(body, 500)).metadata == {"a": ["$Set", [1]]}


def test_bad_metadata_is_left_out() -> None:
    driver = FakeDriver()
    body = frames.encode_http_response_error(
        HttpResponseError(group="user", code="x", message="m", metadata=b"\xff")
    )
    error = failed(driver, get(), HttpResponse(500, {}, body))
    assert isinstance(error, ActorError)
    assert (error.code, error.metadata) == ("x", None)


@pytest.mark.parametrize(
    ("response", "kind", "text"),
    [
        (
            HttpResponse(404, {"x-rivet-error": "guard.no_route"}, b""),
            ActorError,
            r"guard\.no_route: HTTP 404",
        ),
        (HttpResponse(404, {"x-rivet-error": "nonsense"}, b""), ProtocolError, "HTTP 404 with an empty body"),
        (HttpResponse(404, {}, b"<h1>Not Found</h1>"), ProtocolError, "check the endpoint"),
        (
            HttpResponse(300, {"location": "http://e/?t=s3cret"}, b""),
            ProtocolError,
            "redirected to 'http://e/'",
        ),
        (
            HttpResponse(407, {}, b"no"),
            TransportError,
            "the proxy before http://engine:6420 answered HTTP 407: 'no': it wants user and password",
        ),
        (HttpResponse(414, {}, b""), ProtocolError, "URL is too long"),
        (
            HttpResponse(400, {}, b"The plain HTTP request was sent to HTTPS port"),
            ProtocolError,
            "write https:// in the endpoint",
        ),
        (HttpResponse(431, {}, b""), ProtocolError, "headers, which carry the params, are too long"),
        (
            HttpResponse(403, {}, b"no"),
            ProtocolError,
            "http://engine:6420 answered HTTP 403: 'no': .* check token",
        ),
        (HttpResponse(400, {}, b"\xff\xfe" * 500), ProtocolError, "HTTP 400: '"),
        (json_reply({"detail": "no"}, 400), ProtocolError, "HTTP 400"),
        (json_reply({"group": 1, "code": "a", "message": "b"}, 400), ProtocolError, "HTTP 400"),
    ],
)
def test_answers_that_nobody_expects(response: HttpResponse, kind: type[RivetError], text: str) -> None:
    driver = FakeDriver()
    with pytest.raises(kind, match=text) as caught:
        call(driver, by_id(), response)
    assert len(str(caught.value)) < 400
    refused = (
        kind is ActorError or response.status in (300, 403, 407, 414, 431) or b"HTTPS port" in response.body
    )
    assert caught.value.may_have_run is not refused  # what else was answered, nobody knows


def test_an_answer_to_the_look_up_that_nobody_expects() -> None:
    with pytest.raises(ProtocolError) as caught:
        call(FakeDriver(), get(("a,b",)), HttpResponse(404, {}, b"<h1>Not Found</h1>"))
    assert not caught.value.may_have_run


# --- Retries ---------------------------------------------------------------------------------------------------

SAFE = [
    gateway_error(503, "guard", "service_unavailable"),
    gateway_error(429, "guard", "rate_limit"),
    gateway_error(400, "actor", "stopping"),
    gateway_error(400, "actor", "restarting"),
    REFUSED,
    HttpResponse(503, {}, b"upstream is down"),
    HttpResponse(429, {}, b""),
]
AMBIGUOUS = [
    gateway_error(503, "guard", "actor_stopped_while_waiting"),
    gateway_error(503, "guard", "tunnel_request_aborted"),
    gateway_error(504, "guard", "tunnel_message_timeout"),
    gateway_error(503, "guard", "tunnel_response_closed"),
    gateway_error(504, "guard", "gateway_response_start_timeout"),
    gateway_error(500, "actor", "dropped_reply"),
    CUT,
    HttpResponse(502, {}, b"bad gateway"),
    HttpResponse(408, {}, b""),
]
FINAL = [
    gateway_error(500, "core", "internal_error"),
    gateway_error(400, "guard", "query_invalid_params"),
    gateway_error(401, "api", "unauthorized"),
    gateway_error(400, "foo", "never_heard_of"),
    HttpResponse(404, {}, b""),
]


@pytest.mark.parametrize("error", SAFE)
@pytest.mark.parametrize("target", [get, get_or_create, by_id])
def test_safe_errors_are_repeated(target: Any, error: Any) -> None:
    driver = FakeDriver()
    assert call(driver, target(), error, error, driver.result("ok")) == "ok"
    assert driver.sleeps == [0.05, 0.1]


@pytest.mark.parametrize("error", AMBIGUOUS)
def test_ambiguous_errors_are_the_callers(error: Any) -> None:
    driver = FakeDriver()
    raised = failed(driver, get(), error)
    assert raised.may_have_run
    assert driver.sleeps == []


@pytest.mark.parametrize("error", AMBIGUOUS)
def test_ambiguous_errors_are_repeated_if_so_wished(error: Any) -> None:
    driver = FakeDriver(retry=RETRY)
    assert call(driver, get(), error, driver.result("ok")) == "ok"
    assert driver.sleeps == [0.05]


@pytest.mark.parametrize("policy", [RetryPolicy(), RETRY])
@pytest.mark.parametrize("error", FINAL)
def test_final_errors_are_raised(policy: RetryPolicy, error: Any) -> None:
    driver = FakeDriver(retry=policy)
    failed(driver, get(), error)
    assert driver.sleeps == []


def test_errors_that_the_actor_passes_on_are_not_repeated() -> None:
    """Also where they would be safe to repeat for the actor itself, which called another one in vain."""
    driver = FakeDriver()
    for response in (
        driver.host_error(500, "guard", "actor_wake_retries_exceeded"),
        driver.host_error(500, "actor", "stopping", actor_id=B),
    ):
        response.headers["x-rivet-actor"] = A  # type: ignore[index]
        error = failed(driver, get(), response)
        assert (error.is_retryable, error.may_have_run) == (True, True)


@pytest.mark.parametrize(("status", "may_have_run"), [(400, False), (500, True)])
def test_a_request_that_the_host_cannot_read(status: int, may_have_run: bool) -> None:
    """PROTOCOL.md 4.9: errors of the actor's own are HTTP 500."""
    driver = FakeDriver()
    error = failed(driver, get(), driver.host_error(status, "core", "internal_error"))
    assert error.may_have_run is may_have_run


def test_errors_of_the_actors_own_are_never_repeated() -> None:
    driver = FakeDriver(retry=RETRY)
    failed(driver, get(), driver.host_error(500, "user", "stopping"))
    assert driver.sleeps == []


def test_retries_can_be_switched_off() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=1))
    failed(driver, get(), REFUSED)
    assert driver.sleeps == []


def test_the_last_error_is_raised() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=3))
    error = failed(driver, get(), REFUSED, SAFE[1], SAFE[0])
    assert error.code == "service_unavailable"
    assert driver.sleeps == [0.05, 0.1]


def test_delays_are_bounded() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=7, initial_delay=1, max_delay=5))
    failed(driver, get(), *[REFUSED] * 7)
    assert driver.sleeps == [1, 2, 4, 5, 5, 5]


def test_what_may_have_run_once_may_have_run() -> None:
    """The last attempt surely did not run, but one before it may have."""
    for last in (REFUSED, SAFE[0], GONE):
        driver = FakeDriver(retry=RetryPolicy(max_attempts=2, ambiguous="retry"))
        assert failed(driver, by_id(), CUT, last).may_have_run
    driver = FakeDriver(retry=RETRY)
    timeout = failed(driver, by_id(), CUT, TimedOut(sent=False), timeout=5)
    assert isinstance(timeout, ActionTimeoutError)
    assert timeout.may_have_run


# --- Deadlines -------------------------------------------------------------------------------------------------


def test_a_deadline_is_for_all_attempts() -> None:
    driver = FakeDriver()
    error = failed(driver, get(), REFUSED, TimedOut(sent=True), timeout=5)
    assert isinstance(error, ActionTimeoutError)
    assert isinstance(error, TimeoutError)
    assert (error.timeout, error.may_have_run) == (5, True)
    assert (
        str(error) == "action 'add' of counter['k'] had no answer within 5 s; what went wrong last: refused"
    )
    assert str(error.__cause__) == "refused"
    assert [send.timeout for send in driver.sends] == pytest.approx([5, 4.95])


def test_a_deadline_passes_before_anything_is_sent() -> None:
    driver = FakeDriver()
    assert not failed(driver, get(), TimedOut(sent=False), timeout=5).may_have_run
    assert not failed(FakeDriver(), get(("a,b",)), TimedOut(sent=True), timeout=5).may_have_run
    assert not failed(FakeDriver(), get(), timeout=0).may_have_run


@pytest.mark.parametrize("timeout", [5, 10])
def test_a_retry_that_would_come_too_late_is_not_waited_for(timeout: float) -> None:
    driver = FakeDriver(retry=RetryPolicy(initial_delay=10, max_delay=10))
    assert str(failed(driver, get(), REFUSED, timeout=timeout)) == "refused"
    assert driver.sleeps == []


@pytest.mark.parametrize(("client", "argument", "expected"), [(60, None, 60), (60, 3, 3), (None, None, None)])
def test_timeouts(client: float | None, argument: float | None, expected: float | None) -> None:
    driver = FakeDriver(timeout=client)
    call(driver, get(), driver.result(None), timeout=argument)
    assert driver.sends[0].timeout == expected


# --- Actors that are gone --------------------------------------------------------------------------------------


def test_get_of_a_missing_key_fails_at_once() -> None:
    driver = FakeDriver(retry=RETRY)
    error = failed(driver, get(), GONE)
    assert (error.code, error.may_have_run) == ("not_found", False)
    assert driver.sleeps == []
    assert len(driver.requests) == 1


@pytest.mark.parametrize(
    "policy", [RetryPolicy(), RetryPolicy(max_attempts=1)], ids=["default", "no retries"]
)
@pytest.mark.parametrize("target", [get, get_or_create])
def test_an_id_that_is_out_of_date(target: Any, policy: RetryPolicy) -> None:
    """It was the client's idea to use the id, so the client corrects that, even with retries switched off."""
    driver, handle = FakeDriver(retry=policy), learned(target())
    assert call(driver, handle, GONE, driver.result("ok", actor_id=B)) == "ok"
    assert driver.lines == [f"POST /gateway/{A}/action/add", "POST /gateway/counter/action/add"]
    assert driver.sleeps == [0]
    assert handle.actor_id == B


def test_an_id_that_is_out_of_date_for_many_calls_at_once() -> None:
    """The second call to find out still knows that it went by an id, although the first has dropped that."""
    driver, handle = FakeDriver(), learned(get())
    calls = [flows.call_action(driver.context, handle, "add", ()) for _ in range(2)]
    for one in calls:
        assert f"/gateway/{A}/" in sent(step(one)).url
    for one in calls:
        assert step(one, GONE) == Load(MESSAGES)
        assert step(one) == Sleep(0.0)
    first, second = calls
    assert "/gateway/counter/" in sent(step(first)).url
    assert step(first, driver.result("ok", actor_id=B)) == Finished("ok")
    assert f"/gateway/{B}/" in sent(step(second)).url
    assert step(second, driver.result("ok", actor_id=B)) == Finished("ok")


def sent(effect: object) -> HttpRequest:
    assert isinstance(effect, Send)
    return effect.request


def test_an_id_that_is_out_of_date_and_no_successor() -> None:
    driver, handle = FakeDriver(), learned(get())
    assert failed(driver, handle, GONE, GONE).code == "not_found"
    assert handle.actor_id is None


def test_a_key_with_a_comma_is_resolved_anew() -> None:
    driver, handle = FakeDriver(), learned(get(("a,b",)))
    call(driver, handle, GONE, actors(B), driver.result(None, actor_id=B))
    assert driver.lines[1:] == ["GET /actors", f"POST /gateway/{B}/action/add"]


def test_get_or_create_waits_for_the_old_actor_to_go() -> None:
    driver = FakeDriver()
    going = gateway_error(400, "actor", "destroyed_while_waiting_for_ready")
    assert call(driver, get_or_create(), going, GONE, driver.result("ok")) == "ok"
    assert driver.sleeps == [0.05, 0.1]


def test_get_or_create_does_not_wait_for_ever() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=3))
    assert failed(driver, get_or_create(), GONE, GONE, GONE).code == "not_found"
    driver = FakeDriver(retry=RetryPolicy(max_attempts=1))
    assert failed(driver, get_or_create(), GONE).code == "not_found"


@pytest.mark.parametrize(
    "code", ["not_found", "destroying", "destroyed_while_waiting_for_ready", "destroyed_during_creation"]
)
def test_one_actor_for_good(code: str) -> None:
    """Whatever the engine calls it, an actor addressed by id that is gone is not found, and that at once."""
    driver, handle = FakeDriver(), by_id()
    error = failed(driver, handle, gateway_error(400, "actor", code))
    assert (error.group, error.code, error.ray_id, error.is_retryable) == (
        "actor",
        "not_found",
        "ray1",
        False,
    )
    assert handle.actor_id == A
    assert driver.sleeps == []


def test_not_found_keeps_what_the_engine_said() -> None:
    error = failed(FakeDriver(), by_id(), gateway_error(404, "actor", "not_found", {"a": 1}))
    assert error.metadata == {"a": 1}


def test_a_route_that_the_actor_does_not_have() -> None:
    """The host's own `not_found` names the actor, which is there."""
    driver, handle = FakeDriver(), learned(get_or_create())
    error = failed(driver, handle, driver.host_error(404, "actor", "not_found"))
    assert error.actor is not None
    assert handle.actor_id == A
    assert driver.sleeps == []


def test_destroy_is_not_passed_on_to_a_successor() -> None:
    for target in (get, get_or_create):
        driver, handle = FakeDriver(), learned(target())
        assert failed(driver, handle, GONE, name="destroy").code == "not_found"
        assert handle.actor_id is None  # the next call follows the key again
        driver = FakeDriver()
        going = gateway_error(400, "actor", "destroyed_while_waiting_for_ready")
        failed(driver, target(), going, name="destroy")
        assert driver.sleeps == []


@pytest.mark.parametrize("key", ["k", "a,b"], ids=["by key", "by id"])
def test_destroy_goes_on_after_a_race_to_create(key: str) -> None:
    """The engine gave up an actor that never was, for another one with that key: nothing has been destroyed."""
    driver, handle = FakeDriver(), get_or_create((key,))
    lost = gateway_error(400, "actor", "destroyed_during_creation")
    resolved = iter([actor(A), actor(B)] if key == "a,b" else [])
    script = [*itertools.islice(resolved, 1), lost, *resolved, driver.result(None, actor_id=B)]
    call(driver, handle, *script, name="destroy")
    assert driver.lines[-1] == f"POST /gateway/{B if key == 'a,b' else 'counter'}/action/destroy"
    assert handle.actor_id == B


@pytest.mark.parametrize("code", ["actor_generation_mismatch", "actor_not_found"])
def test_an_envoy_that_turns_a_call_away_names_the_actor_and_has_run_nothing(code: str) -> None:
    driver = FakeDriver()
    refused = driver.host_error(500, "envoy", code)
    assert call(driver, get(), refused, driver.result(7)) == 7


# --- Looking up on the way -------------------------------------------------------------------------------------


def test_looking_up_has_its_own_retries_and_no_others() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=3))
    assert not failed(driver, get(("a,b",)), *[REFUSED] * 3).may_have_run
    assert driver.sleeps == [0.05, 0.1]


def test_looking_up_again_has_its_own_retries_too() -> None:
    driver, handle = FakeDriver(retry=RetryPolicy(max_attempts=2)), learned(get(("a,b",)))
    assert not failed(driver, handle, GONE, CUT, CUT).may_have_run
    assert driver.sleeps == [0, 0.05]


def test_looking_up_does_not_run_the_action() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=2))
    assert not failed(driver, get(("a,b",)), CUT, TransportError("cut short")).may_have_run
    assert driver.lines == ["GET /actors"] * 2


def test_looking_up_finds_nothing() -> None:
    driver = FakeDriver()
    assert failed(driver, get(("a,b",)), actors()).code == "not_found"


# --- Secrets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        CUT,
        TimedOut(),
        gateway_error(400, "guard", "invalid_header"),
        HttpResponse(404, {}, b"x"),
        HttpResponse(200, {}, b""),
    ],
)
def test_no_secret_in_any_error(answer: Any) -> None:
    driver = FakeDriver(token="s3cret", headers={"x-key": "s3cret"})
    target = get(params={"password": "s3cret"})
    error = failed(driver, target, answer, timeout=5)
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(target) + str(driver.sends)
    assert "s3cret" not in shown
