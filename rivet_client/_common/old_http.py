"""httpx without I/O: requests, responses and errors, to and from the core's own."""

from __future__ import annotations

import functools
import ssl
import zlib
from typing import Any

import httpx

from rivet_client import __version__
from rivet_client._common.old_pool import EXCHANGE, Exchange
from rivet_client._core.effects import HttpResponse, Send, SendTimedOut
from rivet_client._core.flows import RawRequest, raw_path
from rivet_client._network import unreachable
from rivet_client._secret import Secret, alone, forget_frames
from rivet_client.errors import ConfigError, ProtocolError, RivetError

__all__ = [
    "Meter",
    "abandoned_stream",
    "build",
    "check_client",
    "failure",
    "give_time",
    "raw_meter",
    "raw_request",
    "received",
    "tls_context",
    "wants_body",
]

_USER_AGENT = f"rivet-client/{__version__} python-httpx/{httpx.__version__}"
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def tls_context(url: str, configured: ssl.SSLContext | None) -> ssl.SSLContext:
    """TLS settings for an HTTP transport.

    Loading the certificate store takes longer than a call, so a plain http endpoint gets a context that trusts
    nobody instead.
    """
    if configured is not None:
        return configured
    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def build(effect: Send, exchange: Exchange, client: Any = None) -> httpx.Request:
    """The httpx request for an effect.

    Args:
        effect: What to send, and how long it may take.
        exchange: What our own transports are to know of it.
        client: The caller's own httpx client, which adds its defaults.

    Raises:
        ConfigError: httpx cannot send such a request.
    """
    request = effect.request
    # Connecting gets a little less, so that when time runs out there, httpx says so: then nothing was sent.
    connecting = None if effect.timeout is None else 0.95 * effect.timeout
    timeout = httpx.Timeout(effect.timeout, connect=connecting)
    extensions = {"timeout": timeout.as_dict(), EXCHANGE: exchange}
    try:
        # httpx takes str for ASCII only; HTTP itself means Latin-1 (RFC 9110 5.5).
        headers = Secret(
            [
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in {"user-agent": _USER_AGENT, **request.headers}.items()
            ]
        )
        if client is not None:
            built: httpx.Request = client.build_request(
                request.method,
                request.url,
                headers=headers.reveal(),
                content=request.body,
                extensions=extensions,
            )
            return built
        return httpx.Request(
            request.method,
            _parsed(request.url),
            headers=headers.reveal(),
            content=request.body,
            extensions=extensions,
        )
    except (httpx.InvalidURL, ValueError) as error:
        forget_frames(error)
        raise ConfigError(f"the request cannot be sent: {error}") from None


@functools.lru_cache(maxsize=128)
def _parsed(url: str) -> httpx.URL:
    """A handle's calls go to one URL, and httpx takes its time over each."""
    return httpx.URL(url)


def raw_meter(effect: Send, response: httpx.Response) -> Meter:
    """What counts the body of a raw answer, which httpx decodes."""
    coding = response.headers.get("content-encoding", "identity")
    return Meter(response.status_code, effect.max_raw_bytes, coding)


def wants_body(effect: Send, response: httpx.Response) -> bool:
    """Whether the driver reads the body at once: always, but for the user's own raw answers."""
    return not effect.raw or "x-rivet-error" in response.headers


def abandoned_stream(response: httpx.Response) -> Any:
    """The network stream under an answer after which the server closes it without saying so, or None.

    The gateway does that when it answers without having read the request's body. Whoever sends the next request
    before the end of the stream arrives would lose it, and could not know whether it ran.
    """
    if "x-rivet-error" in response.headers and response.http_version == "HTTP/1.1":
        return response.extensions.get("network_stream")
    return None


def received(response: httpx.Response, body: bytes) -> HttpResponse:
    """The core's form of a response."""
    return HttpResponse(response.status_code, dict(response.headers), body, response)


def failure(error: Exception, request: httpx.Request | None = None) -> RivetError:
    """The core's form of an httpx error; its text shows where, and nothing else of the request."""
    forget_frames(error)  # of libraries that have headers in their variables
    sent = not isinstance(error, _NOT_SENT)
    if isinstance(error, httpx.TimeoutException):
        return SendTimedOut(sent=sent)
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)):
        return ConfigError(f"the request cannot be sent: {error}")
    url = request.url if request is not None else None
    where = f" to {url.scheme}://{url.netloc.decode('ascii', 'replace')}" if url is not None else ""
    return unreachable(f"request{where} failed", error, sent=sent)


def raw_request(method: object, path: object, options: Secret[dict[str, Any]], streams: type) -> RawRequest:
    """Turn the arguments of `fetch` into a raw request, by httpx's own rules.

    Args:
        method: HTTP method.
        path: Path below the actor, with or without a query.
        options: Further arguments of `httpx.Request`: headers, params, content, data, files, json, cookies.
        streams: The class of body streams that the flavour can send: `httpx.SyncByteStream` or its async twin.

    Raises:
        TypeError, ConfigError: An argument is wrong.
    """
    try:
        return _raw_request(method, path, options.reveal(), streams)
    except Exception as error:
        raise alone(error)  # noqa: B904


def _raw_request(method: object, path: object, options: dict[str, Any], streams: type) -> RawRequest:
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
    if isinstance(body, httpx.SyncByteStream) and (replayable or streams is httpx.AsyncByteStream):
        # In memory it can be sent again, and by either flavour.
        body, replayable = request.read(), True
        request.headers.pop("transfer-encoding", None)
        request.headers["content-length"] = str(len(body))
    elif not isinstance(body, streams):
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


class Meter:
    """Counts the bytes of a body and refuses those beyond a limit.

    Args:
        status: Of the answer.
        limit: Most bytes, or None.
        coding: If it is to be decoded: its coding. Then decoded bytes count, and are never more than a few at a time.
    """

    def __init__(self, status: int, limit: int | None, coding: str = "identity") -> None:
        self._what = f"the body of an answer (HTTP {status})"
        self._limit = limit
        self._count = 0
        self._coding = coding.strip().lower()
        bits = _INFLATED.get(self._coding)
        self._inflater: Any = None if bits is None else zlib.decompressobj(bits)
        self._may_lack_header = self._coding == "deflate"

    def take(self, chunk: bytes) -> bytes:
        """Return a chunk of the body, once it is counted.

        Raises:
            ProtocolError: The limit is exceeded, or the coding is one whose bytes cannot be counted.
        """
        if self._limit is None:
            return chunk
        if self._inflater is not None:
            self._inflate(chunk, self._limit)
        elif self._coding in ("", "identity"):
            self._count += len(chunk)
        else:
            raise ProtocolError(
                f"{self._what} is in the coding {self._coding!r}, for which max_body_bytes={self._limit} cannot be "
                "kept; have the actor's handler use gzip or none, or pass max_body_bytes=None"
            )
        if self._count > self._limit:
            raise ProtocolError(
                f"{self._what} is longer than max_body_bytes={self._limit}; raise that, or read raw HTTP in pieces "
                "with stream()"
            )
        return chunk

    def _inflate(self, data: bytes, limit: int) -> None:
        while data and self._count <= limit:
            try:
                self._count += len(self._inflater.decompress(data, _PIECE))
                data = self._inflater.unconsumed_tail
            except zlib.error:
                if not self._may_lack_header:
                    return  # whoever decodes it will say so
                self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            self._may_lack_header = False


_INFLATED = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_PIECE = 64 * 1024


def give_time(response: httpx.Response, seconds: float | None, now: float) -> None:
    """Set how long reading the body may take from now on; None for no deadline."""
    extensions = response.request.extensions
    extensions["timeout"]["read"] = seconds
    extensions[EXCHANGE].deadline = None if seconds is None else now + seconds


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
