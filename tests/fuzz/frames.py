"""Frames of a server, legal or not, against the `websockets` package: the same messages, and the same end.

The two may differ where RFC 6455 lets them, or where one is stricter on purpose:

- This client refuses a frame as soon as its head is illegal, and text as soon as it is not UTF-8; `websockets` waits
  for the whole frame. So before the ends are compared, `websockets` gets what is missing of its frame.
- `websockets` takes lengths that are not in their shortest form, and any number of empty frames.
- `websockets` refuses a close within a fragmented message, which RFC 6455, 5.4 allows.
- Of a close frame that is wrong in two ways, one sees the code first and the other the reason.
- `websockets` leaves text to its user; here it is decoded by `Reference`.
"""

from __future__ import annotations

import random
import sys
from codecs import getincrementaldecoder
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection

from rivet_client._core.websocket import MAX_EMPTY_FRAMES, Closed, WebSocket
from tests.fuzz.mutate import cut, mutated
from tests.support.memory import traced_peak
from tests.support.pieces import in_steps
from tests.support.wire_pair import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame

# No sum of the small frames of a case comes near it: about control frames within a message that is nearly as long as
# it may be, the two have different opinions.
MAX_MESSAGE_BYTES = 100_000


def opened(rng: random.Random, max_message_bytes: int = MAX_MESSAGE_BYTES) -> WebSocket:
    """Return a WebSocket whose handshake is done."""
    client = WebSocket(rng.randbytes, max_message_bytes=max_message_bytes)
    client.start("host", "/", [], [])
    server = WSConnection(ConnectionType.SERVER)
    for data in client.data_to_send():
        server.receive_data(data)
    list(server.events())
    client.receive_data(server.send(AcceptConnection()))
    assert client.is_open
    return client


class Reference:
    """What `websockets` makes of the same bytes."""

    def __init__(self) -> None:
        self.messages: list[str | bytes] = []
        self.code: int | None = None  # of the end, whoever it comes from
        self._protocol = ClientProtocol(parse_uri("ws://host/"), state=OPEN, max_size=MAX_MESSAGE_BYTES)
        # As after a handshake.
        self._protocol.parser = super(ClientProtocol, self._protocol).parse()
        next(self._protocol.parser)
        self._decoder: Any = None
        self._parts: list[Any] = []

    def feed(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if self.code is None and event.opcode < Opcode.CLOSE:
                self._collect(event)
        if self.code is None and self._protocol.close_sent is not None:
            self.code = int(self._protocol.close_sent.code)

    def _collect(self, event: Any) -> None:
        if event.opcode is not Opcode.CONT:
            self._decoder = getincrementaldecoder("utf-8")() if event.opcode is Opcode.TEXT else None
        data = bytes(event.data)
        try:
            self._parts.append(data if self._decoder is None else self._decoder.decode(data, event.fin))
        except UnicodeDecodeError:
            self.code = 1007
            return
        if event.fin:
            self.messages.append((b"" if self._decoder is None else "").join(self._parts))
            self._parts = []


def some_frames(rng: random.Random) -> bytes:
    """Return a run of frames, most of them legal."""
    out = bytearray()
    within = False
    for _ in range(rng.randrange(12)):
        payload = rng.choice((b"", b"a", "é€😀".encode(), rng.randbytes(rng.choice((1, 125, 126, 300)))))
        if rng.random() < 0.02:
            payload = b"x" * rng.choice((65535, 65536, MAX_MESSAGE_BYTES + 1))
        kind = rng.random()
        if kind < 0.15:
            out += frame(rng.choice((PING, PONG)), payload[:125])
        elif kind < 0.2:
            out += frame(CLOSE) if rng.random() < 0.2 else close_frame(rng.choice(CODES), payload[:123])
        elif kind < 0.25:
            mask = b"1234" if rng.random() < 0.3 else b""
            out += frame(
                rng.randrange(16), payload, fin=rng.random() < 0.5, rsv=rng.choice((0, 1, 4)), mask=mask
            )
        else:
            fin = rng.random() < 0.6
            out += frame(CONTINUATION if within else rng.choice((TEXT, BINARY)), payload, fin=fin)
            within = not fin
    return bytes(out)


CODES = (
    1000,
    1001,
    1004,
    1005,
    1006,
    1008,
    1011,
    1012,
    1013,
    1014,
    1015,
    1016,
    2999,
    3000,
    4999,
    5000,
    999,
    0,
)


def case(rng: random.Random) -> None:
    """Cut a run of frames anywhere; now and then look at the memory that one message takes."""
    if rng.random() < 0.02:
        check_memory(rng)
        return
    data = some_frames(rng)
    if rng.random() < 0.4:
        data = mutated(rng, data)
    client, reference = opened(rng), Reference()
    got: list[Any] = []
    for piece in cut(rng, data):
        got += client.receive_data(piece)
    closed = got.pop() if got and isinstance(got[-1], Closed) else None
    assert all(isinstance(item, (str, bytes)) for item in got), "nothing comes after the end"
    assert len(got) <= len(data)
    if closed is not None:
        assert client.receive_data(data) == []
    reference.feed(data)
    if closed is not None and reference.code is None:
        reference.feed(bytes(2 * MAX_MESSAGE_BYTES))
    about = f"{closed}, but websockets: {reference.code}, after {got}, but websockets: {reference.messages}"[
        :2000
    ]
    if closed is not None and "shortest form" in closed.reason:
        assert reference.messages[: len(got)] == got, about
    elif reference.code == 1002 and (closed is None or closed.error is None):
        # A close within a message.
        assert reference.messages == got[: len(reference.messages)], about
    else:
        assert got == reference.messages, about
        code = closed and closed.code
        assert (
            code == reference.code
            or ({code, reference.code} == {1002, 1007} and "close frame" in str(closed))
            or (code, reference.code) == (1009, 1002)  # too long, and wrong besides
        ), about


def check_memory(rng: random.Random) -> None:
    """A message in pieces of any size takes no more than three times its own size."""
    size = rng.randrange(100_000, 500_000)
    text = rng.choice((None, "x", "é", "€", "😀", "xxxxxxxx😀"))
    message: Any = rng.randbytes(size) if text is None else text * (size // len(text.encode()))
    data = message if isinstance(message, bytes) else message.encode()
    pieces = rng.choice((1, 2, 3, 10, MAX_EMPTY_FRAMES))
    step = len(data) // pieces + 1
    opcode = TEXT if isinstance(message, str) else BINARY
    if pieces == 1:
        stream = frame(opcode, data)
    else:
        stream = b"".join(
            frame(CONTINUATION if at else opcode, data[at : at + step], fin=False)
            for at in range(0, len(data), step)
        )
        stream += frame(CONTINUATION)
    step = rng.choice((1, 13, 1000, 4095, 4096, 65536, len(stream)))
    if step == 1:
        step = 1 + len(stream) // 20_000  # one byte at a time takes seconds
    client = opened(rng, max_message_bytes=1_000_000)
    received = in_steps(stream, step)  # before the memory is traced: the pieces are the peer's
    with traced_peak() as peak:
        got: list[Any] = []
        for piece in received:
            got += client.receive_data(piece)
    assert got == [message]
    most = 3 * max(len(data), sys.getsizeof(message)) + 350_000  # wsproto gets 64 KiB at a time
    assert peak.bytes < most, (
        f"{peak.bytes} bytes for {len(data)} of {text!r}, {pieces} frames, {step} bytes at a time"
    )
