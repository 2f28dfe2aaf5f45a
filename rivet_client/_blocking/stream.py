"""The one way to a socket: a TCP or TLS stream that never blocks, and how to get one."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from rivet_client._blocking.proxy import open_tunnel
from rivet_client._common.route import ADDRESS_TIMEOUT, Route
from rivet_client._core.proxy import Proxy
from rivet_client._network import unreachable
from rivet_client._secret import Secret
from rivet_client.errors import TransportError

__all__ = [
    "POLL_INTERVAL",
    "PeriodicPoller",
    "DialScope",
    "Stream",
    "TlsStream",
    "Poller",
    "connect",
    "open_stream",
    "seconds_left",
    "wait",
]

POLL_INTERVAL: Final = 0.1
"""Longest time, in seconds, until a wait that nobody can wake notices that it is not wanted any more."""

# Below what malloc maps for each use by itself (128 KiB): that costs more than all the rest of a read.
_CHUNK = 64 * 1024


class Poller:
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
        self.set_interest(sock, events)
        ready = False
        for key, _ in self._selector.select(timeout if timeout is None else max(0.0, timeout)):
            if key.fileobj is self._wake_in:
                with contextlib.suppress(BlockingIOError):
                    self._wake_in.recv(4096)
            else:
                ready = True
        return ready

    def set_interest(self, sock: socket.socket | None, events: int) -> None:
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


class PeriodicPoller:
    """Waits for a socket, at most `POLL_INTERVAL` seconds at a time: nobody can wake it. It has nothing to close."""

    def wait(self, sock: socket.socket, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Wait until the socket is ready, or `timeout` seconds at most; returns whether the socket is ready."""
        return wait(
            sock,
            read=read,
            write=write,
            timeout=POLL_INTERVAL if timeout is None else min(timeout, POLL_INTERVAL),
        )

    def set_interest(self, sock: socket.socket | None, events: int) -> None:
        """Do nothing: each wait is by itself."""


def _selector() -> selectors.BaseSelector:
    return (selectors.PollSelector if hasattr(select, "poll") else selectors.SelectSelector)()


if hasattr(select, "poll"):

    def wait(sock: socket.socket, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Wait until the socket is ready, or `timeout` seconds; returns whether it is.

        Raises:
            OSError: The socket is closed.
        """
        poll = select.poll()
        try:
            poll.register(sock, (select.POLLIN if read else 0) | (select.POLLOUT if write else 0))
        except ValueError:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None
        return bool(poll.poll(None if timeout is None else timeout * 1000))

else:

    def wait(sock: socket.socket, *, read: bool, write: bool, timeout: float | None) -> bool:
        """As above, where there is no `poll`."""
        try:
            return any(select.select([sock] if read else [], [sock] if write else [], [sock], timeout))
        except ValueError:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None


class _Socket(socket.socket):
    """A socket that goes without a warning, with a call that a signal handler ended wherever it was."""

    __slots__ = ()
    __del__ = socket.SocketType.close  # in one step, which no signal handler ends


class Stream:
    """Bytes to and from the peer; nothing here blocks. One lock of the caller's is held around every call.

    Attributes:
        sock: The socket, which does not block.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._unsent = bytearray()
        sock.setblocking(False)

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come, and no end: only such an idle stream is of use."""
        try:
            while wait(self.sock, read=True, write=False, timeout=0):
                if self.read() is not None:
                    return False
        except OSError:
            return False
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
            return self.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return None

    def abort(self) -> None:
        """Have both ends meet the end of the stream, whatever is still to be sent."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


class TlsStream(Stream):
    """TLS over another stream, which may be TLS itself.

    It goes through memory buffers, so that no two threads are ever inside one SSL object's socket: that has deadlocked
    and crashed interpreters (cpython issues 137583, 151508).
    """

    def __init__(self, below: Stream, context: ssl.SSLContext, host: str) -> None:
        super().__init__(below.sock)
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def do_handshake(self) -> bool:
        """Go on with the handshake as far as what has arrived allows; returns whether it is done.

        Raises:
            OSError: The stream is broken, or the peer is not to be trusted.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._below.write([self._outgoing.read()])
                data = self._below.read()
                if data is None:
                    return False
                if not data:
                    raise ConnectionError("the peer closed the stream during the TLS handshake") from None
                self._incoming.write(data)
            else:
                self._below.write([self._outgoing.read()])
                return True

    @property
    def has_unsent(self) -> bool:
        """Whether `flush` has something left to do."""
        return self._below.has_unsent

    def write(self, chunks: Iterable[bytes]) -> None:
        """Send, or keep what the socket does not take.

        Raises:
            OSError: The stream is broken.
        """
        if data := b"".join(chunks):
            self._tls.write(data)
        self._below.write([self._outgoing.read()])

    def flush(self) -> None:
        """Send what was kept.

        Raises:
            OSError: The stream is broken.
        """
        self._below.flush()

    def read(self) -> bytes | None:
        """What has arrived: b"" at the end, None for nothing yet.

        Raises:
            OSError: The stream is broken.
        """
        data = self._below.read()
        if data is None:
            return None
        self._incoming.write(data) if data else self._incoming.write_eof()
        plain = bytearray()
        try:
            while chunk := self._tls.read(_CHUNK):
                plain += chunk
        except ssl.SSLWantReadError:
            self.write(())  # a key update may want an answer
            return bytes(plain) or None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        if plain:  # the end came in one piece with it: whoever waits for the socket must notice
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RD)
        return bytes(plain)


def connect(route: Route, poller: Poller, deadline: float | None, is_wanted: Callable[[], bool]) -> Stream:
    """As `open_stream`, but for the errors.

    Raises:
        TransportError: No address could be connected to.
        TimeoutError: The deadline came before.
        ConfigError: As `open_stream`.
    """
    try:
        return open_stream(route, poller, deadline, is_wanted)
    except (OSError, UnicodeError) as error:
        if seconds_left(deadline) == 0:
            raise TimeoutError(f"{route} did not answer in time") from None
        raise unreachable(f"cannot connect to {route}", error) from None


def open_stream(
    route: Route, poller: Poller | PeriodicPoller, deadline: float | None, is_wanted: Callable[[], bool]
) -> Stream:
    """Connect to an address, through a proxy if it is so, with TLS if it is so.

    Args:
        route: The way there.
        poller: What another thread wakes when the stream is not wanted any more, if it can be woken.
        deadline: On the monotonic clock, in seconds; None for none.
        is_wanted: Function that says so.

    Raises:
        OSError, UnicodeError: No address could be connected to; TimeoutError when the time was up.
        TransportError: The proxy does not do its work, or the stream is not wanted any more.
        ConfigError: The proxy needs a package that is not installed.
    """
    scope = DialScope(poller, deadline, is_wanted)
    if route.proxy is None:
        return _dial(route.host, route.port, route.tls, scope)
    return _dial_through(route.proxy, route, scope)


def _dial(host: str, port: int, context: ssl.SSLContext | None, scope: DialScope) -> Stream:
    """Connect, trying each address of the host."""
    last: Exception = TimeoutError("timed out")
    addresses = _addresses_of(host, port, scope)
    for left, (family, kind, protocol, _, address) in zip(
        reversed(range(len(addresses))), addresses, strict=True
    ):
        stream = Stream(_Socket(family, kind, protocol))
        try:
            _connect(stream, address, scope.limited_to(ADDRESS_TIMEOUT) if left else scope)
            if context is not None:
                stream = _start_tls(stream, context, host, scope)
        except BaseException as error:
            stream.close()
            if not isinstance(error, OSError):
                raise
            if seconds_left(scope.deadline) == 0:
                raise
            last = error
        else:
            return stream
    raise last


def _dial_through(proxy: Proxy, route: Route, scope: DialScope) -> Stream:
    """Connect to the proxy, and have it connect to the address unless it gets the requests themselves."""
    what = f"cannot connect to the proxy {proxy}"
    setting: str | None = proxy.setting
    stream = None
    try:
        stream = _dial(proxy.host, proxy.port, route.proxy_tls, scope)
        if not route.is_forwarded:
            what, setting = proxy.way_to(route.host, route.port), None
            host = _first_address(proxy, route, scope) if proxy.wants_addresses else route.host
            open_tunnel(stream, proxy, host, route.port, scope)
            if route.tls is not None:
                stream = _start_tls(stream, route.tls, route.host, scope)
        return stream
    except BaseException as error:
        if stream is not None:
            stream.close()
        if not isinstance(error, (OSError, UnicodeError)) or seconds_left(scope.deadline) == 0:
            raise
        failure = unreachable(what, error, setting=setting)
    raise failure  # alone: what is behind the other one does not hold for the endpoint


def _first_address(proxy: Proxy, route: Route, scope: DialScope) -> str:
    found = sorted(
        (family, address[0]) for family, _, _, _, address in _addresses_of(route.host, route.port, scope)
    )
    if proxy.scheme == "socks4" and found[0][0] != socket.AF_INET:
        raise OSError(f"{route.host} has no IPv4 address, and {proxy.scheme} no other")
    return str(found[0][1])


@dataclass(frozen=True, slots=True)
class DialScope:
    """How long dialing may take, and who ends it; see `open_stream`."""

    poller: Poller | PeriodicPoller
    deadline: float | None
    is_wanted: Callable[[], bool]

    def limited_to(self, seconds: float) -> DialScope:
        """The same for a part of the way, which gets only so many seconds of the time."""
        until = time.monotonic() + seconds
        return replace(self, deadline=until if self.deadline is None else min(until, self.deadline))

    def wait_until(self, is_done: Callable[[float | None], bool]) -> None:
        """Wait until a function, given the seconds left, returns True.

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
        """Wait until a stream can be written to, or read from."""
        try:
            self.wait_until(
                lambda left: self.poller.wait(stream.sock, read=not write, write=write, timeout=left)
            )
        finally:
            self.poller.set_interest(None, 0)

    def send_all(self, stream: Stream, data: Secret[list[bytes]]) -> None:
        """Write all of that."""
        stream.write(data.reveal())
        while stream.has_unsent:
            self.wait_ready(stream, write=True)
            stream.flush()

    def receive_some(self, stream: Stream) -> bytes:
        """Wait for something to come; b"" at the end."""
        while (data := stream.read()) is None:
            self.wait_ready(stream, write=False)
        return data


def _addresses_of(host: str, port: int, scope: DialScope) -> list[tuple[Any, Any, int, str, Any]]:
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
    scope.wait_until(
        lambda left: done.acquire(timeout=POLL_INTERVAL if left is None else min(left, POLL_INTERVAL))
    )
    (result,) = found
    if isinstance(result, Exception):
        raise result
    return result  # type: ignore[no-any-return]


def seconds_left(deadline: float | None) -> float | None:
    """Seconds left, at least 0; None for no deadline."""
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _connect(stream: Stream, address: object, scope: DialScope) -> None:
    sock = stream.sock
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.connect(address)  # type: ignore[arg-type]
    except (BlockingIOError, InterruptedError):
        scope.wait_ready(stream, write=True)
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _start_tls(below: Stream, context: ssl.SSLContext, host: str, scope: DialScope) -> TlsStream:
    stream = TlsStream(below, context, host)
    while not stream.do_handshake():
        while stream.has_unsent:
            scope.wait_ready(stream, write=True)
            stream.flush()
        scope.wait_ready(stream, write=False)
    return stream
