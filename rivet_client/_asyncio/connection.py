"""Actor connections for asyncio code: one protocol object per WebSocket, no threads."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, cast

from rivet_client._asyncio.dialing import open_stream
from rivet_client._asyncio.run import Runtime, running_loop
from rivet_client._asyncio.stream import StreamProtocol
from rivet_client._asyncio.timeouts import fail_after
from rivet_client._common import connection_logs
from rivet_client._common.connection import BATCH_FROM, CommonIterator, ConnectionDriver
from rivet_client._core.flows import DialOptions
from rivet_client._core.gateway import DialPlan
from rivet_client._core.keys import check_name
from rivet_client._core.session import (
    OVER,
    CallFailed,
    CallSucceeded,
    EventsReceived,
    HangUp,
    Opened,
    OpenRequested,
    Phase,
    SessionEvent,
    StatusChanged,
)
from rivet_client._core.session.listeners import Buffer, Callback
from rivet_client._core.target import Target
from rivet_client.values import ConnectionStatus

__all__ = ["Connection", "EventIterator"]

_log = logging.getLogger("rivet_client.connections")


class _Link(StreamProtocol):
    """One stream of a connection: passes what happens on to the connection while it is the current one."""

    def __init__(self, connection: Connection, attempt: int, dial: DialPlan) -> None:
        self._connection = connection
        self.attempt = attempt
        self.dial = dial
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        # At once: the peer's first bytes may arrive before the task that dials is resumed.
        self._connection.connected(self)

    def data_received(self, data: bytes) -> None:
        self._connection.received(self, data)

    def eof_received(self) -> bool:
        self._connection.received(self, b"")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.received(self, b"")


class Connection(ConnectionDriver):
    """The driver of one actor connection.

    Args:
        runtime: The client's.
        target: The actor.
        options: What is the same for all attempts to open it.

    Raises:
        ConfigError, TypeError: The parameters cannot be sent.
        RuntimeError: No event loop is running.
    """

    _awaits = True

    def __init__(
        self,
        runtime: Runtime,
        target: Target,
        options: DialOptions,
    ) -> None:
        super().__init__(
            runtime,
            target,
            contextlib.nullcontext(),
            options,
        )
        self.loop: asyncio.AbstractEventLoop = running_loop()
        self._ready: set[asyncio.Future[None]] = set()
        self._link: _Link | None = None
        self._todo: deque[SessionEvent] = deque()
        self._is_delivering = False
        self._is_flush_scheduled = False
        self._timer: asyncio.Handle | None = None
        self._armed = 0.0  # the deadline that the timer is for
        self._tasks: set[asyncio.Task[Any]] = set()
        self._dialing: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        runtime.register_connection(self)
        self._session.start(time.monotonic())
        self._flush_and_dispatch()

    # --- What the facade offers --------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        return self._session.phase is not Phase.LIVE or self.loop.is_closed()

    async def action(self, name: object, args: tuple[Any, ...], timeout: float | None) -> Any:
        action = check_name("action name", name)
        seconds = self._seconds(timeout)
        payload = self._encoding.dump(list(args), "args")
        self._check_loop()
        future: asyncio.Future[Any] = self.loop.create_future()
        call = self._session.call(future, action, payload, seconds, time.monotonic())
        self._resume_for_call()
        if len(self._session.calls.sent) < BATCH_FROM:
            self._flush_and_dispatch()
        elif not self._is_flush_scheduled:
            # What many tasks call in one turn of the loop leaves together: each write takes half as long as a call.
            self._is_flush_scheduled = True
            self.loop.call_soon(self._flush_batch)
        try:
            return await future
        except BaseException:
            self._session.calls.forget(call)
            raise

    async def wait_ready(self, timeout: float | None) -> None:
        seconds = self._seconds(timeout)
        self._check_loop()
        if self._session.status is ConnectionStatus.CONNECTED:
            return
        self._session.check_usable()
        future: asyncio.Future[None] = self.loop.create_future()
        self._ready.add(future)
        try:
            async with fail_after(seconds, lambda: self._session.not_ready_error(seconds)):
                await future
        finally:
            self._ready.discard(future)

    def events(self, owner: object, name: object, timeout: float | None, max_buffer: int) -> EventIterator:
        return EventIterator(self, owner, name, timeout, max_buffer)

    async def close(self) -> None:
        self._check_loop()
        self.begin_close()
        await self._over.wait()
        # Callbacks that are still running, unless one of them is the caller.
        if others := self._tasks - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=0)

    def begin_close(self) -> None:
        """Start to close, without waiting for the peer."""
        if not self.loop.is_closed():
            self._close(time.monotonic())

    def abandon(self) -> None:
        """Close soon. For finalisers, which may run anywhere."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.begin_close)

    # --- Inputs ------------------------------------------------------------------------------------------------

    def connected(self, link: _Link) -> None:
        """Take a stream into use."""
        assert link.transport is not None
        try:
            is_wanted = self._session.dialed(link.attempt, link.dial, time.monotonic())
        except Exception as error:
            link.transport.abort()
            self._fail(error, time.monotonic())
            return
        if is_wanted:
            self._link = link
        else:
            link.transport.abort()
        self._flush_and_dispatch()

    def received(self, link: _Link, data: bytes) -> None:
        """Take bytes from a stream, or b"" for its end."""
        if link is not self._link:
            return
        now = time.monotonic()
        try:
            if data:
                self._session.receive_data(data, now)
            else:
                self._session.receive_eof(now)
        except Exception as error:
            self._fail(error, now)
        else:
            self._flush_and_dispatch()

    def _tick(self) -> None:
        self._timer = None
        now = time.monotonic()
        try:
            self._session.tick(now)
        except Exception as error:
            self._fail(error, now)
        else:
            self._flush_and_dispatch()

    def _check_loop(self) -> None:
        if asyncio.get_running_loop() is not self.loop:
            raise RuntimeError("this connection belongs to another event loop; open a new one in this loop")

    # --- After every input -------------------------------------------------------------------------------------

    def _flush_and_dispatch(self) -> None:
        """Write what there is to write, deliver what has happened, arm the timer."""
        session = self._session
        try:
            link = self._link
            chunks = session.data_to_send()
            if chunks and link is not None and link.transport is not None:
                link.transport.write(b"".join(chunks) if len(chunks) > 1 else chunks[0])
            if session.pending:
                self._todo.extend(session.events())
            if self._todo and not self._is_delivering:
                self._deliver()
            if session.phase in OVER and not self._over.is_set():
                self._over.set()
                self._runtime.unregister_connection(self)
            self._arm(session.next_deadline())
        except Exception as error:
            # Once it is over, each further try has an event less to deliver.
            if self._todo or session.phase not in OVER:
                self._fail(error, time.monotonic())
            else:
                _log.exception("the connection to %s failed inside the client", self._target)

    def _deliver(self) -> None:
        """Deliver what has happened, in this order: what happens in a callback comes behind it."""
        todo = self._todo
        self._is_delivering = True
        try:
            while todo:
                event = todo.popleft()
                if isinstance(event, EventsReceived):
                    try:
                        self._deliver_events(event.name, event.batch)
                    except (KeyboardInterrupt, SystemExit):
                        todo.appendleft(event)  # the rest of it comes next time
                        raise
                elif isinstance(event, CallSucceeded):
                    if not event.waiter.done():
                        event.waiter.set_result(event.value)
                elif isinstance(event, CallFailed):
                    if not event.waiter.done():
                        event.waiter.set_exception(event.error)
                elif isinstance(event, HangUp):
                    self._hang_up(event.data)
                else:
                    connection_logs.connection_event(self._target, event)
                    if isinstance(event, OpenRequested):
                        self._dialing = self._spawn(self._dial(event))
                    self._wake_waiters(event)
                    self._dispatch_lifecycle(event)
        finally:
            self._is_delivering = False

    def _flush_batch(self) -> None:
        self._is_flush_scheduled = False
        self._flush_and_dispatch()

    def _arm(self, deadline: float | None) -> None:
        # A timer that is early costs one idle tick; re-arming on every call would cost every call.
        timer = self._timer
        if deadline is None:
            if timer is not None:
                timer.cancel()
                self._timer = None
            return
        if timer is not None:
            if self._armed <= deadline + 0.001:
                return
            timer.cancel()
        self._timer = self.loop.call_at(deadline - time.monotonic() + self.loop.time(), self._tick)
        self._armed = deadline

    def _wake_waiters(self, event: SessionEvent) -> None:
        """Wake who waits for the connection to open, or to end."""
        ended = isinstance(event, StatusChanged) and event.status is ConnectionStatus.IDLE
        if not ended and not isinstance(event, Opened):
            return
        ready, self._ready = self._ready, set()
        for future in ready:
            if not future.done():
                future.set_exception(self._session.end_error()) if ended else future.set_result(None)
        for buffer in self._listeners.buffers if ended else ():
            self._wake(buffer)

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], what: str) -> None:
        try:
            result = function(*args)
            if result is not None and inspect.iscoroutine(result):
                self._spawn(self._await_callback(result, what))
        except BaseException as error:
            self._report_callback_error(what, error)

    def _pass_on_exit(self, error: BaseException) -> None:
        self.loop.call_soon(_raise, error)  # the loop ends with it, when the present batch is delivered

    async def _await_callback(self, coroutine: Coroutine[Any, Any, Any], what: str) -> None:
        try:
            await coroutine
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise  # the task passes them on
        except BaseException as error:
            if _is_cancelled(error):
                raise
            self._report_callback_error(what, error)

    def _spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- Streams -----------------------------------------------------------------------------------------------

    async def _dial(self, request: OpenRequested) -> None:
        try:
            async with asyncio.timeout(self._session.limits.open_timeout):
                dial = await self._runtime.run(self._prepare_dial(request))
                await open_stream(
                    lambda: _Link(self, request.attempt, dial),
                    self._runtime.http.routes.for_dial(dial),
                    close_timeout=self._session.limits.close_timeout,
                )
            return
        except BaseException as raised:
            if _is_cancelled(raised) or isinstance(raised, GeneratorExit):
                raise
            error = self._dial_error(raised)
            if isinstance(raised, (KeyboardInterrupt, SystemExit)):
                self._pass_on_exit(raised)
        self._session.dial_failed(request.attempt, error, time.monotonic())
        self._flush_and_dispatch()

    def _hang_up(self, data: list[bytes]) -> None:
        dialing, self._dialing = self._dialing, None
        if dialing is not None and dialing is not asyncio.current_task(self.loop):
            dialing.cancel()
        link, self._link = self._link, None
        self._is_paused = False
        if link is not None and link.transport is not None:
            if data:
                link.transport.write(b"".join(data))
            # A peer that takes nothing more must not keep the stream open.
            link.transport.abort() if link.transport.get_write_buffer_size() else link.transport.close()

    # --- Event iterators and backpressure ----------------------------------------------------------------------

    async def wait_for_item(self, buffer: Buffer, name: str, timeout: float | None) -> None:
        """Return when the buffer may have an item.

        Raises:
            StopAsyncIteration: The iterator or the connection was closed.
            RivetError: What the connection gave up with.
            ActionTimeoutError: Nothing came in time.
        """
        self._check_loop()
        if self._has_ended(buffer):
            raise StopAsyncIteration
        if buffer.waiter is not None:
            raise RuntimeError("another task is waiting on this iterator; give each task its own")
        buffer.waiter = self.loop.create_future()
        try:
            async with fail_after(timeout, lambda: self._no_event_error(name, timeout)):
                await buffer.waiter
        finally:
            buffer.waiter = None

    def resume_if_drained(self, buffer: Buffer) -> None:
        """Read on, if reading stopped because nobody took items: one is about to be taken."""
        if self._is_paused and len(buffer.items) <= buffer.max_size:
            self._resume_unless_full(buffer)

    def discard(self, name: str, listener: Callback | Buffer) -> None:
        if isinstance(listener, Buffer):
            listener.is_closed = True
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._remove, name, listener)

    def _pause(self, paused: bool) -> None:
        self._is_paused = paused
        self._session.pause(paused, time.monotonic())
        if self._link is not None and self._link.transport is not None:
            transport = self._link.transport
            transport.pause_reading() if paused else transport.resume_reading()

    def _wake(self, buffer: Buffer) -> None:
        waiter = buffer.waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class EventIterator(CommonIterator):
    """Iterates over the events of one name; each item is the tuple of the event's arguments.

    Ends when the connection is closed; raises what the connection gave up with, if it did.
    """

    def __aiter__(self) -> EventIterator:
        return self

    async def __anext__(self) -> tuple[Any, ...]:
        items = self._buffer.items
        while not items:
            await self._connection.wait_for_item(self._buffer, self._name, self._timeout)
        self._connection.resume_if_drained(self._buffer)
        return items.popleft()

    async def close(self) -> None:
        """Stop listening."""
        self._connection.end_items(self._name, self._buffer)

    async def __aenter__(self) -> EventIterator:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()


def _is_cancelled(error: BaseException) -> bool:
    """Whether somebody cancelled the running task, rather than that it met something cancelled."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _raise(error: BaseException) -> None:
    raise error
