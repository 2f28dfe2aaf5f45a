"""A TCP or TLS stream that never blocks: the code that uses it waits for its socket."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterable

from rivet_client._blocking.poller import wait

__all__ = ["Stream", "TlsStream"]

# For each buffer of 128 KiB or more, malloc maps memory anew, which takes longer than all the rest of a read.
_CHUNK = 64 * 1024


class Stream:
    """Bytes to and from the peer; nothing here blocks. Threads that share a stream hold a lock during every call.

    Attributes:
        sock: The socket, which does not block.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._unsent = bytearray()
        sock.setblocking(False)

    @property
    def is_silent(self) -> bool:
        """Whether neither bytes nor the end have come. An idle stream can be used again only while it is silent."""
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

    def write(self, chunks: Iterable[bytes | memoryview]) -> None:
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
        """Return what has arrived: b"" at the end, None for nothing yet.

        Raises:
            OSError: The stream is broken.
        """
        try:
            return self.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return None

    def abort(self) -> None:
        """End the stream for both ends, even if bytes are still to be sent. The socket stays open."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


class TlsStream(Stream):
    """TLS over another stream, which may be TLS itself.

    All bytes go through memory buffers, so that two threads never use the socket of one SSL object at the same time.
    Such use has made interpreters deadlock and crash (cpython issues 137583, 151508).
    """

    def __init__(self, below: Stream, context: ssl.SSLContext, host: str) -> None:
        super().__init__(below.sock)
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def do_handshake(self) -> bool:
        """Go on with the handshake as far as the bytes that have arrived allow; return whether it is done.

        Raises:
            OSError: The stream is broken, or the peer is not trusted.
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

    def write(self, chunks: Iterable[bytes | memoryview]) -> None:
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
        """Return what has arrived: b"" at the end, None for nothing yet.

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
        if plain:  # the end came together with these bytes, and the next wait for the socket must notice it
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RD)
        return bytes(plain)
