"""What changed between two types, and whom that breaks. `Taking` decides; here the places of the changes are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from rivet_codegen.contract.rules import RULES, Level
from rivet_codegen.contract.shapes import (
    Anything,
    Array,
    Choice,
    Field,
    Map,
    Object,
    Pattern,
    Scalar,
    Set,
    Shape,
    Tagged,
    Tuple,
    Type,
    Types,
)
from rivet_codegen.contract.taking import Flow, Taking
from rivet_codegen.contract.wording import listed, type_text, value_text

__all__ = ["Found", "TypeChange", "TypeComparison"]


@dataclass(frozen=True, slots=True)
class TypeChange:
    """One change in a type.

    Attributes:
        rule: See `RULES`.
        path: Where in the type it is; "" for all of it.
        text: What changed.
    """

    rule: str
    path: str
    text: str


@dataclass(slots=True)
class Found:
    """What comparing two types found.

    Attributes:
        changes: The changes in the types themselves.
        pairs: The definitions that the types mention, old and new. What changed in them is found once for all.
    """

    changes: list[TypeChange] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)


class TypeComparison:
    """Compares the types of two documents, for values that go one way.

    Args:
        old, new: The types of the documents.
        flow: Which way the values go.
    """

    def __init__(self, old: Types, new: Types, flow: Flow) -> None:
        self._old, self._new = old, new
        self._flow = flow
        self._at_run_time = Taking(flow, declared=False)
        self._as_declared = Taking(flow, declared=True)
        self._definitions: dict[tuple[str, str], Found] = {}
        self._open: set[tuple[Type, Type]] = set()

    def compare(self, old: Type, new: Type) -> Found:
        """Return what changed from one type to another."""
        found = Found()
        self._compare(old, new, "", found)
        return found

    def definitions(self, pair: tuple[str, str]) -> Found:
        """Return what changed from one definition to another."""
        if pair not in self._definitions:
            found = self._definitions[pair] = Found()
            old, new = self._old.named[pair[0]], self._new.named[pair[1]]
            _tell_description(old.description, new.description, "", found)
            match old.shapes, new.shapes:
                case (Object() as one,), (Object() as other,):
                    self._in_shape(one, other, "", found)
                case _:
                    self._in_type(old, new, "", found)
        return self._definitions[pair]

    def whole(self, old: Type, new: Type) -> TypeChange:
        """Return the change from one type to another as one change."""
        found = Found()
        self._tell_type(old, new, "", found, self.level(old, new))
        return found.changes[0]

    def level(self, old: Type, new: Type) -> Level:
        """Return whom it breaks that one type has become another."""
        wide, narrow = (new, old) if self._flow is Flow.SENT else (old, new)
        if not self._at_run_time.all_of(wide, narrow):
            return Level.BREAKING
        return Level.COMPATIBLE if self._as_declared.all_of(wide, narrow) else Level.TYPES

    # Each method below finds changes, and returns the worst level that it told. A change is told where it is. If the
    # parts do not explain why a whole breaks, the whole is told.

    def _compare(self, old: Type, new: Type, path: str, found: Found) -> Level:
        if old.name and new.name:
            level = self.level(self._old.named[old.name], self._new.named[new.name])
            if level == self.level(old, new):
                found.pairs.append((old.name, new.name))
                return level
        if (old, new) in self._open:  # they contain themselves
            return self.level(old, new)
        self._open.add((old, new))
        told = self._in_type(old, new, path, found)
        self._open.remove((old, new))
        return told

    def _in_type(self, old: Type, new: Type, path: str, found: Found) -> Level:
        level, told = self.level(old, new), Level.COMPATIBLE
        pairs, gone, come = self._matched(_structures(old), _structures(new))
        for one, other in pairs:
            if self.level(Type((one,)), Type((other,))) <= level:
                told = max(told, self._in_pair(one, other, path, found))
        plain_old, plain_new = _plain(old), _plain(new)
        if {*plain_old} == {*plain_new}:
            plain_old = plain_new = ()
            told = max(told, self._in_values(old, new, path, found))
        else:
            plain_old += tuple(_choices(old).values())
            plain_new += tuple(_choices(new).values())
        if pairs and all(isinstance(one, Object) for one in (*gone, *come)):
            told = max(told, self._in_variants(old, new, gone, come, path, found))
            gone, come = (), ()
        if (*gone, *plain_old) or (*come, *plain_new):
            rest = self._rest_level(old, new, (*gone, *plain_old), (*come, *plain_new))
            told = max(told, self._tell_type(old, new, path, found, rest))
        return told if told >= level else self._tell_type(old, new, path, found, level)

    def _matched(
        self, olds: _Structures, news: _Structures
    ) -> tuple[list[tuple[_Structure, _Structure]], _Structures, _Structures]:
        """Find which shape has become which. Return the pairs, and what is left over of both."""
        gone, come = [*olds], [*news]
        pairs: list[tuple[_Structure, _Structure]] = []
        for is_same in (_has_same_name, _has_same_tag, self._is_equal, _is_same_kind):
            for old in [*gone]:
                candidates = [new for new in come if is_same(old, new)]
                is_clear = len(candidates) * sum(_is_same_kind(old, other) for other in gone) == 1
                if candidates and (is_same is not _is_same_kind or is_clear):
                    pairs.append((old, candidates[0]))
                    gone.remove(old)
                    come.remove(candidates[0])
        return pairs, tuple(gone), tuple(come)

    def _is_equal(self, old: _Structure, new: _Structure) -> bool:
        one, other = Type((old,)), Type((new,))
        return self.level(one, other) is self.level(other, one) is Level.COMPATIBLE

    def _rest_level(self, old: Type, new: Type, gone: _Shapes, come: _Shapes) -> Level:
        """Return whom it breaks that shapes of a type have gone, and others have come."""
        return self.level(Type(gone), new) if self._flow is Flow.SENT else self.level(old, Type(come))

    def _in_pair(self, old: _Structure, new: _Structure, path: str, found: Found) -> Level:
        if isinstance(old, Object) and isinstance(new, Object) and old.name and new.name:
            found.pairs.append((old.name, new.name))
            return self.level(Type((old,)), Type((new,)))
        return self._in_shape(old, new, path, found)

    def _in_shape(self, old: _Structure, new: _Structure, path: str, found: Found) -> Level:
        told = Level.COMPATIBLE
        match old, new:
            case (Array(items=one), Array(items=other)) | (Set(items=one), Set(items=other)):
                told = self._compare(one, other, f"{path}[]", found)
            case Map(), Map():
                told = max(
                    self._compare(old.keys, new.keys, f"{path}{{key}}", found),
                    self._compare(old.items, new.items, f"{path}{{}}", found),
                )
            case Tuple(), Tuple():
                for at, (one, other) in enumerate(zip(old.items, new.items, strict=False)):
                    told = max(told, self._compare(one, other, f"{path}[{at}]", found))
            case Object(), Object():
                told = self._in_object(old, new, path, found)
        whole, become = Type((old,)), Type((new,))
        level = self.level(whole, become)
        return told if told >= level else self._tell_type(whole, become, path, found, level)

    def _in_object(self, old: Object, new: Object, path: str, found: Found) -> Level:
        told = Level.COMPATIBLE
        for name in dict.fromkeys((*old.fields, *new.fields)):
            one, other = old.fields.get(name), new.fields.get(name)
            told = max(told, self._in_field(one, other, f"{path}.{name}", found))
        if old.others is not None and new.others is not None:
            told = max(
                told,
                self._compare(old.names, new.names, f"{path}{{key}}", found),
                self._compare(old.others, new.others, f"{path}{{}}", found),
            )
        return told

    def _in_field(self, old: Field | None, new: Field | None, path: str, found: Found) -> Level:
        sent = self._flow is Flow.SENT
        if old is None:
            assert new is not None
            suffix = ("_REQUIRED" if new.required else "_OPTIONAL") if sent else ""
            return self._tell(f"FIELD_ADDED{suffix}", path, f"is new: {type_text(new.type)}", found)
        if new is None:
            suffix = "" if sent or (old.required and not old.is_constant) else "_OPTIONAL"
            return self._tell(f"FIELD_REMOVED{suffix}", path, f"is gone; was {type_text(old.type)}", found)
        _tell_description(old.description, new.description, path, found)
        _tell_deprecation(old.is_deprecated, new.is_deprecated, path, found)
        if old.required == new.required:
            return self._compare(old.value, new.value, path, found)
        if new.required:
            told = self._tell("FIELD_REQUIRED", path, "is required now", found)
        else:
            suffix = "_CONSTANT" if old.is_constant and not sent else ""
            told = self._tell(f"FIELD_OPTIONAL{suffix}", path, "may be missing now", found)
        return max(told, self._compare(old.type.or_undefined, new.type.or_undefined, path, found))

    def _in_variants(
        self, old: Type, new: Type, gone: _Structures, come: _Structures, path: str, found: Found
    ) -> Level:
        told = Level.COMPATIBLE
        for rule, shapes in (("VARIANT_REMOVED", gone), ("VARIANT_ADDED", come)):
            for one in shapes:
                text = type_text(Type((one,)))
                text = f"has no longer {text}" if shapes is gone else f"has also {text}"
                told = max(told, self._tell_members(rule, (one,), text, old, new, path, found))
        return told

    def _in_values(self, old: Type, new: Type, path: str, found: Found) -> Level:
        before, after = _choices(old), _choices(new)
        gone = tuple(one for key, one in before.items() if key not in after)
        come = tuple(one for key, one in after.items() if key not in before)
        told = Level.COMPATIBLE
        for rule, values, start in (
            ("VALUE_REMOVED", gone, "has no longer"),
            ("VALUE_ADDED", come, "has also"),
        ):
            if values:
                text = f"{start} {_values_text(values)}"
                told = max(told, self._tell_members(rule, values, text, old, new, path, found))
        return told

    def _tell_members(
        self, rule: str, members: _Shapes, text: str, old: Type, new: Type, path: str, found: Found
    ) -> Level:
        """Tell of members of a union that have gone or come: by their rule, if it says whom that breaks."""
        is_gone = rule.endswith("REMOVED")
        level = self._rest_level(old, new, members if is_gone else (), () if is_gone else members)
        if level == RULES[f"{self._flow.value}_{rule}"]:
            return self._tell(rule, path, text, found)
        return self._tell_type(old, new, path, found, level) if level else level

    def _tell_type(self, old: Type, new: Type, path: str, found: Found, level: Level) -> Level:
        match level:
            case Level.TYPES:
                rule = "TYPE_TOLERATED"
            case Level.COMPATIBLE:
                rule = "TYPE_WIDENED" if self._flow is Flow.SENT else "TYPE_NARROWED"
            case _ if self.level(new, old) is Level.BREAKING:
                rule = "TYPE_CHANGED"
            case _:
                rule = "TYPE_NARROWED" if self._flow is Flow.SENT else "TYPE_WIDENED"
        return self._tell(rule, path, f"was {type_text(old)}, is {type_text(new)}", found)

    def _tell(self, rule: str, path: str, text: str, found: Found) -> Level:
        rule = f"{self._flow.value}_{rule}"
        change = TypeChange(rule, path, text)
        if change not in found.changes:
            found.changes.append(change)
        return RULES[rule]


_Structure: TypeAlias = Array | Tuple | Set | Map | Object
_Structures: TypeAlias = tuple[_Structure, ...]
_Shapes: TypeAlias = tuple[Shape, ...]


def _tell_description(old: str, new: str, path: str, found: Found) -> None:
    if old != new:
        found.changes.append(TypeChange("DESCRIPTION_CHANGED", path, "is described in other words"))


def _tell_deprecation(old: bool, new: bool, path: str, found: Found) -> None:
    if old != new:
        rule, text = ("DEPRECATED", "is deprecated") if new else ("NO_LONGER_DEPRECATED", "is not deprecated")
        found.changes.append(TypeChange(rule, path, f"{text} now"))


def _structures(kind: Type) -> _Structures:
    """Return the shapes of a type that have parts, each member of a union for itself."""
    shapes: list[_Structure] = []
    for shape in kind.shapes:
        if isinstance(shape, Tagged):
            shapes += shape.members
        elif isinstance(shape, _Structure):
            shapes.append(shape)
    return tuple(shapes)


def _plain(kind: Type) -> _Shapes:
    return tuple(shape for shape in kind.shapes if isinstance(shape, Scalar | Pattern | Anything))


def _choices(kind: Type) -> dict[object, Choice]:
    """Return the certain values of a type, each for itself."""
    values = [value for shape in kind.shapes if isinstance(shape, Choice) for value in shape.values]
    return {Choice((value,)).keys: Choice((value,)) for value in values}


def _values_text(choices: tuple[Choice, ...]) -> str:
    return listed([value_text(value) for choice in choices for value in choice.values])


def _has_same_name(old: _Structure, new: _Structure) -> bool:
    return isinstance(old, Object) and isinstance(new, Object) and old.name != "" and old.name == new.name


def _has_same_tag(old: _Structure, new: _Structure) -> bool:
    return not _tags(old).isdisjoint(_tags(new))


def _is_same_kind(old: _Structure, new: _Structure) -> bool:
    return type(old) is type(new)


def _tags(shape: _Structure) -> set[tuple[str, object]]:
    """Return the properties of an object that have one value only."""
    if not isinstance(shape, Object):
        return set()
    only = {
        name: it.type.values for name, it in shape.fields.items() if it.required and len(it.type.values) == 1
    }
    return {(name, one.keys) for name, (one,) in only.items() if isinstance(one, Choice)}
