"""HTTP as both drivers have it, without I/O: what is sent, what has come of the answer, and what a failure means."""

from __future__ import annotations

import os
import ssl
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from rivet_client._common.route import Routes
from rivet_client._core.effects import HttpResponse, Send, leaves_body
from rivet_client._core.endpoint import address_of
from rivet_client._core.http1 import Broken, Head, Http1, body_too_long
from rivet_client._core.pieces import Pieces
from rivet_client._network import unreachable
from rivet_client._peer import RemoteProtocolError
from rivet_client._secret import forget_frames
from rivet_client._version import __version__
from rivet_client.errors import ProtocolError, RivetError

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import AsyncBodySource, BodySource, Request

__all__ = ["USER_AGENT", "Exchange", "Meter", "Origin", "network_error", "tls_context", "split_url"]

USER_AGENT = f"rivet-client/{__version__}"


def tls_context(configured: ssl.SSLContext | None) -> ssl.SSLContext:
    """TLS settings of every stream of a client: HTTP, WebSockets and connections.

    Loading the certificate store takes longer than a call, so that only a client with an https endpoint should ask.
    """
    if configured is not None:
        return configured
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        import certifi  # only here: it loads more than most calls need

        file = certifi.where()
    context = ssl.create_default_context(cafile=file) if file else ssl.create_default_context(capath=folder)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Origin(NamedTuple):
    """Where requests go.

    Attributes:
        url: Scheme and authority, for error texts.
        scheme: "http" or "https".
        host, port: Where to connect.
        authority: Value of the Host header.
    """

    url: str
    scheme: str
    host: str
    port: int
    authority: str


def split_url(url: str) -> tuple[Origin, str]:
    """Split the absolute URL of a request into its origin and its path with the query."""
    start = url.find("/", url.index("//") + 2)
    return _origin(url[:start]), url[start:]


@lru_cache(maxsize=128)
def _origin(url: str) -> Origin:
    return Origin(url, *address_of(url), urlsplit(url).netloc)


class Exchange:
    """One `Send` over one stream, which has carried others before.

    The driver calls `begin`, then finds a stream on the `route`, writes what `http1` has to send, and hands what comes
    to `receive`, until it `has_enough`. It sets `sent` as soon as the peer may have got a part of the request.

    Attributes:
        effect: What is to be sent.
        origin: Where the request goes.
        route: How streams get there.
        http1: The request's and answer's form on the stream.
        sent: Whether the peer may have got a part of the request.
        head: The head of the answer, once it is there.
        body: What has come of its body, for whoever takes it.
        is_over: Whether nothing more comes.
    """

    __slots__ = (
        "_error",
        "_meter",
        "_native_request",
        "_target",
        "body",
        "effect",
        "head",
        "http1",
        "is_over",
        "origin",
        "route",
        "sent",
    )

    def __init__(self, effect: Send, routes: Routes) -> None:
        self.effect = effect
        self.origin, self._target = origin, _ = split_url(effect.request.url)
        self.route = routes.find(origin.scheme, origin.host, origin.port)
        self.http1 = Http1()
        self.sent = False
        self.head: Head | None = None
        self.body = Pieces()
        self.is_over = False
        self._error: Exception | None = None
        self._meter: Meter | None = None
        self._native_request: Request | None = None  # what a raw answer says that it was for

    def begin(self) -> None:
        """Make the request. A body that is no bytes is left for the driver to send in pieces.

        Raises:
            ConfigError: HTTP cannot carry it.
        """
        effect, route = self.effect, self.route
        request = effect.request
        self.http1.request(
            request.method,
            request.url if route.is_forwarded else self._target,
            {
                "host": self.origin.authority,
                "user-agent": USER_AGENT,
                **request.headers,
                **route.headers.reveal(),
            }.items(),
            request.body if isinstance(request.body, bytes) else None,
            max_body_bytes=None if effect.raw else effect.max_body_bytes,
        )
        if effect.raw:
            from rivet_client._common.httpx_adapter import default_adapter

            self._native_request = default_adapter().native_request(effect)

    def receive(self, data: bytes) -> None:
        """Take bytes, or b"" for the end of the stream."""
        http1 = self.http1
        for one in http1.receive_data(data) if data else http1.receive_eof():
            if isinstance(one, bytes):
                self._take(one)
            elif isinstance(one, Head):
                self.head = one
                if self.effect.raw:
                    self._meter = self._raw_meter(one)
            else:
                self.is_over = True
                if isinstance(one, Broken) and self._error is None:
                    self._error = one.error

    @property
    def has_enough(self) -> bool:
        """Whether the effect has all that it wants: the whole answer, or its head if the user is to read the body."""
        return self.is_over or self.leaves_body

    def _take(self, part: bytes) -> None:
        if self._meter is not None and self._error is None:
            try:
                self._meter.take(part)
            except ProtocolError as error:
                self._error, self.is_over = error, True
        if self._error is None:
            self.body.add(part)

    def _raw_meter(self, head: Head) -> Meter:
        if not self.leaves_body:
            return Meter(head.status, self.effect.max_body_bytes)
        return Meter(head.status, self.effect.max_raw_bytes, head.headers.get("content-encoding", "identity"))

    @property
    def leaves_body(self) -> bool:
        """Whether the user is to read the body of the answer: of raw ones, but for the gateway's own errors."""
        head = self.head
        return head is not None and leaves_body(self.effect.raw, head.status, head.headers)

    @property
    def is_refused(self) -> bool:
        """Whether the peer has answered that it does not want the rest of the request's body."""
        return self.head is not None and self.head.status >= 400

    @property
    def can_be_followed(self) -> bool:
        """Whether another request may go over the same stream.

        The gateway closes the stream without saying so when it answers without having read the request's body.
        Whoever sends the next request before that end arrives would lose it, and could not know whether it ran.
        """
        head = self.head
        return (
            self._error is None
            and self.http1.is_reusable
            and head is not None
            and "x-rivet-error" not in head.headers
        )

    def check(self) -> None:
        """Raise what has ended the answer before it was whole.

        Raises:
            TransportError, ProtocolError: It broke off, or is too long.
        """
        if self._error is None:
            return
        try:
            raise self._error
        except RemoteProtocolError as error:
            raise self.network_error(error) from None

    def network_error(self, error: Exception) -> RivetError:
        """What the core is told of an error of the network."""
        return network_error(self.origin, error, sent=self.sent)

    def response(self) -> HttpResponse:
        """The core's form of the whole answer.

        Raises:
            TransportError, ProtocolError: It broke off, or is too long.
        """
        self.check()
        head = self.head
        assert head is not None
        return HttpResponse(head.status, head.headers, self.body.take_bytes())

    def opened(self, source: BodySource | AsyncBodySource, *, awaits: bool) -> HttpResponse:
        """The core's form of an answer whose body the user reads.

        Args:
            source: What the user reads from.
            awaits: Whether that is an `AsyncBodySource`.
        """
        from rivet_client._common.httpx_adapter import default_adapter

        head, shown = self.head, self._native_request
        assert head is not None
        assert shown is not None
        return HttpResponse(
            head.status,
            head.headers,
            b"",
            default_adapter().native_response(shown, head, source, awaits=awaits),
        )


def network_error(origin: Origin, error: Exception, *, sent: bool) -> RivetError:
    """What the core is told of a failure of the network; its text shows where, and nothing else of the request.

    Args:
        origin: Where the request went.
        error: What happened.
        sent: Whether the peer may have got a part of it.
    """
    forget_frames(error)  # of what has the bytes of the request in its variables
    return unreachable(f"request to {origin.url} failed", error, sent=sent)


class Meter:
    """Counts the bytes of a body and refuses those beyond a limit.

    Args:
        status: Of the answer.
        limit: Most bytes, or None.
        coding: If it is to be decoded: its coding. Then decoded bytes count, and are never more than a few at a time.
    """

    def __init__(self, status: int, limit: int | None, coding: str = "identity") -> None:
        self._status = status
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
                f"the body of an answer (HTTP {self._status}) is in the coding {self._coding!r}, for which "
                f"max_body_bytes={self._limit} cannot be kept; have the actor's handler use gzip or none, "
                "or pass max_body_bytes=None"
            )
        if self._count > self._limit:
            raise body_too_long(self._status, self._limit)
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
