"""The server's end of one HTTP/1.1 stream, without I/O.

Plain requests that come in one piece are nearly all there are. They are read here, because h11 takes more time for one
than all the rest of a call. h11 reads every other request, and decides what is legal in it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import h11

__all__ = ["HEADER_NAME", "HEADER_VALUE", "MAX_BODY_BYTES", "Answer", "HttpRequest", "HttpServer", "Refusal"]

MAX_BODY_BYTES: Final = 20 * 1024 * 1024
"""Longest body of a request that the gateway takes."""

HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE: Final = re.compile(r"(?:[!-~\x80-\U0010ffff](?:[\t -~\x80-\U0010ffff]*[!-~\x80-\U0010ffff])?)?")
"""What the header of an answer may say."""

_MAX_HEAD_BYTES = 1024 * 1024
_MAX_TARGET_LENGTH = 65_534

_PLAIN_HEAD = re.compile(
    rb"([A-Z]++) ([!-~]++) HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t -~\x80-\xff]*+(?<![\t ])\r\n)++)\r\n"
)
_FIELD = re.compile(r"([^:]+):[ \t]*([^\r]*)\r\n")
_UNUSUAL = frozenset({"connection", "expect", "transfer-encoding", "upgrade"})
"""Headers that change how a request is read, or what becomes of its stream."""

Body: TypeAlias = "bytes | AsyncIterable[bytes]"


@dataclass(slots=True)
class HttpRequest:
    """A whole request. Nobody changes it. It is not frozen, because that would make it twice as dear to make.

    Attributes:
        method: HTTP method.
        target: Path and query, as they came.
        fields: Names, in lower case, and values of the headers, as they came; read as Latin-1.
        headers: The same, the last one of each name.
        body: The body.
    """

    method: str
    target: str
    fields: Sequence[tuple[str, str]] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def is_upgrade(self) -> bool:
        """Whether a WebSocket is asked for."""
        return self.headers.get("upgrade", "").lower() == "websocket"


@dataclass(slots=True)
class Answer:
    """A response. Whoever passes it on may add headers.

    Attributes:
        status: HTTP status.
        headers: Names in lower case, with values that `HEADER_NAME` and `HEADER_VALUE` match.
        body: Bytes, or an iterable of them, which is sent in chunks.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: Body = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is not read to its end. The stream ends with the answer.

    Attributes:
        status: The answer's.
        too_long: Whether the body is what is too long.
    """

    status: int
    too_long: bool = False


class HttpServer:
    """One stream: `receive_data` takes what comes, `next_request` gives requests, one after the other.

    An answer is `start`, the pieces of its body through `send`, and `end`. Ask for the next request after that.

    Attributes:
        is_over: Whether the stream carries no other request, after the answer to this one.
    """

    def __init__(self) -> None:
        self.is_over: bool = False
        self._buffer = b""  # what has come, and nobody has read
        self._h11: h11.Connection | None = None  # while it reads a request
        self._request: h11.Request | None = None
        self._body: list[bytes] = []
        self._size = 0
        # Of the answer to the request that was read last:
        self._has_body = True
        self._may_be_chunked = True
        self._is_chunked = False

    def receive_data(self, data: bytes) -> None:
        """Take what the client has sent."""
        if self._h11 is None:
            self._buffer += data
        else:
            self._h11.receive_data(data)

    def next_request(self) -> HttpRequest | Refusal | None:
        """Return the next request that has come in whole; None if there is none."""
        if self.is_over:
            return None
        if self._h11 is None:
            if not self._buffer:
                return None
            request = self._plain_request()
            if request is not None:
                return request
            self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD_BYTES)
            self._h11.receive_data(self._buffer)
            self._buffer, self._body, self._size = b"", [], 0
        return self._unusual_request(self._h11)

    @property
    def wants_more(self) -> bool:
        """Whether the client waits to be told that it may send the body."""
        return self._h11 is not None and self._h11.they_are_waiting_for_100_continue

    def go_on(self) -> bytes:
        """Tell the client that it may send the body."""
        assert self._h11 is not None, "it has read a head that says so"
        return self._h11.send(h11.InformationalResponse(status_code=100, headers=[])) or b""

    def take_rest(self) -> bytes:
        """Return what came after a request for a WebSocket."""
        rest, self._buffer = self._buffer, b""
        return rest

    # --- Answers -----------------------------------------------------------------------------------------------

    def whole(self, answer: Answer, body: bytes) -> bytes:
        """Return the bytes of an answer."""
        return self.start(answer, len(body)) + self.send(body)

    def start(self, answer: Answer, length: int | None) -> bytes:
        """Return the head of an answer; without a length, the body comes in pieces."""
        lines = [f"HTTP/1.1 {answer.status} "]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        self._is_chunked = length is None and self._may_be_chunked
        if length is not None:
            lines.append(f"content-length: {length}")
        elif self._is_chunked:
            lines.append("transfer-encoding: chunked")
        else:
            self.is_over = True
        if self.is_over:
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def send(self, data: bytes) -> bytes:
        """Return the bytes of a piece of the body."""
        if not data or not self._has_body:
            return b""
        return b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked else data

    def end(self) -> bytes:
        """Return the end of a body that came in pieces."""
        return b"0\r\n\r\n" if self._is_chunked and self._has_body else b""

    # --- Requests ----------------------------------------------------------------------------------------------

    def _plain_request(self) -> HttpRequest | None:
        """The next request, if it can be read in one way only, and is there in whole."""
        match = _PLAIN_HEAD.match(self._buffer)
        if match is None or match.end(2) - match.start(2) > _MAX_TARGET_LENGTH:
            return None
        fields = [(name.lower(), value) for name, value in _FIELD.findall(match[3].decode("latin-1"))]
        headers = dict(fields)
        if len(headers) != len(fields) or "host" not in headers or not _UNUSUAL.isdisjoint(headers):
            return None
        length = headers.get("content-length", "0")
        end = match.end() + int(length) if length.isascii() and length.isdigit() and len(length) < 9 else -1
        if not 0 <= end <= len(self._buffer) or end - match.end() > MAX_BODY_BYTES:
            return None
        body, self._buffer = self._buffer[match.end() : end], self._buffer[end:]
        method = match[1].decode("ascii")
        self._has_body, self._may_be_chunked = method != "HEAD", True
        return HttpRequest(method, match[2].decode("ascii"), fields, headers, body)

    def _unusual_request(self, reader: h11.Connection) -> HttpRequest | Refusal | None:
        try:
            while True:
                event = reader.next_event()
                if isinstance(event, h11.Request):
                    self._request = event
                    if len(event.target) > _MAX_TARGET_LENGTH:
                        return self._refuse(414)
                elif isinstance(event, h11.Data):
                    self._size += len(event.data)
                    if self._size > MAX_BODY_BYTES:
                        return self._refuse(413, too_long=True)
                    self._body.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    return self._read_by(reader)
                else:  # nothing more now, or never
                    return None
        except h11.RemoteProtocolError as error:
            return self._refuse(error.error_status_hint)

    def _read_by(self, reader: h11.Connection) -> HttpRequest:
        request = self._request
        assert request is not None, "h11 ends no message that has not begun"
        self.is_over = reader.their_state is h11.MUST_CLOSE
        self._buffer = bytes(reader.trailing_data[0])
        self._h11 = self._request = None
        fields = [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers]
        method = request.method.decode("ascii")
        self._has_body, self._may_be_chunked = method != "HEAD", request.http_version == b"1.1"
        return HttpRequest(
            method, request.target.decode("latin-1"), fields, dict(fields), b"".join(self._body)
        )

    def _refuse(self, status: int, *, too_long: bool = False) -> Refusal:
        self.is_over = self._has_body = True
        self._h11, self._body = None, []
        return Refusal(status, too_long)
