"""One HTTP/1.1 stream, client side, without I/O: one exchange after another. The only importer of h11.

Plain heads, bodies with a length and plain chunks, nearly all traffic, are cut out here: through h11 an answer costs
more than the rest of a call together. Whatever else comes, a head or a chunk, h11 judges. So what is legal is decided
there only; where a head ends, and how a body ends, is decided here only.

Whatever the peer sends and however it is cut, time is linear in it, and nothing of a body is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import h11

from rivet_client._secret import alone
from rivet_client.errors import ConfigError, ProtocolError

__all__ = ["END", "Broken", "End", "Head", "Http1", "Incoming", "RemoteProtocolError"]

MAX_HEAD_BYTES: Final = 64 * 1024
"""Most bytes of the head of an answer."""

MAX_INTERIM_ANSWERS: Final = 100
"""Most answers such as "100 Continue" before the one that counts."""

_PLAIN_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-9][0-9][0-9])(?: ([\t -~\x80-\xff]*))?\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*)\r\n"
)
_FIELD = re.compile(r"([^:]+):[ \t]*([^\r]*)\r\n")
# Both as h11 has it: where a head ends, and which characters make it refuse a head. It finds the latter only after
# quadratic time, so it never gets such a head.
_HEAD_END = re.compile(rb"\n\r?\n")
_NOT_IN_A_HEAD = re.compile(rb"[\x00\x0b\x0c]|\r(?!\n)")

# The end of one chunk and the size of the next; what may become that; and how h11 gets to the place between them.
_PLAIN_CHUNK = re.compile(rb"\r\n([0-9A-Fa-f]{1,16})\r\n")
_PART_OF_A_CHUNK = re.compile(rb"\r?|\r\n[0-9A-Fa-f]{0,16}\r?|\r\n0{1,16}\r\n\r?")
_WITHIN_CHUNKS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx"
# What h11 gets of chunks at a time. It reads some lines in quadratic time, but gives up on lines over 16 KiB, if they
# do not come all at once.
_PIECE = 1024

# What h11 lets go out, too.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[!-~]+")
_VALUE = re.compile(r"(?:[^\x00\s](?:[^\x00\n\r\v\f]*[^\x00\s])?)?", re.ASCII)
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
"""Methods whose requests say that their body is empty (RFC 9110, 8.6)."""
_WITHOUT_BODY = frozenset((204, 304))
"""Status of answers without a body, whatever their headers say (RFC 9112, 6.3)."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer.

    Attributes:
        status: Status code.
        reason: Reason phrase.
        version: "1.1" or older.
        headers: Lower-case names with their values, those of one name joined by commas.
        fields: Names and values as they came.
    """

    status: int
    reason: str
    version: str
    headers: Mapping[str, str] = field(repr=False)
    fields: Sequence[tuple[str, str]] = field(repr=False)


class End:
    """The answer is whole."""


END: Final = End()


class RemoteProtocolError(Exception):
    """The peer said what is no HTTP, or stopped in the midst of it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The answer will not come, or not whole; nothing follows.

    Attributes:
        error: Why: `RemoteProtocolError`, or `ProtocolError` if the answer is too long.
    """

    error: RemoteProtocolError | ProtocolError


Incoming: TypeAlias = Head | bytes | End | Broken


class Http1:
    """A client's end of one stream.

    Inputs: `request`, `send_body` and `end_body` if it is sent in pieces, `receive_data`, `receive_eof`. After each of
    the first three, write what `data_to_send` returns. Peer input never raises: the worst it does is end in `Broken`.
    """

    def __init__(self) -> None:
        self._out: list[bytes] = []
        self._state = "idle"  # idle -> head -> length, chunked, h11 or eof -> idle or closed
        self._method = ""
        self._keeps_alive = True
        self._unsent: int | None = (
            0  # bytes of the request's body: 0 when it is whole, None if only its end will tell
        )
        self._sends_chunks = False
        self._buffer = bytearray()  # of a head that is not whole yet
        self._interim_answers = 0
        self._left = 0  # bytes of a body, or of a chunk of one
        self._between = b""  # chunks
        self._h11: Any = None  # reads the rest of these
        self._status = 0
        self._size = 0  # of the body until now
        self._max_body_bytes: int | None = None

    @property
    def is_reusable(self) -> bool:
        """Whether the stream may carry another request."""
        return self._state == "idle"

    def data_to_send(self) -> list[bytes]:
        """Return, once, what is to be written."""
        out, self._out = self._out, []
        return out

    # --- The request -------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | None = b"",
        *,
        max_body_bytes: int | None = None,
    ) -> None:
        """Send a request, of which exactly one header says how long it is.

        Args:
            method: HTTP method.
            target: Path and query, or what a proxy gets in their place.
            headers: Names and values, `host` among them.
            body: All of the body, or None if it comes through `send_body`.
            max_body_bytes: Longest body of the answer, in bytes, or None.

        Raises:
            ConfigError: HTTP cannot carry that. The text shows no value.
        """
        assert self._state == "idle"
        try:
            head = self._head(method, target, headers, body)
        except ConfigError as error:
            del target, headers, body
            raise alone(error)  # noqa: B904
        self._state = "head"
        self._method = method
        self._max_body_bytes = max_body_bytes
        self._size = self._interim_answers = 0
        self._out.append(head)
        if body is not None:
            self.send_body(body)
            self.end_body()

    def _head(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> bytes:
        if not _TOKEN.fullmatch(method):
            raise ConfigError(f"the request cannot be sent: {method!r} is not an HTTP method")
        if not _TARGET.fullmatch(target):
            raise ConfigError(
                "the request cannot be sent: its URL has a character that must be percent-encoded"
            )
        lines = [f"{method} {target} HTTP/1.1\r\n"]
        length: int | None = None if body is None else len(body)
        framing = ""
        self._keeps_alive = True
        for name, value in headers:
            if not _TOKEN.fullmatch(name):
                raise ConfigError(f"the request cannot be sent: {name!r} is not the name of a header")
            if not _VALUE.fullmatch(value):
                raise ConfigError(
                    f"the request cannot be sent: the value of the header {name!r} has a line break, another "
                    "character that no header can carry, or spaces around it"
                )
            lines.append(f"{name}: {value}\r\n")
            match name.lower():
                case "content-length" | "transfer-encoding" as kind:
                    if framing:
                        raise ConfigError("the request cannot be sent: two headers say how long its body is")
                    framing = kind
                    length = _declared_length(kind, value, length)
                case "connection":
                    self._keeps_alive = not _says_close(value)
        if not framing and (body is None or body or method in _WITH_BODY):
            lines.append(
                "transfer-encoding: chunked\r\n" if length is None else f"content-length: {length}\r\n"
            )
        lines.append("\r\n")
        self._unsent = length
        try:
            return "".join(lines).encode("latin-1")
        except UnicodeEncodeError:
            raise ConfigError(
                "the request cannot be sent: a header has a character beyond Latin-1; encode it"
            ) from None

    def send_body(self, data: bytes) -> None:
        """Send a part of the request's body.

        Raises:
            ConfigError: It is longer than the `content-length` of the request says.
        """
        size = len(data)
        if self._unsent is None:
            if size:
                self._out += (b"%x\r\n" % size, data, b"\r\n")
            return
        self._unsent -= size
        if self._unsent < 0:
            raise ConfigError("the request cannot be sent: its body is longer than its content-length")
        if size:
            self._out.append(data)

    def end_body(self) -> None:
        """End the request's body.

        Raises:
            ConfigError: It is shorter than the `content-length` of the request says.
        """
        if self._unsent is None:
            self._out.append(b"0\r\n\r\n")
        elif self._unsent:
            raise ConfigError("the request cannot be sent: its body is shorter than its content-length")
        self._unsent = 0

    # --- Bytes from the peer -----------------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> list[Incoming]:
        """Take bytes; return what they complete."""
        got: list[Incoming] = []
        match self._state:
            case "head":
                self._receive_head(data, got)
            case "closed":
                pass
            case "idle":
                self._state = "closed"  # nobody asked for these
            case _:
                self._receive_body(data, got)
        return got

    def receive_eof(self) -> list[Incoming]:
        """Take the end of the stream."""
        state, self._state = self._state, "closed"
        match state:
            case "idle" | "closed":
                return []
            case "eof":
                return [END]
            case "head":
                why = "the peer closed the stream " + (
                    "in the midst of an answer" if self._buffer else "without an answer"
                )
            case _:
                why = "the peer closed the stream before the end of the answer's body"
        return [Broken(RemoteProtocolError(why))]

    def _receive_head(self, data: bytes, got: list[Incoming]) -> None:
        buffer = self._buffer
        if not buffer:
            found = _PLAIN_HEAD.match(data)
            if found is not None and self._take_plain(found, got):
                self._receive_body(data[found.end() :], got)
                return
        # The search starts a little before the new bytes, so that a trickle costs no more than a flood.
        searched = max(0, len(buffer) - 2)
        buffer += data
        while self._state == "head":
            ending = _HEAD_END.search(buffer, searched)
            end = ending.end() if ending is not None else len(buffer)
            if end > MAX_HEAD_BYTES:
                self._break(f"the head of an answer is longer than {MAX_HEAD_BYTES} bytes", got)
            elif ending is None and b"HTTP/".startswith(buffer[:5]):
                return
            else:
                # What is no HTTP has no end: h11 gets all there is, and says best what is wrong with it.
                head = bytes(memoryview(buffer)[:end])
                del buffer[:end]
                searched = 0
                found = _PLAIN_HEAD.fullmatch(head)
                if found is None or not self._take_plain(found, got):
                    self._take_judged(head, got)
        self._buffer = bytearray()
        if self._state != "closed":
            self._receive_body(bytes(buffer), got)

    def _take_plain(self, found: re.Match[bytes], got: list[Incoming]) -> bool:
        """Take a head without h11, if there can be no two opinions about what it means."""
        if found.end() > MAX_HEAD_BYTES:
            return False
        fields = [(name, value.rstrip(" \t")) for name, value in _FIELD.findall(found[3].decode("latin-1"))]
        headers = _joined(fields)
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if coding is not None and (length is not None or coding.lower() != "chunked"):
            return False
        if length is not None and not (length.isdecimal() and len(length) <= 20):
            return False
        self._take_head(Head(int(found[1]), (found[2] or b"").decode("latin-1"), "1.1", headers, fields), got)
        return True

    def _take_judged(self, data: bytes, got: list[Incoming]) -> None:
        """Take what h11 makes of a head."""
        if _NOT_IN_A_HEAD.search(data):
            self._break("the head of an answer has a control character", got)
            return
        judge = _h11_reading()
        try:
            judge.receive_data(data)
            event = judge.next_event()
        except h11.RemoteProtocolError as error:
            self._break(str(error), got)
            return
        if isinstance(event, h11.InformationalResponse):
            self._interim_answers += 1
            if self._interim_answers > MAX_INTERIM_ANSWERS:
                self._break(f"more than {MAX_INTERIM_ANSWERS} interim answers", got)
        elif isinstance(event, h11.Response):
            fields = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in event.headers.raw_items()]
            version, reason = event.http_version.decode("ascii"), bytes(event.reason).decode("latin-1")
            self._take_head(Head(event.status_code, reason, version, _joined(fields), fields), got)
        else:
            self._break("the answer is not HTTP", got)

    def _take_head(self, head: Head, got: list[Incoming]) -> None:
        got.append(head)
        headers, self._status = head.headers, head.status
        self._keeps_alive = self._keeps_alive and head.version == "1.1"
        if "connection" in headers and _says_close(headers["connection"]):
            self._keeps_alive = False
        if self._method == "HEAD" or head.status in _WITHOUT_BODY:
            self._state, self._left = "length", 0
        elif self._method == "CONNECT" and head.status < 300:
            self._state, self._left, self._keeps_alive = "length", 0, False
        elif "transfer-encoding" in headers:
            self._state, self._left, self._between = "chunked", 0, b"\r\n"
        elif "content-length" in headers:
            self._state, self._left = "length", int(headers["content-length"])
            self._check_size(self._left, got)
        else:
            self._state, self._keeps_alive = "eof", False

    def _receive_body(self, data: bytes, got: list[Incoming]) -> None:
        match self._state:
            case "length":
                left = self._left = self._left - len(data)
                if left < 0:
                    data = data[:left]
                if data:
                    got.append(data)
                if left <= 0:
                    self._end(left == 0, got)
            case "chunked":
                self._receive_chunks(data, got)
            case "h11":
                self._feed_h11(data, got)
            case "eof":
                self._add(data, got)

    def _receive_chunks(self, data: bytes, got: list[Incoming]) -> None:
        at = 0
        if self._between:
            data, self._between = self._between + data, b""
        while True:
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                at += len(piece)
                self._add(piece, got)
                if self._left or self._state == "closed":
                    return
            found = _PLAIN_CHUNK.match(data, at)
            if found is not None and (size := int(found[1], 16)):
                self._left, at = size, found.end()
            elif found is not None and data.startswith(b"\r\n", found.end()):
                self._end(found.end() + 2 == len(data), got)
                return
            elif len(data) - at < 24 and _PART_OF_A_CHUNK.fullmatch(data, at):
                self._between = data[at:]
                return
            else:
                self._state, self._h11 = "h11", _h11_reading()
                self._h11.receive_data(_WITHIN_CHUNKS)
                self._h11.next_event()  # the head
                self._h11.next_event()  # x
                self._feed_h11(data[at:], got)
                return

    def _feed_h11(self, data: bytes, got: list[Incoming]) -> None:
        reading = self._h11
        try:
            for at in range(0, len(data), _PIECE):
                reading.receive_data(data[at : at + _PIECE])
                while (event := reading.next_event()) is not h11.NEED_DATA:
                    if isinstance(event, h11.Data):
                        self._add(bytes(event.data), got)
                        if self._state == "closed":
                            return
                    else:
                        self._h11 = None
                        self._end(not reading.trailing_data[0] and at + _PIECE >= len(data), got)
                        return
        except h11.RemoteProtocolError as error:
            self._break(str(error), got)

    def _add(self, data: bytes, got: list[Incoming]) -> None:
        """Take a piece of a body whose length is not known."""
        self._size += len(data)
        if data and self._check_size(self._size, got):
            got.append(data)

    def _check_size(self, size: int, got: list[Incoming]) -> bool:
        if self._max_body_bytes is None or size <= self._max_body_bytes:
            return True
        self._state = "closed"
        got.append(
            Broken(
                ProtocolError(
                    f"the body of an answer (HTTP {self._status}) is longer than max_body_bytes="
                    f"{self._max_body_bytes}; raise that, or read raw HTTP in pieces with stream()"
                )
            )
        )
        return False

    def _end(self, is_all: bool, got: list[Incoming]) -> None:
        got.append(END)
        # A peer that has more to say than it was asked, or answers before it was asked all, is not asked again.
        reusable = is_all and self._keeps_alive and self._unsent == 0
        self._state = "idle" if reusable else "closed"

    def _break(self, why: str, got: list[Incoming]) -> None:
        self._state = "closed"
        got.append(Broken(RemoteProtocolError(why)))


def _h11_reading() -> h11.Connection:
    """An h11 connection that waits for an answer. How the body ends is not asked of it, so any method will do."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "")]))
    connection.send(h11.EndOfMessage())
    return connection


def _joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _says_close(connection: str) -> bool:
    return any(option.strip().lower() == "close" for option in connection.split(","))


def _declared_length(kind: str, value: str, length: int | None) -> int | None:
    """The length of a request's body by its header; None for chunks."""
    if kind == "transfer-encoding":
        if value.lower() != "chunked":
            raise ConfigError('the request cannot be sent: its only transfer-encoding can be "chunked"')
        return None
    if not (value.isascii() and value.isdecimal()):
        raise ConfigError("the request cannot be sent: its content-length is not a number")
    if length is not None and int(value) != length:
        raise ConfigError("the request cannot be sent: its content-length is not the length of its body")
    return int(value)
