"""What a class says about the actors of a name: their actions, queues and hooks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

from rivet_client._checks import check_limit, check_timeout
from rivet_client.errors import ConfigError

__all__ = ["HOOKS", "ActorDefinition", "ActorOptions", "action", "check_name", "queue"]

Function: TypeAlias = Callable[..., Any]
F = TypeVar("F", bound=Function)

HOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    "on_create": ("ctx",),
    "on_wake": ("ctx",),
    "on_sleep": ("ctx",),
    "on_destroy": ("ctx",),
    "on_before_connect": ("ctx", "params"),
    "on_connect": ("ctx", "conn"),
    "can_subscribe": ("ctx", "event"),
    "can_publish": ("ctx", "queue"),
    "on_disconnect": ("ctx", "conn"),
    "on_request": ("ctx", "request"),
    "on_websocket": ("ctx", "websocket"),
}
"""The methods that are no actions: an actor's host calls them by itself, with these arguments."""

_ACTION, _QUEUE = "_rivet_action", "_rivet_queue"


def action(name: str) -> Callable[[F], F]:
    """Give an action another name than its method has, such as one that is no name in Python.

    Args:
        name: What clients call it. Dots separate the groups of a nested one.
    """
    return _marked(_ACTION, "action", name)


def queue(name: str) -> Callable[[F], F]:
    """Make a method the consumer of a queue: it gets each message, and what it returns is the reply.

    Args:
        name: The name of the queue.
    """
    return _marked(_QUEUE, "queue", name)


def _marked(mark: str, decorator: str, name: str) -> Callable[[F], F]:
    check_name(f"the name in @{decorator}", name)

    def mark_function(function: F) -> F:
        setattr(function, mark, name)
        return function

    return mark_function


@dataclass(frozen=True, slots=True)
class ActorOptions:
    """What a registry sets for the actors of a name.

    Args:
        action_timeout: How long an action may take, in seconds; None for any time.
        max_queue_size: Most messages of queues that wait to be consumed; None for any number.

    Raises:
        TypeError, ConfigError: One of them is no such number.
    """

    action_timeout: float | None = 60.0
    max_queue_size: int | None = 1000

    def __post_init__(self) -> None:
        check_timeout("action_timeout", self.action_timeout)
        check_limit("max_queue_size", self.max_queue_size)


@dataclass(frozen=True, slots=True)
class ActorDefinition:
    """The actors of one name.

    Attributes:
        name: Their name.
        kind: The class.
        actions: Functions that take the instance, the context and the arguments, by their names on the wire.
        queues: Functions that take the instance, the context and the body, by the queues' names.
        hooks: Functions that take the instance and what `HOOKS` says, by their names in Python.
        initial_state: Containers among the attributes of the class. Each instance gets copies of them.
        options: What else is set for them.
    """

    name: str
    kind: type
    actions: Mapping[str, Function] = field(repr=False)
    queues: Mapping[str, Function] = field(repr=False)
    hooks: Mapping[str, Function] = field(repr=False)
    initial_state: Mapping[str, Any] = field(repr=False)
    options: ActorOptions

    @classmethod
    def of(cls, name: str, kind: type, options: ActorOptions | None = None) -> ActorDefinition:
        """Read a class.

        Raises:
            TypeError, ConfigError: It cannot be the class of an actor. The text names the place.
        """
        check_name("the name of an actor", name)
        _check_class(name, kind)
        actions: dict[str, Function] = {}
        queues: dict[str, Function] = {}
        hooks: dict[str, Function] = {}
        initial: dict[str, Any] = {}
        for attribute, value in _attributes(kind):
            if attribute in HOOKS:
                _check_takes(kind, attribute, value, HOOKS[attribute])
                hooks[attribute] = value
            elif isinstance(value, (list, dict, set, bytearray)) and not attribute.startswith("__"):
                initial[attribute] = value
        _collect(kind, "", actions, queues)
        return cls(name, kind, actions, queues, hooks, initial, options or ActorOptions())


def check_name(what: str, name: object) -> None:
    """Check a name that a user gives.

    Raises:
        TypeError, ConfigError: It is none.
    """
    if not isinstance(name, str):
        given = f"a {type(name).__name__}: write it in quotes, in parentheses"
        raise TypeError(f"{what} must be a str, not {given}")
    if not name:
        raise ConfigError(f"{what} must not be empty")


def _check_class(name: str, kind: object) -> None:
    if not isinstance(kind, type):
        raise TypeError(
            f"actor {name!r}: {kind!r} is no class; "
            "write a class whose methods are the actor's actions, and give the class itself"
        )
    try:
        inspect.signature(kind).bind()
    except TypeError as error:
        raise TypeError(
            f"actor {name!r}: {kind.__qualname__}() must take no arguments ({error}); "
            "what an actor is created with is ctx.input in on_create(self, ctx)"
        ) from None
    except ValueError:  # a class of an extension module tells nothing
        pass


def _attributes(kind: type) -> Iterator[tuple[str, Any]]:
    """The attributes of a class, inherited ones too, as they are written there."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base is not object:
            found.update(vars(base))
    return iter(found.items())


def _collect(kind: type, prefix: str, actions: dict[str, Function], queues: dict[str, Function]) -> None:
    for attribute, value in _attributes(kind):
        if inspect.isfunction(value):
            if name := getattr(value, _QUEUE, None):
                _check_takes(kind, attribute, value, ("ctx", "body"))
                _add(queues, "queue", name, kind, value)
            elif name := getattr(value, _ACTION, None):
                _check_takes(kind, attribute, value, ("ctx",))
                _add(actions, "action", f"{prefix}{name}", kind, value)
            elif not attribute.startswith("_") and (prefix or attribute not in HOOKS):
                _check_takes(kind, attribute, value, ("ctx",))
                _add(actions, "action", f"{prefix}{attribute}", kind, value)
        elif not attribute.startswith("_") and isinstance(value, (staticmethod, classmethod)):
            decorator = "staticmethod" if isinstance(value, staticmethod) else "classmethod"
            raise TypeError(
                f"{kind.__qualname__}.{attribute} is a {decorator}, and cannot be an action; "
                f"write def {attribute}(self, ctx, …), or a name that begins with _"
            )
        elif not attribute.startswith("_") and _is_group(kind, attribute, value):
            _collect(value, f"{prefix}{attribute}.", actions, queues)


def _is_group(kind: type, attribute: str, value: object) -> bool:
    """Whether an attribute is a class that was written there only to hold actions."""
    return (
        isinstance(value, type)
        and value.__bases__ == (object,)
        and value.__qualname__.endswith(f".{attribute}")
        and value.__module__ == kind.__module__
        and not hasattr(value, "__dataclass_fields__")
    )


def _add(table: dict[str, Function], what: str, name: str, kind: type, function: Function) -> None:
    other = table.setdefault(name, function)
    if other is not function:
        raise ConfigError(
            f"{kind.__qualname__} has two functions for the {what} {name!r}: "
            f"{other.__qualname__} and {function.__qualname__}; rename one"
        )


def _check_takes(kind: type, attribute: str, value: object, arguments: tuple[str, ...]) -> None:
    """Check that a method takes itself and these arguments, and perhaps more."""
    wanted = f"def {attribute}(self, {', '.join(arguments)}{', …' if arguments == ('ctx',) else ''})"
    if not inspect.isfunction(value):
        raise TypeError(f"{kind.__qualname__}.{attribute} must be a method: write {wanted}")
    places = 0
    for parameter in inspect.signature(value).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            return
        places += parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    if places <= len(arguments):
        raise TypeError(f"{value.__qualname__}() cannot take {', '.join(arguments)}: write {wanted}")
