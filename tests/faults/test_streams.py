"""The one kind of stream of the blocking flavour: what it makes of TLS that comes at odd times."""

from __future__ import annotations

import contextlib
import gc
import socket
import ssl
from collections.abc import Iterator

import pytest

from rivet_client._blocking.dialing import open_stream
from rivet_client._blocking.poller import PeriodicPoller, wait
from rivet_client._blocking.stream import Stream, TlsStream
from rivet_client._common.route import Route
from tests.support.stub_peer import identified, trusting


class Server:
    """The server's end of TLS, which sends only when it is told to."""

    def __init__(self, below: Stream | TlsStream) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = identified().wrap_bio(self._incoming, self._outgoing, server_side=True)

    def take(self) -> None:
        while data := self._below.read():
            self._incoming.write(data)

    def do_handshake(self) -> None:
        self.take()
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()

    def flush(self) -> None:
        self._below.write([self._outgoing.read()])

    def write(self, data: bytes) -> None:
        self._tls.write(data)

    def read(self) -> bytes:
        self.take()
        return self._tls.read(100)

    def say_goodbye(self) -> None:
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.unwrap()


@contextlib.contextmanager
def connected() -> Iterator[tuple[TlsStream, Server]]:
    """Both ends after the handshake, with the server's session tickets (TLS 1.3) not sent yet."""
    ours, theirs = map(Stream, socket.socketpair())
    client = TlsStream(ours, trusting(), "localhost")
    server = Server(theirs)
    while not client.do_handshake():
        server.do_handshake()
        server.flush()
    server.do_handshake()
    yield client, server
    client.close()
    theirs.close()


def test_a_session_ticket_does_not_make_an_idle_stream_stale():
    with connected() as (client, server):
        assert client.is_silent
        server.flush()
        assert client.sock.recv(1, socket.MSG_PEEK), "no tickets"
        assert client.is_silent
        client.write([b"question"])
        assert server.read() == b"question"
        server.write(b"answer")
        server.flush()
        assert client.read() == b"answer"
        assert client.is_silent


def test_a_goodbye_in_one_piece_with_an_answer():
    with connected() as (client, server):
        server.write(b"answer")
        server.say_goodbye()
        server.flush()
        assert client.read() == b"answer"
        assert not client.is_silent
        assert wait(client.sock, read=True, write=False, timeout=10)
        assert client.read() == b""


@pytest.mark.parametrize("how", ["speech", "goodbye", "eof"])
def test_an_idle_stream_that_is_of_no_use_any_more(how):
    with connected() as (client, server):
        server.flush()
        if how == "speech":
            server.write(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        elif how == "goodbye":
            server.say_goodbye()
        server.flush()
        if how == "eof":
            server._below.abort()
        assert not client.is_silent


def test_a_closed_stream_is_of_no_use():
    with connected() as (client, _):
        client.close()
        assert not client.is_silent


def test_a_stream_that_nobody_knows_any_more():
    """It goes without a warning, also from within a circle, as the frames of an exception are."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        route = Route(*listening.getsockname())
        stream = open_stream(route, PeriodicPoller(), None, lambda: True)
        stream.itself = stream
        peer, _ = listening.accept()
        with peer:
            del stream
            gc.collect()
            assert peer.recv(1) == b""


def test_tls_within_tls():
    """As to an https endpoint through a proxy that is asked over TLS."""
    with connected() as (outer, server):
        server.flush()
        inner = TlsStream(outer, trusting(), "localhost")
        far = Server(_Plain(server))
        while not inner.do_handshake():
            far.do_handshake()
            far.flush()
        far.do_handshake()
        far.flush()
        inner.write([b"question"])
        assert far.read() == b"question"
        far.write(b"answer")
        far.flush()
        assert inner.read() == b"answer"
        assert inner.is_silent


class _Plain:
    """What is inside a server's TLS, as a stream."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def read(self) -> bytes:
        try:
            return self._server.read()
        except ssl.SSLWantReadError:
            return b""

    def write(self, chunks: list[bytes]) -> None:
        if data := b"".join(chunks):
            self._server.write(data)
        self._server.flush()
