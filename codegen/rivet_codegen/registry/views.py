"""What the templates of a typed package read: frozen, with every decision already made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rivet_codegen.facade.flavours import Flavour
from rivet_codegen.output.docstrings import docstring

__all__ = ["ActionView", "ActorView", "EventView", "GroupView", "ParameterView", "QueueView", "SlotView"]


@dataclass(frozen=True, slots=True)
class SlotView:
    """What an actor is created or connected to with.

    Attributes:
        type: As an annotation.
        required: Whether it must be given.
        nullable: Whether None is a value of it, rather than its absence.
    """

    type: str
    required: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One parameter of an action.

    Attributes:
        name: In Python.
        declaration: How it stands in the signature.
        type: What its value is checked against.
        nullable: Whether None is a value of it, rather than its absence.
    """

    name: str
    declaration: str
    type: str
    required: bool
    rest: bool
    nullable: bool

    @property
    def is_null_sent(self) -> bool:
        """Whether None is sent as null, where it could mean that there is no argument."""
        return self.nullable and not self.required and not self.rest


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action.

    Attributes:
        wire: Its name, with dots.
        method: The method of its handle or group.
        params: Its parameters.
        returns: As an annotation.
        result: What its result is checked against.
        docstring: Of the method.
        deprecated: Why it should not be used; None if it may.
    """

    wire: str
    method: str
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
        """What the parameters hold, separated by commas."""
        return ", ".join(param.name for param in self.params)

    @property
    def has_rest(self) -> bool:
        """Whether the last parameter takes what is left."""
        return any(param.rest for param in self.params)

    @property
    def optional(self) -> tuple[str, ...]:
        """The parameters that may be left out."""
        return tuple(param.name for param in self.params if not param.required and not param.rest)

    @property
    def nullable(self) -> tuple[str, ...]:
        """The optional parameters that None is a value of."""
        return tuple(param.name for param in self.params if param.is_null_sent)


@dataclass(frozen=True, slots=True)
class GroupView:
    """Actions whose names begin alike; the topmost group is what handles and connections have themselves.

    Attributes:
        wire: What their names begin with.
        attribute: Its name in the group above.
        class_name: Its class.
        actions, groups: What it has.
    """

    wire: str
    attribute: str
    class_name: str
    actions: tuple[ActionView, ...]
    groups: tuple[GroupView, ...]

    @property
    def owner(self) -> str:
        """What has the method `action`, as Python."""
        return "self._owner" if self.wire else "self"

    @property
    def docstring(self) -> str:
        """What it is."""
        return f"The actions `{self.wire}.…`." if self.wire else "The actions."

    def nested(self) -> Iterator[GroupView]:
        """All groups below, the innermost first."""
        for group in self.groups:
            yield from group.nested()
            yield group


@dataclass(frozen=True, slots=True)
class EventView:
    """One event.

    Attributes:
        name: Its name, as an annotation.
        wire: Its name.
        types: What its arguments are checked against, by name.
        callback: Annotation of the parameters of a callback.
        item: Annotation of what an iterator yields.
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
        wire: Its name.
        message, reply: As annotations.
        body: Annotation and default of what is sent.
    """

    wire: str
    message: str
    reply: str
    body: str


@dataclass(frozen=True, slots=True)
class ActorView:
    """One actor.

    Attributes:
        wire: Its name.
        attribute: The client's attribute for it.
        alias: Another one, the name itself; "" if that is the same or not possible.
        prefix: What its classes' names begin with.
        docstring: Of its classes.
        deprecated: Why it should not be used; None if it may.
        opaque: Whether nothing is known of it.
        input, params: None where nothing is declared.
        root: Its actions, as a tree.
        events, queues: In the order of their names.
        events_said, queues_said: What is said about them, by name.
        encodings: Those that can carry its values.
    """

    wire: str
    attribute: str
    alias: str
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
    events_said: tuple[tuple[str, str], ...]
    queues_said: tuple[tuple[str, str], ...]

    @property
    def attributes(self) -> tuple[str, ...]:
        """The client's attributes for it."""
        return (self.attribute, self.alias) if self.alias else (self.attribute,)

    @property
    def variable(self) -> str:
        """Its variable in the module `_bindings`, which hides nothing there, whatever the actor is called."""
        return f"{self.attribute}_actor"

    @property
    def accessor(self) -> str:
        """Class of its accessor."""
        return "ActorAccessor" if self.opaque else f"{self.prefix}Accessor"

    @property
    def accessor_docstring(self) -> str:
        """What its accessor is."""
        return docstring("", f"Makes handles for `{self.wire}`. Nothing here but `create` does I/O.")

    @property
    def handle(self) -> str:
        """Class of its handles."""
        return f"{self.prefix}Handle"

    @property
    def connection(self) -> str:
        """Class of its connections."""
        return f"{self.prefix}Connection"

    @property
    def input_option(self) -> str:
        """Annotation and default of the input."""
        if self.input is None:
            return "Any = UNDEFINED"
        if self.input.required:
            return self.input.type
        if self.input.nullable:
            return f"typed.OrUndefined[{self.input.type}] = UNDEFINED"
        return f"{self.input.type} | None = None"

    @property
    def params_type(self) -> str:
        """Annotation of the connection parameters."""
        return "Any" if self.params is None else self.params.type

    def param_options(self, flavour: Flavour) -> str:
        """The options for connection parameters, either of which may be missing."""
        return (
            f"params: {self.params_type} | None = None, "
            f"get_params: typed.{flavour.prefix}Getter[{self.params_type}] | None = None"
        )

    def param_forms(self, flavour: Flavour) -> tuple[str, ...]:
        """The same where one of both must be given: all there is to choose from."""
        if self.params is None or not self.params.required:
            return ()
        return f"params: {self.params_type}", f"get_params: typed.{flavour.prefix}Getter[{self.params_type}]"

    @property
    def events_overloads(self) -> tuple[EventView, ...]:
        """The events, where there are several."""
        return self.events if len(self.events) > 1 else ()

    @property
    def any_event(self) -> EventView:
        """What is true of every event. An actor that declares none can have any."""
        return self.events[0] if len(self.events) == 1 else EventView("str", "", (), "...", "Any")

    @property
    def event_docstrings(self) -> dict[str, str]:
        """What is said about `on` and `once`."""
        said = {"Events": self.events_said} if self.events_said else {}
        return {
            "on": docstring(
                "Call a function for each event of a name; without the function, a decorator.", "", said
            ),
            "once": docstring("Call a function for the next event of a name, and no other; see `on`.", ""),
        }

    @property
    def queues_docstring(self) -> str:
        """What is said about `send`."""
        said = {"Queues": self.queues_said} if self.queues_said else {}
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
