"""HTTP for asyncio code, through httpx."""

from __future__ import annotations

import ssl
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from typing import Any

import httpcore
import httpx

from rivet_client._common.old_http import (
    Meter,
    abandoned_stream,
    build,
    failure,
    give_time,
    raw_meter,
    raw_request,
    received,
    tls_context,
    wants_body,
)
from rivet_client._common.old_pool import EXCHANGE, KEEPALIVE, Exchange, GiveBack, Pool
from rivet_client._core.effects import HttpResponse, Read, Send
from rivet_client._core.flows import RawRequest
from rivet_client._secret import Secret
from rivet_client.config import ClientConfig

__all__ = ["Http", "Response"]

Response = httpx.Response


class Http:
    """Performs `Send`. Belongs to one event loop.

    Args:
        config: The client's settings.
        within: Bounds a block of code in time, and by the end of the client; asks a function whether the request may
            have been sent.
        client: The caller's own client; it is not closed here.
    """

    def __init__(
        self,
        config: ClientConfig,
        within: Callable[[float | None, Callable[[], bool]], AbstractAsyncContextManager[None]],
        client: Any = None,
    ) -> None:
        self._config = config
        self._within = within
        self._client = client
        self._tls: ssl.SSLContext | None = None
        self._pool = Pool()
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}

    async def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        started = time.monotonic()
        exchange = Exchange(None, sent=self._client is not None)
        request = build(effect, exchange, self._client)
        try:
            async with self._within(effect.timeout, lambda: exchange.sent):
                if self._client is not None:
                    response = await self._client.send(request, stream=True, follow_redirects=False)
                else:
                    response = await self._transport(effect.request.url).handle_async_request(request)
                    response.request = request
                if not wants_body(effect, response):
                    response.stream = _BodyStream(response, raw_meter(effect, response), started)
                    give_time(response, None, started)
                    return received(response, b"")
                if (stream := abandoned_stream(response)) is not None:
                    exchange.is_last = True
                    if self._client is not None:
                        response.stream = _LastStream(response.stream, stream)
                try:
                    meter = Meter(response.status_code, effect.max_body_bytes)
                    if response.is_stream_consumed:  # by a hook of the caller's own client
                        return received(response, meter.take(response.content))
                    parts = [meter.take(part) async for part in response.aiter_raw()]
                    return received(response, b"".join(parts))
                finally:
                    await response.aclose()
        except httpx.HTTPError as error:
            raise failure(error, request) from None

    async def read(self, effect: Read) -> None:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: It did not come, or not whole.
        """
        native: httpx.Response = effect.response.native
        try:
            async with self._within(effect.timeout, lambda: True):
                await native.aread()
        except httpx.HTTPError as error:
            raise failure(error, native.request) from None
        finally:
            await native.aclose()

    def raw_request(self, method: object, path: object, options: Secret[dict[str, Any]]) -> RawRequest:
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
        """Close every connection of our own, in use or not; none is opened from now on."""
        for stream in self._pool.close():
            await stream.aclose()

    def _transport(self, url: str) -> httpx.AsyncBaseTransport:
        scheme = url.partition(":")[0]
        if scheme not in self._transports:
            self._transports[scheme] = _Transport(tls_context(url, self._config.ssl_context), self._pool)
        return self._transports[scheme]


class _BodyStream(httpx.AsyncByteStream):
    """A response body whose failures are ours: one cut short never passes for whole."""

    def __init__(self, response: httpx.Response, meter: Meter, started: float) -> None:
        self._inner: Any = response.stream
        self._meter = meter
        self._request = response.request
        self._response = weakref.ref(response)  # no circle: one that is dropped unread goes at once
        self._started = started

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield self._meter.take(chunk)
        except httpx.HTTPError as error:
            raise failure(error, self._request) from None

    async def aclose(self) -> None:
        await self._inner.aclose()
        if (response := self._response()) is not None:
            response.elapsed = timedelta(seconds=time.monotonic() - self._started)


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

    def __init__(self, tls: ssl.SSLContext, pool: Pool) -> None:
        super().__init__(verify=tls)
        self._pool: Any = _Connections(tls, pool)


class _Connections:
    """What a transport of httpx takes for a pool of httpcore."""

    def __init__(self, tls: ssl.SSLContext, pool: Pool) -> None:
        self._tls = tls
        self._pool = pool
        # Any, for pyright takes it for the class that stands in for it where there is no anyio.
        self._backend: Any = httpcore.AnyIOBackend()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        url = request.url
        origin = (url.scheme, url.host, url.port)
        exchange: Exchange = request.extensions[EXCHANGE]
        give_back = partial(self._pool.give_back, origin, exchange)
        connection, stale = self._pool.borrow(origin)
        await _close_all(stale)
        if connection is None:
            connection = await self._open(url.origin)
        exchange.sent = True
        try:
            response: httpcore.Response = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        response.stream = _LentStream(response.stream, connection, give_back)
        return response

    async def _open(self, origin: httpcore.Origin) -> httpcore.AsyncHTTP11Connection:
        host = origin.host.decode("ascii")
        stream: httpcore.AsyncNetworkStream = await self._backend.connect_tcp(host, origin.port)
        if origin.scheme == b"https":
            try:
                stream = await stream.start_tls(self._tls, host)
            except BaseException:
                await stream.aclose()  # also when it is cancelled, as deadlines do
                raise
        self._pool.watch(stream)
        return httpcore.AsyncHTTP11Connection(origin, stream, keepalive_expiry=KEEPALIVE)


async def _close_all(connections: Iterable[httpcore.AsyncHTTP11Connection]) -> None:
    for connection in connections:
        await connection.aclose()


class _LentStream(httpx.AsyncByteStream):
    """A response body, after which its connection is free for another request."""

    def __init__(self, inner: Any, connection: httpcore.AsyncHTTP11Connection, give_back: GiveBack) -> None:
        self._inner = inner
        self._held = [connection]
        self._give_back = give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._inner)

    async def aclose(self) -> None:
        held, self._held = self._held, []
        if held:
            try:
                await self._inner.aclose()
                await _close_all(self._give_back(held))
            except BaseException:
                await _close_all(held)  # unless it was given back before
                raise
