"""One actor connection through all its WebSockets: what each input means, and what follows from it.

`ActorSession` holds the parts of this package together. It reads and writes the messages, keeps the subscriptions, and
changes the state by the table in `states`. The modules `calls`, `liveness` and `attempts` decide the rest.

A driver feeds inputs and, after each, writes `data_to_send()`, delivers `events()`, and arms one timer for
`next_deadline()`. Peer input never raises. All times are seconds on the driver's monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rivet_client._core.context import Context
from rivet_client._core.effects import HttpResponse
from rivet_client._core.endings import (
    closed_by_user,
    closed_error,
    is_about_one_message,
    is_from_get_params,
    lost_error,
    of_connection,
)
from rivet_client._core.failures import defect, error_from_message, error_from_response
from rivet_client._core.gateway import DialPlan
from rivet_client._core.session.attempts import Attempts
from rivet_client._core.session.calls import Call, Calls
from rivet_client._core.session.events import (
    CallFailed,
    CallSucceeded,
    ErrorReported,
    HangUp,
    Lost,
    Opened,
    OpenRequested,
    RetryScheduled,
    SessionEvent,
    StatusChanged,
)
from rivet_client._core.session.liveness import PROBE, Liveness
from rivet_client._core.session.states import (
    CLOSING,
    DIALING,
    IDLE,
    OPEN,
    OPENING,
    OVER,
    TRANSITIONS,
    WAITING,
    Change,
    Phase,
)
from rivet_client._core.session.subscriptions import Subscriptions
from rivet_client._core.target import Target
from rivet_client._core.versions import version_of
from rivet_client._core.websocket import Accepted, Closed, Rejected, WebSocket
from rivet_client._core.wording import Asked
from rivet_client._objects import LateModule
from rivet_client.errors import (
    ActionTimeoutError,
    CallCancelledError,
    DecodeError,
    RivetError,
    TransportError,
    VersionError,
    with_outcome,
)
from rivet_client.values import ConnectionStatus
from rivet_client_generated.protocol.versions import NEWEST

if TYPE_CHECKING:
    from rivet_client_generated.protocol import base, messages
else:  # loaded before the first WebSocket is there
    base = LateModule("rivet_client_generated.protocol.base")
    messages = LateModule("rivet_client_generated.protocol.messages")

__all__ = ["ActorSession"]


class ActorSession:
    """The life of one actor connection.

    Args:
        context: The client's.
        target: The actor.
        has_params: Connection parameters are sent.
        random_bytes: Unpredictable bytes, for WebSocket masks.

    Attributes:
        peer: The actor in error texts.
        limits: The limits of this session.
        actor_id, connection_id: As the server gave them when the connection was opened last; None before that.
        final_error: Why the connection has failed for good.
        calls: The calls that have no answer yet. A driver may read them, and drop one whose caller has stopped waiting.
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
        self._chosen_id = target.chosen_id
        self.limits = context.limits
        self.actor_id: str | None = None
        self.connection_id: str | None = None
        self.final_error: RivetError | None = None
        self.calls = Calls(self.peer, context.encoding.load, context.actions_of(target.name))
        self._context = context
        self._encoding = context.encoding
        self._versions = context.versions
        self._version = NEWEST  # of what is sent over the present WebSocket
        self._random_bytes = random_bytes
        self._namespace = ""
        self._pool = target.creation.pool_name
        self._state = IDLE
        self._state_deadline: float | None = None  # of the present state: attempt, pause or close
        self._events: list[SessionEvent] = []
        self._websocket: WebSocket | None = None
        self._ray_id: str | None = None  # id of the WebSocket in the engine's logs
        self._lost_actor_id: str | None = None  # may be destroyed: the driver checks before the next attempt
        self._open_waiters: tuple[Any, ...] = ()  # who waits until the connection is open
        self._subscriptions = Subscriptions(context.encoding.load)
        self._liveness = Liveness(self.limits)
        self._attempts = Attempts(
            follows_key=target.how == "get_or_create",
            has_params=has_params,
            jitter=context.jitter,
            timeout=context.config.timeout,
        )

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
        """What `events` would return. The events stay in the session."""
        return self._events

    def next_deadline(self) -> float | None:
        """When `tick` must be called next, or None."""
        earliest, liveness = self._state_deadline, self._liveness
        for at in (self.calls.deadline, liveness.ping_deadline, liveness.probe_deadline):
            if at is not None and (earliest is None or at < earliest):
                earliest = at
        return earliest

    @property
    def status(self) -> ConnectionStatus:
        """What the user sees of the state."""
        return self._state.status

    @property
    def phase(self) -> Phase:
        """What the driver needs to know of the state."""
        return self._state.phase

    @property
    def ray_id(self) -> str | None:
        """Id of the present WebSocket, or of the last one, in the engine's logs."""
        return self._ray_id

    @property
    def must_read(self) -> bool:
        """Whether the session waits for more than events: to be open, for an answer, or for the peer's close."""
        return self._state is not OPEN or bool(self.calls.sent)

    @property
    def waits_for_open(self) -> int:
        """How many waiters wait until the connection is open."""
        return len(self._open_waiters)

    def check_usable(self) -> None:
        """Raise what a call would raise now.

        Raises:
            ConnectionClosedError: Closed.
            RivetError: The error that the connection gave up with.
        """
        if self._state.phase is not Phase.LIVE:
            raise self.end_error()

    def end_error(self) -> RivetError:
        """The error of every call over a connection that has ended. Each caller gets an object of its own."""
        return _end_error(self.final_error)

    def not_ready_error(self, timeout: float | None) -> ActionTimeoutError:
        """The error of a caller who has waited `timeout` seconds for the connection to open."""
        text = f"no connection to {self.peer} within {timeout:g} s"
        last_error = self._attempts.last_error
        return ActionTimeoutError(text, timeout=timeout, may_have_run=False, last_error=last_error)

    # --- What the user wants -----------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """Begin to connect, unless it is closed already."""
        if self._state is IDLE:
            self._attempts.start(now)
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
        calls, is_open = self.calls, self._state is OPEN
        if not is_open:
            self.check_usable()
            if len(calls.queued) >= self.limits.max_queued_calls:
                raise calls.queue_full_error()
        call = calls.make(waiter, name, args, timeout, now)
        try:
            calls.queued[call.id] = call
            if is_open:
                self._transmit(call, now)
            return call
        except BaseException:  # Ctrl-C: the caller will not wait for this call
            calls.forget(call)
            raise

    def wait_open(self, waiter: Any) -> bool:
        """Tell a waiter when the connection is open, or when it will never be open.

        Args:
            waiter: Comes back in `CallSucceeded` or `CallFailed`.

        Returns:
            False if the connection is open already. Then the waiter is not told.

        Raises:
            ConnectionClosedError, RivetError: As `check_usable`.
        """
        if self._state is OPEN:
            return False
        self.check_usable()
        self._open_waiters = (*self._open_waiters, waiter)
        return True

    def forget_waiter(self, waiter: Any) -> None:
        """Drop whatever this waiter waits for: its caller was interrupted, and may not even know its call."""
        self.calls.forget_waiter(waiter)
        self._open_waiters = tuple(other for other in self._open_waiters if other is not waiter)

    def expire(self, call: Call, now: float) -> ActionTimeoutError:
        """Drop a call whose time is up; return the error for its caller."""
        error = self._late_error(call, now)
        self.calls.forget(call)
        return error

    def cancel(self, call: Call) -> CallCancelledError:
        """Drop a call that its caller has cancelled; return the error for that caller."""
        self.calls.forget(call)
        return CallCancelledError(may_have_run=call.sent_at is not None)

    def subscribe(self, name: str) -> None:
        """Deliver events of this name, from now on and after every reconnection."""
        if name not in self._subscriptions.names:
            self._send_subscription(name, subscribe=True)
            self._subscriptions.names.add(name)  # last, so that an interrupted subscription is made again

    def unsubscribe(self, name: str) -> None:
        """Stop delivering events of this name."""
        if name in self._subscriptions.names:
            self._send_subscription(name, subscribe=False)
            self._subscriptions.names.discard(name)

    def pause(self, paused: bool, now: float) -> None:
        """Note that the driver has stopped, or resumed, reading."""
        self._liveness.pause(paused, now)

    def close(self, now: float) -> None:
        """End the connection for good; every waiting call fails."""
        if self._state.phase is not Phase.LIVE:
            return
        lost = [Lost()] if self._state is OPEN else []
        self.calls.fail({**self.calls.sent, **self.calls.queued}, closed_by_user, self._events.append)
        websocket = self._websocket
        if websocket is not None and websocket.is_open:
            self._liveness.stop()  # the close has a deadline of its own
            websocket.close(1000, "Disposed")
            self._change(Change.SAY_CLOSE, now + self.limits.close_timeout, *lost)
        else:
            self._end(Change.CLOSE, *lost)

    # --- Inputs from the driver --------------------------------------------------------------------------------

    def dialed(self, attempt: int, dial: DialPlan, now: float) -> bool:
        """The stream is connected. Return False if the session does not want the stream any more."""
        if self._state is not DIALING or attempt != self._attempts.number:
            return False
        self._liveness.last_byte_at = now
        self.calls.longest_sent = 0
        self._attempts.learn(dial.known_cause)
        self._namespace = dial.namespace
        self._websocket = WebSocket(self._random_bytes, max_message_bytes=self.limits.max_message_bytes)
        self._websocket.start(dial.authority, dial.resource, dial.headers.items(), dial.subprotocols)
        self._change(Change.CONNECT, self._state_deadline)
        return True

    def dial_failed(self, attempt: int, error: RivetError, now: float) -> None:
        """The stream could not be connected."""
        if self._state is DIALING and attempt == self._attempts.number:
            self._lose(error, now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take bytes from the stream. If an exception interrupts this method, call `receive_eof` next."""
        websocket, liveness = self._websocket, self._liveness
        if websocket is None:
            return
        liveness.last_byte_at = now
        decode = self._encoding.messages.decode_to_client
        for item in websocket.receive_data(data):
            if isinstance(item, bytes) or isinstance(item, str):  # noqa: SIM101 (each event passes here)
                try:
                    # A peer may send either kind of message; the encoding decides how its bytes are read.
                    frame = item if isinstance(item, bytes) else item.encode()
                    message = decode(frame)
                except DecodeError as error:
                    websocket.close(1002, "undecodable message")
                    self._lose(error, now)
                else:
                    liveness.last_message_at = now
                    liveness.probe_deadline = None
                    self._receive(message, frame, now)
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
            if self._state is WAITING:
                self._dial(now)
            elif self._state is CLOSING:
                self._end(Change.CLOSE)
            else:
                after = f"{self.limits.open_timeout:g} s"
                self._lose(
                    TransportError(f"no connection to {self.peer} within {after}", may_have_run=False), now
                )
        if self.calls.deadline is not None and now >= self.calls.deadline:
            self.calls.expire(now, lambda call: self._late_error(call, now), self._events.append)
        if self._websocket is not None:
            lost = self._liveness.check(now, self._websocket.ping)
            if lost is not None:
                self._lose(lost, now)

    def fail(self, cause: BaseException, now: float) -> None:
        """Give up because of a defect of the client, whatever state the defect has left the session in."""
        if self._state.phase in OVER:
            return
        self._websocket = None  # the bytes that it would still send are of no use
        if self._state is CLOSING:
            self._end(Change.CLOSE)
        else:
            self._lose(defect(f"the connection to {self.peer}", cause), now, final=True)

    # --- Messages ----------------------------------------------------------------------------------------------

    def _receive(self, message: messages.ToClient, frame: bytes, now: float) -> None:
        # Not isinstance: for a model of another class, pydantic's check takes long.
        if type(message) is messages.Event:
            self._subscriptions.receive(message.name, message.args, self._events)
        elif type(message) is messages.ActionResponse:
            self.calls.succeed(message.id, message.output, self._events.append)
        elif isinstance(message, messages.Error):
            self._receive_error(message, now)
        elif isinstance(message, messages.Init) and self._state is OPENING:
            self._open(message, frame, now)

    def _receive_error(self, message: messages.Error, now: float) -> None:
        load, ray_id = self._encoding.load_plain, self._ray_id
        if message.action_id is None:
            # About the connection itself. The server closes it next, but waiting for that would add nothing.
            self._lose(error_from_message(message, load, self._asked, ray_id=ray_id), now)
        else:
            self.calls.refuse(
                message.action_id,
                lambda call: error_from_message(
                    message, load, self._asked_by(call), ray_id=ray_id, answered_by=self.actor_id
                ),
                self._events.append,
            )

    def _receive_other(self, item: Accepted | Rejected | Closed, now: float) -> None:
        if isinstance(item, Accepted):
            self._ray_id = item.headers.get("x-rivet-ray-id")
        elif isinstance(item, Rejected):
            response = HttpResponse(item.status, item.headers, item.body)
            error = error_from_response(self._encoding, response, asked=self._asked)
            come_back = item.status in (408, 429) or item.status >= 500
            self._lose(error, now, final=not come_back)
        elif self._state is CLOSING:
            self._end(Change.CLOSE)
        else:
            self._lose(closed_error(item, self._asked, self._ray_id), now, look_up=item.code == 1000)

    @property
    def _asked(self) -> Asked:
        """What the errors of the connection itself are about."""
        return Asked(
            actor=self.peer,
            actor_id=self._chosen_id,
            namespace=self._namespace,
            pool=self._pool,
            size=self.calls.longest_sent or None,
            error_classes=self._context.error_classes,
        )

    def _asked_by(self, call: Call) -> Asked:
        """What the error that answers a call is about."""
        return Asked(
            actor=self.peer,
            action=call.name,
            actions=self.calls.known_actions,
            error_classes=self._context.error_classes,
        )

    def _transmit(self, call: Call, now: float) -> None:
        """Send a call of the queue."""
        if call.deadline is not None and call.deadline <= now:
            return  # the next tick fails it: a call that nobody waits for must not run
        assert self._websocket is not None
        message = base.made(messages.ActionRequest, {"id": call.id, "name": call.name, "args": call.args})
        data = self._encoding.messages.encode_to_server(message, self._version)
        self.calls.note_sent(call, data, now)
        self._websocket.send_message(data)

    def _send_subscription(self, name: str, *, subscribe: bool) -> None:
        if self._state is OPEN:
            assert self._websocket is not None
            message = base.made(messages.SubscriptionRequest, {"event_name": name, "subscribe": subscribe})
            data = self._encoding.messages.encode_to_server(message, self._version)
            self.calls.measure(data)
            self._websocket.send_message(data)

    # --- Changes of the state ----------------------------------------------------------------------------------

    def _change(
        self, change: Change, deadline: float | None, *events: SessionEvent, error: RivetError | None = None
    ) -> None:
        """Change the state and report it, in one step. After an exception, either all of it has happened or nothing."""
        before = self._state
        after = TRANSITIONS[before][change]
        told: list[SessionEvent] = []
        if before.has_stream and not after.has_stream:
            told.append(HangUp(self.data_to_send()))
        if after.status is not before.status:
            told.append(StatusChanged(after.status))
        if after is OPEN:
            told += [CallSucceeded(waiter, None) for waiter in self._open_waiters]
        elif after.phase is not Phase.LIVE:
            told += [CallFailed(waiter, _end_error(error)) for waiter in self._open_waiters]
        self._events, self._state_deadline, self._websocket, self.final_error, self._state = (
            [*self._events, *told, *events],
            deadline,
            self._websocket if after.has_stream else None,
            error or self.final_error,
            after,
        )
        if after is OPEN or after.phase is not Phase.LIVE:
            self._open_waiters = ()  # last: a waiter that is told twice ignores the second time

    def _dial(self, now: float) -> None:
        attempts = self._attempts
        attempts.number += 1
        # A connection that was open shows that the actor can start. So a later failure is an outage, which passes.
        last_error = None if attempts.has_succeeded else attempts.last_error
        request = OpenRequested(attempts.number, self._lost_actor_id, last_error)
        self._change(Change.DIAL, now + self.limits.open_timeout, request)

    def _open(self, init: messages.Init, frame: bytes, now: float) -> None:
        if self._encoding.has_versions:
            try:
                self._version = self._versions.learn(version_of(frame), self.peer)
            except VersionError as error:
                self._lose(error, now)
                return
        self.actor_id = init.actor_id
        self.connection_id = init.connection_id
        self._attempts.succeed(now)
        self._lost_actor_id = None
        self._liveness.watch(now)
        self._change(Change.OPEN, None, Opened())
        for name in sorted(self._subscriptions.names):
            self._send_subscription(name, subscribe=True)
        for call in list(self.calls.queued.values()):
            self._transmit(call, now)

    def _lose(
        self, error: RivetError, now: float, *, final: bool | None = None, look_up: bool = False
    ) -> None:
        """End an attempt, or the open connection, and decide what comes next.

        Args:
            error: Why it ended.
            now: The time.
            final: Whether the connection may not come back; None to decide by the error.
            look_up: The actor may be gone, so the next attempt first checks whether the actor still exists.
        """
        was_open = self._state is OPEN
        error = self._attempts.end(of_connection(error))
        if final is None:
            final = self._attempts.are_over(now, was_open=was_open)
        self._fail_calls(error, final=final)
        told: list[SessionEvent] = [Lost()] if was_open else []
        if final or is_about_one_message(error) or is_from_get_params(error):
            told.append(ErrorReported(error, final))
        if look_up:
            self._lost_actor_id = self.actor_id
        if final:
            self._end(Change.FAIL, *told, error=error)
        else:
            pause = self._attempts.pause(now, was_open=was_open)
            retry = RetryScheduled(pause.seconds, error, pause.is_warning)
            self._liveness.stop()
            self._change(Change.LOSE, now + pause.seconds, *told, retry)

    def _fail_calls(self, error: RivetError, *, final: bool) -> None:
        """Fail the calls that are affected by the end of an attempt, or of the open connection."""
        calls, report = self.calls, self._events.append
        # Every call is told the error that ended the connection for good, whenever the call was made.
        tell = with_outcome if final or is_about_one_message(error) else lost_error
        calls.fail_sent(error, lambda may_have_run: tell(error, may_have_run=may_have_run), report)
        if final or is_from_get_params(error):
            calls.fail(
                calls.queued, lambda may_have_run: with_outcome(error, may_have_run=may_have_run), report
            )

    def _end(self, change: Change, *events: SessionEvent, error: RivetError | None = None) -> None:
        """Change to a final state."""
        self._liveness.stop()
        self._change(change, None, *events, error=error)
        self._subscriptions.names.clear()
        self.calls.deadline = None

    # --- Calls whose time is up --------------------------------------------------------------------------------

    def _late_error(self, call: Call, now: float) -> ActionTimeoutError:
        if (
            call.sent_at is not None
            and call.id in self.calls.sent  # over the present WebSocket
            and self._state is OPEN
            and self._liveness.needs_probe(call.sent_at)
        ):
            self._probe(now)
        return self.calls.late_error(call, self._attempts.last_error)

    def _probe(self, now: float) -> None:
        """Ask the actor for a sign of life, because it has not answered a call."""
        assert self._websocket is not None
        # No call waits for this answer. Any message shows that the actor is there.
        fields = {"id": self.calls.take_id(), "name": PROBE, "args": self._encoding.dump([], "args")}
        message = base.made(messages.ActionRequest, fields)
        self._liveness.note_probe(now)
        self._websocket.send_message(self._encoding.messages.encode_to_server(message, self._version))


def _end_error(final_error: RivetError | None) -> RivetError:
    if final_error is None:
        return closed_by_user()
    return with_outcome(final_error, may_have_run=False)
