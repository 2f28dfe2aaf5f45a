"""Runs request flows for asyncio code."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import random
import time
import weakref
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from rivet_client._common import logs
from rivet_client._core import flows
from rivet_client._core.context import Context
from rivet_client._core.effects import (
    Effect,
    Exclusive,
    Finished,
    Flow,
    HttpResponse,
    Invoke,
    Read,
    Send,
    SendTimedOut,
    Sleep,
    step,
)
from rivet_client._core.target import Creation, Target, make_params, target_by_id, target_by_key
from rivet_client._core.tracing import trace_headers
from rivet_client._secret import Secret, forget_frames
from rivet_client.config import ClientConfig
from rivet_client.errors import ConnectionClosedError

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import AsyncClientLike

__all__ = [
    "Creation",
    "Runtime",
    "Target",
    "fail_after",
    "flows",
    "make_params",
    "running_loop",
    "target_by_id",
    "target_by_key",
]

T = TypeVar("T")


class _LoopState:
    """What cannot be shared between event loops."""

    def __init__(self, shutdown_hook: AsyncGenerator[None]) -> None:
        self.exclusive = asyncio.Lock()
        self.http: Any = None
        self.shutdown_hook = shutdown_hook
        self._timeouts: set[asyncio.Timeout] = set()  # of all waits
        self._is_ended = False

    def fail_after(self, seconds: float | None, sent: Callable[[], bool] = lambda: False) -> fail_after:
        """Bound a wait in time, and by the end of the client.

        Raises:
            SendTimedOut: It took longer than `seconds`.
            ConnectionClosedError: The client was closed.
        """

        def ended() -> Exception:
            if self._is_ended:
                return ConnectionClosedError("the client was closed", may_have_run=sent())
            return SendTimedOut(sent=sent())

        return fail_after(seconds, ended, self._timeouts)

    def end_waits(self) -> None:
        """End all waits there are."""
        self._is_ended = True
        if self.http is not None:
            self.http.close()
        for bound in self._timeouts:
            if not bound.expired():
                bound.reschedule(asyncio.get_running_loop().time())


class Runtime:
    """What one client's handles and connections share. Usable from one event loop after another.

    Args:
        config: The client's settings.
        http_client: The caller's own `httpx.AsyncClient`, or None.

    Raises:
        TypeError, ConfigError: `http_client` cannot be used.
    """

    def __init__(self, config: ClientConfig, http_client: AsyncClientLike | None = None) -> None:
        self.config = config
        self.context: Context = Context(config, now=time.monotonic, jitter=random.random, trace=trace_headers)
        self.is_closed: bool = False
        if http_client is not None:
            from rivet_client._common.own_client import check_client

            check_client(http_client, "AsyncClient")
        self._http_client = http_client
        self._loop_states: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopState] = (
            weakref.WeakKeyDictionary()
        )
        self._connections: set[Any] = set()
        self._websockets: weakref.WeakSet[Any] = weakref.WeakSet()

    def check_usable(self) -> None:
        """Raise if the client is closed.

        Raises:
            ConnectionClosedError: The client is closed.
        """
        if self.is_closed:
            raise ConnectionClosedError("the client is closed")

    def _loop_state(self) -> _LoopState:
        loop = asyncio.get_running_loop()
        state = self._loop_states.get(loop)
        if state is None:
            for other in [other for other in self._loop_states if other.is_closed()]:
                del self._loop_states[other]
            shutdown_hook = self._close_at_loop_shutdown()
            with contextlib.suppress(StopIteration):
                shutdown_hook.__anext__().send(None)  # on to its `yield`, which makes the loop know it
            state = self._loop_states[loop] = _LoopState(shutdown_hook)
        return state

    async def _close_at_loop_shutdown(self) -> AsyncGenerator[None]:
        """Close what lives in this loop, when `asyncio.run` closes the generators that are still open."""
        try:
            yield
        finally:
            await self._close_loop_state(asyncio.get_running_loop())

    async def _close_loop_state(self, loop: asyncio.AbstractEventLoop) -> _LoopState | None:
        """Close what lives in a loop; of those who do at the same time, one gets what is left of it."""
        state = self._loop_states.get(loop)
        if state is not None:
            state.end_waits()
        closing = [one for one in (*self._connections, *self._websockets) if one.loop is loop]
        await asyncio.gather(*(one.close() for one in closing))
        return self._loop_states.pop(loop, None)

    @property
    def http(self) -> Any:
        """The HTTP side for the running loop, loaded on first use."""
        state = self._loop_state()
        if state.http is None:
            from rivet_client._asyncio.http import Http

            state.http = Http(self.config, state.fail_after, self._http_client)
        return state.http

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end.

        Raises:
            ConnectionClosedError: The client is closed, or was closed meanwhile.
        """
        reply: object = None
        error: Exception | None = None
        try:
            self.check_usable()
            while not isinstance(effect := step(flow, reply, error), Finished):
                reply = error = None
                try:
                    self.check_usable()  # each time; told to the flow, which knows what had been sent before
                    reply = await self._perform(effect)
                except Exception as raised:
                    error = raised
            return effect.value
        finally:
            flow.close()

    async def _perform(self, effect: Effect) -> object:
        match effect:
            case Send():
                return await self._send(effect)
            case Read():
                return await self.http.read(effect)
            case Invoke():
                result = Secret(effect.function.reveal()())
                if not inspect.isawaitable(result.reveal()):
                    return result
                async with self._loop_state().fail_after(effect.timeout):
                    return Secret(await result.reveal())
            case Exclusive():
                lock = self._loop_state().exclusive
                async with self._loop_state().fail_after(effect.timeout):
                    await lock.acquire()
                try:
                    return await self.run(effect.flow())
                finally:
                    lock.release()
            case Sleep():
                logs.retry_scheduled(effect)
                async with self._loop_state().fail_after(None):
                    await asyncio.sleep(effect.seconds)
                return None

    async def _send(self, effect: Send) -> HttpResponse:
        started = time.monotonic()
        try:
            response: HttpResponse = await self.http.send(effect)
        except Exception as error:
            logs.request_done(effect, started, time.monotonic, error)
            raise
        logs.request_done(effect, started, time.monotonic, response)
        return response

    def register_connection(self, connection: Any) -> None:
        """Close this connection with the client."""
        self._loop_state()
        self._connections.add(connection)

    def register_websocket(self, websocket: Any) -> None:
        """Close this WebSocket with the client, unless it is forgotten before."""
        self._loop_state()
        self._websockets.add(websocket)

    def unregister_connection(self, connection: Any) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)

    async def close(self) -> None:
        """End every connection and close the pool; idempotent."""
        self.is_closed = True
        state = await self._close_loop_state(asyncio.get_running_loop())
        if state is not None:
            await state.shutdown_hook.aclose()

    @property
    def holds_resources(self) -> bool:
        """Whether forgetting to close it would leak anything."""
        pools = any(
            state.http is not None for loop, state in self._loop_states.items() if not loop.is_closed()
        )
        return not self.is_closed and (pools or any(not one.loop.is_closed() for one in self._connections))


def running_loop() -> asyncio.AbstractEventLoop:
    """The event loop that a connection is to live in.

    Raises:
        RuntimeError: None is running.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "connect() needs a running event loop: call it in a coroutine that asyncio.run() runs, "
            "or use the blocking Client"
        ) from None


class fail_after:
    """Bounds a block of code in time; raises `expired()` when it takes longer than `seconds`.

    Args:
        seconds: None for no bound.
        expired: Makes the error.
        timeouts: Where the bound is to be found while it lasts, for who ends the block before its time.
    """

    __slots__ = ("_bound", "_expired", "_timeouts")

    def __init__(
        self,
        seconds: float | None,
        expired: Callable[[], Exception],
        timeouts: set[asyncio.Timeout] | None = None,
    ) -> None:
        self._bound = asyncio.timeout(seconds)
        self._timeouts = timeouts
        self._expired = expired

    async def __aenter__(self) -> None:
        await self._bound.__aenter__()
        if self._timeouts is not None:
            self._timeouts.add(self._bound)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timeouts is not None:
            self._timeouts.discard(self._bound)
        try:
            await self._bound.__aexit__(kind, error, trace)
        except TimeoutError as late:
            forget_frames(late)  # of an HTTP library that has headers in its variables
            expired = self._expired()
            raise expired from expired.__cause__
