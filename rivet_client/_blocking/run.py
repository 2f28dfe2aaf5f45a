"""Runs request flows for blocking code."""

from __future__ import annotations

import os
import random
import time
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

from rivet_client._blocking.locks import LastWait, check_not_owned
from rivet_client._blocking.poller import POLL_INTERVAL
from rivet_client._blocking.turns import Turns
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
from rivet_client._locks import Lock
from rivet_client._secret import Secret
from rivet_client.cancelling import active_scopes, check_cancelled
from rivet_client.config import ClientConfig
from rivet_client.errors import ErrorClasses

if TYPE_CHECKING:
    from rivet_client._blocking.http import Http
    from rivet_client._common.httpx_adapter import ClientLike
    from rivet_client.observers import Figures

__all__ = [
    "CLOSE_TIMEOUT",
    "Closable",
    "Creation",
    "Runtime",
    "Target",
    "flows",
    "make_params",
    "target_by_id",
    "target_by_key",
]

T = TypeVar("T")

CLOSE_TIMEOUT = 3.0
"""Longest time that closing takes, in seconds. The close handshake gets less. Busy daemon threads go on."""


class Closable(Counted, Protocol):
    """A connection or a raw WebSocket, which is closed with the client."""

    def begin_close(self) -> None:
        """Start to close, without waiting for the peer."""
        ...

    def join(self, timeout: float, /) -> None:
        """Wait until it is closed, at most `timeout` seconds."""
        ...


class Runtime(CommonRuntime[Closable]):
    """What one client's handles and connections share. Usable from any thread, and in a forked child.

    Args:
        config: The client's settings.
        http_client: The caller's own `httpx.Client`, or None.
        load_error_classes: See `Context.error_classes`.
        observers: See `Observers`.

    Raises:
        TypeError, ConfigError: `http_client` or `observers` cannot be used, or RIVET_LOG is wrong.
    """

    def __init__(
        self,
        config: ClientConfig,
        http_client: ClientLike | None = None,
        load_error_classes: Callable[[], ErrorClasses] = dict,
        observers: object = (),
    ) -> None:
        super().__init__(
            config,
            http_client,
            "Client",
            load_error_classes,
            observers,
            now=time.monotonic,
            jitter=random.random,
        )
        self._http_client = http_client
        self._begin()
        self._tell_opened()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = Lock()
        self._exclusive = Turns()
        self._http: Http | None = None
        self._last_wait = LastWait()

    def check_usable(self) -> None:
        """Raise if the client is closed; make a fresh start in a forked child.

        Raises:
            ConnectionClosedError: The client is closed.
        """
        super().check_usable()
        if self._pid != os.getpid():
            # The parent's sockets and locks are kept, so that nothing closes them here, but they are never used.
            self._inherited = (self._http, self._connections)
            self._connections = set()
            self._websockets = weakref.WeakSet()
            self._begin()

    @property
    def http(self) -> Http:
        """The HTTP side, loaded on first use."""
        if self._http is None:
            check_not_owned(self._lock, "client")
            with self._lock:
                if self._http is None:
                    from rivet_client._blocking.http import Http

                    self._http = Http(self.config, self._http_client)
        return self._http

    def raw_http(self) -> Http:
        """The HTTP side, for raw requests."""
        return self.http

    def figures(self) -> Figures:
        """See `CommonRuntime`. After a fork, everything is the parent's."""
        from rivet_client.observers import Figures

        return super().figures() if self._pid == os.getpid() else Figures()

    def _pools(self) -> tuple[Http, ...]:
        return () if self._http is None else (self._http,)

    # --- Flows -------------------------------------------------------------------------------------------------

    def run(
        self,
        flow: Flow[T],
        pause: Callable[[float], None] | None = None,
        step: Step = step,
    ) -> T:
        """Run a flow to its end.

        Args:
            flow: The flow.
            pause: A function that the flow sleeps with instead. It gets seconds, and may raise to end the flow.
            step: Resumes the flow; see `effects.step`.

        Raises:
            ConnectionClosedError: The client is closed, or was closed meanwhile.
            CallCancelledError: A scope that the caller is in was cancelled.
        """
        reply: object = None
        error: Exception | None = None
        try:
            self.check_usable()
            while not isinstance(effect := step(flow, reply, error), Finished):
                reply = error = None
                try:
                    # Each time. The flow is told, because it knows what had been sent before.
                    self.check_usable()
                    if active_scopes():
                        check_cancelled()
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
                self.http.read(effect)
                return None
            case Load():
                return None  # the flow imports it where it uses it
            case Invoke():
                return Secret(effect.function.reveal()())
            case Exclusive():
                turn = self._exclusive.take(effect.timeout, self._check_wait)
                if turn is None:
                    raise wait_ended(is_closed=False, sent=False)
                try:
                    return self.run(effect.flow(), pause)
                finally:
                    turn.end()
            case Sleep():
                (pause or self._pause)(effect.seconds)
                return None

    def _send(self, effect: Send) -> HttpResponse:
        try:
            return self.http.send(effect)
        except Exception as error:
            if (closed := self.closed_instead_of(error)) is not None:
                raise closed from error
            raise

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._check_wait()
            time.sleep(min(left, POLL_INTERVAL))

    def _check_wait(self) -> None:
        self.check_not_closed()
        check_cancelled()

    # --- What is closed with the client ------------------------------------------------------------------------

    def register_connection(self, connection: Closable) -> None:
        """Close this connection with the client."""
        with self._lock:
            self._connections.add(connection)
        self.check_usable()  # now that `close` would find it

    def unregister_connection(self, connection: Closable) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._connections.discard(connection)

    def register_websocket(self, websocket: Closable) -> None:
        """Close this WebSocket with the client, unless nobody holds it any more by then."""
        with self._lock:
            self._websockets.add(websocket)
        self.check_usable()

    def close(self) -> None:
        """End every connection and close the pool. Called again, it does what an interrupted call has left."""
        self.is_closed = True
        if self._pid != os.getpid():
            return
        with self._lock:
            closing = [*self._connections, *self._websockets]
        for one in closing:
            one.begin_close()
        self._last_wait.run(lambda: _join(closing))
        if self._http is not None:
            self._http.close()
        self.observers.client_closed()

    @property
    def holds_resources(self) -> bool:
        """Whether a client that is not closed would leak anything."""
        is_ours = self._pid == os.getpid()  # after a fork, the resources are the parent's
        return is_ours and not self.is_closed and (self._http is not None or bool(self._connections))


def _join(closing: Iterable[Closable]) -> None:
    deadline = time.monotonic() + CLOSE_TIMEOUT
    for one in closing:
        one.join(max(0.0, deadline - time.monotonic()))
