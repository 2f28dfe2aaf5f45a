"""Calls that a scope has cancelled: what their errors say, wherever the driver has told them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.effects import Sleep, step
from rivet_client._core.flows.control import ControlRequest, call_control_api
from rivet_client._core.flows.timing import start_timer
from rivet_client.errors import ActionTimeoutError, CallCancelledError, TransportError
from tests.support.counter import get_or_create
from tests.support.fake_driver import FakeDriver, TimedOut, gateway_error
from tests.support.wire_pair import WirePair

UNSENT, SENT = CallCancelledError(may_have_run=False), CallCancelledError(may_have_run=True)
REFUSED = TransportError("refused", may_have_run=False)
CUT = TransportError("cut short", may_have_run=True)
STARTING = gateway_error(503, "actor", "starting")


class Cancelled(FakeDriver):
    """The scope is cancelled during the first pause."""

    def _perform(self, effect: Any) -> object:
        if isinstance(effect, Sleep):
            raise CallCancelledError(may_have_run=False)
        return super()._perform(effect)


def action(driver: FakeDriver) -> Any:
    return flows.call_action(driver.context, get_or_create(), "add", (1, 2))


def read(driver: FakeDriver) -> Any:
    return flows.resolve(driver.context, get_or_create())


def write(driver: FakeDriver) -> Any:
    timer = start_timer(driver.context, "a call", None)
    return call_control_api(timer, ControlRequest("POST", "/namespaces", body={}))


@pytest.mark.parametrize(
    ("call", "script", "may_have_run"),
    [
        (action, [UNSENT], False),
        (action, [SENT], True),
        (action, [STARTING], False),
        (action, [CUT], True),
        (read, [SENT], False),
        (read, [CUT], False),
        (write, [UNSENT], False),
        (write, [SENT], True),
        (write, [REFUSED], False),
        (write, [CUT], True),
    ],
)
def test_whether_a_call_may_have_run(
    call: Callable[[FakeDriver], Any], script: list[Any], may_have_run: bool
) -> None:
    driver = Cancelled(retry=RetryPolicy(ambiguous="retry"))
    with pytest.raises(CallCancelledError) as caught:
        driver.run(call(driver), *script)
    assert caught.value.may_have_run is may_have_run
    assert (caught.value.__cause__ is None) == (script[0] in (UNSENT, SENT)), "the error of the last attempt"
    assert len(driver.sends) == 1, "nothing is repeated"


def test_before_anything_is_sent() -> None:
    driver = FakeDriver(located=False)
    flow = action(driver)
    step(flow)  # it wants to ask where the engine is
    with pytest.raises(CallCancelledError) as caught:
        step(flow, error=SENT)
    assert not caught.value.may_have_run


def test_a_deadline_after_an_attempt_that_may_have_run() -> None:
    """The same holds for deadlines of the control API."""
    driver = FakeDriver(retry=RetryPolicy(ambiguous="retry"))
    with pytest.raises(ActionTimeoutError) as caught:
        driver.run(write(driver), CUT, TimedOut(sent=False))
    assert caught.value.may_have_run


def test_calls_over_a_connection() -> None:
    pair = WirePair().start()
    queued = pair.call("queued")
    assert not pair.session.cancel(queued).may_have_run
    pair.dial().accept().init()
    sent = pair.call("sent")
    assert pair.session.cancel(sent).may_have_run
    pair.answer(sent, 1)
    assert not pair.results, "nobody waits for it any more"
    assert not pair.session.calls.queued
