"""What an observer of a client is, and the events that it is told.

An observer is an object of a class that is derived from `Observer`. A client tells it what happens, one method for each
kind of event. docs/observability.md says on which thread.

Events are tuples with names, because those are made quickly and never change. They can be kept, compared and handed to
other threads. They hold no secret, and nothing of what calls carry: no tokens, headers, connection parameters,
arguments, results or bodies. The client loads this module when somebody listens. Imports: stdlib, errors and _text.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from rivet_client._text import one_line
from rivet_client.errors import ActorError, ConfigError, RivetError

__all__ = [
    "AttemptStarted",
    "Call",
    "CallEnded",
    "CallStarted",
    "ClientClosed",
    "ClientOpened",
    "Connecting",
    "Connection",
    "ConnectionClosed",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionOpened",
    "Event",
    "EventsReceived",
    "Failure",
    "Figures",
    "Observer",
    "Reconnecting",
    "RequestEnded",
    "RetryScheduled",
]


_MAX_NAME = 200  # characters


# --- What events are about -------------------------------------------------------------------------------------------


class Failure(NamedTuple):
    """An error, as observers see it. It holds neither frames nor metadata of the actor.

    Attributes:
        type: The error's class, such as "ActorError".
        code: `group.code` of what the actor or the engine answered, such as "user.refused"; None for other errors.
        message: The error's text, in one line. It is "" where the text may show a value of yours: for a `ConfigError`,
            and for errors that are not the client's.
        may_have_run: False when the actor surely has not acted on the call.
        ray_id: Id of the request in the engine's logs, if the error has one.
        exception: The error itself if it comes from a defect of the client, so that a report can show where; else None.
    """

    type: str
    code: str | None = None
    message: str = ""
    may_have_run: bool = True
    ray_id: str | None = None
    exception: BaseException | None = None

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Describe an error.

        Args:
            error: Any exception. Of one that is no `RivetError`, only the type is told.
        """
        name = type(error).__name__
        if not isinstance(error, RivetError):
            return cls(name)
        text = "" if isinstance(error, ConfigError) else str(error)
        if isinstance(error, ActorError):
            code, ray_id = one_line(f"{error.group}.{error.code}", _MAX_NAME), error.ray_id
            return cls(name, code, text, error.may_have_run, ray_id and one_line(ray_id, _MAX_NAME))
        # An error of the class RivetError itself comes from a defect.
        defect = error if type(error) is RivetError else None
        return cls(name, None, text, error.may_have_run, exception=defect)

    def __str__(self) -> str:
        return self.message or self.type


class Call(NamedTuple):
    """One call. All its events have the same object.

    Attributes:
        id: A number that no other call of this process has.
        kind: "action"; "queue" for a message; "fetch" for a request to the actor's own handler, `stream` included;
            "websocket" for the opening of a raw WebSocket; "control" for everything that asks the engine.
        name: The action, the queue, the HTTP method, the path of the WebSocket without its query, or the operation.
        actor: Name of the actor, or None.
        key: Key of the actor, or None if it has none, or is addressed by its id.
        endpoint: Where the engine is: a URL without credentials.
        connection: The connection that carries the call; None for a call over HTTP.
    """

    id: int
    kind: Literal["action", "queue", "fetch", "websocket", "control"]
    name: str
    actor: str | None
    key: tuple[str, ...] | None
    endpoint: str
    connection: Connection | None = None


class Connection(NamedTuple):
    """One connection, through all its WebSockets. All its events have the same object.

    Attributes:
        id: A number that no other connection of this process has.
        actor: Name of the actor.
        key: Key of the actor, or None if it is addressed by its id.
        peer: The actor, as error texts name it.
        endpoint: Where the engine is: a URL without credentials.
    """

    id: int
    actor: str
    key: tuple[str, ...] | None
    peer: str
    endpoint: str


class Figures(NamedTuple):
    """What a client holds at this moment.

    Attributes:
        http_connections: Open HTTP connections of the client's own. A caller's `http_client` has its own.
        idle_http_connections: Those of them that wait for their next request.
        connections: Connections to actors that are not closed, whatever their status.
        open_connections: Those of them that are open now.
        websockets: Raw WebSockets that are open.
        waiting_calls: Calls over connections that have no answer yet.
        buffered_events: Events that iterators have not taken yet.
    """

    http_connections: int = 0
    idle_http_connections: int = 0
    connections: int = 0
    open_connections: int = 0
    websockets: int = 0
    waiting_calls: int = 0
    buffered_events: int = 0


# --- Events ----------------------------------------------------------------------------------------------------------


class ClientOpened(NamedTuple):
    """A client was made.

    Attributes:
        client: A number that no other client of this process has.
        endpoint: Where the engine is, as configured: a URL without credentials.
        namespace: The client's namespace.
        figures: Returns what the client holds, from any thread; None once the client is gone. It does not keep the
            client alive.
    """

    client: int
    endpoint: str
    namespace: str
    figures: Callable[[], Figures | None]


class ClientClosed(NamedTuple):
    """A client was closed; see `ClientOpened`. A client that nobody closes has no such event.

    Attributes:
        client: The client's number.
    """

    client: int


class CallStarted(NamedTuple):
    """A call begins. Its arguments have been accepted.

    Attributes:
        call: The call.
    """

    call: Call


class AttemptStarted(NamedTuple):
    """An attempt of a call begins. Over a connection there is only one, when the call is sent.

    Attributes:
        call: The call.
        number: Counts the attempts of the call, from 1.
        reason: Why there is this attempt. "first"; "retry" after an error; "re-resolved" when the actor that the handle
            knew is gone, and the key is looked up again; "version" when the host knows only an older version of the
            protocol.
        delay: The pause before this attempt, in seconds.
        error: How the attempt before failed; None if it did not.
    """

    call: Call
    number: int
    reason: Literal["first", "retry", "re-resolved", "version"]
    delay: float = 0.0
    error: Failure | None = None


class RequestEnded(NamedTuple):
    """An HTTP request has its answer, or has failed. A call may need several: look-ups have requests of their own.

    Attributes:
        call: The call that it belongs to; None for what a connection needs to know before it connects.
        method: HTTP method.
        path: Path of the URL, without the query.
        duration: Seconds until the answer was there; for `fetch` and `stream`, until its head was.
        status: Status code of the answer; None if there was none.
        ray_id: Id of the request in the engine's logs, or None.
        error: Why there is no answer.
    """

    call: Call | None
    method: str
    path: str
    duration: float
    status: int | None = None
    ray_id: str | None = None
    error: Failure | None = None


class RetryScheduled(NamedTuple):
    """A request has failed, and is sent again after a pause.

    Attributes:
        call: As in `RequestEnded`.
        attempt: Number of the attempt that has failed.
        delay: The pause, in seconds. A long pause may have two events, the second one as a warning.
        error: How the attempt has failed.
        is_warning: The call has had no success for 3 seconds. True once for each call.
        message: What the log says.
    """

    call: Call | None
    attempt: int
    delay: float
    error: Failure
    is_warning: bool
    message: str


class CallEnded(NamedTuple):
    """A call has its outcome. Each `CallStarted` is followed by one.

    Attributes:
        call: The call.
        outcome: "ok"; "error"; "cancelled" when the caller has given it up.
        duration: Seconds since the call began.
        attempts: How many attempts there were. 0 if the call was not sent.
        may_have_run: False when the actor surely has not acted on the call.
        ray_id: Id of the call in the engine's logs; over a connection, the one of the handshake. None if unknown.
        error: Why it failed, unless the outcome is "ok".
    """

    call: Call
    outcome: Literal["ok", "error", "cancelled"]
    duration: float
    attempts: int
    may_have_run: bool
    ray_id: str | None
    error: Failure | None = None


class Connecting(NamedTuple):
    """An attempt to connect begins.

    Attributes:
        connection: The connection.
        attempt: Counts the attempts of the connection, from 1.
    """

    connection: Connection
    attempt: int


class ConnectionOpened(NamedTuple):
    """A connection is open.

    Attributes:
        connection: The connection.
        attempt: Number of the attempt that has succeeded.
        duration: Seconds since that attempt began.
        ray_id: Id of the handshake in the engine's logs, or None.
        actor_id: The actor at the other end.
    """

    connection: Connection
    attempt: int
    duration: float
    ray_id: str | None
    actor_id: str | None


class ConnectionLost(NamedTuple):
    """An open connection has ended. `Reconnecting`, `ConnectionFailed` or `ConnectionClosed` tells what comes next.

    Attributes:
        connection: The connection.
        duration: Seconds for which it was open.
    """

    connection: Connection
    duration: float


class Reconnecting(NamedTuple):
    """A connection is tried again after a pause.

    Attributes:
        connection: The connection.
        delay: The pause, in seconds.
        error: Why the connection has to be tried again.
        is_warning: There has been no connection for 3 seconds. True once for each outage.
    """

    connection: Connection
    delay: float
    error: Failure
    is_warning: bool


class ConnectionFailed(NamedTuple):
    """Something went wrong with a connection, and no call is there to raise the error.

    Attributes:
        connection: The connection.
        error: What went wrong.
        is_final: The connection has given up. If it has not, it goes on.
    """

    connection: Connection
    error: Failure
    is_final: bool


class ConnectionClosed(NamedTuple):
    """A connection is over: it was closed, or has given up.

    Attributes:
        connection: The connection.
        error: Why it has given up; None if it was closed.
    """

    connection: Connection
    error: Failure | None = None


class EventsReceived(NamedTuple):
    """Events of one name have arrived, one directly after the other.

    Attributes:
        connection: The connection.
        name: Their name.
        number: How many there are.
    """

    connection: Connection
    name: str
    number: int


Event: TypeAlias = (
    ClientOpened
    | ClientClosed
    | CallStarted
    | AttemptStarted
    | RequestEnded
    | RetryScheduled
    | CallEnded
    | Connecting
    | ConnectionOpened
    | ConnectionLost
    | Reconnecting
    | ConnectionFailed
    | ConnectionClosed
    | EventsReceived
)


# --- Observers -------------------------------------------------------------------------------------------------------


class Observer:
    """Is told what a client does. Derive a class from this one, and override the methods that you need.

    The methods are plain functions, also for an `AsyncClient`, and must be quick: the call or the connection goes on
    when they have returned. Whatever they raise is logged once for each method and harms nothing; only
    `KeyboardInterrupt` and `SystemExit` pass, as from a callback.

    One observer may serve several clients. Then its methods may run on several threads at once.
    """

    def client_opened(self, event: ClientOpened) -> None:
        """A client was made with this observer."""

    def client_closed(self, event: ClientClosed) -> None:
        """A client was closed."""

    def call_started(self, event: CallStarted) -> None:
        """A call begins. What this method sets in context variables holds until `call_ended`, if that undoes it."""

    def attempt_started(self, event: AttemptStarted) -> None:
        """An attempt of a call begins."""

    def request_ended(self, event: RequestEnded) -> None:
        """An HTTP request has its answer, or has failed."""

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """A request has failed, and is sent again after a pause."""

    def call_ended(self, event: CallEnded) -> None:
        """A call has its outcome."""

    def connecting(self, event: Connecting) -> None:
        """An attempt to connect begins. What this method sets in context variables holds for that attempt only."""

    def connection_opened(self, event: ConnectionOpened) -> None:
        """A connection is open."""

    def connection_lost(self, event: ConnectionLost) -> None:
        """An open connection has ended."""

    def reconnecting(self, event: Reconnecting) -> None:
        """A connection is tried again after a pause."""

    def connection_failed(self, event: ConnectionFailed) -> None:
        """Something went wrong with a connection, and no call is there to raise the error."""

    def connection_closed(self, event: ConnectionClosed) -> None:
        """A connection is over."""

    def events_received(self, event: EventsReceived) -> None:
        """Events have arrived."""


METHODS = tuple(name for name in vars(Observer) if not name.startswith("_"))
"""The methods of observers."""

_ADVICE = "an observer is an object of a class that is derived from rivet_client.Observer"


def check_observers(given: object) -> tuple[Observer, ...]:
    """Check the observers that a client is given.

    Raises:
        TypeError: They are none; the text says what an observer is.
    """
    if isinstance(given, Observer):
        raise TypeError(f"observers must be a list: write observers=[{type(given).__name__}(...)]")
    if not isinstance(given, Iterable) or isinstance(given, (str, bytes)):
        raise TypeError(f"observers must be a list, not {type(given).__name__}; {_ADVICE}")
    return tuple(_checked(one) for one in cast("Iterable[object]", given))


def _checked(one: Any) -> Observer:
    if isinstance(one, type):
        raise TypeError(f"observers must be objects, not the class {one.__name__}; {_ADVICE}")
    if not isinstance(one, Observer):
        raise TypeError(f"observers must not have a {type(one).__name__}; {_ADVICE}")
    for name in METHODS:
        if inspect.iscoroutinefunction(getattr(one, name)):
            raise TypeError(
                f"{type(one).__name__}.{name} must be a plain function: nobody awaits what observers return"
            )
    return one
