"""When a peer is pinged, when an actor is probed, and when silence ends a connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._core.limits import Limits
from rivet_client._core.session import PROBE, HangUp
from rivet_client._core.session.liveness import Liveness
from rivet_client.errors import ActionTimeoutError, ConnectionClosedError, RivetError
from rivet_client.values import ConnectionStatus
from tests.support.wire_pair import WirePair

SILENCE = Limits(ping_interval=20, ping_timeout=10)


class Watch:
    """A `Liveness` with a clock, which is asked exactly when it wants to be.

    Attributes:
        pings: When the peer was pinged.
        lost: Why the connection is lost.
    """

    def __init__(self, limits: Limits = SILENCE) -> None:
        self.now = 0.0
        self.pings: list[float] = []
        self.lost: RivetError | None = None
        self.liveness = Liveness(limits)
        self.liveness.watch(self.now)

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while self.lost is None and (due := self.liveness.ping_deadline) is not None and due <= until:
            self.now = max(due, self.now)
            self.lost = self.liveness.check(self.now, lambda: self.pings.append(self.now))
        self.now = until

    def hear(self) -> None:
        self.liveness.last_byte_at = self.now

    def pause(self, paused: bool) -> None:
        self.liveness.pause(paused, self.now)


# --- Pings -----------------------------------------------------------------------------------------------------


def test_a_quiet_peer_is_pinged() -> None:
    watch = Watch()
    watch.advance(20.1)
    watch.hear()
    watch.advance(20)
    assert watch.pings == [20, 40.1]
    assert watch.lost is None


def test_a_talkative_peer_is_never_pinged() -> None:
    watch = Watch()
    for _ in range(20):
        watch.advance(15)
        watch.hear()
    assert watch.pings == []


def test_a_peer_that_does_not_answer_the_ping_is_gone() -> None:
    watch = Watch()
    watch.advance(29.9)
    assert watch.lost is None
    watch.advance(0.1)
    assert watch.pings == [20]
    assert isinstance(watch.lost, ConnectionClosedError)
    assert str(watch.lost) == "the connection was lost: the peer is silent for 30 s"


@pytest.mark.parametrize("limits", [SILENCE, Limits()])
@pytest.mark.parametrize("after", [0, 0.01, 9.9])
def test_any_byte_after_the_ping_is_a_sign_of_life(after: float, limits: Limits) -> None:
    # 0: clocks may be as coarse as 15 ms, so an answer can come at the very time of its ping.
    watch = Watch(limits)
    watch.advance(20)
    assert watch.pings == [20]
    watch.advance(after)
    watch.hear()
    watch.advance(25)
    assert watch.lost is None


def test_silence_says_nothing_while_nobody_reads() -> None:
    watch = Watch()
    watch.advance(10)
    watch.pause(True)
    watch.advance(500)
    watch.pause(False)
    watch.advance(19)
    assert watch.pings == []
    watch.advance(2)
    assert watch.pings == [530]


def test_reading_stops_while_a_ping_is_out() -> None:
    watch = Watch()
    watch.advance(21)
    watch.pause(True)
    watch.advance(100)
    watch.pause(False)
    watch.advance(15)
    assert watch.lost is None


@given(st.lists(st.floats(0.5, 60), max_size=20))
def test_pings_are_few(gaps: list[float]) -> None:
    """Whenever the peer talks: at most one ping per interval of silence, for pings use up an allowance."""
    watch = Watch(Limits(ping_interval=20, ping_timeout=1000))
    for gap in gaps:
        watch.advance(gap)
        watch.hear()
    assert len(watch.pings) <= sum(gaps) / 20


# --- Pings of a session ----------------------------------------------------------------------------------------


def test_our_own_messages_are_no_sign_of_life() -> None:
    pair = WirePair(limits=SILENCE).open()
    for number in range(4):
        pair.call(f"call{number}")
        pair.advance(6)
    assert len(pair.pings) == 1


def test_a_dead_peer_is_found() -> None:
    pair = WirePair(limits=SILENCE).open()
    pair.call()
    pair.call("timed out", timeout=25)  # something else that happens while the ping is out
    pair.advance(29.9)
    assert pair.session.status is ConnectionStatus.CONNECTED
    pair.advance(0.2)
    error = pair.results["add"]
    assert isinstance(error, ConnectionClosedError)
    assert error.may_have_run
    assert "silent for 30 s" in str(error)
    assert pair.reported == []
    assert pair.statuses[-1] != "connected"
    assert len(pair.of(HangUp)) == 1
    assert len(pair.pings) == 1


def test_a_pause_does_not_outlive_its_connection() -> None:
    pair = WirePair(limits=SILENCE).open()
    pair.session.pause(True, pair.clock.now)
    pair.eof()
    pair.advance(1)
    pair.reopen()
    pair.advance(25)
    assert len(pair.pings) == 1


# --- Probes ----------------------------------------------------------------------------------------------------

PROBED = Limits(ping_interval=1000, probe_timeout=10)


def unanswered(limits: Limits = PROBED) -> WirePair:
    """A connection over which one call has just failed for want of an answer."""
    pair = WirePair(limits=limits).open()
    pair.advance(1)
    pair.call("lost", timeout=5)
    pair.advance(5)
    assert isinstance(pair.results["lost"], ActionTimeoutError)
    assert pair.calls_received == ["lost", PROBE]
    return pair


def test_an_actor_that_answers_nothing_is_left() -> None:
    pair = unanswered()
    pair.call("next", timeout=30)
    pair.advance(9.9)
    assert pair.statuses == ["connecting", "connected"]
    pair.advance(0.2)
    assert pair.statuses[2:] == ["disconnected", "connecting"]
    assert pair.results["next"].may_have_run
    assert "answers nothing" in str(pair.results["next"])
    pair.reopen()
    pair.advance(1000)
    assert pair.calls_received == ["lost", PROBE, "next"]  # the new connection is not suspected


def test_any_message_answers_a_probe() -> None:
    pair = unanswered()
    pair.fail("actor", "action_not_found", action_id=pair.received[-1].id)
    assert pair.results.keys() == {"lost"}
    pair.advance(100)
    pair = unanswered()
    pair.emit("ignored", [])
    pair.advance(100)
    assert pair.statuses == ["connecting", "connected"]


def test_one_probe_at_a_time() -> None:
    pair = unanswered()
    pair.call("another", timeout=5)
    pair.advance(6)
    assert pair.calls_received.count(PROBE) == 1


def test_no_probe_without_need() -> None:
    pair = WirePair(limits=PROBED).start().dial().accept()
    pair.call("never sent", timeout=1)
    pair.advance(2)
    pair.init()
    pair.session.subscribe("news")
    pair.call("slow", timeout=5)
    pair.call("endless")
    pair.advance(3)
    pair.emit("news", [])
    pair.advance(100)
    assert PROBE not in pair.calls_received


def test_a_caller_may_notice_before_the_clock_does() -> None:
    """A thread that waits for its answer looks at a clock of its own."""
    pair = WirePair(limits=PROBED).open()
    pair.advance(1)
    call = pair.call("lost", timeout=5)
    pair.clock.now += 5
    error = pair.session.expire(call, pair.clock.now)
    pair.settle()
    assert (error.timeout, error.may_have_run) == (5, True)
    assert pair.calls_received == ["lost", PROBE]
    pair.advance(0)
    assert pair.results == {}, "told once, and not by the session"


def test_a_call_that_waited_for_the_connection_and_then_in_vain() -> None:
    pair = WirePair(limits=PROBED).start().dial().accept()
    pair.call("waited", timeout=5)
    pair.advance(3)
    pair.init()
    pair.advance(3)
    assert pair.calls_received == ["waited", PROBE]


def test_a_probe_waits_while_nobody_reads() -> None:
    pair = unanswered()
    pair.session.pause(True, pair.clock.now)
    pair.advance(50)
    pair.session.pause(False, pair.clock.now)
    assert pair.statuses == ["connecting", "connected"]
    pair.advance(20)
    assert "disconnected" in pair.statuses


def test_closing_with_a_probe_out() -> None:
    pair = unanswered()
    pair.user_closes()
    pair.advance(100)
    assert pair.statuses == ["connecting", "connected", "idle"]
