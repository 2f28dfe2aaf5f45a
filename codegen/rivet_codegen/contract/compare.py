"""What changed between two registry documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar

from rivet_codegen.contract.changes import Change, Place
from rivet_codegen.contract.name_changes import name_changes
from rivet_codegen.contract.rules import RULES, Level
from rivet_codegen.contract.shapes import Scalar, Type, Types
from rivet_codegen.contract.taking import Flow
from rivet_codegen.contract.type_changes import TypeChange, TypeComparison
from rivet_codegen.contract.wording import type_text
from rivet_codegen.registry.document import (
    Action,
    Actor,
    DeclaredError,
    Event,
    Parameter,
    Queue,
    RegistryDocument,
    Schema,
    Slot,
)

__all__ = ["compare_documents"]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Described(Protocol):
    @property
    def description(self) -> str: ...

    @property
    def deprecated(self) -> str | None: ...


N = TypeVar("N", bound=_Named)
M = TypeVar("M", Action, Event, Queue)
_Key: TypeAlias = tuple[str, str, str, str, Place | None]
_VOID = Type((Scalar("undefined"),))
_NOTHING = (Scalar("undefined"), Scalar("null"), Scalar("never"))


def compare_documents(old: RegistryDocument, new: RegistryDocument) -> list[Change]:
    """Return what changed, the worst first."""
    comparison = _Comparison(old, new)
    comparison.run(old.actors, new.actors)
    changes = [*comparison.changes(), *name_changes(old, new)]
    return sorted(changes, key=lambda change: -change.level)


class _Comparison:
    """The changes that were found so far."""

    def __init__(self, old: RegistryDocument, new: RegistryDocument) -> None:
        self._old, self._new = Types(old), Types(new)
        self._flows = {flow: TypeComparison(self._old, self._new, flow) for flow in Flow}
        self._errors = {error.name for error in new.errors()}
        self._places: dict[_Key, dict[Place, None]] = {}

    def changes(self) -> Iterator[Change]:
        """Yield the changes, in the order in which they were found."""
        for (rule, kind, path, text, _), places in self._places.items():
            yield Change(rule, kind, path, text, tuple(places))

    def run(self, old: Sequence[Actor], new: Sequence[Actor]) -> None:
        """Compare the actors of two documents."""
        for one, other in _pairs(old, new):
            if one and other:
                self._actor(one, other)
            elif only := one or other:
                self._tell_presence("ACTOR", Place(only.name), is_new=one is None)

    # --- Members of actors -----------------------------------------------------------------------------------------

    def _actor(self, old: Actor, new: Actor) -> None:
        place = Place(new.name)
        self._about(old, new, place)
        self._throws(old.throws, new.throws, place)
        if old.opaque or new.opaque:
            if old.opaque != new.opaque:
                rule, text = (
                    ("ACTOR_BECAME_OPAQUE", "has no types any more")
                    if new.opaque
                    else ("ACTOR_NO_LONGER_OPAQUE", "has types now")
                )
                self._tell(rule, place, text)
            return
        for name in sorted({*old.encodings} ^ {*new.encodings}):
            rule, text = ("ADDED", "can") if name in new.encodings else ("REMOVED", "can no longer")
            self._tell(f"ENCODING_{rule}", place, f"the encoding {name!r} {text} carry its values")
        self._slot(old.input, new.input, place.of("input"), "INPUT")
        self._slot(old.params, new.params, place.of("connection parameters"), "CONNECTION_PARAMS")
        self._members("action", old.actions, new.actions, self._action, place)
        self._members("event", old.events, new.events, self._event, place)
        self._members("queue", old.queues, new.queues, self._queue, place)

    def _members(
        self,
        kind: str,
        old: Sequence[M],
        new: Sequence[M],
        compare: Callable[[M, M, Place], None],
        actor: Place,
    ) -> None:
        for one, other in _pairs(old, new):
            if only := one or other:
                place = Place(actor.actor, kind, only.name)
                if one and other:
                    self._about(one, other, place)
                    compare(one, other, place)
                else:
                    self._tell_presence(kind.upper(), place, is_new=one is None)

    def _slot(self, old: Slot | None, new: Slot | None, place: Place, rule: str) -> None:
        if new is None:
            if old is not None:
                self._tell(f"{rule}_NO_LONGER_DECLARED", place, "is not declared any more; any value goes")
            return
        if old is None:
            text = f"is declared now: {type_text(self._new.of(new.schema))}"
            self._tell(f"{rule}_REQUIRED" if new.required else f"{rule}_DECLARED", place, text)
            return
        if old.required != new.required:
            rule, text = (
                (f"{rule}_REQUIRED", "must be given now")
                if new.required
                else (f"{rule}_OPTIONAL", "may be left out now")
            )
            self._tell(rule, place, text)
        self._types(Flow.SENT, self._old.of(old.schema), self._new.of(new.schema), place)

    def _action(self, old: Action, new: Action, place: Place) -> None:
        self._throws(old.throws, new.throws, place)
        self._parameters(old.params, new.params, place)
        self._answer(self._old.of(old.returns), self._new.of(new.returns), place, "result")
        self._description(old.returns, new.returns, place.of("result"))

    def _parameters(self, old: Sequence[Parameter], new: Sequence[Parameter], action: Place) -> None:
        for one, other in self._by_place(old, new, action, "PARAMETER"):
            match one, other:
                case Parameter(), None:
                    text = "is gone; a value for it is ignored"
                    self._tell("PARAMETER_REMOVED", action.of(f"parameter {one.name}"), text)
                case None, Parameter():
                    rule = "REQUIRED" if self._is_needed(self._new, other) else "OPTIONAL"
                    text = f"is new: {type_text(self._new.of(other.schema))}"
                    self._tell(f"PARAMETER_ADDED_{rule}", action.of(f"parameter {other.name}"), text)
                case Parameter(), Parameter():
                    place = action.of(f"parameter {other.name}")
                    self._parameter(one, other, place, may_skip=one is not old[-1])

    def _parameter(self, old: Parameter, new: Parameter, place: Place, *, may_skip: bool) -> None:
        was_needed, is_needed = self._is_needed(self._old, old), self._is_needed(self._new, new)
        if is_needed and not was_needed:
            self._tell("PARAMETER_REQUIRED", place, "must be given now")
        elif was_needed and not is_needed:
            self._tell("PARAMETER_OPTIONAL", place, "may be left out now")
        before, after = (
            json.dumps(param.schema["default"]) if "default" in param.schema else "none"
            for param in (old, new)
        )
        if before != after:
            self._tell("PARAMETER_DEFAULT_CHANGED", place, f"has the default {after}, had {before}")
        self._description(old.schema, new.schema, place)
        self._types(Flow.SENT, *self._values(old, new, may_skip=may_skip), place)

    def _event(self, old: Event, new: Event, place: Place) -> None:
        for one, other in self._by_place(old.args, new.args, place, "EVENT_ARGUMENT"):
            match one, other:
                case Parameter(), None:
                    rule = f"EVENT_ARGUMENT_REMOVED{'_NULLABLE' if self._reads_none(one) else ''}"
                    self._tell(rule, place.of(f"argument {one.name}"), "is gone")
                case None, Parameter():
                    self._tell("EVENT_ARGUMENT_ADDED", place.of(f"argument {other.name}"), "is new")
                case Parameter(), Parameter():
                    self._argument(one, other, place.of(f"argument {other.name}"))

    def _argument(self, old: Parameter, new: Parameter, place: Place) -> None:
        if old.required and not new.required:
            rule = f"EVENT_ARGUMENT_OPTIONAL{'_NULLABLE' if self._reads_none(old) else ''}"
            self._tell(rule, place, "may be missing now")
        elif new.required and not old.required:
            self._tell("EVENT_ARGUMENT_REQUIRED", place, "is always there now")
        self._description(old.schema, new.schema, place)
        self._types(Flow.RECEIVED, *self._values(old, new, may_skip=False), place)

    def _queue(self, old: Queue, new: Queue, place: Place) -> None:
        self._throws(old.throws, new.throws, place)
        self._types(Flow.SENT, self._old.of(old.message), self._new.of(new.message), place.of("message"))
        before = _VOID if old.complete is None else self._old.of(old.complete)
        after = _VOID if new.complete is None else self._new.of(new.complete)
        self._answer(before, after, place, "reply")

    def _answer(self, old: Type, new: Type, member: Place, part: str) -> None:
        """Compare what an action or a queue answers."""
        rule, place = f"{'QUEUE_' if part == 'reply' else ''}{part.upper()}", member.of(part)
        if _is_nothing(old) and not _is_nothing(new):
            self._tell(f"{rule}_ADDED", place, f"is new: {type_text(new)}")
        elif _is_nothing(new) and not _is_nothing(old):
            is_read = self._level(Flow.RECEIVED, old, new) < Level.BREAKING
            text = f"is gone; was {type_text(old)}"
            self._tell(f"{rule}_REMOVED_NULLABLE" if is_read else f"{rule}_REMOVED", place, text)
        elif not _is_nothing(old):
            self._types(Flow.RECEIVED, old, new, place)

    # --- Parts of members ------------------------------------------------------------------------------------------

    def _by_place(
        self, old: Sequence[Parameter], new: Sequence[Parameter], owner: Place, what: str
    ) -> Iterator[tuple[Parameter | None, Parameter | None]]:
        """Yield the values that stand at the same place; None where one document has no value."""
        word = what.rpartition("_")[2].lower()
        before = {param.name: at for at, param in enumerate(old) if not param.rest}
        after = {param.name: at for at, param in enumerate(new) if not param.rest}
        moved = [name for name, at in before.items() if after.get(name, at) != at]
        for name in moved:
            text = f"is number {after[name] + 1} now, was number {before[name] + 1}: values arrive as others"
            self._tell(f"{what}_MOVED", owner.of(f"{word} {name}"), text)
        if moved:
            yield from _pairs(old, new)
            return
        for at in range(max(len(old), len(new)) + 1):
            one, other = _at(old, at), _at(new, at)
            if one and other and one.name != other.name and not (one.rest or other.rest):
                text = f"is {other.name} now, was {one.name}"
                self._tell(f"{what}_RENAMED", owner.of(f"{word} {other.name}"), text)
            if one or other:
                yield one, other

    def _is_needed(self, types: Types, param: Parameter) -> bool:
        return param.required and not types.takes_undefined(param.schema)

    def _values(self, one: Parameter, other: Parameter, *, may_skip: bool) -> tuple[Type, Type]:
        """Return the types of two values. What was told about leaving them out is not told again.

        Args:
            one: The old value.
            other: The new value.
            may_skip: Whether `undefined` may stand in the old one's place, because values follow it.
        """
        old, new = self._old.of(one.schema), self._new.of(other.schema)
        if one.rest or other.rest:
            return old.or_undefined if may_skip and not (one.required or one.rest) else old, new
        if one.required and other.required:
            return old, new
        return old.or_undefined, new.or_undefined

    def _reads_none(self, arg: Parameter) -> bool:
        """Whether a package reads an argument that did not come."""
        return (
            not arg.required or self._level(Flow.RECEIVED, self._old.of(arg.schema), _VOID) < Level.BREAKING
        )

    def _level(self, flow: Flow, old: Type, new: Type) -> Level:
        return self._flows[flow].level(old, new)

    def _types(self, flow: Flow, old: Type, new: Type, place: Place) -> None:
        """Compare the types of a value, and all types with names that they mention."""
        comparison = self._flows[flow]
        found = comparison.compare(old, new)
        changes = [(change, "") for change in found.changes]
        waiting, done = [*found.pairs], set[tuple[str, str]]()
        while waiting:
            pair = waiting.pop()
            if pair not in done:
                done.add(pair)
                inner = comparison.definitions(pair)
                waiting += inner.pairs
                changes += [(change, pair[1]) for change in inner.changes]
        level = comparison.level(old, new)
        if all(RULES[change.rule] < level for change, _ in changes) and level:
            changes.append(
                (comparison.whole(old, new), "")
            )  # types that mention each other, each because of the other
        for change, name in changes:
            self._tell_in_type(change, name, place)

    def _about(self, old: _Described, new: _Described, place: Place) -> None:
        if old.description != new.description:
            self._tell("DESCRIPTION_CHANGED", place, "is described in other words")
        if (old.deprecated is None) != (new.deprecated is None):
            if new.deprecated is None:
                self._tell("NO_LONGER_DEPRECATED", place, "is not deprecated any more")
            else:
                self._tell("DEPRECATED", place, f"is deprecated now: {new.deprecated}".removesuffix(": "))

    def _throws(self, old: Sequence[DeclaredError], new: Sequence[DeclaredError], place: Place) -> None:
        before, after = ({error.name for error in errors} for errors in (old, new))
        for name in sorted(before - after):
            rule = "ERROR_REMOVED_PARTLY" if name in self._errors else "ERROR_REMOVED"
            self._tell(rule, place, f"no longer declares the error {name}")
        for name in sorted(after - before):
            self._tell("ERROR_ADDED", place, f"declares the error {name}")

    def _description(self, old: Schema, new: Schema, place: Place) -> None:
        if "$ref" not in old and old.get("description") != new.get("description"):
            self._tell("DESCRIPTION_CHANGED", place, "is described in other words")

    def _tell_presence(self, what: str, place: Place, *, is_new: bool) -> None:
        self._tell(f"{what}_{'ADDED' if is_new else 'REMOVED'}", place, "is new" if is_new else "is gone")

    def _tell(self, rule: str, place: Place, text: str) -> None:
        self._tell_in_type(TypeChange(rule, "", text), "", place)

    def _tell_in_type(self, change: TypeChange, kind: str, place: Place) -> None:
        # A type with a name may be used at many places, which are one change. What has no name is a change each.
        key = (change.rule, kind, change.path, change.text, None if kind else place)
        self._places.setdefault(key, {})[place] = None


def _pairs(old: Sequence[N], new: Sequence[N]) -> Iterator[tuple[N | None, N | None]]:
    """Yield what has the same name; None where one document has nothing of that name."""
    before, after = ({item.name: item for item in items} for items in (old, new))
    for name in dict.fromkeys((*before, *after)):
        yield before.get(name), after.get(name)


def _at(params: Sequence[Parameter], at: int) -> Parameter | None:
    """Return the parameter that takes the value at a place."""
    if at < len(params):
        return params[at]
    return params[-1] if params and params[-1].rest else None


def _is_nothing(kind: Type) -> bool:
    """Whether a package does not even look at what arrives, because nothing should."""
    return not kind.name and all(shape in _NOTHING for shape in kind.shapes)
