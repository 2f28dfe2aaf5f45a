"""The client's end of one HTTP/1.1 stream, without I/O: one exchange after another. The only importer of h11.

This module reads plain heads itself, because h11 takes more time for an answer than all the rest of a call. Nearly all
heads are plain. h11 reads the others, and trailers, and decides what is legal in them. This module alone decides where
a head ends and where a body ends.

The time that an answer takes grows linearly with its length, whatever the peer sends, in however small pieces. No part
of a body is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rivet_client._core.heads import HEAD_END, MAX_HEAD_BYTES, MAX_INTERIM_ANSWERS, NOT_IN_A_HEAD
from rivet_client._core.pieces import Pieces
from rivet_client._peer import NoTextError, RemoteProtocolError
from rivet_client._secret import alone
from rivet_client.errors import ConfigError, ProtocolError

__all__ = ["END", "Broken", "End", "Head", "Http1", "Incoming", "body_too_long"]

MAX_CHUNK_HEAD_BYTES: Final = 1024
"""Most bytes between the content of two chunks: the length of the next chunk, perhaps with extensions."""

# A head that can be read in one way only. No value in it ends with a space.
_PLAIN_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-9][0-9][0-9])(?: ([\t -~\x80-\xff]*+))?\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t -~\x80-\xff]*+(?<![\t ])\r\n)*+)\r\n"
)
_FIELD = re.compile(r"([^:]+):[ \t]*([^\r]*)\r\n")

# The end of one chunk and the head of the next (RFC 9112, 7.1); and what may become such a head with more bytes.
_CHUNK_HEAD = re.compile(rb"\r\n([0-9A-Fa-f]{1,20})[ \t]*(?:;[^\n]*)?\r\n")
_PART_OF_A_CHUNK_HEAD = re.compile(rb"\r?|\r\n(?:[0-9A-Fa-f]{1,20}[ \t]*(?:;[^\n]*)?\r?)?")
_TLS_RECORDS = b"\x15\x16"
"""First bytes of what a TLS server says first: an alert, or its part of the handshake (RFC 8446, B.1)."""
# Trailers are read as the rest of a head that begins with this line.
_BEFORE_TRAILERS = b"HTTP/1.1 200 OK\r\n"

# What a request may contain. h11 allows the same.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[!-~]+")
_VALUE = re.compile(r"(?:[{0}](?:[\t {0}]*[{0}])?)?".format(r"\x01-\x08\x0e-\x1f!-\xff"))
_LENGTH = re.compile(r"[0-9]{1,20}")
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


@dataclass(frozen=True, slots=True)
class Broken:
    """The answer does not arrive, or only a part of it does. No other event follows.

    Attributes:
        error: Why: `RemoteProtocolError`, or `ProtocolError` if the answer is too long.
    """

    error: RemoteProtocolError | ProtocolError


Incoming: TypeAlias = Head | bytes | End | Broken


class Http1:
    """A client's end of one stream.

    The inputs are `request`, `receive_data` and `receive_eof`, and for a body that is sent in pieces also `send_body`
    and `end_body`. After `request`, `send_body` and `end_body`, write what `data_to_send` returns. No bytes of the peer
    raise an error: those that cannot be read end in `Broken`.

    Attributes:
        rest: Bytes that came after the answer. After a `CONNECT` they are the first bytes of the tunnel; else nobody
            has asked for them.
    """

    def __init__(self) -> None:
        self.rest = b""
        self._out: list[bytes | memoryview] = []
        self._state = "idle"  # idle -> head -> length, chunked (-> trailers) or eof -> idle or closed
        self._method = ""
        self._keeps_alive = True
        # Bytes of the request's body that are still to be sent; None if nobody knows how many.
        self._unsent: int | None = 0
        self._buffer = bytearray()  # a head, or trailers, that are not complete yet
        self._interim_answers = 0
        self._left = 0  # bytes of the body, or of the chunk, that are still to come
        self._between: bytes = b""  # the bytes between two chunks that have come so far
        self._status = 0
        self._size = 0  # bytes of the body that have come
        self._max_body_bytes: int | None = None

    @property
    def is_reusable(self) -> bool:
        """Whether the stream may carry another request."""
        return self._state == "idle"

    def data_to_send(self) -> list[bytes | memoryview]:
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
        is_sent_later: bool = False,
        max_body_bytes: int | None = None,
    ) -> None:
        """Send a request. Exactly one header of it says how long its body is.

        Args:
            method: HTTP method.
            target: Path and query; for a proxy, a URL or an address.
            headers: Names and values, `host` among them.
            body: All of the body, or None if it comes through `send_body`.
            is_sent_later: Whether `body`, too, comes through `send_body`. Then only its length counts here.
            max_body_bytes: Longest body of the answer, in bytes, or None.

        Raises:
            ConfigError: HTTP cannot carry the request. The text shows no value.
        """
        assert self._state == "idle"
        try:
            self._out.append(self._head(method, target, headers, body))
        except ConfigError as error:
            del target, headers, body
            raise alone(error)  # noqa: B904
        self._state = "head"
        self._method = method
        self._max_body_bytes = max_body_bytes
        self._size = self._interim_answers = 0
        if body is not None and not is_sent_later:
            self.send_body(body)
            self.end_body()

    def _head(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> bytes:
        if not _TOKEN.fullmatch(method):
            raise _refused(f"{method!r} is not an HTTP method")
        if not _TARGET.fullmatch(target):
            raise _refused("its URL has a character that must be percent-encoded")
        lines = [f"{method} {target} HTTP/1.1\r\n"]
        length: int | None = None if body is None else len(body)
        hosts = 0
        framing = ""
        self._keeps_alive = True
        for name, value in headers:
            if not _TOKEN.fullmatch(name):
                raise _refused(f"{name!r} is not the name of a header")
            if not _VALUE.fullmatch(value):
                raise _refused(
                    f"the value of the header {name!r} has spaces around it, or a character that no header can carry, "
                    "such as a line break or one beyond Latin-1"
                )
            lines.append(f"{name}: {value}\r\n")
            match name.lower():
                case "host":
                    hosts += 1
                case "content-length" | "transfer-encoding" as kind:
                    if framing:
                        raise _refused("two headers say how long its body is")
                    framing = kind
                    length = _declared_length(kind, value, length)
                case "connection" if _says_close(value):
                    self._keeps_alive = False
                case _:
                    pass
        if hosts != 1:
            raise _refused("it needs exactly one header 'host'")
        if not framing and (body is None or body or method in _WITH_BODY):
            lines.append(
                "transfer-encoding: chunked\r\n" if length is None else f"content-length: {length}\r\n"
            )
        lines.append("\r\n")
        self._unsent = length
        return "".join(lines).encode("latin-1")

    def send_body(self, data: bytes | memoryview) -> None:
        """Send a part of the request's body.

        Raises:
            ConfigError: The body is longer than the `content-length` of the request says.
        """
        size = len(data)
        if self._unsent is None:
            if size:
                self._out += (b"%x\r\n" % size, data, b"\r\n")
        elif size > self._unsent:
            del data
            raise _refused("its body is longer than its content-length")
        elif size:
            self._unsent -= size
            self._out.append(data)

    def end_body(self) -> None:
        """End the request's body.

        Raises:
            ConfigError: The body is shorter than the `content-length` of the request says.
        """
        if self._unsent is None:
            self._unsent = 0
            self._out.append(b"0\r\n\r\n")
        elif self._unsent:
            raise _refused("its body is shorter than its content-length")

    # --- Bytes from the peer -----------------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> list[Incoming]:
        """Take bytes of the peer; return the parts of the answer that they complete."""
        got: list[Incoming] = []
        match self._state:
            case "head" | "trailers":
                self._receive_head(data, got)
            case "idle" if data:
                self._state = "closed"  # these bytes answer nothing: there was no request
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
            case "head" if not self._buffer:
                why = "the peer closed the stream without an answer"
            case "head":
                why = "the peer closed the stream in the midst of an answer"
            case _:
                why = "the peer closed the stream before the end of the answer's body"
        return [Broken(RemoteProtocolError(why))]

    def _receive_head(self, data: bytes, got: list[Incoming]) -> None:
        """Take bytes of a head, or of trailers, which are read as the rest of one."""
        buffer = self._buffer
        if not buffer:
            found = _PLAIN_HEAD.match(data)
            if found is not None and self._take_plain(found, got):
                self._receive_body(data[found.end() :], got)
                return
        # The search starts two bytes before the new ones, so that many small pieces take no more time than a large one.
        searched = max(0, len(buffer) - 2)
        buffer += data
        while self._state in ("head", "trailers"):
            ending = HEAD_END.search(buffer, searched)
            end = len(buffer) if ending is None else ending.end()
            if not b"HTTP/".startswith(buffer[:5]):
                self._break(
                    "the answer is not HTTP" if buffer[0] >= 0x20 else "the answer is not HTTP, but binary",
                    got,
                    NoTextError if buffer[0] in _TLS_RECORDS else RemoteProtocolError,
                )
            elif end > MAX_HEAD_BYTES:
                self._break(f"the head of an answer is longer than {MAX_HEAD_BYTES} bytes", got)
            elif ending is None:
                return
            else:
                self._take_judged(bytes(memoryview(buffer)[:end]), got)
                del buffer[:end]
                searched = 0
        self._buffer = bytearray()
        self._receive_body(bytes(buffer), got)

    def _take_plain(self, found: re.Match[bytes], got: list[Incoming]) -> bool:
        """Take a head without h11, if there is no doubt what it means."""
        if found.end() > MAX_HEAD_BYTES:
            return False
        fields = _FIELD.findall(found[3].decode("latin-1"))
        headers = _joined(fields)
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if coding is not None and coding.lower() != "chunked":
            return False
        if length is not None and not _LENGTH.fullmatch(length):
            return False
        self._take_head(Head(int(found[1]), (found[2] or b"").decode("latin-1"), "1.1", headers, fields), got)
        return True

    def _take_judged(self, head: bytes, got: list[Incoming]) -> None:
        """Take a head as h11 reads it."""
        import h11  # not above: most programs never need it

        if NOT_IN_A_HEAD.search(head):
            self._break("the head of an answer has a control character", got)
            return
        judge = h11.Connection(h11.CLIENT)
        # h11 accepts a 101 only after a request for an upgrade. The method does not matter, because h11 does not decide
        # where the body ends.
        judge.send(h11.Request(method="GET", target="/", headers=[("host", ""), ("upgrade", "any")]))
        judge.receive_data(head)
        try:
            event = judge.next_event()
        except h11.RemoteProtocolError as error:
            # The text after the colon is a line from the peer, which may hold a secret.
            self._break(f"the head of an answer is not HTTP: {str(error).partition(': ')[0]}", got)
            return
        if self._state == "trailers":
            self._state, self._left = "length", 0
        elif isinstance(event, h11.Response):
            fields = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in event.headers.raw_items()]
            version, reason = event.http_version.decode("ascii"), bytes(event.reason).decode("latin-1")
            self._take_head(Head(event.status_code, reason, version, _joined(fields), fields), got)
        else:
            assert isinstance(event, h11.InformationalResponse)
            self._interim_answers += 1
            if event.status_code == 101:
                self._break("the peer switched to another protocol", got)
            elif self._interim_answers > MAX_INTERIM_ANSWERS:
                self._break(f"more than {MAX_INTERIM_ANSWERS} interim answers", got)

    def _take_head(self, head: Head, got: list[Incoming]) -> None:
        got.append(head)
        headers, self._status = head.headers, head.status
        if head.version != "1.1" or ("connection" in headers and _says_close(headers["connection"])):
            self._keeps_alive = False
        if self._method == "CONNECT" and head.status < 300:
            self._state, self._left, self._keeps_alive = "length", 0, False
        elif self._method == "HEAD" or head.status in _WITHOUT_BODY:
            self._state, self._left = "length", 0
        elif "transfer-encoding" in headers:
            self._state, self._left, self._between = "chunked", 0, b"\r\n"
            if "content-length" in headers:  # another reader might see the end elsewhere (RFC 9112, 6.3)
                self._keeps_alive = False
        elif "content-length" in headers:
            self._state, self._left = "length", int(headers["content-length"])
            self._check_size(self._left, got)
        else:
            self._state, self._keeps_alive = "eof", False

    def _receive_body(self, data: bytes, got: list[Incoming]) -> None:
        match self._state:
            case "length":
                body, rest = data[: self._left], data[self._left :]
                self._left -= len(body)
                if body:
                    got.append(body)
                if not self._left:
                    self._end(rest, got)
            case "chunked":
                self._receive_chunks(data, got)
            case "eof":
                self._add(data, got)
            case _:
                pass  # idle or closed: there is no body

    def _receive_chunks(self, data: bytes, got: list[Incoming]) -> None:
        data, at = self._between + data, 0
        body = Pieces()  # an object for each of many small chunks would take many times their size
        found = None
        while True:
            piece = data[at : at + self._left]
            self._left -= len(piece)
            at += len(piece)
            body.add(piece)
            if self._left:
                break
            found = _CHUNK_HEAD.match(data, at, at + MAX_CHUNK_HEAD_BYTES)
            if found is None:
                break
            self._left = int(found[1], 16)
            at = found.end()
            if not self._left:
                break
        self._between = b""
        self._add(body.take_bytes(), got)
        if self._left or self._state == "closed":
            return
        rest = data[at:]
        if found is None:
            self._between = rest
            if len(rest) >= MAX_CHUNK_HEAD_BYTES or not _PART_OF_A_CHUNK_HEAD.fullmatch(rest):
                self._break("the body of an answer has a malformed chunk", got)
        elif rest.startswith(b"\r\n"):
            self._end(rest[2:], got)
        else:
            self._state, self._buffer = "trailers", bytearray(_BEFORE_TRAILERS)
            self._receive_head(rest, got)

    def _add(self, data: bytes, got: list[Incoming]) -> None:
        """Take a piece of a body whose length is not known."""
        self._size += len(data)
        if data and self._check_size(self._size, got):
            got.append(data)

    def _check_size(self, size: int, got: list[Incoming]) -> bool:
        if self._max_body_bytes is None or size <= self._max_body_bytes:
            return True
        self._state = "closed"
        got.append(Broken(body_too_long(self._status, self._max_body_bytes)))
        return False

    def _end(self, rest: bytes, got: list[Incoming]) -> None:
        got.append(END)
        self.rest = rest
        # The stream is given up if the peer has sent more than the answer, or has answered half a request.
        reusable = not rest and self._keeps_alive and self._unsent == 0
        self._state = "idle" if reusable else "closed"

    def _break(
        self, why: str, got: list[Incoming], kind: type[RemoteProtocolError] = RemoteProtocolError
    ) -> None:
        self._state = "closed"
        got.append(Broken(kind(why)))


def body_too_long(status: int, limit: int) -> ProtocolError:
    """The error for an answer whose body is longer than `limit` bytes."""
    return ProtocolError(
        f"the body of an answer (HTTP {status}) is longer than max_body_bytes={limit}; raise that, or read raw HTTP in "
        "pieces with stream()"
    )


def _refused(why: str) -> ConfigError:
    return ConfigError(f"the request cannot be sent: {why}")


def _joined(fields: Sequence[tuple[str, str]]) -> dict[str, str]:
    headers = {name.lower(): value for name, value in fields}
    if len(headers) < len(fields):
        values: dict[str, list[str]] = {}
        for name, value in fields:
            values.setdefault(name.lower(), []).append(value)
        headers = {name: ", ".join(several) for name, several in values.items()}
    return headers


def _says_close(connection: str) -> bool:
    return any(option.strip().lower() == "close" for option in connection.split(","))


def _declared_length(kind: str, value: str, length: int | None) -> int | None:
    """The length of a request's body by its header; None for chunks."""
    if kind == "transfer-encoding":
        if value.lower() != "chunked":
            raise _refused('its only transfer-encoding can be "chunked"')
        return None
    if not _LENGTH.fullmatch(value):
        raise _refused("its content-length is not a number")
    if length is not None and int(value) != length:
        raise _refused("its content-length is not the length of its body")
    return int(value)
