"""The actors of a registry document → views: every name, annotation and docstring is decided here."""

from __future__ import annotations

import keyword
import unicodedata

from rivet_codegen.output.docstrings import docstring
from rivet_codegen.output.source import literal
from rivet_codegen.registry.document import (
    Action,
    Actor,
    Event,
    Parameter,
    Queue,
    RegistryDocument,
    Schema,
    Slot,
)
from rivet_codegen.registry.errors import ErrorClasses
from rivet_codegen.registry.kinds import Kind, Plain, Scope, refs, union
from rivet_codegen.registry.layout import folder_names
from rivet_codegen.registry.naming import (
    CLIENT_MEMBERS,
    DIGIT_LIKE,
    IMPORTED_CLASSES,
    MODULE_NAMES,
    PARAMETER_NAMES,
    ClassNames,
    Names,
    Place,
    Renames,
    action_names,
    best_first,
    pascal,
)
from rivet_codegen.registry.schemas import SchemaConverter
from rivet_codegen.registry.views import (
    ActionView,
    ActorView,
    EventView,
    GroupView,
    ParameterView,
    QueueView,
    SlotView,
)

__all__ = ["actor_views"]

_NONE = Plain("None")
_ANYWHERE = Scope()


def actor_views(
    document: RegistryDocument, converter: SchemaConverter, errors: ErrorClasses, renames: Renames
) -> tuple[ActorView, ...]:
    """Return the views of a document's actors.

    Args:
        document: The document.
        errors: The classes for its errors.
        converter: What converts its schemas. It also gets the types that have no name in the document.
        renames: Where to note what had to be renamed.
    """
    taken = CLIENT_MEMBERS | MODULE_NAMES
    attributes = Names("actor", "", taken, renames).give_all(actor.name for actor in document.actors)
    classes = ClassNames(IMPORTED_CLASSES)
    prefixes = {name: classes.give_prefix(pascal(name)) for name in best_first(attributes)}
    folders = folder_names(attributes.values())
    used = {*attributes.values(), *taken, *DIGIT_LIKE}
    views = []
    for actor in document.actors:
        alias = unicodedata.normalize("NFKC", actor.name)  # as Python reads names
        if not alias.isidentifier() or keyword.iskeyword(alias) or alias.startswith("_") or alias in used:
            alias = ""
        used.add(alias)
        attribute = attributes[actor.name]
        builder = _ActorBuilder(actor, converter, errors, prefixes[actor.name], classes, renames)
        views.append(builder.view(attribute, alias, folders[attribute]))
    return tuple(views)


class _ActorBuilder:
    """Makes the view of one actor."""

    def __init__(
        self,
        actor: Actor,
        converter: SchemaConverter,
        errors: ErrorClasses,
        prefix: str,
        classes: ClassNames,
        renames: Renames,
    ) -> None:
        self._actor = actor
        self._errors = errors
        self._converter = converter
        self._classes = classes
        self._renames = renames
        self._prefix = prefix
        self._types: set[str] = set()

    def view(self, attribute: str, alias: str, folder: str) -> ActorView:
        actor = self._actor
        return ActorView(
            wire=actor.name,
            attribute=attribute,
            alias=alias,
            folder=folder,
            prefix=self._prefix,
            docstring=_with_wire_name(
                docstring(actor.description, f"The actor `{actor.name}`."), actor.name, attribute
            ),
            deprecated=_deprecation(actor.deprecated, f"the actor {actor.name}"),
            opaque=actor.opaque,
            input=self._slot(actor.input, self._place("Input"), "The input", is_null_sent=True),
            params=self._slot(
                actor.params, self._place("Params"), "The connection parameters", is_null_sent=False
            ),
            root=self._group("", "", "", actor.actions),
            events=tuple(map(self._event, actor.events)),
            queues=tuple(map(self._queue, actor.queues)),
            encodings=actor.encodings,
            events_said=tuple((event.name, event.description) for event in actor.events if event.description),
            queues_said=tuple((queue.name, queue.description) for queue in actor.queues if queue.description),
            sending_raises=tuple(
                self._errors.raised(*(it for queue in actor.queues for it in queue.throws), *actor.throws)
            ),
            types=frozenset(self._types),  # last: whatever stands above adds to them
        )

    def _slot(self, slot: Slot | None, place: Place, what: str, *, is_null_sent: bool) -> SlotView | None:
        if slot is None:
            return None
        nullable = is_null_sent and self._converter.definitions.takes_null(slot.schema)
        kind = self._kind(slot.schema, place, what)
        text = self._converter.accepted(kind).text(_ANYWHERE)
        return SlotView(text, kind.text(_ANYWHERE), slot.required, nullable)

    def _group(self, wire: str, path: str, attribute: str, actions: tuple[Action, ...]) -> GroupView:
        """Return the view of the actions whose names begin with `wire`, which is `path` in Python."""
        start, above = (f"{wire}.", f"{path}.") if wire else ("", "")
        own = {action.name.removeprefix(start): action for action in actions}
        heads = {name.partition(".")[0] for name in own}
        names = action_names(self._actor.name, wire, heads, self._renames)
        scope = Scope(hidden=frozenset(names.values()))
        groups = []
        for head in sorted({name.partition(".")[0] for name in own if "." in name}):
            inner = tuple(action for name, action in own.items() if name.startswith(f"{head}."))
            groups.append(self._group(start + head, above + names[head], names[head], inner))
        return GroupView(
            wire=wire,
            attribute=attribute,
            class_name=self._classes.give(
                Place(f"{self._prefix}{pascal(wire)}Actions", f"{self._prefix}_{pascal(wire)}_Actions")
            )
            if wire
            else f"{self._prefix}Actions",
            actions=tuple(
                self._action(action, names[name], above + names[name], scope)
                for name, action in own.items()
                if "." not in name
            ),
            groups=tuple(groups),
        )

    def _action(self, action: Action, method: str, path: str, scope: Scope) -> ActionView:
        base = pascal(action.name)
        returns = self._kind(
            action.returns,
            self._place(f"{base}Result", base, "Result"),
            f"The result of the action `{action.name}`",
        )
        owner = f"{self._actor.name}.{action.name}"
        names = Names("parameter", owner, PARAMETER_NAMES, self._renames)
        last = max((at for at, param in enumerate(action.params) if param.required), default=-1)
        params = []
        for at, param in enumerate(action.params):
            what = f"The argument `{param.name}` of the action `{action.name}`"
            name = pascal(param.name)
            kind = self._kind(param.schema, self._place(base + name, base, "Arg", name), what)
            params.append(
                self._parameter(param, names.give(param.name), kind, scope, is_before_others=at < last)
            )
        inside = Scope(hidden=scope.hidden | {param.name for param in params})
        return ActionView(
            wire=action.name,
            method=method,
            path=path,
            params=tuple(params),
            returns=returns.text(inside),
            result=returns.text(_ANYWHERE),
            docstring=_action_docstring(
                action, path, params, self._errors.raised(*action.throws, *self._actor.throws)
            ),
            deprecated=_deprecation(action.deprecated, f"the action {action.name}"),
        )

    def _parameter(
        self, param: Parameter, name: str, kind: Kind, scope: Scope, *, is_before_others: bool
    ) -> ParameterView:
        accepted, checked = self._converter.accepted(kind), kind.text(_ANYWHERE)
        text = accepted.text(scope)
        nullable = self._converter.definitions.takes_null(param.schema)
        required = param.required and not self._converter.definitions.takes_undefined(param.schema)
        if param.rest:
            declaration, checked = f"*{name}: {text}", f"list[{checked}]"
        elif required:
            declaration = f"{name}: {text}"
        else:
            text = f"typed.OrUndefined[{text}]" if nullable else union([accepted, _NONE]).text(scope)
            declaration = f"{name}: {text}"
            if not param.required and not is_before_others:
                declaration += " = UNDEFINED" if nullable else " = None"
        return ParameterView(name, declaration, checked, required, param.rest, nullable)

    def _event(self, event: Event) -> EventView:
        base = pascal(event.name)
        types = []
        for arg in event.args:
            name = pascal(arg.name) if len(event.args) > 1 else ""
            place = self._place(f"{base}Event{name}", base, "Event", name)
            kind = self._kind(arg.schema, place, f"The argument `{arg.name}` of the event `{event.name}`")
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
        place = self._place(f"{base}Message", base, "Queue", "Message")
        message = self._kind(queue.message, place, f"A message for the queue `{queue.name}`")
        reply = "None"
        if queue.complete is not None:
            what = f"The reply of the queue `{queue.name}`"
            place = self._place(f"{base}Reply", base, "Queue", "Reply")
            reply = self._kind(queue.complete, place, what).text(_ANYWHERE)
        body = self._converter.accepted(message).text(_ANYWHERE)
        definitions = self._converter.definitions
        is_needed = not (definitions.takes_null(queue.message) or definitions.takes_undefined(queue.message))
        return QueueView(
            wire=queue.name,
            message=message.text(_ANYWHERE),
            reply=reply,
            body=body if is_needed else f"{body} = None",
        )

    def _place(self, name: str, *steps: str) -> Place:
        """Return where a type stands: its name after that of the actor, and the steps to it."""
        return Place(self._prefix + name, "_".join(filter(None, [self._prefix, *(steps or [name])])))

    def _kind(self, schema: Schema, place: Place, what: str) -> Kind:
        """Return the kind of a value. An object that has neither a name nor a description gets a description."""
        if schema.get("type") == "object":
            schema = {"description": f"{what} of `{self._actor.name}`.", **schema}
        kind = self._converter.kind(schema, place)
        self._types.update(refs(kind))
        return kind


def _deprecation(reason: str | None, what: str) -> str | None:
    return None if reason is None else " ".join(reason.split()) or f"{what} is deprecated"


def _with_wire_name(text: str, wire: str, python: str) -> str:
    """Return a docstring that also has the name in the registry, unless that is the name in Python."""
    return text if python == wire or f"`{wire}`" in text else f"{text}\n\nWire name: `{wire}`."


def _action_docstring(
    action: Action, path: str, params: list[ParameterView], raised: list[tuple[str, str]]
) -> str:
    said = [
        (param.schema.get("description", "").strip(), param.schema.get("default")) for param in action.params
    ]
    args = [
        (view.name, _with_default(text or f"The argument `{param.name}`.", default))
        for view, param, (text, default) in zip(params, action.params, said, strict=True)
    ]
    sections = {}
    if any(text or default is not None for text, default in said):
        sections["Args"] = args
    if result := action.returns.get("description", ""):
        sections["Returns"] = [("", result)]
    if raised:
        sections["Raises"] = raised
    text = docstring(action.description, f"Call the action `{action.name}`.", sections)
    return _with_wire_name(text, action.name, path)


def _with_default(text: str, default: object) -> str:
    if default is None:
        return text
    return f"{text}{'' if text.endswith(('.', '?', '!')) else '.'} Default: {default!r}."
