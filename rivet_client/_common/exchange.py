"""One HTTP request and its answer, without I/O: what is sent, what has arrived so far, what a failure means."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rivet_client._common.meter import Meter
from rivet_client._common.route import Routes
from rivet_client._common.waits import client_closed, deadline_of
from rivet_client._core.effects import HttpResponse, Send, SendTimedOut, leaves_body
from rivet_client._core.endpoint import address_of
from rivet_client._core.http1 import Broken, Head, Http1
from rivet_client._core.pieces import BLOCK, Pieces
from rivet_client._network import unreachable
from rivet_client._peer import RemoteProtocolError
from rivet_client._secret import forget_frames
from rivet_client._version import __version__
from rivet_client.errors import ConnectionClosedError, ProtocolError, TransportError

__all__ = ["USER_AGENT", "Exchange", "Origin", "network_error", "split_url"]

USER_AGENT = f"rivet-client/{__version__}"


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

    The driver finds a stream on the `route`, writes what `http1` has to send, and hands what comes to `receive`, until
    the exchange `has_enough`. The driver sets `sent` as soon as the peer may have got a part of the request. It looks
    at the clock, and raises `timed_out()` once the `deadline` has passed.

    Args:
        effect: What is to be sent.
        routes: How streams get to addresses.
        now: The time, on the monotonic clock, in seconds.

    Raises:
        ConfigError: HTTP cannot carry the request, or the proxy on the way cannot be used.

    Attributes:
        effect: What is to be sent.
        origin: Where the request goes.
        route: How streams get there.
        http1: The form of request and answer on the stream.
        started: When the exchange was made.
        deadline: When all that the effect wants must be there; None for no limit.
        sent: Whether the peer may have got a part of the request.
        head: The head of the answer, once it is there.
        pieces: The pieces of the request's body that the driver sends after the head, joined or cut by `Blocks`; None
            if the body goes with the head.
        body: The part of the answer's body that has arrived and that nobody has taken yet.
        is_over: Whether nothing more comes.
    """

    __slots__ = (
        "_error",
        "_meter",
        "body",
        "deadline",
        "effect",
        "head",
        "http1",
        "is_over",
        "origin",
        "pieces",
        "route",
        "sent",
        "started",
    )

    def __init__(self, effect: Send, routes: Routes, now: float) -> None:
        self.effect = effect
        request = effect.request
        self.origin, target = origin, _ = split_url(request.url)
        self.route = route = routes.find(origin.scheme, origin.host, origin.port)
        self.http1 = Http1()
        self.started = now
        self.deadline = deadline_of(effect.timeout, now)
        self.sent = False
        self.head: Head | None = None
        self.body = Pieces()
        self.is_over = False
        self._error: Exception | None = None
        self._meter: Meter | None = None
        body = request.body
        is_small = isinstance(body, bytes) and len(body) <= BLOCK
        self.pieces: Any = None if is_small else (body,) if isinstance(body, bytes) else body
        self.http1.request(
            request.method,
            request.url if route.is_forwarded else target,
            {
                "host": origin.authority,
                "user-agent": USER_AGENT,
                **request.headers,
                **route.headers.reveal(),
            }.items(),
            body if isinstance(body, bytes) else None,
            is_sent_later=not is_small,
            max_body_bytes=None if effect.raw else effect.max_body_bytes,
        )

    # --- What comes --------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take bytes, or b"" for the end of the stream."""
        http1 = self.http1
        for event in http1.receive_data(data) if data else http1.receive_eof():
            if isinstance(event, bytes):
                self._take(event)
            elif isinstance(event, Head):
                self.head = event
                if self.effect.raw:
                    self._meter = self._raw_meter(event)
            else:
                self.is_over = True
                if isinstance(event, Broken) and self._error is None:
                    self._error = event.error

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

    # --- How far it has come -----------------------------------------------------------------------------------

    @property
    def has_enough(self) -> bool:
        """Whether the effect has all that it wants: the whole answer, or its head if the user is to read the body."""
        return self.is_over or self.leaves_body

    @property
    def leaves_body(self) -> bool:
        """Whether the user reads the body: that of a raw answer, unless it is an error of the gateway."""
        head = self.head
        return head is not None and leaves_body(self.effect.raw, head.status, head.headers)

    @property
    def is_refused(self) -> bool:
        """Whether the peer has answered that it does not want the rest of the request's body."""
        return self.head is not None and self.head.status >= 400

    @property
    def can_be_followed(self) -> bool:
        """Whether another request may go over the same stream.

        Only an answer of success can be followed. When the gateway answers without having read the request's body, it
        closes the stream without an announcement. The next request could be sent before this end arrives. It would be
        lost, and nobody could know whether it ran. And if a peer repeats a refusal, the next request must not take the
        copy for its own answer, which would say that nothing ran.
        """
        head = self.head
        return (
            self._error is None
            and self.http1.is_reusable
            and head is not None
            and head.status < 300
            and "x-rivet-error" not in head.headers
        )

    # --- What comes of it --------------------------------------------------------------------------------------

    def response(self) -> HttpResponse:
        """The core's form of the whole answer.

        Raises:
            TransportError, ProtocolError: The answer broke off, or is too long.
        """
        self.check()
        head = self.head
        assert head is not None
        return HttpResponse(head.status, head.headers, self.body.take_bytes())

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

    def network_error(self, error: Exception) -> TransportError:
        """The core's form of an error of the network."""
        return network_error(self.origin.url, error, sent=self.sent)

    def timed_out(self) -> SendTimedOut:
        """The core's form of a deadline that has passed."""
        return SendTimedOut(sent=self.sent)

    def client_closed(self) -> ConnectionClosedError:
        """The error of an exchange that ended because the client was closed."""
        return client_closed(may_have_run=self.sent)


def network_error(origin: str, error: Exception, *, sent: bool) -> TransportError:
    """The core's form of a failure of the network; its text shows where, and nothing else of the request.

    Args:
        origin: Scheme and authority of the URL.
        error: What happened.
        sent: Whether the peer may have got a part of the request.
    """
    forget_frames(error)  # frames that have the bytes of the request in their variables
    return unreachable(f"request to {origin} failed", error, sent=sent)
