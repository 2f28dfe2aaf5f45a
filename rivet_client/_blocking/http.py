"""HTTP for blocking code, over streams of our own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rivet_client._blocking.dialing import open_stream
from rivet_client._blocking.poller import PeriodicPoller, seconds_left, wait
from rivet_client._blocking.stream import Stream
from rivet_client._blocking.upload import LateWriter
from rivet_client._common.exchange import Exchange
from rivet_client._common.http import CommonBody, CommonHttp
from rivet_client._common.waits import deadline_of, wait_ended
from rivet_client._core.effects import HttpResponse, Read, Send
from rivet_client.cancelling import active_scopes, check_cancelled, woken_on_cancel
from rivet_client.config import ClientConfig

if TYPE_CHECKING:
    from rivet_client._common.callers_client import CallersClient
    from rivet_client._common.httpx_adapter import ClientLike

__all__ = ["Http"]


class Http(CommonHttp["_Connection"]):
    """Performs `Send` and `Read`. Usable from any thread.

    Args:
        config: The client's settings.
        client: The caller's own client; it is not closed here.
    """

    _awaits = False

    def __init__(self, config: ClientConfig, client: ClientLike | None = None) -> None:
        self._own: CallersClient | None = None
        if client is not None:
            from rivet_client._common.callers_client import CallersClient

            self._own = CallersClient(client, self._check_piece, time.monotonic)
        super().__init__(config, time.monotonic, None if self._own is None else self._own.adapter)

    def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
            CallCancelledError: A scope that the caller is in was cancelled.
        """
        if self._own is not None:
            return self._own.send(effect)
        pool = self._pool
        exchange = self._begin(effect)
        connection = pool.borrow(exchange.origin, exchange.started) or self._open(exchange)
        try:
            connection.carry(exchange)
            if exchange.leaves_body:
                return self._streamed(exchange, _Body(pool, connection, exchange, time.monotonic))
            response = exchange.response()
        except BaseException:
            connection.close()
            raise
        pool.release(connection, exchange, time.monotonic())
        return response

    def read(self, effect: Read) -> None:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: The body did not come, or only a part of it.
        """
        if self._own is not None:
            self._own.read(effect)
            return
        native = effect.response.native
        native.stream.source.limit(effect.timeout)
        self._adapter.read_whole(native)

    def _check_piece(self, effect: Send, started: float) -> None:
        """See `CallersClient`."""
        check_cancelled(may_have_run=True)
        is_closed = self._pool.is_closed
        if is_closed or seconds_left(deadline_of(effect.timeout, started)) == 0:
            raise wait_ended(is_closed=is_closed, sent=True)

    def _open(self, exchange: Exchange) -> _Connection:
        pool = self._pool

        def is_wanted() -> bool:
            check_cancelled()
            return not pool.is_closed

        try:
            stream = open_stream(exchange.route, PeriodicPoller(), exchange.deadline, is_wanted)
        except (OSError, UnicodeError) as error:
            if seconds_left(exchange.deadline) == 0:
                raise exchange.timed_out() from None
            raise exchange.network_error(error) from None
        return self._track(_Connection(stream), exchange)


class _Connection:
    """A stream that carries one exchange after the other."""

    __slots__ = ("__weakref__", "_is_aborted", "_pid", "_stream", "idle_since")

    def __init__(self, stream: Stream) -> None:
        self.idle_since = 0.0
        self._stream = stream
        self._pid = os.getpid()
        self._is_aborted = False

    def carry(self, exchange: Exchange) -> None:
        """Send the request, and receive as much of the answer as its effect wants.

        Raises:
            SendTimedOut, TransportError, ConnectionClosedError: The exchange failed.
        """
        if self._write(exchange) and exchange.pieces is not None:
            self._send_pieces(exchange, exchange.pieces)
        while not exchange.has_enough:
            self.receive(exchange)
        exchange.deadline = None  # the user may take any time for the rest

    def receive(self, exchange: Exchange) -> None:
        """Wait until more of the answer has come.

        Raises:
            SendTimedOut, TransportError, ConnectionClosedError: No more of the answer will come.
        """
        stream = self._stream
        try:
            data = None
            while data is None:
                self._wait(exchange, write=False)
                data = stream.read()
        except OSError as error:
            raise exchange.network_error(error) from None
        if not data and self._is_aborted:
            raise exchange.client_closed()
        exchange.receive(data)

    def detach(self) -> bool:
        """Leave the exchange that has ended; return whether the connection can carry another one."""
        return not self._stream.has_unsent

    def is_usable(self) -> bool:
        """Whether it can take a request: the peer has neither closed it nor sent anything unasked."""
        return self._stream.is_silent

    def abort(self) -> None:
        """End the connection. A thread that waits for an answer notices."""
        if self._pid == os.getpid():  # in a fork, this would end the parent's stream
            self._is_aborted = True
            self._stream.abort()

    def close(self) -> None:
        """Close the socket. A thread that still waits for it notices."""
        self.abort()
        self._stream.close()

    # --- The deadline ------------------------------------------------------------------------------------------

    def _wait(self, exchange: Exchange, *, write: bool) -> None:
        if active_scopes():
            with woken_on_cancel(self.abort):
                is_ready = self._wait_ready(exchange, write=write)
            _check_scopes(exchange)
        else:
            is_ready = self._wait_ready(exchange, write=write)
        if not is_ready:
            raise exchange.timed_out()

    def _wait_ready(self, exchange: Exchange, *, write: bool) -> bool:
        left = seconds_left(exchange.deadline)
        return left != 0 and wait(self._stream.sock, read=True, write=write, timeout=left)

    # --- The request -------------------------------------------------------------------------------------------

    def _write(self, exchange: Exchange) -> bool:
        """Send the bytes of the request, and return whether the peer takes more.

        Raises:
            SendTimedOut, TransportError: The peer did not take all bytes in time.
        """
        stream = self._stream
        try:
            stream.write(exchange.http1.data_to_send())
            exchange.sent = True
            while stream.has_unsent and not exchange.is_refused and not exchange.is_over:
                self._wait(exchange, write=True)
                stream.flush()
                data = stream.read()  # some peers answer before they take more
                if data is not None:
                    exchange.receive(data)
        except OSError as error:
            if not exchange.sent:
                raise exchange.network_error(error) from None
            # The reading side meets the same end, after it has read what the peer sent before.
            return False
        return not exchange.is_refused and not exchange.is_over

    def _send_pieces(self, exchange: Exchange, pieces: Iterable[bytes]) -> None:
        """Send a body that comes in pieces, until the peer does not want the rest.

        Raises:
            SendTimedOut, TransportError, ConnectionClosedError, ConfigError: The exchange failed.
            CallCancelledError: A scope that the caller is in was cancelled.
        """
        with LateWriter(self._stream, exchange.http1) as writer:
            for piece in pieces:
                self._check_wanted(exchange)
                with writer.lock:
                    for block in writer.add(piece):
                        if not self._send_block(exchange, block):
                            return
            with writer.lock:
                if not self._send_block(exchange, writer.take()):
                    return
        exchange.http1.end_body()
        self._write(exchange)

    def _check_wanted(self, exchange: Exchange) -> None:
        """Raise if no further piece is to be sent."""
        if active_scopes():
            _check_scopes(exchange)
        if self._is_aborted:
            raise exchange.client_closed()
        if seconds_left(exchange.deadline) == 0:
            raise exchange.timed_out()

    def _send_block(self, exchange: Exchange, block: bytes | memoryview) -> bool:
        """Read what has come, send a block unless it is refused, and return whether the peer takes more."""
        self._check_wanted(exchange)
        try:
            data = self._stream.read()
        except OSError as error:
            raise exchange.network_error(error) from None
        if data is not None:
            if not data and self._is_aborted:
                raise exchange.client_closed()
            exchange.receive(data)
            if exchange.is_refused or exchange.is_over:
                return False
        exchange.http1.send_body(block)
        return self._write(exchange)


def _check_scopes(exchange: Exchange) -> None:
    check_cancelled(may_have_run=exchange.sent)


class _Body(CommonBody[_Connection]):
    """See `CommonBody`."""

    def limit(self, timeout: float | None) -> None:
        """Set the time for the rest of the body, in seconds; None for no limit."""
        self._exchange.deadline = deadline_of(timeout, time.monotonic())

    def read(self) -> bytes:
        """Return the next part; b"" at the end.

        Raises:
            SendTimedOut, TransportError, ProtocolError: The body did not come, or only a part of it.
        """
        while (part := self._take()) is None:
            (connection,) = self._held
            connection.receive(self._exchange)
        return part
