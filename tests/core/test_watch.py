"""What observers are told of calls over HTTP, and what `call_info` learns of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from rivet_client import ActorError, CallCancelledError, RetryPolicy, TransportError, call_info
from rivet_client._core import flows
from rivet_client._core.effects import Flow, step
from rivet_client._core.limits import Limits
from rivet_client._core.observing import NOBODY
from rivet_client._core.raw_session import RawSession
from rivet_client._core.target import Target
from rivet_client.observers import (
    METHODS,
    AttemptStarted,
    Call,
    CallEnded,
    CallStarted,
    Failure,
    RequestEnded,
    RetryScheduled,
)
from rivet_client_generated.engine_api import operations
from rivet_client_generated.protocol.versions import NEWEST
from tests.support.counter import by_id, get, get_or_create
from tests.support.fake_driver import (
    A,
    B,
    FakeDriver,
    TimedOut,
    actor,
    actors,
    gateway_error,
    json_reply,
    refusal,
)

REFUSED = TransportError("refused", may_have_run=False)
CUT = TransportError("cut short", may_have_run=True)
GONE = gateway_error(404, "actor", "not_found")
NEVER_SHOWN = "s3cret"


def watched(wanted: Collection[str] = METHODS, **config: Any) -> FakeDriver:
    return FakeDriver(wanted=wanted, token=NEVER_SHOWN, headers={"x-mine": NEVER_SHOWN}, **config)


def call(driver: FakeDriver, handle: Target, *script: Any) -> Any:
    return driver.run(flows.call_action(driver.context, handle, "add", [NEVER_SHOWN]), *script)


def attempts(driver: FakeDriver) -> list[tuple[int, str]]:
    return [(event.number, event.reason) for event in driver.observers.of(AttemptStarted)]


def ended(driver: FakeDriver) -> CallEnded:
    (event,) = driver.observers.of(CallEnded)
    return event  # type: ignore[no-any-return]


def test_a_call_and_its_request() -> None:
    driver = watched()
    assert call(driver, get_or_create(), driver.result(NEVER_SHOWN)) == NEVER_SHOWN
    started, attempt, request, end = driver.observers.told
    about = started.call
    assert about == Call(about.id, "action", "add", "counter", ("k",), "http://engine:6420")
    assert started == CallStarted(about)
    assert attempt == AttemptStarted(about, 1, "first")
    path = "/gateway/counter/action/add"
    assert request == RequestEnded(about, "POST", path, 0.0, 200, "ray1")
    assert end == CallEnded(about, "ok", 0.0, 1, True, "ray1")
    assert NEVER_SHOWN not in repr(driver.observers.told)


def test_calls_have_numbers_of_their_own_and_ids_no_key() -> None:
    driver = watched()
    for handle in (get(), by_id()):
        call(driver, handle, driver.result(1))
    first, second = (event.call for event in driver.observers.of(CallStarted))
    assert first.id != second.id
    assert (first.key, second.key) == (("k",), None)


def test_attempts_and_their_reasons() -> None:
    driver = watched()
    handle = get()
    handle.learn(A)
    call(driver, handle, REFUSED, GONE, refusal(NEWEST - 1), driver.result(1, actor_id=B))
    assert attempts(driver) == [(1, "first"), (2, "retry"), (3, "re-resolved"), (4, "version")]
    _, again, resolved, version = driver.observers.of(AttemptStarted)
    assert (again.delay, again.error) == (0.05, Failure("TransportError", None, "refused", False))
    assert (resolved.delay, resolved.error.code) == (0.0, "actor.not_found")
    assert (version.delay, version.error) == (0.0, None)
    retries = driver.observers.of(RetryScheduled)
    assert [(retry.attempt, retry.delay, retry.is_warning) for retry in retries] == [
        (1, 0.05, False),
        (2, 0.0, False),
    ]
    assert retries[0].message == "action 'add' of counter['k'], attempt 1: refused; trying again in 0.05 s"
    assert ended(driver).attempts == 4
    assert ended(driver).duration == pytest.approx(0.05)
    statuses = [(event.status, event.error) for event in driver.observers.of(RequestEnded)]
    assert statuses[0] == (None, Failure("TransportError", None, "refused", False))
    assert [status for status, _ in statuses] == [None, 404, 400, 200]


def test_look_ups_and_their_attempts_belong_to_the_call_but_do_not_count() -> None:
    driver = watched(located=False)
    handle = get(("a,b",))
    script = [REFUSED, json_reply({"runtime": "engine"}), REFUSED, actors(A), CUT]
    with pytest.raises(TransportError):
        call(driver, handle, *script)
    assert attempts(driver) == [(1, "first")]
    assert driver.observers.of(AttemptStarted)[0].error is None
    about = ended(driver).call
    assert {event.call for event in driver.observers.of(RequestEnded, RetryScheduled)} == {about}
    assert len(driver.observers.of(RequestEnded)) == len(script)
    assert ended(driver) == CallEnded(
        about, "error", ended(driver).duration, 1, True, None, Failure("TransportError", None, "cut short")
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            gateway_error(403, "auth", "forbidden", {"secret": NEVER_SHOWN}),
            (Failure("ActorError", "auth.forbidden", "auth.forbidden: auth says forbidden (ray ray1)", False, "ray1")),
        ),
        (
            TimedOut(),
            Failure("ActionTimeoutError", None, "action 'add' of counter['k'] had no answer within 60 s"),
        ),
        (ValueError(NEVER_SHOWN), Failure("ValueError")),
    ],
    ids=["ActorError", "TimedOut", "another error"],
)  # fmt: skip
def test_failures(answer: Any, expected: Failure) -> None:
    driver = watched()
    with pytest.raises(Exception) as caught:
        call(driver, get(), answer)
    assert ended(driver).outcome == "error"
    assert ended(driver).error == expected
    assert str(ended(driver).error) == (expected.message or expected.type)
    assert ended(driver).may_have_run is getattr(caught.value, "may_have_run", True)
    assert ended(driver).ray_id == expected.ray_id
    request = driver.observers.of(RequestEnded)[-1]
    if isinstance(answer, TimedOut):
        assert request.error == Failure("TimeoutError", None, "timed out")
        assert request.duration == ended(driver).duration == 60.0
    assert NEVER_SHOWN not in repr(driver.observers.told)


def test_a_call_whose_answer_cannot_be_read_has_a_ray_id() -> None:
    driver = watched()
    answer = driver.result(1)
    answer.body = b"\xff"
    with pytest.raises(Exception, match="decode"):
        call(driver, get(), answer)
    assert (ended(driver).outcome, ended(driver).ray_id) == ("error", "ray1")


def test_what_a_peer_sends_forges_no_line() -> None:
    driver = watched()
    answer = gateway_error(403, "auth\n", "forbidden", ray="r\nforged")
    with pytest.raises(ActorError):
        call(driver, get(), answer)
    assert not any("\n" in text for text in map(str, ended(driver).error or ()))
    assert ended(driver).ray_id == driver.observers.of(RequestEnded)[0].ray_id == r"r\nforged"


def test_arguments_that_are_refused_are_no_call() -> None:
    driver = watched()
    flow = flows.call_action(driver.context, get(), "add", [object()])
    with pytest.raises(TypeError):
        driver.run(flow)
    assert driver.observers.told == []


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_call_that_is_given_up(is_sent: bool) -> None:
    driver = watched(located=is_sent)
    flow = flows.call_action(driver.context, get(), "add", [])
    step(flow)
    with pytest.raises(KeyboardInterrupt):
        try:
            raise KeyboardInterrupt
        finally:
            flow.close()  # as the drivers do
    end = ended(driver)
    assert (end.outcome, end.attempts, end.may_have_run) == ("cancelled", int(is_sent), is_sent)
    assert end.error == Failure("KeyboardInterrupt")


def test_a_call_that_nobody_ends() -> None:
    driver = watched()
    flow = flows.call_action(driver.context, get(), "add", [])
    step(flow)
    flow.close()
    assert (ended(driver).outcome, ended(driver).error) == ("cancelled", Failure("GeneratorExit"))


def test_a_call_that_another_thread_cancels() -> None:
    driver = watched()
    with pytest.raises(CallCancelledError):
        call(driver, get(), CallCancelledError(may_have_run=True))
    end = ended(driver)
    assert (end.outcome, end.attempts, end.may_have_run) == ("cancelled", 1, True)
    assert driver.observers.of(RequestEnded)[0].error == end.error


def test_an_observer_that_ends_the_program_at_the_start() -> None:
    driver = watched()
    tell = driver.observers.tell

    def interrupted(name: str, event: Any) -> None:
        tell(name, event)
        if isinstance(event, CallStarted):
            raise KeyboardInterrupt

    driver.observers.tell = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        call(driver, get())
    assert (ended(driver).outcome, ended(driver).attempts) == ("cancelled", 0)


def send(driver: FakeDriver) -> Flow[Any]:
    return flows.send_queue(driver.context, get(), "jobs", NEVER_SHOWN, wait=True)


def fetch(driver: FakeDriver) -> Flow[Any]:
    request = flows.RawRequest("PATCH", "/x", f"q={NEVER_SHOWN}", {}, b"", is_replayable=True)
    return flows.fetch(driver.context, get(), request)


def operate(driver: FakeDriver) -> Flow[Any]:
    values = dict.fromkeys(it.name for it in operations.NAMESPACES_LIST.query)
    return flows.operate(driver.context, operations.NAMESPACES_LIST, values, None)


def create(driver: FakeDriver) -> Flow[Any]:
    target = get_or_create()
    return flows.create(driver.context, "counter", "k", target.params, target.creation)


OTHERS = {
    "queue": (send, "queue", "jobs", 1),
    "fetch": (fetch, "fetch", "PATCH", 1),
    "create": (create, "control", "create", 1),
    "resolve": (lambda driver: flows.resolve(driver.context, get()), "control", "resolve", 1),
    "operation": (operate, "control", operations.NAMESPACES_LIST.id, 1),
    "reload": (lambda driver: flows.reload(driver.context, get()), "control", "reload", 1),
    "gateway_url": (lambda driver: flows.public_url(driver.context, get(("a,b",))), "control", "gateway_url", 1),
    "no request": (lambda driver: flows.public_url(driver.context, get()), "control", "gateway_url", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_kinds_of_calls(name: str) -> None:
    make, kind, operation, sent = OTHERS[name]
    driver = watched()
    answers = {
        "queue": driver.queued(response=NEVER_SHOWN),
        "create": actor(),
        "operation": json_reply({"namespaces": [], "pagination": {"cursor": None}}),
        "resolve": actors(A),
        "gateway_url": actors(A),
    }
    driver.run(make(driver), *[REFUSED, answers.get(name, driver.result(1))][: 2 * sent])  # type: ignore[operator]
    assert (ended(driver).call.kind, ended(driver).call.name) == (kind, operation)
    assert (ended(driver).outcome, ended(driver).attempts) == ("ok", 2 * sent)
    assert attempts(driver) == [(1, "first"), (2, "retry")][: 2 * sent]
    assert NEVER_SHOWN not in repr(driver.observers.told)


@pytest.mark.parametrize("name", ["", "attempt_started", "request_ended", "retry_scheduled", "call_ended"])
def test_only_what_somebody_listens_to_is_told(name: str) -> None:
    driver = watched({name, "call_ended"} if name else ())
    call(driver, get(), REFUSED, driver.result(1))
    kinds = {
        "attempt_started": AttemptStarted,
        "request_ended": RequestEnded,
        "retry_scheduled": RetryScheduled,
    }
    told = [type(event) for event in driver.observers.told if not isinstance(event, CallEnded)]
    assert set(told) == ({kinds[name]} if name in kinds else set())


def test_nobody_listens() -> None:
    assert not NOBODY.watches_calls
    assert not any(NOBODY.wants(name) for name in METHODS)
    NOBODY.tell("call_ended", CallEnded(None, "ok", 0.0, 1, True, None))  # type: ignore[arg-type]


# --- call_info -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [(), METHODS])
def test_call_info(wanted: Collection[str]) -> None:
    driver = watched(wanted)
    with call_info() as outer:
        with call_info() as info:
            assert (info.last, info.ray_id, info.attempts, info.duration) == (None, None, 0, 0.0)
            call(driver, get(), REFUSED, driver.result(1))
        call(driver, get(), driver.result(2))
    call(driver, get(), REFUSED, REFUSED, driver.result(3))
    assert (info.ray_id, info.attempts, info.duration) == ("ray1", 2, pytest.approx(0.05))
    assert (outer.attempts, outer.duration) == (1, 0.0)
    assert info.last is not None
    assert info.last.outcome == "ok"
    assert repr(info) == "<CallInfo ray_id='ray1' attempts=2 duration=0.050>"


def test_call_info_of_a_call_that_fails() -> None:
    driver = watched((), retry=RetryPolicy(max_attempts=1))
    with call_info() as info, pytest.raises(ActorError):
        call(driver, get(), gateway_error(503, "guard", "service_unavailable", ray="of the error"))
    assert info.ray_id == "of the error"
    assert info.last is not None
    assert info.last.error is not None
    assert info.last.error.code == "guard.service_unavailable"


def test_the_ray_id_of_a_websocket() -> None:
    assert RawSession("stub", lambda size: bytes(size), Limits()).ray_id is None
