"""Runs request flows for asyncio code."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import random
import time
import weakref
from collections.abc import AsyncGenerator, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rivet_client._asyncio.http import Http
from rivet_client._asyncio.loading import in_thread, load
from rivet_client._asyncio.timeouts import fail_after
from rivet_client._common.runtime import CommonRuntime, Counted
from rivet_client._common.waits import wait_ended
from rivet_client._core import flows
from rivet_client._core.effects import (
    Effect,
    Exclusive,
    Finished,
    Flow,
    HttpResponse,
    Invoke,
    Load,
    Read,
    Send,
    Sleep,
    Step,
    step,
)
from rivet_client._core.target import Creation, Target, make_params, target_by_id, target_by_key
from rivet_client._secret import Secret
from rivet_client.cancelling import refuse_scopes
from rivet_client.config import ClientConfig
from rivet_client.errors import ErrorClasses

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import AsyncClientLike

__all__ = [
    "OPERATIONS",
    "Closable",
    "Creation",
    "Runtime",
    "Target",
    "flows",
    "make_params",
    "running_loop",
    "target_by_id",
    "target_by_key",
]

T = TypeVar("T")

OPERATIONS = "rivet_client_generated.engine_api.operations"
"""The module of the operations of the control API. Its import loads their models."""

_built: set[str] = set()  # the operations whose models are built


class Closable(Counted, Protocol):
    """A connection or a raw WebSocket, which is closed with the client."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that it lives in."""
        ...

    async def close(self) -> None:
        """Close it, and wait a short time for the peer."""
        ...


class _LoopState:
    """What a client has in one event loop, and cannot share with another one."""

    def __init__(self, shutdown_hook: AsyncGenerator[None]) -> None:
        self.shutdown_hook = shutdown_hook
        self.exclusive = asyncio.Lock()
        self.http: Http | None = None
        self._timeouts: set[asyncio.Timeout] = set()  # of all waits
        self._is_closed = False

    def fail_after(self, seconds: float | None, sent: Callable[[], bool] = lambda: False) -> fail_after:
        """End a wait at a deadline, or when the client is closed.

        Args:
            seconds: None for no limit.
            sent: Says whether the peer may have got a part of the request that is waited for.

        Raises:
            SendTimedOut: The wait took longer than `seconds`.
            ConnectionClosedError: The client was closed.
        """
        return fail_after(seconds, lambda: wait_ended(is_closed=self._is_closed, sent=sent()), self._timeouts)

    def close(self) -> None:
        """End all waits and all HTTP connections."""
        self._is_closed = True
        if self.http is not None:
            self.http.close()
        for timeout in self._timeouts:
            if not timeout.expired():
                timeout.reschedule(asyncio.get_running_loop().time())


class Runtime(CommonRuntime[Closable]):
    """What one client's handles and connections share. Usable from one event loop after another.

    Args:
        config: The client's settings.
        http_client: The caller's own `httpx.AsyncClient`, or None.
        load_error_classes: See `Context.error_classes`.
        observers: See `Observers`.

    Raises:
        TypeError, ConfigError: `http_client` or `observers` cannot be used, or RIVET_LOG is wrong.
    """

    def __init__(
        self,
        config: ClientConfig,
        http_client: AsyncClientLike | None = None,
        load_error_classes: Callable[[], ErrorClasses] = dict,
        observers: object = (),
    ) -> None:
        super().__init__(
            config,
            http_client,
            "AsyncClient",
            load_error_classes,
            observers,
            now=time.monotonic,
            jitter=random.random,
        )
        self._http_client = http_client
        self._loop_states: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopState] = (
            weakref.WeakKeyDictionary()
        )
        self._tell_opened()

    def _loop_state(self) -> _LoopState:
        """What the client has in the running loop, made on first use."""
        loop = running_loop("an AsyncClient")
        state = self._loop_states.get(loop)
        if state is None:
            for other in [other for other in self._loop_states if other.is_closed()]:
                del self._loop_states[other]
            shutdown_hook = self._close_at_loop_shutdown()
            with contextlib.suppress(StopIteration):
                shutdown_hook.__anext__().send(None)  # runs it up to its `yield`, so that the loop knows it
            state = self._loop_states[loop] = _LoopState(shutdown_hook)
        return state

    async def _close_at_loop_shutdown(self) -> AsyncGenerator[None]:
        """Close what lives in this loop, when `asyncio.run` closes the generators that are still open."""
        try:
            yield
        finally:
            await self._close_in(asyncio.get_running_loop())

    @property
    def http(self) -> Http:
        """The HTTP side for the running loop, made on first use."""
        state = self._loop_state()
        if state.http is None:
            state.http = Http(self.config, state.fail_after, self._http_client)
        return state.http

    async def raw_http(self) -> Http:
        """The HTTP side, for raw requests, which need httpx."""
        if self._http_client is None:
            await load("httpx", "rivet_client._common.httpx_adapter")
        return self.http

    async def load_operation(self, name: str) -> None:
        """Load the operations of the control API, and build the model of what this one answers."""
        if name not in _built:
            await load(OPERATIONS)
            operation: Any = getattr(import_module(OPERATIONS), name)
            await in_thread(operation.response.model_rebuild)
            _built.add(name)

    def _pools(self) -> list[Http]:
        states = [
            self._loop_states.get(loop)
            for each in self._loop_states.keyrefs()
            if (loop := each()) is not None and not loop.is_closed()
        ]
        return [state.http for state in states if state is not None and state.http is not None]

    # --- Flows -------------------------------------------------------------------------------------------------

    async def run(self, flow: Flow[T], step: Step = step) -> T:
        """Run a flow to its end.

        Args:
            flow: The flow.
            step: Resumes the flow; see `effects.step`.

        Raises:
            ConnectionClosedError: The client is closed, or was closed meanwhile.
            RuntimeError: The caller is in a `CancelScope`.
        """
        reply: object = None
        error: Exception | None = None
        try:
            self.check_usable()
            refuse_scopes()
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
                await self.http.read(effect)
                return None
            case Load():
                await load(effect.module)
                return None
            case Invoke():
                result = Secret(effect.function.reveal()())
                if not inspect.isawaitable(result.reveal()):
                    return result
                async with self._loop_state().fail_after(effect.timeout):
                    return Secret(await result.reveal())
            case Exclusive():
                turn = self._loop_state().exclusive
                async with self._loop_state().fail_after(effect.timeout):
                    await turn.acquire()
                try:
                    return await self.run(effect.flow())
                finally:
                    turn.release()
            case Sleep():
                async with self._loop_state().fail_after(None):
                    await asyncio.sleep(effect.seconds)
                return None

    async def _send(self, effect: Send) -> HttpResponse:
        try:
            return await self.http.send(effect)
        except Exception as error:
            if (closed := self.closed_instead_of(error)) is not None:
                raise closed from error
            raise

    # --- What is closed with the client ------------------------------------------------------------------------

    def register_connection(self, connection: Closable) -> None:
        """Close this connection with the client."""
        self._loop_state()
        self._connections.add(connection)

    def unregister_connection(self, connection: Closable) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)

    def register_websocket(self, websocket: Closable) -> None:
        """Close this WebSocket with the client, unless nobody holds it any more by then."""
        self._loop_state()
        self._websockets.add(websocket)

    async def close(self) -> None:
        """End every connection and close the pool. Called again, it does what a cancelled call has left."""
        self.is_closed = True
        state = await self._close_in(running_loop("an AsyncClient"))
        if state is not None:
            await state.shutdown_hook.aclose()
        self.observers.client_closed()

    async def _close_in(self, loop: asyncio.AbstractEventLoop) -> _LoopState | None:
        """Close what lives in a loop. If several callers do this at once, one of them gets the rest of it."""
        state = self._loop_states.get(loop)
        if state is not None:
            state.close()
        closing = [one for one in (*self._connections, *self._websockets) if one.loop is loop]
        await asyncio.gather(*(one.close() for one in closing))
        return self._loop_states.pop(loop, None)

    def idle_loops(self) -> list[asyncio.AbstractEventLoop]:
        """The event loops that the client was used in, and that wait to be run again: `close` has to run in each."""
        return [loop for loop in self._loop_states if not loop.is_closed() and not loop.is_running()]

    @property
    def holds_resources(self) -> bool:
        """Whether a client that is not closed would leak anything."""
        pools = any(
            state.http is not None for loop, state in self._loop_states.items() if not loop.is_closed()
        )
        return not self.is_closed and (pools or any(not one.loop.is_closed() for one in self._connections))


def running_loop(user: str) -> asyncio.AbstractEventLoop:
    """The event loop that something is to live in.

    Args:
        user: What that is, for the error.

    Raises:
        RuntimeError: None is running. That of trio is none.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            f"{user} needs a running event loop of asyncio: call it in a coroutine that asyncio.run() runs, "
            "or use the blocking Client"
        ) from None
