"""HTTP for blocking code, through httpx."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
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
from rivet_client._core.effects import HttpResponse, Read, Send
from rivet_client._core.flows import RawRequest
from rivet_client.config import ClientConfig

__all__ = ["Http", "Response"]

Response = httpx.Response

_deadline = threading.local()  # of the request that this thread performs, in `at`


class Http:
    """Performs `Send`. Usable from any thread.

    Args:
        config: The client's settings.
        client: The caller's own client; it is not closed here.
    """

    def __init__(self, config: ClientConfig, client: Any = None) -> None:
        self._config = config
        self._client = client
        self._tls: ssl.SSLContext | None = None
        self._transports: dict[str, httpx.BaseTransport] = {}
        self._lock = threading.Lock()

    def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = build(effect, self._client)
        started = time.monotonic()
        _deadline.at = None if effect.timeout is None else started + effect.timeout
        try:
            if self._client is not None:
                response = self._client.send(request, stream=True, follow_redirects=False)
            else:
                response = self._transport(effect.request.url).handle_request(request)
                response.request = request
            if not wants_body(effect, response):
                response.stream = _BodyStream(response, started)
                set_read_timeout(response, None)
                return received(response, b"")
            if (stream := abandoned_stream(response)) is not None:
                response.stream = _LastStream(response.stream, stream)
            try:
                return received(response, response.read())
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise failure(error, request) from None
        finally:
            _deadline.at = None

    def read(self, effect: Read) -> None:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: It did not come, or not whole.
        """
        native: httpx.Response = effect.response.native
        set_read_timeout(native, effect.timeout)
        _deadline.at = None if effect.timeout is None else time.monotonic() + effect.timeout
        try:
            native.read()
        finally:
            _deadline.at = None
            native.close()

    def raw_request(self, method: object, path: object, options: dict[str, Any]) -> RawRequest:
        """Turn the arguments of `fetch` into a raw request."""
        return raw_request(method, path, options, httpx.SyncByteStream)

    @property
    def tls(self) -> ssl.SSLContext:
        """TLS settings for streams to an https endpoint."""
        tls = self._tls
        if tls is None:
            tls = self._tls = tls_context("https:", self._config.ssl_context)
        return tls

    def close(self) -> None:
        """Close every pooled connection of our own."""
        with self._lock:
            transports, self._transports = self._transports, {}
        for transport in transports.values():
            transport.close()

    def _transport(self, url: str) -> httpx.BaseTransport:
        scheme = url.partition(":")[0]
        transport = self._transports.get(scheme)
        if transport is None:
            with self._lock:
                transport = self._transports.get(scheme) or _Transport(
                    tls_context(url, self._config.ssl_context)
                )
                self._transports[scheme] = transport
        return transport


class _BodyStream(httpx.SyncByteStream):
    """A response body whose failures are ours: one cut short never passes for whole."""

    def __init__(self, response: httpx.Response, started: float) -> None:
        self._inner: Any = response.stream
        self._response = response
        self._started = started

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._inner
        except httpx.HTTPError as error:
            raise failure(error, self._response.request) from None

    def close(self) -> None:
        self._inner.close()
        self._response.elapsed = timedelta(seconds=time.monotonic() - self._started)


class _LastStream(httpx.SyncByteStream):
    """A response body, the last thing that its network stream is used for."""

    def __init__(self, inner: Any, network: Any) -> None:
        self._inner = inner
        self._network = network

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        self._network.close()  # first: what the pool gets back is closed, so that it throws it away
        self._inner.close()


class _Transport(httpx.HTTPTransport):
    """httpx's transport with a pool of our own."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls)
        self._pool: Any = _Connections(tls)


class _Connections:
    """What a transport of httpx takes for a pool of httpcore."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._pool = Pool()
        self._backend = _Backend(httpcore.SyncBackend())

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        url = request.url
        origin = (url.scheme, url.host, url.port)
        connection, stale = self._pool.borrow(origin)
        if connection is None:
            connection = httpcore.HTTPConnection(
                url.origin, self._tls, keepalive_expiry=KEEPALIVE, network_backend=self._backend
            )
            self._pool.lend(connection)
        try:
            _close_all(stale)
            response: httpcore.Response = connection.handle_request(request)
        except BaseException:
            self._pool.forget(connection)
            connection.close()
            raise
        response.stream = _LentStream(response.stream, lambda: self._pool.give_back(origin, connection))
        return response

    def close(self) -> None:
        _close_all(self._pool.close())


def _close_all(connections: Iterable[httpcore.HTTPConnection]) -> None:
    for connection in connections:
        connection.close()


class _LentStream(httpx.SyncByteStream):
    """A response body, after which its connection is free for another request."""

    def __init__(self, inner: Any, give_back: Callable[[], list[Any]]) -> None:
        self._inner = inner
        self._give_back: Callable[[], list[Any]] | None = give_back

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            try:
                self._inner.close()
            finally:
                _close_all(give_back())


class _Backend(httpcore.NetworkBackend):
    """httpcore's own, with one deadline over the whole request.

    httpcore times each read by itself, so that a peer that trickles bytes can hold a caller for ever.
    """

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, host: str, port: int, **options: Any) -> httpcore.NetworkStream:  # type: ignore[override]
        return _Stream(self._inner.connect_tcp(host, port, **options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        # Wakes the thread that waits for an answer, if there is one: to close a socket under it does not.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.get_extra_info("socket"), socket.SHUT_RDWR)
        self._inner.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, expired: type[Exception]) -> float | None:
    at = getattr(_deadline, "at", None)
    if at is None:
        return timeout
    left = at - time.monotonic()
    if left <= 0:
        raise expired("the deadline of the whole request passed")
    return float(left if timeout is None else min(timeout, left))
