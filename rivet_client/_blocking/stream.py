"""A non-blocking TCP or TLS stream for one thread that reads and many that write under one lock."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from rivet_client._network import unreachable
from rivet_client.errors import TransportError

__all__ = ["GLANCE", "Glancing", "Stream", "Waiting", "connect", "open_stream", "seconds_left"]

GLANCE: Final = 0.1
"""Longest time, in seconds, until a wait that nobody can wake notices that it is not wanted any more."""

_CHUNK = 256 * 1024


class Waiting:
    """Waits for a socket, or for a wake-up from another thread.

    `poll` rather than `select`, which cannot see beyond 1024 open files.
    """

    def __init__(self) -> None:
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._selector = _selector()
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        self._watched: tuple[socket.socket, int] | None = None

    def wake(self) -> None:
        """End the present or the next wait early. Callable from any thread."""
        with contextlib.suppress(OSError):  # full: a wake-up is pending already; closed: nobody waits
            self._wake_out.send(b"\0")

    def wait(self, sock: socket.socket | None, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Wait until the socket is ready, a wake-up, or `timeout` seconds; returns whether the socket is ready."""
        events = (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        self.watch(sock, events)
        ready = False
        for key, _ in self._selector.select(timeout if timeout is None else max(0.0, timeout)):
            if key.fileobj is self._wake_in:
                with contextlib.suppress(BlockingIOError):
                    self._wake_in.recv(4096)
            else:
                ready = True
        return ready

    def watch(self, sock: socket.socket | None, events: int) -> None:
        """Choose the socket to wait for; None before it is closed."""
        wanted = (sock, events) if sock is not None and events else None
        if wanted == self._watched:
            return
        if self._watched is not None:
            self._selector.unregister(self._watched[0])
        if wanted is not None:
            self._selector.register(*wanted)
        self._watched = wanted

    def close(self) -> None:
        """Free the sockets."""
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()


class Glancing:
    """Waits for a socket, and looks up every `GLANCE` seconds: nobody can wake it, and it has nothing to close."""

    def wait(self, sock: socket.socket, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Wait until the socket is ready, or `timeout` seconds at most; returns whether the socket is ready."""
        with _selector() as selector:
            selector.register(
                sock, (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
            )
            return bool(selector.select(GLANCE if timeout is None else min(timeout, GLANCE)))

    def watch(self, sock: socket.socket | None, events: int) -> None:
        """Do nothing: each wait is by itself."""


def _selector() -> selectors.BaseSelector:
    return (selectors.PollSelector if hasattr(select, "poll") else selectors.SelectSelector)()


class Stream:
    """Bytes to and from the peer; nothing here blocks, unless `sock` is set to.

    TLS goes through memory buffers, so that no two threads are ever inside one SSL object's socket: that has
    deadlocked and crashed interpreters (cpython issues 137583, 151508). The caller holds one lock around every call.
    """

    def __init__(
        self, sock: socket.socket, tls: tuple[ssl.SSLObject, ssl.MemoryBIO, ssl.MemoryBIO] | None
    ) -> None:
        self.sock = sock
        self._tls = tls
        self._unsent = bytearray()

    @property
    def is_readable(self) -> bool:
        """Whether something has come, or the end: what an idle stream has no more use after."""
        try:
            self.sock.setblocking(False)
            self.sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            pass
        return True

    @property
    def has_unsent(self) -> bool:
        """Whether `flush` has something left to do."""
        return bool(self._unsent)

    def write(self, chunks: Iterable[bytes]) -> None:
        """Send, or keep what the socket does not take.

        Raises:
            OSError: The stream is broken.
        """
        data = b"".join(chunks)
        if self._tls is not None:
            if data:
                self._tls[0].write(data)
            data = self._tls[2].read()
        if self._unsent:
            self._unsent += data
            self.flush()
        elif data:
            sent = self._send(data)
            if sent < len(data):
                self._unsent += memoryview(data)[sent:]

    def flush(self) -> None:
        """Send what was kept.

        Raises:
            OSError: The stream is broken.
        """
        if self._unsent:
            del self._unsent[: self._send(self._unsent)]

    def _send(self, data: bytes | bytearray) -> int:
        try:
            return self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def read(self) -> bytes | None:
        """What has arrived: b"" at the end, None for nothing yet.

        Raises:
            OSError: The stream is broken.
        """
        try:
            data = self.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        return data if self._tls is None else self._decrypt(data)

    def _decrypt(self, data: bytes) -> bytes | None:
        assert self._tls is not None
        tls, incoming, _ = self._tls
        incoming.write(data) if data else incoming.write_eof()
        plain = bytearray()
        try:
            while chunk := tls.read(_CHUNK):
                plain += chunk
        except ssl.SSLWantReadError:
            self.write(())  # a key update may want an answer
            return bytes(plain) or None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        return bytes(plain)

    def abort(self) -> None:
        """Have both ends meet the end of the stream, whatever is still to be sent."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


def connect(
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    waiting: Waiting,
    deadline: float | None,
    is_wanted: Callable[[], bool],
) -> Stream:
    """As `open_stream`, but for the errors.

    Raises:
        TransportError: No address could be connected to.
        TimeoutError: The deadline came before.
    """
    try:
        return open_stream(host, port, context, waiting, deadline, is_wanted)
    except (OSError, UnicodeError) as error:
        if seconds_left(deadline) == 0:
            raise TimeoutError(f"{host}:{port} did not answer in time") from None
        raise unreachable(f"cannot connect to {host}:{port}", error) from None


def open_stream(
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    waiting: Waiting | Glancing,
    deadline: float | None,
    is_wanted: Callable[[], bool],
) -> Stream:
    """Connect, trying each address of the host, with TLS if a context is given.

    Args:
        host: Name or address.
        port: TCP port.
        context: TLS settings, or None for plain TCP.
        waiting: What another thread wakes when the stream is not wanted any more, if it can be woken.
        deadline: On the monotonic clock, in seconds; None for none.
        is_wanted: Function that says so.

    Raises:
        OSError, UnicodeError: No address could be connected to; TimeoutError when the time was up.
        TransportError: The stream is not wanted any more.
    """
    last: Exception = TimeoutError("timed out")
    for family, kind, protocol, _, address in _look_up(host, port, deadline, is_wanted):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _connect(sock, address, waiting, deadline, is_wanted)
            tls = None if context is None else _start_tls(sock, host, context, waiting, deadline, is_wanted)
        except BaseException as error:
            waiting.watch(None, 0)
            sock.close()
            if not isinstance(error, OSError):
                raise
            if seconds_left(deadline) == 0:
                raise
            last = error
        else:
            return Stream(sock, tls)
    raise last


def _look_up(
    host: str, port: int, deadline: float | None, is_wanted: Callable[[], bool]
) -> list[tuple[Any, Any, int, str, Any]]:
    """The addresses of a host.

    Nothing can end the look-up of a name, so that it has a thread, which is left behind when it takes too long.
    """
    with contextlib.suppress(socket.gaierror):  # a name
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    found: list[Any] = []
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
    _until(
        lambda left: done.acquire(timeout=GLANCE if left is None else min(left, GLANCE)), deadline, is_wanted
    )
    (result,) = found
    if isinstance(result, Exception):
        raise result
    return result  # type: ignore[no-any-return]


def seconds_left(deadline: float | None) -> float | None:
    """Seconds left, at least 0; None for no deadline."""
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _until(
    wait: Callable[[float | None], bool], deadline: float | None, is_wanted: Callable[[], bool]
) -> None:
    """Wait until `wait`, given the seconds left, returns True."""
    while True:
        left = seconds_left(deadline)
        if left == 0:
            raise TimeoutError
        if wait(left):
            return
        if not is_wanted():
            raise TransportError("no longer wanted", may_have_run=False)


def _wait(
    sock: socket.socket,
    waiting: Waiting | Glancing,
    deadline: float | None,
    is_wanted: Callable[[], bool],
    *,
    write: bool,
) -> None:
    _until(lambda left: waiting.wait(sock, read=not write, write=write, timeout=left), deadline, is_wanted)


def _connect(
    sock: socket.socket,
    address: object,
    waiting: Waiting | Glancing,
    deadline: float | None,
    is_wanted: Callable[[], bool],
) -> None:
    try:
        sock.connect(address)  # type: ignore[arg-type]
    except (BlockingIOError, InterruptedError):
        _wait(sock, waiting, deadline, is_wanted, write=True)
        waiting.watch(None, 0)
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _start_tls(
    sock: socket.socket,
    host: str,
    context: ssl.SSLContext,
    waiting: Waiting | Glancing,
    deadline: float | None,
    is_wanted: Callable[[], bool],
) -> tuple[ssl.SSLObject, ssl.MemoryBIO, ssl.MemoryBIO]:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=host)
    stream = Stream(sock, None)
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            stream.write([outgoing.read()])
            while stream.has_unsent:
                _wait(sock, waiting, deadline, is_wanted, write=True)
                stream.flush()
            _wait(sock, waiting, deadline, is_wanted, write=False)
            data = stream.read()
            if data == b"":
                raise ConnectionError("the peer closed the stream during the TLS handshake") from None
            incoming.write(data or b"")
        else:
            stream.write([outgoing.read()])
            return tls, incoming, outgoing
