"""The typed middle: what one `.bare` file declares, free of syntax and of Python.

Equality compares what goes over the wire and under which names; documentation and positions do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rivet_codegen.schema_error import Position

__all__ = [
    "SCALARS",
    "Definition",
    "Enum",
    "Field",
    "ListOf",
    "MapOf",
    "Member",
    "Named",
    "Optional",
    "Payload",
    "Protocol",
    "Scalar",
    "Schema",
    "Struct",
    "Type",
    "Union",
    "mentions",
]


SCALARS = (
    "bool",
    "data",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "int",
    "str",
    "u8",
    "u16",
    "u32",
    "u64",
    "uint",
)
"""The primitives, by their BARE names."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A primitive, one of `SCALARS`."""

    name: str


@dataclass(frozen=True, slots=True)
class Payload:
    """A value that the messages carry and never look into: `data` in BARE, the value itself in documents."""


@dataclass(frozen=True, slots=True)
class Optional:
    """A value that may be absent."""

    item: Type


@dataclass(frozen=True, slots=True)
class ListOf:
    """Any number of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """Keys, each with a value."""

    key: Type
    value: Type


@dataclass(frozen=True, slots=True)
class Named:
    """A struct, union or enum, by its name."""

    name: str


Type = Scalar | Payload | Optional | ListOf | MapOf | Named


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a struct."""

    name: str
    type: Type
    doc: str = field(default="", compare=False)
    position: Position = field(default=Position("?"), compare=False)


@dataclass(frozen=True, slots=True)
class Struct:
    """Fields, in the order in which they go over the wire."""

    name: str
    fields: tuple[Field, ...]
    doc: str = field(default="", compare=False)
    position: Position = field(default=Position("?"), compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """One choice of a union (the name is a struct's) or of an enum, and the number that stands for it."""

    name: str
    tag: int
    position: Position = field(default=Position("?"), compare=False)


@dataclass(frozen=True, slots=True)
class Union:
    """One of several structs, told apart by a number before it."""

    name: str
    members: tuple[Member, ...]
    doc: str = field(default="", compare=False)
    position: Position = field(default=Position("?"), compare=False)


@dataclass(frozen=True, slots=True)
class Enum:
    """One of several names, as a number."""

    name: str
    members: tuple[Member, ...]
    doc: str = field(default="", compare=False)
    position: Position = field(default=Position("?"), compare=False)


Definition = Struct | Union | Enum


@dataclass(frozen=True, slots=True)
class Schema:
    """One version of the protocol.

    Attributes:
        version: The number that stands before each message.
        file: Where it was read from, as errors and headers name it.
        definitions: Structs, unions and enums by name, in the order of the file. Aliases are resolved.
    """

    version: int
    file: str
    definitions: dict[str, Definition]

    @property
    def roots(self) -> list[str]:
        """The messages: types that no other type mentions."""
        mentioned = {name for definition in self.definitions.values() for name in mentions(definition)}
        return [
            name
            for name, definition in self.definitions.items()
            if name not in mentioned and not isinstance(definition, Enum)
        ]


@dataclass(frozen=True, slots=True)
class Protocol:
    """Every version of the protocol, oldest first."""

    versions: tuple[Schema, ...]

    @property
    def newest(self) -> Schema:
        """The version that messages are upgraded to, and written in."""
        return self.versions[-1]


def mentions(definition: Definition) -> Iterator[str]:
    """Yield the name of every type that a definition uses, as often as it does."""
    match definition:
        case Struct(fields=fields):
            for each in fields:
                yield from _named_in(each.type)
        case Union(members=members):
            for member in members:
                yield member.name
        case Enum():
            pass


def _named_in(kind: Type) -> Iterator[str]:
    match kind:
        case Named(name):
            yield name
        case Optional(item) | ListOf(item):
            yield from _named_in(item)
        case MapOf(key, value):
            yield from _named_in(key)
            yield from _named_in(value)
        case Scalar() | Payload():
            pass
