"""The intermediate representation (IR): what `.bare` files declare, without their syntax and without Python.

Two definitions are equal if the same bytes go over the wire under the same names. Documentation and positions do not
count.
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
    "Struct",
    "Type",
    "Union",
    "Version",
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
    """A value that messages carry unread: `data` in BARE, the value itself in message documents."""


@dataclass(frozen=True, slots=True)
class Optional:
    """A value that may be absent."""

    item: Type


@dataclass(frozen=True, slots=True)
class ListOf:
    """Any number of values of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """Values by their keys."""

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
    """A member of a union, which has the name of a struct, or of an enum; and the number that stands for it."""

    name: str
    tag: int
    position: Position = field(default=Position("?"), compare=False)


@dataclass(frozen=True, slots=True)
class Union:
    """One of several structs. The number before it says which."""

    name: str
    members: tuple[Member, ...]
    doc: str = field(default="", compare=False)
    position: Position = field(default=Position("?"), compare=False)


@dataclass(frozen=True, slots=True)
class Enum:
    """One of several names. The number of a name stands for it."""

    name: str
    members: tuple[Member, ...]
    doc: str = field(default="", compare=False)
    position: Position = field(default=Position("?"), compare=False)


Definition = Struct | Union | Enum


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the protocol.

    Attributes:
        number: The number of the version, which stands before each message.
        file: The file that describes it, as errors and headers name it.
        definitions: Structs, unions and enums by name, in the order of the file. Aliases are resolved.
    """

    number: int
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

    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
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
