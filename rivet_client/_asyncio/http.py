"""HTTP for asyncio code, through httpx."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from typing import Any

import httpcore
import httpx

from rivet_client._common.http import (
    abandoned_stream,
    build,
    failure,
    raw_request,
    received,
    set_read_timeout,
    tls_context,
    wants_body,
)
from rivet_client._common.pool import KEEPALIVE, Pool
from rivet_client._core.effects import HttpResponse, Read, Send, SendTimedOut
from rivet_client._core.flows import RawRequest
from rivet_client.config import ClientConfig

__all__ = ["Http", "Response"]

Response = httpx.Response


class Http:
    """Performs `Send`. Belongs to one event loop.

    Args:
        config: The client's settings.
        client: The caller's own client; it is not closed here.
    """

    def __init__(self, config: ClientConfig, client: Any = None) -> None:
        self._config = config
        self._client = client
        self._tls: ssl.SSLContext | None = None
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}

    async def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = build(effect, self._client)
        started = time.monotonic()
        try:
            async with asyncio.timeout(effect.timeout):
                if self._client is not None:
                    response = await self._client.send(request, stream=True, follow_redirects=False)
                else:
                    response = await self._transport(effect.request.url).handle_async_request(request)
                    response.request = request
                if not wants_body(effect, response):
                    response.stream = _BodyStream(response, started)
                    set_read_timeout(response, None)
                    return received(response, b"")
                if (stream := abandoned_stream(response)) is not None:
                    response.stream = _LastStream(response.stream, stream)
                try:
                    return received(response, await response.aread())
                finally:
                    await response.aclose()
        except httpx.HTTPError as error:
            raise failure(error, request) from None
        except TimeoutError:
            raise SendTimedOut(sent=True) from None

    async def read(self, effect: Read) -> None:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: It did not come, or not whole.
        """
        native: httpx.Response = effect.response.native
        try:
            async with asyncio.timeout(effect.timeout):
                await native.aread()
        except TimeoutError:
            raise SendTimedOut(sent=True) from None
        finally:
            await native.aclose()

    def raw_request(self, method: object, path: object, options: dict[str, Any]) -> RawRequest:
        """Turn the arguments of `fetch` into a raw request."""
        return raw_request(method, path, options, httpx.AsyncByteStream)

    @property
    def tls(self) -> ssl.SSLContext:
        """TLS settings for streams to an https endpoint."""
        tls = self._tls
        if tls is None:
            tls = self._tls = tls_context("https:", self._config.ssl_context)
        return tls

    async def close(self) -> None:
        """Close every pooled connection of our own."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()

    def _transport(self, url: str) -> httpx.AsyncBaseTransport:
        scheme = url.partition(":")[0]
        if scheme not in self._transports:
            context = tls_context(url, self._config.ssl_context)
            self._transports[scheme] = _Transport(context)
        return self._transports[scheme]


class _BodyStream(httpx.AsyncByteStream):
    """A response body whose failures are ours: one cut short never passes for whole."""

    def __init__(self, response: httpx.Response, started: float) -> None:
        self._inner: Any = response.stream
        self._response = response
        self._started = started

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield chunk
        except httpx.HTTPError as error:
            raise failure(error, self._response.request) from None

    async def aclose(self) -> None:
        await self._inner.aclose()
        self._response.elapsed = timedelta(seconds=time.monotonic() - self._started)


class _LastStream(httpx.AsyncByteStream):
    """A response body, the last thing that its network stream is used for."""

    def __init__(self, inner: Any, network: Any) -> None:
        self._inner = inner
        self._network = network

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._inner)

    async def aclose(self) -> None:
        await self._network.aclose()  # first: what the pool gets back is closed, so that it throws it away
        await self._inner.aclose()


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's transport with a pool of our own."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls)
        self._pool: Any = _Connections(tls)


class _Connections:
    """What a transport of httpx takes for a pool of httpcore."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._pool = Pool()
        # Any, for pyright takes it for the class that stands in for it where there is no anyio.
        backend: Any = httpcore.AnyIOBackend()
        self._backend = _Backend(backend)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        url = request.url
        origin = (url.scheme, url.host, url.port)
        connection, stale = self._pool.borrow(origin)
        if connection is None:
            connection = httpcore.AsyncHTTPConnection(
                url.origin, self._tls, keepalive_expiry=KEEPALIVE, network_backend=self._backend
            )
            self._pool.lend(connection)
        try:
            await _close_all(stale)
            response: httpcore.Response = await connection.handle_async_request(request)
        except BaseException:
            self._pool.forget(connection)
            await connection.aclose()
            raise
        response.stream = _LentStream(response.stream, lambda: self._pool.give_back(origin, connection))
        return response

    async def aclose(self) -> None:
        await _close_all(self._pool.close())


async def _close_all(connections: Iterable[httpcore.AsyncHTTPConnection]) -> None:
    for connection in connections:
        await connection.aclose()


class _LentStream(httpx.AsyncByteStream):
    """A response body, after which its connection is free for another request."""

    def __init__(self, inner: Any, give_back: Callable[[], list[Any]]) -> None:
        self._inner = inner
        self._give_back: Callable[[], list[Any]] | None = give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._inner)

    async def aclose(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            try:
                await self._inner.aclose()
            finally:
                await _close_all(give_back())


class _Backend(httpcore.AsyncNetworkBackend):
    """httpcore's own, which closes a stream also when a TLS handshake is cancelled, as deadlines do."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(self, host: str, port: int, **options: Any) -> httpcore.AsyncNetworkStream:  # type: ignore[override]
        return _Stream(await self._inner.connect_tcp(host, port, **options))


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        # Every request goes through these: no detour.
        self.read, self.write = inner.read, inner.write  # type: ignore[method-assign]

    async def start_tls(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(*args, **options)
        except BaseException:
            await self._inner.aclose()
            raise

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
