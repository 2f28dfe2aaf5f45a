"""Raw WebSockets (PROTOCOL.md 10)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Message

from rivet_client._checks import check_close
from rivet_client._core.limits import Limits
from rivet_client._core.raw_session import RawSession
from rivet_client.errors import ActorError, ConfigError, ConnectionClosedError, ProtocolError
from tests.support.wire_pair import BINARY, DIAL, TEXT, close_frame, frame, seeded_bytes


class Pair:
    def __init__(self) -> None:
        self.session = RawSession("counter['k']", seeded_bytes(), Limits(max_message_bytes=1000))
        self.server = WSConnection(ConnectionType.SERVER)
        self.seen: list[Event] = []
        self.session.start(DIAL)
        self.settle()

    def settle(self) -> None:
        for data in self.session.data_to_send():
            self.server.receive_data(data)
            self.seen.extend(self.server.events())

    def feed(self, data: bytes) -> None:
        self.session.receive_data(data)
        self.settle()

    def open(self) -> Pair:
        headers = [(b"x-rivet-ray-id", b"ray1")]
        self.feed(self.server.send(AcceptConnection(subprotocol="rivet", extra_headers=headers)))
        assert self.session.is_open
        return self


def test_messages_pass_as_they_are() -> None:
    pair = Pair().open()
    pair.feed(frame(TEXT, "é".encode()) + frame(BINARY, b"\x00"))
    assert list(pair.session.messages) == ["é", b"\x00"]
    for data in ("ü", b"\x01", bytearray(b"\x02"), memoryview(b"\x03")):
        pair.session.send(data)
    pair.settle()
    sent = [event.data for event in pair.seen if isinstance(event, Message)]
    assert sent == ["ü", b"\x01", b"\x02", b"\x03"]
    assert not pair.session.is_over


def test_waits_that_end_without_what_was_waited_for() -> None:
    session = Pair().session
    for error, text, may_have_run in (
        (session.not_open_error(2.5), "no WebSocket to counter['k'] within 2.5 s", False),
        (session.no_message_error(2.5), "no message from counter['k'] within 2.5 s", False),
        (session.not_taken_error(2.5), "counter['k'] takes no more data:", True),
    ):
        assert str(error).startswith(text)
        assert (error.timeout, error.may_have_run) == (2.5, may_have_run)


def test_messages_that_cannot_be_sent() -> None:
    pair = Pair().open()
    with pytest.raises(TypeError, match="a message must be a str or bytes, not dict"):
        pair.session.send({})
    with pytest.raises(ConfigError, match="lone surrogate"):
        pair.session.send("\ud800")
    pair.session.send("fine")
    pair.settle()
    assert [event.data for event in pair.seen if isinstance(event, Message)] == ["fine"]


def test_its_life_in_a_word() -> None:
    pair = Pair()
    assert pair.session.status == "connecting"
    pair.open()
    assert pair.session.status == "open"
    pair.session.close(1000, "")
    assert pair.session.status == "closed"
    refused = Pair().session
    refused.receive_eof()
    assert refused.status == "closed"


def test_nothing_is_sent_before_it_is_open() -> None:
    with pytest.raises(ConnectionClosedError, match="is closed"):
        Pair().session.send("early")


@pytest.mark.parametrize(
    ("code", "reason", "normal"),
    [(1000, "", True), (1001, "bye", True), (4001, "custom", False), (1000, "actor.stopped", True)],
)
def test_the_actor_closes(code: int, reason: str, normal: bool) -> None:
    pair = Pair().open()
    pair.feed(frame(TEXT, b"last") + close_frame(code, reason.encode()))
    session = pair.session
    assert list(session.messages) == ["last"]
    assert (session.is_open, session.is_over, session.iteration_ends) == (False, True, normal)
    assert (session.close_code, session.close_reason) == (code, reason)
    error = session.end_error()
    assert isinstance(error, ConnectionClosedError)
    assert (error.code, error.reason) == (code, reason)
    with pytest.raises(ConnectionClosedError):
        session.send("late")


@pytest.mark.parametrize(("reason", "ray_id"), [(b"user.no#ray2", "ray2"), (b"user.no", "ray1")])
def test_the_actor_refuses(reason: bytes, ray_id: str) -> None:
    pair = Pair().open()
    pair.feed(close_frame(1011, reason))
    error = pair.session.end_error()
    assert isinstance(error, ActorError)
    assert (error.group, error.code, error.ray_id) == ("user", "no", ray_id)
    assert not pair.session.iteration_ends


def test_we_close() -> None:
    pair = Pair().open()
    pair.session.close(4002, "mine")
    pair.settle()
    assert (pair.session.is_open, pair.session.is_over) == (False, False)
    assert str(pair.session.end_error()) == "the WebSocket to counter['k'] is closed"
    (close,) = pair.seen[-1:]
    assert isinstance(close, CloseConnection)
    assert (close.code, close.reason) == (4002, "mine")
    pair.feed(pair.server.send(close.response()))
    assert pair.session.is_over
    assert (pair.session.close_code, pair.session.close_reason) == (4002, "mine")


@pytest.mark.parametrize(
    "end", [close_frame(1000, b"bye"), close_frame(1011, b"user.no"), b""], ids=["answer", "crossing", "lost"]
)
@pytest.mark.parametrize("code", [1000, 4002])
def test_after_our_close_nobody_else_closed(code: int, end: bytes) -> None:
    pair = Pair().open()
    session = pair.session
    session.close(code, "mine")
    pair.settle()
    session.receive_data(end) if end else session.receive_eof()
    session.close(1000, "again")
    assert session.is_over
    for _ in range(2):
        with pytest.raises(ConnectionClosedError, match=r"^the WebSocket to counter\['k'\] is closed$"):
            session.send("late")
    assert session.iteration_ends is (code == 1000)


def test_our_close_after_the_actors_changes_nothing() -> None:
    pair = Pair().open()
    pair.feed(close_frame(1011, b"user.no"))
    pair.session.close(1000, "")
    assert isinstance(pair.session.end_error(), ActorError)
    assert not pair.session.iteration_ends


def test_the_stream_ends() -> None:
    pair = Pair().open()
    pair.session.receive_eof()
    assert (pair.session.was_open, pair.session.is_over) == (True, True)
    assert (pair.session.close_code, pair.session.close_reason) == (None, "")
    assert not pair.session.iteration_ends
    assert isinstance(pair.session.error, ConnectionClosedError)


def test_the_stream_ends_after_the_close() -> None:
    pair = Pair().open()
    pair.feed(close_frame(4000, b"first"))
    pair.session.receive_eof()
    assert pair.session.close_code == 4000


def test_a_refused_handshake() -> None:
    pair = Pair()
    body = json.dumps({"group": "auth", "code": "forbidden", "message": "no"}).encode()
    pair.feed(
        b"HTTP/1.1 403 No\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
        % (len(body), body)
    )
    assert (pair.session.was_open, pair.session.is_over) == (False, True)
    assert isinstance(pair.session.error, ActorError)
    assert pair.session.error.code == "forbidden"


def test_violations() -> None:
    pair = Pair().open()
    pair.feed(frame(BINARY, bytes(1001)))
    assert isinstance(pair.session.end_error(), ProtocolError)
    assert pair.session.close_code == 1009


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, *range(1007, 1012), 3000, 4999])
@pytest.mark.parametrize("reason", ["", "x" * 123, "é" * 61])
def test_codes_and_reasons(code: int, reason: str) -> None:
    check_close(code, reason)


@pytest.mark.parametrize(
    ("code", "reason", "error", "text"),
    [
        (1004, "", ConfigError, "code 1004 must not be sent"),
        (1005, "", ConfigError, "code 1005"),
        (1006, "", ConfigError, "code 1006"),
        (1015, "", ConfigError, "code 1015"),
        (0, "", ConfigError, "code 0"),
        (2999, "", ConfigError, "code 2999"),
        (5000, "", ConfigError, "use 1000, or 3000 to 4999"),
        (True, "", TypeError, "code must be an int, not bool"),
        ("1000", "", TypeError, "code must be an int, not str"),
        (1000, None, TypeError, "reason must be a str, not NoneType"),
        (1000, "x" * 124, ConfigError, "over 123 bytes"),
        (1000, "é" * 62, ConfigError, "over 123 bytes"),
        (1000, "\ud800", ConfigError, "lone surrogate"),
    ],
)
def test_bad_codes_and_reasons(code: Any, reason: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        check_close(code, reason)


def test_one_that_we_drop_before_the_actor_answers() -> None:
    pair = Pair()
    assert not pair.session.is_ended
    pair.session.close(1000, "")  # nobody has accepted: there is nobody to close with
    assert (pair.session.is_dropped, pair.session.is_over, pair.session.is_ended) == (True, False, True)
    assert pair.session.iteration_ends
    with pytest.raises(ConnectionClosedError, match="is closed"):
        pair.session.send("late")


def test_who_iterates_is_told_what_ended_it_even_if_we_drop_it_then() -> None:
    pair = Pair().open()
    pair.feed(close_frame(1011, b"user.no"))
    pair.session.is_dropped = True
    assert pair.session.is_ended
    assert not pair.session.iteration_ends


def test_a_driver_stops_reading_when_many_messages_wait_but_not_while_it_closes() -> None:
    pair = Pair().open()
    for _ in range(63):
        pair.feed(frame(TEXT, b"x"))
    assert not pair.session.has_enough
    pair.feed(frame(TEXT, b"x"))
    assert pair.session.has_enough
    pair.session.messages.popleft()
    assert not pair.session.has_enough
    pair.feed(frame(TEXT, b"x"))
    pair.session.close(1000, "")
    assert not pair.session.has_enough
