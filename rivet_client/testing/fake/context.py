"""What the code of an actor sees: its context, and the connections to it."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

from rivet_client._objects import late_type

if TYPE_CHECKING:
    from rivet_client import AsyncClient
    from rivet_client.testing.fake.raw import Request
else:
    AsyncClient = late_type("rivet_client", "AsyncClient")
    Request = late_type("rivet_client.testing.fake.raw", "Request")

__all__ = ["ActorContext", "Conn", "Link", "Owner"]


class Owner(Protocol):
    """The actor of a context."""

    id: str
    name: str
    key: tuple[str, ...]
    region: str
    input: Any
    has_input: bool
    state: SimpleNamespace
    vars: SimpleNamespace
    conns: dict[str, Conn]

    def broadcast(self, name: str, args: tuple[Any, ...]) -> None:
        """Send an event to all connections that subscribe to it."""

    def schedule_after(self, seconds: float, name: str, args: tuple[Any, ...]) -> None:
        """Run an action of its own accord, when some time has passed."""

    def sleep_soon(self) -> None:
        """Put the actor to sleep as soon as the code that runs now has let go."""

    def destroy_soon(self) -> None:
        """Destroy the actor as soon as the code that runs now has let go."""

    def client(self) -> AsyncClient:
        """Return the client for calls to other actors."""
        ...


class Link(Protocol):
    """The WebSocket of a connection.

    Attributes:
        hibernates: Whether it stays open while the actor sleeps.
    """

    hibernates: bool

    def send_event(self, name: str, args: tuple[Any, ...]) -> None:
        """Send an event."""

    def disconnect(self, reason: str) -> None:
        """Close."""


_ID_PREFIX = str(uuid.uuid4())[:24]  # another one in each process
_ids = itertools.count(1)


class Conn:
    """A connection to an actor. A call over HTTP has one too, which ends with the call.

    Attributes:
        id: Its id.
        params: The parameters that the client gave, or None.
        state: What the actor keeps with it, as attributes.
        request: How it came to be.
        subscriptions: Names of the events that the client subscribes to.
        check_event: Whether an event is one of the registry document; the engine sets it, where there is a document.
    """

    __slots__ = ("_link", "check_event", "id", "params", "request", "state", "subscriptions")

    def __init__(self, params: Any, request: Request, link: Link | None = None) -> None:
        self.id: str = f"{_ID_PREFIX}{next(_ids):012x}"
        self.params: Any = params
        self.state: SimpleNamespace = SimpleNamespace()
        self.request: Request = request
        self.subscriptions: set[str] = set()
        self.check_event: Callable[[str, Sequence[Any]], None] | None = None
        self._link = link  # over HTTP there is none

    def send(self, name: str, *args: Any) -> None:
        """Send an event to this connection alone, subscribed or not.

        Args:
            name: Name of the event.
            args: Its arguments.
        """
        if self.check_event is not None:
            self.check_event(name, args)
        if self._link is not None:
            self._link.send_event(name, args)

    def disconnect(self, reason: str | None = None) -> None:
        """Close the connection.

        Args:
            reason: What the client is told; None for nothing.
        """
        if self._link is not None:
            self._link.disconnect(reason or "")

    @property
    def hibernates(self) -> bool:
        """Whether the connection stays open while the actor sleeps."""
        return self._link is None or self._link.hibernates

    def __repr__(self) -> str:
        return f"<Conn {self.id}>"


class ActorContext:
    """What a method of an actor gets as `ctx`.

    Attributes:
        conn: The connection that the call came over. Of hooks that no connection causes, it is None.
    """

    __slots__ = ("_actor", "conn")

    def __init__(self, actor: Owner, conn: Conn | None = None) -> None:
        self._actor = actor
        self.conn: Conn | None = conn

    @property
    def actor_id(self) -> str:
        """Id of the actor."""
        return self._actor.id

    @property
    def name(self) -> str:
        """Name of the actor."""
        return self._actor.name

    @property
    def key(self) -> tuple[str, ...]:
        """Key of the actor."""
        return self._actor.key

    @property
    def region(self) -> str:
        """Datacenter of the actor."""
        return self._actor.region

    @property
    def input(self) -> Any:
        """What the actor was created with; None if nothing was given."""
        return self._actor.input

    @property
    def has_input(self) -> bool:
        """Whether anything was given, None included, when the actor was created."""
        return self._actor.has_input

    @property
    def params(self) -> Any:
        """Parameters of the connection that the call came over; None for none."""
        return None if self.conn is None else self.conn.params

    @property
    def request(self) -> Request | None:
        """How the caller came to the actor: the request of the call, or the handshake of its connection."""
        return None if self.conn is None else self.conn.request

    @property
    def conns(self) -> Mapping[str, Conn]:
        """The connections that are open, by their ids."""
        return MappingProxyType(self._actor.conns)

    @property
    def state(self) -> SimpleNamespace:
        """What the actor keeps as long as it lives, as attributes; those of its class are kept as long."""
        return self._actor.state

    @property
    def vars(self) -> SimpleNamespace:
        """What the actor keeps until it sleeps, as attributes."""
        return self._actor.vars

    def broadcast(self, name: str, *args: Any) -> None:
        """Send an event to all connections that subscribe to it.

        Args:
            name: Name of the event.
            args: Its arguments.
        """
        self._actor.broadcast(name, args)

    def schedule_after(self, seconds: float, action: str, *args: Any) -> None:
        """Run an action of this actor when some time has passed, of the actor's own accord; `ctx.conn` is None then.

        Args:
            seconds: How long from now.
            action: Name of the action.
            args: Its arguments.

        Raises:
            LookupError: There is no such action.
        """
        self._actor.schedule_after(seconds, action, args)

    def sleep(self) -> None:
        """Put the actor to sleep, as soon as the calls that run now have let go."""
        self._actor.sleep_soon()

    def destroy(self) -> None:
        """Destroy the actor, as soon as the calls that run now have let go."""
        self._actor.destroy_soon()

    def client(self) -> AsyncClient:
        """Return a client for calls to other actors of the same engine; do not close it."""
        return self._actor.client()

    def __repr__(self) -> str:
        return f"<ActorContext {self.name} {list(self.key)}>"
