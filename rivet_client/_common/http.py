"""What the HTTP of both flavours has in common: how an exchange begins, and what happens to it at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from rivet_client._common.exchange import Exchange
from rivet_client._common.pool import Pool, Poolable
from rivet_client._common.route import Routes, tls_context
from rivet_client._core.effects import HttpResponse, Send
from rivet_client._core.flows import RawRequest
from rivet_client.config import ClientConfig

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import AsyncBodySource, BodySource, HttpxAdapter
    from rivet_client.observers import Figures

__all__ = ["CommonBody", "CommonHttp"]

C = TypeVar("C", bound=Poolable)


class CommonHttp(Generic[C]):
    """The part of a flavour's HTTP that neither waits nor does I/O.

    Args:
        config: The client's settings.
        now: The monotonic clock, in seconds.
        own_adapter: The library of the caller's own client, if there is one.

    Attributes:
        routes: How streams get to addresses.
    """

    _awaits: ClassVar[bool]
    """Whether bodies are read with `await`."""

    def __init__(
        self, config: ClientConfig, now: Callable[[], float], own_adapter: HttpxAdapter | None
    ) -> None:
        self.routes: Routes = Routes(config.proxies, lambda: tls_context(config.ssl_context))
        self._now = now
        self._own_adapter = own_adapter
        self._pool: Pool[C] = Pool()

    @property
    def _adapter(self) -> HttpxAdapter:
        """The adapter that makes raw requests and answers. It loads httpx, so only raw requests use it."""
        if self._own_adapter is not None:
            return self._own_adapter
        from rivet_client._common.httpx_adapter import default_adapter

        return default_adapter()

    def raw_request(self, method: object, path: object, options: Any) -> RawRequest:
        """Turn the arguments of `fetch` into a raw request; `options` are in a `Secret`."""
        return self._adapter.raw_request(method, path, options, awaits=self._awaits)

    @property
    def figures(self) -> Figures:
        """What the pool adds to the client's figures."""
        from rivet_client.observers import Figures

        return Figures(*self._pool.sizes)

    def close(self) -> None:
        """End every connection of the client's own, in use or not. No new one is opened from now on."""
        self._pool.close()

    def _begin(self, effect: Send) -> Exchange:
        """Make an exchange, which has no connection yet.

        Raises:
            ConfigError: Neither HTTP nor, for a raw request, httpx can express it.
        """
        if effect.raw:
            return _RawExchange(effect, self.routes, self._now(), self._adapter)
        return Exchange(effect, self.routes, self._now())

    def _track(self, connection: C, exchange: Exchange) -> C:
        """Register a connection that was opened for an exchange, so that `close` ends it.

        Raises:
            ConnectionClosedError: `close` came first.
        """
        self._pool.track(connection)
        if self._pool.is_closed:  # now that `close` would find the connection
            connection.close()
            raise exchange.client_closed()
        return connection

    def _streamed(self, exchange: Exchange, body: BodySource | AsyncBodySource) -> HttpResponse:
        """The core's form of an answer whose body the user reads."""
        head = exchange.head
        assert head is not None
        assert isinstance(exchange, _RawExchange)
        native = self._adapter.native_response(exchange.native_request, head, body, awaits=self._awaits)
        return HttpResponse(head.status, head.headers, b"", native)


class _RawExchange(Exchange):
    """An exchange of `fetch` or `stream`.

    Attributes:
        native_request: The request that the answer names as its own.
    """

    __slots__ = ("native_request",)

    def __init__(self, effect: Send, routes: Routes, now: float, adapter: HttpxAdapter) -> None:
        super().__init__(effect, routes, now)
        self.native_request = adapter.native_request(effect)


class CommonBody(Generic[C]):
    """The body of a raw answer, which the user reads. If the body is not read to its end, its connection is closed.

    Args:
        pool: Where the connection comes from.
        connection: The connection that the answer comes over.
        exchange: The request, and the part of the answer that has come.
        now: The monotonic clock, in seconds.
    """

    def __init__(self, pool: Pool[C], connection: C, exchange: Exchange, now: Callable[[], float]) -> None:
        self._pool = pool
        self._held = [connection]
        self._exchange = exchange
        self._now = now

    def _take(self) -> bytes | None:
        """Return what has come, b"" at the end, or None if nothing has come yet.

        Raises:
            TransportError, ProtocolError: The body did not come, or only a part of it.
        """
        exchange = self._exchange
        if part := exchange.body.take_bytes():
            return part
        if exchange.is_over:
            exchange.check()
            return b""
        return None

    def close(self) -> None:
        """Give up the connection."""
        held, self._held = self._held, []
        for connection in held:
            self._pool.release(connection, self._exchange, self._now())

    def elapsed(self) -> float:
        """Seconds since the request began."""
        return self._now() - self._exchange.started
