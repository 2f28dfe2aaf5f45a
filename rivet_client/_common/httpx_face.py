"""httpx, the public face of raw HTTP, and the caller's own client. The only importer of httpx.

Loaded for `fetch`, `stream` and `http_client=` alone: nothing else needs it.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import httpx

from rivet_client._common.http import USER_AGENT, Meter
from rivet_client._core.effects import HttpResponse, Read, Send, SendTimedOut
from rivet_client._core.flows import RawRequest, raw_path
from rivet_client._core.http1 import Head
from rivet_client._network import unreachable
from rivet_client._secret import Secret, alone, forget_frames
from rivet_client.errors import ConfigError, RivetError

__all__ = [
    "AsyncOwnClient",
    "AsyncSource",
    "OwnClient",
    "Request",
    "Response",
    "Source",
    "check_client",
    "raw_request",
    "read_whole",
    "read_whole_async",
    "shown_request",
    "shown_response",
]

Request = httpx.Request
Response = httpx.Response

_OWN_USER_AGENT = f"{USER_AGENT} python-httpx/{httpx.__version__}"
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


# --- What the user gives ---------------------------------------------------------------------------------------


def raw_request(method: object, path: object, options: Secret[dict[str, Any]], *, awaits: bool) -> RawRequest:
    """Turn the arguments of `fetch` into a raw request, by httpx's own rules.

    Args:
        method: HTTP method.
        path: Path below the actor, with or without a query.
        options: Further arguments of `httpx.Request`: headers, params, content, data, files, json, cookies.
        awaits: Whether the flavour can send asynchronous iterators, and no others.

    Raises:
        TypeError, ConfigError: An argument is wrong.
    """
    try:
        return _raw_request(method, path, options.reveal(), awaits)
    except Exception as error:
        raise alone(error)  # noqa: B904


def _raw_request(method: object, path: object, options: dict[str, Any], awaits: bool) -> RawRequest:
    if not isinstance(method, str):
        raise TypeError(f"method must be a str, not {type(method).__name__}")
    before, query = raw_path(path)
    if isinstance(options.get("content"), (bytearray, memoryview)):
        options = {**options, "content": bytes(options["content"])}  # httpx would iterate over their numbers
    try:
        request = httpx.Request(method.upper(), "http://actor/", **options)
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigError(f"the request cannot be sent: {error}") from None
    body: Any = request.stream
    replayable = type(body).__name__ not in _ONE_WAY
    if isinstance(body, httpx.SyncByteStream) and (replayable or awaits):
        # In memory it can be sent again, and by either flavour.
        body, replayable = request.read(), True
        request.headers.pop("transfer-encoding", None)
        request.headers["content-length"] = str(len(body))
    elif not isinstance(body, httpx.AsyncByteStream if awaits else httpx.SyncByteStream):
        raise TypeError("a blocking request cannot send an async iterator; pass bytes, a str or an iterator")
    if not body:
        request.headers.pop("content-length", None)
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    more = request.url.query.decode("ascii")
    return RawRequest(
        request.method, before, "&".join(filter(None, (query, more))), headers, body, replayable
    )


_ONE_WAY = ("IteratorByteStream", "AsyncIteratorByteStream")
"""httpx's streams around the user's own iterator, which may have only one life."""


def check_client(client: object, kind: str) -> None:
    """Check the caller's own client, of which httpx has two kinds.

    Raises:
        TypeError: It is not of the flavour's kind.
        ConfigError: It would change the URLs of requests.
    """
    if not isinstance(client, getattr(httpx, kind)):
        raise TypeError(
            f"http_client must be an httpx.{kind}, not {type(client).__module__}.{type(client).__name__}"
        )
    if getattr(client, "params", None):
        # httpx puts them in the place of the query, which says what actor a request is for.
        raise ConfigError("http_client must have no default params; leave them out")


# --- What the user gets ----------------------------------------------------------------------------------------


class Source(Protocol):
    """The body of an answer as the blocking driver reads it."""

    def read(self) -> bytes:
        """Return the next part of the body; b"" at its end."""
        ...

    def close(self) -> None:
        """Let go of the stream. Whoever closes before the end ends the stream, too."""
        ...

    def elapsed(self) -> float:
        """Seconds since the request began."""
        ...


class AsyncSource(Protocol):
    """The body of an answer as the asyncio driver reads it; see `Source`."""

    async def read(self) -> bytes: ...

    def close(self) -> None: ...

    def elapsed(self) -> float: ...


class _Body(httpx.SyncByteStream):
    def __init__(self, source: Source) -> None:
        self.source = source
        self.response: Callable[[], httpx.Response | None] = lambda: None

    def __iter__(self) -> Iterator[bytes]:
        while part := self.source.read():
            yield part

    def close(self) -> None:
        self.source.close()
        _note_elapsed(self.response(), self.source)


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, source: AsyncSource) -> None:
        self.source = source
        self.response: Callable[[], httpx.Response | None] = lambda: None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while part := await self.source.read():
            yield part

    async def aclose(self) -> None:
        self.source.close()
        _note_elapsed(self.response(), self.source)


def _note_elapsed(response: httpx.Response | None, source: Source | AsyncSource) -> None:
    if response is not None:
        response.elapsed = timedelta(seconds=source.elapsed())


def shown_request(effect: Send) -> httpx.Request:
    """What a raw answer says that it was for.

    Raises:
        ConfigError: httpx cannot show such a request.
    """
    request = effect.request
    try:
        return httpx.Request(
            request.method, request.url, headers=_headers(effect, USER_AGENT), content=request.body
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise _cannot_be_sent(error) from None


def shown_response(
    request: httpx.Request, head: Head, source: Source | AsyncSource, *, awaits: bool
) -> httpx.Response:
    """The answer whose body the user reads."""
    body: Any = _AsyncBody(source) if awaits else _Body(source)  # type: ignore[arg-type]
    response = httpx.Response(
        head.status,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.fields],
        stream=body,
        request=request,
        extensions={
            "http_version": f"HTTP/{head.version}".encode("ascii"),
            "reason_phrase": head.reason.encode("latin-1"),
        },
    )
    body.response = weakref.ref(response)  # no circle: one that is dropped unread closes at once
    return response


def read_whole(response: httpx.Response) -> None:
    """Read and decode what is left of a raw answer.

    Raises:
        SendTimedOut, TransportError, ProtocolError: It did not come, or not whole.
    """
    try:
        response.read()
    except httpx.HTTPError as error:
        raise _failure(error, response.request) from None
    finally:
        response.close()


async def read_whole_async(response: httpx.Response) -> None:
    """See `read_whole`."""
    try:
        await response.aread()
    except httpx.HTTPError as error:
        raise _failure(error, response.request) from None
    finally:
        await response.aclose()


# --- The caller's own client -----------------------------------------------------------------------------------


class OwnClient:
    """Performs `Send` and `Read` with the caller's own `httpx.Client`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = _built(effect, self._client)
        try:
            response: httpx.Response = self._client.send(request, stream=True, follow_redirects=False)
            if _leaves_body(effect, response):
                response.stream = _OwnBody(response, _raw_meter(effect, response))
                request.extensions["timeout"]["read"] = None
                return _received(response, b"", response)
            try:
                meter = Meter(response.status_code, effect.max_body_bytes)
                if response.is_stream_consumed:  # by a hook of the client
                    body = meter.take(response.content)
                else:
                    body = b"".join(map(meter.take, response.iter_raw()))
                return _received(response, body)
            finally:
                if (network := _abandoned(response)) is not None:
                    network.close()  # first: what the pool gets back is closed, so that it throws it away
                response.close()
        except httpx.HTTPError as error:
            raise _failure(error, request) from None

    def read(self, effect: Read) -> None:
        """Read the body that a raw answer still has; as `read_whole`."""
        response: httpx.Response = effect.response.native
        response.request.extensions["timeout"]["read"] = effect.timeout
        read_whole(response)


class AsyncOwnClient:
    """Performs `Send` and `Read` with the caller's own `httpx.AsyncClient`; the driver bounds both in time."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = _built(effect, self._client)
        try:
            response: httpx.Response = await self._client.send(request, stream=True, follow_redirects=False)
            if _leaves_body(effect, response):
                response.stream = _AsyncOwnBody(response, _raw_meter(effect, response))
                request.extensions["timeout"]["read"] = None
                return _received(response, b"", response)
            try:
                meter = Meter(response.status_code, effect.max_body_bytes)
                if response.is_stream_consumed:  # by a hook of the client
                    body = meter.take(response.content)
                else:
                    body = b"".join([meter.take(part) async for part in response.aiter_raw()])
                return _received(response, body)
            finally:
                if (network := _abandoned(response)) is not None:
                    await (
                        network.aclose()
                    )  # first: what the pool gets back is closed, so that it throws it away
                await response.aclose()
        except httpx.HTTPError as error:
            raise _failure(error, request) from None

    async def read(self, effect: Read) -> None:
        """Read the body that a raw answer still has; as `read_whole`."""
        await read_whole_async(effect.response.native)


class _OwnBody(httpx.SyncByteStream):
    """A body whose failures are ours: one cut short never passes for whole."""

    def __init__(self, response: httpx.Response, meter: Meter) -> None:
        self._inner: Any = response.stream
        self._meter = meter
        self._request = response.request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from map(self._meter.take, self._inner)
        except httpx.HTTPError as error:
            raise _failure(error, self._request) from None

    def close(self) -> None:
        self._inner.close()


class _AsyncOwnBody(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, meter: Meter) -> None:
        self._inner: Any = response.stream
        self._meter = meter
        self._request = response.request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield self._meter.take(chunk)
        except httpx.HTTPError as error:
            raise _failure(error, self._request) from None

    async def aclose(self) -> None:
        await self._inner.aclose()


def _built(effect: Send, client: Any) -> httpx.Request:
    """The request as the caller's client makes it, with the client's defaults.

    Raises:
        ConfigError: httpx cannot send it.
    """
    request = effect.request
    try:
        built: httpx.Request = client.build_request(
            request.method,
            request.url,
            headers=_headers(effect, _OWN_USER_AGENT),
            content=request.body,
            extensions={"timeout": httpx.Timeout(effect.timeout).as_dict()},
        )
        return built
    except (httpx.InvalidURL, ValueError) as error:
        raise _cannot_be_sent(error) from None


def _headers(effect: Send, user_agent: str) -> list[tuple[bytes, bytes]]:
    # httpx takes str for ASCII only; HTTP itself means Latin-1 (RFC 9110 5.5).
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in {"user-agent": user_agent, **effect.request.headers}.items()
    ]


def _cannot_be_sent(error: Exception) -> ConfigError:
    forget_frames(error)
    return ConfigError(f"the request cannot be sent: {error}")


def _leaves_body(effect: Send, response: httpx.Response) -> bool:
    return effect.raw and "x-rivet-error" not in response.headers


def _raw_meter(effect: Send, response: httpx.Response) -> Meter:
    coding = response.headers.get("content-encoding", "identity")
    return Meter(response.status_code, effect.max_raw_bytes, coding)


def _abandoned(response: httpx.Response) -> Any:
    """The stream under an answer of the gateway, which must not be used again, or None; see `Exchange`."""
    if "x-rivet-error" in response.headers and response.http_version == "HTTP/1.1":
        return response.extensions.get("network_stream")
    return None


def _received(response: httpx.Response, body: bytes, native: Any = None) -> HttpResponse:
    return HttpResponse(response.status_code, dict(response.headers), body, native)


def _failure(error: Exception, request: httpx.Request) -> RivetError:
    forget_frames(error)  # of libraries that have headers in their variables
    sent = not isinstance(error, _NOT_SENT)
    if isinstance(error, httpx.TimeoutException):
        return SendTimedOut(sent=sent)
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)):
        return ConfigError(f"the request cannot be sent: {error}")
    where = f"{request.url.scheme}://{request.url.netloc.decode('ascii', 'replace')}"
    return unreachable(f"request to {where} failed", error, sent=sent)
