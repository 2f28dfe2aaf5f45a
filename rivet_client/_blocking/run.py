"""Runs request flows for blocking code."""

from __future__ import annotations

import os
import random
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from rivet_client._blocking.poller import POLL_INTERVAL
from rivet_client._blocking.turns import Turns
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
from rivet_client._secret import Secret
from rivet_client.config import ClientConfig
from rivet_client.errors import ConnectionClosedError, TransportError

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import ClientLike

__all__ = [
    "CLOSE_TIMEOUT",
    "Runtime",
    "Creation",
    "Target",
    "check_not_owned",
    "flows",
    "make_params",
    "inherited_error",
    "interrupted_error",
    "is_owned",
    "target_by_id",
    "target_by_key",
]

T = TypeVar("T")

CLOSE_TIMEOUT = 3.0
"""Longest time that closing takes, in seconds; the close handshake has less. Daemon threads that are busy go on."""


class Runtime:
    """What one client's handles and connections share. Usable from any thread, and in a forked child.

    Args:
        config: The client's settings.
        http_client: The caller's own `httpx.Client`, or None.

    Raises:
        TypeError, ConfigError: `http_client` cannot be used.
    """

    def __init__(self, config: ClientConfig, http_client: ClientLike | None = None) -> None:
        self.config = config
        self.context: Context = Context(config, now=time.monotonic, jitter=random.random, trace=trace_headers)
        self.is_closed: bool = False
        if http_client is not None:
            from rivet_client._common.own_client import check_client

            check_client(http_client, "Client")
        self._http_client = http_client
        self._connections: set[Any] = set()
        self._websockets: weakref.WeakSet[Any] = weakref.WeakSet()
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._exclusive = Turns()
        self._http: Any = None

    def check_usable(self) -> None:
        """Raise if the client is closed; make a fresh start in a forked child.

        Raises:
            ConnectionClosedError: The client is closed.
        """
        if self.is_closed:
            raise ConnectionClosedError("the client is closed")
        if self._pid != os.getpid():
            # The parent's sockets and locks are not ours: kept, so that nothing closes them, and never used.
            self._inherited = (self._http, self._connections)
            self._connections = set()
            self._websockets = weakref.WeakSet()
            self._begin()

    @property
    def http(self) -> Any:
        """The HTTP side, loaded on first use."""
        if self._http is None:
            check_not_owned(self._lock, "client")
            with self._lock:
                if self._http is None:
                    from rivet_client._blocking.http import Http

                    self._http = Http(self.config, self._http_client)
        return self._http

    def run(self, flow: Flow[T], pause: Callable[[float], None] | None = None) -> T:
        """Run a flow to its end.

        Args:
            flow: The flow.
            pause: What it sleeps with instead; gets seconds, and may raise to end the flow.

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
                    reply = self._perform(effect, pause)
                except Exception as raised:
                    error = raised
            return effect.value
        finally:
            flow.close()

    def _perform(self, effect: Effect, pause: Callable[[float], None] | None) -> object:
        match effect:
            case Send():
                return self._send(effect)
            case Read():
                return self.http.read(effect)
            case Invoke():
                return Secret(effect.function.reveal()())
            case Exclusive():
                turn = self._exclusive.take(effect.timeout, self.check_usable)
                if turn is None:
                    raise SendTimedOut(sent=False)
                try:
                    return self.run(effect.flow(), pause)
                finally:
                    turn.end()
            case Sleep():
                logs.retry_scheduled(effect)
                (pause or self._pause)(effect.seconds)
                return None

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check_usable()
            time.sleep(min(left, POLL_INTERVAL))

    def _send(self, effect: Send) -> HttpResponse:
        started = time.monotonic()
        try:
            response: HttpResponse = self.http.send(effect)
        except Exception as error:
            logs.request_done(effect, started, time.monotonic, error)
            if self.is_closed and type(error) is TransportError:
                raise ConnectionClosedError(
                    "the client was closed", may_have_run=error.may_have_run
                ) from error
            raise
        logs.request_done(effect, started, time.monotonic, response)
        return response

    def register_connection(self, connection: Any) -> None:
        """Close this connection with the client."""
        with self._lock:
            self._connections.add(connection)
        self.check_usable()  # now that `close` would find it

    def register_websocket(self, websocket: Any) -> None:
        """Close this WebSocket with the client, unless it is forgotten before."""
        with self._lock:
            self._websockets.add(websocket)
        self.check_usable()

    def unregister_connection(self, connection: Any) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._connections.discard(connection)

    def close(self) -> None:
        """End every connection and close the pool. Once more does what an interrupted one has left."""
        self.is_closed = True
        if self._pid != os.getpid():
            return
        with self._lock:
            connections = [*self._connections, *self._websockets]
        for connection in connections:
            connection.begin_close()
        deadline = time.monotonic() + CLOSE_TIMEOUT
        for connection in connections:
            connection.join(max(0.0, deadline - time.monotonic()))
        if self._http is not None:
            self._http.close()

    @property
    def holds_resources(self) -> bool:
        """Whether forgetting to close it would leak anything."""
        is_ours = self._pid == os.getpid()  # what a fork left behind is the parent's
        return is_ours and not self.is_closed and (self._http is not None or bool(self._connections))


# Locks are reentrant, so that a signal handler, or a finaliser, can tell that it interrupts the very code that holds
# one. What it must not do then, it is told at once; with plain locks it would wait for itself.


def is_owned(lock: Any) -> bool:
    """Whether the calling thread holds a reentrant lock."""
    owned: bool = lock._is_owned()  # as threading.Condition does
    return owned


def check_not_owned(lock: Any, what: str) -> None:
    """Raise in a signal handler that interrupted its own thread inside a lock.

    Raises:
        RuntimeError: The calling thread holds the lock.
    """
    if lock._is_owned():
        raise interrupted_error(what)


def interrupted_error(what: str) -> RuntimeError:
    """What a signal handler is told that cannot have what it wants."""
    return RuntimeError(
        f"this {what} cannot be used here: a signal handler (or a finaliser) has interrupted a call of the same "
        f"{what}; close it or set a flag in the handler, and make calls elsewhere"
    )


def inherited_error(what: str) -> ConnectionClosedError:
    """What a forked child is told that uses what belongs to its parent."""
    return ConnectionClosedError(f"this {what} belongs to the parent process; open a new one after os.fork()")
