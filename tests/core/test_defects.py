"""What the session makes of defects, in itself or in its driver."""

from __future__ import annotations

import pytest

from rivet_client._core.limits import Limits
from rivet_client._core.raw_session import RawSession
from rivet_client._core.session import OVER, ErrorReported, HangUp, Phase
from rivet_client.errors import ConnectionClosedError, RivetError
from tests.core.test_session_states import STATES
from tests.support.wire_pair import DIAL, WirePair, seeded_bytes


@pytest.mark.parametrize("state", STATES)
def test_a_defect_in_any_state(state):
    pair = WirePair()
    STATES[state](pair)
    had_ended = pair.session.phase is not Phase.LIVE
    before = pair.reported
    if not had_ended:
        pair.call("waits")
    cause = KeyError("missing")
    pair.session.fail(cause, pair.clock.now)
    pair.settle()
    assert pair.session.phase in OVER
    assert pair.session.next_deadline() is None
    assert [event.data for event in pair.of(HangUp)[len(pair.attempts) :]] == []
    if had_ended:
        assert pair.reported == before
        return
    (reported,) = pair.reported
    assert reported == ErrorReported(pair.session.final_error, final=True)
    told = pair.results["waits"]
    assert str(told) == str(reported.error)
    assert str(told) == "the connection to counter['k'] failed inside the client: KeyError: 'missing'"
    assert told.__cause__ is cause
    assert told.may_have_run is (state == "OPEN")
    with pytest.raises(RivetError, match="failed inside the client") as caught:
        pair.call("later")
    assert not caught.value.may_have_run
    pair.session.fail(cause, pair.clock.now)
    pair.settle()
    assert len(pair.reported) == 1


def test_a_defect_of_a_raw_websocket():
    session = RawSession("counter['k']", seeded_bytes(), Limits())
    session.start(DIAL)
    session.fail(KeyError("missing"))
    assert session.is_over
    assert not session.is_open
    assert isinstance(session.end_error().__cause__, KeyError)
    assert not isinstance(session.end_error(), ConnectionClosedError)
    first = session.end_error()
    session.fail(ValueError())
    assert session.end_error() is first


def test_what_is_pending_stays():
    pair = WirePair().start()
    pair.session.close(pair.clock.now)
    assert list(pair.session.pending) == pair.session.events()
    assert pair.session.pending == []


def test_the_call_of_a_waiter_is_forgotten():
    pair = WirePair()
    pair.start()
    pair.call("queued")
    pair.dial().accept()
    pair.session.calls.forget_waiter("queued")
    pair.init()
    assert pair.calls_received == []
    call = pair.call("sent")
    pair.call("other")
    pair.session.calls.forget_waiter("sent")
    pair.session.calls.forget_waiter("nobody")
    assert len(pair.session.calls.sent) == 1
    pair.answer(call, 1)
    assert pair.results == {}


def test_an_interrupted_subscription_is_made_again(monkeypatch):
    pair = WirePair().open()
    with monkeypatch.context() as patch:
        patch.setattr(pair.session, "_send_subscription", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pair.session.subscribe("tick")
    pair.session.subscribe("tick")
    pair.settle()
    assert pair.subscriptions_received == [("tick", True)]


def test_a_call_that_cannot_be_sent_is_forgotten(monkeypatch):
    pair = WirePair().open()
    with monkeypatch.context() as patch:
        patch.setattr(pair.session, "_transmit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pair.call("broken", timeout=1.0)
    pair.advance(2.0)
    assert pair.results == {}
    assert pair.call("later").id == 1
