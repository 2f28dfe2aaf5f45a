"""Actor connections for blocking code: any thread calls, and one daemon thread does what no call waits for.

One thread at a time reads: the reader. At first that is the connection's thread. When two answers have come within
`LEASE`, a call that waits reads for itself, so that its answer does not have to cross threads. When it has its answer,
it hands reading over: to another call that waits, or else to the next call that comes. Meanwhile the connection's
thread waits beside the socket, and no call wakes it.

The connection's thread takes over reading

- when `LEASE` has passed without an answer, whatever the reader does;
- when many calls wait, because the thread serves them together;
- when something other than an answer has come. The connection's thread delivers it, and nobody reads further until
  then, so that everything is delivered in order.
"""

from __future__ import annotations

import contextvars
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from importlib import import_module
from typing import Any

from rivet_client._blocking.dialing import connect
from rivet_client._blocking.locks import LastWait, check_not_owned, inherited_error, is_owned
from rivet_client._blocking.poller import Poller, acquire, seconds_left, wait
from rivet_client._blocking.run import CLOSE_TIMEOUT, Runtime
from rivet_client._blocking.stream import Stream
from rivet_client._call_info import without_call_info
from rivet_client._common.connection import BATCH_FROM, CommonIterator, ConnectionDriver
from rivet_client._common.connection_watch import CallWatch
from rivet_client._common.waits import deadline_of
from rivet_client._core.effects import MESSAGES, WEBSOCKETS, step_with
from rivet_client._core.flows import DialOptions
from rivet_client._core.session import OVER, CallFailed, CallSucceeded, OpenRequested, Phase, SessionEvent
from rivet_client._core.session.listeners import Buffer, EventListener
from rivet_client._core.target import Target
from rivet_client._hints import ForBlockingCode
from rivet_client._locks import Lock
from rivet_client._objects import Shown
from rivet_client.cancelling import (
    active_scopes,
    check_cancelled,
    context_without_scopes,
    is_cancelled,
    woken_on_cancel,
)
from rivet_client.errors import RivetError

__all__ = ["LEASE", "Connection", "EventIterator"]

LEASE = 0.005
"""Longest time, in seconds, between two answers while calls read for themselves."""

_log = logging.getLogger("rivet_client.connections")


class _Waiter:
    """One thread's wait for one outcome, or for its turn to read: cheaper than threading.Event, and Ctrl-C ends it.

    A wait may be finished twice, with the same outcome: a thread that was interrupted while it finished the wait does
    not know how far it came.
    """

    __slots__ = ("_lock", "error", "is_done", "value")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self.is_done = False
        self.value: Any = None
        self.error: RivetError | None = None

    def finish(self, value: Any = None, error: RivetError | None = None) -> None:
        if not self.is_done:
            self.value, self.error = value, error
            self.is_done = True
        self.wake()

    def wake(self) -> None:
        try:  # noqa: SIM105 (each answer passes here)
            self._lock.release()
        except RuntimeError:
            pass  # another thread has released it already

    def wait(self, timeout: float | None) -> bool:
        return acquire(self._lock, timeout)

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class Connection(ConnectionDriver[_Waiter]):
    """The driver of one actor connection.

    Args:
        runtime: The client's.
        target: The actor.
        options: What is the same for all attempts to open it.

    Raises:
        ConfigError, TypeError: The parameters cannot be sent.
    """

    _awaits = False
    _end_of_iteration = StopIteration
    _caller = "thread"

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
            Lock(),  # around session, listeners, stream
            options,
        )
        self._runtime = runtime
        self._pid = os.getpid()
        self._stream: Stream | None = None
        self._poller = Poller()
        self._armed: float | None = None  # the deadline until which the thread waits at most
        self._is_polling = False  # the thread waits, and must be woken when it has to do something
        self._is_woken = False  # the waiting thread has been woken
        self._todo: deque[SessionEvent] = deque()  # events that the thread must deliver
        self._deferred: list[SessionEvent] = []  # for listeners, once the waiting callback has returned
        self._is_in_callback = False
        self._discarded: list[tuple[str, EventListener]] = []  # the thread removes these
        self._is_abandoned = False  # the thread must close the connection
        self._ident: int | None = None  # of the thread, while it runs; a later thread may get the same
        self._is_cancelled = False  # the thread must not run
        self._last_wait = LastWait()
        # In the caller's context, as with asyncio's tasks: handshakes belong to the trace that is active here. But the
        # caller's scopes, and its `call_info`, are about the caller's own calls only.
        self._thread = threading.Thread(
            target=without_call_info(context_without_scopes()).run,
            args=(self._work,),
            name=f"rivet-connection {target}",
            daemon=True,
        )
        self._reader: threading.Thread | _Waiter | None = self._thread  # None: the next call reads
        self._answered_at = 0.0
        self._lease = 0.0  # calls may read until this time
        # Loaded here, not on the thread: if the interpreter ended while the thread imports, the exit would wait for the
        # import lock for ever.
        _ = runtime.http, runtime.context.error_classes, import_module(MESSAGES), import_module(WEBSOCKETS)
        try:
            runtime.register_connection(self)
            with self._lock:
                self._session.start(time.monotonic())
                self._flush_and_dispatch()
            self._thread.start()
        except BaseException:  # another thread has closed the client, or Ctrl-C
            self.begin_close()
            with self._lock:
                if self._ident is None:  # the thread may have started, but does not run yet
                    self._is_cancelled = True
                    self._poller.close()
                    runtime.unregister_connection(self)
            raise

    # --- What the facade offers --------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        return self._session.phase is not Phase.LIVE or self.is_inherited

    def _action(self, name: str, payload: Any, seconds: float | None, watch: CallWatch | None) -> Any:
        self._check_caller()
        if active_scopes():
            check_cancelled()
        waiter = _Waiter()
        try:
            with self._lock:
                call = self._session.call(waiter, name, payload, seconds, time.monotonic())
                self._resume_for_call()
                self._flush_and_dispatch()
                if self._reader is None:
                    self._reader = waiter
            if watch is not None:
                watch.made(call)
            if not self._wait(waiter, seconds):
                with self._lock:
                    if is_cancelled():
                        error: RivetError = self._session.cancel(call)
                    else:
                        error = self._session.expire(call, time.monotonic())
                    self._flush_and_dispatch()
                raise error
        except BaseException:  # Ctrl-C comes anywhere
            self._forget(waiter)
            raise
        return waiter.result()

    def _watched_action(self, watch: CallWatch, payload: Any, seconds: float | None) -> Any:
        with watch:
            return self._action(watch.call.name, payload, seconds, watch)

    def wait_ready(self, timeout: float | None) -> None:
        seconds = self._seconds(timeout)
        self._check_caller()
        waiter = _Waiter()
        try:
            with self._lock:
                if not self._session.wait_open(waiter):
                    return
            if not self._wait(waiter, seconds):
                check_cancelled()
                raise self._session.not_ready_error(seconds)
        except BaseException:
            self._forget(waiter)
            raise
        waiter.result()

    def events(self, owner: Shown, name: object, timeout: float | None, max_buffer: int) -> EventIterator:
        return EventIterator(self, owner, name, timeout, max_buffer)

    def close(self) -> None:
        self.begin_close()
        self.join(CLOSE_TIMEOUT)

    def begin_close(self) -> None:
        """Start to close, without waiting for the peer."""
        if self.is_inherited:
            return
        if self.is_interrupted:
            self.abandon()
            return
        try:
            with self._lock:
                self._close(time.monotonic())
            self._poller.wake()
        except BaseException:  # Ctrl-C: nobody knows how far the close came
            self.abandon()
            raise

    def join(self, timeout: float) -> None:
        """Wait until the connection's thread has ended, unless this is that thread, or that thread waits for us."""
        if self._is_own_thread() or self.is_interrupted or self.is_inherited:
            return
        if self._thread.is_alive():
            self._last_wait.run(lambda: self._thread.join(timeout))

    def abandon(self) -> None:
        """Close soon. For finalisers and signal handlers, which may run inside any lock of ours."""
        self._is_abandoned = True
        self._poller.wake()

    # --- Who calls ---------------------------------------------------------------------------------------------

    @property
    def is_inherited(self) -> bool:
        return self._pid != os.getpid()

    @property
    def is_interrupted(self) -> bool:
        return is_owned(self._lock)

    def _check_caller(self) -> None:
        if self._pid != os.getpid():
            raise inherited_error("connection")
        check_not_owned(self._lock, "connection")

    def _is_own_thread(self) -> bool:
        return threading.get_ident() == self._ident

    # --- Waiting -----------------------------------------------------------------------------------------------

    def _wait(self, waiter: _Waiter, timeout: float | None) -> bool:
        """Wait until the waiter is finished; return whether it was in time, and was not cancelled before."""
        if active_scopes():
            with woken_on_cancel(self._poller.wake if self._is_own_thread() else waiter.wake):
                return self._wait_done(waiter, timeout)
        return self._wait_done(waiter, timeout)

    def _wait_done(self, waiter: _Waiter, timeout: float | None) -> bool:
        deadline = deadline_of(timeout, time.monotonic())
        is_own, is_in_scope = self._is_own_thread(), bool(active_scopes())
        while not waiter.is_done and (left := seconds_left(deadline)) != 0:
            if is_in_scope and is_cancelled():
                break
            if is_own:
                # A callback waits on the connection's thread. So the work goes on here, but no further callback starts.
                if not self._work_once(deadline, waiter):
                    break
            elif self._reader is waiter:
                self._read_for(waiter, left)
            else:
                waiter.wait(left)
        return waiter.is_done

    def _forget(self, waiter: _Waiter) -> None:
        """Drop a wait that nobody needs any more."""
        if not self.is_inherited:
            with self._lock:
                self._session.forget_waiter(waiter)
                if self._reader is waiter:
                    self._hand_over_reading()
            self._poller.wake()

    def wait_for_item(self, buffer: Buffer, name: str, timeout: float | None) -> None:
        """Return when the buffer may have an item.

        Raises:
            StopIteration: The iterator or the connection was closed.
            RivetError: The error with which the connection gave up.
            ActionTimeoutError: Nothing came in time.
            CallCancelledError: A scope that the caller is in was cancelled.
        """
        if self._is_own_thread():
            raise RuntimeError("a callback cannot wait for events: it runs on the thread that receives them")
        self._check_caller()
        waiter = _Waiter()
        try:
            with self._lock:
                if not self._begin_wait(buffer, waiter):
                    return
            with woken_on_cancel(waiter.wake):
                arrived = waiter.wait(timeout)
            buffer.waiter = None
        except BaseException:
            if buffer.waiter is waiter:
                buffer.waiter = None
            raise
        check_cancelled()
        if not arrived and not buffer.items:
            raise self._no_event_error(name, timeout)

    def _finish(self, waiter: _Waiter, value: Any = None, error: RivetError | None = None) -> None:
        waiter.finish(value, error)

    def _wake(self, buffer: Buffer) -> None:
        if (waiter := buffer.waiter) is not None:
            waiter.finish()

    # --- After every input -------------------------------------------------------------------------------------
    #
    # A signal handler can raise an exception between any two lines, but never on the connection's thread. So other
    # threads leave events where they are, and the connection's thread repeats their work if they were interrupted.

    def _flush_and_dispatch(self) -> None:
        """After any input, with the lock held: write the session's bytes, and let the thread do the rest."""
        session, stream = self._session, self._stream
        # If many threads call at once, their frames are sent together. A system call for each would cost more than all
        # the rest, because the interpreter changes threads at each of them.
        is_batched = (
            len(session.calls.sent) >= BATCH_FROM and not self._is_in_callback and not self._is_own_thread()
        )
        if stream is not None and not is_batched:
            self._write_out(stream)
        if session.phase is not Phase.LIVE:
            self._end_waits()
        if self._is_polling and not self._is_woken:
            deadline = session.next_deadline()
            earlier = deadline is not None and (self._armed is None or deadline < self._armed)
            if is_batched or session.pending or earlier or (stream is not None and stream.has_unsent):
                self._poller.wake()
                self._is_woken = True

    def _end_waits(self) -> None:
        """At the end of the session, wake all callers that wait.

        The caller does this, because the connection's thread may be busy for long: it dials, or runs a callback.
        """
        for event in self._session.pending:
            if isinstance(event, CallFailed):
                self._finish(event.waiter, error=event.error)
        for buffer in self._listeners.buffers:
            self._wake(buffer)

    def _write_out(self, stream: Stream) -> None:
        try:
            if chunks := self._session.data_to_send():
                stream.write(chunks)
        except OSError as error:
            # The reading side meets the same end, after it has read what the peer sent before.
            _log.debug("writing to %s failed: %s", self._target, error)
        except BaseException:  # Ctrl-C: nobody knows how many bytes were sent
            self._abort(stream)
            raise

    def _abort(self, stream: Stream) -> None:
        """Give up a stream, because nobody knows which bytes were sent or taken."""
        stream.abort()
        if not self._is_own_thread():
            self._session.receive_eof(time.monotonic())

    # --- Reading, by the connection's thread or by a call: see the top of this file -----------------------------

    def _read_for(self, waiter: _Waiter, timeout: float | None) -> None:
        """Read once for a call that waits, or stop reading for it when the lease is over."""
        stream, left = self._stream, self._lease - time.monotonic()
        if timeout is not None and timeout < left:
            left = timeout
        try:
            ready = (
                stream is not None and left > 0 and wait(stream.sock, read=True, write=False, timeout=left)
            )
        except OSError:  # closed meanwhile: the connection's thread has taken over
            ready = False
        if self._pid != os.getpid():  # a signal handler has forked
            self._check_caller()
        with self._lock:
            if self._reader is not waiter:
                return
            now = time.monotonic()
            if ready and stream is not None:
                self._take_in(stream, now)
            # An answer to a ping is sent with the next call, or when the thread takes over.
            if self._session.pending or now >= self._lease:
                self._reader = self._thread
                self._flush_and_dispatch()
            elif waiter.is_done:
                self._hand_over_reading()

    def _take_in(self, stream: Stream, now: float) -> None:
        """Read once, with the lock held, and deliver the answers that come before any other event."""
        try:
            self._feed(stream, now)
        except BaseException:  # Ctrl-C: nobody knows how many bytes were taken
            self._abort(stream)
            raise
        pending = self._session.pending
        answers = 0
        for event in pending:
            if isinstance(event, CallSucceeded):
                event.waiter.finish(event.value)
            elif isinstance(event, CallFailed):
                event.waiter.finish(error=event.error)
            else:
                break
            answers += 1
        if answers:
            del pending[:answers]
            is_quick = now - self._answered_at < LEASE
            is_batched = answers + len(self._session.calls.sent) >= BATCH_FROM
            self._lease = now + LEASE if is_quick and not is_batched else 0.0
            self._answered_at = now

    def _feed(self, stream: Stream, now: float) -> None:
        try:
            stream.flush()
            data = None if self._is_paused else stream.read()
        except OSError as error:
            _log.debug("reading from %s failed: %s", self._target, error)
            data = b""
        if data is not None:
            self._receive(data, now)

    def _hand_over_reading(self) -> None:
        """Let another waiting call read, or else the next call that comes, with the lock held."""
        self._reader = waiter = self._session.calls.latest_waiter
        if waiter is not None:
            waiter.wake()

    # --- The connection's thread -------------------------------------------------------------------------------

    def _work(self) -> None:
        with self._lock:
            if self._is_cancelled:
                return
            self._ident = threading.get_ident()
        try:
            while self._work_once(None):
                pass
        finally:
            self._hang_up([])
            self._end_iterators()
            self._tell_observers(self._watch.note_end)
            with self._lock:
                self._poller.close()
            self._runtime.unregister_connection(self)
            self._ident = None

    def _work_once(self, until: float | None, waiter: _Waiter | None = None) -> bool:
        """Deliver what has happened, then read once; return whether the connection goes on.

        If a callback that waits calls this, `waiter` is the wait of that callback.
        """
        try:
            if not self._deliver(nested=waiter is not None):
                return False
            if waiter is None or not waiter.is_done:
                self._read_once(until, nested=waiter is not None)
        except BaseException as error:
            self._is_polling = False
            self._fail(error, time.monotonic())
        return True

    def _read_once(self, until: float | None, *, nested: bool) -> None:
        """Wait for a wake-up, the next deadline, or bytes if this thread reads; then feed the session once."""
        with self._lock:
            self._resume_unless_full()  # again, if that was interrupted
            self._flush_and_dispatch()
            if self._take_events():
                return
            stream = self._stream
            writes = stream is not None and stream.has_unsent
            is_batched = len(self._session.calls.sent) >= BATCH_FROM  # see `_flush_and_dispatch`
            if nested or writes or is_batched or time.monotonic() >= self._lease:
                self._reader = self._thread
            elif self._reader is self._thread:
                self._hand_over_reading()
            is_reader = self._reader is self._thread
            self._is_polling, self._is_woken = True, False
            self._armed = self._session.next_deadline()
            due = [at for at in (self._armed, until, None if is_reader else self._lease) if at is not None]
            reads = is_reader and not self._is_paused
        timeout = min(due) - time.monotonic() if due else None
        ready = self._poller.wait(
            stream.sock if stream is not None else None, read=reads, write=writes, timeout=timeout
        )
        with self._lock:
            self._is_polling = False
            now = time.monotonic()
            if ready and stream is not None and stream is self._stream and self._reader is self._thread:
                self._take_in(stream, now)
            self._session.tick(now)
            self._flush_and_dispatch()
            self._take_events()

    def _take_events(self) -> bool:
        """With the lock held, take the events to deliver; return whether there are any."""
        self._todo.extend(self._session.events())
        if not self._todo:
            return False
        self._reader = self._thread
        self._lease = 0.0
        return True

    def _deliver(self, *, nested: bool) -> bool:
        """Do what the session asked for; return whether the connection goes on.

        Nested inside a callback, events for listeners wait until that callback has returned.
        """
        if self._is_abandoned:
            self.begin_close()
        while self._discarded:
            name, listener = self._discarded.pop()
            with self._lock:
                self._remove(name, listener)
        todo, deferred = self._todo, self._deferred
        tell = deferred.append if nested else self._tell_listeners
        while todo or (deferred and not nested) or (self._session.phase in OVER and self._has_more_events()):
            if deferred and not nested:
                self._tell_listeners(deferred.pop(0))
            else:
                self._dispatch(todo.popleft(), tell)
        return self._session.phase not in OVER

    def _has_more_events(self) -> bool:
        with self._lock:
            return self._take_events()

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], what: str) -> None:
        self._is_in_callback = True
        try:
            function(*args)
        except BaseException as error:
            self._report_callback_error(what, error)
        finally:
            self._is_in_callback = False

    def _pass_on_exit(self, error: BaseException) -> None:
        if not self._is_own_thread():
            raise error
        _call_excepthook(error)

    def _show_error(self, message: str, error: BaseException) -> None:
        is_logged = _log.isEnabledFor(logging.ERROR) and _log.hasHandlers()
        if is_logged:
            _log.error("%s", message, exc_info=error)
        # Python's own hook would only print the traceback that the log has shown.
        if not is_logged or threading.excepthook is not threading.__excepthook__:
            _call_excepthook(error)

    def _remove_soon(self, name: str, listener: EventListener) -> None:
        if self._session.phase not in OVER:
            self._discarded.append((name, listener))
            self._poller.wake()

    # --- Streams -----------------------------------------------------------------------------------------------

    def _dial(self, request: OpenRequested, variables: contextvars.Context) -> None:
        deadline = time.monotonic() + self._session.limits.open_timeout
        try:
            dial = self._runtime.run(self._prepare_dial(request), self._pause_dialing, step_with(variables))
            stream = connect(
                self._runtime.http.routes.for_dial(dial),
                self._poller,
                deadline,
                lambda: self._session.phase is Phase.LIVE and not self._is_abandoned,
            )
        except BaseException as error:
            with self._lock:
                self._session.dial_failed(request.attempt, self._dial_error(error), time.monotonic())
                self._flush_and_dispatch()
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                self._pass_on_exit(error)
            return
        with self._lock:
            try:
                if self._session.dialed(request.attempt, dial, time.monotonic()):
                    self._stream = stream
            finally:
                if self._stream is not stream:
                    stream.close()
            self._flush_and_dispatch()

    def _pause_dialing(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the connection."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._session.phase is not Phase.LIVE or self._is_abandoned:
                raise self._session.end_error()
            self._poller.wait(None, read=False, write=False, timeout=left)

    def _hang_up(self, data: list[bytes]) -> None:
        with self._lock:
            stream, self._stream = self._stream, None
            if stream is None:
                return
            self._is_paused = False
            try:
                if data:
                    stream.write(data)
            except OSError as error:
                _log.debug("writing to %s failed: %s", self._target, error)
            finally:
                self._poller.set_interest(None, 0)
                stream.close()

    def _set_reading(self, reads: bool) -> None:
        if reads:
            self._poller.wake()


class EventIterator(ForBlockingCode, CommonIterator[Connection]):
    """Iterates over the events of one name; each item is the tuple of the event's arguments.

    The iteration ends when the connection is closed. It raises the error with which the connection gave up, if any.
    """

    def __iter__(self) -> EventIterator:
        return self

    def __next__(self) -> tuple[Any, ...]:
        if active_scopes():
            check_cancelled()  # also where items come so quickly that nobody waits
        items = self._buffer.items
        while not items:
            self._driver.wait_for_item(self._buffer, self._name, self._timeout)
        self._driver.resume_if_drained(self._buffer)  # first: with Ctrl-C a taken item would be lost
        return items.popleft()

    def close(self) -> None:
        """Stop listening."""
        self._driver.end_items(self._name, self._buffer)

    def __enter__(self) -> EventIterator:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _call_excepthook(error: BaseException) -> None:
    """Call the hook that Python would call at the end of the thread. The thread must go on."""
    try:
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        )
    except Exception as raised:
        _log.error("threading.excepthook raised", exc_info=raised)
