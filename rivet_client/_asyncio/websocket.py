"""Raw WebSockets for asyncio code: the event loop reads, and the calls wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import Callable, Generator
from typing import Any, cast

from rivet_client._asyncio.dialing import open_stream
from rivet_client._asyncio.loading import load
from rivet_client._asyncio.run import Runtime
from rivet_client._asyncio.stream import StreamProtocol
from rivet_client._asyncio.timeouts import fail_after
from rivet_client._checks import check_close, check_timeout
from rivet_client._common.websocket import CommonWebSocket, WebSocketDriver
from rivet_client._core import flows
from rivet_client._core.effects import MESSAGES, WEBSOCKETS
from rivet_client._core.gateway import DialPlan
from rivet_client._core.target import Target
from rivet_client._hints import ForAsyncio
from rivet_client._objects import Shown
from rivet_client.cancelling import refuse_scopes
from rivet_client.errors import RivetError

__all__ = ["OpeningWebSocket", "AsyncRawWebSocket"]


class _Driver(WebSocketDriver, StreamProtocol):
    """The driver of one raw WebSocket, and the protocol of its stream.

    Args:
        runtime: The client's.
        target: The actor.
        timeout: See `WebSocketDriver`.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(self, runtime: Runtime, target: Target, timeout: float | None) -> None:
        super().__init__(runtime.context, target, timeout)
        self._runtime = runtime
        self._changed: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._dial: DialPlan | None = None
        self._opening: asyncio.Timeout | None = None
        self._can_write = asyncio.Event()
        self._can_write.set()
        self._is_paused = False

    async def open(self, options: flows.DialOptions) -> None:
        """Connect. This is called only once, after the driver was made."""
        runtime, target, session = self._runtime, self.target, self.session
        runtime.check_usable()
        self.loop = asyncio.get_running_loop()
        runtime.register_websocket(self)
        opening = asyncio.timeout(self._timeout)
        try:
            async with opening as self._opening:
                await load(MESSAGES, WEBSOCKETS)
                self._dial = dial = await runtime.run(
                    flows.prepare_dial(runtime.context, target, options, timeout=self._timeout)
                )
                route = await runtime.http.route_of(dial)
                await open_stream(lambda: self, route, close_timeout=self.limits.close_timeout)
                await self._wait_until(lambda: session.was_open)
                if not session.was_open or session.is_dropped:
                    raise await self._explained_end()
        except BaseException as error:
            told = self._open_error(error, is_late=opening.expired())
            self._hang_up()
            if told is error:
                raise
            raise told from None
        finally:
            self._opening = None

    async def send(self, data: str | bytes) -> None:
        """See `AsyncRawWebSocket.send`."""
        refuse_scopes()
        self.session.send(data)
        self._flush()
        if not self._can_write.is_set():
            async with fail_after(self._timeout, lambda: self.session.not_taken_error(self._timeout)):
                await self._can_write.wait()

    async def receive(self, timeout: float | None) -> str | bytes:
        """See `AsyncRawWebSocket.receive`."""
        refuse_scopes()
        seconds = check_timeout("timeout", timeout)
        messages = self.session.messages
        async with fail_after(seconds, lambda: self.session.no_message_error(seconds)):
            await self._wait_until(lambda: bool(messages))
        if not messages:
            raise await self._explained_end()
        message = messages.popleft()
        self._adjust_reading()
        return message

    def begin_close(self, code: int = 1000, reason: str = "") -> None:
        """Send the close; `join` waits for the answer."""
        if self._opening is not None:
            self.session.is_dropped = True
            if not self._opening.expired():
                self._opening.reschedule(self.loop.time())  # so that the task that opens it notices
            return
        self.session.close(code, reason)
        self._flush()
        self._adjust_reading()

    async def join(self, timeout: float) -> None:
        """Wait for the peer's close, at most `timeout` seconds, and close the stream."""
        if self._opening is None:
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(timeout):
                        await self._wait_until(lambda: self._transport is None)
            finally:
                self._hang_up()

    async def close(self) -> None:
        """Close with the client."""
        self.begin_close()
        await self.join(self.limits.close_timeout)

    def __del__(self) -> None:
        if self.__dict__.get("_transport") is not None:
            warnings.warn(
                f"WebSocket to {self.target} was not closed", ResourceWarning, source=self, stacklevel=2
            )

    # --- Waiting -----------------------------------------------------------------------------------------------

    async def _wait_until(self, is_done: Callable[[], bool]) -> None:
        """Wait until `is_done()`, or the end of the WebSocket."""
        while not is_done() and not self.session.is_ended:
            if self._changed is None or self._changed.done():
                self._changed = self.loop.create_future()
            await asyncio.shield(self._changed)

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def _explained_end(self) -> RivetError:
        """The error for callers that wait at the end, with what the engine knows about the end."""
        with contextlib.suppress(RivetError):  # the client may be closed
            self.session.error = await self._runtime.run(self._explain_end())
        return self.session.end_error()

    # --- The stream --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        assert self._dial is not None
        try:
            self.session.start(self._dial)
            self._flush()
        except Exception as error:
            self._fail(error)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        try:
            self.session.receive_data(data)
            self._flush()
        except Exception as error:
            self._fail(error)
        self._adjust_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        try:
            self.session.receive_eof()
        except Exception as error:
            self._fail(error)
        self._can_write.set()
        self._wake()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._can_write.clear()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._can_write.set()

    def _flush(self) -> None:
        """Write the session's bytes."""
        chunks = self.session.data_to_send()
        if chunks and self._transport is not None:
            self._transport.write(b"".join(chunks))

    def _adjust_reading(self) -> None:
        """Read on, unless enough messages wait to be taken."""
        has_enough, transport = self.session.has_enough, self._transport
        if has_enough is not self._is_paused and transport is not None:
            self._is_paused = has_enough
            transport.pause_reading() if has_enough else transport.resume_reading()

    def _fail(self, cause: BaseException) -> None:
        """End because of a defect, and tell all callers that wait."""
        self.session.fail(cause)
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    # --- The end of the stream ---------------------------------------------------------------------------------

    def _hang_up(self) -> None:
        """Drop the WebSocket, and close the stream."""
        self.session.is_dropped = True
        transport, self._transport = self._transport, None
        if transport is not None:
            # A peer that takes nothing more must not keep the stream open.
            transport.abort() if transport.get_write_buffer_size() else transport.close()
        self._wake()


class AsyncRawWebSocket(ForAsyncio, CommonWebSocket[_Driver]):
    """A WebSocket to the actor's own handler: `send`, `receive`, iteration, `close`.

    Iterating ends when either end closes normally (1000, 1001) and raises `ConnectionClosedError` otherwise.
    """

    async def send(self, data: str | bytes) -> None:
        """Send one message. Waits while the peer takes no more.

        Args:
            data: A str is sent as text, bytes as binary.

        Raises:
            ConnectionClosedError, ActorError: It is closed.
            ActionTimeoutError: The peer took nothing within the client's timeout.
            ConfigError, TypeError: Not a message.
        """
        await self._driver.send(data)

    async def receive(self, timeout: float | None = None) -> str | bytes:
        """Return the next message.

        Args:
            timeout: Longest wait, in seconds; None waits for ever.

        Raises:
            ConnectionClosedError, ActorError: It was closed; `close_code` and `close_reason` say how.
            ActionTimeoutError: Nothing came in time.
        """
        return await self._driver.receive(timeout)

    def __aiter__(self) -> AsyncRawWebSocket:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except RivetError:
            if self._driver.session.iteration_ends:
                raise StopAsyncIteration from None
            raise

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait shortly for the peer's answer.

        Args:
            code: 1000, or 3000 to 4999 for your own meanings.
            reason: What the peer is told, at most 123 bytes as UTF-8.

        Raises:
            ConfigError, TypeError: A code or reason that cannot be sent.
        """
        check_close(code, reason)
        self._driver.begin_close(code, reason)
        await self._driver.join(self._driver.limits.close_timeout)

    async def __aenter__(self) -> AsyncRawWebSocket:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()


class OpeningWebSocket(Shown):
    """What `websocket()` returns: `await` it, or enter it with `async with`."""

    def __init__(self, runtime: Runtime, target: Target, options: flows.DialOptions) -> None:
        self._driver = _Driver(runtime, target, options.timeout)
        self._websocket = AsyncRawWebSocket(self._driver)
        self._options = options

    def _about(self) -> tuple[str, ...]:
        return str(self._driver.target), self._driver.session.status

    def __await__(self) -> Generator[Any, None, AsyncRawWebSocket]:
        return self._open().__await__()

    async def _open(self) -> AsyncRawWebSocket:
        with self._driver.watched(self._options):
            await self._driver.open(self._options)
        return self._websocket

    async def __aenter__(self) -> AsyncRawWebSocket:
        return await self._open()

    async def __aexit__(self, *exc_info: object) -> None:
        await self._websocket.close()
