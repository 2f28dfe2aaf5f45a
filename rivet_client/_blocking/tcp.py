"""TCP, with or without TLS, to one of the addresses of a host."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rivet_client._blocking.poller import POLL_INTERVAL, PeriodicPoller, Poller, seconds_left
from rivet_client._blocking.stream import Stream, TlsStream
from rivet_client._common.route import ADDRESS_TIMEOUT
from rivet_client._secret import Secret
from rivet_client.errors import TransportError

__all__ = ["Address", "DialScope", "addresses_of", "dial", "start_tls"]

Address: TypeAlias = tuple[
    socket.AddressFamily,
    socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]
"""What `socket.getaddrinfo` returns for one address."""


@dataclass(frozen=True, slots=True)
class DialScope:
    """How long dialing may take, and what ends it earlier.

    Attributes:
        poller: Waits for the socket. Another thread wakes it, if possible, when the stream is not wanted any more.
        deadline: On the monotonic clock, in seconds; None for none.
        is_wanted: Says whether the stream is still wanted.
    """

    poller: Poller | PeriodicPoller
    deadline: float | None
    is_wanted: Callable[[], bool]

    def limited_to(self, seconds: float) -> DialScope:
        """The scope of a part of the work, which gets at most `seconds` of the time."""
        until = time.monotonic() + seconds
        return replace(self, deadline=until if self.deadline is None else min(until, self.deadline))

    def wait_until(self, is_done: Callable[[float | None], bool]) -> None:
        """Wait until a function returns True. The function gets the seconds left.

        Raises:
            TimeoutError: The time is up.
            TransportError: The stream is not wanted any more.
        """
        while True:
            left = seconds_left(self.deadline)
            if left == 0:
                raise TimeoutError
            if is_done(left):
                return
            if not self.is_wanted():
                raise TransportError("no longer wanted", may_have_run=False)

    def wait_ready(self, stream: Stream, *, write: bool) -> None:
        """Wait until a stream can be written to, if `write`, or can be read from."""
        try:
            self.wait_until(
                lambda left: self.poller.wait(stream.sock, read=not write, write=write, timeout=left)
            )
        finally:
            self.poller.set_interest(None, 0)

    def send_all(self, stream: Stream, data: Secret[list[bytes | memoryview]]) -> None:
        """Write all of the data."""
        stream.write(data.reveal())
        while stream.has_unsent:
            self.wait_ready(stream, write=True)
            stream.flush()

    def receive_some(self, stream: Stream) -> bytes:
        """Wait for bytes, and return them; b"" at the end."""
        while (data := stream.read()) is None:
            self.wait_ready(stream, write=False)
        return data


def dial(host: str, port: int, tls: ssl.SSLContext | None, scope: DialScope) -> Stream:
    """Connect, trying each address of the host; see `open_stream`."""
    last: Exception = TimeoutError("timed out")
    addresses = addresses_of(host, port, scope)
    for left, (family, kind, protocol, _, address) in zip(
        reversed(range(len(addresses))), addresses, strict=True
    ):
        stream = Stream(_Socket(family, kind, protocol))
        try:
            _connect(stream, address, scope.limited_to(ADDRESS_TIMEOUT) if left else scope)
            if tls is not None:
                stream = start_tls(stream, tls, host, scope)
        except BaseException as error:
            stream.close()
            if not isinstance(error, OSError) or seconds_left(scope.deadline) == 0:
                raise
            last = error
        else:
            return stream
    raise last


def addresses_of(host: str, port: int, scope: DialScope) -> Sequence[Address]:
    """The addresses of a host.

    Nothing can end the look-up of a name. So a thread does it, and is left running if it takes too long.
    """
    with contextlib.suppress(socket.gaierror):  # a name
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    found: list[Sequence[Address] | Exception] = []
    done = threading.Lock()
    done.acquire()

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            found.append(error)
        finally:
            done.release()

    threading.Thread(target=look_up, name="rivet-look-up", daemon=True).start()
    scope.wait_until(
        lambda left: done.acquire(timeout=POLL_INTERVAL if left is None else min(left, POLL_INTERVAL))
    )
    (result,) = found
    if isinstance(result, Exception):
        raise result
    return result


class _Socket(socket.socket):
    """A socket that is closed without a warning when nobody holds it any more.

    A signal handler can end a call at any line, even between the making of a socket and the `try` that closes it.
    """

    __slots__ = ()
    __del__ = socket.SocketType.close  # one step in C, which no signal handler can end


def _connect(stream: Stream, address: object, scope: DialScope) -> None:
    sock = stream.sock
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.connect(address)  # type: ignore[arg-type]
    except (BlockingIOError, InterruptedError):
        scope.wait_ready(stream, write=True)
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        # Windows has this table, because its `strerror` knows no codes of sockets.
        known: dict[int, str] = getattr(socket, "errorTab", {})
        raise OSError(code, known.get(code) or os.strerror(code))


def start_tls(below: Stream, context: ssl.SSLContext, host: str, scope: DialScope) -> TlsStream:
    """Put TLS over a stream to a host."""
    stream = TlsStream(below, context, host)
    while not stream.do_handshake():
        while stream.has_unsent:
            scope.wait_ready(stream, write=True)
            stream.flush()
        scope.wait_ready(stream, write=False)
    return stream
