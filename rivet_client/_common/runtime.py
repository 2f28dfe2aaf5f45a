"""What the runtimes of both flavours have in common: the state of one client, and what happens when it is closed."""

from __future__ import annotations

import os
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from rivet_client._common.log_setup import switch_on
from rivet_client._common.observing import Observers
from rivet_client._common.waits import client_closed
from rivet_client._core.context import Context
from rivet_client._core.tracing import trace_headers
from rivet_client.config import ClientConfig
from rivet_client.errors import ConnectionClosedError, ErrorClasses, TransportError

if TYPE_CHECKING:
    from rivet_client.observers import Figures

__all__ = ["CommonRuntime", "Counted"]


class Counted(Protocol):
    """Something that the client holds."""

    @property
    def figures(self) -> Figures:
        """What it adds to the client's figures. For any thread."""
        ...


C = TypeVar("C", bound=Counted)


class CommonRuntime(ABC, Generic[C]):
    """The part of a runtime that neither waits nor does I/O.

    Args:
        config: The client's settings.
        http_client: The caller's own HTTP client, or None.
        http_client_class: Name of the class, in httpx or httpx2, of which `http_client` must be an instance.
        load_error_classes: See `Context.error_classes`.
        observers: The observers that the client was given.
        now: The monotonic clock, in seconds.
        jitter: Random numbers from 0 to 1.

    Raises:
        TypeError, ConfigError: `http_client` or `observers` cannot be used, or RIVET_LOG is wrong.

    Attributes:
        config: The client's settings.
        context: What the client's flows and sessions share.
        is_closed: Whether the client is closed, or closing.
    """

    def __init__(
        self,
        config: ClientConfig,
        http_client: object,
        http_client_class: str,
        load_error_classes: Callable[[], ErrorClasses],
        observers: object,
        *,
        now: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self.config = config
        switch_on(os.environ)
        self.observers: Observers = Observers(observers)
        self.context: Context = Context(
            config,
            now=now,
            jitter=jitter,
            trace=trace_headers,
            load_error_classes=load_error_classes,
            observers=self.observers,
        )
        self.is_closed: bool = False
        if http_client is not None:
            from rivet_client._common.callers_client import check_client

            check_client(http_client, http_client_class)
        self._connections: set[C] = set()
        self._websockets: weakref.WeakSet[C] = weakref.WeakSet()

    def _tell_opened(self) -> None:
        """Tell observers of the client, which is ready now."""
        config = self.config
        self.observers.client_opened(config.endpoint, config.namespace, weakref.WeakMethod(self.figures))

    def figures(self) -> Figures:
        """What the client holds at this moment. For any thread."""
        from rivet_client.observers import Figures

        while True:
            try:
                held: list[Counted] = [*self._pools(), *self._connections, *self._websockets]
                break
            except RuntimeError:  # another thread has changed a set meanwhile
                continue
        return Figures(*map(sum, zip(Figures(), *(one.figures for one in held), strict=True)))

    @abstractmethod
    def _pools(self) -> Iterable[Counted]:
        """The HTTP sides that there are."""

    def check_usable(self) -> None:
        """Raise if the client is closed.

        Raises:
            ConnectionClosedError: The client is closed.
        """
        if self.is_closed:
            raise ConnectionClosedError("the client is closed")

    def check_not_closed(self) -> None:
        """Raise in a wait during which the client was closed.

        Raises:
            ConnectionClosedError: The client was closed.
        """
        if self.is_closed:
            raise client_closed(may_have_run=False)

    def closed_instead_of(self, error: Exception) -> ConnectionClosedError | None:
        """The error to raise in place of one that a request failed with, or None if the client is open.

        Closing the client breaks the streams in use. Their users must not take this for a failure of the network.
        """
        if self.is_closed and type(error) is TransportError:
            return client_closed(may_have_run=error.may_have_run)
        return None
