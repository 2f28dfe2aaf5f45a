"""Raw WebSockets for blocking code: no thread of their own, reading happens in `receive`."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from rivet_client._blocking.dialing import connect
from rivet_client._blocking.poller import Poller, seconds_left
from rivet_client._blocking.run import Runtime, interrupted_error, is_owned
from rivet_client._blocking.stream import Stream
from rivet_client._checks import check_timeout
from rivet_client._core import flows
from rivet_client._core.raw_session import RawSession, check_close
from rivet_client._core.target import Target
from rivet_client._network import unreachable
from rivet_client._objects import Shown
from rivet_client.errors import ConnectionClosedError, RivetError

__all__ = ["RawWebSocket"]


class RawWebSocket(Shown):
    """A WebSocket to the actor's own handler: `send`, `receive`, iteration, `close`. Usable from any thread.

    Iterating ends when either end closes normally (1000, 1001) and raises `ConnectionClosedError` otherwise.
    """

    def __init__(self, runtime: Runtime, target: Target, options: dict[str, Any]) -> None:
        runtime.check_usable()
        limits = runtime.context.limits
        self._runtime = runtime
        self._target = target
        self._close_timeout = limits.close_timeout
        self._default_timeout = runtime.config.timeout
        self._session = RawSession(str(target), os.urandom, limits)
        # Around session and stream. `with` takes the lock, not the Condition: Ctrl-C never comes while it does.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._reader: int | None = None  # the one thread that waits for bytes; the others wait for it
        self._poller = Poller()
        self._pid = os.getpid()
        self._stream: Stream | None = None
        self._is_closed = False
        # A signal handler has closed it, and the call that it interrupted does the rest.
        self._is_abandoned = False
        timeout = runtime.config.timeout
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            runtime.register_websocket(self)
            dial = runtime.run(flows.prepare_dial(runtime.context, target, timeout=timeout, **options))
            route = runtime.http.routes.for_dial(dial)
            self._stream = connect(route, self._poller, deadline, lambda: not self._is_closed)
            self._session.start(dial)
            with self._lock:
                self._flush()
            if not self._pump(deadline, lambda: self._session.was_open or self._session.is_over):
                raise self._session.not_open_error(timeout)
            if not self._session.was_open or self._is_closed:
                raise self._why_over()
        except BaseException as error:
            was_closed = self._is_closed
            self._drop()
            if was_closed and isinstance(error, Exception):
                raise self._session.end_error() from None
            if isinstance(error, OSError) and not isinstance(error, RivetError):
                if isinstance(error, TimeoutError):
                    raise self._session.not_open_error(timeout) from None
                raise unreachable(f"cannot connect to {target}", error) from None
            raise

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

    def send(self, data: str | bytes) -> None:
        """Send one message: str as text, bytes as binary. Waits while the peer takes no more.

        Raises:
            ConnectionClosedError, ActorError: It is closed.
            ActionTimeoutError: The peer took nothing within the client's timeout.
            ConfigError, TypeError: Not a message.
        """
        self._check_caller()
        try:
            with self._lock:
                self._session.send(data)
                self._flush()
            timeout = self._default_timeout
            deadline = None if timeout is None else time.monotonic() + timeout
            if not self._pump(deadline, lambda: self._stream is None or not self._stream.has_unsent):
                raise self._session.not_taken_error(timeout)
        finally:
            if self._is_abandoned:
                self._drop()

    def receive(self, timeout: float | None = None) -> str | bytes:
        """Return the next message.

        Args:
            timeout: Longest wait, in seconds; None waits for ever.

        Raises:
            ConnectionClosedError, ActorError: It was closed; `close_code` and `close_reason` say how.
            ActionTimeoutError: Nothing came in time.
        """
        self._check_caller()
        seconds = check_timeout("timeout", timeout)
        deadline = None if seconds is None else time.monotonic() + seconds
        messages = self._session.messages
        try:
            while True:
                if not self._pump(deadline, lambda: bool(messages)):
                    raise self._session.no_message_error(seconds)
                with self._lock:
                    if messages:
                        return messages.popleft()
                    is_ended = self._is_ended()
                if is_ended:
                    raise self._why_over()
        finally:
            if self._is_abandoned:
                self._drop()

    def __iter__(self) -> RawWebSocket:
        return self

    def __next__(self) -> str | bytes:
        try:
            return self.receive()
        except RivetError:
            if self._session.ended_normally or (self._is_closed and not self._session.is_over):
                raise StopIteration from None
            raise

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait shortly for the peer's answer.

        Raises:
            ConfigError, TypeError: A code or reason that cannot be sent.
        """
        check_close(code, reason)
        if self._pid != os.getpid():
            self._forget()
            return
        self.begin_close(code, reason)
        self.join(self._close_timeout)

    def begin_close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye; `join` waits for the answer."""
        if self._is_interrupted:
            self._is_closed = self._is_abandoned = True
            self._poller.wake()
        if is_owned(self._lock):
            return
        with self._lock:
            if not self._session.was_open:
                self._is_closed = True
                self._poller.wake()  # whoever opens it is told
            self._session.close(code, reason)
            self._flush()

    def join(self, timeout: float) -> None:
        """Wait for the peer's goodbye, at most so many seconds, and close the stream."""
        if self._session.was_open and not self._is_interrupted:
            self._pump(time.monotonic() + timeout, lambda: False)
            self._drop()

    def __enter__(self) -> RawWebSocket:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self.__dict__.get("_stream") is None:
            return
        if self._pid != os.getpid():
            self._forget()
            return
        warnings.warn(
            f"WebSocket to {self._target} was not closed", ResourceWarning, source=self, stacklevel=2
        )
        self._drop()

    @property
    def _is_interrupted(self) -> bool:
        """Whether the caller is a signal handler inside a call that this thread makes."""
        return is_owned(self._lock) or self._reader == threading.get_ident()

    def _check_caller(self) -> None:
        if self._is_interrupted:
            raise interrupted_error("WebSocket")
        if self._pid != os.getpid():
            raise ConnectionClosedError(
                "this WebSocket belongs to the parent process; open a new one after os.fork()"
            )

    def _forget(self) -> None:
        """In a forked child, close its copies of the sockets, without a word to the peer, who is the parent's."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
            self._poller.close()

    def _why_over(self) -> RivetError:
        with contextlib.suppress(RivetError):  # the client may be closed
            error = self._session.end_error()
            self._session.error = self._runtime.run(
                flows.explain_end(self._runtime.context, self._target, error)
            )
        return self._session.end_error()

    def _is_ended(self) -> bool:
        return self._session.is_over or self._is_closed

    def _pump(self, deadline: float | None, is_done: Callable[[], bool]) -> bool:
        """Pass on what comes until `is_done()` or the end of the WebSocket; False when out of time.

        One thread waits for the socket; the others wait for that thread.
        """
        has_looked = False
        while True:
            try:
                with self._lock:
                    if is_done() or self._is_ended():
                        return True
                    left = seconds_left(deadline)
                    if left == 0 and has_looked:
                        return False
                    has_looked = True  # without any time, too, there is what has arrived
                    if self._reader is not None:
                        self._changed.wait(left)
                        continue
                    self._reader = threading.get_ident()
                    stream = self._stream
                    assert stream is not None
                    writes = stream.has_unsent
                ready = self._poller.wait(stream.sock, read=True, write=writes, timeout=left)
                with self._lock:
                    if ready:
                        self._feed(stream)
                    self._reader = None
                    self._changed.notify_all()
            except BaseException:  # Ctrl-C comes anywhere
                if self._reader == threading.get_ident():
                    with self._lock:
                        self._reader = None
                        self._changed.notify_all()
                raise

    # --- With the lock held ------------------------------------------------------------------------------------

    def _feed(self, stream: Stream) -> None:
        try:
            self._read_in(stream)
        except BaseException as error:
            self._break(stream, error)
        self._flush()

    def _read_in(self, stream: Stream) -> None:
        try:
            stream.flush()
        except OSError:
            self._read_rest(stream)
            return
        try:
            data = stream.read()
        except OSError:
            data = b""
        if data:
            self._session.receive_data(data)
        elif data is not None:
            self._session.receive_eof()

    def _read_rest(self, stream: Stream) -> None:
        """Take what the peer said before it stopped to listen."""
        with contextlib.suppress(OSError):
            while data := stream.read():
                self._session.receive_data(data)
        self._session.receive_eof()

    def _flush(self) -> None:
        if (stream := self._stream) is None:
            return
        try:
            self._write_out(stream)
        except BaseException as error:
            self._break(stream, error)
        if stream.has_unsent:
            self._poller.wake()  # whoever is reading must write, too

    def _write_out(self, stream: Stream) -> None:
        chunks = self._session.data_to_send()
        try:
            if chunks:
                stream.write(chunks)
        except OSError:
            self._read_rest(stream)

    def _break(self, stream: Stream, error: BaseException) -> None:
        """End it: nobody knows what was sent or taken before something happened that must not, or Ctrl-C."""
        self._session.fail(error)
        stream.abort()
        if not isinstance(error, Exception):
            raise error

    # --- The end -----------------------------------------------------------------------------------------------

    def _drop(self) -> None:
        with self._lock:
            self._is_closed = True
            self._poller.wake()
            while self._reader is not None:
                self._changed.wait()
            stream, self._stream = self._stream, None
            if stream is not None:
                self._poller.set_interest(None, 0)
                stream.close()
            self._poller.close()
