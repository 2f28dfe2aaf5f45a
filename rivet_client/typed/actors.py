"""What one actor takes and gives: the caller's values to what is sent, and what arrives to the caller's values.

A typed package has one `Actor` for each actor of its registry, shared by both flavours, and passes everything through
it. Nothing here does I/O.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import InstanceOf

from rivet_client._secret import alone, hide, reveal
from rivet_client.errors import ConfigError
from rivet_client.typed.checks import CheckedValues
from rivet_client.typed.signatures import QueueResult
from rivet_client.values import UNDEFINED, QueueSendResult, UndefinedType

__all__ = ["Action", "Actor", "Event", "Of", "Queue", "Slot"]

Item = TypeVar("Item", covariant=True)
_Undefined = InstanceOf[UndefinedType]


if TYPE_CHECKING:

    class Of(Generic[Item]):
        """`Of[T]` is the type T, where a value must stand."""

else:

    class Of:
        """`Of[T]` is the type T. Checkers know some types only in annotations, and between brackets."""

        def __class_getitem__(cls, kind: Any) -> Any:
            return kind


class Slot:
    """The type of an actor's input or connection parameters.

    Args:
        kind: The type.
        required: Whether it must be given.
        nullable: Whether None is a value of it, rather than its absence.
    """

    def __init__(self, kind: Any, *, required: bool, nullable: bool = False) -> None:
        self.kind = kind
        self.required = required
        self.nullable = nullable


class Action:
    """The types of an action.

    Args:
        params: Of its parameters, by name; of a rest parameter as a tuple of any length.
        result: Of its result.
        optional: The parameters that may be left out. None means that they are, but for those in `nullable`.
        nullable: The optional parameters that None is a value of; `UNDEFINED` leaves them out.
        rest: Whether the last parameter takes any number of arguments.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        result: Any,
        *,
        optional: tuple[str, ...] = (),
        nullable: tuple[str, ...] = (),
        rest: bool = False,
    ) -> None:
        self._params = {
            name: kind | _Undefined if name in optional else kind for name, kind in params.items()
        }
        self._result = result
        self._rest = rest
        self._omittable = [at for at, name in enumerate(params) if name in optional and name not in nullable]
        always = list(params)[: -1 if rest else None]
        self._always_sent = max((at for at, name in enumerate(always, 1) if name not in optional), default=0)

    def bind(self, where: str, *, validate: bool) -> None:
        """Take the action's place in an actor."""
        self._arguments = CheckedValues(self._params, where, validate=validate)
        self._results = CheckedValues({"result": self._result}, where, validate=validate)

    def arguments(self, *values: Any) -> tuple[Any, ...]:
        """Return the arguments to send.

        Raises:
            ConfigError: One is wrong.
        """
        if not values:
            return ()
        given = list(values)
        for at in self._omittable:
            if given[at] is None:
                given[at] = UNDEFINED
        sent = list(self._arguments.encode(tuple(given)))
        if self._rest:
            sent += sent.pop()
        while len(sent) > self._always_sent and sent[-1] is UNDEFINED:
            sent.pop()
        return tuple(sent)

    def result(self, value: Any) -> Any:
        """Return the result for the caller; None where none is declared.

        Raises:
            ProtocolError: It is not of its type.
        """
        return None if self._result is None else self._results.decode((value,))[0]


class Event:
    """The types of an event's arguments, by name."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        self._args = args

    def bind(self, where: str, *, validate: bool) -> None:
        """Take the event's place in an actor."""
        self._values = CheckedValues(self._args, where, validate=validate)

    def decode(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments for the caller: as many as are known, None for those that did not come.

        Raises:
            ProtocolError: One is not of its type.
        """
        missing = len(self._args) - len(args)
        return self._values.decode(args[: len(self._args)] + (None,) * missing)


class Queue:
    """The types of a queue: of its messages, and of what is replied."""

    def __init__(self, message: Any, reply: Any) -> None:
        self._message = message
        self._reply = reply

    def bind(self, where: str, *, validate: bool) -> None:
        """Take the queue's place in an actor."""
        self._messages = CheckedValues({"body": self._message}, where, validate=validate)
        self._replies = CheckedValues({"response": self._reply}, where, validate=validate)

    def message(self, body: Any) -> Any:
        """Return the message to send.

        Raises:
            ConfigError: It is wrong.
        """
        return self._messages.encode((body,))[0]

    def result(self, result: QueueSendResult | None) -> QueueResult[Any] | None:
        """Return what became of a message, for the caller.

        Raises:
            ProtocolError: The response is not of its type.
        """
        if result is None:
            return None
        if result.status != "completed" or self._reply is None:
            return QueueResult(result.status, result.response)
        return QueueResult(result.status, self._replies.decode((result.response,))[0])


class Actor:
    """Everything about one actor of a registry.

    Args:
        name: The actor.
        encodings: Those that can carry its values.
        input, params: Its input and connection parameters; None if it declares none.
        actions, events, queues: By name.
        validate: Whether values are checked against their types. What is sent gets its JavaScript kind in any case.
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
            what: CheckedValues({what: slot.kind}, name, validate=validate, is_secret=what == "params")
            for what, slot in self._slots.items()
            if slot is not None
        }
        self.actions = actions
        self.events = events
        self.queues = queues
        for kind, members in (("action", actions), ("event", events), ("queue", queues)):
            for wire, member in members.items():
                member.bind(f"{kind} {wire!r} of {name}", validate=validate)

    def event(self, name: str) -> Event | None:
        """Return an event, None if the actor does not declare it."""
        return self.events.get(name)

    def queue(self, name: str) -> Queue:
        """Return a queue.

        Raises:
            ConfigError: The actor has none of that name, and would drop the message.
        """
        if name not in self.queues:
            raise ConfigError(f"{self._name} has no queue {name!r}, only {', '.join(map(repr, self.queues))}")
        return self.queues[name]

    def _check_encoding(self, encoding: str) -> None:
        if encoding not in self._encodings:
            able = " or ".join(f'encoding="{name}"' for name in self._encodings) or "another actor"
            raise ConfigError(
                f"{self._name}: the {encoding} encoding cannot carry all of this actor's values; "
                f"make the client with {able}"
            )

    def input(self, value: Any) -> Any:
        """Return the input to send, UNDEFINED for none.

        Raises:
            ConfigError: It is wrong, or missing.
        """
        return self._slot("input", value)

    def options(self, runtime: Any, params: Any, get_params: Any) -> dict[str, Any]:
        """Return `params` and `get_params` for the dynamic client, hidden, as these are.

        Raises:
            ConfigError: The parameters are wrong, or missing, or the client's encoding cannot carry the actor's values.
        """
        self._check_encoding(runtime.config.encoding)
        if get_params is None:
            return {"params": self._params(params), "get_params": None}
        if not callable(reveal(get_params)):
            return {"params": params, "get_params": get_params}  # the dynamic client's to complain about

        async def later(value: Awaitable[Any]) -> Any:
            return reveal(self._params(hide(await value)))

        def encoded() -> Any:
            value = hide(reveal(get_params)())
            return later(reveal(value)) if inspect.isawaitable(reveal(value)) else reveal(self._params(value))

        return {"params": params, "get_params": hide(encoded)}

    def connect_params(self, params: Any) -> Any:
        """Return the parameters of one connection; UNDEFINED stays what it is."""
        return UNDEFINED if params is UNDEFINED else self._params(params)

    def _params(self, value: Any) -> Any:
        """Return the parameters to send, None for none; hidden, as these are."""
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

    def listen(self, driver: Any, event: str, callback: Callable[..., Any] | None, *, once: bool) -> Any:
        """Listen to an event whose arguments are checked before the callback gets them; see `on` of connections."""
        known = self.event(event)

        def add(function: Callable[..., Any]) -> Any:
            if known is None or not callable(function):
                return driver.listen(event, function, once=once)
            return driver.listen(event, _checked(function, known.decode), once=once)

        return add(callback) if callback is not None else lambda function: (add(function), function)[1]


def _checked(function: Callable[..., Any], decode: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Any:
    """Return a callback of the same kind and name, whose arguments are checked before it gets them."""

    def call(*args: Any) -> Any:
        return function(*decode(args))

    async def call_and_wait(*args: Any) -> None:
        await function(*decode(args))

    return update_wrapper(call_and_wait if inspect.iscoroutinefunction(function) else call, function)
