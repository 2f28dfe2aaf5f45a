"""The server's end of one HTTP/1.1 stream, without I/O."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import h11

__all__ = ["MAX_BODY_BYTES", "Answer", "HttpRequest", "HttpServer", "Refusal"]

MAX_BODY_BYTES: Final = 20 * 1024 * 1024
"""Longest body of a request that the gateway takes."""

_MAX_HEAD_BYTES = 1024 * 1024
_MAX_TARGET_LENGTH = 65_534

Body: TypeAlias = "bytes | AsyncIterable[bytes]"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A whole request.

    Attributes:
        method: HTTP method.
        target: Path and query, as they came.
        fields: Names, in lower case, and values of the headers, as they came.
        body: The body.
    """

    method: str
    target: str
    fields: Sequence[tuple[bytes, bytes]] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Headers; the last one of each name. A value that is not ASCII is read as Latin-1."""
        return {name.decode("ascii"): value.decode("latin-1") for name, value in self.fields}

    @property
    def is_upgrade(self) -> bool:
        """Whether a WebSocket is asked for."""
        return any(name == b"upgrade" and value.lower() == b"websocket" for name, value in self.fields)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response.

    Attributes:
        status: HTTP status.
        headers: Names in lower case, with values.
        body: Bytes, or an iterable of them, which is sent in chunks.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
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

    Between a request and the end of its answer, `next_request` gives None. An answer is `start`, the pieces of its body
    through `send`, and `end`.
    """

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._request: h11.Request | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._refused = False

    def receive_data(self, data: bytes) -> None:
        """Take what the peer has sent; b"" at the end of the stream."""
        if not self._refused:
            self._h11.receive_data(data)

    def next_request(self) -> HttpRequest | Refusal | None:
        """Return the next request that has come in whole; None if there is none."""
        if self._refused:
            return None
        try:
            while True:
                event = self._h11.next_event()
                if isinstance(event, h11.Request):
                    self._request, self._size = event, 0
                    if len(event.target) > _MAX_TARGET_LENGTH:
                        return self._refuse(414)
                elif isinstance(event, h11.Data):
                    self._size += len(event.data)
                    if self._size > MAX_BODY_BYTES:
                        return self._refuse(413, too_long=True)
                    self._body.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    return self._whole()
                else:  # nothing more now, or never
                    return None
        except h11.RemoteProtocolError as error:
            return self._refuse(error.error_status_hint)

    @property
    def wants_more(self) -> bool:
        """Whether the peer waits to be told that it may send the body."""
        return self._h11.they_are_waiting_for_100_continue

    def go_on(self) -> bytes:
        """Tell the peer that it may send the body."""
        return self._h11.send(h11.InformationalResponse(status_code=100, headers=[])) or b""

    @property
    def rest(self) -> bytes:
        """What came after a request for a WebSocket."""
        return bytes(self._h11.trailing_data[0])

    def answer(self, answer: Answer, body: bytes) -> list[bytes]:
        """Return the bytes of a whole answer."""
        return [self.start(answer, len(body)), self.send(body), self.end()]

    def start(self, answer: Answer, length: int | None) -> bytes:
        """Return the head of an answer; without a length, the body comes in chunks."""
        fields = [(name.encode("ascii"), value.encode()) for name, value in answer.headers.items()]
        fields.append(
            (b"transfer-encoding", b"chunked") if length is None else (b"content-length", b"%d" % length)
        )
        if self._refused:
            fields.append((b"connection", b"close"))
        return self._h11.send(h11.Response(status_code=answer.status, headers=fields)) or b""

    def send(self, data: bytes) -> bytes:
        """Return the bytes of a piece of the body."""
        return self._h11.send(h11.Data(data=data)) or b"" if data else b""

    def end(self) -> bytes:
        """Return the end of an answer. If the stream may carry another request, go on to that one."""
        data = self._h11.send(h11.EndOfMessage()) or b""
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()
        return data

    @property
    def is_over(self) -> bool:
        """Whether the stream carries no other request."""
        return self._refused or self._h11.our_state in (h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)

    def _whole(self) -> HttpRequest:
        request = self._request
        assert request is not None, "h11 ends no message that has not begun"
        body, self._body = b"".join(self._body), []
        return HttpRequest(
            request.method.decode("ascii"), request.target.decode("latin-1"), request.headers, body
        )

    def _refuse(self, status: int, *, too_long: bool = False) -> Refusal:
        self._refused = True
        self._body = []
        return Refusal(status, too_long)
