"""The calls of a connection that have no answer yet.

`Calls` decides which number a call has, when its time is up, and what its caller is told: the answer, or that the
WebSocket, or the whole connection, has ended before that. It does not decide when a call is sent, or whether a
connection ends.

An exception can come between any two lines: memory runs out, or a signal handler raises. So a call is noted as sent
before its bytes are written, and it is forgotten only after its outcome is among the session's events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rivet_client._core.endings import is_message_too_long
from rivet_client._core.session.events import CallFailed, CallSucceeded
from rivet_client.errors import ActionTimeoutError, ConnectionClosedError, DecodeError, RivetError

__all__ = ["Call", "Calls", "MakeError", "Report"]

Report: TypeAlias = Callable[[CallSucceeded | CallFailed], object]
"""Takes the outcome of a call among the session's events."""

MakeError: TypeAlias = Callable[[bool], RivetError]
"""Makes the error of one call. The argument says whether the call may have run."""


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
        size: Size of its message, in bytes, once it was sent.
    """

    id: int
    waiter: Any
    name: str
    args: Any = field(repr=False)
    timeout: float | None
    deadline: float | None
    sent_at: float | None = None
    size: int = 0


class Calls:
    """The calls of one connection that have no answer yet.

    Args:
        peer: The actor in error texts.
        load: Reads the value of an answer.
        known_actions: As the attribute.

    Attributes:
        known_actions: Actions that actors of this name are known to have. An action that is answered is added.
        sent: Calls sent over the present WebSocket, oldest first, by number.
        queued: Calls that wait for a connection, oldest first, by number.
        deadline: No call has an earlier deadline than this; None if no call has a deadline.
        longest_sent: Size of the longest message that was sent over the present WebSocket, in bytes.
    """

    def __init__(self, peer: str, load: Callable[[Any], Any], known_actions: set[str]) -> None:
        self._peer = peer
        self._load = load
        self.known_actions = known_actions
        self._next_id = 0
        self.sent: dict[int, Call] = {}
        self.queued: dict[int, Call] = {}
        self.deadline: float | None = None
        self.longest_sent = 0

    @property
    def latest_waiter(self) -> Any:
        """Who waits for the answer to the call that was sent last; None if nobody waits for any."""
        return next(reversed(self.sent.values())).waiter if self.sent else None

    # --- One call ----------------------------------------------------------------------------------------------

    def take_id(self) -> int:
        """Return a number that no other message of the connection has, ever."""
        taken = self._next_id
        self._next_id += 1
        return taken

    def make(self, waiter: Any, name: str, args: Any, timeout: float | None, now: float) -> Call:
        """Make a call, which is not in the queue yet; for the arguments see `ActorSession.call`."""
        deadline = None if timeout is None else now + timeout
        if deadline is not None and (self.deadline is None or deadline < self.deadline):
            self.deadline = deadline
        return Call(self.take_id(), waiter, name, args, timeout, deadline)

    def note_sent(self, call: Call, data: bytes | str, now: float) -> None:
        """Note that a queued call is sent with the next bytes, as the message `data`."""
        call.size = self.measure(data)
        call.sent_at = now
        call.args = None
        self.sent[call.id] = call
        del self.queued[call.id]

    def measure(self, data: bytes | str) -> int:
        """Note that a message is sent; return its size, in bytes."""
        size = len(data) if isinstance(data, bytes) else len(data.encode())
        if size > self.longest_sent:
            self.longest_sent = size
        return size

    def succeed(self, number: int, output: Any, report: Report) -> None:
        """Take the answer to a call, unless nobody waits for it any more."""
        call = self.sent.get(number)
        if call is None:
            return
        try:
            report(CallSucceeded(call.waiter, self._load(output)))
            self.known_actions.add(call.name)
        except DecodeError as error:
            report(CallFailed(call.waiter, error))
        self.forget(call)

    def refuse(self, number: int, make_error: Callable[[Call], RivetError], report: Report) -> None:
        """Take an error as the answer to a call, unless nobody waits for it any more.

        Args:
            number: Number of the call.
            make_error: Makes the error of the call.
            report: Takes the outcome.
        """
        call = self.sent.get(number)
        if call is None:
            return
        report(CallFailed(call.waiter, make_error(call)))
        self.forget(call)

    def forget(self, call: Call) -> None:
        """Drop a call: it has its outcome, or its caller has stopped waiting. A late answer is ignored."""
        self.sent.pop(call.id, None)
        self.queued.pop(call.id, None)

    def forget_waiter(self, waiter: Any) -> None:
        """Drop the call of this waiter, whose caller was interrupted and may not even know its call."""
        for call in (*self.sent.values(), *self.queued.values()):
            if call.waiter is waiter:
                self.forget(call)

    # --- Time --------------------------------------------------------------------------------------------------

    def expire(self, now: float, make_error: Callable[[Call], RivetError], report: Report) -> None:
        """Fail the calls whose time is up, and find the next `deadline`.

        `deadline` may be earlier than needed. To keep it exact would cost time for every answer, but one needless
        search in each timeout costs almost nothing.
        """
        earliest: float | None = None
        for call in (*self.sent.values(), *self.queued.values()):
            if call.deadline is None:
                continue
            if call.deadline <= now:
                report(CallFailed(call.waiter, make_error(call)))
                self.forget(call)
            elif earliest is None or call.deadline < earliest:
                earliest = call.deadline
        self.deadline = earliest

    def late_error(self, call: Call, last_error: RivetError | None) -> ActionTimeoutError:
        """Make the error of a call whose time is up.

        Args:
            call: The call.
            last_error: Why there was no connection, for a call that was not sent.
        """
        was_sent = call.sent_at is not None
        text = f"action {call.name!r} over the connection to {self._peer} had no answer within {call.timeout:g} s"
        return ActionTimeoutError(
            text,
            timeout=call.timeout,
            may_have_run=was_sent,
            last_error=None if was_sent else last_error,
        )

    # --- Ends --------------------------------------------------------------------------------------------------

    def fail(self, calls: Mapping[int, Call], make_error: MakeError, report: Report) -> None:
        """Fail the given calls. Each call that was sent may have run."""
        for call in list(calls.values()):
            report(CallFailed(call.waiter, make_error(call.sent_at is not None)))
            self.forget(call)

    def fail_sent(self, end: RivetError, make_error: MakeError, report: Report) -> None:
        """Fail the calls that were sent, because their WebSocket has ended with the error `end`.

        A host takes one message after the other, and ends the connection at the first one that is too long. So after
        such an end, the host surely has not taken the longest message of all.
        """
        ends_over_length = is_message_too_long(end)
        for call in list(self.sent.values()):
            is_refused = ends_over_length and call.size == self.longest_sent
            report(CallFailed(call.waiter, make_error(not is_refused)))
            self.forget(call)

    def queue_full_error(self) -> ConnectionClosedError:
        """Make the error of a call for which the queue has no room."""
        return ConnectionClosedError(
            f"{len(self.queued)} calls already wait for the connection to {self._peer}; wait for it with "
            "wait_ready(), or call over HTTP",
            may_have_run=False,
        )
