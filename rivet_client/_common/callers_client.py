"""The caller's own HTTP client, of httpx or httpx2. If there is one, it sends everything that goes over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from rivet_client._common.exchange import USER_AGENT
from rivet_client._common.httpx_adapter import HttpxAdapter, cannot_be_sent, library_of, sent_headers
from rivet_client._common.meter import Meter
from rivet_client._core.effects import HttpResponse, Read, Send, leaves_body
from rivet_client.errors import ConfigError

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import (
        AsyncClient,
        AsyncClientLike,
        Client,
        ClientLike,
        Request,
        Response,
    )

__all__ = ["AsyncCallersClient", "CallersClient", "Progress", "check_client"]


def check_client(client: object, kind: str) -> None:
    """Check the caller's own client. Each of the two libraries has two kinds of clients.

    Raises:
        TypeError: The client is not of the flavour's kind.
        ConfigError: The client would change the URLs of requests.
    """
    if library_of(client, kind) is None:
        raise TypeError(
            f"http_client must be an httpx.{kind}, not {type(client).__module__}.{type(client).__name__}"
        )
    if getattr(client, "params", None):
        # httpx puts the default params in the place of the query, which says what actor a request is for.
        raise ConfigError("http_client must have no default params; leave them out")


class _AdaptedClient:
    """What the callers' clients of both kinds have in common.

    Args:
        client: The client.
        kind: Its class in its library.

    Attributes:
        adapter: The library that the client is of.
    """

    def __init__(self, client: Client | AsyncClient, kind: str) -> None:
        library = library_of(client, kind)
        assert library is not None  # `check_client` has seen to it
        self.adapter = HttpxAdapter(library)
        self._build_request = client.build_request

    def _request(self, effect: Send, body: Any) -> Request:
        """The request as the client makes it, with the client's own defaults, and with a body in pieces of `body`.

        Raises:
            ConfigError: The client cannot send it.
        """
        request, library = effect.request, self.adapter.library
        user_agent = f"{USER_AGENT} python-{library.__name__}/{library.__version__}"
        try:
            return self._build_request(
                request.method,
                request.url,
                headers=sent_headers(effect, user_agent),
                content=body,
                extensions={"timeout": library.Timeout(effect.timeout).as_dict()},
            )
        except (library.InvalidURL, ValueError) as error:
            raise cannot_be_sent(error) from None

    def _streamed(
        self, effect: Send, request: Request, response: Response, stream: type[_MeteredStream]
    ) -> HttpResponse:
        """The core's form of an answer whose body the user reads, without a limit of time."""
        coding = response.headers.get("content-encoding", "identity")
        meter = Meter(response.status_code, effect.max_raw_bytes, coding)
        native: Any = response
        native.stream = self.adapter.as_stream(stream)(self.adapter, response, meter)
        request.extensions["timeout"]["read"] = None
        return _to_core_response(response, b"", response)


class CallersClient(_AdaptedClient):
    """Performs `Send` and `Read` with the caller's own `Client`.

    Args:
        client: The client.
        check: Called before each piece of a request's body with the time of `now` when the request began. It raises to
            end the request.
        now: The monotonic clock, in seconds.
    """

    def __init__(
        self, client: ClientLike, check: Callable[[Send, float], None], now: Callable[[], float]
    ) -> None:
        self._check, self._now = check, now
        self._client = cast("Client", client)
        super().__init__(self._client, "Client")

    def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        body = effect.request.body
        request = self._request(effect, body if isinstance(body, bytes) else self._checked(effect, body))
        try:
            response = self._client.send(request, stream=True, follow_redirects=False)
            if leaves_body(effect.raw, response.status_code, response.headers):
                return self._streamed(effect, request, response, _SyncMeteredStream)
            try:
                meter = Meter(response.status_code, effect.max_body_bytes)
                if response.is_stream_consumed:  # by a hook of the client
                    body = meter.take(response.content)
                else:
                    body = b"".join([meter.take(part) for part in response.iter_raw()])
                return _to_core_response(response, body)
            finally:
                if (network := _stream_to_close(response)) is not None:
                    network.close()  # first: the library's pool drops a closed connection
                response.close()
        except self.adapter.library.HTTPError as error:
            raise self.adapter.to_core_error(error, request) from None

    def _checked(self, effect: Send, pieces: Iterable[bytes]) -> Iterator[bytes]:
        started = self._now()
        for piece in pieces:
            self._check(effect, started)
            yield piece

    def read(self, effect: Read) -> None:
        """Read the body that a raw answer still has; see `HttpxAdapter.read_whole`."""
        response: Response = effect.response.native
        response.request.extensions["timeout"]["read"] = effect.timeout
        self.adapter.read_whole(response)


class AsyncCallersClient(_AdaptedClient):
    """Performs `Send` with the caller's own `AsyncClient`. The driver limits the time."""

    def __init__(self, client: AsyncClientLike) -> None:
        self._client = cast("AsyncClient", client)
        super().__init__(self._client, "AsyncClient")

    def begin(self) -> Progress:
        """Make the object that notes how far a request has come, for `send`."""
        return Progress()

    async def send(self, effect: Send, progress: Progress) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = self._request(effect, effect.request.body)
        request.extensions["trace"] = progress
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
            if leaves_body(effect.raw, response.status_code, response.headers):
                return self._streamed(effect, request, response, _AsyncMeteredStream)
            try:
                meter = Meter(response.status_code, effect.max_body_bytes)
                if response.is_stream_consumed:  # by a hook of the client
                    body = meter.take(response.content)
                else:
                    body = b"".join([meter.take(part) async for part in response.aiter_raw()])
                return _to_core_response(response, body)
            finally:
                if (network := _stream_to_close(response)) is not None:
                    await network.aclose()  # first, as above
                await response.aclose()
        except self.adapter.library.HTTPError as error:
            raise self.adapter.to_core_error(error, request) from None


class Progress:
    """How far a request has come, as far as the library's trace tells.

    Attributes:
        sent: Whether the peer may have got a part of the request. It is False while the connection is made.
    """

    def __init__(self) -> None:
        self.sent = True

    async def __call__(self, event: str, info: object) -> None:
        """Take an event of the library's trace."""
        if event == "connection.connect_tcp.started":
            self.sent = False
        elif event.endswith(".send_request_headers.started"):
            self.sent = True


class _MeteredStream:
    """The body of an answer to the caller's client, with the core's errors. A part never passes for the whole body."""

    def __init__(self, adapter: HttpxAdapter, response: Response, meter: Meter) -> None:
        self._adapter = adapter
        self._inner: Any = response.stream
        self._meter = meter
        self._request = response.request


class _SyncMeteredStream(_MeteredStream):
    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._inner:
                yield self._meter.take(chunk)
        except self._adapter.library.HTTPError as error:
            raise self._adapter.to_core_error(error, self._request) from None

    def close(self) -> None:
        self._inner.close()


class _AsyncMeteredStream(_MeteredStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield self._meter.take(chunk)
        except self._adapter.library.HTTPError as error:
            raise self._adapter.to_core_error(error, self._request) from None

    async def aclose(self) -> None:
        await self._inner.aclose()


def _stream_to_close(response: Response) -> Any:
    """The network stream of an answer that is no success, which must not be used again, or None.

    See `Exchange.can_be_followed`.
    """
    refused = response.status_code >= 300 or "x-rivet-error" in response.headers
    if refused and response.http_version == "HTTP/1.1":
        return response.extensions.get("network_stream")
    return None


def _to_core_response(response: Response, body: bytes, native: Response | None = None) -> HttpResponse:
    return HttpResponse(response.status_code, dict(response.headers), body, native)
