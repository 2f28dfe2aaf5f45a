"""Stepping flows."""

from __future__ import annotations

from contextvars import ContextVar, copy_context

import pytest

from rivet_client._core.effects import (
    Exclusive,
    Finished,
    Flow,
    HttpRequest,
    HttpResponse,
    Invoke,
    Read,
    Send,
    Sleep,
    exclusively,
    invoke,
    read,
    send,
    sleep,
    step,
    step_with,
)
from rivet_client.errors import RivetError

REQUEST = HttpRequest("GET", "http://host/s3cret", {"a": "s3cret"}, b"s3cret")
RESPONSE = HttpResponse(200, {}, b"s3cret")


def everything() -> Flow[str]:
    response = yield from send(REQUEST, 5, raw=True)
    assert response is RESPONSE
    yield from read(response, 4)
    yield from sleep(3)
    value = yield from invoke(str, 2)
    yield from exclusively(empty, 1)
    return f"got {value}"


def empty() -> Flow[None]:
    return
    yield


def test_effects_and_their_replies() -> None:
    flow = everything()
    assert step(flow) == Send(REQUEST, 5, raw=True)
    assert step(flow, RESPONSE) == Read(RESPONSE, 4)
    assert step(flow) == Sleep(3)
    assert step(flow) == Invoke(str, 2)
    assert step(flow, "x") == Exclusive(empty, 1)
    assert step(flow) == Finished("got x")


def test_a_flow_with_context_variables_of_its_own() -> None:
    number = ContextVar("number", default=0)

    def flow() -> Flow[int]:
        number.set(number.get() + 1)
        yield from sleep(1)
        return number.get()

    variables = copy_context()
    variables.run(number.set, 5)
    resume, one = step_with(variables), flow()
    assert resume(one) == Sleep(1)
    assert number.get() == 0
    assert resume(one, None) == Finished(6)


def test_a_flow_that_has_nothing_to_do() -> None:
    assert step(empty()) == Finished(None)


def test_errors_arrive_where_the_effect_was_asked_for() -> None:
    def catching() -> Flow[str]:
        try:
            yield from sleep(1)
        except RivetError as error:
            return f"caught {error}"
        return "not caught"

    flow = catching()
    step(flow)
    assert step(flow, error=RivetError("it")) == Finished("caught it")


def test_errors_of_a_flow_pass_through() -> None:
    flow = everything()
    step(flow)
    with pytest.raises(RivetError, match="it"):
        step(flow, error=RivetError("it"))


def test_a_stop_iteration_of_a_drivers_is_no_result() -> None:
    flow = everything()
    step(flow)
    with pytest.raises(RuntimeError):
        step(flow, error=StopIteration("not a result"))


def test_requests_do_not_show_what_is_in_them() -> None:
    assert "s3cret" not in repr(REQUEST) + repr(RESPONSE)
