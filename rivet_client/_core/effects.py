"""What a request flow may ask its driver to do, and the one place that steps a flow.

A flow is a generator that yields effects and is resumed with their results. Flows hold every decision; a driver
performs effects and decides nothing. Flows never write a bare `yield`: the functions below keep the reply types.

Nobody changes an effect, a request or a response. Those that every call makes are not frozen all the same, because to
make a frozen one takes a microsecond longer.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from rivet_client._secret import Secret
from rivet_client.errors import RivetError

__all__ = [
    "Effect",
    "Exclusive",
    "Finished",
    "Flow",
    "HttpRequest",
    "HttpResponse",
    "Invoke",
    "Read",
    "Send",
    "SendTimedOut",
    "Sleep",
    "exclusively",
    "invoke",
    "leaves_body",
    "read",
    "send",
    "sleep",
    "step",
]

T = TypeVar("T")


@dataclass(slots=True)
class HttpRequest:
    """One HTTP request.

    Attributes:
        method: HTTP method.
        url: Absolute URL.
        headers: Lower-case names with their values. Never shown, for they carry secrets.
        body: Bytes to send, or what the driver's HTTP library takes as a streamed body (raw requests only).
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(default=b"", repr=False)


@dataclass(slots=True)
class HttpResponse:
    """One HTTP response.

    Attributes:
        status: Status code.
        headers: Lower-case names with their values.
        body: The whole body; empty while `native` holds a body that nobody has read.
        native: For raw requests, the HTTP library's own response object.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    native: Any = field(default=None, repr=False)


class SendTimedOut(RivetError):
    """A `Send` did not finish in its time; flows turn it into the caller's error.

    Attributes:
        sent: True when the request may have reached the peer.
    """

    sent: bool

    def __init__(self, *, sent: bool) -> None:
        super().__init__("timed out", sent=sent)


@dataclass(slots=True)
class Send:
    """Send a request and answer its response. Failures: `TransportError`, `SendTimedOut`.

    Attributes:
        request: What to send.
        timeout: Time for all of it, in seconds, or None.
        raw: Leave the body of the response unread, as `leaves_body` says.
        max_body_bytes: Longest body that is read, in bytes, or None. Failure: `ProtocolError`.
        max_raw_bytes: The same for a body that is left unread, when it is read; in decoded bytes.
    """

    request: HttpRequest
    timeout: float | None
    raw: bool = False
    max_body_bytes: int | None = None
    max_raw_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait.

    Attributes:
        seconds: How long.
        reason: Why, for the log.
        is_warning: Whether somebody should look at that.
    """

    seconds: float
    reason: str = ""
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Invoke:
    """Call a function of the user and answer what it returns, awaited if it is awaitable (asyncio only), as a `Secret`.

    Attributes:
        function: Takes no arguments.
        timeout: Time to wait for an awaitable, in seconds, or None.
    """

    function: Secret[Callable[[], Any]]
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Run a flow while no other `Exclusive` flow of the same client runs.

    Attributes:
        flow: Makes the flow once it is alone.
        timeout: Time to wait for that, in seconds, or None. Failure: `SendTimedOut`.
    """

    flow: Callable[[], Flow[None]]
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Read:
    """Read the body that a raw response still has. Failures: as for `Send`.

    Attributes:
        response: The response; its `native` object is left with the whole body.
        timeout: Time for it, in seconds, or None.
    """

    response: HttpResponse
    timeout: float | None


def leaves_body(raw: bool, status: int, headers: Mapping[str, str]) -> bool:
    """Whether the body of an answer is for the user to read.

    That of a raw request is, unless the gateway says by `x-rivet-error` that the answer is an error of its own.
    """
    return raw and (status < 300 or "x-rivet-error" not in headers)


Effect: TypeAlias = Send | Sleep | Invoke | Exclusive | Read
Flow: TypeAlias = Generator[Effect, Any, T]


def send(
    request: HttpRequest,
    timeout: float | None,
    *,
    raw: bool = False,
    max_body_bytes: int | None = None,
    max_raw_bytes: int | None = None,
) -> Flow[HttpResponse]:
    """Send `request` and return its response."""
    response: HttpResponse = yield Send(request, timeout, raw, max_body_bytes, max_raw_bytes)
    return response


def read(response: HttpResponse, timeout: float | None) -> Flow[None]:
    """Read the rest of a raw response."""
    yield Read(response, timeout)


def sleep(seconds: float, reason: str = "", *, is_warning: bool = False) -> Flow[None]:
    """Pause the flow."""
    yield Sleep(seconds, reason, is_warning)


def invoke(function: Secret[Callable[[], Any]], timeout: float | None) -> Flow[Secret[Any]]:
    """Return what the user's function returns."""
    result: Secret[Any] = yield Invoke(function, timeout)
    return result


def exclusively(flow: Callable[[], Flow[None]], timeout: float | None) -> Flow[None]:
    """Run a flow alone."""
    yield Exclusive(flow, timeout)


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """A flow's result."""

    value: T


def step(flow: Flow[T], reply: object = None, error: Exception | None = None) -> Effect | Finished[T]:
    """Resume `flow` with a reply, or with the error that the last effect met.

    Returns:
        The next effect, or `Finished`. Only this function touches StopIteration, so that one raised by the I/O of a
        driver can never pass for a flow's result.
    """
    try:
        return flow.send(reply) if error is None else flow.throw(error)
    except StopIteration as stop:
        return Finished(stop.value)
