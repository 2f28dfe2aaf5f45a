"""The schemas of a registry document → shapes: what a value can be, as far as a change of it can matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from rivet_codegen.registry.definitions import Definitions, target_name
from rivet_codegen.registry.document import RegistryDocument, Schema

__all__ = [
    "Anything",
    "Array",
    "Choice",
    "Field",
    "Map",
    "Object",
    "Pattern",
    "Scalar",
    "Set",
    "Shape",
    "Tagged",
    "Tuple",
    "Type",
    "Types",
]

Value: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value. `only` names the one kind of JavaScript value that is meant, where Python has no type for it."""

    only: str = ""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts, by the name of its kind."""

    name: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text of a certain form. `regex` is what the whole text must match."""

    regex: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Certain values. A package lets others of their type in where the choice is open."""

    values: tuple[Value, ...]
    is_open: bool = False

    @property
    def keys(self) -> frozenset[tuple[type, Value]]:
        """The values; to Python 1 and True are equal, and here they are not."""
        return frozenset((type(value), value) for value in self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array of any length. `only` names the kind of a typed array."""

    items: Type
    only: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Tuple:
    """An array whose places have types. The first `required` must be there; more than all only if there is a `rest`."""

    items: tuple[Type, ...]
    required: int
    rest: Type | None


@dataclass(frozen=True, slots=True, eq=False)
class Set:
    """A Set. It arrives as a set if Python's sets can hold its items, else as a list."""

    items: Type
    is_hashable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """A Map. If Python's dicts cannot hold its keys, packages take any value."""

    keys: Type
    items: Type
    is_hashable: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an object."""

    type: Type
    required: bool
    description: str = ""
    is_deprecated: bool = False

    @property
    def is_constant(self) -> bool:
        """Whether it is required and has only one value. Packages fill in that value where it is missing."""
        return self.required and len(self.type.shapes) == 1 and len(self.type.choices) == 1

    @property
    def value(self) -> Type:
        """The type of the value: with `undefined`, where the property may be missing."""
        return self.type if self.required else self.type.or_undefined


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """An object, or a record.

    Attributes:
        fields: The properties with names.
        others: The type of further properties; None if there are none.
        names: The type of their names.
        name: The definition that it is; "" for none.
    """

    fields: Mapping[str, Field]
    others: Type | None
    names: Type
    name: str = ""

    def with_field(self, name: str, kind: Type) -> Object:
        """Return the object with a property that is there, and has another type."""
        narrowed = replace(self.fields[name], type=kind, required=True)
        return replace(self, fields={**self.fields, name: narrowed})

    def without_field(self, name: str) -> Object:
        """Return the object without a property."""
        return replace(self, fields={other: field for other, field in self.fields.items() if other != name})


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """Objects that a tag tells apart."""

    tag: str
    members: tuple[Object, ...]

    def member(self, value: Value) -> Object | None:
        """Return the member with a tag; None if no member has it."""
        wanted = Choice((value,)).keys
        return next((one for one in self.members if wanted <= one.fields[self.tag].type.choices), None)


Shape: TypeAlias = Anything | Scalar | Pattern | Choice | Array | Tuple | Set | Map | Object | Tagged
_UNDEFINED = Scalar("undefined")


class Type:
    """What a value can be: one of several shapes. Types are compared by identity.

    Args:
        shapes: The shapes.
        name: The definition that it is; "" for none.
        description: What is said about the definition.
    """

    def __init__(self, shapes: tuple[Shape, ...], name: str = "", description: str = "") -> None:
        self._shapes = shapes
        self.name = name
        self.description = description

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes; none of them is there for a type without values."""
        return self._shapes

    @cached_property
    def values(self) -> tuple[Shape, ...]:
        """The shapes in parts as small as can be: choices by their values, unions by their members."""
        return tuple(part for shape in self.shapes for part in _parts(shape))

    @cached_property
    def parts(self) -> tuple[Type, ...]:
        """The types that have one of the values each."""
        return (self,) if len(self.values) == 1 else tuple(Type((value,)) for value in self.values)

    @cached_property
    def or_undefined(self) -> Type:
        """The same, or undefined. It keeps the name."""
        if _UNDEFINED in self.shapes:
            return self
        return Type((*self.shapes, _UNDEFINED), self.name, self.description)

    @cached_property
    def choices(self) -> frozenset[tuple[type, Value]]:
        """The certain values among the shapes."""
        return frozenset(key for part in self.values if isinstance(part, Choice) for key in part.keys)


class _Written(Type):
    """The type of a schema, which is read when it is needed: types may contain themselves."""

    def __init__(self, types: Types, schema: Schema, name: str) -> None:
        super().__init__((), name, schema.get("description", "") if name else "")
        self._types = types
        self._schema = schema

        self._is_read = False

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes."""
        if not self._is_read:
            self._is_read = True  # before it is: a union that contains itself has no further shapes
            self._shapes = tuple(self._types.shapes(self._schema, self.name))
        return self._shapes


def _parts(shape: Shape) -> Iterator[Shape]:
    match shape:
        case Choice(values):
            yield from (Choice((value,)) for value in values)
        case Scalar("boolean"):
            yield from (Choice((False,)), Choice((True,)))
        case Tagged(members=members):
            yield from members
        case Scalar("never"):
            pass
        case _:
            yield shape


class Types:
    """The types of one document."""

    def __init__(self, document: RegistryDocument) -> None:
        self._definitions = Definitions(document.definitions)
        self.named: dict[str, Type] = {
            name: _Written(self, schema, name) for name, schema in document.definitions.items()
        }
        self._known: dict[int, Type] = {}
        self._tags = self._definitions.tags_in(document.raw)

    def of(self, schema: Schema | bool) -> Type:
        """Return the type of a schema of the document."""
        if schema is True or schema is False:
            schema = _ALL if schema else _NONE
        if "$ref" in schema:
            return self.named[target_name(schema)]
        if id(schema) not in self._known:
            self._known[id(schema)] = _Written(self, schema, "")
        return self._known[id(schema)]

    def takes_undefined(self, schema: Schema) -> bool:
        """Whether `undefined` is a value of a schema."""
        return self._definitions.takes_undefined(schema)

    def shapes(self, schema: Schema, name: str) -> Iterator[Shape]:
        """Read the shapes of a schema, which is the definition of a name, or of none."""
        special = schema.get("x-rivet-type", "any")
        if "$ref" in schema:
            yield from self.of(schema).shapes
        elif "x-rivet-unsupported" in schema:
            yield Anything()
        elif special != "any":
            yield self._special(special, schema)
        elif "const" in schema or "enum" in schema:
            yield self._choice(schema)
        elif tagged := self._definitions.tagged(schema):
            yield Tagged(tagged.name, tuple(map(self._member, tagged.objects)))
            for member in tagged.others:
                yield from self.of(member).shapes
        elif parts := schema.get("anyOf") or schema.get("oneOf"):
            for member in parts:
                yield from self.of(member).shapes
        elif isinstance(schema.get("type"), list):
            for one in schema["type"]:
                yield from self.shapes({**schema, "type": one}, name)
        else:
            yield self._plain(schema, name)

    def _plain(self, schema: Schema, name: str) -> Shape:
        match schema.get("type"):
            case "string" if "pattern" in schema:
                return Pattern(schema["pattern"])
            case "null" | "string" | "integer" | "number" | "boolean" as plain:
                return Scalar(plain)
            case "array" if "prefixItems" in schema:
                items = tuple(map(self.of, schema["prefixItems"]))
                rest = schema.get("items", False)
                return Tuple(items, schema.get("minItems", 0), None if rest is False else self.of(rest))
            case "array":
                return Array(self.of(schema.get("items", True)))
            case "object":
                return self._object(schema, name)
        return Scalar("never") if "not" in schema else Anything()

    def _special(self, special: str, schema: Schema) -> Shape:
        match special:
            case "undefined" | "bigint" | "date":
                return Scalar(special)
            case "bytes":
                return Scalar("ArrayBuffer" if schema.get("x-rivet-bytes") == "ArrayBuffer" else "bytes")
            case "set":
                items = schema.get("items", True)
                return Set(self.of(items), self._is_hashable(items))
            case "map" if schema.get("type") == "array":
                keys, values = schema["items"]["prefixItems"]
                return Map(self.of(keys), self.of(values), self._is_hashable(keys))
            case "map":
                keys = schema.get("propertyNames", _TEXT)
                return Map(self.of(keys), self.of(schema.get("additionalProperties", True)), True)
            case "typed-array":
                return Array(self.of(schema.get("items", True)), schema.get("x-rivet-typed-array", special))
        return Anything(special)

    def _choice(self, schema: Schema) -> Shape:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        whole = [int(it) if isinstance(it, float) and it.is_integer() else it for it in values]
        is_open = "const" not in schema and id(schema) not in self._tags
        return Choice(tuple(whole), is_open and all(type(value) in (str, int) for value in whole))

    def _object(self, schema: Schema, name: str) -> Object:
        required = schema.get("required", ())
        fields = {
            wire: Field(
                self.of(value), wire in required, value.get("description", ""), bool(value.get("deprecated"))
            )
            for wire, value in schema.get("properties", {}).items()
        }
        others = schema.get("additionalProperties", not fields)
        names = self.of(schema.get("propertyNames", _TEXT))
        return Object(fields, None if others is False else self.of(others), names, name)

    def _member(self, schema: Schema) -> Object:
        (shape,) = self.of(schema).shapes
        assert isinstance(shape, Object)
        return shape

    def _is_hashable(self, schema: Schema | bool) -> bool:
        return not isinstance(schema, bool) and self._definitions.is_hashable(schema)


_ALL: Schema = {}
_NONE: Schema = {"not": {}}
_TEXT: Schema = {"type": "string"}
