"""What happens to one connection and its calls, for those who watch them; see `_core/watch.py`."""

from __future__ import annotations

import itertools

# The log, too: if the interpreter ended while a connection's thread imports, the exit would wait for ever.
from rivet_client._common import logs as logs
from rivet_client._core.context import Context
from rivet_client._core.session import (
    ActorSession,
    Call,
    ErrorReported,
    Lost,
    Opened,
    OpenRequested,
    RetryScheduled,
    SessionEvent,
)
from rivet_client._core.target import Target
from rivet_client._core.watch import Watch
from rivet_client.observers import (
    Connecting,
    Connection,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionOpened,
    Event,
    EventsReceived,
    Failure,
    Reconnecting,
)

__all__ = ["CallWatch", "ConnectionWatch"]

_next_id = itertools.count(1).__next__


class ConnectionWatch:
    """Tells observers what happens to one connection. Callers hold no lock.

    Args:
        context: The client's.
        target: The actor.
        session: The connection's.

    Attributes:
        hears_events: Whether an observer listens to events.
        unsent: The watched calls that have not been sent, by number.
    """

    def __init__(self, context: Context, target: Target, session: ActorSession) -> None:
        self.hears_events: bool = context.observers.wants("events_received")
        self.unsent: dict[int, tuple[Call, CallWatch]] = {}
        self._context = context
        self._target = target
        self._session = session
        key = None if target.how == "id" else target.key
        self._about = Connection(_next_id(), target.name, key, session.peer, context.endpoint.url)
        self._attempt = 0
        self._since = 0.0  # when the present attempt began, or the connection was opened

    def call(self, name: str) -> CallWatch:
        """Watch a call of this action."""
        return CallWatch(self, self._context, name, self._target, self._session, self._about)

    def note(self, event: SessionEvent) -> None:
        """Tell what an event of the session means."""
        match event:
            case OpenRequested():
                self._since, self._attempt = self._context.now(), event.attempt
                self._tell("connecting", Connecting(self._about, event.attempt))
            case Opened():
                took, self._since = self._context.now() - self._since, self._context.now()
                ray_id, actor_id = self._session.ray_id, self._session.actor_id
                opened = ConnectionOpened(self._about, self._attempt, took, ray_id, actor_id)
                self._tell("connection_opened", opened)
                for call, watch in list(self.unsent.values()):
                    watch.note_sent(call)
            case Lost():
                self._tell("connection_lost", ConnectionLost(self._about, self._context.now() - self._since))
            case RetryScheduled():
                failure = Failure.of(event.error)
                again = Reconnecting(self._about, event.delay, failure, event.is_warning)
                self._tell("reconnecting", again)
            case ErrorReported():
                failed = ConnectionFailed(self._about, Failure.of(event.error), event.final)
                self._tell("connection_failed", failed)
            case _:
                pass

    def note_events(self, name: str, number: int) -> None:
        """Tell that so many events have arrived."""
        self._tell("events_received", EventsReceived(self._about, name, number))

    def note_end(self) -> None:
        """Tell that the connection is over."""
        error = self._session.final_error
        closed = ConnectionClosed(self._about, None if error is None else Failure.of(error))
        self._tell("connection_closed", closed)

    def _tell(self, name: str, event: Event) -> None:
        if self._context.observers.wants(name):
            self._context.observers.tell(name, event)


class CallWatch(Watch):
    """One call over a connection, while somebody watches it. Its attempt begins when it is sent."""

    __slots__ = ("_call", "_connection")

    def __init__(
        self,
        connection: ConnectionWatch,
        context: Context,
        name: str,
        target: Target,
        session: ActorSession,
        about: Connection,
    ) -> None:
        super().__init__(context, "action", name, target, context.now(), lambda: session.ray_id, about)
        self._connection = connection
        self._call: Call | None = None

    def __enter__(self) -> CallWatch:
        super().__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._call is not None:
            self.note_sent(self._call)
            self._connection.unsent.pop(self._call.id, None)
        super().__exit__(kind, error, traceback)

    def made(self, call: Call) -> None:
        """Note what the session has made of the call: it was sent, or waits until the connection is open."""
        self._call = call
        self._connection.unsent[call.id] = call, self
        self.note_sent(call)

    def note_sent(self, call: Call) -> None:
        """Note that the call was sent, unless it was not, or that is noted already. Any thread may ask."""
        if call.sent_at is not None and self._connection.unsent.pop(call.id, None) is not None:
            self.attempt()
