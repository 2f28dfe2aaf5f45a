"""Raw WebSockets for asyncio code."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Generator
from contextlib import suppress
from typing import Any, cast

from rivet_client._asyncio.dialing import open_stream
from rivet_client._asyncio.run import Runtime, fail_after
from rivet_client._asyncio.stream import StreamProtocol
from rivet_client._checks import check_timeout
from rivet_client._core import flows
from rivet_client._core.gateway import DialPlan
from rivet_client._core.raw_session import RawSession, check_close
from rivet_client._core.target import Target
from rivet_client._network import unreachable
from rivet_client._objects import Shown
from rivet_client.errors import RivetError

__all__ = ["OpeningWebSocket", "RawWebSocket"]

_MAX_MESSAGES = 64
"""From this many messages not yet taken, no more is read."""


class RawWebSocket(Shown, StreamProtocol):
    """A WebSocket to the actor's own handler: `send`, `receive`, iteration, `close`.

    Iterating ends when either end closes normally (1000, 1001) and raises `ConnectionClosedError` otherwise.
    """

    def __init__(self, runtime: Runtime, target: Target) -> None:
        self._limits = runtime.context.limits
        self._runtime = runtime
        self._target = target
        self._session = RawSession(str(target), os.urandom, self._limits)
        self._dial: DialPlan | None = None
        self._transport: asyncio.Transport | None = None
        self._changed: asyncio.Future[None] | None = None
        self._can_write = asyncio.Event()
        self._can_write.set()
        self._opening: asyncio.Timeout | None = None
        self._is_paused = False
        self._is_closed = False

    async def open(self, options: dict[str, Any]) -> None:
        """Connect; called once, by whoever made it."""
        runtime, target = self._runtime, self._target
        timeout = runtime.config.timeout
        runtime.check_usable()
        self.loop = asyncio.get_running_loop()
        runtime.register_websocket(self)
        try:
            async with asyncio.timeout(timeout) as self._opening:
                self._dial = dial = await runtime.run(
                    flows.prepare_dial(runtime.context, target, timeout=timeout, **options)
                )
                await open_stream(
                    lambda: self,
                    runtime.http.routes.for_dial(dial),
                    close_timeout=self._limits.close_timeout,
                )
                while not self._session.was_open and not self._session.is_over:
                    await self._change()
                if not self._session.was_open:
                    raise await self._why_over()
        except OSError as error:  # a TimeoutError is one, be it of ours or of the system
            was_closed = self._is_closed
            self._drop()
            if was_closed or self._session.is_over:
                raise self._session.end_error() from None
            if self._opening is not None and self._opening.expired():
                raise self._session.not_open_error(timeout) from None
            if isinstance(error, RivetError):
                raise
            raise unreachable(f"cannot connect to {target}", error) from None
        except BaseException:
            self._drop()
            raise
        finally:
            self._opening = None

    def _about(self) -> tuple[str, ...]:
        return str(self._target), self._session.status

    @property
    def close_code(self) -> int | None:
        """The peer's close code; None before, or when the stream ended without one."""
        return self._session.close_code

    @property
    def close_reason(self) -> str:
        """The peer's close reason."""
        return self._session.close_reason

    async def send(self, data: str | bytes) -> None:
        """Send one message: str as text, bytes as binary. Waits while the peer takes no more.

        Raises:
            ConnectionClosedError, ActorError: It is closed.
            ActionTimeoutError: The peer took nothing within the client's timeout.
            ConfigError, TypeError: Not a message.
        """
        self._session.send(data)
        self._flush()
        if not self._can_write.is_set():
            timeout = self._runtime.config.timeout
            async with fail_after(timeout, lambda: self._session.not_taken_error(timeout)):
                await self._can_write.wait()

    async def receive(self, timeout: float | None = None) -> str | bytes:
        """Return the next message.

        Args:
            timeout: Longest wait, in seconds; None waits for ever.

        Raises:
            ConnectionClosedError, ActorError: It was closed; `close_code` and `close_reason` say how.
            ActionTimeoutError: Nothing came in time.
        """
        seconds = check_timeout("timeout", timeout)
        messages = self._session.messages
        async with fail_after(seconds, lambda: self._session.no_message_error(seconds)):
            while not messages and not self._session.is_over and not self._is_closed:
                await self._change()
        if not messages:
            raise await self._why_over()
        message = messages.popleft()
        if self._is_paused and len(messages) < _MAX_MESSAGES:
            self._is_paused = False
            if self._transport is not None:
                self._transport.resume_reading()
        return message

    def __aiter__(self) -> RawWebSocket:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except RivetError:
            if self._session.ended_normally or (not self._session.is_over and self._is_closed):
                raise StopAsyncIteration from None
            raise

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait shortly for the peer's answer.

        Raises:
            ConfigError, TypeError: A code or reason that cannot be sent.
        """
        check_close(code, reason)
        if self._opening is not None:
            self._is_closed = True
            if not self._opening.expired():
                self._opening.reschedule(self.loop.time())  # whoever opens it is told
            return
        self._session.close(code, reason)
        self._flush()
        if self._is_paused and self._transport is not None:
            self._transport.resume_reading()  # the answer is behind the messages that nobody takes
        try:
            async with asyncio.timeout(self._limits.close_timeout):
                while not self._session.is_over and self._transport is not None:
                    await self._change()
        except TimeoutError:
            pass
        finally:
            self._drop()

    async def __aenter__(self) -> RawWebSocket:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def __del__(self) -> None:
        if self.__dict__.get("_transport") is not None:
            warnings.warn(
                f"WebSocket to {self._target} was not closed", ResourceWarning, source=self, stacklevel=2
            )

    # --- asyncio.Protocol --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        assert self._dial is not None
        try:
            self._session.start(self._dial)
            self._flush()
        except Exception as error:
            self._fail(error)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        try:
            self._session.receive_data(data)
            self._flush()
        except Exception as error:
            self._fail(error)
        transport = self._transport
        if len(self._session.messages) >= _MAX_MESSAGES and not self._is_paused and transport is not None:
            self._is_paused = True
            transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        try:
            self._session.receive_eof()
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

    async def _why_over(self) -> RivetError:
        with suppress(RivetError):  # the client may be closed
            error = self._session.end_error()
            self._session.error = await self._runtime.run(
                flows.explain_end(self._runtime.context, self._target, error)
            )
        return self._session.end_error()

    def _flush(self) -> None:
        chunks = self._session.data_to_send()
        if chunks and self._transport is not None:
            self._transport.write(b"".join(chunks))

    def _fail(self, cause: BaseException) -> None:
        """End because of something that must not happen, and tell everybody who waits."""
        self._session.fail(cause)
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    async def _change(self) -> None:
        """Wait until something has happened."""
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._changed)

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def _drop(self) -> None:
        self._is_closed = True
        transport, self._transport = self._transport, None
        if transport is not None:
            # A peer that takes nothing more must not keep the stream open.
            transport.abort() if transport.get_write_buffer_size() else transport.close()
        self._wake()


class OpeningWebSocket(Shown):
    """What `websocket()` returns: `await` it, or enter it with `async with`."""

    def __init__(self, runtime: Runtime, target: Target, options: dict[str, Any]) -> None:
        self._websocket = RawWebSocket(runtime, target)
        self._options = options

    def _about(self) -> tuple[str, ...]:
        return self._websocket._about()

    def __await__(self) -> Generator[Any, None, RawWebSocket]:
        return self._open().__await__()

    async def _open(self) -> RawWebSocket:
        await self._websocket.open(self._options)
        return self._websocket

    async def __aenter__(self) -> RawWebSocket:
        return await self._open()

    async def __aexit__(self, *exc_info: object) -> None:
        await self._websocket.close()
