"""Whole lives of connections: a peer that sends anything, a driver and a user that do anything, in any order."""

from __future__ import annotations

import random
from typing import Any

from rivet_client._core.context import Context
from rivet_client._core.encoding import ENCODINGS
from rivet_client._core.limits import Limits
from rivet_client._core.raw_session import RawSession
from rivet_client._core.session import (
    OVER,
    ActorSession,
    Call,
    CallFailed,
    CallSucceeded,
    HangUp,
    OpenRequested,
    Phase,
)
from rivet_client._core.target import Target
from rivet_client._wire import cbor, json_text
from rivet_client.config import ClientConfig
from rivet_client.errors import ActorError, RivetError, TransportError
from rivet_client_generated.protocol import documents, frames, messages
from tests.fuzz.frames import some_frames
from tests.fuzz.handshakes import accept_token, some_answer
from tests.fuzz.mutate import cut, mutated
from tests.support.wire_pair import BINARY, CLOSE, DIAL, PING, PONG, TEXT, close_frame, frame

LIMITS = Limits(max_queued_calls=5, max_message_bytes=5000)


def case(rng: random.Random) -> None:
    """Live a life, close, and see that everybody was told everything once."""
    life = Life(rng)
    for _ in range(rng.randrange(80)):
        life.step()
    life.end()


class Life:
    """An ActorSession with a driver of its own."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.now = 1000.0
        config = ClientConfig(endpoint="http://engine:6420", encoding=rng.choice(list(ENCODINGS)))
        context = Context(config, now=lambda: self.now, jitter=rng.random)
        context.limits = LIMITS
        self.encoding = context.encoding
        self.session = ActorSession(
            context,
            Target(rng.choice(("get", "get_or_create")), "counter", ("k",)),
            has_params=rng.random() < 0.5,
            random_bytes=rng.randbytes,
        )
        self.calls: list[Call] = []
        self.forgotten: set[int] = set()
        self.told: dict[int, int] = {}
        self.attempt: int | None = None  # being dialed
        self.written = b""  # since the handshake began
        self.has_stream = False

    def step(self) -> None:
        """Something happens."""
        rng, session = self.rng, self.session
        likely = [self.go_on] * 4 + [self.peer] * 4
        rng.choice([*likely, self.wait, self.call, self.user, self.eof])()
        self.settle()
        # Time that is past is not waited for, again and again.
        for _ in range(5):
            due = session.next_deadline()
            if due is None or due > self.now:
                break
            session.tick(self.now)
            self.settle()
        else:
            raise AssertionError(f"the deadline stays at {due}, which is past")
        assert len(session.calls.queued) <= LIMITS.max_queued_calls

    def settle(self) -> None:
        for event in self.session.events():
            if isinstance(event, (CallSucceeded, CallFailed)):
                self.told[event.waiter] = self.told.get(event.waiter, 0) + 1
            elif isinstance(event, OpenRequested):
                assert not self.has_stream
                self.attempt = event.attempt
            elif isinstance(event, HangUp):
                self.has_stream, self.attempt = False, None
        self.written = (self.written + b"".join(self.session.data_to_send()))[-4000:]

    def go_on(self) -> None:
        """What a driver and a sound peer would do next."""
        session = self.session
        if self.attempt is not None:
            self.written = b""
            self.has_stream = session.dialed(self.attempt, DIAL, self.now)
            self.attempt = None
        elif not self.has_stream:
            session.start(self.now)
            self.wait()
        elif b"Sec-WebSocket-Key" in self.written:
            token = accept_token(self.written)
            self.written = b""
            answer = (
                b"HTTP/1.1 101 Yes\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: "
            )
            self.receive(
                answer + token + b"\r\n\r\n" + self.message(messages.Init(actor_id="a", connection_id="c"))
            )
        else:
            self.receive(self.some_message())

    def message(self, message: messages.ToClient) -> bytes:
        if self.encoding.name == "bare":
            return frame(BINARY, frames.encode_to_client(message))
        document = documents.encode_to_client_document(message)
        if self.encoding.name == "cbor":
            return frame(BINARY, cbor.dumps(document))
        return frame(TEXT, json_text.dumps(document))

    def some_message(self) -> bytes:
        rng = self.rng
        payload: Any = (
            rng.choice((b"\x81\x01", b"\xff", b"\x9f\xff\xff")) if self.encoding.name == "bare" else [1, "x"]
        )
        number = rng.choice([call.id for call in self.calls] or [0])
        return self.message(
            rng.choice(
                (
                    messages.Init(actor_id="a", connection_id="c"),
                    messages.Event(name="news", args=payload),
                    messages.ActionResponse(id=number, output=payload),
                    messages.Error(group="user", code="no", message="m", metadata=payload, action_id=number),
                    messages.Error(group=rng.choice(("actor", "auth")), code="starting", message="m"),
                )
            )
        )

    def peer(self) -> None:
        """The peer sends something odd."""
        rng = self.rng
        self.receive(
            rng.choice(
                (
                    mutated(rng, self.some_message()),
                    mutated(rng, some_frames(rng)),
                    rng.randbytes(rng.randrange(40)),
                    mutated(rng, some_answer(rng, b"x")),
                    frame(PING, b"p") + frame(PONG),
                    close_frame(
                        rng.choice((1000, 1001, 1008, 1011, 1014, 4000)), rng.choice((b"", b"a.b#ray", b"x"))
                    ),
                    frame(CLOSE),
                    frame(rng.choice((TEXT, BINARY)), rng.randbytes(rng.randrange(200))),
                )
            )
        )

    def receive(self, data: bytes) -> None:
        for piece in cut(self.rng, data):
            if self.has_stream:
                self.session.receive_data(piece, self.now)
                self.settle()

    def eof(self) -> None:
        if self.attempt is not None:
            error: RivetError = TransportError("refused", may_have_run=False)
            if self.rng.random() < 0.2:
                error = ActorError("actor", "not_found", "no")
            self.session.dial_failed(self.attempt, error, self.now)
        elif self.has_stream and self.rng.random() < 0.3:
            self.session.receive_eof(self.now)

    def wait(self) -> None:
        """Time passes, mostly until the session has something to do."""
        due = self.session.next_deadline()
        if due is not None and self.rng.random() < 0.7:
            self.now = max(self.now, due)
        else:
            self.now += self.rng.choice((0.0, 0.1, 3.0, 100.0))
        self.session.tick(self.now)

    def call(self) -> None:
        rng, session = self.rng, self.session
        args = self.encoding.dump([1], "args")
        number = len(self.told) + len(self.calls) + 1000
        try:
            self.calls.append(session.call(number, "act", args, rng.choice((None, 0, 1, 30)), self.now))
        except RivetError:
            assert session.phase is not Phase.LIVE or len(session.calls.queued) >= LIMITS.max_queued_calls

    def user(self) -> None:
        rng, session = self.rng, self.session
        match rng.randrange(6):
            case 0:
                session.subscribe("news")
            case 1:
                session.unsubscribe("news")
            case 2:
                session.pause(True, self.now)
            case 3:
                session.pause(False, self.now)
            case 4 if self.calls:
                call = rng.choice(self.calls)
                if call.waiter not in self.told:
                    if call.timeout is None:
                        session.calls.forget(call)
                    else:
                        session.expire(call, self.now)
                    self.forgotten.add(call.waiter)
            case _:
                if rng.random() < 0.1:
                    session.close(self.now)

    def end(self) -> None:
        session = self.session
        session.close(self.now)
        self.settle()
        assert session.phase is not Phase.LIVE
        for _ in range(3):
            due = session.next_deadline()
            if due is not None:
                self.now = max(self.now, due)
                session.tick(self.now)
                self.settle()
        assert session.phase in OVER
        assert session.next_deadline() is None
        assert not self.has_stream
        for call in self.calls:
            assert self.told.get(call.waiter, 0) == (call.waiter not in self.forgotten), (
                f"{call}: {self.told}"
            )


def raw_case(rng: random.Random) -> None:
    """The life of a raw WebSocket."""
    session = RawSession("the actor", rng.randbytes, LIMITS)
    session.start(DIAL)
    token = accept_token(b"".join(session.data_to_send()))
    got = 0
    for number in range(rng.randrange(20)):
        data = some_answer(rng, token) if number == 0 else some_frames(rng)
        if rng.random() < 0.3:
            data = mutated(rng, data)
        before = session.is_over
        for piece in cut(rng, data):
            session.receive_data(piece)
        assert not before or len(session.messages) == got, "nothing arrives after the end"
        got = len(session.messages)
        try:
            session.send(rng.choice(("x", b"x", "")))
            assert not before
        except RivetError:
            assert not session.is_open
        if rng.random() < 0.1:
            session.close(1000, "bye")
        session.data_to_send()
    session.receive_eof()
    assert session.is_over
    assert not session.is_open
    assert isinstance(session.end_error(), RivetError)
