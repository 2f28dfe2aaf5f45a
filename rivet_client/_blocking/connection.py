"""Actor connections for blocking code: one daemon thread reads, any thread calls."""

from __future__ import annotations

import contextvars
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from rivet_client._blocking.run import CLOSE_TIMEOUT, Runtime
from rivet_client._blocking.stream import Stream, Waiting, connect
from rivet_client._common import logs
from rivet_client._common.connection import CommonConnection, CommonIterator
from rivet_client._core.keys import check_name
from rivet_client._core.listeners import Buffer
from rivet_client._core.session import (
    CallFailed,
    CallSucceeded,
    EventReceived,
    HangUp,
    Opened,
    OpenRequested,
    SessionEvent,
)
from rivet_client._core.target import Target
from rivet_client._secret import Secret
from rivet_client.errors import ConnectionClosedError, RivetError
from rivet_client.values import ConnectionStatus

__all__ = ["Connection", "EventIterator"]

_log = logging.getLogger("rivet_client.connections")
_CROWD = 4  # calls in flight


class _Waiter:
    """One thread's wait for one outcome: cheaper than threading.Event, and Ctrl-C ends it."""

    __slots__ = ("_lock", "error", "is_done", "value")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self.is_done = False
        self.value: Any = None
        self.error: RivetError | None = None

    def finish(self, value: Any = None, error: RivetError | None = None) -> None:
        if not self.is_done:
            self.value, self.error, self.is_done = value, error, True
            self._lock.release()

    def wait(self, timeout: float | None) -> bool:
        return self._lock.acquire(timeout=-1 if timeout is None else timeout)

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class Connection(CommonConnection):
    """The driver of one actor connection.

    Args:
        runtime: The client's.
        target: The actor.
        params: Connection parameters, or None.
        get_params: Called for them on each attempt, or None.
        skip_ready_wait: None for the client's setting.

    Raises:
        ConfigError, TypeError: The parameters cannot be sent.
    """

    _awaits = False

    def __init__(
        self,
        runtime: Runtime,
        target: Target,
        *,
        params: Secret[Any] | None,
        get_params: Secret[Callable[[], Any]] | None,
        skip_ready_wait: bool | None,
    ) -> None:
        super().__init__(
            runtime,
            target,
            threading.Lock(),  # around session, listeners, stream
            params=params,
            get_params=get_params,
            skip_ready_wait=skip_ready_wait,
        )
        self._ready: set[_Waiter] = set()
        self._stream: Stream | None = None
        self._waiting = Waiting()
        self._armed: float | None = None  # what the thread waits for at most
        self._is_polling = False  # the thread waits, so that
        self._is_busy = False
        self._is_woken = False  # … it must be woken, but only once
        self._todo: deque[SessionEvent] = deque()
        self._deferred: deque[SessionEvent] = deque()  # callbacks that came up while another one waited
        self._is_abandoned = False
        self._discarded: deque[tuple[str, Buffer]] = deque()
        self._pid = os.getpid()
        self._ident: int | None = None  # of the thread, while it runs: threads to come may get the same
        # In the caller's context, as asyncio has it for tasks: handshakes belong to the trace that is active here.
        self._thread = threading.Thread(
            target=contextvars.copy_context().run,
            args=(self._work,),
            name=f"rivet-connection {target}",
            daemon=True,
        )
        # Loaded here, not on the thread: if the interpreter ended in the midst of an import there, the exit would wait
        # for the import lock for ever.
        _ = runtime.http
        try:
            runtime.adopt(self)
            with self._lock:
                self._session.start(time.monotonic())
                self._settle()
            self._thread.start()
        except BaseException:  # another thread has closed the client, or Ctrl-C
            self.begin_close()
            if not self._thread.is_alive():
                self._waiting.close()
                runtime.release(self)
            raise

    # --- What the facade offers --------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        return self._session.is_ended or self.is_inherited

    @property
    def is_inherited(self) -> bool:
        return self._pid != os.getpid()

    def action(self, name: object, args: tuple[Any, ...], timeout: float | None) -> Any:
        action = check_name("action name", name)
        seconds = self._seconds(timeout)
        payload = self._encoding.dump(list(args), "args")
        self._check_process()
        waiter = _Waiter()
        with self._lock:
            call = self._session.call(waiter, action, payload, seconds, time.monotonic())
            if self._is_paused:
                self._pause(False)  # the answer comes behind the events that nobody takes
            self._settle()
        try:
            is_answered = self._wait(waiter, seconds)
        except BaseException:
            with self._lock:
                self._session.forget(call)
            raise
        if not is_answered:
            with self._lock:
                error = self._session.expire(call, time.monotonic())
                self._settle()
            raise error
        return waiter.result()

    def wait_ready(self, timeout: float | None) -> None:
        seconds = self._seconds(timeout)
        self._check_process()
        waiter = _Waiter()
        with self._lock:
            if self._session.status is ConnectionStatus.CONNECTED:
                return
            self._session.check_usable()
            self._ready.add(waiter)
        try:
            if not self._wait(waiter, seconds):
                raise self._session.not_ready_error(seconds)
        finally:
            with self._lock:
                self._ready.discard(waiter)
        waiter.result()

    def events(self, owner: object, name: object, timeout: float | None, max_buffer: int) -> EventIterator:
        return EventIterator(self, owner, name, timeout, max_buffer)

    def close(self) -> None:
        self.begin_close()
        self.join(CLOSE_TIMEOUT)

    def begin_close(self) -> None:
        """Start to close, without waiting for the peer."""
        if self.is_inherited:
            return
        with self._lock:
            self._close(time.monotonic())
        self._waiting.wake()

    def join(self, timeout: float) -> None:
        """Wait until the connection's thread has ended; not on that thread itself."""
        if not self._is_own_thread() and not self.is_inherited and self._thread.is_alive():
            self._thread.join(timeout)

    def abandon(self) -> None:
        """Close soon. For finalisers, which may run inside any lock of ours."""
        self._is_abandoned = True
        self._waiting.wake()

    # --- For any thread ----------------------------------------------------------------------------------------

    def _is_own_thread(self) -> bool:
        return threading.get_ident() == self._ident

    def _wait(self, waiter: _Waiter, timeout: float | None) -> bool:
        if not self._is_own_thread():
            return waiter.wait(timeout)
        # A callback waits on the thread that does the reading: keep reading, but start no further callback.
        deadline = None if timeout is None else time.monotonic() + timeout
        while not waiter.is_done:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            self._deliver(nested=True)
            if not waiter.is_done:
                self._read_once(deadline)
        return True

    def _settle(self) -> None:
        """After any input, with the lock held: write what there is to write, and pass the rest to the thread."""
        session, stream = self._session, self._stream
        # Where many threads call at once, their frames leave together: a system call each would cost more than all
        # the rest, for at every one the interpreter changes threads.
        crowded = session.calls_in_flight > _CROWD and not self._is_busy and not self._is_own_thread()
        if not crowded and (chunks := session.data_to_send()) and stream is not None:
            self._write(stream, chunks)
        events = session.events()
        if events:
            self._todo.extend(self._end_waits(events) if session.is_ended else events)
        if self._is_polling and not self._is_woken:
            deadline = session.next_deadline()
            earlier = deadline is not None and (self._armed is None or deadline < self._armed)
            if crowded or events or earlier or (stream is not None and stream.has_unsent):
                self._is_woken = True
                self._waiting.wake()

    def _end_waits(self, events: list[SessionEvent]) -> list[SessionEvent]:
        """At the end of the session, wake whoever waits; returns the other events.

        At once rather than on the connection's thread, which may be busy for long: dialing, or in a callback.
        """
        for event in events:
            if isinstance(event, CallFailed):
                event.waiter.finish(error=event.error)
        ready, self._ready = self._ready, set()
        for waiter in ready:
            waiter.finish(error=self._session.end_error())
        for buffer in self._listeners.buffers:
            self._wake(buffer)
        return [event for event in events if not isinstance(event, CallFailed)]

    def _write(self, stream: Stream, chunks: list[bytes]) -> None:
        try:
            stream.write(chunks)
        except OSError as error:
            # The reading side meets the same end, after what the peer said before it.
            _log.debug("writing to %s failed: %s", self._target, error)

    # --- For the connection's thread ---------------------------------------------------------------------------

    def _work(self) -> None:
        self._ident = threading.get_ident()
        try:
            while self._deliver(nested=False):
                self._read_once(None)
        except BaseException:
            _log.exception("the connection to %s failed inside the client", self._target)
            self.begin_close()
            self._deliver(nested=True)
            raise
        finally:
            self._hang_up([])
            with self._lock:
                self._waiting.close()
            self._runtime.release(self)
            self._ident = None

    def _read_once(self, until: float | None) -> None:
        """Wait for bytes, a wake-up or the next deadline, and feed the session once."""
        with self._lock:
            self._settle()
            if self._todo:
                return
            stream = self._stream
            self._is_polling, self._is_woken = True, False
            self._armed = self._session.next_deadline()
            due = [at for at in (self._armed, until) if at is not None]
            reads, writes = not self._is_paused, stream is not None and stream.has_unsent
        timeout = min(due) - time.monotonic() if due else None
        ready = self._waiting.wait(
            stream.sock if stream is not None else None, read=reads, write=writes, timeout=timeout
        )
        with self._lock:
            self._is_polling = False
            now = time.monotonic()
            if ready and stream is not None and stream is self._stream:
                self._feed(stream, now, reads)
            self._session.tick(now)
            self._settle()

    def _feed(self, stream: Stream, now: float, reads: bool) -> None:
        try:
            if stream.has_unsent:
                stream.flush()
            data = stream.read() if reads else None
        except OSError as error:
            _log.debug("reading from %s failed: %s", self._target, error)
            data = b""
        if data:
            self._session.receive_data(data, now)
        elif data is not None:
            self._session.receive_eof(now)

    def _deliver(self, *, nested: bool) -> bool:
        """Do what the session asked for; returns whether there is anything left to live for.

        Nested inside a callback, other callbacks wait their turn.
        """
        if self._is_abandoned:
            self.begin_close()
        while self._discarded:
            name, buffer = self._discarded.popleft()
            with self._lock:
                self._remove(name, buffer)
        todo, deferred = self._todo, self._deferred
        while todo or (deferred and not nested):
            if deferred and not nested:
                self._deliver_one(deferred.popleft())
                continue
            event = todo.popleft()
            if isinstance(event, EventReceived):
                self._deliver_one(event) if not nested else deferred.append(event)
            elif isinstance(event, CallSucceeded):
                event.waiter.finish(event.value)
            elif isinstance(event, CallFailed):
                event.waiter.finish(error=event.error)
            elif isinstance(event, HangUp):
                self._hang_up(event.data)
            else:
                logs.connection_event(self._target, event)
                if isinstance(event, OpenRequested):
                    self._dial(event)
                elif isinstance(event, Opened):
                    self._wake_ready()
                self._deliver_one(event) if not nested else deferred.append(event)
        return not self._session.is_over

    def _deliver_one(self, event: SessionEvent) -> None:
        if isinstance(event, EventReceived):
            self._deliver_event(event.name, event.args)
        else:
            self._call_back(event)

    def _wake_ready(self) -> None:
        with self._lock:
            ready, self._ready = self._ready, set()
            for waiter in ready:
                waiter.finish()

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], what: str) -> None:
        self._is_busy = True
        try:
            function(*args)
        except Exception:
            _log.exception("a callback for %r of %s raised", what, self._target)
        finally:
            self._is_busy = False

    def _dial(self, request: OpenRequested) -> None:
        deadline = time.monotonic() + self._session.limits.open_timeout
        try:
            dial = self._runtime.run(self._prepare_dial(request), self._pause_dialing)
            stream = connect(
                dial.host,
                dial.port,
                self._runtime.http.tls if dial.secure else None,
                self._waiting,
                deadline,
                lambda: not self._session.is_ended,
            )
        except Exception as error:
            with self._lock:
                self._session.dial_failed(request.attempt, self._dial_error(error), time.monotonic())
                self._settle()
            return
        with self._lock:
            if self._session.dialed(request.attempt, dial, time.monotonic()):
                self._stream = stream
            else:
                stream.close()
            self._settle()

    def _pause_dialing(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the connection."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._session.is_ended or self._is_abandoned:
                raise ConnectionClosedError("the connection is closed")
            self._waiting.wait(None, read=False, write=False, timeout=left)

    def _hang_up(self, data: list[bytes]) -> None:
        with self._lock:
            stream, self._stream = self._stream, None
            if stream is None:
                return
            if data:
                self._write(stream, data)
            self._waiting.watch(None, 0)
            stream.close()
            self._is_paused = False

    # --- For event iterators -----------------------------------------------------------------------------------

    def wait_for_item(self, buffer: Buffer, name: str, timeout: float | None) -> None:
        """Return when the buffer may have an item.

        Raises:
            StopIteration: The iterator or the connection was closed.
            RivetError: What the connection gave up with.
            ActionTimeoutError: Nothing came in time.
        """
        if self._is_own_thread():
            raise RuntimeError("a callback cannot wait for events: it runs on the thread that receives them")
        self._check_process()
        waiter = _Waiter()
        with self._lock:
            if buffer.items:
                return
            if self._has_ended(buffer):
                raise StopIteration
            if buffer.waiter is not None:
                raise RuntimeError("another thread is waiting on this iterator; give each thread its own")
            buffer.waiter = waiter
        try:
            arrived = waiter.wait(timeout)
        finally:
            buffer.waiter = None
        if not arrived and not buffer.items:
            raise self._no_event_error(name, timeout)

    def end_items(self, buffer: Buffer) -> None:
        """Have nobody wait for an item any more."""
        buffer.is_closed = True
        if not self.is_inherited:
            with self._lock:
                self._wake(buffer)

    def taken(self) -> None:
        """Read on, if reading stopped because nobody took items."""
        if self._is_paused and not self.is_inherited:
            with self._lock:
                self._resume_if_drained()

    def discard(self, name: str, buffer: Buffer) -> None:
        buffer.max_size = sys.maxsize
        self._discarded.append((name, buffer))
        self._waiting.wake()

    # --- Backpressure, with the lock held ----------------------------------------------------------------------

    def _pause(self, paused: bool) -> None:
        self._is_paused = paused
        self._session.pause(paused, time.monotonic())
        if not paused:
            self._waiting.wake()

    def _wake(self, buffer: Buffer) -> None:
        if (waiter := buffer.waiter) is not None:
            waiter.finish()


class EventIterator(CommonIterator):
    """Iterates over the events of one name; each item is the tuple of the event's arguments.

    Ends when the connection is closed; raises what the connection gave up with, if it did.
    """

    def __iter__(self) -> EventIterator:
        return self

    def __next__(self) -> tuple[Any, ...]:
        items = self._buffer.items
        while not items:
            self._connection.wait_for_item(self._buffer, self._name, self._timeout)
        args = items.popleft()
        self._connection.taken()
        return args

    def close(self) -> None:
        """Stop listening."""
        self._connection.end_items(self._buffer)
        self._remove()

    def __enter__(self) -> EventIterator:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
