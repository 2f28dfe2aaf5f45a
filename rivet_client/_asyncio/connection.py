"""Actor connections for asyncio code: the event loop reads, delivers and keeps deadlines; there are no threads."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, cast

from rivet_client._asyncio.dialing import open_stream
from rivet_client._asyncio.loading import load
from rivet_client._asyncio.run import Runtime, running_loop
from rivet_client._asyncio.stream import StreamProtocol
from rivet_client._asyncio.timeouts import fail_after
from rivet_client._call_info import without_call_info
from rivet_client._common.connection import BATCH_FROM, CommonIterator, ConnectionDriver
from rivet_client._common.connection_watch import CallWatch
from rivet_client._core.effects import MESSAGES, WEBSOCKETS, step_with
from rivet_client._core.flows import DialOptions
from rivet_client._core.gateway import DialPlan
from rivet_client._core.session import OVER, EventsReceived, OpenRequested, Phase, SessionEvent
from rivet_client._core.session.listeners import Buffer, EventListener
from rivet_client._core.target import Target
from rivet_client._hints import ForAsyncio
from rivet_client._objects import Shown
from rivet_client.cancelling import context_without_scopes, refuse_scopes
from rivet_client.errors import RivetError

__all__ = ["Connection", "AsyncEventIterator"]

_log = logging.getLogger("rivet_client.connections")


class _Link(StreamProtocol):
    """One stream of a connection. It passes events on to the connection while it is the current stream."""

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


class Connection(ConnectionDriver[asyncio.Future[Any]]):
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
    _end_of_iteration = StopAsyncIteration
    _caller = "task"

    def __init__(
        self,
        runtime: Runtime,
        target: Target,
        options: DialOptions,
    ) -> None:
        runtime.check_usable()
        super().__init__(
            runtime.context,
            target,
            contextlib.nullcontext(),
            options,
        )
        self._runtime = runtime
        self.loop: asyncio.AbstractEventLoop = running_loop("connect()")
        self._link: _Link | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._timer: asyncio.Handle | None = None
        self._armed = 0.0  # the deadline that the timer is for
        self._is_flush_scheduled = False
        self._todo: deque[SessionEvent] = deque()
        self._is_delivering = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        runtime.register_connection(self)
        self._session.start(time.monotonic())
        self._flush_and_dispatch()

    # --- What the facade offers --------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        return self._session.phase is not Phase.LIVE or self.loop.is_closed()

    async def _action(self, name: str, payload: Any, seconds: float | None, watch: CallWatch | None) -> Any:
        self._check_caller_waits()
        future: asyncio.Future[Any] = self.loop.create_future()
        call = self._session.call(future, name, payload, seconds, time.monotonic())
        self._resume_for_call()
        if len(self._session.calls.sent) < BATCH_FROM:
            self._flush_and_dispatch()
        elif not self._is_flush_scheduled:
            # The calls of many tasks in one turn of the loop are sent together: a write takes half as long as a call.
            self._is_flush_scheduled = True
            self.loop.call_soon(self._flush_batch)
        try:
            if watch is not None:
                watch.made(call)
            return await future
        except BaseException:
            self._session.calls.forget(call)
            raise

    async def _watched_action(self, watch: CallWatch, payload: Any, seconds: float | None) -> Any:
        with watch:
            return await self._action(watch.call.name, payload, seconds, watch)

    async def wait_ready(self, timeout: float | None) -> None:
        seconds = self._seconds(timeout)
        self._check_caller_waits()
        future: asyncio.Future[None] = self.loop.create_future()
        if not self._session.wait_open(future):
            return
        try:
            async with fail_after(seconds, lambda: self._session.not_ready_error(seconds)):
                await future
        except BaseException:
            self._session.forget_waiter(future)
            raise

    def events(
        self, owner: Shown, name: object, timeout: float | None, max_buffer: int
    ) -> AsyncEventIterator:
        return AsyncEventIterator(self, owner, name, timeout, max_buffer)

    async def close(self) -> None:
        self._check_loop()
        self.begin_close()
        await self._over.wait()
        # One turn of the loop for the callbacks that are still running, unless one of them is the caller.
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

    # --- Who calls ---------------------------------------------------------------------------------------------

    def _check_loop(self) -> None:
        if asyncio.get_running_loop() is not self.loop:
            raise RuntimeError("this connection belongs to another event loop; open a new one in this loop")

    def _check_caller_waits(self) -> None:
        self._check_loop()
        refuse_scopes()

    # --- Waiting -----------------------------------------------------------------------------------------------

    async def wait_for_item(self, buffer: Buffer, name: str, timeout: float | None) -> None:
        """Return when the buffer may have an item.

        Raises:
            StopAsyncIteration: The iterator or the connection was closed.
            RivetError: The error with which the connection gave up.
            ActionTimeoutError: Nothing came in time.
        """
        self._check_caller_waits()
        future: asyncio.Future[None] = self.loop.create_future()
        if not self._begin_wait(buffer, future):
            return
        try:
            async with fail_after(timeout, lambda: self._no_event_error(name, timeout)):
                await future
        finally:
            buffer.waiter = None

    def _finish(
        self, waiter: asyncio.Future[Any], value: Any = None, error: RivetError | None = None
    ) -> None:
        if not waiter.done():
            waiter.set_result(value) if error is None else waiter.set_exception(error)

    def _wake(self, buffer: Buffer) -> None:
        if (waiter := buffer.waiter) is not None:
            self._finish(waiter)

    # --- After every input -------------------------------------------------------------------------------------

    def _flush_and_dispatch(self) -> None:
        """Write the session's bytes, deliver its events, arm the timer."""
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
                self._end_iterators()
                self._tell_observers(self._watch.note_end)
                self._runtime.unregister_connection(self)
            self._arm(session.next_deadline())
        except Exception as error:
            # After the session has ended, each further try has one event less to deliver.
            if self._todo or session.phase not in OVER:
                self._fail(error, time.monotonic())
            else:
                _log.exception("the connection to %s failed inside the client", self._target)

    def _flush_batch(self) -> None:
        self._is_flush_scheduled = False
        self._flush_and_dispatch()

    def _arm(self, deadline: float | None) -> None:
        # A timer that is early costs one idle tick. To arm it anew on every call would cost more.
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

    # --- Reading -----------------------------------------------------------------------------------------------

    def received(self, link: _Link, data: bytes) -> None:
        """Take bytes from a stream, or b"" for its end."""
        if link is self._link:
            self._receive(data, time.monotonic())
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

    # --- Delivering --------------------------------------------------------------------------------------------

    def _deliver(self) -> None:
        """Deliver the events in their order. Events that happen in a callback come after the present ones."""
        todo, tell = self._todo, self._tell_listeners
        self._is_delivering = True
        try:
            while todo:
                event = todo.popleft()
                try:
                    self._dispatch(event, tell)
                except (KeyboardInterrupt, SystemExit):
                    if isinstance(event, EventsReceived):
                        todo.appendleft(event)  # the rest of the batch comes next time
                    raise
        finally:
            self._is_delivering = False

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], what: str) -> None:
        try:
            result = function(*args)
            if result is not None and inspect.iscoroutine(result):
                self._spawn(self._await_callback(result, what))
        except BaseException as error:
            self._report_callback_error(what, error)

    def _pass_on_exit(self, error: BaseException) -> None:
        self.loop.call_soon(_raise, error)  # the error ends the loop, after the present batch is delivered

    def _show_error(self, message: str, error: BaseException) -> None:
        # The loop's own handler logs the error, and a program may have another handler.
        self.loop.call_exception_handler({"message": message, "exception": error})

    async def _await_callback(self, coroutine: Coroutine[Any, Any, Any], what: str) -> None:
        try:
            await coroutine
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise  # the task passes them on
        except BaseException as error:
            if _is_cancelled(error):
                raise
            self._report_callback_error(what, error)

    def _remove_soon(self, name: str, listener: EventListener) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._remove, name, listener)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        # The caller's scopes, and its `call_info`, are about the caller's own calls only.
        task = self.loop.create_task(coroutine, context=without_call_info(context_without_scopes()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- Streams -----------------------------------------------------------------------------------------------

    def _dial(self, request: OpenRequested, variables: contextvars.Context) -> None:
        self._dialing = self._spawn(self._open_stream(request, variables))

    async def _open_stream(self, request: OpenRequested, variables: contextvars.Context) -> None:
        try:
            async with asyncio.timeout(self._session.limits.open_timeout):
                await load(MESSAGES, WEBSOCKETS)
                dial = await self._runtime.run(self._prepare_dial(request), step_with(variables))
                await open_stream(
                    lambda: _Link(self, request.attempt, dial),
                    await self._runtime.http.route_of(dial),
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

    def connected(self, link: _Link) -> None:
        """Begin to use a stream."""
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

    def _set_reading(self, reads: bool) -> None:
        if self._link is not None and self._link.transport is not None:
            transport = self._link.transport
            transport.resume_reading() if reads else transport.pause_reading()


class AsyncEventIterator(ForAsyncio, CommonIterator[Connection]):
    """Iterates over the events of one name; each item is the tuple of the event's arguments.

    The iteration ends when the connection is closed. It raises the error with which the connection gave up, if any.
    """

    def __aiter__(self) -> AsyncEventIterator:
        return self

    async def __anext__(self) -> tuple[Any, ...]:
        items = self._buffer.items
        while not items:
            await self._driver.wait_for_item(self._buffer, self._name, self._timeout)
        self._driver.resume_if_drained(self._buffer)
        return items.popleft()

    async def close(self) -> None:
        """Stop listening."""
        self._driver.end_items(self._name, self._buffer)

    async def __aenter__(self) -> AsyncEventIterator:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()


def _is_cancelled(error: BaseException) -> bool:
    """Whether the running task was cancelled itself. If not, it only awaited something that was cancelled."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _raise(error: BaseException) -> None:
    raise error
