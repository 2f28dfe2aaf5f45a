"""One WebSocket against the server half of wsproto, and against bytes that no wsproto would send."""

from __future__ import annotations

import itertools
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    Request,
    TextMessage,
)

from rivet_client._core.websocket import (
    MAX_BODY_BYTES,
    MAX_EMPTY_FRAMES,
    MAX_HEAD_BYTES,
    MAX_INTERIM_ANSWERS,
    Accepted,
    Closed,
    Incoming,
    Rejected,
    WebSocket,
)
from rivet_client.errors import ProtocolError
from tests.support.frames import shown_frames
from tests.support.memory import traced_peak
from tests.support.pieces import WHOLE_AND_BYTEWISE, Cut, bytewise, in_pieces, in_steps, whole
from tests.support.wire_pair import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
    seeded_bytes,
)


class Pair:
    """A client WebSocket and a server."""

    def __init__(self, cut: Cut = whole, max_message_bytes: int = 1 << 20) -> None:
        self.client = WebSocket(seeded_bytes(), max_message_bytes=max_message_bytes)
        self.server = WSConnection(ConnectionType.SERVER)
        self.cut = cut
        self.got: list[Incoming] = []
        self.seen: list[Event] = []
        self.client.start("host:1", "/path?q=1", [("x-a", "b")], ["rivet", "other"])
        self.settle()

    def settle(self) -> None:
        for data in self.client.data_to_send():
            self.server.receive_data(data)
            self.seen.extend(self.server.events())

    def feed(self, data: bytes) -> list[Incoming]:
        """Give the client bytes; returns all that it ever made of them."""
        for piece in self.cut(data):
            self.got.extend(self.client.receive_data(piece))
            self.settle()
        return self.got

    def open(self) -> Pair:
        self.feed(self.server.send(AcceptConnection(subprotocol="rivet")))
        assert [type(item) for item in self.got] == [Accepted]
        self.got.clear()
        return self

    def received(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.seen if isinstance(event, kind)]

    @property
    def closes(self) -> list[tuple[int, str | None]]:
        return [(int(event.code), event.reason) for event in self.seen if isinstance(event, CloseConnection)]


def broken(items: Sequence[Incoming]) -> Closed:
    """The one item, which must be an end by the peer's fault."""
    (item,) = items
    assert isinstance(item, Closed)
    assert isinstance(item.error, ProtocolError)
    return item


# --- Handshake -------------------------------------------------------------------------------------------------


def test_handshake_request() -> None:
    (request,) = Pair().received(Request)
    assert isinstance(request, Request)
    assert (request.host, request.target) == ("host:1", "/path?q=1")
    assert request.subprotocols == ["rivet", "other"]
    assert (b"x-a", b"b") in request.extra_headers


def test_a_handshake_that_cannot_be_sent_shows_no_secret() -> None:
    websocket = WebSocket(seeded_bytes(), max_message_bytes=1)
    with pytest.raises(UnicodeEncodeError) as caught:
        websocket.start("host", "/", {"x-a": "s3cret", "tracestate": "\u4e2d"}.items(), ["s3cret"])
    assert "s3cret" not in shown_frames(caught.value)


@WHOLE_AND_BYTEWISE
def test_accepted_with_messages_right_behind(cut: Cut) -> None:
    pair = Pair(cut)
    answer = pair.server.send(
        AcceptConnection(subprotocol="rivet", extra_headers=[(b"X-Rivet-Ray-Id", b"ray1")])
    )
    assert not pair.client.is_open
    accepted, *messages = pair.feed(answer + frame(TEXT, b"a") + frame(BINARY, b"b"))
    assert isinstance(accepted, Accepted)
    assert accepted.headers["x-rivet-ray-id"] == "ray1"
    assert messages == ["a", b"b"]
    assert pair.client.is_open


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("first", ["\r\n", "\n"])
@pytest.mark.parametrize("blank", ["\r\n", "\n"])
def test_interim_answers_are_skipped(first: str, blank: str, cut: Cut) -> None:
    # Lines may end either way, and a status needs no reason: what h11 takes for a head is one here.
    interim = f"HTTP/1.1 103 Early Hints{first}link: </a>{first}{blank}HTTP/1.0 100{first}{blank}".encode()
    pair = Pair(cut)
    answer = pair.server.send(AcceptConnection(subprotocol="rivet"))
    (accepted,) = pair.feed(interim + answer.replace(b"\r\n", first.encode()))
    assert isinstance(accepted, Accepted)
    pair = Pair(cut)
    head = f"HTTP/1.1 500 X{first}content-length: 4{first}{blank}".encode()
    (rejected,) = pair.feed(interim + head + b"body")
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (500, b"body")


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 199\n\n"])
def test_interim_answers_are_limited(interim: bytes, cut: Cut) -> None:
    pair = Pair(cut)
    assert pair.feed(interim * MAX_INTERIM_ANSWERS) == []
    assert "more than 100 interim answers" in broken(pair.feed(interim)).reason
    pair = Pair(cut)
    pair.feed(interim * MAX_INTERIM_ANSWERS)
    assert pair.open().client.is_open


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("status", [100, 101, 500])
@pytest.mark.parametrize("end", [b"", b"\r\n\r\n", b"\n\n" + bytes(MAX_HEAD_BYTES)])
def test_heads_are_limited(status: int, end: bytes, cut: Cut) -> None:
    start = b"HTTP/1.1 %d X\r\nx: " % status
    longest = start.ljust(MAX_HEAD_BYTES - 2, b"y") + b"\n\n"
    assert "longer" not in str(Pair(cut).feed(longest))
    assert (
        "a head is longer than 65536 bytes"
        in broken(Pair(cut).feed(b"%by%b" % (longest[:-2], end or b"yy"))).reason
    )


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("character", [b"\0", b"\x0b", b"\x0c", b"\r"])
@pytest.mark.parametrize("start", [b"HTTP/1.1 101 X\r\nx:", b"HTTP/1.1 500", b"HTTP/1.1 100 X\r\nx"])
def test_heads_that_would_take_quadratic_time(start: bytes, character: bytes, cut: Cut) -> None:
    head = start + b" " * 60_000 + character + b".\r\n\r\n"
    assert "control character" in broken(Pair(cut).feed(head)).reason


def accept(**changes: str | None) -> bytes:
    """The head of an answer that switches protocols, with headers changed, or left out for None."""
    headers: dict[str, str | None] = {
        "upgrade": "websocket",
        "connection": "Upgrade",
        "accept": "?",
        **changes,
    }
    names = {
        "accept": "sec-websocket-accept",
        "protocol": "sec-websocket-protocol",
        "extensions": "sec-websocket-extensions",
    }
    lines = [f"{names.get(name, name)}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, "\r\n"]).encode("latin-1")


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"220 smtp ready\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n: nameless\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        b"HTTP/1.1 101 " + b"x" * (MAX_HEAD_BYTES + 1),
        accept(upgrade=None),
        accept(connection=None),
        accept(accept="bm90IG91cnM="),
    ],
)
def test_garbage_for_a_handshake(answer: bytes, cut: Cut) -> None:
    pair = Pair(cut)
    closed = broken(pair.feed(answer))
    assert "handshake" in closed.reason
    assert not pair.client.is_open
    assert pair.seen == pair.received(Request)  # no close frame before there is a WebSocket
    assert pair.client.receive_data(b"more") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Protocol: rivet", b"Protocol: graphql-ws"),
        (b"Protocol: rivet", b"Protocol: riv\xe9t"),
        (b"Connection: Upgrade", b"Connection: Upgr\xe4de"),
        (b"Upgrade: websocket", b"Upgrade: h2c"),
        (b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    ],
)
def test_acceptance_of_something_else(old: bytes, new: bytes) -> None:
    pair = Pair()
    answer = pair.server.send(AcceptConnection(subprotocol="rivet"))
    assert old in answer
    assert "handshake" in broken(pair.feed(answer.replace(old, new, 1))).reason


def test_acceptance_without_a_subprotocol() -> None:
    pair = Pair()
    (accepted,) = pair.feed(pair.server.send(AcceptConnection()))
    assert isinstance(accepted, Accepted)


def test_eof_at_every_point_of_the_handshake() -> None:
    answer = Pair().server.send(AcceptConnection(subprotocol="rivet"))
    for at in range(len(answer)):
        pair = Pair()
        assert pair.feed(answer[:at]) == []
        assert pair.client.receive_eof() == Closed(None)


REFUSAL = b'{"group":"auth","code":"forbidden","message":"no"}'


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("status", [200, 301, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("framing", ["length", "chunked", "until-eof"])
def test_rejected(status: int, framing: str, cut: Cut) -> None:
    pair = Pair(cut)
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\n"
    if framing == "length":
        answer = f"{head}content-length: {len(REFUSAL)}\r\n\r\n".encode() + REFUSAL
    elif framing == "chunked":
        half = len(REFUSAL) // 2
        pieces = [REFUSAL[:half], REFUSAL[half:], b""]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        answer = f"{head}transfer-encoding: chunked\r\n\r\n".encode() + body
    else:
        answer = f"{head}connection: close\r\n\r\n".encode() + REFUSAL
    got = pair.feed(answer)
    if framing == "until-eof":
        assert got == []
        got = [pair.client.receive_eof()]
    (rejected,) = got
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (status, REFUSAL)
    assert rejected.headers["content-type"] == "application/json"
    assert pair.client.receive_data(b"more") == []


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        pytest.param(b"content-length: 0\r\n\r\n", b"", id="empty"),
        pytest.param(b"content-length: 3\r\n\r\nabcdef", b"abc", id="more than announced"),
        pytest.param(b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", b"abc", id="bad chunk"),
        pytest.param(
            b"content-length: 99999999\r\n\r\n" + b"x" * MAX_BODY_BYTES * 2,
            b"x" * MAX_BODY_BYTES,
            id="too long",
        ),
        pytest.param(
            b"transfer-encoding: chunked\r\n\r\n" + b"1;%b\r\nx\r\n" % (b"y" * 16000) * 9,
            b"xxxx",
            id="too long, though little is in it",
        ),
        pytest.param(
            b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n5;" + b" " * 60_000 + b"\n\r\n",
            b"x",
            id="a head of a chunk that would take quadratic time",
        ),
    ],
)
@WHOLE_AND_BYTEWISE
def test_odd_bodies_of_a_refusal(rest: bytes, body: bytes, cut: Cut) -> None:
    (rejected,) = Pair(cut).feed(b"HTTP/1.1 503 No\r\n" + rest)
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (503, body)


def test_eof_within_the_body_of_a_refusal() -> None:
    pair = Pair()
    assert pair.feed(b"HTTP/1.1 403 No\r\ncontent-length: 9\r\n\r\nabc") == []
    rejected = pair.client.receive_eof()
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.body) == (403, b"abc")


# --- Messages --------------------------------------------------------------------------------------------------

SIZES = [0, 1, 3, 4, 125, 126, 127, 65535, 65536, 70001]


@pytest.mark.parametrize("size", SIZES)
def test_messages_of_all_sizes(size: int) -> None:
    pair = Pair().open()
    binary = bytes(at % 251 for at in range(size))
    for message in (binary, "x" * size):
        pair.client.send_message(message)
    pair.settle()
    assert [event.data for event in pair.received(Message)] == [binary, "x" * size]  # type: ignore[attr-defined]
    sent = pair.server.send(BytesMessage(binary)) + pair.server.send(TextMessage("x" * size))
    assert pair.feed(sent) == [binary, "x" * size]


def test_every_frame_has_a_mask_of_its_own() -> None:
    pair = Pair().open()
    random_bytes = seeded_bytes()
    drawn: list[bytes] = []

    def draw(size: int) -> bytes:
        drawn.append(random_bytes(size))
        return drawn[-1]

    pair.client._random_bytes = draw
    count = 3000  # more than one pool of random bytes holds
    for number in range(count):
        pair.client.send_message(str(number))
    frames = pair.client.data_to_send()
    assert all(data[1] & 0x80 for data in frames)
    # Each random byte is in only one mask. So a peer that knows a mask learns nothing about the next.
    assert b"".join(data[2:6] for data in frames) == b"".join(drawn)[: 4 * count]
    for data in frames:
        pair.server.receive_data(data)
    texts = [event.data for event in pair.server.events() if isinstance(event, TextMessage)]
    assert texts == [str(number) for number in range(count)]


STREAM = b"".join(
    [
        frame(TEXT, "é1".encode()),
        frame(BINARY, b"x" * 200),
        frame(PING, b"p"),
        frame(TEXT, "a\u20ac".encode()[:2], fin=False),
        frame(PONG),
        frame(CONTINUATION, "a\u20ac".encode()[2:]),
        frame(BINARY, b"", fin=False),
        frame(CONTINUATION, b"b", fin=False),
        frame(CONTINUATION, b""),
        frame(TEXT),
        close_frame(1011, b"user.gone"),
    ]
)
MESSAGES: list[Incoming] = ["é1", b"x" * 200, "a\u20ac", b"b", "", Closed(1011, "user.gone")]


def test_the_same_whole_and_cut_anywhere() -> None:
    assert Pair().open().feed(STREAM) == MESSAGES
    assert Pair(bytewise).open().feed(STREAM) == MESSAGES
    for at in range(1, len(STREAM)):
        pair = Pair().open()
        pair.feed(STREAM[:at])
        assert pair.feed(STREAM[at:]) == MESSAGES
        assert pair.closes == [(1011, "user.gone")]  # answered as RFC 6455, 5.5.1 wants it


def test_nothing_after_the_end() -> None:
    pair = Pair().open()
    assert pair.feed(STREAM + frame(TEXT, b"late")) == MESSAGES
    assert pair.client.receive_data(frame(TEXT, b"later")) == []


def in_frames(opcode: int, data: bytes, step: int) -> Iterator[bytes]:
    """A message in many frames, an empty one at either end."""
    pieces = (frame(CONTINUATION, piece, fin=False) for piece in in_steps(data, step))
    return itertools.chain([frame(opcode, fin=False)], pieces, [frame(CONTINUATION)])


SIZE = 1 << 18


TEXTS = [None, "x", "\xe9", "\u20ac", "\U0001f600"]
SLOW = [None, "\U0001f600"]  # with little and with much that comes of it


@pytest.mark.parametrize(
    ("come", "size", "text"),
    [
        *itertools.product(["at once", "65536 bytes at a time"], [SIZE], TEXTS),
        *itertools.product(["in a frame and an empty one", "in frames of 5000"], [SIZE], TEXTS),
        *itertools.product(["7 bytes at a time"], [SIZE // 16], TEXTS),
        *itertools.product(["1 bytes at a time"], [SIZE // 64], SLOW),
        *itertools.product(["in frames of 1"], [SIZE // 256], SLOW),
    ],
    ids=ascii,
)
def test_memory_is_within_three_times_the_message(come: str, size: int, text: str | None) -> None:
    message = bytes(size) if text is None else text * (size // len(text.encode()))
    data = message if isinstance(message, bytes) else message.encode()
    opcode = BINARY if text is None else TEXT
    chunks: Iterable[bytes]
    match come.split():
        case ["at", "once"]:
            chunks = [frame(opcode, data)]
        case [step, "bytes", *_]:
            chunks = in_steps(frame(opcode, data), int(step))
        case ["in", "frames", "of", step]:
            chunks = in_frames(opcode, data, int(step))
        case _:
            chunks = in_steps(frame(opcode, data, fin=False) + frame(CONTINUATION), 8192)
    client = Pair(max_message_bytes=SIZE).open().client
    got: list[Incoming] = []
    with traced_peak() as peak:
        for chunk in chunks:
            got.extend(client.receive_data(chunk))
    assert got == [message]
    overhead = 50_000 + 300_000 * min(1, size / 65536)  # wsproto gets 64 KiB at a time
    assert peak.bytes < 3 * max(len(data), sys.getsizeof(message)) + overhead


def test_wsproto_gets_little_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def watch(part: type[WSConnection | Connection]) -> None:
        receive_data = part.receive_data

        def spy(self: Any, data: bytes) -> None:
            sizes.append(len(data))
            receive_data(self, data)

        monkeypatch.setattr(part, "receive_data", spy)

    watch(Connection)
    pair = Pair().open()
    data = frame(BINARY, bytes(SIZE), fin=False) + frame(CONTINUATION)
    sizes.clear()
    assert pair.feed(data) == [bytes(SIZE)]
    assert max(sizes) <= 65536
    assert sum(sizes) == len(data)  # each byte once
    watch(WSConnection)
    pair = Pair()
    pair.feed(b"HTTP/1.1 500 X\r\n\r\n")
    sizes.clear()
    assert pair.feed(bytes(SIZE)) != []
    assert max(sizes) <= 1024
    assert sum(sizes) == MAX_BODY_BYTES


# --- Limits ----------------------------------------------------------------------------------------------------


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(frame(BINARY, bytes(100)), id="one frame"),
        pytest.param(frame(BINARY, bytes(60), fin=False) + frame(CONTINUATION, bytes(40)), id="fragments"),
        pytest.param(
            frame(TEXT, bytes(99) + b"\xc3", fin=False)[:1]
            + frame(TEXT, bytes(98) + b"\xc3")[1:]
            + frame(CONTINUATION, fin=False) * MAX_EMPTY_FRAMES
            + frame(PING, bytes(101))
            + frame(CONTINUATION, b"\xa9"),
            id="empty frames",
        ),
        pytest.param(frame(TEXT, "\u20ac".encode() * 33), id="text"),
    ],
)
def test_the_longest_message(data: bytes, cut: Cut) -> None:
    first, second = Pair(cut, max_message_bytes=100).open().feed(data + data)
    assert first == second
    assert isinstance(first, (bytes, str))


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(frame(BINARY, bytes(101))[:3], id="announced"),
        pytest.param(b"\x82\x7f\x7f" + b"\xff" * 7, id="absurd"),
        pytest.param(b"\x02\x7f\x7f" + b"\xff" * 7, id="absurd first fragment"),
        pytest.param(frame(BINARY, bytes(60), fin=False) + frame(CONTINUATION, bytes(41)), id="fragments"),
        pytest.param(
            frame(TEXT, "\u20ac".encode() * 20, fin=False) + frame(CONTINUATION, "\u20ac".encode() * 20),
            id="text counts in bytes",
        ),
        pytest.param(
            frame(TEXT, bytes(98) + b"\xe2\x82", fin=False) + frame(CONTINUATION, b"\xac"),
            id="a third of a sign",
        ),
        pytest.param(frame(TEXT, bytes(101), fin=False)[:2], id="first fragment"),
    ],
)
def test_a_message_too_long(data: bytes, cut: Cut) -> None:
    pair = Pair(cut, max_message_bytes=100).open()
    closed = broken(pair.feed(data + bytes(300)))
    assert closed.code == 1009
    assert "100 bytes" in str(closed.error)
    assert [code for code, _ in pair.closes] == [1009]


# --- Violations ------------------------------------------------------------------------------------------------


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(frame(TEXT, b"ab", mask=b"1234"), 1002, id="masked"),
        pytest.param(frame(BINARY, bytes(200), mask=b"1234"), 1002, id="masked, longer"),
        pytest.param(frame(PING, b"ab", mask=b"1234"), 1002, id="masked ping"),
        pytest.param(frame(BINARY, bytes(200), mask=b"1234")[:2], 1002, id="masked, just begun"),
        *(
            pytest.param(bytes((head, size)) + length, 1002, id=f"{name}, length {length.hex()}")
            for head, name in ((0x81, "text"), (0x82, "binary"), (0x02, "fragment"), (0x89, "ping"))
            for size, length in (
                (126, struct.pack("!H", 0)),
                (126, struct.pack("!H", 125)),
                (127, struct.pack("!Q", 0)),
                (127, struct.pack("!Q", 65535)),
                (127, struct.pack("!Q", 1 << 63)),
            )
        ),
        pytest.param(frame(TEXT, b"a", rsv=4), 1002, id="reserved bit 1"),
        pytest.param(frame(BINARY, b"a", rsv=2), 1002, id="reserved bit 2"),
        pytest.param(frame(PING, rsv=1), 1002, id="reserved bit 3"),
        pytest.param(frame(3), 1002, id="reserved data opcode"),
        pytest.param(frame(11), 1002, id="reserved control opcode"),
        pytest.param(frame(PING, fin=False), 1002, id="fragmented ping"),
        pytest.param(frame(PING, bytes(126)), 1002, id="long ping"),
        pytest.param(frame(CONTINUATION, b"a"), 1002, id="nothing to continue"),
        pytest.param(frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), 1002, id="message inside a message"),
        pytest.param(frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) * 1000, 1008, id="empty frames"),
        pytest.param(frame(TEXT, b"\xff"), 1007, id="not UTF-8"),
        pytest.param(frame(TEXT, b"a" * 70_000 + b"\xff"), 1007, id="long and not UTF-8"),
        pytest.param(frame(TEXT, b"a" * 70_000 + b"\xe2"), 1007, id="long and half a character"),
        pytest.param(frame(TEXT, b"\xed\xa0\x80"), 1007, id="a surrogate"),
        pytest.param(frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"\xff"), 1007, id="not UTF-8 later"),
        pytest.param(frame(TEXT, b"\xe2", fin=False) + frame(CONTINUATION), 1007, id="half a character"),
        pytest.param(frame(CLOSE, b"\x03"), 1002, id="half a close code"),
        pytest.param(close_frame(999), 1002, id="close code 999"),
        pytest.param(close_frame(1004), 1002, id="close code 1004"),
        pytest.param(close_frame(1005), 1002, id="close code 1005"),
        pytest.param(close_frame(1006), 1002, id="close code 1006"),
        pytest.param(close_frame(1015), 1002, id="close code 1015"),
        pytest.param(close_frame(1016), 1002, id="close code 1016"),
        pytest.param(close_frame(2999), 1002, id="close code 2999"),
        pytest.param(close_frame(5000), 1002, id="close code 5000"),
        pytest.param(frame(CLOSE, bytes((3, 232, *bytes(124)))), 1002, id="long close"),
        pytest.param(frame(CLOSE, fin=False), 1002, id="fragmented close"),
        pytest.param(close_frame(1000, b"\xff"), 1007, id="close reason not UTF-8"),
    ],
)
def test_violations(data: bytes, code: int, cut: Cut) -> None:
    pair = Pair(cut).open()
    *before, closed = pair.feed(frame(TEXT, b"before") + data + frame(TEXT, b"after"))
    assert before == ["before"]
    assert broken([closed]).code == code
    assert [sent for sent, _ in pair.closes] == [code]
    assert not pair.client.is_open


# --- Control frames --------------------------------------------------------------------------------------------


def test_pings_are_answered() -> None:
    pair = Pair().open()
    assert pair.feed(pair.server.send(Ping(b"hello"))) == []
    assert pair.feed(frame(PING, bytes(125)) + frame(TEXT, b"a")) == ["a"]
    assert [event.payload for event in pair.received(Pong)] == [b"hello", bytes(125)]  # type: ignore[attr-defined]


def test_of_many_pings_the_latest_is_answered() -> None:
    client = Pair().open().client
    assert client.receive_data(frame(PING) * 2000 + frame(PING, b"latest")) == []
    (pong,) = client.data_to_send()
    assert len(pong) == 2 + 4 + len(b"latest")


def test_our_ping_and_its_answer() -> None:
    pair = Pair().open()
    pair.client.ping(b"there?")
    pair.settle()
    (ping,) = pair.received(Ping)
    assert isinstance(ping, Ping)
    assert pair.feed(pair.server.send(ping.response())) == []


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1000, ""),
        (1001, "going away"),
        (1008, "ws.message_index_skip"),
        (1011, "a.b#ray"),
        (1013, ""),
        (4999, "é"),
    ],
)
def test_the_peer_closes(code: int, reason: str, cut: Cut) -> None:
    pair = Pair(cut).open()
    assert pair.feed(pair.server.send(CloseConnection(code, reason))) == [Closed(code, reason)]
    assert pair.closes == [(code, reason)]
    assert not pair.client.is_open


def test_a_close_code_that_wsproto_does_not_know() -> None:
    client = Pair().open().client
    assert client.receive_data(close_frame(1014, b"bad gateway")) == [Closed(1014, "bad gateway")]
    (answer,) = client.data_to_send()
    mask, payload = answer[2:6], answer[6:]
    assert (
        bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        == struct.pack("!H", 1014) + b"bad gateway"
    )


def test_the_peer_closes_without_a_code() -> None:
    pair = Pair().open()
    assert pair.feed(frame(CLOSE)) == [Closed(1005)]
    assert pair.client.receive_eof() == Closed(None)


def test_the_stream_ends() -> None:
    pair = Pair().open()
    assert pair.feed(frame(TEXT, b"a") + b"\x81") == ["a"]
    assert pair.client.receive_eof() == Closed(None)
    assert pair.client.receive_data(b"more") == []


@WHOLE_AND_BYTEWISE
def test_we_close(cut: Cut) -> None:
    pair = Pair(cut).open()
    pair.client.close(1000, "Disposed")
    pair.client.close(1001, "again")
    assert not pair.client.is_open
    # What the peer had sent before it saw our close is dropped, and pings are not answered any more.
    late = frame(TEXT, b"late") + frame(BINARY, b"a", fin=False) + frame(PING) + frame(CONTINUATION, b"b")
    assert pair.feed(late) == []
    assert pair.closes == [(1000, "Disposed")]
    (close,) = pair.received(CloseConnection)
    assert isinstance(close, CloseConnection)
    assert pair.feed(pair.server.send(close.response())) == [Closed(1000, "Disposed")]
    assert pair.received(Pong) == []
    assert len(pair.closes) == 1


def test_both_close() -> None:
    pair = Pair().open()
    pair.client.close(1000)
    assert pair.feed(close_frame(4000, b"mine")) == [Closed(4000, "mine")]
    assert pair.closes == [(1000, "")]


@pytest.mark.parametrize("data", [frame(3), frame(TEXT, bytes(70), rsv=1), b"\x82\x7f" + b"\xff" * 8])
def test_violations_while_we_close(data: bytes) -> None:
    pair = Pair().open()
    pair.client.close(1000)
    broken(pair.feed(data))
    assert pair.closes == [(1000, "")]


def test_close_before_there_is_a_websocket() -> None:
    pair = Pair()
    pair.client.close(1000)
    assert pair.client.data_to_send() == []


# --- Hostile bytes ---------------------------------------------------------------------------------------------

FRAMES = st.builds(
    frame,
    st.integers(0, 15),
    st.binary(max_size=200),
    fin=st.booleans(),
    rsv=st.sampled_from([0, 0, 0, 0, 1]),
    mask=st.sampled_from([b"", b"", b"", b"", b"1234"]),
)


@given(st.lists(FRAMES | st.binary(max_size=20), max_size=6), st.lists(st.integers(0, 2000), max_size=8))
@example([frame(TEXT, b"a" * 4 + b"\x80", fin=False)], [4])
def test_any_bytes_cut_anywhere(parts: list[bytes], cuts: list[int]) -> None:
    """Nothing raises, the end comes last, and where the stream is cut makes no difference."""
    data = b"".join(parts)
    outcomes = []
    for cut in (whole, lambda data: in_pieces(data, cuts)):
        pair = Pair(cut, max_message_bytes=300).open()
        got = pair.feed(data)
        assert not any(isinstance(item, Closed) for item in got[:-1])
        # Errors compare by identity; their texts say what matters. Of pings that come at once, only the latest is
        # answered.
        seen = [str(event) for event in pair.seen if not isinstance(event, (Request, Pong))]
        outcomes.append(([str(item) for item in got], seen))
    assert outcomes[0] == outcomes[1]


HEADS = st.sampled_from(
    [
        b"HTTP/1.1 101 OK\r\n",
        b"HTTP/1.1 503 No\r\n",
        b"HTTP/1.1 100 \r\n\r\n",
        b"HTTP/1.1 199\n\r\n",
        b"HTTP/1.1 099\n\n",
        b"HTTP/1.0 200\r\n",
        b"\n",
        b"",
    ]
)
HEADERS = st.sampled_from(
    [
        b"upgrade: websocket\r\n",
        b"connection: upgrade\n",
        b"content-length: 4\r\n",
        b"transfer-encoding: chunked\r\n",
        b"sec-websocket-protocol: \xff\r\n",
        b"\r\n",
        b"\n",
        b"4\r\nabcd\r\n0\r\n\r\n",
    ]
)


@given(
    st.lists(HEADS, min_size=1, max_size=3),
    st.lists(HEADERS | st.binary(max_size=10), max_size=8),
    st.lists(st.integers(0, 300), max_size=4),
)
@example([b"HTTP/1.1 100\n\r\nHTTP/1.1 500 X\r\n\r\n"], [b"body"], [])
def test_any_bytes_as_the_answer_to_the_handshake(
    heads: list[bytes], parts: list[bytes], cuts: list[int]
) -> None:
    """Nothing raises, and where the stream is cut makes no difference."""
    data = b"".join(heads + parts)
    outcomes = []
    for cut in (whole, lambda data: in_pieces(data, cuts)):
        pair = Pair(cut)
        pair.feed(data)
        pair.got.append(pair.client.receive_eof())
        first = pair.got[0]
        assert isinstance(first, (Rejected, Closed))
        outcomes.append((first.status, first.body) if isinstance(first, Rejected) else first.code)
    assert outcomes[0] == outcomes[1]
