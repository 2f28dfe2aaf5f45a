"""Effects, which a flow asks its driver to perform, and the function that steps a flow.

A flow is a generator that yields effects and is resumed with their results. Flows hold every decision; a driver
performs effects and decides nothing. Flows never write a bare `yield`: the functions below keep the reply types.

Nobody changes an effect, a request or a response. Those that every call makes are still not frozen, because a frozen
object takes a microsecond longer to make.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

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
    "Load",
    "MESSAGES",
    "Read",
    "Send",
    "SendTimedOut",
    "Sleep",
    "Step",
    "WEBSOCKETS",
    "exclusively",
    "invoke",
    "leaves_body",
    "load",
    "read",
    "send",
    "sleep",
    "step",
    "step_with",
]

T = TypeVar("T")

MESSAGES = "rivet_client._core.message_codecs"
"""The module whose import loads pydantic and the messages."""

WEBSOCKETS = "wsproto"
"""The module whose import loads what WebSockets are made with."""


@dataclass(slots=True)
class HttpRequest:
    """One HTTP request.

    Attributes:
        method: HTTP method.
        url: Absolute URL.
        headers: Lower-case names with their values. They carry secrets, so the repr does not show them.
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
        body: The whole body; b"" while `native` holds a body that nobody has read.
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
    """Send a request; the reply is its response. Failures: `TransportError`, `SendTimedOut`.

    Attributes:
        request: What to send.
        timeout: Time for the whole exchange, in seconds, or None.
        raw: Leave the body of the response unread where `leaves_body` says so.
        max_body_bytes: Longest body that the driver reads, in bytes, or None. Failure: `ProtocolError`.
        max_raw_bytes: Longest body that is read later, in decoded bytes, or None.
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
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Invoke:
    """Call a function of the user; the reply is what it returns, in a `Secret`. Asyncio awaits an awaitable first.

    Attributes:
        function: Takes no arguments.
        timeout: Longest wait for an awaitable, in seconds, or None. Failure: `SendTimedOut`.
    """

    function: Secret[Callable[[], Any]]
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Run a flow while no other `Exclusive` flow of the same client runs.

    Attributes:
        flow: Makes the flow, when no other one runs.
        timeout: Longest wait for the others, in seconds, or None. Failure: `SendTimedOut`.
    """

    flow: Callable[[], Flow[None]]
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Read:
    """Read the body of a raw response, which was left unread. Failures: as for `Send`.

    Attributes:
        response: The response. Afterwards its `native` object has the whole body.
        timeout: Time for the body, in seconds, or None.
    """

    response: HttpResponse
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Load:
    """Import a module that the flow uses next. A driver may leave that to the flow, unless an event loop would wait.

    Attributes:
        module: Its name.
    """

    module: str


def leaves_body(raw: bool, status: int, headers: Mapping[str, str]) -> bool:
    """Whether the user reads the body of this answer.

    That holds for answers to raw requests, except errors of the gateway itself, which have the header `x-rivet-error`.
    """
    return raw and (status < 300 or "x-rivet-error" not in headers)


Effect: TypeAlias = Send | Sleep | Invoke | Exclusive | Read | Load
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
    if response.status >= 400 and not leaves_body(raw, response.status, response.headers):
        yield Load(MESSAGES)  # to read the error
    return response


def read(response: HttpResponse, timeout: float | None) -> Flow[None]:
    """Read the body of a raw response."""
    yield Read(response, timeout)


def load(module: str) -> Flow[None]:
    """Import a module, where that holds no event loop."""
    yield Load(module)


def sleep(seconds: float) -> Flow[None]:
    """Pause the flow."""
    yield Sleep(seconds)


def invoke(function: Secret[Callable[[], Any]], timeout: float | None) -> Flow[Secret[Any]]:
    """Return what the user's function returns."""
    result: Secret[Any] = yield Invoke(function, timeout)
    return result


def exclusively(flow: Callable[[], Flow[None]], timeout: float | None) -> Flow[None]:
    """Run a flow while no other such flow of the client runs."""
    yield Exclusive(flow, timeout)


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """A flow's result."""

    value: T


class Step(Protocol):
    """A function that steps a flow; see `step`."""

    def __call__(
        self, flow: Flow[T], reply: object = None, error: Exception | None = None, /
    ) -> Effect | Finished[T]:
        """Resume the flow."""
        ...


def step_with(variables: Context) -> Step:
    """Return a function that steps a flow, in which these context variables hold."""

    def step_there(
        flow: Flow[T], reply: object = None, error: Exception | None = None, /
    ) -> Effect | Finished[T]:
        return variables.run(step, flow, reply, error)

    return step_there


def step(flow: Flow[T], reply: object = None, error: Exception | None = None) -> Effect | Finished[T]:
    """Resume `flow` with a reply, or with the error of the last effect.

    Returns:
        The next effect, or `Finished`. Only this function touches StopIteration, so that one raised by the I/O of a
        driver can never pass for a flow's result.
    """
    try:
        return flow.send(reply) if error is None else flow.throw(error)
    except StopIteration as stop:
        return Finished(stop.value)
