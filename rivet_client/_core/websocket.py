"""One WebSocket, client side, without I/O: bytes in, whole messages out. The only importer of wsproto.

wsproto does the handshake, pings and fragmented messages, and decides nearly everything about what is legal. Messages
in one frame, which are nearly all traffic, are cut out and masked here: wsproto would need more time for one such frame
than the rest of a call needs. So this module cuts the stream into heads and frames, and gives wsproto one of them at a
time. This module alone decides where a head or a frame ends, and wsproto alone decides what it means.

Time is linear in what the peer sends, however that is cut, and memory stays within three times the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from rivet_client._core.heads import HEAD_END, MAX_HEAD_BYTES, MAX_INTERIM_ANSWERS, NOT_IN_A_HEAD
from rivet_client._core.pieces import Pieces, cut
from rivet_client._objects import LateModule
from rivet_client._secret import Secret, alone
from rivet_client.errors import ProtocolError

if TYPE_CHECKING:
    import wsproto
    from wsproto import connection, events, frame_protocol, utilities
else:  # loaded before the first WebSocket is there
    wsproto, connection, events, frame_protocol, utilities = map(
        LateModule,
        ("wsproto", "wsproto.connection", "wsproto.events", "wsproto.frame_protocol", "wsproto.utilities"),
    )

__all__ = ["Accepted", "Closed", "Incoming", "Rejected", "WebSocket"]

MAX_BODY_BYTES = 64 * 1024
"""Most bytes that are read of the body of a refusal; the rest of a longer one is left out."""

MAX_EMPTY_FRAMES = 1000
"""Most frames without content in one message: the limit of its size does not stop them."""

_TEXT = 0x81  # FIN and opcode: a whole message in one frame
_BINARY = 0x82
_CLOSE = 0x88
_WHOLE = frozenset((_TEXT, _BINARY))
# The codes that a close frame may carry, by the registry of the IANA. wsproto does not know 1014.
_CODES = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))
_LENGTHS = {126: (2, range(126, 1 << 16)), 127: (8, range(1 << 16, 1 << 63))}
_MASK_POOL_BYTES = 512  # that each connection holds

# How much of a frame wsproto gets at a time: it makes several copies of each piece.
_PIECE = 64 * 1024
# How much of a refusal's body wsproto gets at a time. h11 below it reads some lines of a body in quadratic time, but
# gives up on lines over 16 KiB, if they do not come all at once.
_BODY_PIECE = 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """The handshake succeeded."""

    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server answered the handshake with an ordinary HTTP response."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Closed:
    """The WebSocket is over; nothing follows.

    Attributes:
        code: Close code, or None when the stream ended without a close frame.
        reason: Close reason, "" if none.
        error: Set when it is over because the peer broke the protocol.
    """

    code: int | None
    reason: str = ""
    error: ProtocolError | None = None


Incoming: TypeAlias = str | bytes | Accepted | Rejected | Closed


class WebSocket:
    """A client's end of one WebSocket.

    Inputs: `start`, `receive_data`, `receive_eof`, `send_message`, `ping`, `close`. After each, write what
    `data_to_send` returns. Input of the peer never raises an error; at worst it leads to a `Closed` with an error.

    Args:
        random_bytes: Source of unpredictable bytes (RFC 6455, 5.3); the handshake's nonce is wsproto's own.
        max_message_bytes: Longest message to accept; a longer one ends the WebSocket with 1009.
    """

    def __init__(self, random_bytes: Callable[[int], bytes], *, max_message_bytes: int) -> None:
        self._random_bytes = random_bytes
        self._max_message_bytes = max_message_bytes
        self._wsproto: wsproto.WSConnection | connection.Connection  # from `start` on
        self._state = "handshake"  # handshake -> open -> closing (we sent a close) -> closed
        self._answer = bytearray()  # the head of the answer to the handshake, as far as it has come
        self._interim_answers = 0
        self._rejected: events.RejectConnection | None = None
        self._body = bytearray()  # of the refusal
        self._body_left = MAX_BODY_BYTES
        self._frame_start = b""  # the first bytes of a frame, while they do not tell its length yet
        self._bytes_missing = 0  # of a frame that has not come in whole
        self._opcode = 0  # of that frame, if it is a whole message or a close; 0 if wsproto gets the frame
        self._message = Pieces()  # a message, as far as it has come
        self._fragmented = False  # that message comes in more than one frame
        self._size = 0  # of its frames so far, in bytes
        self._empty_frames = 0  # among its frames so far
        self._pong: events.Pong | None = None  # must be sent
        self._out: list[bytes] = []
        self._masks = b""
        self._mask_at = 0

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._state == "open"

    def data_to_send(self) -> list[bytes]:
        """Return, once, what is to be written."""
        out, self._out = self._out, []
        return out

    # --- Intents -----------------------------------------------------------------------------------------------

    def start(
        self, authority: str, resource: str, headers: Iterable[tuple[str, str]], subprotocols: Sequence[str]
    ) -> None:
        """Send the handshake."""
        self._wsproto = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        try:
            request = Secret(
                events.Request(
                    host=authority,
                    target=resource,
                    extra_headers=[
                        (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers
                    ],
                    subprotocols=list(subprotocols),
                )
            )
            self._out.append(self._wsproto.send(request.reveal()))
        except Exception as error:
            del headers, subprotocols
            raise alone(error)  # noqa: B904

    def send_message(self, data: str | bytes) -> None:
        """Send one message: str as text, bytes as binary."""
        payload, head = (data.encode(), _TEXT) if isinstance(data, str) else (data, _BINARY)
        size = len(payload)
        at = self._mask_at
        mask = self._masks[at : at + 4]
        if len(mask) < 4:
            self._masks = self._random_bytes(_MASK_POOL_BYTES)
            mask, at = self._masks[:4], 0
        self._mask_at = at + 4
        if size < 126:
            header = bytes((head, 0x80 | size))
        elif size < 65536:
            header = bytes((head, 0x80 | 126)) + size.to_bytes(2, "big")
        else:
            header = bytes((head, 0x80 | 127)) + size.to_bytes(8, "big")
        # XOR as one big integer: an order of magnitude faster than byte by byte.
        key = (mask * (size // 4 + 1))[:size]
        masked = int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")
        self._out.append(header + mask + masked.to_bytes(size, "little"))

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping; any answer counts as a sign of life."""
        self._out.append(self._wsproto.send(events.Ping(payload)))

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame; the peer's answer arrives as `Closed`. Does nothing unless open."""
        if self._state == "open":
            self._state = "closing"
            self._out.append(self._wsproto.send(events.CloseConnection(code, reason)))

    # --- Bytes from the peer -----------------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> list[Incoming]:
        """Take bytes; return what they complete."""
        if self._state == "closed":
            return []
        got = self._receive_head(data) if self._state == "handshake" else self._receive_frames(data)
        if self._pong is not None:
            if self._state == "open":
                self._out.append(self._wsproto.send(self._pong))
            self._pong = None
        return got

    def receive_eof(self) -> Rejected | Closed:
        """Take the end of the stream, unless it has ended already."""
        if self._rejected is not None:
            return self._finish_rejection(self._rejected)
        self._state = "closed"
        return Closed(None)

    def _receive_head(self, data: bytes) -> list[Incoming]:
        if self._rejected is not None:
            return self._receive_body(self._rejected, data)
        buffer = self._answer
        # The search starts two bytes before the new ones, so that many small pieces take no more time than a large one.
        searched = max(0, len(buffer) - 2)
        buffer += data
        at = 0
        while True:
            found = HEAD_END.search(buffer, max(at, searched))
            end = found.end() if found is not None else len(buffer)
            if end - at > MAX_HEAD_BYTES:
                return [self._broken(f"handshake: a head is longer than {MAX_HEAD_BYTES} bytes")]
            if found is None and b"HTTP/".startswith(buffer[at : at + 5]):
                del buffer[:at]
                return []
            if NOT_IN_A_HEAD.search(buffer, at, end):
                return [self._broken("handshake: a head with a control character")]
            try:
                # Bytes that are not HTTP have no end of a head. wsproto gets all of them, and says what is wrong.
                self._wsproto.receive_data(bytes(memoryview(buffer)[at:end]))
            except UnicodeDecodeError:
                return [self._broken("handshake: a header is not ASCII")]
            except utilities.RemoteProtocolError as error:
                return [self._broken(f"handshake: {error}")]
            event = next(self._wsproto.events(), None)
            at = end
            if isinstance(event, events.AcceptConnection):
                rest, self._answer = bytes(memoryview(buffer)[at:]), bytearray()
                self._state = "open"
                # An open WebSocket only needs the part for frames. So it holds nothing of the handshake and of h11.
                assert isinstance(self._wsproto, wsproto.WSConnection)
                assert self._wsproto.connection is not None
                self._wsproto = self._wsproto.connection
                return [Accepted(_headers(event.extra_headers)), *self._receive_frames(rest)]
            if not isinstance(event, events.RejectConnection):
                return [self._broken("handshake: the answer is not an HTTP response head")]
            if event.status_code >= 200:
                rest, self._answer = bytes(memoryview(buffer)[at:]), bytearray()
                self._rejected = event
                return self._receive_body(event, rest)
            # An interim answer, such as "100 Continue", is not the answer yet. wsproto takes it for a refusal, but
            # reads on.
            self._interim_answers += 1
            if self._interim_answers > MAX_INTERIM_ANSWERS:
                return [self._broken(f"handshake: more than {MAX_INTERIM_ANSWERS} interim answers")]

    def _receive_body(self, rejected: events.RejectConnection, data: bytes) -> list[Incoming]:
        finished = len(data) > self._body_left
        try:
            for piece in cut(data[: self._body_left], _BODY_PIECE):
                self._wsproto.receive_data(piece)
        except utilities.RemoteProtocolError:
            finished = True  # the part of the body that came before the fault is kept
        self._body_left -= len(data)
        for event in [event for event in self._wsproto.events() if isinstance(event, events.RejectData)]:
            self._body += event.data
            finished = finished or event.body_finished
        return [self._finish_rejection(rejected)] if finished else []

    def _finish_rejection(self, rejected: events.RejectConnection) -> Rejected:
        self._state = "closed"
        return Rejected(rejected.status_code, _headers(rejected.headers), bytes(self._body))

    def _receive_frames(self, data: bytes) -> list[Incoming]:
        got: list[Incoming] = []
        at = 0
        if self._bytes_missing:
            at = min(self._bytes_missing, len(data))
            self._bytes_missing -= at
            self._continue_frame(data[:at], got)
            if self._state == "closed":
                return got
        elif self._frame_start:
            data, self._frame_start = self._frame_start + data, b""
        size = len(data)
        plain = self._takes_whole_messages()
        while size - at >= 2:
            head, length, start = data[at], data[at + 1], at + 2
            if length > 125:
                if length > 127:
                    got.append(self._broken("a frame is masked"))
                    break
                width, allowed = _LENGTHS[length]
                start += width
                if size < start:
                    break
                length = int.from_bytes(data[at + 2 : start], "big")
                if length not in allowed:
                    got.append(self._broken("the length of a frame is not in its shortest form"))
                    break
            end = start + length
            if plain and head in _WHOLE:
                if length > self._max_message_bytes:
                    got.append(self._too_long())
                    break
                if size < end:
                    self._opcode = head
                    self._message.add(data[start:])
                elif head == _BINARY:
                    got.append(data[start:end])
                else:
                    payload = data[start:end]
                    if length > _PIECE and not payload.isascii():
                        self._message.add(payload)
                        self._finish_message(head, got)
                    else:
                        try:
                            got.append(payload.decode())
                        except UnicodeDecodeError:
                            got.append(self._not_utf8())
                    if self._state == "closed":
                        break
            else:
                self._begin_frame(head, length, data[at:end], got)
                if self._state == "closed":
                    break
                plain = self._takes_whole_messages()
            if size < end:
                self._bytes_missing = end - size
                return got
            at = end
        if at < size and self._state != "closed":
            self._frame_start = data[at:]
        return got

    def _takes_whole_messages(self) -> bool:
        return self._state == "open" and not self._fragmented

    def _continue_frame(self, data: bytes, got: list[Incoming]) -> None:
        if not self._opcode:
            self._feed_frame(data, got)
            return
        self._message.add(data)
        if not self._bytes_missing:
            self._finish_message(self._opcode, got)

    def _begin_frame(self, head: int, length: int, data: bytes, got: list[Incoming]) -> None:
        """Take the beginning of a frame that is not a whole message. Unless it is too much, wsproto judges it."""
        self._opcode = 0
        if head == _CLOSE and length <= 125:
            self._message = Pieces()  # a message that has come in part will not be finished any more
            self._opcode, data = head, data[2:]
            self._message.add(data)
            if len(data) == length:
                got.append(self._closed_by(self._message.take_bytes()))
            return
        if head & 0x0F < 8:
            self._fragmented = not head & 0x80
            self._size += length
            self._empty_frames += not length
            if self._size > self._max_message_bytes:
                got.append(self._too_long())
                return
            if self._empty_frames > MAX_EMPTY_FRAMES:
                got.append(self._broken(f"more than {MAX_EMPTY_FRAMES} empty frames in a message", 1008))
                return
        self._feed_frame(data, got)

    def _feed_frame(self, data: bytes, got: list[Incoming]) -> None:
        for piece in cut(data, _PIECE):
            self._wsproto.receive_data(piece)
            # events() changes wsproto's state as it goes: always drain it at once.
            for event in list(self._wsproto.events()):
                if isinstance(event, (events.TextMessage, events.BytesMessage)):
                    self._collect(event, got)
                elif isinstance(event, events.Ping):
                    # Only the latest ping is answered (RFC 6455, 5.5.3): a flood of pings must not make a flood of
                    # answers.
                    self._pong = event.response()
                elif isinstance(event, events.CloseConnection):
                    # wsproto never gets a close frame of the peer, so this is its own objection to a frame.
                    if event.code == frame_protocol.CloseReason.INVALID_FRAME_PAYLOAD_DATA:
                        got.append(self._not_utf8())  # wsproto's text depends on where the stream was cut
                    else:
                        got.append(self._broken(event.reason or "malformed frame", event.code))
                    return

    def _collect(self, event: events.TextMessage | events.BytesMessage, got: list[Incoming]) -> None:
        # Kept as bytes: a str of a few characters takes many times their size.
        self._message.add(event.data.encode() if isinstance(event, events.TextMessage) else bytes(event.data))
        if event.message_finished:
            self._size = self._empty_frames = 0
            self._finish_message(_TEXT if isinstance(event, events.TextMessage) else _BINARY, got)

    def _finish_message(self, kind: int, got: list[Incoming]) -> None:
        if kind == _CLOSE:
            got.append(self._closed_by(self._message.take_bytes()))
            return
        try:
            item = self._message.take_text() if kind == _TEXT else self._message.take_bytes()
        except UnicodeDecodeError:
            got.append(self._not_utf8())
            return
        if self._state == "open":
            got.append(item)

    def _closed_by(self, payload: bytes) -> Closed:
        code = (
            int.from_bytes(payload[:2], "big") if payload else int(frame_protocol.CloseReason.NO_STATUS_RCVD)
        )
        if payload and code not in _CODES:  # a payload of one byte makes no legal code either
            return self._broken("a close frame with an illegal code")
        try:
            reason = payload[2:].decode()
        except UnicodeDecodeError:
            return self._broken("the reason of a close frame is not UTF-8", 1007)
        self.close(code, reason)
        self._state = "closed"
        return Closed(code, reason)

    def _too_long(self) -> Closed:
        return self._broken(f"a message is longer than {self._max_message_bytes} bytes", 1009)

    def _not_utf8(self) -> Closed:
        return self._broken("a text message is not UTF-8", 1007)

    def _broken(self, why: str, code: int = 1002) -> Closed:
        """End the WebSocket for something the peer did."""
        self.close(code, why[:100])
        self._state = "closed"
        return Closed(int(code), why, ProtocolError(f"the peer broke the WebSocket protocol: {why}"))


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}
