"""One WebSocket, client side, without I/O: bytes in, whole messages out. The only importer of wsproto.

wsproto does the handshake, control frames, fragmented messages and every judgement about what is legal. Whole
unfragmented data frames, nearly all traffic, are cut out and masked here: through wsproto one such frame costs more
than the rest of a call together. So this module keeps the buffer, and hands wsproto exactly one frame at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
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
from wsproto.utilities import RemoteProtocolError

from rivet_client.errors import ProtocolError

__all__ = ["Accepted", "Closed", "Incoming", "Rejected", "WebSocket"]

MAX_HEAD_BYTES = 64 * 1024
"""Most bytes of a handshake response's head, and of a refusal's body."""

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9][0-9][ \r]")
_TEXT = 0x81  # FIN and opcode: a whole message in one frame
_BINARY = 0x82
_WHOLE = frozenset((_TEXT, _BINARY))
_MASK_POOL_BYTES = 4096


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
    `data_to_send` returns. Peer input never raises: the worst it does is end in `Closed` with an error.

    Args:
        random_bytes: Source of unpredictable bytes (RFC 6455, 5.3); the handshake's nonce is wsproto's own.
        max_message_bytes: Longest message to accept; a longer one ends the WebSocket with 1009.
    """

    def __init__(self, random_bytes: Callable[[int], bytes], *, max_message_bytes: int) -> None:
        self._random_bytes = random_bytes
        self._max_message_bytes = max_message_bytes
        self._wsproto = WSConnection(ConnectionType.CLIENT)
        self._state = "handshake"  # handshake -> open -> closing (we sent a close) -> closed
        self._buffer = b""  # of the handshake
        self._pieces: list[bytes] = []  # of a frame that is not whole yet
        self._missing = 0  # at least so many bytes of it, if positive
        self._rejected: RejectConnection | None = None
        self._parts: list[str | bytes] = []  # of a fragmented message
        self._parts_size = 0
        self._fragmented = False
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
        extra = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        request = Request(
            host=authority, target=resource, extra_headers=extra, subprotocols=list(subprotocols)
        )
        self._out.append(self._wsproto.send(request))

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
        self._out.append(self._wsproto.send(Ping(payload)))

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame; the peer's answer arrives as `Closed`. Does nothing unless open."""
        if self._state == "open":
            self._state = "closing"
            self._out.append(self._wsproto.send(CloseConnection(code, reason)))

    # --- Bytes from the peer -----------------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> list[Incoming]:
        """Take bytes; return what they complete."""
        if self._state == "closed":
            return []
        if self._state == "handshake":
            return self._receive_head(data)
        return self._receive_frames(data)

    def receive_eof(self) -> Rejected | Closed:
        """Take the end of the stream, unless it has ended already."""
        if self._rejected is not None:
            return self._finish_rejection()
        self._state = "closed"
        return Closed(None)

    def _receive_head(self, data: bytes) -> list[Incoming]:
        if self._rejected is not None:
            return self._receive_rejection(data)
        # The search starts a little before the new bytes, so that a trickle costs no more than a flood.
        searched = max(0, len(self._buffer) - 3)
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n", searched)
        while end >= 0 and _INTERIM.match(self._buffer):
            # "100 Continue" and its like say nothing yet, but wsproto takes them for a refusal.
            self._buffer = self._buffer[end + 4 :]
            end = self._buffer.find(b"\r\n\r\n")
        if end < 0 and len(self._buffer) <= MAX_HEAD_BYTES and self._looks_like_http():
            return []
        # Without an end, or with too much before it, wsproto still says best what is wrong.
        cut = end + 4 if end >= 0 else len(self._buffer)
        head, rest, self._buffer = self._buffer[:cut], self._buffer[cut:], b""
        try:
            events = self._feed(head)
        except RemoteProtocolError as error:
            return [self._broken(f"handshake: {error}")]
        if not events:
            return [self._broken("handshake: the answer is not an HTTP response head")]
        event = events[0]
        if isinstance(event, AcceptConnection):
            self._state = "open"
            accepted = Accepted(_headers(event.extra_headers))
            return [accepted, *(self._receive_frames(rest) if rest else [])]
        assert isinstance(event, RejectConnection)
        self._rejected = event
        return self._receive_rejection(rest, events[1:])

    def _looks_like_http(self) -> bool:
        return b"HTTP/".startswith(self._buffer[:5])

    def _receive_rejection(self, data: bytes, events: Sequence[Event] = ()) -> list[Incoming]:
        try:
            events = [*events, *(self._feed(data) if data else ())]
        except RemoteProtocolError:
            return [self._finish_rejection()]
        for event in events:
            assert isinstance(event, RejectData)
            self._buffer += bytes(event.data)
            if event.body_finished or len(self._buffer) > MAX_HEAD_BYTES:
                return [self._finish_rejection()]
        return []

    def _finish_rejection(self) -> Rejected:
        assert self._rejected is not None
        self._state = "closed"
        body = self._buffer[:MAX_HEAD_BYTES]
        return Rejected(self._rejected.status_code, _headers(self._rejected.headers), body)

    def _receive_frames(self, data: bytes) -> list[Incoming]:
        buffer = data
        if self._pieces:
            # Joined once the frame is whole, not at every piece: a long one may come in thousands.
            self._pieces.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return []
            buffer = b"".join(self._pieces)
        size = len(buffer)
        at = 0
        needed = 0
        got: list[Incoming] = []
        while size - at >= 2:
            head = buffer[at]
            length = buffer[at + 1] & 0x7F
            start = at + 2
            if length >= 126:
                start += 2 if length == 126 else 8
                if size < start:
                    needed = start
                    break
                length = int.from_bytes(buffer[at + 2 : start], "big")
            if buffer[at + 1] & 0x80:
                start += 4  # masked, which a server must not do; wsproto says so
            end = start + length
            if length > self._max_message_bytes:
                got.append(self._too_long())
                break
            if size < end:
                needed = end
                break
            if head in _WHOLE and buffer[at + 1] < 128 and self._plain():
                payload = buffer[start:end]
                if head == _BINARY:
                    got.append(payload)
                else:
                    try:
                        got.append(payload.decode())
                    except UnicodeDecodeError:
                        got.append(self._broken("a text message is not UTF-8", 1007))
                        break
            else:
                self._other_frame(buffer[at:end], got)
                if self._state == "closed":
                    break
            at = end
        self._pieces = [] if at == size or self._state == "closed" else [buffer[at:]]
        self._missing = needed - size
        return got

    def _plain(self) -> bool:
        return not self._fragmented and self._state == "open"

    def _other_frame(self, frame: bytes, got: list[Incoming]) -> None:
        """Let wsproto judge one whole frame that is not a whole message."""
        opcode = frame[0] & 0x0F
        if opcode < 8:
            self._fragmented = not frame[0] & 0x80
        for event in self._feed(frame):
            if isinstance(event, (TextMessage, BytesMessage)):
                self._collect(event, got)
            elif isinstance(event, Ping):
                if self._state == "open":
                    self._out.append(self._wsproto.send(event.response()))
            elif isinstance(event, CloseConnection):
                got.append(self._closed_by(event))
            if self._state == "closed":
                return

    def _collect(self, event: TextMessage | BytesMessage, got: list[Incoming]) -> None:
        part = event.data if isinstance(event.data, str) else bytes(event.data)
        self._parts.append(part)
        self._parts_size += len(part) if isinstance(part, bytes) else len(part.encode())
        if self._parts_size > self._max_message_bytes:
            got.append(self._too_long())
        elif event.message_finished:
            whole = "".join(self._parts) if isinstance(part, str) else b"".join(self._parts)  # type: ignore[arg-type]
            self._parts, self._parts_size = [], 0
            if self._state == "open":
                got.append(whole)

    def _closed_by(self, event: CloseConnection) -> Closed:
        if (
            self._wsproto.state is ConnectionState.OPEN
            or self._wsproto.state is ConnectionState.LOCAL_CLOSING
        ):
            # wsproto reports its own objection to a frame as a close that the peer never sent.
            return self._broken(event.reason or "malformed frame", event.code)
        if self._wsproto.state is ConnectionState.REMOTE_CLOSING:
            self._out.append(self._wsproto.send(event.response()))
        self._state = "closed"
        return Closed(int(event.code), event.reason or "")

    def _too_long(self) -> Closed:
        return self._broken(f"a message is longer than {self._max_message_bytes} bytes", 1009)

    def _broken(self, why: str, code: int = 1002) -> Closed:
        """End the WebSocket for something the peer did."""
        self.close(code, why[:100])
        self._state = "closed"
        return Closed(int(code), why, ProtocolError(f"the peer broke the WebSocket protocol: {why}"))

    def _feed(self, data: bytes) -> list[Event]:
        try:
            self._wsproto.receive_data(data)
        except UnicodeDecodeError as error:
            raise RemoteProtocolError("a header is not ASCII") from error
        # events() changes wsproto's state as it goes: always drain it at once.
        return list(self._wsproto.events())


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}
