"""The session's state machine: every input in every state, and random lives that keep to its promises."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._core.session import (
    OVER,
    CallFailed,
    ErrorReported,
    HangUp,
    Lost,
    Opened,
    OpenRequested,
    Phase,
    RetryScheduled,
    StatusChanged,
    actor_session,
)
from rivet_client._core.session.states import TRANSITIONS, Change, State
from rivet_client.errors import ActorError, ConnectionClosedError, ProtocolError, RivetError, TransportError
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import ActionResponse, Error, Event, ToClient
from tests.support.wire_pair import BINARY, DIAL, INIT, TEXT, WirePair, frame

# --- States ----------------------------------------------------------------------------------------------------

STATES: dict[str, Callable[[WirePair], object]] = {
    "IDLE": lambda pair: None,
    "DIALING": lambda pair: pair.start(),
    "OPENING": lambda pair: pair.start().dial(),
    "ACCEPTED": lambda pair: pair.start().dial().accept(),
    "OPEN": lambda pair: pair.open(),
    "WAITING": lambda pair: pair.open().eof(),
    "CLOSING": lambda pair: pair.open().user_closes(),
    "CLOSED": lambda pair: pair.start().user_closes(),
    "FAILED": lambda pair: pair.start().dial_failed(FORBIDDEN),
}


def state(pair: WirePair) -> str:
    name = pair.session._state.name
    websocket = pair.session._websocket
    return "ACCEPTED" if name == "OPENING" and websocket is not None and websocket.is_open else name


# --- Inputs ----------------------------------------------------------------------------------------------------


def due(pair: WirePair) -> None:
    """Let the next deadline come."""
    at = pair.session.next_deadline()
    if at is not None:
        pair.clock.now = max(at, pair.clock.now)
    pair.session.tick(pair.clock.now)
    pair.settle()


def early(pair: WirePair) -> None:
    """Tick before anything is due."""
    pair.session.tick(pair.clock.now)
    pair.settle()


def dialed(pair: WirePair) -> None:
    if pair.session.dialed(pair.session._attempts.number, DIAL, pair.clock.now):
        pair.server = WirePair().server
    pair.settle()


def dialed_late(pair: WirePair) -> None:
    assert not pair.session.dialed(pair.session._attempts.number - 1, DIAL, pair.clock.now)


def dial_failed(error: RivetError, late: int = 0) -> Callable[[WirePair], None]:
    def fail(pair: WirePair) -> None:
        pair.session.dial_failed(pair.session._attempts.number - late, error, pair.clock.now)
        pair.settle()

    return fail


def act(pair: WirePair) -> None:
    pair.call("another")


def subscribe(pair: WirePair) -> None:
    pair.session.subscribe("news")
    pair.session.unsubscribe("news")
    pair.settle()


def pause(pair: WirePair) -> None:
    pair.session.pause(True, pair.clock.now)
    pair.session.pause(False, pair.clock.now)


def interrupted(pair: WirePair) -> None:
    """An exception comes when the WebSocket has ended, and the session does not know that yet; then the user closes."""
    websocket = pair.session._websocket
    if websocket is not None and state(pair) != "CLOSING":
        websocket.receive_eof()
    pair.user_closes()


def defect(pair: WirePair) -> None:
    pair.session.fail(KeyError("missing"), pair.clock.now)
    pair.settle()


REFUSED = TransportError("refused", may_have_run=False)
FORBIDDEN = ActorError("auth", "forbidden", "no")

INPUTS: dict[str, Callable[[WirePair], object]] = {
    "due": due,
    "early": early,
    "start": lambda pair: pair.start(),
    "dialed": dialed,
    "dialed-late": dialed_late,
    "dial-refused": dial_failed(REFUSED),
    "dial-forbidden": dial_failed(FORBIDDEN),
    "dial-failed-late": dial_failed(FORBIDDEN, late=1),
    "Init": lambda pair: pair.init(),
    "Event": lambda pair: pair.emit("news", []),
    "Error-starting": lambda pair: pair.fail("actor", "starting"),
    "Error-forbidden": lambda pair: pair.fail("auth", "forbidden"),
    "close-1000": lambda pair: pair.close(1000),
    "close-guard": lambda pair: pair.close(1011, "guard.actor_ready_timeout#ray"),
    "close-user": lambda pair: pair.close(1011, "user.no"),
    "undecodable": lambda pair: pair.feed(frame(BINARY, b"\xff\xff")),
    "bad-frame": lambda pair: pair.feed(frame(TEXT, b"a", rsv=1)),
    "eof": lambda pair: pair.eof(),
    "call": act,
    "subscribe": subscribe,
    "pause": pause,
    "close": lambda pair: pair.user_closes(),
    "interrupted": interrupted,
    "defect": defect,
}

# What each input makes of each state; "=" for no change, "!" for an error that is raised.
TABLE = """
                 IDLE    DIALING  OPENING  ACCEPTED  OPEN     WAITING  CLOSING  CLOSED   FAILED
due              =       WAITING  WAITING  WAITING   =        DIALING  CLOSED   =        =
early            =       =        =        =         =        =        =        =        =
start            DIALING =        =        =         =        =        =        =        =
dialed           =       OPENING  =        =         =        =        =        =        =
dialed-late      =       =        =        =         =        =        =        =        =
dial-refused     =       WAITING  =        =         =        =        =        =        =
dial-forbidden   =       FAILED   =        =         =        =        =        =        =
dial-failed-late =       =        =        =         =        =        =        =        =
Init             =       =        FAILED   OPEN      =        =        =        =        =
Event            =       =        FAILED   =         =        =        =        =        =
Error-starting   =       =        FAILED   WAITING   WAITING  =        =        =        =
Error-forbidden  =       =        FAILED   FAILED    FAILED   =        =        =        =
close-1000       =       =        FAILED   WAITING   WAITING  =        CLOSED   =        =
close-guard      =       =        FAILED   WAITING   WAITING  =        CLOSED   =        =
close-user       =       =        FAILED   FAILED    FAILED   =        CLOSED   =        =
undecodable      =       =        FAILED   FAILED    FAILED   =        =        =        =
bad-frame        =       =        FAILED   FAILED    FAILED   =        CLOSED   =        =
eof              =       =        WAITING  WAITING   WAITING  =        CLOSED   =        =
call             =       =        =        =         =        =        !        !        !
subscribe        =       =        =        =         =        =        =        =        =
pause            =       =        =        =         =        =        =        =        =
close            CLOSED  CLOSED   CLOSED   CLOSING   CLOSING  CLOSED   =        =        =
interrupted      CLOSED  CLOSED   CLOSED   CLOSED    CLOSED   CLOSED   =        =        =
defect           FAILED  FAILED   FAILED   FAILED    FAILED   FAILED   CLOSED   =        =
"""
COLUMNS, *ROWS = (line.split() for line in TABLE.strip().splitlines())


def test_the_table_is_whole() -> None:
    assert list(STATES) == COLUMNS
    assert [name for name, *_ in ROWS] == list(INPUTS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_input_in_every_state(row: list[str]) -> None:
    name, *cells = row
    for before, after in zip(COLUMNS, cells, strict=True):
        pair = WirePair()
        if before not in ("CLOSING", "CLOSED", "FAILED"):
            pair.call("early")
        STATES[before](pair)
        assert state(pair) == before
        if after == "!":
            with pytest.raises(ActorError if before == "FAILED" else ConnectionClosedError):
                INPUTS[name](pair)
        else:
            INPUTS[name](pair)
        assert state(pair) == (before if after in "=!" else after), before
        check(pair)


def test_the_transitions_are_those_that_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table in the code has no transition that no input makes; one that it lacks would fail the test above."""
    seen: set[tuple[str, Change]] = set()

    class Recorder(dict[Change, State]):
        def __init__(self, before: State) -> None:
            super().__init__(TRANSITIONS[before])
            self.before = before

        def __getitem__(self, change: Change) -> State:
            seen.add((self.before.name, change))
            return super().__getitem__(change)

    monkeypatch.setattr(actor_session, "TRANSITIONS", {before: Recorder(before) for before in TRANSITIONS})
    for before in STATES:
        for name in INPUTS:
            pair = WirePair()
            STATES[before](pair)
            with contextlib.suppress(RivetError):
                INPUTS[name](pair)
    assert seen == {(before.name, change) for before, after in TRANSITIONS.items() for change in after}


# --- Promises that hold in every life --------------------------------------------------------------------------


def check(pair: WirePair) -> None:
    # Calls are told once (`results` checks that), and none is left at the end.
    told = pair.results
    if pair.session.phase is not Phase.LIVE:
        assert set(pair.called) == set(told)
    check_course(pair)


def check_course(pair: WirePair) -> None:
    session, now = pair.session, state(pair)
    # The public status is what was announced last.
    statuses = pair.statuses
    assert session.status.value == (statuses[-1] if statuses else "idle")
    assert all(one != next_ for one, next_ in zip(["idle", *statuses], statuses, strict=False))
    # Nothing hangs: while anything is going on, there is a deadline; after the end there is none.
    assert (session.next_deadline() is None) == (now in ("IDLE", "CLOSED", "FAILED"))
    # A stream is hung up exactly once, before the next one is asked for.
    streams = [event for event in pair.events if isinstance(event, (OpenRequested, HangUp))]
    expected = [OpenRequested, HangUp] * (len(streams) // 2 + 1)
    assert [type(event) for event in streams] == expected[: len(streams)]
    assert (len(streams) % 2 == 1) == (now in ("DIALING", "OPENING", "ACCEPTED", "OPEN", "CLOSING"))
    assert [attempt.attempt for attempt in pair.attempts] == list(range(1, len(pair.attempts) + 1))
    # The user hears of opening and losing in turns.
    turns = [type(event) for event in pair.events if isinstance(event, (Opened, Lost))]
    assert turns == ([Opened, Lost] * len(turns))[: len(turns)]
    assert (len(turns) % 2 == 1) == (now == "OPEN")
    # Giving up is reported once, is the last error, and closing is no error.
    final = [report for report in pair.reported if report.final]
    assert len(final) <= 1
    assert bool(final) == (session.final_error is not None)
    assert bool(final) == (session.phase is Phase.FAILED)
    if final:
        assert pair.reported[-1] is final[0]


def go_on(pair: WirePair) -> None:
    """Take the next step to an open connection; once there, let time pass."""
    steps: dict[str, Callable[[WirePair], object]] = {
        "DIALING": lambda pair: pair.dial(),
        "OPENING": lambda pair: pair.accept(),
        "ACCEPTED": lambda pair: pair.init(),
        "OPEN": lambda pair: pair.advance(3),
    }
    steps.get(state(pair), due)(pair)


def reject(status: int) -> Callable[[WirePair], None]:
    def answer(pair: WirePair) -> None:
        if state(pair) == "OPENING":
            pair.reject(status)

    return answer


EVENTS_OF_A_LIFE = {**INPUTS, "reject-503": reject(503), "reject-401": reject(401)}


ENDS_A_LIFE = {"interrupted", "defect"}  # at once, whatever else might have happened


@given(
    st.lists(st.just("go-on") | st.sampled_from(sorted(EVENTS_OF_A_LIFE.keys() - ENDS_A_LIFE)), max_size=60)
)
def test_random_lives(names: list[str]) -> None:
    pair = WirePair(has_params=True).start()
    for number, name in enumerate(names):
        if name == "go-on":
            go_on(pair)
        elif name != "call":
            EVENTS_OF_A_LIFE[name](pair)
        elif pair.session.phase is Phase.LIVE:
            pair.call(f"call{number}", timeout=number % 7)
        check(pair)
    pair.user_closes()
    pair.advance(10)
    check(pair)
    assert pair.session.phase in OVER


MESSAGES = [
    INIT,
    Event(name="news", args=b"\x81\x01"),
    ActionResponse(id=0, output=b"\x01"),
    ActionResponse(id=1, output=b"\xff"),
    Error(group="user", code="no", message="m", metadata=b"\xa0", action_id=1),
    Error(group="actor", code="starting", message="m"),
]


@given(
    st.lists(st.tuples(st.sampled_from(MESSAGES), st.integers(-60, 60), st.integers(0, 255)), max_size=6),
    st.sampled_from([BINARY, TEXT]),
)
def test_damaged_messages(damaged: list[tuple[ToClient, int, int]], opcode: int) -> None:
    """Any byte of any message may be wrong: nothing raises, nobody is told twice, nothing hangs."""
    pair = WirePair()
    pair.session.subscribe("news")
    pair.start().dial().accept()
    pair.call("a")
    pair.call("b")
    for message, at, byte in damaged:
        data = bytearray(frames.encode_to_client(message))
        if 0 <= at < len(data):
            data[at] = byte
        if state(pair) == "WAITING":
            due(pair)
            pair.dial().accept()
        pair.feed(frame(opcode, bytes(data)))
        check(pair)


def test_events_have_one_order() -> None:
    """Statuses and callbacks come after what they report has been done."""
    pair = WirePair().start()
    pair.call("a")
    pair.dial().accept().init()
    pair.fail("auth", "forbidden")
    kinds = [type(event) for event in pair.events]
    assert kinds == [
        StatusChanged,
        OpenRequested,
        StatusChanged,
        Opened,
        CallFailed,
        HangUp,
        StatusChanged,
        Lost,
        ErrorReported,
    ]


def test_a_retry_is_announced_with_its_reason() -> None:
    pair = WirePair().start()
    pair.dial_failed(REFUSED)
    (retry,) = pair.of(RetryScheduled)
    assert retry.error is REFUSED
    assert retry.delay == 0.25


def test_peer_faults_are_protocol_errors() -> None:
    for name in ("undecodable", "bad-frame"):
        pair = WirePair().open()
        INPUTS[name](pair)
        assert isinstance(pair.session.final_error, ProtocolError)
