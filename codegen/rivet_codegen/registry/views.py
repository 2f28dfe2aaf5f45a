"""What the templates of a typed package read: frozen, with every decision already made."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import dataclass

from rivet_codegen.facade.flavours import Flavour
from rivet_codegen.output.docstrings import docstring
from rivet_codegen.output.source import literal
from rivet_codegen.registry.document import Action, Actor, Document, Event, Parameter, Queue, Schema, Slot
from rivet_codegen.registry.kinds import Kind, Plain, Scope, Union, union
from rivet_codegen.registry.naming import (
    CLIENT_MEMBERS,
    DIGIT_LIKE,
    HANDLE_MEMBERS,
    IMPORTED_CLASSES,
    MODULE_NAMES,
    PARAMETER_NAMES,
    ClassNames,
    Names,
    Renames,
    pascal,
)
from rivet_codegen.registry.schemas import Schemas

__all__ = [
    "ActionView",
    "ActorView",
    "EventView",
    "GroupView",
    "QueueView",
    "SlotView",
    "actor_views",
]


_NONE = Plain("None")
_ANYWHERE = Scope()


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


def actor_views(document: Document, schemas: Schemas, renames: Renames) -> tuple[ActorView, ...]:
    """Decide everything about the actors of a document."""
    taken = CLIENT_MEMBERS | MODULE_NAMES
    attributes = Names("actor", "", taken, renames).give_all(actor.name for actor in document.actors)
    classes = ClassNames(IMPORTED_CLASSES)
    used = {*attributes.values(), *taken, *DIGIT_LIKE}
    views = []
    for actor in document.actors:
        alias = actor.name
        if not alias.isidentifier() or keyword.iskeyword(alias) or alias.startswith("_") or alias in used:
            alias = ""
        views.append(_ActorBuilder(actor, schemas, classes, renames).view(attributes[actor.name], alias))
    return tuple(views)


class _ActorBuilder:
    """Makes the view of one actor."""

    def __init__(self, actor: Actor, schemas: Schemas, classes: ClassNames, renames: Renames) -> None:
        self._actor = actor
        self._schemas = schemas
        self._classes = classes
        self._renames = renames
        self._prefix = classes.give_prefix(pascal(actor.name))

    def view(self, attribute: str, alias: str) -> ActorView:
        actor = self._actor
        wire = f"\n\nWire name: `{actor.name}`." if actor.description else ""
        return ActorView(
            wire=actor.name,
            attribute=attribute,
            alias=alias,
            prefix=self._prefix,
            docstring=docstring(actor.description, f"The actor `{actor.name}`.") + wire,
            deprecated=_deprecation(actor.deprecated, f"the actor {actor.name}"),
            opaque=actor.opaque,
            input=self._slot(actor.input, "Input", "The input", is_null_sent=True),
            params=self._slot(actor.params, "Params", "The connection parameters", is_null_sent=False),
            root=self._group("", "", actor.actions),
            events=tuple(map(self._event, actor.events)),
            queues=tuple(map(self._queue, actor.queues)),
            encodings=actor.encodings,
            events_said=tuple((event.name, event.description) for event in actor.events if event.description),
            queues_said=tuple((queue.name, queue.description) for queue in actor.queues if queue.description),
        )

    def _kind(self, schema: Schema, name: str, what: str) -> Kind:
        """Return the kind of a value; an object without a name and a description is told what it is."""
        if schema.get("type") == "object":
            schema = {"description": f"{what} of `{self._actor.name}`.", **schema}
        return self._schemas.kind(schema, f"{pascal(self._actor.name)}{name}")

    def _slot(self, slot: Slot | None, name: str, what: str, *, is_null_sent: bool) -> SlotView | None:
        if slot is None:
            return None
        nullable = is_null_sent and self._schemas.takes_null(slot.schema)
        return SlotView(self._kind(slot.schema, name, what).text(_ANYWHERE), slot.required, nullable)

    def _group(self, wire: str, attribute: str, actions: tuple[Action, ...]) -> GroupView:
        """Make the view of the actions whose names begin with `wire`."""
        start = f"{wire}." if wire else ""
        own = {action.name.removeprefix(start): action for action in actions}
        heads = {name.partition(".")[0] for name in own}
        path = ".".join(filter(None, (self._actor.name, wire)))
        taken = MODULE_NAMES if wire else MODULE_NAMES | HANDLE_MEMBERS
        names = Names("action", path, taken, self._renames).give_all(heads)
        scope = Scope(hidden=frozenset(names.values()))
        groups = []
        for head in sorted({name.partition(".")[0] for name in own if "." in name}):
            inner = tuple(action for name, action in own.items() if name.startswith(f"{head}."))
            groups.append(self._group(start + head, names[head], inner))
        return GroupView(
            wire=wire,
            attribute=attribute,
            class_name=self._classes.give(f"{self._prefix}{pascal(wire)}Actions")
            if wire
            else f"{self._prefix}Actions",
            actions=tuple(
                self._action(action, names[name], scope) for name, action in own.items() if "." not in name
            ),
            groups=tuple(groups),
        )

    def _action(self, action: Action, method: str, scope: Scope) -> ActionView:
        base = pascal(action.name)
        path = f"{self._actor.name}.{action.name}"
        names = Names("parameter", path, PARAMETER_NAMES, self._renames)
        last = max((at for at, param in enumerate(action.params) if param.required), default=-1)
        params = []
        for at, param in enumerate(action.params):
            what = f"The argument `{param.name}` of the action `{action.name}`"
            kind = self._kind(param.schema, base + pascal(param.name), what)
            params.append(
                self._parameter(param, names.give(param.name), kind, scope, is_before_others=at < last)
            )
        returns = self._kind(action.returns, f"{base}Result", f"The result of the action `{action.name}`")
        inside = Scope(hidden=scope.hidden | {param.name for param in params})
        return ActionView(
            wire=action.name,
            method=method,
            params=tuple(params),
            returns=returns.text(inside),
            result=returns.text(_ANYWHERE),
            docstring=_action_docstring(action, params),
            deprecated=_deprecation(action.deprecated, f"the action {action.name}"),
        )

    def _parameter(
        self, param: Parameter, name: str, kind: Kind, scope: Scope, *, is_before_others: bool
    ) -> ParameterView:
        accepted, checked = _accepted(kind), kind.text(_ANYWHERE)
        text = accepted.text(scope)
        nullable = self._schemas.takes_null(param.schema)
        required = param.required and not self._schemas.takes_undefined(param.schema)
        if param.rest:
            declaration, checked = f"*{name}: {text}", f"tuple[{checked}, ...]"
        elif required:
            declaration = f"{name}: {text}"
        else:
            text = f"typed.OrUndefined[{text}]" if nullable else union([accepted, _NONE]).text(scope)
            declaration = f"{name}: {text}"
            if not param.required and not is_before_others:
                declaration += " = UNDEFINED" if nullable else " = None"
        return ParameterView(name, declaration, checked, required, param.rest, nullable)

    def _event(self, event: Event) -> EventView:
        base = f"{pascal(event.name)}Event"
        types = []
        for arg in event.args:
            name = base + (pascal(arg.name) if len(event.args) > 1 else "")
            kind = self._kind(arg.schema, name, f"The argument `{arg.name}` of the event `{event.name}`")
            types.append((arg.name, (kind if arg.required else union([kind, _NONE])).text(_ANYWHERE)))
        texts = [text for _, text in types]
        return EventView(
            name=f"Literal[{literal(event.name)}]",
            wire=event.name,
            types=tuple(types),
            callback=", ".join(texts),
            item=f"tuple[{', '.join(texts) or '()'}]",
        )

    def _queue(self, queue: Queue) -> QueueView:
        base = pascal(queue.name)
        message = self._kind(queue.message, f"{base}Message", f"A message for the queue `{queue.name}`")
        reply = "None"
        if queue.complete is not None:
            what = f"The reply of the queue `{queue.name}`"
            reply = self._kind(queue.complete, f"{base}Reply", what).text(_ANYWHERE)
        body = message.text(_ANYWHERE)
        is_needed = not self._schemas.takes_null(queue.message) and not self._schemas.takes_undefined(
            queue.message
        )
        return QueueView(
            wire=queue.name,
            message=body,
            reply=reply,
            body=body if is_needed else f"{body} = None",
        )


def _accepted(kind: Kind) -> Kind:
    """Return what a parameter says for a kind: a float can be an int anyway."""
    if isinstance(kind, Union):
        return union([_accepted(member) for member in kind.members])
    return Plain("float") if kind == Plain("int | float") else kind


def _deprecation(reason: str | None, what: str) -> str | None:
    return None if reason is None else " ".join(reason.split()) or f"{what} is deprecated"


def _action_docstring(action: Action, params: list[ParameterView]) -> str:
    said = [
        (param.schema.get("description", "").strip(), param.schema.get("default")) for param in action.params
    ]
    args = [
        (
            view.name,
            f"{text or f'The argument `{param.name}`.'}{'' if default is None else f' Default: {default!r}.'}",
        )
        for view, param, (text, default) in zip(params, action.params, said, strict=True)
    ]
    sections = {}
    if any(text or default is not None for text, default in said):
        sections["Args"] = args
    text = docstring(action.description, f"Call the action `{action.name}`.", sections)
    if result := action.returns.get("description", "").strip():
        text += f"\n\nReturns:\n    {result}"
    return f"{text}\n\nWire name: `{action.name}`." if action.description else text
