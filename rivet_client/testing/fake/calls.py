"""Where each call starts and ends, over HTTP and over connections alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from rivet_client.testing.fake.actors import Actor
from rivet_client.testing.fake.context import Conn
from rivet_client.testing.fake.encoding import Arguments
from rivet_client.testing.fake.failures import AnswerLost, told
from rivet_client.testing.fake.faults import Faults
from rivet_client.testing.fake.record import Kind, Lane, Log, Record, as_it_is

__all__ = ["Call", "Calls", "Kind", "Lane", "QueueOutcome"]


_PROBE = "rivet-client/are-you-there"
"""By this action, which no actor has, a client asks whether a silent connection is alive. No test wants to see it."""


@dataclass(slots=True, eq=False)
class Call:
    """One call, as the host of an actor gets it.

    Attributes:
        kind: What is called. "connect" is the opening of a connection, "websocket" that of a raw WebSocket.
        name: The action or the queue; of a raw request or a raw WebSocket the path; "" of a connection.
        arguments: The arguments; of a message for a queue its body alone.
        actor: The actor that is called.
        conn: The caller's connection; over HTTP it lasts as long as the call.
        over: What the caller uses.
    """

    kind: Kind
    name: str
    arguments: Arguments = field(repr=False)
    actor: Actor
    conn: Conn
    over: Lane

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r} of {self.actor}" if self.name else f"{self.kind} to {self.actor}"


@dataclass(frozen=True, slots=True)
class QueueOutcome:
    """What a call of the kind "queue" returns.

    Attributes:
        status: "completed", also where nobody waits; "timedOut" if the message was not consumed in time.
        reply: What the consumer returned; None where nobody waits.
        is_dropped: Whether there is no consumer.
    """

    status: Literal["completed", "timedOut"]
    reply: Any = field(default=None, repr=False)
    is_dropped: bool = False


class Calls:
    """Runs calls, records them, and has them meet the faults that a test has set.

    Attributes:
        log: The record.
        faults: The faults.
    """

    def __init__(self) -> None:
        self.log: Log = Log()
        self.faults: Faults = Faults()
        self._messages: dict[Call, int] = {}  # numbers of the records of messages that are not consumed yet

    async def run(
        self, call: Call, work: Callable[[], Awaitable[Any]], encode: Callable[[Any], Any] | None = None
    ) -> Any:
        """Run a call and return what it returns.

        Args:
            call: What is called.
            work: Does it.
            encode: Makes what is sent of what `work` returns. If that fails, the call has failed.

        Raises:
            AnswerLost: The call ran, and the client is to get no answer.
            Exception: What the actor raised; `failures.shown` says what the client is told of it.
        """
        if call.name == _PROBE:
            return await work()
        number = self.log.begin(_record(call))
        if call.kind == "queue":
            self._messages[call] = number
        failure = None
        try:
            if seconds := self.faults.take("delay", call):
                await asyncio.sleep(seconds)
            failure, ran = self.faults.take("fail", call) or (None, False)
            if failure is not None and not ran:
                raise failure.with_traceback(None)  # else it would grow with each call
            result = await work()
            output = result if encode is None else encode(result)
            if failure is not None:
                raise failure.with_traceback(None)
        except Exception as error:
            own = None if error is failure else error
            self._messages.pop(call, None)
            self.log.end(number, outcome="failed", error=told(error), exception=own)
            raise
        lost = self.faults.take("lose", call)
        is_lost = lost is not None
        outcome = "lost" if is_lost else "returned"
        if not isinstance(result, QueueOutcome):
            is_value = call.kind == "action"
            self.log.end(number, outcome=outcome, result=as_it_is(result) if is_value else None)
        elif is_lost or result.is_dropped:
            self._messages.pop(call, None)
            self.log.end(number, outcome=outcome)
        if is_lost:
            raise AnswerLost(is_silent=lost == "silently")
        return output

    def forget(self) -> None:
        """Forget what was called."""
        self._messages.clear()
        self.log.clear()

    def consumed(self, call: Call, reply: Any, error: Exception | None) -> None:
        """Note what has become of a message; that may be later than its sender's answer."""
        number = self._messages.pop(call, None)
        if number is None:
            return
        if error is None:
            self.log.end(number, outcome="returned", result=as_it_is(reply))
        else:
            self.log.end(number, outcome="failed", error=told(error), exception=error)


def _record(call: Call) -> Record:
    actor, conn = call.actor, call.conn
    return Record(
        call.kind,
        actor.name,
        actor.key,
        call.name,
        tuple(map(as_it_is, call.arguments.values)),
        call.over,
        actor_id=actor.id,
        connection_id=conn.id if call.over == "connection" else None,
        params=conn.params,
    )
