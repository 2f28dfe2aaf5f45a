"""The floor: prepared bytes over bare sockets, and nothing done with the answers but counting them.

Blocking sockets, or transports of asyncio without a task or a future for each operation. Usage: see measure.py.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from measure import JOB, VALUE, Figures, Rounds, report, started

if TYPE_CHECKING:
    from collections.abc import Callable

# --- the bytes ---------------------------------------------------------------------------------------


def cbor(value: int | str) -> bytes:
    if isinstance(value, str):
        return b"\x7a" + len(value).to_bytes(4, "big") + value.encode()
    return bytes([value]) if value < 24 else b"\x1a" + value.to_bytes(4, "big")


def with_length(data: bytes) -> bytes:
    """BARE's data: its length as a uint, then the bytes."""
    head, left = bytearray(), len(data)
    while left > 127:
        head.append(left & 127 | 128)
        left >>= 7
    return bytes([*head, left]) + data


def masked_frame(payload: bytes) -> bytes:
    """With a mask of zeros."""
    size = len(payload)
    if size < 126:
        return bytes([0x82, 0x80 | size]) + bytes(4) + payload
    return b"\x82\xff" + size.to_bytes(8, "big") + bytes(4) + payload


UPGRADE = (
    b"GET /gateway/bench/connect HTTP/1.1\r\nhost: stub\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"sec-websocket-protocol: rivet, rivet_encoding.bare\r\n\r\n"
)


def request() -> bytes:
    if JOB.transport == "ws":
        action, value = (b"echo", VALUE) if JOB.kind == "calls" else (b"burst", JOB.events)
        return masked_frame(b"\4\0\0\1" + with_length(action) + with_length(b"\x81" + cbor(value)))
    body = b"\4\0" + with_length(b"\x81" + cbor(VALUE))
    return (
        b"POST /gateway/stub/action/echo HTTP/1.1\r\nhost: stub\r\nx-rivet-encoding: bare\r\n"
        b"content-type: application/octet-stream\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    )


class HttpReplies:
    """Counts HTTP answers, which are all of one size and come one at a time."""

    def __init__(self) -> None:
        self._size = 0
        self._seen = b""

    def count(self, data: bytes) -> int:
        if not self._size:
            self._seen += data
            head, end, _ = self._seen.partition(b"\r\n\r\n")
            if not end:
                return 0
            length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            self._size = self._missing = len(head + end) + int(length)
            data = self._seen
        self._missing -= len(data)
        if self._missing:
            return 0
        self._missing = self._size
        return 1


class Frames:
    """Splits what a WebSocket brings into frames and counts them."""

    def __init__(self) -> None:
        self._is_open = False
        self._rest = b""  # of a head that is not complete
        self._missing = 0  # bytes of a payload that is not complete

    def count(self, data: bytes) -> int:
        data = self._rest + data if self._rest else data
        if not self._is_open:
            head, end_of_head, data = data.partition(b"\r\n\r\n")
            if not end_of_head:
                self._rest = head
                return 0
            self._is_open = True
        end, at = len(data), self._missing
        whole = 1 if 0 < at <= end else 0
        while at + 10 <= end or (at + 2 <= end and data[at + 1] < 126):
            size = data[at + 1]
            if size < 126:
                at += 2 + size
            else:
                start = at + (4 if size == 126 else 10)
                at = start + int.from_bytes(data[at + 2 : start], "big")
            whole += at <= end
        self._missing = max(at - end, 0)
        self._rest = data[at:]
        return whole


# --- blocking and asyncio ----------------------------------------------------------------------------------

HOST, PORT = JOB.endpoint.partition("//")[2].split(":")
TLS = None
if JOB.certificate:
    import ssl

    TLS = ssl.create_default_context(cafile=JOB.certificate)
# HTTP takes a socket for each call at a time, a WebSocket takes all of them in one write.
SOCKETS, WINDOW = (1, JOB.workers) if JOB.transport == "ws" else (JOB.workers, 1)
OPERATIONS, REPLIES = (JOB.events, JOB.events + 1) if JOB.kind == "listener" else (1, 1)
TURN, TURN_REPLIES = request() * WINDOW, REPLIES * WINDOW


def replies() -> HttpReplies | Frames:
    return Frames() if JOB.transport == "ws" else HttpReplies()


class Blocking:
    """A blocking socket."""

    def __init__(self) -> None:
        self._socket = socket.create_connection((HOST, int(PORT)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if TLS:
            self._socket = TLS.wrap_socket(self._socket, server_hostname=HOST)
        self._replies = replies()
        if JOB.transport == "ws":
            self.send(UPGRADE)
            self.receive(1)  # Init

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self, missing: int) -> None:
        while missing:
            data = self._socket.recv(1 << 18)
            if not data:
                raise SystemExit("the stub hung up")
            missing -= self._replies.count(data)


def blocking() -> Figures:
    sockets = [Blocking() for _ in range(SOCKETS)]

    def turn() -> None:
        for each in sockets:
            each.send(TURN)
        for each in sockets:
            each.receive(TURN_REPLIES)

    if JOB.kind == "start":
        turn()
        return started()
    rounds = Rounds(SOCKETS * WINDOW * OPERATIONS)
    for deadline in rounds:
        turns = 0
        while not turns or time.perf_counter() < deadline:
            turn()
            turns += 1
        rounds.done.append(turns)
    return rounds.figures


class Transport:
    """A protocol of asyncio: sends its turn in one write, again whenever all answers are in, until its time is over."""

    def __init__(self, future: Callable[[], asyncio.Future[int]]) -> None:
        self._future = future
        self._replies = replies()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def send(self, data: bytes, replies: int, deadline: float = 0) -> asyncio.Future[int]:
        """Return how often it was sent."""
        self._data, self._expected, self._deadline = data, replies, deadline
        self._turns, self._finished = 0, self._future()
        self._turn()
        return self._finished

    def _turn(self) -> None:
        self._missing = self._expected
        self._transport.write(self._data)

    def data_received(self, data: bytes) -> None:
        self._missing -= self._replies.count(data)
        if self._missing:
            return
        self._turns += 1
        if time.perf_counter() < self._deadline:
            self._turn()
        else:
            self._finished.set_result(self._turns)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._finished.done():
            self._finished.set_exception(exc or EOFError("the stub hung up"))

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...

    def eof_received(self) -> None: ...


async def in_asyncio() -> Figures:
    loop = asyncio.get_running_loop()
    transports: list[Any] = []
    for _ in range(SOCKETS):
        protocol: Any = lambda: Transport(loop.create_future)  # noqa: E731
        transports.append((await loop.create_connection(protocol, HOST, int(PORT), ssl=TLS))[1])
        if JOB.transport == "ws":
            await transports[-1].send(UPGRADE, 1)  # Init
    if JOB.kind == "start":
        await transports[0].send(TURN, TURN_REPLIES)
        return started()
    rounds = Rounds(WINDOW * OPERATIONS)
    for deadline in rounds:
        rounds.done += await asyncio.gather(
            *(transport.send(TURN, TURN_REPLIES, deadline) for transport in transports)
        )
    return rounds.figures


if JOB.loop == "none":
    report(blocking())
else:
    import asyncio

    report(asyncio.run(in_asyncio()))
