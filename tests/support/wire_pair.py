"""An ActorSession wired to the server half of wsproto, without a network and with a clock of its own.

The pair plays the driver: after every input it carries bytes over and collects events. Tests say what the server and
the user do, and when; nothing happens by itself.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)

from rivet_client._core.context import Context
from rivet_client._core.encoding import ENCODINGS
from rivet_client._core.gateway import DialPlan
from rivet_client._core.limits import Limits
from rivet_client._core.session import (
    ActorSession,
    Call,
    CallFailed,
    CallSucceeded,
    ErrorReported,
    HangUp,
    OpenRequested,
    SessionEvent,
    StatusChanged,
)
from rivet_client._core.target import Target
from rivet_client._wire import cbor, json_text
from rivet_client.config import ClientConfig
from rivet_client.errors import ErrorClasses, RivetError
from rivet_client_generated.protocol import documents, frames
from rivet_client_generated.protocol.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Init,
    SubscriptionRequest,
    ToClient,
    ToServer,
)
from rivet_client_generated.protocol.messages import Event as EventMessage
from tests.support.fake_clock import FakeClock

ACTOR = "a" * 30
DIAL = DialPlan(
    secure=False,
    host="engine",
    port=6420,
    resource="/gateway/counter/connect?rvt-namespace=default",
    authority="engine:6420",
    headers={"x-mine": "1"},
    subprotocols=["rivet", "rivet_encoding.bare"],
)
INIT = Init(actor_id=ACTOR, connection_id="c1")

E = TypeVar("E")


def seeded_bytes() -> Callable[[int], bytes]:
    """A source of random bytes that gives the same ones in every test run."""
    return random.Random(1).randbytes


CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes = b"") -> bytes:
    """A frame of a server, legal or not."""
    head = (0x80 if fin else 0) | rsv << 4 | opcode
    bit = 0x80 if mask else 0
    if len(payload) < 126:
        start = bytes((head, bit | len(payload)))
    elif len(payload) < 65536:
        start = bytes((head, bit | 126)) + struct.pack("!H", len(payload))
    else:
        start = bytes((head, bit | 127)) + struct.pack("!Q", len(payload))
    return start + mask + (bytes(a ^ mask[i % 4] for i, a in enumerate(payload)) if mask else payload)


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """A close frame, legal or not."""
    return frame(CLOSE, struct.pack("!H", code) + reason)


class WirePair:
    """A session, its server and their clock.

    Args:
        encoding: How messages travel.
        chunk: Bytes that reach the client at a time; None for all at once.
        follows_key: The handle is one of `get_or_create`.
        has_params: As `ActorSession`.
        limits: Of the context.
        jitter: What every random number is.
        protocol_version: The version that the user has fixed.
        timeout: The client's, in seconds.
    """

    def __init__(
        self,
        *,
        encoding: str = "bare",
        chunk: int | None = None,
        follows_key: bool = True,
        has_params: bool = False,
        limits: Limits = Limits(),  # noqa: B008 (nobody can change it)
        jitter: float = 1.0,
        protocol_version: int | None = None,
        timeout: float | None = 60.0,
    ) -> None:
        self.clock = FakeClock()
        self.encoding = ENCODINGS[encoding]
        self.chunk = chunk
        config = ClientConfig(
            endpoint="http://engine:6420",
            encoding=encoding,
            protocol_version=protocol_version,
            timeout=timeout,
        )
        self.error_classes: ErrorClasses = {}
        self.context = Context(
            config, now=self.clock, jitter=lambda: jitter, load_error_classes=lambda: self.error_classes
        )
        self.context.limits = limits
        self.session = ActorSession(
            self.context,
            Target("get_or_create" if follows_key else "get", "counter", ("k",)),
            has_params=has_params,
            random_bytes=seeded_bytes(),
        )
        self.events: list[SessionEvent] = []
        self.server = WSConnection(ConnectionType.SERVER)
        self.seen: list[Event] = []  # what the server's wsproto reported
        self.attempts: list[OpenRequested] = []
        self.called: list[str] = []  # the waiters of all calls made

    # --- The driver's part -------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Carry bytes to the server and collect events, as a driver does after every input."""
        self._to_server(self.session.data_to_send())
        for event in self.session.events():
            self.events.append(event)
            if isinstance(event, OpenRequested):
                self.attempts.append(event)
            if isinstance(event, HangUp):
                self._to_server(event.data)

    def _to_server(self, chunks: Sequence[bytes]) -> None:
        for data in chunks:
            self.server.receive_data(data)
            self.seen.extend(self.server.events())

    def feed(self, data: bytes) -> None:
        """Give the session bytes, in chunks."""
        step = self.chunk or max(1, len(data))
        for at in range(0, len(data), step):
            self.session.receive_data(data[at : at + step], self.clock.now)
            self.settle()

    def eof(self) -> None:
        """End the stream."""
        self.session.receive_eof(self.clock.now)
        self.settle()

    def advance(self, seconds: float) -> None:
        """Move the clock, waking the session exactly when it asks for that."""
        until = self.clock.now + seconds
        while (due := self.session.next_deadline()) is not None and due <= until:
            self.clock.now = max(self.clock.now, due)
            self.session.tick(self.clock.now)
            self.settle()
        self.clock.now = until

    # --- Steps of a connection's life --------------------------------------------------------------------------

    def start(self) -> WirePair:
        """Begin to connect."""
        self.session.start(self.clock.now)
        self.settle()
        return self

    def dial(self, dial: DialPlan = DIAL) -> WirePair:
        """Connect the stream; the session sends its handshake."""
        self.server = WSConnection(ConnectionType.SERVER)
        assert self.session.dialed(self.attempts[-1].attempt, dial, self.clock.now)
        self.settle()
        return self

    def dial_failed(self, error: RivetError) -> None:
        """Fail to connect the stream."""
        self.session.dial_failed(self.attempts[-1].attempt, error, self.clock.now)
        self.settle()

    @property
    def request(self) -> Request:
        """The latest handshake that the server got."""
        return [event for event in self.seen if isinstance(event, Request)][-1]

    def accept(self, subprotocol: str | None = "rivet") -> WirePair:
        """Accept the handshake."""
        headers = [(b"x-rivet-ray-id", b"ray1")]
        self.feed(self.server.send(AcceptConnection(subprotocol=subprotocol, extra_headers=headers)))
        return self

    def reject(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        """Answer the handshake with an ordinary response."""
        pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        pairs.append((b"content-length", str(len(body)).encode()))
        data = self.server.send(RejectConnection(status_code=status, headers=pairs, has_body=True))
        self.feed(data + self.server.send(RejectData(data=body)))

    def init(self) -> WirePair:
        """Send Init."""
        self.send(INIT)
        return self

    def open(self) -> WirePair:
        """Go all the way to an open connection."""
        return self.start().dial().accept().init()

    def reopen(self) -> WirePair:
        """Go through the next attempt, which must have been asked for."""
        return self.dial().accept().init()

    # --- The server's part -------------------------------------------------------------------------------------

    def payload(self, value: object) -> Any:
        """A value as the payload of a message."""
        return self.encoding.dump(value, "value")

    def data(self, message: ToClient) -> tuple[int, bytes]:
        """A message as the server puts it into a WebSocket message: opcode and payload."""
        if self.encoding.name == "bare":
            return BINARY, frames.encode_to_client(message)
        document = documents.encode_to_client_document(message)
        if self.encoding.name == "cbor":
            return BINARY, cbor.dumps(document)
        return TEXT, json_text.dumps(document)

    def send(self, *messages: ToClient) -> None:
        """Send messages, all in one piece of stream."""
        self.feed(b"".join(frame(*self.data(message)) for message in messages))

    def answer(self, call: Call, value: object) -> None:
        """Let an action return."""
        self.send(ActionResponse(id=call.id, output=self.payload(value)))

    def fail(self, group: str, code: str, **fields: Any) -> None:
        """Send an Error; without `action_id` it is about the connection."""
        self.send(Error(group=group, code=code, message=f"{group} {code}", **fields))

    def emit(self, name: str, args: object) -> None:
        """Send an event."""
        self.send(EventMessage(name=name, args=self.payload(args)))

    def ping(self, payload: bytes = b"") -> None:
        """Ping the client."""
        self.feed(frame(PING, payload))

    def pong(self) -> None:
        """Answer the client's latest ping."""
        self.feed(frame(PONG, bytes(self.pings[-1].payload)))

    def close(self, code: int, reason: str = "") -> None:
        """Close the WebSocket."""
        # 1005 stands for a close frame without a code.
        self.feed(frame(CLOSE) if code == 1005 else close_frame(code, reason.encode()))

    # --- What happened -----------------------------------------------------------------------------------------

    @property
    def received(self) -> list[ToServer]:
        """The messages that the server got."""
        return list(self._received())

    def _received(self) -> Iterator[ToServer]:
        for event in self.seen:
            if isinstance(event, BytesMessage) and self.encoding.name == "bare":
                yield frames.decode_to_server(bytes(event.data))
            elif isinstance(event, BytesMessage):
                yield documents.decode_to_server_document(cbor.loads(bytes(event.data)))
            elif isinstance(event, TextMessage):
                yield documents.decode_to_server_document(json_text.loads(event.data.encode()))

    @property
    def calls_received(self) -> list[str]:
        """The names of the actions that the server was asked for."""
        return [message.name for message in self.received if isinstance(message, ActionRequest)]

    @property
    def subscriptions_received(self) -> list[tuple[str, bool]]:
        """The subscription requests that the server got."""
        return [
            (message.event_name, message.subscribe)
            for message in self.received
            if isinstance(message, SubscriptionRequest)
        ]

    @property
    def pings(self) -> list[Ping]:
        """The pings that the server got."""
        return [event for event in self.seen if isinstance(event, Ping)]

    @property
    def closes(self) -> list[tuple[int, str | None]]:
        """The close frames that the server got."""
        return [(int(event.code), event.reason) for event in self.seen if isinstance(event, CloseConnection)]

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def statuses(self) -> list[str]:
        """The public statuses gone through."""
        return [event.status.value for event in self.of(StatusChanged)]

    @property
    def results(self) -> dict[Any, Any]:
        """Outcomes by waiter: a value, or an error. A waiter that was told twice fails the test."""
        outcomes: dict[Any, Any] = {}
        for event in self.events:
            if isinstance(event, (CallSucceeded, CallFailed)):
                assert event.waiter not in outcomes, f"{event.waiter} was told twice"
                outcomes[event.waiter] = event.value if isinstance(event, CallSucceeded) else event.error
        return outcomes

    @property
    def reported(self) -> list[ErrorReported]:
        """The errors that no call was told."""
        return self.of(ErrorReported)

    # --- The user's part ---------------------------------------------------------------------------------------

    def call(self, name: str = "add", *args: object, timeout: float | None = None) -> Call:
        """Call an action; the waiter is its name."""
        call = self.session.call(name, name, self.encoding.dump(list(args), "args"), timeout, self.clock.now)
        self.called.append(name)
        self.settle()
        return call

    def user_closes(self) -> None:
        """Close from the user's side."""
        self.session.close(self.clock.now)
        self.settle()
