"""What a session reports to its driver: results for callers that wait, and requests for a stream or for its end."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple, TypeAlias

from rivet_client.errors import RivetError
from rivet_client.values import ConnectionStatus

__all__ = [
    "CallFailed",
    "CallSucceeded",
    "ErrorReported",
    "EventsReceived",
    "HangUp",
    "Lost",
    "OpenRequested",
    "Opened",
    "RetryScheduled",
    "SessionEvent",
    "StatusChanged",
]


class CallSucceeded(NamedTuple):
    """A call has its result, or the connection is open that somebody waited for. Then `value` is None."""

    waiter: Any
    value: Any


class CallFailed(NamedTuple):
    """A call has failed, or the connection has ended while somebody waited for it to open."""

    waiter: Any
    error: RivetError


class EventsReceived(NamedTuple):
    """Events of one name arrived, one directly after the other. `batch` has the arguments of each."""

    name: str
    batch: deque[tuple[Any, ...]]


class StatusChanged(NamedTuple):
    """The public status changed."""

    status: ConnectionStatus


class Opened(NamedTuple):
    """The server accepted the connection."""


class Lost(NamedTuple):
    """An open connection ended."""


class ErrorReported(NamedTuple):
    """Something went wrong, and no call is there to raise the error.

    Attributes:
        error: What went wrong.
        final: The connection has given up.
    """

    error: RivetError
    final: bool


class OpenRequested(NamedTuple):
    """The driver must dial, and answer with `dialed` or `dial_failed`.

    Attributes:
        attempt: The number of the attempt, for the answer.
        lost_actor_id: The actor of the connection that was lost, if the actor may be gone. The driver first checks
            whether the actor still exists.
        last_error: Why the attempt before failed, if the connection has never been open.
    """

    attempt: int
    lost_actor_id: str | None
    last_error: RivetError | None


class RetryScheduled(NamedTuple):
    """The connection is tried again after a pause.

    Attributes:
        delay: The pause, in seconds.
        error: Why the connection has to be tried again.
        is_warning: There has been no connection for a while, so the log should warn. True once for each outage.
    """

    delay: float
    error: RivetError
    is_warning: bool


class HangUp(NamedTuple):
    """The driver must close the stream, or give up dialing it.

    Attributes:
        data: The last bytes to be written, if that can be done at once.
    """

    data: list[bytes]


SessionEvent: TypeAlias = (
    CallSucceeded
    | CallFailed
    | EventsReceived
    | StatusChanged
    | Opened
    | Lost
    | ErrorReported
    | OpenRequested
    | RetryScheduled
    | HangUp
)
