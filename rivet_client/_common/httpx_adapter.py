"""httpx: raw HTTP requests and responses as the user sees them. The only importer of httpx.

Only `fetch`, `stream` and `http_client=` load this module. httpx2 is the same library under another name. This module
never imports httpx2: a caller who passes an object of httpx2 has imported it.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypedDict, TypeVar, cast

from rivet_client._common.exchange import USER_AGENT, network_error
from rivet_client._core.effects import Send, SendTimedOut
from rivet_client._core.flows import RawRequest, raw_path
from rivet_client._core.http1 import Head
from rivet_client._core.pieces import Pieces
from rivet_client._objects import late_type
from rivet_client._peer import NoTextError, RemoteProtocolError
from rivet_client._secret import Secret, alone, forget_frames
from rivet_client.errors import ConfigError, RivetError

if TYPE_CHECKING:
    from httpx import URL, AsyncClient, Client, Request, Response
else:
    AsyncClient, Client = late_type("httpx", "AsyncClient"), late_type("httpx", "Client")
    Request, Response = late_type("httpx", "Request"), late_type("httpx", "Response")

__all__ = [
    "AsyncBodySource",
    "AsyncClient",
    "AsyncClientLike",
    "BodySource",
    "Client",
    "ClientLike",
    "HttpxAdapter",
    "Request",
    "RequestLike",
    "RequestOptions",
    "Response",
    "ResponseLike",
    "UrlLike",
    "cannot_be_sent",
    "default_adapter",
    "library_of",
    "sent_headers",
]

B = TypeVar("B")

_ORIGINAL_URL = "x-rivet-internal-original-request-url"
"""Header with the URL that the handler is to see as the URL of the request."""
_FRAMING = frozenset(("content-length", "transfer-encoding"))
_BODY_OPTIONS = ("content", "data", "files", "json")
_NO_TEXT = "illegal request line"
"""The text of httpx's error for an answer that begins with a control character, as a TLS alert does."""


class UrlLike(Protocol):
    """An `httpx.URL`, or one of httpx2."""

    @property
    def raw_path(self) -> bytes: ...

    @property
    def is_absolute_url(self) -> bool: ...


class RequestLike(Protocol):
    """An `httpx.Request`, or one of httpx2."""

    @property
    def method(self) -> str: ...

    @property
    def url(self) -> UrlLike: ...


class RequestOptions(TypedDict, total=False):
    """Further arguments of an `httpx.Request`, each as httpx documents it."""

    headers: object
    params: object
    content: object
    data: object
    files: object
    json: object
    cookies: object


class ResponseLike(Protocol):
    """An `httpx.Response`, or one of httpx2."""

    @property
    def status_code(self) -> int: ...


class ClientLike(Protocol):
    """An `httpx.Client`, or one of httpx2."""

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: bool = ...) -> ResponseLike: ...


class AsyncClientLike(Protocol):
    """An `httpx.AsyncClient`, or one of httpx2."""

    async def send(
        self, request: Any, *, stream: bool = ..., follow_redirects: bool = ...
    ) -> ResponseLike: ...


class BodySource(Protocol):
    """The body of an answer as the blocking driver reads it."""

    def read(self) -> bytes:
        """Return the next part of the body; b"" at its end."""
        ...

    def close(self) -> None:
        """Give up the stream. Before the end of the body, this ends the stream, too."""
        ...

    def elapsed(self) -> float:
        """Seconds since the request began."""
        ...


class AsyncBodySource(Protocol):
    """The body of an answer as the asyncio driver reads it; see `BodySource`."""

    async def read(self) -> bytes: ...

    def close(self) -> None: ...

    def elapsed(self) -> float: ...


class HttpxAdapter:
    """All uses of one of the two libraries.

    Attributes:
        library: Its module.
    """

    def __init__(self, library: ModuleType) -> None:
        self.library = library
        self._not_sent = (
            library.ConnectError,
            library.ConnectTimeout,
            library.PoolTimeout,
            library.ProxyError,
        )
        self._stream_classes: dict[type[Any], type[Any]] = {}

    # --- What the user gives -----------------------------------------------------------------------------------

    def raw_request(
        self, method: object, path: object, options: Secret[dict[str, Any]], *, awaits: bool
    ) -> RawRequest:
        """Turn the arguments of `fetch` into a raw request, by httpx's own rules.

        Args:
            method: HTTP method; None for the method of a request in `path`, or else GET.
            path: Path below the actor, with or without a query; or a URL or a request of either library.
            options: Further arguments of `httpx.Request`: headers, params, content, data, files, json, cookies.
            awaits: Whether the flavour can send asynchronous iterators, and no plain ones.

        Raises:
            TypeError, ConfigError: An argument is wrong.
        """
        try:
            return self._raw_request(method, path, options.reveal(), awaits)
        except Exception as error:
            raise alone(error)  # noqa: B904

    def _raw_request(self, method: object, path: object, options: dict[str, Any], awaits: bool) -> RawRequest:
        """Merge a request of the user's, if `path` is one, with a request that httpx makes of the options."""
        library = library_of(path, "Request")
        given = None if library is None else cast("Request", path)
        if method is None:
            method = "GET" if given is None else given.method
        if not isinstance(method, str):
            raise TypeError(f"method must be a str, not {type(method).__name__}")
        url = path if given is None else given.url
        before, query = _path_and_query(url)
        if isinstance(options.get("content"), (bytearray, memoryview)):
            # httpx would iterate over their numbers.
            options = {**options, "content": bytes(options["content"])}
        try:
            request: Request = self.library.Request(method.upper(), "http://actor/", **options)
        except (self.library.InvalidURL, ValueError) as error:
            raise ConfigError(f"the request cannot be sent: {error}") from None
        has_body = any(options.get(name) is not None for name in _BODY_OPTIONS)
        carrier = request if given is None or has_body else given
        headers: dict[str, str] = {}
        if given is not None:
            headers = _headers_of(given, framed=given is carrier)
            headers.pop("connection", None)  # this header is about another stream
        headers |= _headers_of(request, framed=request is carrier)
        body, replayable = _body(
            carrier,
            self.library if library is None or carrier is request else library,
            headers,
            awaits,
            reads=awaits or (carrier is request and options.get("files") is not None),
        )
        more = request.url.query.decode("ascii")
        query = "&".join(filter(None, (query, more)))
        headers.pop(_ORIGINAL_URL, None)
        if not isinstance(url, str):
            original = cast("URL", url)
            if original.is_absolute_url:
                original = original.copy_with(query=query.encode("ascii")) if more else original
                headers[_ORIGINAL_URL] = str(original)
        return RawRequest(request.method, before, query, headers, body, replayable)

    # --- What the user gets ------------------------------------------------------------------------------------

    def native_request(self, effect: Send) -> Request:
        """The request that a raw answer names as its own.

        Raises:
            ConfigError: httpx cannot express such a request.
        """
        request = effect.request
        try:
            native: Request = self.library.Request(
                request.method, request.url, headers=sent_headers(effect, USER_AGENT), content=request.body
            )
        except (self.library.InvalidURL, ValueError) as error:
            raise cannot_be_sent(error) from None
        return native

    def native_response(
        self, request: Request, head: Head, source: BodySource | AsyncBodySource, *, awaits: bool
    ) -> Response:
        """The answer whose body the user reads.

        Args:
            request: The request that it answers.
            head: The head of the answer.
            source: The body of the answer.
            awaits: Whether `source` is an `AsyncBodySource`.
        """
        stream: _SyncBodyStream | _AsyncBodyStream
        if awaits:
            stream = self.as_stream(_AsyncBodyStream)(cast("AsyncBodySource", source))
        else:
            stream = self.as_stream(_SyncBodyStream)(cast("BodySource", source))
        response: Response = self.library.Response(
            head.status,
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.fields],
            stream=stream,
            request=request,
            extensions={
                "http_version": f"HTTP/{head.version}".encode("ascii"),
                "reason_phrase": head.reason.encode("latin-1"),
            },
        )
        stream.response = weakref.ref(response)  # without a circle, a response that is dropped closes at once
        return response

    def as_stream(self, body: type[B]) -> type[B]:
        """A subclass of a class of bodies that the library takes for a stream, because it is also one of its own."""
        combined = self._stream_classes.get(body)
        if combined is None:
            is_async = hasattr(body, "__aiter__")
            base = self.library.AsyncByteStream if is_async else self.library.SyncByteStream
            combined = self._stream_classes[body] = type(body.__name__, (body, base), {})
        return cast("type[B]", combined)

    def read_whole(self, response: Response) -> None:
        """Read and decode what is left of a raw answer.

        Raises:
            SendTimedOut, TransportError, ProtocolError: The answer did not come, or only a part of it.
        """
        try:
            response.read()
        except self.library.HTTPError as error:
            raise self.to_core_error(error, response.request) from None
        finally:
            response.close()

    async def read_whole_async(self, response: Response) -> None:
        """See `read_whole`."""
        try:
            await response.aread()
        except self.library.HTTPError as error:
            raise self.to_core_error(error, response.request) from None
        finally:
            await response.aclose()

    def to_core_error(self, error: Exception, request: Request) -> RivetError:
        """The core's form of an error of the library."""
        forget_frames(error)  # frames of libraries that have headers in their variables
        library, sent = self.library, not isinstance(error, self._not_sent)
        if isinstance(error, library.TimeoutException):
            return SendTimedOut(sent=sent)
        if isinstance(error, (library.UnsupportedProtocol, library.LocalProtocolError, library.InvalidURL)):
            return ConfigError(f"the request cannot be sent: {error}")
        if isinstance(error, library.RemoteProtocolError):
            why = str(error)
            error = NoTextError(why) if why == _NO_TEXT else RemoteProtocolError(why)
        origin = f"{request.url.scheme}://{request.url.netloc.decode('ascii', 'replace')}"
        return network_error(origin, error, sent=sent)


@lru_cache(maxsize=1)
def default_adapter() -> HttpxAdapter:
    """The adapter of httpx, which serves unless the caller's own client is of the other library."""
    import httpx

    return HttpxAdapter(httpx)


def library_of(thing: object, kind: str) -> ModuleType | None:
    """The library whose class `kind` a thing is an instance of, or None."""
    for name in ("httpx", "httpx2"):
        library = sys.modules.get(name)
        if library is not None and isinstance(thing, getattr(library, kind, ())):
            return library
    return None


def _path_and_query(url: object) -> tuple[str, str]:
    if isinstance(url, str):
        return raw_path(url)
    if library_of(url, "URL") is None:
        raise TypeError(f"path must be a str, an httpx.URL or an httpx.Request, not {type(url).__name__}")
    url = cast("URL", url)
    if url.userinfo:
        raise ConfigError("path must be a URL without user name and password; use the header 'authorization'")
    return raw_path(url.raw_path.decode("ascii"))


def _headers_of(request: Request, *, framed: bool) -> dict[str, str]:
    """The headers of a request, without those that say how long its body is unless it is `framed`."""
    return {
        name: value
        for name, value in request.headers.items()
        if name != "host" and (framed or name not in _FRAMING)
    }


def _body(
    carrier: Request, library: ModuleType, headers: dict[str, str], awaits: bool, *, reads: bool
) -> tuple[Any, bool]:
    """The body of a request, and whether it can be sent a second time. Changes `headers` to say how long the body is.

    A body in memory can be sent again, and by either flavour. Another body, such as files, is read into memory first,
    if `reads` allows it. An iterator of the user may work only once.
    """
    body: Any = carrier.stream
    replayable = False
    try:
        body, replayable = carrier.content, True
    except library.RequestNotRead:
        if reads and isinstance(body, library.SyncByteStream):
            body, replayable = _read_request(carrier, library), True
    if replayable:
        headers.pop("transfer-encoding", None)
        headers["content-length"] = str(len(body))
    elif not isinstance(body, library.AsyncByteStream if awaits else library.SyncByteStream):
        raise TypeError("a blocking request cannot send an async iterator; pass bytes, a str or an iterator")
    if not body:
        headers.pop("content-length", None)
    return body, replayable


def _read_request(request: Request, library: ModuleType) -> bytes:
    """Read the body of a request into memory. httpx itself would keep many small pieces at many times their size."""
    pieces = Pieces()
    for piece in cast("Iterable[bytes]", request.stream):
        pieces.add(piece)
    request.stream = library.ByteStream(pieces.take_bytes())
    return request.read()


def sent_headers(effect: Send, user_agent: str) -> list[tuple[bytes, bytes]]:
    """The headers of a request as httpx takes them."""
    # httpx takes str for ASCII only; HTTP itself means Latin-1 (RFC 9110 5.5).
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in {"user-agent": user_agent, **effect.request.headers}.items()
    ]


def cannot_be_sent(error: Exception) -> ConfigError:
    """The core's form of an error that httpx raises when a request is made."""
    forget_frames(error)
    return ConfigError(f"the request cannot be sent: {error}")


S = TypeVar("S", bound=BodySource | AsyncBodySource)


class _BodyStream(Generic[S]):
    """The stream from which httpx takes the body of an answer.

    Attributes:
        response: Returns the answer, if it still exists.
    """

    def __init__(self, source: S) -> None:
        self.source = source
        self.response: Callable[[], Response | None] = lambda: None

    def _end(self) -> None:
        self.source.close()
        if (response := self.response()) is not None:
            response.elapsed = timedelta(seconds=self.source.elapsed())


class _SyncBodyStream(_BodyStream[BodySource]):
    def __iter__(self) -> Iterator[bytes]:
        while part := self.source.read():
            yield part

    def close(self) -> None:
        self._end()


class _AsyncBodyStream(_BodyStream[AsyncBodySource]):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while part := await self.source.read():
            yield part

    async def aclose(self) -> None:
        self._end()
