"""The caller's own HTTP client, of httpx or httpx2, which everything over HTTP then goes through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from rivet_client._common.http import USER_AGENT, Meter
from rivet_client._common.httpx_adapter import HttpxAdapter, cannot_be_sent, library_of, sent_headers
from rivet_client._core.effects import HttpResponse, Read, Send, leaves_body
from rivet_client.errors import ConfigError

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import Request, Response

__all__ = ["AsyncOwnClient", "OwnClient", "check_client"]


def check_client(client: object, kind: str) -> None:
    """Check the caller's own client, of which either library has two kinds.

    Raises:
        TypeError: It is not of the flavour's kind.
        ConfigError: It would change the URLs of requests.
    """
    if library_of(client, kind) is None:
        raise TypeError(
            f"http_client must be an httpx.{kind}, not {type(client).__module__}.{type(client).__name__}"
        )
    if getattr(client, "params", None):
        # httpx puts them in the place of the query, which says what actor a request is for.
        raise ConfigError("http_client must have no default params; leave them out")


class OwnClient:
    """Performs `Send` and `Read` with the caller's own `Client`.

    Attributes:
        adapter: The library that it is of.
    """

    def __init__(self, client: Any) -> None:
        self.adapter = HttpxAdapter(library_of(client, "Client"))
        self._client = client

    def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = _build_request(effect, self._client, self.adapter)
        try:
            response: Response = self._client.send(request, stream=True, follow_redirects=False)
            if _leaves_body(effect, response):
                response.stream = self.adapter.as_stream(_BodyStream)(
                    self.adapter, response, _raw_meter(effect, response)
                )
                request.extensions["timeout"]["read"] = None
                return _to_core_response(response, b"", response)
            try:
                meter = Meter(response.status_code, effect.max_body_bytes)
                if response.is_stream_consumed:  # by a hook of the client
                    body = meter.take(response.content)
                else:
                    body = b"".join(map(meter.take, response.iter_raw()))
                return _to_core_response(response, body)
            finally:
                if (network := _connection_to_close(response)) is not None:
                    network.close()  # first: what the pool gets back is closed, so that it throws it away
                response.close()
        except self.adapter.library.HTTPError as error:
            raise self.adapter.to_core_error(error, request) from None

    def read(self, effect: Read) -> None:
        """Read the body that a raw answer still has; as `read_whole`."""
        response: Response = effect.response.native
        response.request.extensions["timeout"]["read"] = effect.timeout
        self.adapter.read_whole(response)


class _Progress:
    """How far a request has come, as far as the library's trace tells.

    Attributes:
        sent: Whether the peer may have got a part of it; not, while a connection is being made for it.
    """

    def __init__(self) -> None:
        self.sent = True

    async def __call__(self, event: str, info: object) -> None:
        """Hear of an event."""
        if event == "connection.connect_tcp.started":
            self.sent = False
        elif event.endswith(".send_request_headers.started"):
            self.sent = True


class AsyncOwnClient:
    """Performs `Send` with the caller's own `AsyncClient`; the driver bounds it in time.

    Attributes:
        adapter: The library that it is of.
    """

    def __init__(self, client: Any) -> None:
        self.adapter = HttpxAdapter(library_of(client, "AsyncClient"))
        self._client = client

    def begin(self) -> _Progress:
        """What tells how far a request has come, for `send`."""
        return _Progress()

    async def send(self, effect: Send, progress: _Progress) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = _build_request(effect, self._client, self.adapter)
        request.extensions["trace"] = progress
        try:
            response: Response = await self._client.send(request, stream=True, follow_redirects=False)
            if _leaves_body(effect, response):
                response.stream = self.adapter.as_stream(_AsyncBodyStream)(
                    self.adapter, response, _raw_meter(effect, response)
                )
                request.extensions["timeout"]["read"] = None
                return _to_core_response(response, b"", response)
            try:
                meter = Meter(response.status_code, effect.max_body_bytes)
                if response.is_stream_consumed:  # by a hook of the client
                    body = meter.take(response.content)
                else:
                    body = b"".join([meter.take(part) async for part in response.aiter_raw()])
                return _to_core_response(response, body)
            finally:
                if (network := _connection_to_close(response)) is not None:
                    await network.aclose()  # first, as above
                await response.aclose()
        except self.adapter.library.HTTPError as error:
            raise self.adapter.to_core_error(error, request) from None


class _BodyStream:
    """A body whose failures are ours: one cut short never passes for whole."""

    def __init__(self, adapter: HttpxAdapter, response: Response, meter: Meter) -> None:
        self._adapter = adapter
        self._inner: Any = response.stream
        self._meter = meter
        self._request = response.request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from map(self._meter.take, self._inner)
        except self._adapter.library.HTTPError as error:
            raise self._adapter.to_core_error(error, self._request) from None

    def close(self) -> None:
        self._inner.close()


class _AsyncBodyStream:
    def __init__(self, adapter: HttpxAdapter, response: Response, meter: Meter) -> None:
        self._adapter = adapter
        self._inner: Any = response.stream
        self._meter = meter
        self._request = response.request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield self._meter.take(chunk)
        except self._adapter.library.HTTPError as error:
            raise self._adapter.to_core_error(error, self._request) from None

    async def aclose(self) -> None:
        await self._inner.aclose()


def _build_request(effect: Send, client: Any, adapter: HttpxAdapter) -> Request:
    """The request as the caller's client makes it, with the client's defaults.

    Raises:
        ConfigError: The client cannot send it.
    """
    request, library = effect.request, adapter.library
    user_agent = f"{USER_AGENT} python-{library.__name__}/{library.__version__}"
    try:
        built: Request = client.build_request(
            request.method,
            request.url,
            headers=sent_headers(effect, user_agent),
            content=request.body,
            extensions={"timeout": library.Timeout(effect.timeout).as_dict()},
        )
        return built
    except (library.InvalidURL, ValueError) as error:
        raise cannot_be_sent(error) from None


def _leaves_body(effect: Send, response: Response) -> bool:
    return leaves_body(effect.raw, response.status_code, response.headers)


def _raw_meter(effect: Send, response: Response) -> Meter:
    coding = response.headers.get("content-encoding", "identity")
    return Meter(response.status_code, effect.max_raw_bytes, coding)


def _connection_to_close(response: Response) -> Any:
    """The stream under an answer of the gateway, which must not be used again, or None; see `Exchange`."""
    if "x-rivet-error" in response.headers and response.http_version == "HTTP/1.1":
        return response.extensions.get("network_stream")
    return None


def _to_core_response(response: Response, body: bytes, native: Any = None) -> HttpResponse:
    return HttpResponse(response.status_code, dict(response.headers), body, native)
