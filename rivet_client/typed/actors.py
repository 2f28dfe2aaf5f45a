"""What one actor takes and gives. The modules `_bindings` of a typed package consist of these classes.

A typed package has one `Actor` for each actor of its registry. Both flavours share it. It turns the caller's values
into what is sent, and what arrives into the caller's values. Nothing here does I/O.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pydantic import InstanceOf

from rivet_client._secret import alone, hide, reveal
from rivet_client.errors import ConfigError
from rivet_client.typed.checks import CheckedValues, ValueType
from rivet_client.typed.signatures import QueueResult
from rivet_client.values import UNDEFINED, ActorValue, QueueSendResult, UndefinedType

__all__ = ["Action", "Actor", "Event", "Of", "Queue", "Slot"]

Item = TypeVar("Item", covariant=True)
Made = TypeVar("Made")
Member = TypeVar("Member")
_Undefined = InstanceOf[UndefinedType]


if TYPE_CHECKING:

    class Of(Generic[Item]):
        """`Of[T]` is the type T, at a place where the language wants a value."""

else:

    class Of:
        """`Of[T]` is the type T. Type checkers accept some types only in annotations and between brackets."""

        def __class_getitem__(cls, value_type: ValueType) -> ValueType:
            return value_type


class Slot:
    """The type of an actor's input or connection parameters.

    Args:
        value_type: The type.
        required: Whether the caller must give a value.
        nullable: Whether None is a value of the type. If not, None says that no value is given.
    """

    def __init__(self, value_type: ValueType, *, required: bool, nullable: bool = False) -> None:
        self.value_type: ValueType = value_type
        self.required: bool = required
        self.nullable: bool = nullable


class Action:
    """The types of an action.

    Args:
        params: The types of the parameters, by name. The type of a rest parameter is a list.
        result: The type of the result.
        optional: The parameters that may be left out. None leaves them out, except for those in `nullable`.
        nullable: The optional parameters that None is a value of. `UNDEFINED` leaves them out.
        rest: Whether the last parameter takes any number of arguments.
    """

    def __init__(
        self,
        params: Mapping[str, ValueType],
        result: ValueType,
        *,
        optional: tuple[str, ...] = (),
        nullable: tuple[str, ...] = (),
        rest: bool = False,
    ) -> None:
        self._params = {
            name: value_type | _Undefined if name in optional else value_type
            for name, value_type in params.items()
        }
        self._result = result
        self._rest = rest
        self._omittable = [at for at, name in enumerate(params) if name in optional and name not in nullable]
        always = list(params)[: -1 if rest else None]
        self._always_sent = max((at for at, name in enumerate(always, 1) if name not in optional), default=0)

    def bind(self, where: str, *, validate: bool) -> None:
        """Become an action of an actor; errors call it `where`."""
        self._arguments = CheckedValues(self._params, where, validate=validate)
        self._results = CheckedValues({"result": self._result}, where, validate=validate)

    def arguments(self, *values: ActorValue) -> tuple[ActorValue, ...]:
        """Return the arguments to send.

        Raises:
            ConfigError: An argument is wrong.
        """
        if not values:
            return ()
        given = list(values)
        if self._rest:
            given[-1] = list(given[-1])
        for at in self._omittable:
            if given[at] is None:
                given[at] = UNDEFINED
        sent = list(self._arguments.encode(tuple(given)))
        if self._rest:
            sent += sent.pop()
        while len(sent) > self._always_sent and sent[-1] is UNDEFINED:
            sent.pop()
        return tuple(sent)

    def result(self, value: ActorValue) -> ActorValue:
        """Return the result for the caller; None if the action declares no result.

        Raises:
            ProtocolError: The result is not of its type.
        """
        return None if self._result is None else self._results.decode((value,))[0]


class Event:
    """The types of an event's arguments, by name."""

    def __init__(self, args: Mapping[str, ValueType]) -> None:
        self._args = args

    def bind(self, where: str, *, validate: bool) -> None:
        """Become an event of an actor; errors call it `where`."""
        self._values = CheckedValues(self._args, where, validate=validate)

    def decode(self, args: tuple[ActorValue, ...]) -> tuple[ActorValue, ...]:
        """Return the declared arguments for the caller. An argument that did not come is None.

        Raises:
            ProtocolError: An argument is not of its type.
        """
        missing = len(self._args) - len(args)
        return self._values.decode(args[: len(self._args)] + (None,) * missing)


class Queue:
    """The types of a queue's messages, and of the replies to them."""

    def __init__(self, message: ValueType, reply: ValueType) -> None:
        self._message = message
        self._reply = reply

    def bind(self, where: str, *, validate: bool) -> None:
        """Become a queue of an actor; errors call it `where`."""
        self._messages = CheckedValues({"body": self._message}, where, validate=validate)
        self._replies = CheckedValues({"response": self._reply}, where, validate=validate)

    def message(self, body: ActorValue) -> ActorValue:
        """Return the message to send.

        Raises:
            ConfigError: The message is wrong.
        """
        return self._messages.encode((body,))[0]

    def send(self, sender: Any, queue: str, body: ActorValue, wait: bool, timeout: float | None) -> Any:
        """Send a message by a handle or a connection. Return what `result` takes; with asyncio, an awaitable of it.

        Raises:
            ConfigError: The message is wrong.
        """
        return sender._send(queue, self.message(body), wait, timeout)

    def result(self, result: QueueSendResult | None) -> QueueResult[ActorValue] | None:
        """Return what became of a message, with a checked response; None if nobody waited for that.

        Raises:
            ProtocolError: The response is not of its type.
        """
        if result is None:
            return None
        if result.status != "completed" or self._reply is None:
            return QueueResult(result.status, result.response)
        return QueueResult(result.status, self._replies.decode((result.response,))[0])


class _Config(Protocol):
    @property
    def encoding(self) -> str: ...


class _Runtime(Protocol):
    """What makes the requests of a client, of either flavour."""

    @property
    def config(self) -> _Config: ...


class _Connection(Protocol):
    """The driver of a connection, of either flavour."""

    def listen(self, name: object, function: Callable[..., Any], *, once: bool) -> Callable[[], None]: ...


class Actor:
    """All that a typed package knows about one actor of a registry.

    Args:
        name: The actor's name.
        encodings: The encodings that can carry its values.
        input, params: The types of its input and its connection parameters; None if the actor declares none.
        actions, events, queues: The types of these, by name.
        validate: Whether values are checked against their types. In any case each value that is sent becomes the
            JavaScript kind that the actor declares.

    Attributes:
        actions, events, queues: As given.
    """

    def __init__(
        self,
        name: str,
        *,
        encodings: tuple[str, ...],
        input: Slot | None,
        params: Slot | None,
        actions: Mapping[str, Action],
        events: Mapping[str, Event],
        queues: Mapping[str, Queue],
        validate: bool = True,
    ) -> None:
        self._name = name
        self._encodings = encodings
        self._slots = {"input": input, "params": params}
        self._values = {
            what: CheckedValues({what: slot.value_type}, name, validate=validate, is_secret=what == "params")
            for what, slot in self._slots.items()
            if slot is not None
        }
        self.actions: Mapping[str, Action] = actions
        self.events: Mapping[str, Event] = events
        self.queues: Mapping[str, Queue] = queues
        for kind, members in (("action", actions), ("event", events), ("queue", queues)):
            for wire, member in members.items():
                member.bind(f"{kind} {wire!r} of {name}", validate=validate)

    def event(self, name: str) -> Event | None:
        """Return an event; None for an actor that declares no events, because it may broadcast any.

        Raises:
            ConfigError: The actor has events, and none of that name. A listener would hear nothing.
        """
        return self._member("event", self.events, name) if self.events else None

    def queue(self, name: str) -> Queue:
        """Return a queue.

        Raises:
            ConfigError: The actor has no queue of that name. It would drop the message.
        """
        return self._member("queue", self.queues, name)

    def _member(self, kind: str, members: Mapping[str, Member], name: str) -> Member:
        if name not in members:
            raise ConfigError(f"{self._name} has no {kind} {name!r}, only {', '.join(map(repr, members))}")
        return members[name]

    def _check_encoding(self, encoding: str) -> None:
        if encoding not in self._encodings:
            able = " or ".join(f'encoding="{name}"' for name in self._encodings) or "another actor"
            raise ConfigError(
                f"{self._name}: the {encoding} encoding cannot carry all of this actor's values; "
                f"make the client with {able}"
            )

    def input(self, value: ActorValue) -> ActorValue:
        """Return the input to send; UNDEFINED if there is none.

        Raises:
            ConfigError: The input is wrong, or missing.
        """
        return self._slot("input", value)

    def options(self, runtime: _Runtime, params: Any, get_params: Any) -> dict[str, Any]:
        """Return `params` and `get_params` for the dynamic client. They are in a `Secret`, before and after.

        Raises:
            ConfigError: The parameters are wrong, or missing, or the client's encoding cannot carry the actor's values.
        """
        self._check_encoding(runtime.config.encoding)
        if get_params is None:
            return {"params": self._params(params), "get_params": None}
        if not callable(reveal(get_params)):
            return {"params": params, "get_params": get_params}  # the dynamic client says what is wrong

        async def later(value: Awaitable[Any]) -> Any:
            return reveal(self._params(hide(await value)))

        def encoded() -> Any:
            value = hide(reveal(get_params)())
            return later(reveal(value)) if inspect.isawaitable(reveal(value)) else reveal(self._params(value))

        return {"params": params, "get_params": hide(encoded)}

    def connect_params(self, params: Any) -> Any:
        """Return the parameters of one connection; UNDEFINED stays UNDEFINED."""
        return UNDEFINED if params is UNDEFINED else self._params(params)

    def _params(self, value: Any) -> Any:
        """Return the parameters to send; None if there are none. They are in a `Secret`, before and after."""
        try:
            sent = hide(self._slot("params", reveal(value)))
        except ConfigError as error:
            raise alone(error)  # noqa: B904
        return None if sent is UNDEFINED else sent

    def _slot(self, what: str, value: Any) -> Any:
        slot = self._slots[what]
        if slot is None:
            return value
        if value is UNDEFINED or (value is None and not slot.nullable):
            if slot.required:
                raise ConfigError(f"{self._name}: {what} must be given; the actor cannot do without")
            return UNDEFINED
        return self._values[what].encode((value,))[0]

    def handle(self, accessor: Any, handle_class: Callable[[Any, Any], Made], target: Any) -> Made:
        """Return a handle to what a method of an accessor has found."""
        return handle_class(accessor._runtime, target)

    def get(
        self,
        accessor: Any,
        handle_class: Callable[[Any, Any], Made],
        key: str | Sequence[str],
        params: Any,
        get_params: Any,
    ) -> Made:
        """Return a handle to the actor that has a key. The parameters are in a `Secret`, here and below."""
        options = self.options(accessor._runtime, params, get_params)
        return self.handle(accessor, handle_class, accessor._by_key("get", key, **options))

    def get_for_id(
        self,
        accessor: Any,
        handle_class: Callable[[Any, Any], Made],
        actor_id: str,
        params: Any,
        get_params: Any,
    ) -> Made:
        """Return a handle to the actor that has an id."""
        options = self.options(accessor._runtime, params, get_params)
        return self.handle(accessor, handle_class, accessor._by_id(actor_id, **options))

    def get_or_create(
        self,
        accessor: Any,
        handle_class: Callable[[Any, Any], Made],
        key: str | Sequence[str],
        params: Any,
        get_params: Any,
        *,
        create_with_input: ActorValue,
        create_in_region: str | None,
        pool_name: str | None,
    ) -> Made:
        """Return a handle to the actor that has a key; the first call creates it if there is none."""
        target = accessor._by_key(
            "get_or_create",
            key,
            create_with_input=self.input(create_with_input),
            create_in_region=create_in_region,
            pool_name=pool_name,
            **self.options(accessor._runtime, params, get_params),
        )
        return self.handle(accessor, handle_class, target)

    def create(
        self,
        accessor: Any,
        key: str | Sequence[str],
        params: Any,
        get_params: Any,
        *,
        input: ActorValue,
        region: str | None,
        pool_name: str | None,
    ) -> Any:
        """Create an actor. Return what `handle` makes a handle of; with asyncio, an awaitable of that."""
        return accessor._create(
            key,
            input=self.input(input),
            region=region,
            pool_name=pool_name,
            **self.options(accessor._runtime, params, get_params),
        )

    def connect(
        self,
        handle: Any,
        connection_class: Callable[[Any, Any], Made],
        params: Any,
        skip_ready_wait: bool | None,
    ) -> Made:
        """Open a connection. The parameters are in a `Secret`."""
        sent = self.connect_params(params)
        return connection_class(handle, handle._connect(sent, skip_ready_wait))

    def iterate(self, connection: Any, event: str, timeout: float | None, max_buffer: int) -> Any:
        """Return the iterator of the dynamic client over the events of a name."""
        return connection._driver.events(connection, event, timeout, max_buffer)

    def on(self, connection: Any, event: str, callback: Callable[..., object] | None, *, once: bool) -> Any:
        """Listen to an event of a connection; see `listen`."""
        return self.listen(connection._driver, event, callback, once=once)

    def listen(
        self, driver: _Connection, event: str, callback: Callable[..., object] | None, *, once: bool
    ) -> Any:
        """Listen to an event. Its arguments are checked before the callback gets them; see `on` of connections."""
        known = self.event(event)

        def listen(function: Callable[..., object]) -> Callable[[], None]:
            if known is not None and callable(function):
                function = _checked(function, known)
            return driver.listen(event, function, once=once)

        def decorate(function: Callable[..., object]) -> Callable[..., object]:
            listen(function)
            return function

        return decorate if callback is None else listen(callback)


def _checked(function: Callable[..., Any], event: Event) -> Callable[..., object]:
    """Return a callback of the same kind and name, whose arguments are checked before it gets them."""

    def call(*args: ActorValue) -> object:
        return function(*event.decode(args))

    async def call_and_wait(*args: ActorValue) -> None:
        await function(*event.decode(args))

    return update_wrapper(call_and_wait if inspect.iscoroutinefunction(function) else call, function)
