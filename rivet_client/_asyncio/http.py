"""HTTP for asyncio code, over streams of our own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final, cast

from rivet_client._asyncio.dialing import open_stream
from rivet_client._asyncio.loading import in_thread
from rivet_client._asyncio.stream import SocketProbe, StreamProtocol
from rivet_client._common.exchange import Exchange
from rivet_client._common.http import CommonBody, CommonHttp
from rivet_client._common.route import Route
from rivet_client._core.effects import HttpResponse, Read, Send
from rivet_client._core.gateway import DialPlan
from rivet_client._core.pieces import Blocks
from rivet_client.config import ClientConfig
from rivet_client.errors import ConfigError

if TYPE_CHECKING:
    from rivet_client._common.callers_client import AsyncCallersClient
    from rivet_client._common.httpx_adapter import AsyncClientLike

__all__ = ["Http"]

_MAX_UNREAD: Final = 256 * 1024
"""With this many bytes of an answer that its reader has not taken, no more is read."""
_TIMER_SLACK: Final = 0.001
"""How much too early a timer may fire, in seconds, in event loops that count milliseconds."""
_CLOSE_TIMEOUT: Final = 1.0
_LONGEST_TURN: Final = 0.005
"""Longest time, in seconds, for which the body of a request keeps the event loop from anything else."""


class Http(CommonHttp["_Connection"]):
    """Performs `Send` and `Read`. Belongs to one event loop.

    Args:
        config: The client's settings.
        fail_after: Ends a block of code at a deadline, or when the client is closed. It asks a function whether the
            request may have been sent.
        client: The caller's own client; it is not closed here.
    """

    _awaits = True

    def __init__(
        self,
        config: ClientConfig,
        fail_after: Callable[[float | None, Callable[[], bool]], AbstractAsyncContextManager[None]],
        client: AsyncClientLike | None = None,
    ) -> None:
        self._own: AsyncCallersClient | None = None
        if client is not None:
            from rivet_client._common.callers_client import AsyncCallersClient

            self._own = AsyncCallersClient(client)
        super().__init__(config, time.monotonic, None if self._own is None else self._own.adapter)
        self._fail_after = fail_after
        self._loop = asyncio.get_running_loop()

    async def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        if self._own is not None:
            progress = self._own.begin()
            async with self._fail_after(effect.timeout, lambda: progress.sent):
                return await self._own.send(effect, progress)
        if self.routes.lacks_tls(effect.request.url):
            async with self._fail_after(effect.timeout, lambda: False):
                await in_thread(self.routes.load_tls)
        pool = self._pool
        exchange = self._begin(effect)
        connection = pool.borrow(exchange.origin, exchange.started) or await self._open(exchange)
        try:
            await connection.carry(exchange)
            if exchange.leaves_body:
                return self._streamed(exchange, _Body(pool, connection, exchange, time.monotonic))
            response = exchange.response()
        except BaseException:
            connection.close()
            raise
        pool.release(connection, exchange, time.monotonic())
        return response

    async def route_of(self, dial: DialPlan) -> Route:
        """The route of a WebSocket.

        Raises:
            ConfigError: The proxy for it cannot be used.
        """
        if self.routes.lacks_tls("wss:" if dial.secure else "ws:"):
            await in_thread(self.routes.load_tls)
        return self.routes.for_dial(dial)

    async def read(self, effect: Read) -> None:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: The body did not come, or only a part of it.
        """
        async with self._fail_after(effect.timeout, lambda: True):
            await self._adapter.read_whole_async(effect.response.native)

    async def _open(self, exchange: Exchange) -> _Connection:
        async with self._fail_after(exchange.effect.timeout, lambda: False):
            try:
                connection = await open_stream(
                    lambda: _Connection(self._loop, exchange), exchange.route, close_timeout=_CLOSE_TIMEOUT
                )
            except (OSError, UnicodeError) as error:
                raise exchange.network_error(error) from None
        return self._track(connection, exchange)


class _Connection(StreamProtocol):
    """A stream that carries one exchange after the other.

    Args:
        loop: The event loop.
        exchange: The first one. Some peers answer it before it is sent.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
        self.idle_since = 0.0
        self._loop = loop
        self._exchange: Exchange | None = exchange  # the exchange under way
        self._error: BaseException | None = None  # the error that has ended the exchange, if any
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._unread = 0  # bytes, about
        self._is_paused = False
        self._sender: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None  # for more to be sent; None while there is

    async def carry(self, exchange: Exchange) -> None:
        """Send the request, and receive as much of the answer as its effect wants.

        Raises:
            SendTimedOut, TransportError, ConnectionClosedError: The exchange failed.
        """
        self._exchange = exchange
        if exchange.deadline is not None:
            self._start_timer(exchange.deadline)
        if self._error is None and not exchange.is_over:
            exchange.sent = True
            self._write(exchange)
            if exchange.pieces is not None:
                self._sender = self._loop.create_task(self._send_pieces(exchange))
        while not exchange.has_enough:
            await self.receive()
        exchange.deadline = None  # the user may take any time for the rest

    async def receive(self) -> None:
        """Wait until more of the answer has come.

        Raises:
            SendTimedOut, TransportError, ConnectionClosedError: No more of the answer will come.
        """
        self._unread = 0
        if self._is_paused:
            self._is_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        if self._error is None:
            self._waiter = self._loop.create_future()
            await self._waiter
        if self._error is not None:
            raise self._error

    def detach(self) -> bool:
        """Leave the exchange that has ended; return whether the connection can carry another one."""
        if self._transport.is_closing() or self._transport.get_write_buffer_size():
            return False
        # The iterator of the request's body may still have work to do, but nothing to send. So it goes on.
        self._exchange = self._sender = None
        return True

    def is_usable(self) -> bool:
        """Whether it can take a request: the peer has neither closed it nor sent anything unasked."""
        return not self._transport.is_closing() and not self._probe.is_readable()

    def abort(self) -> None:
        """End the connection. A task that waits for an answer notices."""
        exchange = self._exchange
        if exchange is not None:
            self._fail(exchange, exchange.client_closed())
        self.close()

    def close_soon(self) -> None:
        """Close it soon. For finalisers, which may run anywhere."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """Close the socket."""
        self._exchange = None
        self._stop_sending()
        self._transport.abort()

    def _wake(self) -> None:
        """Wake the task that waits for the answer."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, exchange: Exchange, error: BaseException) -> None:
        if not exchange.is_over and self._error is None:
            self._error = error
            self._wake()

    # --- The deadline ------------------------------------------------------------------------------------------

    def _start_timer(self, deadline: float) -> None:
        # A timer that is early costs one idle tick. A new timer for each call would cost more.
        if self._timer is None or deadline < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_at = deadline
            self._timer = self._loop.call_later(max(0.0, deadline - time.monotonic()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        exchange = self._exchange
        if exchange is None or exchange.deadline is None:
            return
        if time.monotonic() < exchange.deadline - _TIMER_SLACK:
            self._start_timer(exchange.deadline)
        else:
            self._fail(exchange, exchange.timed_out())

    # --- The request -------------------------------------------------------------------------------------------

    def _write(self, exchange: Exchange) -> None:
        self._transport.write(b"".join(exchange.http1.data_to_send()))

    async def _send_pieces(self, exchange: Exchange) -> None:
        """Send a body that comes in pieces, while the answer may come already.

        Pieces that are there at once are joined. They are written when the iterator lets the event loop run. The loop
        also runs after each block, and after `_LONGEST_TURN`, for an iterator that never waits.
        """
        blocks = Blocks()
        flush: asyncio.Handle | None = None
        turn = time.monotonic()
        try:
            async for piece in _pieces_of(exchange):
                now, waited = time.monotonic(), bool(blocks)
                for block in blocks.add(piece, now):
                    exchange.http1.send_body(block)
                    self._write(exchange)
                    if self._writable is not None:
                        await self._writable
                    turn = 0.0
                if now - turn >= _LONGEST_TURN:
                    if flush is not None:
                        flush.cancel()
                    await asyncio.sleep(0)
                    turn, waited = time.monotonic(), False
                if blocks and not waited:
                    flush = self._loop.call_soon(self._flush, exchange, blocks)
            exchange.http1.send_body(blocks.take())
            exchange.http1.end_body()
            self._write(exchange)
        except BaseException as error:
            self._fail_sending(exchange, error)

    def _flush(self, exchange: Exchange, blocks: Blocks) -> None:
        """Write the pieces that wait for others, if the exchange is still under way."""
        if exchange is self._exchange and blocks and not exchange.is_refused:
            try:
                exchange.http1.send_body(blocks.take())
            except ConfigError as error:
                self._fail_sending(exchange, error)
            else:
                self._write(exchange)

    def _fail_sending(self, exchange: Exchange, error: BaseException) -> None:
        # The caller gets the error, whatever it is, unless nobody wants the rest of the body any more.
        if exchange is self._exchange and not exchange.is_refused:
            self._fail(exchange, error)

    def _stop_sending(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
            self._sender = None

    # --- asyncio.Protocol --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        self._probe = SocketProbe(transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        exchange = self._exchange
        if exchange is None:
            self.close()  # nobody asked
            return
        exchange.receive(data)
        if exchange.is_refused:
            self._stop_sending()
        if not exchange.has_enough:
            return
        self._wake()
        self._unread += len(data)
        if self._unread > _MAX_UNREAD and not self._is_paused and not self._transport.is_closing():
            self._is_paused = True
            self._transport.pause_reading()

    def eof_received(self) -> None:
        """See `asyncio.Protocol`."""
        exchange = self._exchange
        if exchange is not None:
            exchange.receive(b"")
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        exchange = self._exchange
        if exc is None:
            self.eof_received()
        elif exchange is not None:
            self._fail(exchange, exchange.network_error(exc))
        self._stop_sending()
        self.resume_writing()
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)


async def _pieces_of(exchange: Exchange) -> AsyncIterator[bytes]:
    pieces: AsyncIterable[bytes] | Iterable[bytes] = exchange.pieces
    if isinstance(pieces, AsyncIterable):
        async for piece in pieces:
            yield piece
    else:
        for piece in pieces:
            yield piece


class _Body(CommonBody[_Connection]):
    """See `CommonBody`."""

    async def read(self) -> bytes:
        """Return the next part; b"" at the end.

        Raises:
            TransportError, ProtocolError: The body did not come, or only a part of it.
        """
        while (part := self._take()) is None:
            (connection,) = self._held
            await connection.receive()
        return part

    def __del__(self) -> None:
        # The event loop holds the object that reads from a socket. So nobody else would ever close this connection.
        for connection in self._held:
            connection.close_soon()
