"""One actor connection without I/O, through all its WebSockets: calls, events, liveness, loss and reconnection.

States and what moves between them:

    IDLE ----start---> DIALING --dialed--> OPENING --Init--> OPEN
                          |                   |                |
                          +-----failed--------+------lost------+
                          |                                    |
                       WAITING <--may come back----------------+---is final--> ENDED
                          |
                          +--backoff over--> DIALING                close() from anywhere: CLOSING -> ENDED

A driver feeds inputs and, after each, writes `data_to_send()`, delivers `events()`, and arms one timer for
`next_deadline()`. Peer input never raises. All times are seconds on the driver's monotonic clock.
"""

from __future__ import annotations

import copy
import enum
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

from rivet_client._core.context import Context
from rivet_client._core.effects import HttpResponse
from rivet_client._core.failures import defect, error_from_message, error_from_response, timed_out
from rivet_client._core.gateway import DialPlan
from rivet_client._core.reconnect import (
    INITIAL_DELAY,
    MAX_DELAY,
    STABLE_AFTER,
    closed_error,
    is_about_one_message,
    is_final,
    is_from_get_params,
    is_message_too_long,
)
from rivet_client._core.retry import PATIENCE, backoff
from rivet_client._core.target import Target
from rivet_client._core.websocket import Accepted, Closed, Rejected, WebSocket
from rivet_client._core.wording import reword
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ConnectionClosedError,
    DecodeError,
    ProtocolError,
    RivetError,
    TransportError,
)
from rivet_client.values import ConnectionStatus
from rivet_client_generated.protocol.base import made
from rivet_client_generated.protocol.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Event,
    Init,
    SubscriptionRequest,
)

__all__ = [
    "CLOSED_BY_USER",
    "OVER",
    "PROBE",
    "ActorSession",
    "CallFailed",
    "CallSucceeded",
    "ErrorReported",
    "EventsReceived",
    "HangUp",
    "Lost",
    "OpenRequested",
    "Opened",
    "Phase",
    "RetryScheduled",
    "SessionEvent",
    "StatusChanged",
]


_E = TypeVar("_E", bound=RivetError)


class Phase(enum.Enum):
    """Where a connection is in its life, as its driver needs to know it.

    | Phase   | What has happened                      | Takes calls | The stream | `final_error` |
    |---------|----------------------------------------|-------------|------------|---------------|
    | LIVE    | nobody has ended the connection        | yes         | may exist  | None          |
    | CLOSING | the user has closed it; the peer has   | no          | exists     | None          |
    |         | not answered the close yet             |             |            |               |
    | CLOSED  | the user has closed it                 | no          | is gone    | None          |
    | FAILED  | the connection has given up            | no          | is gone    | the reason    |
    """

    LIVE = "live"
    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"


OVER: Final = (Phase.CLOSED, Phase.FAILED)
"""The phases in which nothing more can happen. Events that happened before may still have to be delivered."""

CLOSED_BY_USER: Final = (Phase.CLOSING, Phase.CLOSED)
"""The phases in which nobody wants the connection's events any more."""


# --- What a session reports ------------------------------------------------------------------------------------


class CallSucceeded(NamedTuple):
    """A call has its result."""

    waiter: Any
    value: Any


class CallFailed(NamedTuple):
    """A call has failed."""

    waiter: Any
    error: RivetError


class EventsReceived(NamedTuple):
    """Events of one name that somebody subscribed to arrived, one after the other: the arguments of each."""

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
    """Something went wrong that no call can be told. `final`: the connection has given up."""

    error: RivetError
    final: bool


class OpenRequested(NamedTuple):
    """Dial, and answer with `dialed` or `dial_failed`. `lost_actor_id`: look first whether it still exists.

    `last_error`: why the attempt before failed, if the connection has never been open.
    """

    attempt: int
    lost_actor_id: str | None
    last_error: RivetError | None


class RetryScheduled(NamedTuple):
    """The connection is tried again in `delay` seconds, because of `error`.

    `is_warning`: there has been none for a while, which somebody should look at; said once for each outage.
    """

    delay: float
    error: RivetError
    is_warning: bool


class HangUp(NamedTuple):
    """Write these last bytes if that can be done at once, then close the stream, or give up dialing it."""

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


_State: TypeAlias = Literal["idle", "dialing", "opening", "open", "waiting", "closing", "ended"]

_STATUS: Final[dict[_State, ConnectionStatus]] = {
    "idle": ConnectionStatus.IDLE,
    "dialing": ConnectionStatus.CONNECTING,
    "opening": ConnectionStatus.CONNECTING,
    "open": ConnectionStatus.CONNECTED,
    "waiting": ConnectionStatus.DISCONNECTED,
    "closing": ConnectionStatus.IDLE,
    "ended": ConnectionStatus.IDLE,
}

# From the moment that a stream is asked for.
_WITH_STREAM: Final = ("dialing", "opening", "open", "closing")


PROBE: Final = "rivet-client/are-you-there"
"""An action that no actor has: every actor answers at once that it is missing."""


@dataclass(slots=True)
class Call:
    """A call that has no answer yet.

    Attributes:
        id: Its number on the wire.
        waiter: Whatever the driver wants back with the result.
        name: The action.
        args: Payload; dropped once sent.
        timeout: Its time, in seconds, for error texts.
        deadline: When it fails.
        sent_at: When it was sent; None while the actor cannot have seen it.
        size: Of its message, in bytes, once sent.
    """

    id: int
    waiter: Any
    name: str
    args: Any = field(repr=False)
    timeout: float | None
    deadline: float | None
    sent_at: float | None = None
    size: int = 0


class ActorSession:
    """The life of one actor connection.

    Args:
        context: The client's.
        target: The actor.
        has_params: Connection parameters are sent.
        random_bytes: Unpredictable bytes, for WebSocket masks.
    """

    def __init__(
        self,
        context: Context,
        target: Target,
        *,
        has_params: bool,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.peer = str(target)
        self.limits = context.limits
        self.status = ConnectionStatus.IDLE
        self.actor_id: str | None = None
        self.connection_id: str | None = None
        self.final_error: RivetError | None = None
        self._last_error: RivetError | None = None  # since it was last open
        self._namespace = ""
        self._actions = context.actions_of(target.name)  # that actors of this name are known to have
        self._encoding = context.encoding
        self._follows_key = target.how == "get_or_create"  # it makes the actor anew when that is missing
        self._has_params = has_params
        self._random_bytes = random_bytes
        self._jitter = context.jitter
        self._state: _State = "idle"
        self._events: list[SessionEvent] = []
        self._websocket: WebSocket | None = None
        self._attempt = 0  # number of the WebSocket, ever
        self._ray_id: str | None = None  # by which the engine's logs know the WebSocket
        self._failures = 0  # attempts since the last stable connection
        self._repeats = 0  # how many attempts in a row have ended like the last one
        self._opened_at = 0.0
        self._down_since: float | None = None  # there should be a connection, and nobody has been warned
        self._next_id = 0
        self._calls: dict[int, Call] = {}  # sent over the present WebSocket
        self._unsent: dict[int, Call] = {}  # waiting for one
        self._subscriptions: set[str] = set()
        self._state_deadline: float | None = None  # of the present state: attempt, backoff or close
        self._calls_deadline: float | None = None  # no call's deadline is earlier
        self._known_cause: RivetError | None = None  # what is known of why the attempt before failed
        self._lost_actor_id: str | None = None  # may be destroyed: look before the next attempt
        self._last_byte_at = 0.0
        self._pinged_at: float | None = None
        self._liveness_deadline: float | None = None
        self._longest_sent = 0  # bytes of a message over the present WebSocket
        self._last_message_at = 0.0  # the last message came, be it from the actor or about it
        self._probe_deadline: float | None = None
        self._is_paused = False

    # --- Outputs -----------------------------------------------------------------------------------------------

    def data_to_send(self) -> list[bytes]:
        """Return, once, what is to be written to the stream."""
        return self._websocket.data_to_send() if self._websocket is not None else []

    def events(self) -> list[SessionEvent]:
        """Return, once, what has happened."""
        events, self._events = self._events, []
        return events

    @property
    def pending(self) -> list[SessionEvent]:
        """What `events` would return, left where it is."""
        return self._events

    def next_deadline(self) -> float | None:
        """When `tick` must be called next, or None."""
        earliest = self._state_deadline
        for at in (self._calls_deadline, self._liveness_deadline, self._probe_deadline):
            if at is not None and (earliest is None or at < earliest):
                earliest = at
        return earliest

    @property
    def phase(self) -> Phase:
        """Where the connection is in its life."""
        if self._state == "ended":
            return Phase.CLOSED if self.final_error is None else Phase.FAILED
        return Phase.CLOSING if self._state == "closing" else Phase.LIVE

    @property
    def must_read(self) -> bool:
        """Whether something other than events is awaited: that it opens, an answer, the peer's side of a close."""
        return self._state != "open" or bool(self._calls)

    @property
    def calls_in_flight(self) -> int:
        """How many calls that were sent wait for their answer."""
        return len(self._calls)

    @property
    def calls_queued(self) -> int:
        """How many calls wait for a connection."""
        return len(self._unsent)

    @property
    def latest_waiter(self) -> Any:
        """Who waits for the answer to the call that was sent last; None if nobody waits for any."""
        return next(reversed(self._calls.values())).waiter if self._calls else None

    # --- Intents of the user -----------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """Begin to connect, unless it is closed already."""
        if self._state == "idle":
            self._down_since = now
            self._dial(now)

    def call(self, waiter: Any, name: str, args: Any, timeout: float | None, now: float) -> Call:
        """Send an action, or keep it until there is a connection.

        Args:
            waiter: Comes back in `CallSucceeded` or `CallFailed`.
            name: The action.
            args: Payload of its arguments.
            timeout: Time until it fails, in seconds, or None.
            now: The time.

        Raises:
            ConnectionClosedError: Closed, or too many calls are waiting for a connection.
            RivetError: The error that the connection gave up with.
        """
        self.check_usable()
        deadline = None if timeout is None else now + timeout
        if self._state != "open" and len(self._unsent) >= self.limits.max_queued_calls:
            raise ConnectionClosedError(
                f"{len(self._unsent)} calls already wait for the connection to {self.peer}; wait for it with "
                "wait_ready(), or call over HTTP",
                may_have_run=False,
            )
        call = Call(self._take_id(), waiter, name, args, timeout, deadline)
        if deadline is not None and (self._calls_deadline is None or deadline < self._calls_deadline):
            self._calls_deadline = deadline
        try:
            self._unsent[call.id] = call
            if self._state == "open":
                self._transmit(call, now)
            return call
        except BaseException:  # Ctrl-C: its caller will not wait for it
            self.forget(call)
            raise

    def check_usable(self) -> None:
        """Raise what a call would raise now.

        Raises:
            ConnectionClosedError: Closed.
            RivetError: The error that the connection gave up with.
        """
        if self.phase is not Phase.LIVE:
            raise self.end_error()

    def end_error(self) -> RivetError:
        """What an ended connection answers every call with; a copy, for each caller adds its own traceback."""
        return _copy(self.final_error) if self.final_error is not None else _closed_by_us()

    def forget(self, call: Call) -> None:
        """Drop a call whose caller has stopped waiting; a late answer is ignored."""
        self._calls.pop(call.id, None)
        self._unsent.pop(call.id, None)

    def forget_waiter(self, waiter: Any) -> None:
        """Drop the call of this waiter, whose caller was interrupted and may not even know its call."""
        for call in (*self._calls.values(), *self._unsent.values()):
            if call.waiter is waiter:
                self.forget(call)

    def expire(self, call: Call, now: float) -> ActionTimeoutError:
        """Drop a call whose time is up; returns what its caller is told."""
        error = self._out_of_time(call, now)
        self.forget(call)
        return error

    def not_ready_error(self, timeout: float | None) -> ActionTimeoutError:
        """What somebody who waited so long, in seconds, for the connection to open is told."""
        text = f"no connection to {self.peer} within {timeout:g} s"
        return timed_out(text, timeout, may_have_run=False, last=self._last_error)

    def subscribe(self, name: str) -> None:
        """Have events of this name delivered, now and after every reconnection."""
        if name not in self._subscriptions:
            self._send_subscription(name, subscribe=True)
            self._subscriptions.add(name)  # last: an interrupted one is made again

    def unsubscribe(self, name: str) -> None:
        """Stop having them delivered."""
        if name in self._subscriptions:
            self._send_subscription(name, subscribe=False)
            self._subscriptions.discard(name)

    def pause(self, paused: bool, now: float) -> None:
        """Note that the driver has stopped, or resumed, reading: silence then says nothing about the peer."""
        self._is_paused = paused
        self._last_byte_at = now

    def close(self, now: float) -> None:
        """End the connection for good; every waiting call fails."""
        if self.phase is not Phase.LIVE:
            return
        lost = [Lost()] if self._state == "open" else []
        self._fail_calls({**self._calls, **self._unsent}, _closed_by_us)
        websocket = self._websocket
        if websocket is not None and websocket.is_open:
            self._liveness_deadline = self._probe_deadline = None  # the close has a deadline of its own
            websocket.close(1000, "Disposed")
            self._enter("closing", now + self.limits.close_timeout, *lost)
        else:
            self._end(*lost)

    def fail(self, cause: BaseException, now: float) -> None:
        """Give up because of something that must not happen, whatever state that has left the session in."""
        if self.phase in OVER:
            return
        self._websocket = None  # what it would still say is of no use
        if self.phase is not Phase.LIVE:
            self._end()
        else:
            self._ended(defect(f"the connection to {self.peer}", cause), now, final=True)

    # --- Inputs from the driver --------------------------------------------------------------------------------

    def dialed(self, attempt: int, dial: DialPlan, now: float) -> bool:
        """The stream is connected. Returns False when it is not wanted any more."""
        if self._state != "dialing" or attempt != self._attempt:
            return False
        self._last_byte_at = now
        self._longest_sent = 0
        self._known_cause = dial.known_cause or self._known_cause
        self._namespace = dial.namespace
        self._websocket = WebSocket(self._random_bytes, max_message_bytes=self.limits.max_message_bytes)
        self._websocket.start(dial.authority, dial.resource, dial.headers.items(), dial.subprotocols)
        self._enter("opening", self._state_deadline)
        return True

    def dial_failed(self, attempt: int, error: RivetError, now: float) -> None:
        """The stream could not be connected."""
        if self._state == "dialing" and attempt == self._attempt:
            self._ended(error, now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take bytes from the stream. If an exception comes out of the midst of it, go on with `receive_eof`."""
        websocket = self._websocket
        if websocket is None:
            return
        self._last_byte_at = now
        decode = self._encoding.messages.decode_to_client
        for item in websocket.receive_data(data):
            if isinstance(item, bytes) or isinstance(item, str):  # noqa: SIM101 (each event passes here)
                try:
                    # A peer may send either kind of message; the encoding decides how its bytes are read.
                    message = decode(item if isinstance(item, bytes) else item.encode())
                except DecodeError as error:
                    self._break(websocket, error, now)
                else:
                    self._last_message_at = now
                    self._probe_deadline = None
                    self._receive(message, now)
            else:
                self._receive_other(item, now)
            if self._websocket is not websocket:
                return

    def receive_eof(self, now: float) -> None:
        """Take the end, or the failure, of the stream."""
        if self._websocket is not None:
            self._receive_other(self._websocket.receive_eof(), now)

    def tick(self, now: float) -> None:
        """Do what is due."""
        if self._state_deadline is not None and now >= self._state_deadline:
            if self._state == "waiting":
                self._dial(now)
            elif self._state == "closing":
                self._end()
            else:
                after = f"{self.limits.open_timeout:g} s"
                self._ended(
                    TransportError(f"no connection to {self.peer} within {after}", may_have_run=False), now
                )
        if self._calls_deadline is not None and now >= self._calls_deadline:
            self._expire_calls(now)
        self._check_liveness(now)
        self._check_probe(now)

    # --- Messages ----------------------------------------------------------------------------------------------

    def _receive(self, message: Init | Error | ActionResponse | Event, now: float) -> None:
        # Not isinstance: whether a model is of another class, pydantic takes long to find out.
        if type(message) is Event:
            self._receive_event(message.name, message.args)
        elif type(message) is ActionResponse:
            call = self._calls.get(message.id)
            if call is not None:
                try:
                    self._events.append(CallSucceeded(call.waiter, self._encoding.load(message.output)))
                    self._actions.add(call.name)
                except DecodeError as error:
                    self._events.append(CallFailed(call.waiter, error))
                self.forget(call)
        elif isinstance(message, Error):
            self._receive_error(message, now)
        elif isinstance(message, Init) and self._state == "opening":
            self._open(message, now)

    def _receive_event(self, name: str, payload: Any) -> None:
        if name in self._subscriptions:
            try:
                args = self._encoding.load(payload)
            except DecodeError as error:
                self._events.append(ErrorReported(error, final=False))
                return
            found = tuple(args) if isinstance(args, list) else (args,)
            last = self._events[-1] if self._events else None
            if isinstance(last, EventsReceived) and last.name == name:
                last.batch.append(found)
            else:
                self._events.append(EventsReceived(name, deque((found,))))

    def _receive_error(self, message: Error, now: float) -> None:
        answered_by = None if message.action_id is None else self.actor_id
        error = error_from_message(message, self._encoding.load_plain, self._ray_id, answered_by=answered_by)
        if message.action_id is None:
            # About the connection itself; the server closes next, but waiting for that would add nothing.
            self._ended(error, now)
        elif (call := self._calls.get(message.action_id)) is not None:
            reword(error, self.peer, action=call.name, actions=self._actions)
            self._events.append(CallFailed(call.waiter, error))
            self.forget(call)

    def _receive_other(self, item: Accepted | Rejected | Closed, now: float) -> None:
        if isinstance(item, Accepted):
            self._ray_id = item.headers.get("x-rivet-ray-id")
        elif isinstance(item, Rejected):
            error = error_from_response(self._encoding, HttpResponse(item.status, item.headers, item.body))
            come_back = item.status in (408, 429) or item.status >= 500
            self._ended(error, now, final=not come_back)
        elif self._state == "closing":
            self._end()
        else:
            self._ended(closed_error(item, self._ray_id), now, look_up=item.code == 1000)

    # --- Transitions -------------------------------------------------------------------------------------------

    def _enter(
        self, state: _State, deadline: float | None, *events: SessionEvent, error: RivetError | None = None
    ) -> None:
        """Change the state and tell of it, all in one step: what an exception has kept from it is done again."""
        status = _STATUS[state]
        has_stream = state in _WITH_STREAM
        told: list[SessionEvent] = []
        if self._state in _WITH_STREAM and not has_stream:
            told.append(HangUp(self.data_to_send()))
        if status is not self.status:
            told.append(StatusChanged(status))
        self._events, self._state_deadline, self._websocket, self.final_error, self.status, self._state = (
            [*self._events, *told, *events],
            deadline,
            self._websocket if has_stream else None,
            error or self.final_error,
            status,
            state,
        )

    def _dial(self, now: float) -> None:
        self._attempt += 1
        # Once it has been open, the actor is known to start: what comes then is an outage, and passes.
        last_error = self._last_error if self.connection_id is None else None
        request = OpenRequested(self._attempt, self._lost_actor_id, last_error)
        self._enter("dialing", now + self.limits.open_timeout, request)

    def _open(self, init: Init, now: float) -> None:
        self.actor_id = init.actor_id
        self.connection_id = init.connection_id
        self._opened_at = now
        self._last_error = self._known_cause = None
        self._lost_actor_id = None
        self._liveness_deadline = now + self.limits.ping_interval
        self._enter("open", None, Opened())
        for name in sorted(self._subscriptions):
            self._send_subscription(name, subscribe=True)
        for call in list(self._unsent.values()):
            self._transmit(call, now)

    def _ended(
        self, error: RivetError, now: float, *, final: bool | None = None, look_up: bool = False
    ) -> None:
        """An attempt failed, or the connection was lost: decide what comes next."""
        was_open = self._state == "open"
        reword(error, self.peer, namespace=self._namespace, size=self._longest_sent or None)
        if self._known_cause is not None and _kind(error) == _kind(self._known_cause):
            error = self._known_cause  # the same failure again: the engine has said more about it
        if isinstance(error, (ActorError, ProtocolError)):
            error.may_have_run = False  # the connection's own error; a call that was sent is told otherwise
        self._repeats = self._repeats + 1 if _kind(error) == _kind(self._last_error) else 1
        self._last_error = error
        if final is None:
            final = is_final(
                error,
                follows_key=self._follows_key,
                was_open=was_open,
                has_params=self._has_params,
                is_new=self.connection_id is None,
                repeats=self._repeats,
            )
        # What ends the connection for good is what every call is told, whenever it was made.
        itself = final or is_about_one_message(error)
        self._fail_calls(self._calls, lambda: _copy(error) if itself else _lost(error))
        if final or is_from_get_params(error):
            self._fail_calls(self._unsent, lambda: _copy(error))
        told: list[SessionEvent] = [Lost()] if was_open else []
        if itself or is_from_get_params(error):
            told.append(ErrorReported(error, final))
        if look_up:
            self._lost_actor_id = self.actor_id
        if final:
            self._end(*told, error=error)
        else:
            stable = was_open and now - self._opened_at >= STABLE_AFTER
            self._failures = 0 if stable else self._failures + 1
            delay = (
                backoff(self._failures, INITIAL_DELAY, MAX_DELAY, self._jitter()) if self._failures else 0.0
            )
            if was_open:
                self._down_since = now
            is_warning = self._down_since is not None and now - self._down_since >= PATIENCE
            if is_warning:
                self._down_since = None
            self._stop_watching()
            self._enter("waiting", now + delay, RetryScheduled(delay, error, is_warning), *told)

    def _break(self, websocket: WebSocket, error: ProtocolError, now: float) -> None:
        websocket.close(1002, "undecodable message")
        self._ended(error, now)

    def _end(self, *events: SessionEvent, error: RivetError | None = None) -> None:
        self._stop_watching()
        self._enter("ended", None, *events, error=error)
        self._subscriptions.clear()
        self._calls_deadline = None

    def _stop_watching(self) -> None:
        self._is_paused = False
        self._pinged_at = self._liveness_deadline = self._probe_deadline = None

    # --- Calls and liveness ------------------------------------------------------------------------------------
    #
    # An exception can come between any two lines: memory runs out, or a signal handler raises. So what is about to be
    # sent is noted first, and a call is forgotten once its outcome is among the events.

    def _take_id(self) -> int:
        """A number that no other call has, ever."""
        taken = self._next_id
        self._next_id += 1
        return taken

    def _transmit(self, call: Call, now: float) -> None:
        if call.deadline is not None and call.deadline <= now:
            return  # the next tick fails it: what nobody waits for does not run
        assert self._websocket is not None
        message = made(ActionRequest, {"id": call.id, "name": call.name, "args": call.args})
        data = self._encoding.messages.encode_to_server(message)
        call.size = self._measure(data)
        call.sent_at = now
        call.args = None
        self._calls[call.id] = call
        del self._unsent[call.id]
        self._websocket.send_message(data)

    def _send_subscription(self, name: str, *, subscribe: bool) -> None:
        if self._state == "open":
            assert self._websocket is not None
            message = SubscriptionRequest(event_name=name, subscribe=subscribe)
            data = self._encoding.messages.encode_to_server(message)
            self._measure(data)
            self._websocket.send_message(data)

    def _measure(self, data: bytes | str) -> int:
        size = len(data) if isinstance(data, bytes) else len(data.encode())
        if size > self._longest_sent:
            self._longest_sent = size
        return size

    def _fail_calls(self, calls: Mapping[int, Call], error: Callable[[], RivetError]) -> None:
        for call in list(calls.values()):
            failed = error()
            # The host takes messages one after the other, none that is too long, and nothing after that one. So it took
            # neither the longest of all nor what came after it.
            is_refused = is_message_too_long(failed) and call.size == self._longest_sent
            failed.may_have_run = call.sent_at is not None and not is_refused
            self._events.append(CallFailed(call.waiter, failed))
            self.forget(call)

    def _out_of_time(self, call: Call, now: float) -> ActionTimeoutError:
        if call.sent_at is not None and call.sent_at >= self._last_message_at and call.id in self._calls:
            self._probe(now)
        was_sent = call.sent_at is not None
        text = (
            f"action {call.name!r} over the connection to {self.peer} had no answer within {call.timeout:g} s"
        )
        last = None if was_sent else self._last_error
        return timed_out(text, call.timeout, may_have_run=was_sent, last=last)

    def _expire_calls(self, now: float) -> None:
        """Fail the calls whose time is up, and find the next bound.

        The bound is allowed to be early: keeping it exact on every answer would cost every call, while one sweep
        per timeout costs nothing.
        """
        earliest: float | None = None
        for call in (*self._calls.values(), *self._unsent.values()):
            if call.deadline is None:
                continue
            if call.deadline <= now:
                self._events.append(CallFailed(call.waiter, self._out_of_time(call, now)))
                self.forget(call)
            elif earliest is None or call.deadline < earliest:
                earliest = call.deadline
        self._calls_deadline = earliest

    def _check_liveness(self, now: float) -> None:
        if self._liveness_deadline is None or now < self._liveness_deadline:
            return
        assert self._websocket is not None
        if self._is_paused:
            self._last_byte_at = now
        # Anything the peer sends is a sign of life, so a busy connection is never pinged.
        quiet_until = self._last_byte_at + self.limits.ping_interval
        if now < quiet_until:
            self._liveness_deadline = quiet_until
        elif self._pinged_at is None or self._last_byte_at >= self._pinged_at:
            self._pinged_at = now
            self._liveness_deadline = now + self.limits.ping_timeout
            self._websocket.ping()
        else:
            silent = f"{now - self._last_byte_at:.0f} s"
            self._ended(
                ConnectionClosedError(f"the connection was lost: the peer is silent for {silent}"), now
            )

    def _probe(self, now: float) -> None:
        """Ask the actor for a sign of life, because it let a call go unanswered.

        The engine answers pings itself, also when messages do not reach the actor any more: for some time after its
        host has crashed, and for good when the actor was destroyed asleep and made again (PROTOCOL.md 5.4).
        """
        if self._state == "open" and self._probe_deadline is None:
            assert self._websocket is not None
            # Nobody waits for the answer: that there is one, is the answer.
            message = ActionRequest(id=self._take_id(), name=PROBE, args=self._encoding.dump([], "args"))
            self._probe_deadline = now + self.limits.probe_timeout
            self._websocket.send_message(self._encoding.messages.encode_to_server(message))

    def _check_probe(self, now: float) -> None:
        if self._probe_deadline is None or now < self._probe_deadline:
            return
        if self._is_paused:
            self._probe_deadline = now + self.limits.probe_timeout
        else:
            self._ended(
                ConnectionClosedError("the connection was lost: the actor answers nothing any more"), now
            )


def _closed_by_us() -> RivetError:
    return ConnectionClosedError("the connection is closed")


def _kind(error: RivetError | None) -> tuple[str, str] | type:
    return (error.group, error.code) if isinstance(error, ActorError) else type(error)


def _copy(error: _E) -> _E:
    """An error for one more caller, whose traceback it will carry."""
    twin = copy.copy(error)
    twin.__cause__ = error.__cause__
    return twin


def _lost(error: RivetError) -> ConnectionClosedError:
    if isinstance(error, ConnectionClosedError):
        return _copy(error)
    lost = ConnectionClosedError(f"the connection was lost: {error}", may_have_run=True)
    lost.__cause__ = error
    return lost
