"""HTTP for blocking code, through httpx."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
import weakref
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpcore
import httpx

from rivet_client._blocking.stream import Glancing, Stream, open_stream, seconds_left
from rivet_client._common.http import (
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
from rivet_client._common.pool import EXCHANGE, KEEPALIVE, Exchange, GiveBack, Pool
from rivet_client._core.effects import HttpResponse, Read, Send
from rivet_client._core.flows import RawRequest
from rivet_client._secret import Secret
from rivet_client.config import ClientConfig

__all__ = ["Http", "Response"]

Response = httpx.Response


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
        self._pool = Pool()
        self._transports: dict[str, httpx.BaseTransport] = {}

    def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        started = time.monotonic()
        exchange = Exchange(None if effect.timeout is None else started + effect.timeout)
        request = build(effect, exchange, self._client)
        try:
            if self._client is not None:
                response = self._client.send(request, stream=True, follow_redirects=False)
            else:
                response = self._transport(effect.request.url).handle_request(request)
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
                return received(response, b"".join(map(meter.take, response.iter_raw())))
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise failure(error, request) from None

    def read(self, effect: Read) -> None:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: It did not come, or not whole.
        """
        native: httpx.Response = effect.response.native
        give_time(native, effect.timeout, time.monotonic())
        try:
            native.read()
        except httpx.HTTPError as error:
            raise failure(error, native.request) from None
        finally:
            native.close()

    def raw_request(self, method: object, path: object, options: Secret[dict[str, Any]]) -> RawRequest:
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
        """Close every connection of our own, in use or not; none is opened from now on."""
        for stream in self._pool.close():
            stream.close()

    def _transport(self, url: str) -> httpx.BaseTransport:
        scheme = url.partition(":")[0]
        transport = self._transports.get(scheme)
        if transport is None:
            made = _Transport(tls_context(url, self._config.ssl_context), self._pool)
            transport = self._transports.setdefault(scheme, made)  # another thread may have been faster
        return transport


class _BodyStream(httpx.SyncByteStream):
    """A response body whose failures are ours: one cut short never passes for whole."""

    def __init__(self, response: httpx.Response, meter: Meter, started: float) -> None:
        self._inner: Any = response.stream
        self._meter = meter
        self._request = response.request
        self._response = weakref.ref(response)  # no circle: one that is dropped unread closes at once
        self._started = started

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from map(self._meter.take, self._inner)
        except httpx.HTTPError as error:
            raise failure(error, self._request) from None

    def close(self) -> None:
        self._inner.close()
        if (response := self._response()) is not None:
            response.elapsed = timedelta(seconds=time.monotonic() - self._started)


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

    def __init__(self, tls: ssl.SSLContext, pool: Pool) -> None:
        super().__init__(verify=tls)
        self._pool: Any = _Connections(tls, pool)


class _Connections:
    """What a transport of httpx takes for a pool of httpcore."""

    def __init__(self, tls: ssl.SSLContext, pool: Pool) -> None:
        self._tls = tls
        self._pool = pool

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        url = request.url
        origin = (url.scheme, url.host, url.port)
        exchange: Exchange = request.extensions[EXCHANGE]
        give_back = partial(self._pool.give_back, origin, exchange)
        connection, stale = self._pool.borrow(origin)
        _close_all(stale)
        if connection is None:
            connection = self._open(url, exchange)
        try:
            connection.network.exchange = exchange
            response: httpcore.Response = connection.handle_request(request)
            response.stream = _LentStream(response.stream, connection, give_back)
            return response
        except BaseException:
            connection.close()
            raise

    def _open(self, url: httpcore.URL, exchange: Exchange) -> _Connection:
        origin = url.origin
        tls = self._tls if origin.scheme == b"https" else None
        host, wanted = origin.host.decode("ascii"), lambda: not self._pool.is_closed
        try:
            stream = open_stream(host, origin.port, tls, Glancing(), exchange.deadline, wanted)
        except (OSError, UnicodeError) as error:
            is_late = seconds_left(exchange.deadline) == 0
            raise (httpcore.ConnectTimeout if is_late else httpcore.ConnectError)(str(error)) from error
        connection = _Connection(origin, _Stream(stream, exchange))
        self._pool.watch(connection.network)
        if self._pool.is_closed:  # now that `close` would find it
            connection.close()
            raise httpcore.ConnectError("the pool is closed")
        return connection


class _Connection(httpcore.HTTP11Connection):
    """httpcore's connection, with a stream that belongs to one exchange after the other."""

    def __init__(self, origin: httpcore.Origin, stream: _Stream) -> None:
        super().__init__(origin, stream, keepalive_expiry=KEEPALIVE)
        self.network = stream


def _close_all(connections: Iterable[_Connection]) -> None:
    for connection in connections:
        connection.close()


class _LentStream(httpx.SyncByteStream):
    """A response body, after which its connection is free for another request."""

    def __init__(self, inner: Any, connection: _Connection, give_back: GiveBack) -> None:
        self._inner = inner
        self._held = [connection]
        self._give_back = give_back

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        held, self._held = self._held, []
        if held:
            try:
                self._inner.close()
                _close_all(self._give_back(held))
            except BaseException:
                _close_all(held)  # unless it was given back before
                raise


class _Stream(httpcore.NetworkStream):
    """What httpcore takes for its own kind of stream, with one deadline over the whole of a request.

    httpcore would time each read by itself, so that a peer that trickles bytes could hold a caller for ever.
    """

    def __init__(self, stream: Stream, exchange: Exchange) -> None:
        self._stream = stream
        self.exchange = exchange  # the one under way

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            data = None
            while data is None:
                self._stream.sock.settimeout(self._left())
                data = self._stream.read()
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            self._stream.sock.settimeout(self._left())
            self._stream.write([buffer])
            while self._stream.has_unsent:
                self._stream.sock.settimeout(self._left())
                self._stream.flush()

    def _left(self) -> float | None:
        left = seconds_left(self.exchange.deadline)
        if left == 0:
            raise TimeoutError("the deadline of the whole request passed")
        return left

    def close(self) -> None:
        # Wakes the thread that waits for an answer, if there is one: to close a socket under it does not.
        with contextlib.suppress(OSError):
            self._stream.sock.shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def __del__(self) -> None:
        # Of a request that a signal handler ended wherever it was: its socket goes with it, without a warning.
        stream = self.__dict__.get("_stream")
        if stream is not None:
            stream.close()

    def get_extra_info(self, info: str) -> Any:
        sock = self._stream.sock
        match info:
            case "is_readable":
                return self._stream.is_readable
            case "socket":
                return sock
            case "client_addr":
                return sock.getsockname()
            case "server_addr":
                return sock.getpeername()
            case _:
                return None


@contextlib.contextmanager
def _mapped(timed_out: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Raise errors of the system as httpcore's."""
    try:
        yield
    except TimeoutError as error:
        raise timed_out(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error
