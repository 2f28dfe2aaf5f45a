"""Where each call starts and ends, over HTTP and over connections alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from rivet_client.testing.fake.actors import Actor
from rivet_client.testing.fake.context import Conn
from rivet_client.testing.fake.encoding import Arguments

__all__ = ["Call", "Calls", "Kind", "Lane", "QueueOutcome"]

Kind: TypeAlias = Literal["action", "queue", "request", "connect", "websocket"]
Lane: TypeAlias = Literal["http", "connection"]


@dataclass(frozen=True, slots=True, eq=False)
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
    """

    status: Literal["completed", "timedOut"]
    reply: Any = field(default=None, repr=False)


class Calls:
    """Runs calls."""

    async def run(self, call: Call, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run a call and return what it returns.

        Args:
            call: What is called.
            work: Does it.

        Raises:
            AnswerLost: The call ran, and the client is to get no answer.
            Exception: What the actor raised; `failures.shown` says what the client is told of it.
        """
        return await work()
