"""What a connection does while it lives: calls, events, subscriptions, liveness, backoff and closing.

The state machine as a whole is in test_session_states.py, the judgement of ends in test_endings.py.
"""

from __future__ import annotations

import itertools
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from rivet_client._core.limits import Limits
from rivet_client._core.session import (
    OVER,
    Call,
    CallFailed,
    CallSucceeded,
    ErrorReported,
    EventsReceived,
    HangUp,
    Lost,
    Opened,
    Phase,
    RetryScheduled,
)
from rivet_client._core.websocket import WebSocket
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ActorSpecifier,
    ConnectionClosedError,
    DecodeError,
    RivetError,
    TransportError,
)
from rivet_client.values import ConnectionStatus
from rivet_client_generated.protocol.messages import ActionRequest, ActionResponse, Error, Event, ToClient
from rivet_client_generated.protocol.messages import ActorSpecifier as Specifier
from tests.core.test_session_states import check_course
from tests.support.injection import at_line, raising
from tests.support.wire_pair import (
    ACTOR,
    BINARY,
    CONTINUATION,
    DIAL,
    INIT,
    PING,
    TEXT,
    WirePair,
    close_frame,
    frame,
)

ENCODINGS = ["bare", "cbor", "json"]
REFUSED = TransportError("refused", may_have_run=False)
SILENCE = Limits(ping_interval=20, ping_timeout=10)


def ambiguous(error: object) -> bool:
    assert isinstance(error, RivetError)
    return error.may_have_run


# --- From idle to open -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("chunk", [None, 1], ids=["whole", "bytewise"])
def test_a_whole_life(encoding: str, chunk: int | None) -> None:
    pair = WirePair(encoding=encoding, chunk=chunk).open()
    pair.session.subscribe("news")
    call = pair.call("add", 1, 2)
    pair.answer(call, {"sum": 3})
    pair.emit("news", ["a", 1])
    pair.user_closes()
    pair.close(1000, "Disposed")
    assert pair.request.target == "/gateway/counter/connect?rvt-namespace=default"
    assert (b"x-mine", b"1") in pair.request.extra_headers
    assert (pair.session.actor_id, pair.session.connection_id) == (ACTOR, "c1")
    assert pair.results == {"add": {"sum": 3}}
    assert pair.of(EventsReceived) == [EventsReceived("news", deque([("a", 1)]))]
    assert pair.statuses == ["connecting", "connected", "idle"]
    assert (len(pair.of(Opened)), len(pair.of(Lost))) == (1, 1)
    assert pair.reported == []
    assert pair.closes == [(1000, "Disposed")]
    assert pair.session.phase in OVER


def test_nothing_is_sent_before_init() -> None:
    pair = WirePair().start().dial().accept()
    pair.session.subscribe("news")
    pair.call()
    assert pair.received == []
    assert pair.session.status is ConnectionStatus.CONNECTING


def test_everything_in_one_piece_of_stream() -> None:
    """The 101, an event, Init, an answer and the close may come in one read."""
    pair = WirePair().start().dial()
    call = pair.call()
    messages = [Event(name="early", args=pair.payload([])), INIT]
    answer = ActionResponse(id=call.id, output=pair.payload(7))
    pair.session.subscribe("early")
    pair.accept()
    pair.feed(
        b"".join(frame(*pair.data(message)) for message in [*messages, answer]) + frame(8, b"\x03\xf3user.no")
    )
    assert pair.results == {"add": 7}
    assert pair.of(EventsReceived) == [EventsReceived("early", deque([()]))]
    assert pair.session.phase in OVER


def test_events_of_one_name_come_together() -> None:
    pair = WirePair().open()
    pair.session.subscribe("a")
    pair.session.subscribe("b")
    call = pair.call()
    events = [Event(name=name, args=pair.payload([number])) for number, name in enumerate("aacba")]
    answer = ActionResponse(id=call.id, output=pair.payload(None))
    pair.feed(b"".join(frame(*pair.data(message)) for message in [*events, answer, events[0]]))
    batches = [(batch.name, [number for (number,) in batch.batch]) for batch in pair.of(EventsReceived)]
    assert batches == [("a", [0, 1]), ("b", [3]), ("a", [4]), ("a", [0])]


def test_a_second_init_changes_nothing() -> None:
    pair = WirePair().open()
    pair.init()
    assert len(pair.of(Opened)) == 1


@pytest.mark.parametrize("stage", ["dialing", "handshake", "accepted"])
def test_an_attempt_has_a_deadline(stage: str) -> None:
    pair = WirePair(limits=Limits(open_timeout=30)).start()
    pair.advance(10)
    if stage != "dialing":
        pair.dial()
    if stage == "accepted":
        pair.accept()
    pair.advance(19.9)
    assert pair.of(RetryScheduled) == []
    pair.advance(0.2)
    (retry,) = pair.of(RetryScheduled)
    assert isinstance(retry.error, TransportError)
    assert not retry.error.may_have_run
    assert "30 s" in str(retry.error)


def test_an_answer_to_an_attempt_given_up_is_ignored() -> None:
    pair = WirePair(limits=Limits(open_timeout=5)).start()
    pair.advance(5.5)
    assert [attempt.attempt for attempt in pair.attempts] == [1, 2]
    assert not pair.session.dialed(1, DIAL, pair.clock.now)
    pair.session.dial_failed(1, ActorError("auth", "forbidden", "no"), pair.clock.now)
    pair.settle()
    assert pair.session.phase is Phase.LIVE


# --- Calls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_answers_in_any_order(encoding: str) -> None:
    pair = WirePair(encoding=encoding).open()
    first, second, third = (pair.call(name, name) for name in ("first", "second", "third"))
    assert pair.session.calls.latest_waiter == "third"
    pair.answer(third, 3)
    pair.answer(first, 1)
    assert len(pair.session.calls.sent) == 1
    assert pair.session.calls.latest_waiter == "second"
    pair.answer(second, 2)
    assert pair.session.calls.latest_waiter is None
    assert pair.results == {"third": 3, "first": 1, "second": 2}
    requests = [message for message in pair.received if isinstance(message, ActionRequest)]
    assert [pair.encoding.load(request.args) for request in requests] == [["first"], ["second"], ["third"]]
    assert len({request.id for request in requests}) == 3


def test_a_call_waits_for_the_connection() -> None:
    pair = WirePair()
    for name in ("a", "b"):
        pair.call(name)
    pair.start().dial()
    pair.call("c")
    pair.accept()
    pair.call("d")
    pair.init()
    pair.call("e")
    assert pair.calls_received == ["a", "b", "c", "d", "e"]


def test_waiting_calls_are_bounded() -> None:
    pair = WirePair(limits=Limits(max_queued_calls=2)).start()
    pair.call("a")
    kept = pair.call("b")
    with pytest.raises(ConnectionClosedError, match=r"2 calls already wait.*wait_ready") as caught:
        pair.session.call("c", "c", b"", None, pair.clock.now)
    assert not ambiguous(caught.value)
    pair.session.calls.forget(kept)
    pair.call("d")
    pair.dial().accept().init()
    assert pair.calls_received == ["a", "d"]
    for number in range(10):  # no bound while connected
        pair.call(f"more{number}")


def test_deadlines_run_while_there_is_no_connection() -> None:
    pair = WirePair().start()
    pair.call("short", timeout=1)
    pair.call("long", timeout=9)
    pair.call("endless")
    pair.dial_failed(REFUSED)
    pair.advance(0.99)
    assert pair.results == {}
    pair.advance(0.02)
    error = pair.results["short"]
    assert isinstance(error, ActionTimeoutError)
    assert (error.timeout, error.may_have_run) == (1, False)
    assert "'short'" in str(error)
    assert "1 s" in str(error)
    assert set(pair.results) == {"short"}
    pair.reopen()
    assert pair.calls_received == ["long", "endless"]


def test_deadlines_of_calls_sent() -> None:
    pair = WirePair(limits=Limits(ping_interval=1000, probe_timeout=5000)).open()
    pair.call("last", timeout=4)
    pair.call("late", timeout=3)
    pair.call("early", timeout=1)
    pair.call("last too", timeout=4)
    pair.call("endless")
    answered = pair.call("answered", timeout=2)
    pair.answer(answered, 1)
    pair.advance(1)
    assert set(pair.results) == {"answered", "early"}
    assert ambiguous(pair.results["early"])
    pair.advance(1.9)
    assert set(pair.results) == {"answered", "early"}
    pair.advance(0.1)
    assert set(pair.results) == {"answered", "early", "late"}
    pair.advance(1)
    assert set(pair.results) == {"answered", "early", "late", "last", "last too"}
    assert pair.session.next_deadline() == 2000.0  # nothing is left but the ping


@pytest.mark.parametrize("opens", ["before", "after"])
def test_a_timeout_of_zero_fails_at_once_and_nothing_is_sent(opens: str) -> None:
    pair = WirePair().open() if opens == "before" else WirePair().start().dial().accept()
    pair.call(timeout=0)
    if opens == "after":
        pair.init()
    pair.advance(0)
    assert isinstance(pair.results["add"], ActionTimeoutError)
    assert not pair.results["add"].may_have_run
    pair.call("next")
    assert pair.calls_received == ["next"]


def test_a_late_answer_is_ignored() -> None:
    pair = WirePair().open()
    timed_out = pair.call("timed out", timeout=1)
    pair.advance(2)
    forgotten = pair.call("forgotten")
    pair.session.calls.forget(forgotten)
    for call in (timed_out, forgotten):
        pair.answer(call, 1)
        pair.fail("user", "late", action_id=call.id)
    pair.send(ActionResponse(id=2**64 - 1, output=pair.payload(None)))
    assert set(pair.results) == {"timed out"}
    assert pair.session.status is ConnectionStatus.CONNECTED


def test_a_forgotten_call_is_never_sent() -> None:
    pair = WirePair().start()
    forgotten = pair.call("forgotten")
    pair.call("kept")
    pair.session.calls.forget(forgotten)
    pair.session.calls.forget(forgotten)
    pair.dial().accept().init()
    assert pair.calls_received == ["kept"]


def test_an_answer_to_a_call_that_was_not_sent_is_ignored() -> None:
    pair = WirePair().start()
    call = pair.call()
    pair.dial().accept()
    pair.answer(call, "invented")
    pair.fail("user", "invented", action_id=call.id)
    assert pair.results == {}
    pair.init()
    pair.answer(call, "true")
    assert pair.results == {"add": "true"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_call_fails_and_the_connection_stays(encoding: str) -> None:
    pair = WirePair(encoding=encoding).open()
    failing, other = pair.call("failing"), pair.call("other")
    pair.fail(
        "user",
        "bad_thing",
        action_id=failing.id,
        metadata=pair.payload({"a": 1}),
        actor=Specifier(actor_id=ACTOR, generation=2, key="k"),
    )
    error = pair.results["failing"]
    assert isinstance(error, ActorError)
    assert (error.group, error.code, error.message) == ("user", "bad_thing", "user bad_thing")
    assert error.metadata == {"a": 1}
    assert error.actor == ActorSpecifier(ACTOR, 2, "k")
    assert error.ray_id == pair.session.ray_id == "ray1"
    assert (error.is_retryable, error.may_have_run) == (False, True)
    pair.answer(other, "fine")
    assert pair.results["other"] == "fine"
    assert pair.reported == []


@pytest.mark.parametrize(
    ("group", "code", "may_have_run"),
    [
        ("actor", "overloaded", False),  # the catalogue knows that these did not run
        ("actor", "action_not_found", False),
        ("actor", "dropped_reply", True),
        # Names no actor, but it is the action's own result that was too long.
        ("message", "outgoing_too_long", True),
        ("user", "anything", True),
    ],
)
def test_whether_a_failed_call_may_have_run(group: str, code: str, may_have_run: bool) -> None:
    pair = WirePair().open()
    call = pair.call()
    pair.fail(group, code, action_id=call.id)
    assert ambiguous(pair.results["add"]) is may_have_run


def test_an_error_that_the_actor_passes_on() -> None:
    """It called another actor, which was not ready, or one that does not start: it has run itself."""
    pair = WirePair().open()
    for code, actor_id, may_have_run in (
        ("not_ready", ACTOR, False),
        ("not_ready", "b" * 30, True),
        ("creation_rate_limit", ACTOR, True),
    ):
        name = f"{code} of {actor_id}"
        call = pair.call(name)
        actor = Specifier(actor_id=actor_id, generation=1, key="k")
        pair.fail("actor", code, action_id=call.id, actor=actor)
        assert ambiguous(pair.results[name]) is may_have_run


# Documents of the other encodings are read as a whole, so a payload in one that cannot be read does not exist.
BAD_PAYLOADS = pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\xff", id="no value"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\x00", id="two values"),
        pytest.param(b"\x81" * 500 + b"\x00", id="nested"),
    ],
)


@BAD_PAYLOADS
def test_a_bad_payload_spoils_one_call(payload: bytes) -> None:
    pair = WirePair().open()
    bad, good = pair.call("bad"), pair.call("good")
    pair.send(ActionResponse(id=bad.id, output=payload), ActionResponse(id=good.id, output=pair.payload(1)))
    assert isinstance(pair.results["bad"], DecodeError)
    assert pair.results["good"] == 1
    assert pair.session.status is ConnectionStatus.CONNECTED


@BAD_PAYLOADS
def test_a_bad_payload_spoils_one_event(payload: bytes) -> None:
    pair = WirePair().open()
    pair.session.subscribe("news")
    pair.send(Event(name="news", args=payload), Event(name="news", args=pair.payload([1])))
    assert pair.of(EventsReceived) == [EventsReceived("news", deque([(1,)]))]
    (report,) = pair.reported
    assert isinstance(report.error, DecodeError)
    assert not report.final


def test_bad_metadata_is_left_out_of_an_error() -> None:
    pair = WirePair().open()
    call = pair.call()
    pair.send(Error(group="user", code="x", message="m", metadata=b"\xff", action_id=call.id))
    error = pair.results["add"]
    assert isinstance(error, ActorError)
    assert (error.code, error.metadata) == ("x", None)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param((BINARY, b""), id="empty"),
        pytest.param((BINARY, b"\x04"), id="half a version"),
        pytest.param((BINARY, b"\x09\x00\x00"), id="version 9"),
        pytest.param((BINARY, b"\x04\x00\x07"), id="unknown union member"),
        pytest.param((BINARY, b"\x04\x00\x02\x01\xff\xff\xff\xff\x0f\x00"), id="length beyond the message"),
        pytest.param((BINARY, b"\x04\x00\x02\x01\x01\x07\x00"), id="trailing byte"),
        pytest.param((TEXT, b"hello"), id="text"),
    ],
)
def test_a_message_that_cannot_be_read_ends_the_connection(data: tuple[int, bytes]) -> None:
    pair = WirePair().open()
    pair.call("sent")
    pair.feed(frame(*data) + frame(*pair.data(Event(name="x", args=b"\x80"))))
    (report,) = pair.reported
    assert isinstance(report.error, DecodeError)
    assert report.final
    assert pair.session.final_error is report.error
    assert pair.closes == [(1002, "undecodable message")]
    told = pair.results["sent"]
    assert isinstance(told, DecodeError)
    assert told is not report.error
    assert (told.may_have_run, report.error.may_have_run) == (True, False)
    with pytest.raises(DecodeError):
        pair.session.check_usable()


def test_either_kind_of_websocket_message_is_read() -> None:
    text = WirePair(encoding="json").start().dial().accept()
    text.feed(frame(BINARY, text.data(INIT)[1]))
    binary = WirePair().start().dial().accept()
    binary.feed(frame(TEXT, binary.data(INIT)[1]))
    assert text.session.status is binary.session.status is ConnectionStatus.CONNECTED


# --- Loss and reconnection -------------------------------------------------------------------------------------


def test_a_loss_fails_what_was_sent_and_keeps_what_was_not() -> None:
    pair = WirePair().open()
    pair.call("sent")
    pair.eof()
    pair.call("queued")
    error = pair.results["sent"]
    assert isinstance(error, ConnectionClosedError)
    assert (error.code, error.reason, error.may_have_run) == (None, "", True)
    assert pair.statuses[-1] == "disconnected"
    pair.advance(1)
    pair.reopen()
    assert pair.calls_received == ["sent", "queued"]
    assert pair.statuses == ["connecting", "connected", "disconnected", "connecting", "connected"]


def test_ids_are_never_used_twice() -> None:
    """An answer that belongs to the connection before cannot reach a call of this one."""
    pair = WirePair().open()
    before = pair.call("before")
    pair.eof()
    after = pair.call("after")
    pair.advance(1)
    pair.reopen()
    assert after.id != before.id
    pair.answer(before, "stray")
    assert "after" not in pair.results


# Input of the peer. After an exception in the middle of it, the stream is given up.
RECEIVED: dict[str, Callable[[WirePair], object]] = {
    "answer": lambda pair: incoming(pair, ActionResponse(id=0, output=pair.payload("0"))),
    "error": lambda pair: incoming(pair, Error(group="user", code="no", message="", action_id=0)),
    "init": lambda pair: incoming(pair, INIT),
    "refusal": lambda pair: incoming(pair, Error(group="user", code="no", message="")),
    "restart": lambda pair: pair.session.receive_data(close_frame(1012), pair.clock.now),
    "end": lambda pair: pair.session.receive_eof(pair.clock.now),
}

# Done with two calls, named like their numbers, in flight; "init" with both waiting for it.
INTERRUPTED: dict[str, Callable[[WirePair], object]] = {
    **RECEIVED,
    "call": lambda pair: pair.session.call("x", "x", pair.payload([]), 5, pair.clock.now),
    "deadline": lambda pair: pair.session.tick(pair.clock.now + 20),
    "close": lambda pair: pair.session.close(pair.clock.now),
}


def incoming(pair: WirePair, message: ToClient) -> None:
    pair.session.receive_data(frame(*pair.data(message)), pair.clock.now)


@pytest.mark.parametrize("what", INTERRUPTED)
def test_an_exception_at_any_line(what: str) -> None:
    """No answer reaches another call, and all callers that wait get an answer or an error."""
    for number in itertools.count(1):
        pair = WirePair().open()
        if what == "init":
            pair.eof()
            pair.advance(1)
            pair.dial().accept()
        for name in ("0", "1"):
            pair.call(name, timeout=10)
        where = at_line(number, raising(KeyboardInterrupt), lambda: INTERRUPTED[what](pair)).where  # noqa: B023
        if where is None:
            break
        assert what != "call" or len(pair.session.calls.sent) == 2, where  # nobody waits for the third
        if what in RECEIVED:
            pair.eof()
            assert pair.session.status is not ConnectionStatus.CONNECTED, where
        pair.session.tick(pair.clock.now)
        pair.settle()
        if pair.session.phase is Phase.LIVE:
            if pair.session.status is ConnectionStatus.CONNECTED:
                pair.call("next")
            for message in pair.received:
                assert isinstance(message, ActionRequest)
                pair.send(ActionResponse(id=message.id, output=pair.payload(message.name)))
            pair.user_closes()
        pair.advance(30)
        told: dict[Any, Any] = {}  # who is told twice keeps to what came first
        for event in (*pair.of(CallSucceeded), *pair.of(CallFailed)):
            told.setdefault(event.waiter, event[1])
        assert set(pair.called) <= set(told), where
        assert all(result == name or isinstance(result, RivetError) for name, result in told.items()), where
        assert what != "call" or told["next"] == "next", where
        assert pair.session.next_deadline() is None, where
        check_course(pair)
    assert number > 5


def test_a_call_that_cannot_be_sent_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(websocket: WebSocket, message: object) -> None:
        raise MemoryError

    pair = WirePair().open()
    with monkeypatch.context() as patch:
        patch.setattr(WebSocket, "send_message", out_of_memory)
        with pytest.raises(MemoryError):
            pair.call()
    assert not pair.session.calls.sent
    pair.answer(pair.call("next"), 1)
    assert pair.results == {"next": 1}


def test_subscriptions_come_back_before_queued_calls() -> None:
    pair = WirePair()
    pair.session.subscribe("b")
    pair.start().dial().accept().init()
    pair.session.subscribe("a")
    pair.session.subscribe("gone")
    pair.session.unsubscribe("gone")
    pair.eof()
    pair.session.subscribe("c")
    pair.session.unsubscribe("b")
    pair.call("queued")
    pair.seen.clear()
    pair.advance(1)
    pair.reopen()
    assert pair.subscriptions_received == [("a", True), ("c", True)]
    assert isinstance(pair.received[-1], ActionRequest)


def test_a_failure_names_its_close_code() -> None:
    pair = WirePair().open()
    pair.call()
    pair.close(1008, "ws.message_index_skip")
    error = pair.results["add"]
    assert isinstance(error, ConnectionClosedError)
    assert error.may_have_run
    cause = error.__cause__
    assert isinstance(cause, ActorError)
    assert (cause.group, cause.code) == ("ws", "message_index_skip")
    assert pair.reported == []  # it comes back by itself
    assert pair.session.phase is Phase.LIVE


def test_an_outage_is_warned_of() -> None:
    pair = WirePair().start()
    for warns in (False, False, False, False, True):  # after 0, 0.25, 0.75, 1.75 and 3.75 s
        pair.dial_failed(REFUSED)
        assert pair.of(RetryScheduled)[-1].is_warning is warns
        pair.advance(pair.of(RetryScheduled)[-1].delay)


def test_a_normal_close_has_the_actor_looked_up() -> None:
    pair = WirePair(follows_key=False).open()
    pair.close(1000)
    pair.advance(1)
    assert pair.attempts[-1].lost_actor_id == ACTOR
    pair.dial_failed(REFUSED)
    pair.advance(1)
    assert pair.attempts[-1].lost_actor_id == ACTOR  # still not known
    pair.reopen()
    pair.eof()
    pair.advance(1)
    assert pair.attempts[-1].lost_actor_id is None


def test_the_look_up_may_end_it() -> None:
    pair = WirePair(follows_key=False).open()
    pair.call("sent")
    pair.close(1000)
    pair.call("queued")
    pair.advance(1)
    gone = ActorError("actor", "not_found", "no actor counter['k'] exists")
    pair.dial_failed(gone)
    assert [report.final for report in pair.reported] == [True]
    assert isinstance(pair.results["sent"], ConnectionClosedError)
    queued = pair.results["queued"]
    assert isinstance(queued, ActorError)
    assert queued is not gone  # each caller gets an error of its own to add a traceback to
    assert (queued.code, queued.may_have_run) == ("not_found", False)


@pytest.mark.parametrize("has_open", [False, True])
def test_giving_up_is_told_everyone_once(has_open: bool) -> None:
    pair = WirePair()
    pair.call("early")
    pair.start().dial().accept()
    if has_open:
        pair.init()
    pair.fail("auth", "forbidden", metadata=pair.payload({"why": "x"}))
    pair.close(1011, "auth.forbidden")  # what the server really does next
    pair.eof()
    pair.advance(1000)
    (report,) = pair.reported
    error = report.error
    assert isinstance(error, ActorError)
    assert (report.final, error.code, error.metadata) == (True, "forbidden", {"why": "x"})
    assert pair.statuses[-1] == "idle"
    told = pair.results["early"]
    assert isinstance(told, ActorError), "what a call is told does not depend on when it was made"
    assert (told.code, told.metadata) == ("forbidden", {"why": "x"})
    assert told is not error
    assert ambiguous(told) is has_open
    assert not ambiguous(error)
    for _ in range(2):
        with pytest.raises(ActorError, match=r"auth\.forbidden") as caught:
            pair.call("afterwards")
        assert caught.value is not error


@pytest.mark.parametrize("how", ["message", "reason"])
def test_a_refused_connection_has_run_nothing(how: str) -> None:
    """Though the same error, as the answer to a call, would leave that open."""
    pair = WirePair().start().dial().accept()
    pair.call("queued")
    if how == "message":
        pair.fail("rivetkit", "internal_error")
    else:
        pair.close(1011, "rivetkit.internal_error")
    (report,) = pair.reported
    assert report.final
    assert not ambiguous(report.error)
    assert not ambiguous(pair.results["queued"])
    assert not ambiguous(pair.session.end_error())


def test_each_caller_gets_a_traceback_of_its_own() -> None:
    pair = WirePair().start()
    pair.dial_failed(ActorError("auth", "forbidden", "no"))

    def raised() -> str:
        with pytest.raises(ActorError) as caught:
            pair.session.check_usable()
        return "".join(traceback.format_exception(caught.value))

    assert raised().count("check_usable") == raised().count("check_usable")


def test_calls_in_flight_get_the_cause() -> None:
    pair = WirePair().open()
    pair.call()
    pair.fail("actor", "stopping")
    error = pair.results["add"]
    assert isinstance(error, ConnectionClosedError)
    assert isinstance(error.__cause__, ActorError)
    assert error.__cause__.code == "stopping"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("group", "code", "longest_may_have_run"),
    [
        ("message", "incoming_too_long", False),
        ("message", "outgoing_too_long", True),
        ("actor", "invalid_request", True),
        ("actor", "send_failed", True),
    ],
)
def test_one_message_ends_an_open_connection(
    group: str, code: str, longest_may_have_run: bool, encoding: str
) -> None:
    """The calls in flight learn why, as they may be to blame, and whether they may have run; and it reconnects."""
    pair = WirePair(encoding=encoding).open()
    pair.call("one")
    pair.call("long", "é")
    pair.call("two")
    pair.close(1011, f"{group}.{code}")
    errors = pair.results
    for name in ("one", "two", "long"):
        error = errors[name]
        assert isinstance(error, ActorError)
        assert (error.group, error.code) == (group, code)
        assert error.may_have_run is (name != "long" or longest_may_have_run)
    assert errors["one"] is not errors["two"]
    (report,) = pair.reported
    assert not report.final
    assert report.error not in errors.values()
    pair.advance(1)
    pair.reopen()
    assert pair.session.status is ConnectionStatus.CONNECTED


def test_the_message_that_was_too_long_may_have_been_another_one() -> None:
    """What has been sent over the same WebSocket, and is over or was no call."""
    pair = WirePair().open()
    pair.session.subscribe("n" * 100)
    pair.call("innocent", "x" * 50)
    pair.close(1011, "message.incoming_too_long")
    pair.session.unsubscribe("n" * 100)
    pair.advance(1)
    pair.reopen()
    pair.call("guilty", "x" * 50)
    pair.close(1011, "message.incoming_too_long")
    assert [ambiguous(pair.results[name]) for name in ("innocent", "guilty")] == [True, False]


def test_a_failing_get_params_is_reported_and_retried() -> None:
    pair = WirePair().start()
    pair.call("queued")
    error = ActorError("client", "get_params_failed", "it raised KeyError", is_retryable=True)
    error.__cause__ = KeyError()
    pair.dial_failed(error)
    assert pair.reported == [ErrorReported(error, final=False)]
    told = pair.results["queued"]
    assert isinstance(told, ActorError)
    assert (told.code, told.may_have_run, told.__cause__) == ("get_params_failed", False, error.__cause__)
    assert told is not error
    pair.call("later")
    pair.advance(1)
    pair.reopen()
    assert pair.calls_received == ["later"]


# --- Events and subscriptions ----------------------------------------------------------------------------------


def test_subscriptions_are_sent_once() -> None:
    pair = WirePair().open()
    for _ in range(2):
        pair.session.subscribe("news")
    for _ in range(2):
        pair.session.unsubscribe("news")
    pair.settle()
    assert pair.subscriptions_received == [("news", True), ("news", False)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_events_that_nobody_wants_are_dropped(encoding: str) -> None:
    pair = WirePair(encoding=encoding).open()
    pair.session.subscribe("news")
    pair.emit("other", [1])
    pair.emit("news", [1, None])
    pair.session.unsubscribe("news")
    pair.emit("news", [2])
    assert pair.of(EventsReceived) == [EventsReceived("news", deque([(1, None)]))]


def test_an_event_before_init() -> None:
    pair = WirePair().start()
    pair.session.subscribe("welcome")
    pair.dial().accept()
    pair.emit("welcome", ["hi"])
    assert pair.of(EventsReceived) == [EventsReceived("welcome", deque([("hi",)]))]
    assert pair.session.status is ConnectionStatus.CONNECTING


def test_arguments_that_are_no_list() -> None:
    pair = WirePair().open()
    pair.session.subscribe("news")
    pair.emit("news", {"a": 1})
    assert pair.of(EventsReceived) == [EventsReceived("news", deque([({"a": 1},)]))]


def test_a_fragmented_message_with_a_ping_in_it() -> None:
    pair = WirePair().open()
    call = pair.call()
    _, data = pair.data(ActionResponse(id=call.id, output=pair.payload("x" * 100)))
    pair.feed(frame(BINARY, data[:9], fin=False) + frame(PING, b"p") + frame(CONTINUATION, data[9:]))
    assert pair.results == {"add": "x" * 100}


def test_a_message_over_the_limit_is_final() -> None:
    pair = WirePair(limits=Limits(max_message_bytes=1000)).open()
    pair.call()
    pair.feed(frame(BINARY, bytes(1001)))
    (report,) = pair.reported
    assert report.final
    assert "1000 bytes" in str(report.error)
    assert [code for code, _ in pair.closes] == [1009]
    assert ambiguous(pair.results["add"])


# --- Backpressure ----------------------------------------------------------------------------------------------


def test_when_reading_must_go_on() -> None:
    """Reading goes on even if listeners have not taken events: Init, answers and closes come after the events."""
    pair = WirePair().start().dial().accept()
    assert pair.session.must_read
    pair.init()
    assert not pair.session.must_read
    call = pair.call()
    assert pair.session.must_read
    pair.answer(call, 1)
    assert not pair.session.must_read
    pair.user_closes()
    assert pair.session.must_read


# --- Closing ---------------------------------------------------------------------------------------------------


def test_closed_before_it_began() -> None:
    """By another thread, which closes the client."""
    pair = WirePair()
    pair.user_closes()
    pair.start()
    assert pair.attempts == []
    assert pair.session.phase in OVER


def test_closed_by_whom() -> None:
    refused = WirePair().start().dial().accept()
    refused.fail("user", "nope")
    assert refused.session.phase is Phase.FAILED
    closed = WirePair().open()
    assert closed.session.phase is Phase.LIVE
    closed.user_closes()
    assert closed.session.phase is Phase.CLOSING


def test_close_waits_a_little_for_the_peer() -> None:
    pair = WirePair(limits=Limits(close_timeout=2)).open()
    pair.call("sent")
    pair.user_closes()
    error = pair.results["sent"]
    assert isinstance(error, ConnectionClosedError)
    assert error.may_have_run
    assert pair.session.phase is Phase.CLOSING
    assert pair.closes == [(1000, "Disposed")]
    assert pair.statuses[-1] == "idle"
    pair.advance(1.9)
    assert pair.session.phase is Phase.CLOSING
    pair.advance(0.1)
    assert pair.session.phase is Phase.CLOSED
    assert len(pair.of(HangUp)) == 1


def test_closing_does_not_ping_nor_reconnect() -> None:
    for quiet in (19.5, 21, 29.5):  # a ping is due next, is out, is about to time out
        pair = WirePair(limits=SILENCE).open()
        pair.advance(quiet)
        pings = len(pair.pings)
        pair.user_closes()
        pair.advance(60)
        assert len(pair.pings) == pings
        assert len(pair.attempts) == 1
        assert pair.session.phase in OVER


def test_what_arrives_after_close_is_dropped() -> None:
    pair = WirePair().open()
    pair.session.subscribe("news")
    call = pair.call()
    pair.user_closes()
    pair.answer(call, 1)
    pair.emit("news", [1])
    pair.fail("auth", "forbidden")
    pair.close(1011, "auth.forbidden")
    assert isinstance(pair.results["add"], ConnectionClosedError)
    assert pair.of(EventsReceived) == []
    assert pair.reported == []
    assert pair.session.final_error is None
    assert pair.session.phase in OVER


def test_close_while_waiting_fails_queued_calls() -> None:
    pair = WirePair().open()
    pair.eof()
    pair.call("queued")
    pair.user_closes()
    error = pair.results["queued"]
    assert isinstance(error, ConnectionClosedError)
    assert not error.may_have_run
    assert pair.session.phase in OVER
    assert pair.session.next_deadline() is None
    with pytest.raises(ConnectionClosedError, match="is closed"):
        pair.call("afterwards")


def test_close_while_dialing_gives_the_attempt_up() -> None:
    pair = WirePair().start()
    pair.user_closes()
    assert pair.of(HangUp) == [HangUp([])]
    assert pair.of(Lost) == []


def test_close_after_giving_up_keeps_the_error() -> None:
    pair = WirePair().start()
    pair.dial_failed(ActorError("auth", "forbidden", "no"))
    pair.user_closes()
    with pytest.raises(ActorError):
        pair.session.check_usable()


# --- Secrets ---------------------------------------------------------------------------------------------------


def test_arguments_are_not_shown_nor_kept() -> None:
    pair = WirePair().start()
    call = pair.call("login", "s3cret")
    assert "s3cret" not in repr(call)
    assert call.args is not None
    pair.dial().accept().init()
    assert call.args is None  # a long result may take long; the arguments need not stay in memory


def test_outcomes_are_plain_tuples() -> None:
    """Drivers make one per message; the type must stay cheap."""
    pair = WirePair().open()
    pair.answer(pair.call(), 1)
    assert pair.of(CallSucceeded) == [("add", 1)]
    assert isinstance(pair.call("x"), Call)


def test_what_a_wait_for_the_connection_ends_with() -> None:
    pair = WirePair()
    error = pair.session.not_ready_error(5)
    assert (error.timeout, error.may_have_run) == (5, False)
    assert "within 5 s" in str(error)
