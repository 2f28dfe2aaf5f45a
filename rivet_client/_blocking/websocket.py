"""Raw WebSockets for blocking code: they have no thread of their own, so the calls that wait also read.

Any thread may call. One thread at a time reads, as with connections. This reader is a call that waits, and it reads for
all others, which wait for it. After each read, the reader checks whether it has what it waits for, and any call that
still waits may be the next reader.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import warnings
from collections.abc import Callable

from rivet_client._blocking.dialing import connect
from rivet_client._blocking.locks import LastWait, inherited_error, interrupted_error, is_owned
from rivet_client._blocking.poller import Poller, not_too_long, seconds_left
from rivet_client._blocking.run import Runtime
from rivet_client._blocking.stream import Stream
from rivet_client._checks import check_close, check_timeout
from rivet_client._common.waits import deadline_of
from rivet_client._common.websocket import CommonWebSocket, WebSocketDriver
from rivet_client._core import flows
from rivet_client._core.gateway import DialPlan
from rivet_client._core.target import Target
from rivet_client._hints import ForBlockingCode
from rivet_client._locks import Lock
from rivet_client.cancelling import active_scopes, check_cancelled, is_cancelled, woken_on_cancel
from rivet_client.errors import RivetError

__all__ = ["RawWebSocket"]


class _Driver(WebSocketDriver):
    """The driver of one raw WebSocket.

    Args:
        runtime: The client's.
        target: The actor.
        timeout: See `WebSocketDriver`.
    """

    def __init__(self, runtime: Runtime, target: Target, timeout: float | None) -> None:
        runtime.check_usable()
        super().__init__(runtime.context, target, timeout)
        self._runtime = runtime
        # Held around session and stream. `with` takes the lock, not the Condition: Ctrl-C never comes while a lock is
        # taken by `with`.
        self._lock = Lock()
        self._changed = threading.Condition(self._lock)
        self._reader: int | None = None  # the thread that reads, while one does
        self._poller = Poller()
        self._stream: Stream | None = None
        self._pid = os.getpid()
        # A signal handler has closed the WebSocket. The call that the handler interrupted must do the rest.
        self._is_abandoned = False
        self._last_wait = LastWait()

    def open(self, options: flows.DialOptions) -> None:
        """Connect. This is called only once, after the driver was made."""
        runtime, target, session = self._runtime, self.target, self.session
        deadline = deadline_of(self._timeout, time.monotonic())
        try:
            runtime.register_websocket(self)
            dial = runtime.run(flows.prepare_dial(runtime.context, target, options, timeout=self._timeout))
            route = runtime.http.routes.for_dial(dial)
            with woken_on_cancel(self._poller.wake):
                self._stream = connect(route, self._poller, deadline, self._is_wanted)
            with self._lock:
                self._start(dial)
            if not self._wait_for(lambda: session.was_open, deadline):
                raise session.not_open_error(self._timeout)
            if not session.was_open or session.is_dropped:
                raise self._explained_end()
        except BaseException as error:
            told = self._open_error(error, is_late=isinstance(error, TimeoutError))
            self._hang_up()
            if told is error:
                raise
            raise told from None

    def send(self, data: str | bytes) -> None:
        """See `RawWebSocket.send`."""
        self._check_caller()
        check_cancelled()
        try:
            with self._lock:
                self.session.send(data)
                self._flush()
            deadline = deadline_of(self._timeout, time.monotonic())
            if not self._wait_for(
                lambda: self._stream is None or not self._stream.has_unsent, deadline, may_have_run=True
            ):
                raise self.session.not_taken_error(self._timeout)
        finally:
            if self._is_abandoned:
                self._hang_up()

    def receive(self, timeout: float | None) -> str | bytes:
        """See `RawWebSocket.receive`."""
        self._check_caller()
        seconds = check_timeout("timeout", timeout)
        deadline = deadline_of(seconds, time.monotonic())
        messages = self.session.messages
        try:
            while True:
                if not self._wait_for(lambda: bool(messages), deadline):
                    raise self.session.no_message_error(seconds)
                with self._lock:
                    if messages:
                        return messages.popleft()
                    is_ended = self.session.is_ended
                if is_ended:
                    raise self._explained_end()
        finally:
            if self._is_abandoned:
                self._hang_up()

    def begin_close(self, code: int = 1000, reason: str = "") -> None:
        """Send the close; `join` waits for the answer."""
        if self.is_inherited:
            self._forget()
            return
        if self.is_interrupted:
            self.session.is_dropped = self._is_abandoned = True
            self._poller.wake()
        if is_owned(self._lock):
            return
        with self._lock:
            self.session.close(code, reason)
            if not self.session.was_open:
                self._poller.wake()  # so that the thread that opens it notices
            self._flush()

    def join(self, timeout: float) -> None:
        """Wait for the peer's close, at most `timeout` seconds, and close the stream."""
        if self.session.was_open and not self.is_interrupted and not self.is_inherited:
            self._last_wait.run(lambda: self._end(timeout))

    def _end(self, timeout: float) -> None:
        self._wait_until(lambda: False, deadline_of(timeout, time.monotonic()))
        self._hang_up()

    def __del__(self) -> None:
        if self.__dict__.get("_stream") is None:
            return
        if self.is_inherited:
            self._forget()
            return
        warnings.warn(
            f"WebSocket to {self.target} was not closed", ResourceWarning, source=self, stacklevel=2
        )
        self._hang_up()

    # --- Who calls ---------------------------------------------------------------------------------------------

    @property
    def is_inherited(self) -> bool:
        """Whether the parent process opened it before a fork. Its locks and sockets must not be used here."""
        return self._pid != os.getpid()

    @property
    def is_interrupted(self) -> bool:
        """Whether the caller is a signal handler inside a call that this thread makes."""
        return is_owned(self._lock) or self._reader == threading.get_ident()

    def _check_caller(self) -> None:
        if self.is_interrupted:
            raise interrupted_error("WebSocket")
        if self.is_inherited:
            raise inherited_error("WebSocket")

    # --- Waiting -----------------------------------------------------------------------------------------------

    def _is_wanted(self) -> bool:
        check_cancelled()
        return not self.session.is_dropped

    def _wait_for(
        self, is_done: Callable[[], bool], deadline: float | None, *, may_have_run: bool = False
    ) -> bool:
        """Do the same as `_wait_until`, for a call that can be cancelled.

        The reader is woken, whoever waits: when it hands reading over, all callers look whether they go on.
        """
        if not active_scopes():
            return self._wait_until(is_done, deadline)
        with woken_on_cancel(self._poller.wake):
            is_in_time = self._wait_until(lambda: is_cancelled() or is_done(), deadline)
        check_cancelled(may_have_run=may_have_run)
        return is_in_time

    def _wait_until(self, is_done: Callable[[], bool], deadline: float | None) -> bool:
        """Wait until `is_done()`, or the end of the WebSocket; return False if the time is up."""
        has_looked = False
        while True:
            try:
                with self._lock:
                    if is_done() or self.session.is_ended:
                        return True
                    left = seconds_left(deadline)
                    if left == 0 and has_looked:
                        return False
                    has_looked = True  # even without any time, bytes that have arrived are read
                    if self._reader is not None:
                        self._changed.wait(not_too_long(left))
                        continue
                    self._reader = threading.get_ident()
                    stream = self._stream
                    assert stream is not None
                    writes = stream.has_unsent
                ready = self._poller.wait(stream.sock, read=True, write=writes, timeout=left)
                with self._lock:
                    if ready:
                        self._feed(stream)
                    self._hand_over_reading()
            except BaseException:  # Ctrl-C comes anywhere
                if self._reader == threading.get_ident():
                    with self._lock:
                        self._hand_over_reading()
                raise

    def _hand_over_reading(self) -> None:
        self._changed.notify_all()
        self._reader = None  # last: an interrupted hand-over is made again

    def _explained_end(self) -> RivetError:
        """The error for callers that wait at the end, with what the engine knows about the end."""
        with contextlib.suppress(RivetError):  # the client may be closed
            self.session.error = self._runtime.run(self._explain_end())
        return self.session.end_error()

    # --- The stream, with the lock held ------------------------------------------------------------------------

    def _start(self, dial: DialPlan) -> None:
        try:
            self.session.start(dial)
        except BaseException as error:
            self._fail(error)
        self._flush()

    def _feed(self, stream: Stream) -> None:
        """Read once, and write what there is to write."""
        try:
            try:
                stream.flush()
                data = stream.read()
            except OSError:
                self._read_rest(stream)
            else:
                if data:
                    self.session.receive_data(data)
                elif data is not None:
                    self.session.receive_eof()
        except BaseException as error:
            self._fail(error)
        self._flush()

    def _flush(self) -> None:
        """Write what there is to write."""
        if (stream := self._stream) is None:
            return
        try:
            chunks = self.session.data_to_send()
            try:
                if chunks:
                    stream.write(chunks)
            except OSError:
                self._read_rest(stream)
        except BaseException as error:
            self._fail(error)
        if stream.has_unsent:
            self._poller.wake()  # the reader must write, too

    def _read_rest(self, stream: Stream) -> None:
        """Take the bytes that the peer sent before the stream broke."""
        with contextlib.suppress(OSError):
            while data := stream.read():
                self.session.receive_data(data)
        self.session.receive_eof()

    def _fail(self, cause: BaseException) -> None:
        """End because of a defect or Ctrl-C, since nobody knows which bytes were sent or taken before."""
        self.session.fail(cause)
        if self._stream is not None:
            self._stream.abort()
        if not isinstance(cause, Exception):
            raise cause

    # --- The end of the stream ---------------------------------------------------------------------------------

    def _hang_up(self) -> None:
        """Drop the WebSocket, wait until nobody reads any more, and close the stream."""
        with self._lock:
            self.session.is_dropped = True
            self._poller.wake()
            while self._reader is not None:
                self._changed.wait(not_too_long(None))
            stream, self._stream = self._stream, None
            if stream is not None:
                self._poller.set_interest(None, 0)
                stream.close()
            self._poller.close()

    def _forget(self) -> None:
        """In a forked child, close its copies of the sockets. The peer is not told, because it serves the parent."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
            self._poller.close()


class RawWebSocket(ForBlockingCode, CommonWebSocket[_Driver]):
    """A WebSocket to the actor's own handler: `send`, `receive`, iteration, `close`. Usable from any thread.

    Iterating ends when either end closes normally (1000, 1001) and raises `ConnectionClosedError` otherwise.
    """

    def __init__(self, runtime: Runtime, target: Target, options: flows.DialOptions) -> None:
        super().__init__(_Driver(runtime, target, options.timeout))
        with self._driver.watched(options):
            self._driver.open(options)

    def send(self, data: str | bytes) -> None:
        """Send one message. Waits while the peer takes no more.

        Args:
            data: A str is sent as text, bytes as binary.

        Raises:
            ConnectionClosedError, ActorError: It is closed.
            ActionTimeoutError: The peer took nothing within the client's timeout.
            ConfigError, TypeError: Not a message.
        """
        self._driver.send(data)

    def receive(self, timeout: float | None = None) -> str | bytes:
        """Return the next message.

        Args:
            timeout: Longest wait, in seconds; None waits for ever.

        Raises:
            ConnectionClosedError, ActorError: It was closed; `close_code` and `close_reason` say how.
            ActionTimeoutError: Nothing came in time.
        """
        return self._driver.receive(timeout)

    def __iter__(self) -> RawWebSocket:
        return self

    def __next__(self) -> str | bytes:
        try:
            return self.receive()
        except RivetError:
            if self._driver.session.iteration_ends:
                raise StopIteration from None
            raise

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait shortly for the peer's answer.

        Args:
            code: 1000, or 3000 to 4999 for your own meanings.
            reason: What the peer is told, at most 123 bytes as UTF-8.

        Raises:
            ConfigError, TypeError: A code or reason that cannot be sent.
        """
        check_close(code, reason)
        self._driver.begin_close(code, reason)
        self._driver.join(self._driver.limits.close_timeout)

    def __enter__(self) -> RawWebSocket:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
