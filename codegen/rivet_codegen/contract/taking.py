"""Whether one type takes all values of another: as packages take what arrives, or as an actor takes what is sent."""

from __future__ import annotations

import re
from enum import Enum
from typing import TypeAlias

from rivet_codegen.contract.shapes import (
    Anything,
    Array,
    Choice,
    Map,
    Object,
    Pattern,
    Scalar,
    Set,
    Shape,
    Tagged,
    Tuple,
    Type,
)

__all__ = ["Flow", "Taking"]

_MAX_PARTS = 64


class Flow(Enum):
    """Which way a value goes: `SENT` by a caller to an actor, or `RECEIVED` by a caller from an actor."""

    SENT = "SENT"
    RECEIVED = "RECEIVED"


_Question: TypeAlias = tuple[Type, Type]


class Taking:
    """Whether types take all values of others.

    Args:
        flow: Which way the values go. What is received is read by a generated package, which is tolerant: it reads
            null and undefined alike, and lets new values of open choices and new members of tagged unions in.
        declared: Ask what type checkers ask: nothing is tolerated, and no property may be lost.
    """

    def __init__(self, flow: Flow, *, declared: bool) -> None:
        self._is_received = flow is Flow.RECEIVED
        self._declared = declared
        self._tolerates = self._is_received and not declared
        self._answers: dict[_Question, bool] = {}
        self._askers: dict[_Question, set[_Question]] = {}
        self._waiting: list[_Question] = []
        self._asking: _Question | None = None

    def all_of(self, wide: Type, narrow: Type) -> bool:
        """Whether `wide` takes all values of `narrow`.

        Types contain each other, and may be many. So there is no recursion: every answer is taken to be yes, until one
        turns out to be no. Then those are asked again that have relied on it.
        """
        question = (wide, narrow)
        if question not in self._answers:
            self._answers[question] = True
            self._waiting.append(question)
        if self._asking is None:
            self._settle()
        else:
            self._askers.setdefault(question, set()).add(self._asking)
        return self._answers[question]

    def _settle(self) -> None:
        while self._waiting:
            self._asking = wide, narrow = self._waiting.pop()
            if self._answers[self._asking] and not all(self._shape(wide, part) for part in narrow.values):
                self._answers[self._asking] = False
                self._waiting += self._askers.get(self._asking, ())
        self._asking = None

    def _shape(self, wide: Type, part: Shape) -> bool:
        """Whether `wide` takes all values of a shape."""
        if any(self._takes(shape, part) for shape in wide.shapes):
            return True
        if isinstance(part, Object) and len(wide.values) > 1:
            return any(self._by_field(wide, part, name) for name in part.fields)
        return False

    def _by_field(self, wide: Type, part: Object, name: str) -> bool:
        """Whether there is a shape of `wide` for each of the values that one property of an object has."""
        field = part.fields[name]
        versions = [part.with_field(name, kind) for kind in field.type.parts]
        if not field.required:
            versions.append(part.without_field(name))
        if not 1 < len(versions) <= _MAX_PARTS:
            return False
        return all(any(self._takes(shape, version) for shape in wide.shapes) for version in versions)

    def _takes(self, wide: Shape, part: Shape) -> bool:
        match wide, part:
            case Anything(only), _ if self._is_received or not only:
                return True
            case Anything(), _:
                return wide == part
            case Map(is_hashable=False), _ if self._is_received:
                return True
            case Scalar(), _:
                return self._scalar(wide.name, part)
            case Pattern(), _:
                return self._pattern(wide, part)
            case Choice(), _:
                return self._choice(wide, part)
            case Array(), Array():
                return (wide.only == part.only or self._is_received) and self.all_of(wide.items, part.items)
            case Array(items=items), Tuple():
                return not wide.only and self._elements(items, part)
            case Tuple(), Tuple():
                return self._tuple(wide, part)
            case Tuple(), Array(items, ""):
                return self._tuple(wide, Tuple((), 0, items))
            case Set(), Set():
                return self.all_of(wide.items, part.items)
            case Set(is_hashable=False), Array(items=items) if self._is_received:
                return self.all_of(wide.items, items)
            case Set(is_hashable=False), Tuple() if self._is_received:
                return self._elements(wide.items, part)
            case Map(), Map():
                return self.all_of(wide.keys, part.keys) and self.all_of(wide.items, part.items)
            case Map(), Object() if self._is_received:
                return self._map_of_object(wide, part)
            case Object(), Map() if self._is_received:
                return self._object(wide, Object({}, part.items, part.keys))
            case Object(), Object():
                return self._object(wide, part)
            case Tagged(), Object():
                return self._tagged(wide, part)
        return False

    def _scalar(self, name: str, part: Shape) -> bool:
        match part:
            case Choice((value,)):
                kinds = _KINDS[type(value)]
            case Scalar():
                kinds = (part.name,)
            case Pattern():
                kinds = ("string",)
            case _:
                return False
        same = _READ_ALIKE if self._is_received else _SENT_ALIKE
        return any(kind == name or kind in same.get(name, ()) for kind in kinds)

    def _pattern(self, wide: Pattern, part: Shape) -> bool:
        """Whether a text of a certain form takes a value. The form of what is received is not checked."""
        match part:
            case Choice((str(text),)):
                return self._is_received or _matches(wide.regex, text)
            case Pattern():
                return self._is_received or part == wide
        return self._is_received and part == Scalar("string")

    def _choice(self, wide: Choice, part: Shape) -> bool:
        tolerates = (
            {type(value) for value in wide.values} if wide.is_open and self._tolerates else set[type]()
        )
        match part:
            case Choice((value,)):
                return part.keys <= wide.keys or type(value) in tolerates
            case Scalar("string") | Pattern():
                return str in tolerates
            case Scalar("integer" | "bigint"):
                return int in tolerates
            case Scalar("null" | "undefined"):
                return self._is_received and None in wide.values
        return False

    def _elements(self, wide: Type, part: Tuple) -> bool:
        return all(self.all_of(wide, item) for item in (*part.items, part.rest) if item is not None)

    def _tuple(self, wide: Tuple, part: Tuple) -> bool:
        if part.required < wide.required or (part.rest is not None and wide.rest is None):
            return False
        for at in range(max(len(wide.items), len(part.items))):
            taken = wide.items[at] if at < len(wide.items) else wide.rest
            given = part.items[at] if at < len(part.items) else part.rest
            if given is None:
                break
            if taken is None or not self.all_of(taken, given):
                return False
        return part.rest is None or (wide.rest is not None and self.all_of(wide.rest, part.rest))

    def _map_of_object(self, wide: Map, part: Object) -> bool:
        types = [*(field.type for field in part.fields.values()), part.others]
        return self.all_of(wide.keys, _TEXT) and all(
            self.all_of(wide.items, each) for each in types if each is not None
        )

    def _object(self, wide: Object, part: Object) -> bool:
        if not all(self._field(wide, part, name) for name in wide.fields.keys() | part.fields.keys()):
            return False
        if part.others is None:
            return True
        if wide.others is None:  # a Map whose keys are no texts is no object
            return self.all_of(_TEXT, part.names)
        return self.all_of(wide.names, part.names) and self.all_of(wide.others, part.others)

    def _field(self, wide: Object, part: Object, name: str) -> bool:
        taken, given = wide.fields.get(name), part.fields.get(name)
        if taken is None:
            if given is None or wide.others is None:
                return self._is_received or not self._declared
            return self._shape(wide.names, Choice((name,))) and self.all_of(wide.others, given.type)
        may_be_missing = not taken.required or (self._tolerates and taken.is_constant)
        if given is None:
            if not may_be_missing or (self._declared and self._is_received):
                return False
            return part.others is None or self.all_of(taken.value, part.others)
        if not given.required and not may_be_missing:
            return False
        return self.all_of(taken.value, given.type if taken.required else given.value)

    def _tagged(self, wide: Tagged, part: Object) -> bool:
        tag = part.fields.get(wide.tag)
        if tag is None or not tag.required:
            return False
        if not self._is_received:
            return any(self._object(member, part) for member in wide.members)
        return all(self._has_member(wide, part, kind) for kind in tag.type.parts)

    def _has_member(self, wide: Tagged, part: Object, tag: Type) -> bool:
        known = [kind for member in wide.members for kind in member.fields[wide.tag].type.parts]
        match tag.values:
            case (Choice((str() | int() as value,)),):
                member = wide.member(value)
                if member is None:
                    others = {type(other) for kind in known for _, other in kind.choices}
                    return self._tolerates and type(value) in others
                return self._object(member, part.with_field(wide.tag, tag))
            case (Scalar("string"),):  # any of the known ones, or another
                return self._tolerates and all(self._has_member(wide, part, kind) for kind in known)
        return False


def _matches(regex: str, text: str) -> bool:
    try:
        return re.fullmatch(regex, text, re.ASCII) is not None
    except re.error:  # JavaScript has other regular expressions
        return False


_TEXT = Type((Scalar("string"),))
_KINDS: dict[type, tuple[str, ...]] = {
    str: ("string",), bool: ("boolean",), int: ("integer",), float: ("number",), type(None): ("null",),
}  # fmt: skip
_SENT_ALIKE = {"number": ("integer",)}
_READ_ALIKE = {
    "number": ("integer", "bigint"),
    "integer": ("bigint",),
    "bigint": ("integer",),
    "null": ("undefined",),
    "undefined": ("null",),
    "never": ("undefined", "null"),
    "bytes": ("ArrayBuffer",),
    "ArrayBuffer": ("bytes",),
}
"""Which other kinds a kind takes. A package reads these as the same type of Python."""
