"""HTTP for blocking code, over streams of our own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rivet_client._blocking.dialing import open_stream
from rivet_client._blocking.poller import PeriodicPoller, seconds_left, wait
from rivet_client._blocking.stream import Stream
from rivet_client._common.http import Exchange, tls_context
from rivet_client._common.pool import Pool
from rivet_client._common.route import Routes
from rivet_client._core.effects import HttpResponse, Read, Send, SendTimedOut
from rivet_client._core.flows import RawRequest
from rivet_client._secret import Secret
from rivet_client.config import ClientConfig
from rivet_client.errors import ConnectionClosedError, TransportError

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import ClientLike
    from rivet_client._common.own_client import OwnClient

__all__ = ["Http"]


class Http:
    """Performs `Send` and `Read`. Usable from any thread.

    Args:
        config: The client's settings.
        client: The caller's own client; it is not closed here.

    Attributes:
        routes: How streams get to addresses.
    """

    def __init__(self, config: ClientConfig, client: ClientLike | None = None) -> None:
        self._own: OwnClient | None = None
        if client is not None:
            from rivet_client._common.own_client import OwnClient

            self._own = OwnClient(client)
        self.routes = Routes(config.proxies, lambda: tls_context(config.ssl_context))
        self._pool: Pool[_Connection] = Pool()

    def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        if self._own is not None:
            return self._own.send(effect)
        started = time.monotonic()
        deadline = None if effect.timeout is None else started + effect.timeout
        exchange = Exchange(effect, self.routes)
        exchange.begin()
        pool = self._pool
        connection = pool.borrow(exchange.origin, started) or self._open(exchange, deadline)
        try:
            connection.carry(exchange, deadline)
            if exchange.leaves_body:
                return exchange.opened(_ResponseBody(pool, connection, exchange, started), awaits=False)
            response = exchange.response()
        except BaseException:
            connection.close()
            raise
        connection.release(exchange, pool)
        return response

    def read(self, effect: Read) -> None:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: It did not come, or not whole.
        """
        if self._own is not None:
            self._own.read(effect)
            return
        from rivet_client._common.httpx_adapter import default_adapter

        native = effect.response.native
        native.stream.source.deadline = None if effect.timeout is None else time.monotonic() + effect.timeout
        default_adapter().read_whole(native)

    def raw_request(self, method: object, path: object, options: Secret[dict[str, Any]]) -> RawRequest:
        """Turn the arguments of `fetch` into a raw request."""
        from rivet_client._common.httpx_adapter import default_adapter

        adapter = default_adapter() if self._own is None else self._own.adapter
        return adapter.raw_request(method, path, options, awaits=False)

    def close(self) -> None:
        """End every connection of our own, in use or not; none is opened from now on."""
        self._pool.close()

    def _open(self, exchange: Exchange, deadline: float | None) -> _Connection:
        pool = self._pool
        try:
            stream = open_stream(exchange.route, PeriodicPoller(), deadline, lambda: not pool.is_closed)
        except (OSError, UnicodeError) as error:
            if seconds_left(deadline) == 0:
                raise SendTimedOut(sent=False) from None
            raise exchange.network_error(error) from None
        connection = _Connection(stream)
        pool.track(connection)
        if pool.is_closed:  # now that `close` would find it
            connection.close()
            raise TransportError("no longer wanted", may_have_run=False)
        return connection


class _Connection:
    """A stream that carries one exchange after the other."""

    __slots__ = ("__weakref__", "_is_aborted", "_pid", "_stream", "idle_since")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._pid = os.getpid()
        self._is_aborted = False
        self.idle_since = 0.0

    def is_usable(self) -> bool:
        """Whether it can take a request: the peer has not closed it, and has not talked unasked."""
        return self._stream.is_silent

    def abort(self) -> None:
        """End it, and have the thread that waits for an answer, if there is one, notice."""
        self._is_aborted = True
        self._stream.abort()

    def close(self) -> None:
        """Close the socket; who still waits for it notices."""
        if self._pid == os.getpid():  # the parent's would end for the parent, too
            self.abort()
        self._stream.close()

    def carry(self, exchange: Exchange, deadline: float | None) -> None:
        """Send the request, and receive as much of the answer as its effect wants.

        Raises:
            SendTimedOut, TransportError, ProtocolError: That failed.
        """
        body = exchange.effect.request.body
        self._write(exchange, deadline)
        if not isinstance(body, bytes):
            self._write_pieces(exchange, body, deadline)
        while not exchange.has_enough:
            self.receive(exchange, deadline)

    def release(self, exchange: Exchange, pool: Pool[_Connection]) -> None:
        """Have another request use it, if that is possible."""
        if exchange.can_be_followed and not self._stream.has_unsent:
            pool.give_back(exchange.origin, self, time.monotonic())
        else:
            self.close()

    def receive(self, exchange: Exchange, deadline: float | None) -> None:
        """Wait for more of the answer.

        Raises:
            SendTimedOut, TransportError, ConnectionClosedError: Nothing came in time, or the stream ended.
        """
        stream = self._stream
        try:
            data = None
            while data is None:
                self._wait(exchange, deadline, write=False)
                data = stream.read()
        except OSError as error:
            raise exchange.network_error(error) from None
        if not data and self._is_aborted:
            raise ConnectionClosedError("the client was closed", may_have_run=exchange.sent)
        exchange.receive(data)

    def _write_pieces(self, exchange: Exchange, body: Iterable[bytes], deadline: float | None) -> None:
        for piece in body:
            if exchange.is_refused or exchange.is_over:
                return
            exchange.http1.send_body(piece)
            self._write(exchange, deadline)
        exchange.http1.end_body()
        self._write(exchange, deadline)

    def _write(self, exchange: Exchange, deadline: float | None) -> None:
        """Send what there is to send, unless the peer answers that it does not want it.

        Raises:
            SendTimedOut, TransportError: The peer took nothing, or not all in time.
        """
        stream = self._stream
        try:
            stream.write(exchange.http1.data_to_send())
            exchange.sent = True
            while stream.has_unsent and not exchange.is_refused and not exchange.is_over:
                self._wait(exchange, deadline, write=True)
                stream.flush()
                data = stream.read()  # some peers take no more before they have said something
                if data is not None:
                    exchange.receive(data)
        except OSError as error:
            if not exchange.sent:
                raise exchange.network_error(error) from None
            # The reading side meets the same end, after what the peer said before it.

    def _wait(self, exchange: Exchange, deadline: float | None, *, write: bool) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if (left is not None and left <= 0) or not wait(
            self._stream.sock, read=True, write=write, timeout=left
        ):
            raise SendTimedOut(sent=exchange.sent)


class _ResponseBody:
    """The body of a raw answer, which the user reads. It takes its connection with it, unless it is read to its end.

    Attributes:
        deadline: When the next part has to be there, on the monotonic clock, in seconds; None for no deadline.
    """

    def __init__(
        self, pool: Pool[_Connection], connection: _Connection, exchange: Exchange, started: float
    ) -> None:
        self.deadline: float | None = None
        self._pool = pool
        self._held = [connection]
        self._exchange = exchange
        self._started = started

    def read(self) -> bytes:
        """Return the next part; b"" at the end.

        Raises:
            SendTimedOut, TransportError, ProtocolError: It did not come, or not all of it.
        """
        exchange = self._exchange
        while not (part := exchange.body.take_bytes()):
            if exchange.is_over:
                exchange.check()
                return b""
            (connection,) = self._held
            connection.receive(exchange, self.deadline)
        return part

    def close(self) -> None:
        """Let go of the connection."""
        held, self._held = self._held, []
        for connection in held:
            connection.release(self._exchange, self._pool)

    def elapsed(self) -> float:
        """Seconds since the request began."""
        return time.monotonic() - self._started
