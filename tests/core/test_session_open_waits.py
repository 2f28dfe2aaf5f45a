"""Who waits until a connection is open: told once, at the right place among the events, in every end of the wait."""

from __future__ import annotations

import pytest

from rivet_client._core.session import CallFailed, CallSucceeded, Opened, StatusChanged
from rivet_client.errors import ConnectionClosedError, RivetError, TransportError
from tests.support.wire_pair import WirePair


def waiting(pair: WirePair, *waiters: str) -> WirePair:
    for waiter in waiters:
        assert pair.session.wait_open(waiter)
    assert pair.session.waits_for_open == len(waiters)
    return pair


def told(pair: WirePair) -> list[str]:
    return [event.waiter for event in pair.events if isinstance(event, (CallSucceeded, CallFailed))]


def test_all_are_told_once_when_it_opens() -> None:
    pair = waiting(WirePair().start(), "a", "b")
    pair.dial().accept().init()
    kinds = [type(event) for event in pair.events]
    assert kinds[-4:] == [StatusChanged, CallSucceeded, CallSucceeded, Opened], (
        "before the callbacks for `open`"
    )
    assert told(pair) == ["a", "b"]
    assert pair.session.waits_for_open == 0
    assert not pair.session.wait_open("late"), "it is open"
    pair.eof()
    assert told(pair) == ["a", "b"]


def test_a_loss_ends_no_wait() -> None:
    pair = waiting(WirePair().start(), "a")
    pair.dial_failed(TransportError("no"))
    assert told(pair) == []
    assert pair.session.waits_for_open == 1


@pytest.mark.parametrize("state", ["idle", "dialing", "opening", "waiting"])
def test_a_close_ends_the_wait(state: str) -> None:
    pair = WirePair()
    if state != "idle":
        pair.start()
    if state == "opening":
        pair.dial().accept()
    elif state == "waiting":
        pair.dial_failed(TransportError("no"))
    waiting(pair, "a", "b").user_closes()
    failures = [event for event in pair.events if isinstance(event, CallFailed)]
    assert [event.waiter for event in failures] == ["a", "b"]
    assert all(isinstance(event.error, ConnectionClosedError) for event in failures)
    assert failures[0].error is not failures[1].error, "each caller adds its own traceback"
    with pytest.raises(ConnectionClosedError, match="the connection is closed"):
        pair.session.wait_open("late")


def test_a_failure_ends_the_wait_with_its_error() -> None:
    pair = waiting(WirePair().start(), "a", "b")
    pair.session.fail(ValueError("a defect"), pair.clock.now)
    pair.settle()
    failures = [event for event in pair.events if isinstance(event, CallFailed)]
    assert [event.waiter for event in failures] == ["a", "b"]
    assert {str(event.error) for event in failures} == {str(pair.session.final_error)}
    assert failures[0].error is not failures[1].error
    with pytest.raises(RivetError, match="a defect"):
        pair.session.wait_open("late")


def test_who_gives_up_is_not_told() -> None:
    pair = waiting(WirePair().start(), "a", "b")
    pair.session.forget_waiter("a")
    pair.dial().accept().init()
    assert told(pair) == ["b"]
