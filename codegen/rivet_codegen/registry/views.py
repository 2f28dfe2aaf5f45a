"""What the templates of a typed package read: frozen, with every decision already made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rivet_codegen.facade.flavours import Flavour
from rivet_codegen.output.docstrings import docstring

__all__ = ["ActionView", "ActorView", "EventView", "GroupView", "ParameterView", "QueueView", "SlotView"]


@dataclass(frozen=True, slots=True)
class SlotView:
    """What an actor is created with, or what is given to a connection.

    Attributes:
        type: Its annotation.
        checked: What its value is checked against.
        required: Whether it must be given.
        nullable: Whether None is a value, and does not mean that there is none.
    """

    type: str
    checked: str
    required: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One parameter of an action.

    Attributes:
        name: Its name in Python.
        declaration: How it stands in the signature.
        type: What its value is checked against.
        nullable: Whether None is a value, and does not mean that there is none.
    """

    name: str
    declaration: str
    type: str
    required: bool
    rest: bool
    nullable: bool

    @property
    def is_null_sent(self) -> bool:
        """Whether None is sent as null, although it could mean that there is no argument."""
        return self.nullable and not self.required and not self.rest


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action.

    Attributes:
        wire: Its name in the registry, with dots.
        method: The method of its handle or group.
        path: What leads from a handle to that method, with dots.
        params: Its parameters.
        returns: The annotation of its result.
        result: What its result is checked against.
        docstring: The docstring of the method.
        deprecated: Why it should not be used; None if it may be used.
    """

    wire: str
    method: str
    path: str
    params: tuple[ParameterView, ...]
    returns: str
    result: str
    docstring: str
    deprecated: str | None

    @property
    def signature(self) -> str:
        """What follows `self` in the signature."""
        return "".join(f", {param.declaration}" for param in self.params)

    @property
    def arguments(self) -> str:
        """The names of the parameters, separated by commas."""
        return ", ".join(param.name for param in self.params)

    @property
    def has_rest(self) -> bool:
        """Whether the last parameter takes all further arguments."""
        return any(param.rest for param in self.params)

    @property
    def optional(self) -> tuple[str, ...]:
        """The parameters that may be left out."""
        return tuple(param.name for param in self.params if not param.required and not param.rest)

    @property
    def nullable(self) -> tuple[str, ...]:
        """The optional parameters for which None is a value."""
        return tuple(param.name for param in self.params if param.is_null_sent)


@dataclass(frozen=True, slots=True)
class GroupView:
    """Actions whose names begin alike. The actions of the topmost group are methods of handles and connections.

    Attributes:
        wire: What the names of the actions begin with.
        attribute: The name of the group in the group above.
        class_name: The class of the group.
        actions, groups: What is in the group.
    """

    wire: str
    attribute: str
    class_name: str
    actions: tuple[ActionView, ...]
    groups: tuple[GroupView, ...]

    @property
    def owner(self) -> str:
        """The expression for the object that has the method `action`."""
        return "self._owner" if self.wire else "self"

    @property
    def docstring(self) -> str:
        """The docstring of its class."""
        return f"The actions `{self.wire}.…`." if self.wire else "The actions."

    def nested(self) -> Iterator[GroupView]:
        """Yield all groups below this one, the innermost first."""
        for group in self.groups:
            yield from group.nested()
            yield group


@dataclass(frozen=True, slots=True)
class EventView:
    """One event.

    Attributes:
        name: The annotation for its name.
        wire: Its name in the registry.
        types: What its arguments are checked against, by name.
        callback: The annotation of the parameters of a callback.
        item: The annotation of what an iterator yields.
    """

    name: str
    wire: str
    types: tuple[tuple[str, str], ...]
    callback: str
    item: str


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue.

    Attributes:
        wire: Its name in the registry.
        message: What a message is checked against.
        reply: The annotation of its reply.
        body: The annotation and the default of what is sent.
    """

    wire: str
    message: str
    reply: str
    body: str


@dataclass(frozen=True, slots=True)
class ActorView:
    """One actor.

    Attributes:
        wire: Its name in the registry.
        attribute: The attribute of the client for it.
        alias: A second attribute, which is the name itself; "" if that is the same or is not possible.
        folder: Its folder in the package.
        prefix: What the names of its classes begin with.
        docstring: The docstring of its classes.
        deprecated: Why it should not be used; None if it may be used.
        opaque: Whether nothing is known of it.
        input, params: Its input and its connection parameters; None if none are declared.
        root: Its actions, as a tree.
        events, queues: Its events and queues, in the order of their names.
        events_said, queues_said: What is said about events and queues, by name.
        sending_raises: What is said about the errors of `send`, by class.
        encodings: The encodings that can carry its values.
        types: The definitions that it mentions.
    """

    wire: str
    attribute: str
    alias: str
    folder: str
    prefix: str
    docstring: str
    deprecated: str | None
    opaque: bool
    input: SlotView | None
    params: SlotView | None
    root: GroupView
    events: tuple[EventView, ...]
    queues: tuple[QueueView, ...]
    encodings: tuple[str, ...]
    types: frozenset[str]
    events_said: tuple[tuple[str, str], ...]
    queues_said: tuple[tuple[str, str], ...]
    sending_raises: tuple[tuple[str, str], ...]

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes of the client for it."""
        return (self.attribute, self.alias) if self.alias else (self.attribute,)

    def classes(self, flavour: Flavour) -> tuple[str, ...]:
        """Return the names of its classes, sorted."""
        names = [self.accessor, self.connection, self.handle, *(group.class_name for group in self.groups)]
        return tuple(sorted(flavour.prefix + name for name in names))

    def accessor_path(self, flavour: Flavour) -> str:
        """Return how the module of the client names the class of its accessor."""
        if self.opaque:
            return f"{flavour.prefix}ActorAccessor"
        return f"_actors.{self.folder}.{flavour.name}.{flavour.prefix}{self.accessor}"

    @property
    def accessor(self) -> str:
        """The class of its accessor."""
        return f"{self.prefix}Accessor"

    @property
    def accessor_docstring(self) -> str:
        """The docstring of its accessor."""
        return f"{self.docstring}\n\nMakes handles. Nothing here but `create` does I/O."

    @property
    def handle(self) -> str:
        """The class of its handles."""
        return f"{self.prefix}Handle"

    @property
    def connection(self) -> str:
        """The class of its connections."""
        return f"{self.prefix}Connection"

    @property
    def input_option(self) -> str:
        """The annotation and the default of the input."""
        if self.input is None:
            return "Any = UNDEFINED"
        if self.input.required:
            return self.input.type
        if self.input.nullable:
            return f"typed.OrUndefined[{self.input.type}] = UNDEFINED"
        return f"{self.input.type} | None = None"

    @property
    def params_type(self) -> str:
        """The annotation of the connection parameters."""
        return "Any" if self.params is None else self.params.type

    def param_options(self, flavour: Flavour) -> str:
        """The two options for connection parameters. Both may be left out."""
        return (
            f"params: {self.params_type} | None = None, "
            f"get_params: typed.{flavour.prefix}Getter[{self.params_type}] | None = None"
        )

    def param_forms(self, flavour: Flavour) -> tuple[str, ...]:
        """The option that has to be given, in each form of the method; none if both options may be left out."""
        if self.params is None or not self.params.required:
            return ()
        return f"params: {self.params_type}", f"get_params: typed.{flavour.prefix}Getter[{self.params_type}]"

    @property
    def events_overloads(self) -> tuple[EventView, ...]:
        """The events; none if there are fewer than two."""
        return self.events if len(self.events) > 1 else ()

    @property
    def any_event(self) -> EventView:
        """What holds for every event. An actor that declares no event can have any."""
        return self.events[0] if len(self.events) == 1 else EventView("str", "", (), "...", "Any")

    @property
    def event_docstrings(self) -> dict[str, str]:
        """The docstrings of `on` and `once`."""
        said = {"Events": self.events_said} if self.events_said else {}
        return {
            "on": docstring(
                "Call a function for each event of a name; without the function, a decorator.", "", said
            ),
            "once": docstring("Call a function for the next event of a name, and no other; see `on`.", ""),
        }

    @property
    def queues_docstring(self) -> str:
        """The docstring of `send`."""
        said = {"Queues": self.queues_said, "Raises": self.sending_raises}
        said = {title: entries for title, entries in said.items() if entries}
        return docstring(
            "Send a message to one of the actor's queues; with `wait`, return what became of it.", "", said
        )

    @property
    def groups(self) -> list[GroupView]:
        """Every group, the innermost first and the topmost last."""
        return [*self.root.nested(), self.root]

    @property
    def actions(self) -> list[ActionView]:
        """All actions, in the order of their names."""
        return sorted((action for group in self.groups for action in group.actions), key=lambda it: it.wire)
