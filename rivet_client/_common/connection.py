"""The part of both connection drivers that neither waits nor does I/O: who listens, and what an event asks for."""

from __future__ import annotations

import contextvars
import inspect
import logging
import os
import weakref
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Generic, TypeVar

from rivet_client._call_info import current_info
from rivet_client._checks import check_timeout
from rivet_client._common.connection_watch import CallWatch, ConnectionWatch
from rivet_client._core import flows
from rivet_client._core.context import Context
from rivet_client._core.effects import Flow
from rivet_client._core.failures import defect
from rivet_client._core.flows import DialOptions
from rivet_client._core.gateway import DialPlan, params_json
from rivet_client._core.keys import check_name
from rivet_client._core.session import (
    OVER,
    ActorSession,
    CallFailed,
    CallSucceeded,
    EventsReceived,
    HangUp,
    OpenRequested,
    SessionEvent,
    StatusChanged,
)
from rivet_client._core.session.listeners import (
    Buffer,
    Callback,
    EventListener,
    LifecycleCallbacks,
    Listeners,
)
from rivet_client._core.target import Target
from rivet_client._network import unreachable
from rivet_client._objects import Shown
from rivet_client._secret import reveal
from rivet_client.errors import ActionTimeoutError, RivetError
from rivet_client.observers import Figures
from rivet_client.values import ConnectionStatus

__all__ = ["BATCH_FROM", "CommonIterator", "ConnectionDriver"]

BATCH_FROM = 5
"""From this many calls in flight, frames are written together: a write takes longer than the rest of a call."""

W = TypeVar("W")
"""The object that wakes a call, or another caller that waits."""

D = TypeVar("D", bound="ConnectionDriver[Any]")

_log = logging.getLogger("rivet_client.connections")


class ConnectionDriver(ABC, Generic[W]):
    """The part of a connection's driver that is the same in both flavours.

    Args:
        context: The client's.
        target: The actor.
        lock: Must be held while the session or the listeners are used.
        options: What is the same for all attempts to open it.

    Raises:
        ConfigError, TypeError: The parameters cannot be sent, or nobody would await `get_params`.
    """

    _awaits: ClassVar[bool]
    """Whether the coroutines that callbacks return are awaited."""

    _end_of_iteration: ClassVar[type[Exception]]
    """The exception that ends an iteration."""

    _caller: ClassVar[str]
    """The word for what makes calls in this flavour."""

    def __init__(
        self,
        context: Context,
        target: Target,
        lock: AbstractContextManager[object],
        options: DialOptions,
    ) -> None:
        params_json(options.params.value)
        self._check_plain("get_params", options.params.getter)
        self._context = context
        self._target = target
        self._lock = lock
        self._dial_options = options
        self._encoding = context.encoding
        self._session = ActorSession(
            context,
            target,
            has_params=options.params.are_given,
            random_bytes=os.urandom,
        )
        self._watch = ConnectionWatch(context, target, self._session)
        self._watches_calls = context.observers.watches_calls
        self._listeners = Listeners(self._session)
        self._lifecycle = LifecycleCallbacks()
        self._is_paused = False

    # --- What the facade offers --------------------------------------------------------------------------------

    @property
    @abstractmethod
    def is_closed(self) -> bool:
        """Whether it can be used no more."""

    @property
    def status(self) -> ConnectionStatus:
        return self._session.status

    @property
    def actor_id(self) -> str | None:
        return self._session.actor_id

    @property
    def connection_id(self) -> str | None:
        return self._session.connection_id

    @property
    def figures(self) -> Figures:
        """What the connection adds to the client's figures."""
        session = self._session
        if self.is_closed:
            return Figures()
        return Figures(
            connections=1,
            open_connections=int(session.status is ConnectionStatus.CONNECTED),
            waiting_calls=len(session.calls.sent) + len(session.calls.queued),
            buffered_events=sum(len(buffer.items) for buffer in self._listeners.buffers),
        )

    def action(self, name: object, args: tuple[Any, ...], timeout: float | None) -> Any:
        """Call an action; asyncio awaits what this returns."""
        action = check_name("action name", name)
        seconds = self._seconds(timeout)
        payload = self._encoding.dump(list(args), "args")
        if self._watches_calls or current_info() is not None:
            return self._watched_action(self._watch.call(action), payload, seconds)
        return self._action(action, payload, seconds, None)

    def listen(self, name: object, function: Callable[..., Any], *, once: bool) -> Callable[[], None]:
        return self.add(check_name("event name", name), self._callback(function, once=once))

    def listen_lifecycle(self, kind: str, function: Callable[..., Any]) -> Callable[[], None]:
        listener = self._callback(function).function
        self._check_caller()

        def remove() -> None:
            if self.is_inherited:
                return
            with self._lock:
                self._lifecycle.remove(kind, listener)

        try:
            with self._lock:
                missed = self._lifecycle.add(kind, listener)
            if missed is not None:
                self._call(listener, (missed,), kind)
            return remove
        except BaseException:  # Ctrl-C: the caller does not get the function that removes it
            remove()
            raise

    def _callback(self, function: Callable[..., Any], *, once: bool = False) -> Callback:
        self._check_plain("callback", function)
        return Callback(function, once=once)

    def _check_plain(self, what: str, function: object) -> None:
        if not self._awaits and inspect.iscoroutinefunction(reveal(function)):
            raise TypeError(f"{what} must be a plain function; only an AsyncClient awaits coroutines")

    # --- Who calls ---------------------------------------------------------------------------------------------

    @property
    def is_inherited(self) -> bool:
        """Whether the parent process opened the connection before a fork. Its locks and sockets must not be used."""
        return False

    @property
    def is_interrupted(self) -> bool:
        """Whether the caller is a signal handler or finaliser that has interrupted a change of this connection."""
        return False

    def _check_caller(self) -> None:
        """Raise where the connection cannot be used."""

    # --- Listeners ---------------------------------------------------------------------------------------------

    def add(self, name: str, listener: EventListener) -> Callable[[], None]:
        """Add a listener of events; return a function that removes it."""
        self._check_caller()
        try:
            with self._lock:
                self._session.check_usable()
                self._listeners.add(name, listener)
                self._flush_and_dispatch()
            return lambda: self.remove(name, listener)
        except BaseException:  # Ctrl-C: the caller does not get the function that removes it
            self.discard(name, listener)
            raise

    def has(self, buffer: Buffer) -> bool:
        """Whether an iterator's buffer still gets events."""
        return buffer in self._listeners.buffers

    def remove(self, name: str, listener: EventListener) -> None:
        """Remove a listener."""
        if self.is_inherited:
            return
        if self.is_interrupted:
            self.discard(name, listener)
            return
        try:
            with self._lock:
                self._remove(name, listener)
        except BaseException:  # Ctrl-C
            self.discard(name, listener)
            raise

    def discard(self, name: str, listener: EventListener) -> None:
        """Remove a listener soon, if it is there. For finalisers and handlers, which may run inside any lock."""
        if isinstance(listener, Buffer):
            listener.is_closed = True
        self._remove_soon(name, listener)

    def _remove(self, name: str, listener: EventListener) -> None:
        """Remove a listener, with the lock held."""
        self._listeners.remove(name, listener)
        if isinstance(listener, Buffer):
            self._wake(listener)
        self._resume_unless_full()
        self._flush_and_dispatch()

    # --- Waiting -----------------------------------------------------------------------------------------------

    def _seconds(self, timeout: float | None) -> float | None:
        """The time that a caller waits."""
        return self._context.config.timeout if timeout is None else check_timeout("timeout", timeout)

    def _begin_wait(self, buffer: Buffer, waiter: W) -> bool:
        """With the lock held, note who waits for an item of a buffer. Return False if the buffer has an item.

        Raises:
            StopIteration, StopAsyncIteration: The iterator or the connection was closed.
            RivetError: The error with which the connection gave up.
            RuntimeError: Another caller waits for an item already.
        """
        if buffer.items:
            return False
        if self._listeners.has_ended(buffer):
            raise self._end_of_iteration
        if buffer.waiter is not None:
            raise RuntimeError(
                f"another {self._caller} is waiting on this iterator; give each {self._caller} its own"
            )
        self._resume_unless_full()  # again, if that was interrupted
        buffer.waiter = waiter
        return True

    def _no_event_error(self, name: str, timeout: float | None) -> ActionTimeoutError:
        """The error of a caller who has waited `timeout` seconds for an event."""
        return ActionTimeoutError(
            f"no event {name!r} from {self._target} within {timeout:g} s", timeout=timeout, may_have_run=False
        )

    def end_items(self, name: str, buffer: Buffer) -> None:
        """End the wait for an item."""
        buffer.is_closed = True
        self.remove(name, buffer)

    # --- Inputs of the session ---------------------------------------------------------------------------------

    def _close(self, now: float) -> None:
        """With the lock held, begin to close."""
        self._session.close(now)
        if self._is_paused:
            self._pause(False)  # the peer's answer to the close comes after the events
        self._flush_and_dispatch()

    def _receive(self, data: bytes, now: float) -> None:
        """With the lock held, take bytes from the stream, or b"" for its end."""
        try:
            if data:
                self._session.receive_data(data, now)
            else:
                self._session.receive_eof(now)
        except Exception as error:
            self._fail(error, now)

    def _fail(self, cause: BaseException, now: float) -> None:
        """Give up because of a defect, and tell everybody who waits."""
        with self._lock:
            if self._session.phase in OVER:
                _log.error("the connection to %s failed inside the client", self._target, exc_info=cause)
            self._session.fail(cause, now)
            self._flush_and_dispatch()

    # --- What an event of the session asks for -----------------------------------------------------------------

    def _dispatch(self, event: SessionEvent, tell: Callable[[SessionEvent], None]) -> None:
        """Do what an event asks for.

        Args:
            event: The event.
            tell: Tells listeners about the event, if it is for them.
        """
        if isinstance(event, CallSucceeded):
            self._finish(event.waiter, event.value)
        elif isinstance(event, CallFailed):
            self._finish(event.waiter, error=event.error)
        elif isinstance(event, EventsReceived):
            if self._watch.hears_events:
                self._tell_observers(self._watch.note_events, event.name, len(event.batch))
            tell(event)
        elif isinstance(event, HangUp):
            self._hang_up(event.data)
        elif isinstance(event, OpenRequested):
            # What an observer sets in context variables holds for the handshake of this attempt, and for nothing else.
            variables = contextvars.copy_context()
            variables.run(self._tell_observers, self._watch.note, event)
            self._dial(event, variables)
            tell(event)
        else:
            self._tell_observers(self._watch.note, event)
            tell(event)

    def _tell_observers(self, tell: Callable[..., None], *args: Any) -> None:
        try:
            tell(*args)
        except (KeyboardInterrupt, SystemExit) as error:
            self._pass_on_exit(error)

    def _tell_listeners(self, event: SessionEvent) -> None:
        """Tell callbacks and iterators of an event."""
        if isinstance(event, EventsReceived):
            self._deliver_events(event.name, event.batch)
            return
        if isinstance(event, StatusChanged) and event.status is ConnectionStatus.IDLE:
            self._end_iterators()  # before any callback that may wait for an iterator
        with self._lock:
            kind, functions, args = self._lifecycle.find(event)
        for function in functions:
            self._call(function, args, kind)

    def _deliver_events(self, name: str, batch: deque[tuple[Any, ...]]) -> None:
        """Deliver events of one name. Each delivered event leaves the batch, so that after Ctrl-C none comes twice."""
        listeners = self._listeners
        while batch:
            found = listeners.find(name)
            if len(found) == 1 and isinstance(buffer := found[0], Buffer):
                self._fill(name, buffer, batch)
                return
            args = batch.popleft()
            for listener in found:
                if isinstance(listener, Buffer):
                    self._fill(name, listener, deque((args,)))
                elif not listeners.are_unwanted and (not listener.once or self._take_once(name, listener)):
                    self._call(listener.function, args, name)

    def _take_once(self, name: str, listener: Callback) -> bool:
        with self._lock:
            return self._listeners.remove(name, listener)

    def _fill(self, name: str, buffer: Buffer, events: deque[tuple[Any, ...]]) -> None:
        """Move events to a buffer, if they are still wanted there."""
        with self._lock:
            if buffer.is_closed or buffer.is_orphaned:  # the removal of the buffer was interrupted
                events.clear()
                self._remove(name, buffer)
                return
            # After the user has closed, reading goes on until the peer has closed, too.
            buffer.fill(events, is_limited=self._listeners.are_unwanted)
            self._wake(buffer)
            if self._listeners.must_pause(buffer) and not self._is_paused:
                self._pause(True)

    def _end_iterators(self) -> None:
        """Let iterators end: all events that came before the end of the connection are delivered."""
        with self._lock:
            self._listeners.is_end_told = True
            for buffer in self._listeners.buffers:
                self._wake(buffer)

    def _report_callback_error(self, what: str, error: BaseException) -> None:
        """Report what a callback raised. The error must not harm the connection, or callers that wait on it."""
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            self._pass_on_exit(error)
        else:
            self._show_error(f"a callback for {what!r} of {self._target} raised", error)

    # --- Dialing -----------------------------------------------------------------------------------------------

    def _prepare_dial(self, request: OpenRequested) -> Flow[DialPlan]:
        return flows.prepare_dial(
            self._context,
            self._target,
            self._dial_options,
            lost_actor_id=request.lost_actor_id,
            last_error=request.last_error,
            patient=False,
            timeout=self._session.limits.open_timeout,
        )

    def _dial_error(self, error: BaseException) -> RivetError:
        """The error that the session gets for a failure to dial."""
        if isinstance(error, RivetError):
            return error
        if isinstance(error, OSError):
            return unreachable(f"cannot connect to {self._target}", error)
        return defect(f"connecting to {self._target}", error)

    # --- Backpressure, with the lock held ----------------------------------------------------------------------

    def resume_if_drained(self, buffer: Buffer) -> None:
        """Without the lock: resume reading if no buffer is full. An item of this one is about to be taken."""
        if self._is_paused and len(buffer.items) <= buffer.max_size and not self.is_inherited:
            with self._lock:
                self._resume_unless_full(buffer)

    def _resume_unless_full(self, freeing: Buffer | None = None) -> None:
        """Resume reading, unless a buffer is full. An item of `freeing` is about to be taken."""
        if self._is_paused and self._listeners.may_resume(freeing):
            self._pause(False)

    def _resume_for_call(self) -> None:
        """Resume reading, because a call waits for its answer."""
        if self._is_paused and self._listeners.may_resume_for_call():
            self._pause(False)

    def _pause(self, paused: bool) -> None:
        """Stop or resume reading."""
        self._set_reading(not paused)
        self._session.pause(paused, self._context.now())
        self._is_paused = paused  # last: an interrupted change is made again

    # --- The flavour's part ------------------------------------------------------------------------------------

    @abstractmethod
    def _flush_and_dispatch(self) -> None:
        """Write the session's bytes and deliver its events. Called after every input, with the lock held."""

    @abstractmethod
    def _action(self, name: str, payload: Any, seconds: float | None, watch: CallWatch | None) -> Any:
        """Call an action with these arguments, and wait so long for its result."""

    @abstractmethod
    def _watched_action(self, watch: CallWatch, payload: Any, seconds: float | None) -> Any:
        """Call the action that is watched."""

    @abstractmethod
    def _finish(self, waiter: W, value: Any = None, error: RivetError | None = None) -> None:
        """Give a waiter its outcome."""

    @abstractmethod
    def _wake(self, buffer: Buffer) -> None:
        """Wake the caller that waits for an item, with the lock held."""

    @abstractmethod
    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], what: str) -> None:
        """Call the user's function. Whatever it raises goes to `_report_callback_error`."""

    @abstractmethod
    def _pass_on_exit(self, error: BaseException) -> None:
        """Pass on an exception that a callback raised to end the program. No result or event may get lost."""

    @abstractmethod
    def _show_error(self, message: str, error: BaseException) -> None:
        """Show the program an error that no caller gets, where Python shows such errors, and only once."""

    @abstractmethod
    def _remove_soon(self, name: str, listener: EventListener) -> None:
        """Remove a listener later, where no lock is held."""

    @abstractmethod
    def _dial(self, request: OpenRequested, variables: contextvars.Context) -> None:
        """Open a stream, and tell the session. What the handshake says is found out with these context variables."""

    @abstractmethod
    def _hang_up(self, data: list[bytes]) -> None:
        """Write the last bytes, if the stream takes them at once, and close the stream."""

    @abstractmethod
    def _set_reading(self, reads: bool) -> None:
        """Stop or resume reading from the stream, with the lock held."""


class CommonIterator(Shown, Generic[D]):
    """What iterators over events have in common.

    Args:
        driver: The connection's.
        owner: The connection of the user. It is kept alive, because the connection closes when it is forgotten.
        name: Of the events.
        timeout: Longest wait for the next one, in seconds, or None.
        max_buffer: See `Buffer`.
    """

    def __init__(self, driver: D, owner: Shown, name: object, timeout: float | None, max_buffer: int) -> None:
        self._driver = driver
        self._owner = owner
        self._timeout = check_timeout("timeout", timeout)
        self._buffer = Buffer(max_buffer)
        self._buffer.owner = weakref.ref(self)
        self._name = check_name("event name", name)
        driver.add(self._name, self._buffer)

    def _about(self) -> tuple[str, ...]:
        return repr(self._name), "of", *self._owner._about()

    def __del__(self) -> None:
        if "_name" in self.__dict__ and self._driver.has(self._buffer):
            self._driver.discard(self._name, self._buffer)
