"""The schemas of a registry document → kinds, and definitions that the model generator understands.

Objects become models. Anonymous ones get a name here, because the model generator would name them by their position.
All other definitions become aliases, because the model generator would make classes of them or lose them. A union that
a tag tells apart becomes an alias, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rivet_codegen.output.docstrings import docstring, paragraphs
from rivet_codegen.registry.accepted import accepted
from rivet_codegen.registry.constructors import Field, Fields
from rivet_codegen.registry.definitions import Definitions, Tagged, is_model, target_name
from rivet_codegen.registry.document import RegistryDocument, Schema
from rivet_codegen.registry.enums import enumeration
from rivet_codegen.registry.kinds import IN_MODELS, Apply, Choice, Kind, Plain, Ref, Text, Union, refs, union
from rivet_codegen.registry.naming import (
    FIELD_MEMBERS,
    SPELLED_AS_CLASSES,
    TYPE_NAMES,
    ClassNames,
    Names,
    Place,
    Rename,
    Renames,
    pascal,
)
from rivet_codegen.registry.variants import variant_names

__all__ = ["Alias", "SchemaConverter"]

_NEVER = Plain("None")
"""The kind of `never`: there is no value but a missing one."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for something other than an object.

    Attributes:
        kind: What it stands for.
        tag: The field that tells the members of a union apart; "" if none does.
        description: What is said about it.
    """

    kind: Kind
    tag: str
    description: str

    @property
    def refs(self) -> set[str]:
        """The names of the definitions that it mentions."""
        return set(refs(self.kind))

    @property
    def text(self) -> str:
        """The annotation that it stands for, in the module of the models."""
        text = self.kind.text(IN_MODELS)
        return f"Annotated[{text}, OneOf({self.tag!r})]" if self.tag else text


class SchemaConverter:
    """Converts the schemas of one document.

    Args:
        document: The document.
        renames: Where to note what had to be renamed.
        are_checked: Whether values are checked. If so, objects become models; if not, they stay the dicts and lists
            that they arrive as.

    Attributes:
        definitions: The definitions of the document, for questions about its schemas.
        models: Schemas of objects for the model generator, by their names in Python.
        enums: Enums, by their names in Python.
        aliases: All other definitions, by their names in Python.
        fields: Python names of fields that differ from their wire names, by `model.wire`.
        members: The fields of each model, for what type checkers are told about them.
        mentions: The definitions that each definition mentions.
        notes: What could not be kept, for people.
    """

    def __init__(self, document: RegistryDocument, renames: Renames, *, are_checked: bool = True) -> None:
        self.definitions = Definitions(document.definitions)
        self.models: dict[str, Any] = {}
        self.aliases: dict[str, Alias] = {}
        self.fields: dict[str, str] = {}
        self.members: dict[str, Fields] = {}
        self.mentions: dict[str, set[str]] = {}
        self.notes: list[str] = []
        self._renames = renames
        self._are_checked = are_checked
        self._names = ClassNames(TYPE_NAMES)
        self._refs = self._named(document.definitions)
        self._tags = self.definitions.tags_in(document.raw)
        self._note_renames()
        enums = (
            enumeration(self._refs[wire], schema, renames) for wire, schema in document.definitions.items()
        )
        self.enums = {enum.name: enum for enum in enums if enum}
        self.mentions.update({name: set() for name in self.enums})
        for wire, schema in document.definitions.items():
            if self._refs[wire] in self.enums:
                continue
            if self.definitions.is_json(wire):
                self.notes.append(f"{wire} is what JSON can say: pydantic.JsonValue")
            else:
                self._define(self._refs[wire], schema)

    def kind(self, schema: Schema, place: Place) -> Kind:
        """Return the kind of a value.

        Args:
            schema: Its schema.
            place: Where the value stands, for the name of its type.
        """
        if "$ref" in schema:
            wire = target_name(schema)
            if self.definitions.is_json(wire):
                return Plain("JsonValue")
            return self._ref(self._refs[wire])
        if "x-rivet-unsupported" in schema:
            return Plain("Any")
        if (special := schema.get("x-rivet-type")) is not None and special != "any":
            return self._special(special, schema, place)
        if "const" in schema or "enum" in schema:
            return self._choice(schema)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._union(schema, schema[key], place)
        match schema.get("type"):
            case "null":
                return Plain("None")
            case "string":
                return self._text(schema, place)
            case "integer":
                return Plain("int")
            case "number":
                return Plain("int | float")
            case "boolean":
                return Plain("bool")
            case "array":
                return self._array(schema, place)
            case "object":
                return self._object(schema, place)
            case list(types):
                return union([self.kind({**schema, "type": one}, place) for one in types])
        if "not" in schema:
            return _NEVER
        if "allOf" in schema:
            self.notes.append(f"{place} is an intersection, which Python cannot say; it is Any")
        return Plain("Any")

    def accepted(self, kind: Kind) -> Kind:
        """Return a kind as a parameter says it; see `rivet_codegen.registry.accepted`."""
        return accepted(kind, {name: alias.kind for name, alias in self.aliases.items()})

    def _ref(self, name: str) -> Kind:
        """Return the kind that refers to a definition."""
        if (enum := self.enums.get(name)) is None:
            return Ref(name)
        ref = Ref(name, enum.choice)
        return ref if self._are_checked else union([ref, enum.choice])

    # --- Definitions -----------------------------------------------------------------------------------------------

    def _named(self, wires: Iterable[str]) -> dict[str, str]:
        """Name the definitions. What is spelled as a class comes before what has to become so."""
        places = {wire: Place(pascal(wire), re.sub(r"\W", "_", wire)) for wire in wires}
        order = sorted(wires, key=lambda wire: (pascal(wire) != wire, wire))
        return {wire: self._names.give(places[wire]) for wire in order}

    def _note_renames(self) -> None:
        for wire, name in sorted(self._refs.items()):
            if name != wire:
                plain = pascal(wire)
                reason = f"{plain} has another meaning" if plain.isidentifier() else "it is no Python name"
                if name == plain:
                    reason = SPELLED_AS_CLASSES
                self._renames.append(Rename("type", "", wire, name, reason))

    def _define(self, name: str, schema: Schema) -> Ref:
        """Make a schema the definition of a name, and return the kind that refers to it."""
        self.mentions[name] = set()
        if is_model(schema):
            self.models[name] = self._model(schema, name)
            return Ref(name)
        tag = ""
        if (tagged := self.definitions.tagged(schema)) and not tagged.others:
            tag = self._tag_field(tagged) if self._are_checked else ""
            schema = {**schema, "discriminator": None}
        kind = self.kind(schema, Place(name, name, is_given=True))
        self.mentions[name].update(refs(kind))
        self.aliases[name] = Alias(kind, tag, paragraphs(schema.get("description", "")))
        return Ref(name)

    def _model(self, schema: Schema, name: str) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        wires = schema.get("properties", {})
        names = dict.fromkeys(wires, "")
        if self._are_checked:
            names = Names("field", name, FIELD_MEMBERS, self._renames).give_all(wires)
        required = [wire for wire in schema.get("required", ()) if wire in wires]
        declared = []
        place = Place(name, name)
        for wire, value in wires.items():
            if names[wire] not in ("", wire):
                self.fields[f"{name}.{wire}"] = names[wire]
            kind = self.kind(value, place + pascal(wire))
            self.mentions[name].update(refs(kind))
            if self._are_checked and wire not in required and not self.definitions.takes_null(value):
                kind = Apply("Omittable", (kind,))
            default = "" if wire in required else "None"
            # Of a `const`, the model generator makes the default of the field, too.
            if isinstance(kind, Choice) and len(kind.values) == 1 and not kind.is_open:
                field: dict[str, Any] = {"const": kind.values[0]}
                default = repr(kind.values[0])
            else:
                field = kind.schema()
            if description := paragraphs(value.get("description", "")):
                field["description"] = description
            if value.get("deprecated"):
                field["deprecated"] = True
            properties[wire] = field
            declared.append(Field(names[wire], kind, default))
        model = {"type": "object", "properties": properties, "required": required}
        others = None
        if schema.get("additionalProperties") not in (None, False):
            others = Apply(
                "dict",
                (self._keys(schema, place), self._item(schema["additionalProperties"], place + "Others")),
            )
        if others and self._are_checked:
            model["customBasePath"] = "rivet_client.typed.OpenModel"
            self.mentions[name].update(refs(others))
        elif others:
            self.notes.append(f"{name} has more fields than the declared ones; a typed dict cannot say so")
        self.members[name] = Fields(tuple(declared), others)
        model["description"] = docstring(schema.get("description", ""), f"The type `{name}`.")
        return model

    def _tag_field(self, tagged: Tagged) -> str:
        """Return the name of the tag in Python; "" if the name is not the same in all members."""
        names = set()
        for member in tagged.objects:
            properties = self.definitions.target(member)["properties"]
            names.add(Names("field", "", FIELD_MEMBERS, []).give_all(properties)[tagged.name])
        return names.pop() if len(names) == 1 else ""

    # --- Kinds -----------------------------------------------------------------------------------------------------

    def _special(self, special: str, schema: Schema, place: Place) -> Kind:
        match special:
            case "undefined":
                return Plain("None")
            case "bigint":
                return Plain("AsBigInt")
            case "date":
                return Plain("AwareDatetime")
            case "bytes":
                return Plain("AsArrayBuffer" if schema.get("x-rivet-bytes") == "ArrayBuffer" else "bytes")
            case "map":
                return self._map(schema, place)
            case "set":
                item = schema.get("items", {})
                kind = self._item(item, place + "Item")
                if self.definitions.is_hashable(item):
                    return Apply("set", (kind,))
                return Apply("AsSet", (kind,))
            case "typed-array":
                return Apply("list", (self._item(schema.get("items", {}), place + "Item"),))
            case "regexp" | "error":
                self.notes.append(
                    f"{place} is a JavaScript {special}, which arrives as a list of its parts; it is Any"
                )
                return Plain("Any")
        self.notes.append(f"{place} is of the kind {special!r}, which is not known; it is Any")
        return Plain("Any")

    def _map(self, schema: Schema, place: Place) -> Kind:
        if schema.get("type") == "array":
            key, value = schema["items"]["prefixItems"]
        else:
            key, value = (
                schema.get("propertyNames", {"type": "string"}),
                schema.get("additionalProperties", {}),
            )
        if not self.definitions.is_hashable(key):
            self.notes.append(f"{place} is a Map whose keys are objects, which Python cannot say; it is Any")
            return Plain("Any")
        kinds = (
            self.kind(key, place + "Key"),
            self._item(value, place + "Value"),
        )
        return Apply("AsMap", kinds)

    def _choice(self, schema: Schema) -> Kind:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        if any(isinstance(value, float) and not value.is_integer() for value in values):
            return Plain("int | float")  # Literal knows no fractions
        whole = tuple(int(value) if isinstance(value, float) else value for value in values)
        is_tag = id(schema) in self._tags
        is_open = "const" not in schema and not is_tag
        return Choice(whole, is_open and all(type(value) in (str, int) for value in whole), is_tag)

    def _union(self, schema: Schema, members: list[Schema], place: Place) -> Kind:
        if tagged := self.definitions.tagged(schema):
            if not tagged.others:
                return self._define(self._names.give(place), schema)
            members = [{"anyOf": tagged.objects}, *tagged.others]
        variants = variant_names(members, is_named=place.is_given)
        return union(
            [self.kind(member, place + variant) for member, variant in zip(members, variants, strict=True)]
        )

    def _array(self, schema: Schema, place: Place) -> Kind:
        items = schema.get("items", {})
        if "prefixItems" not in schema:
            return Apply("list", (self._item(items, place + "Item"),))
        prefix = schema["prefixItems"]
        kinds = [self._item(item, place + _position(item, at)) for at, item in enumerate(prefix)]
        rest = [] if items is False else [self._item(items, place + "Item")]
        if self._are_checked:
            shortest = schema.get("minItems", 0)
            tuples = [Apply("Fixed", tuple(kinds[:length])) for length in range(shortest, len(prefix))]
            longest = Apply("Fixed", (*kinds, *(Apply("Rest", (kind,)) for kind in rest)))
            return union([*tuples, longest])
        if rest:
            self.notes.append(f"{place} is a tuple with a rest; without checks it is a list")
        return Apply("list", (union([*kinds, *rest] or [_NEVER]),))

    def _object(self, schema: Schema, place: Place) -> Kind:
        if is_model(schema):
            return self._define(self._names.give(place), schema)
        values = self._item(schema.get("additionalProperties", {}), place + "Value")
        return Apply("dict", (self._keys(schema, place), values))

    def _keys(self, schema: Schema, place: Place) -> Kind:
        """Return the kind of the names that stand beside the declared ones."""
        return self._text({"pattern": schema.get("propertyNames", {}).get("pattern")}, place)

    def _text(self, schema: Schema, place: Place) -> Kind:
        pattern = schema.get("pattern")
        if pattern is None or not self._are_checked:
            return Plain("str")
        try:
            re.compile(pattern)
        except re.error as error:
            self.notes.append(
                f"the pattern of {place} means nothing to Python ({error}); any text passes there"
            )
            return Plain("str")
        return Text(pattern)

    def _item(self, schema: Schema | bool, place: Place) -> Kind:
        """Return the kind of what a container holds."""
        if isinstance(schema, bool):
            return Plain("Any")
        kind = self.kind(schema, place)
        if (
            self.definitions.takes_null(schema)
            or not self.definitions.takes_undefined(schema)
            or kind == Plain("None")
        ):
            return kind
        if isinstance(kind, Union):
            kind = union([member for member in kind.members if member != Plain("None")])
        return Apply("NoneAsUndefined", (kind,))


def _position(item: Schema, at: int) -> str:
    """Return what to add to the name of a tuple for one of its elements: its label, else its number."""
    return pascal(item.get("title", "")) or str(at + 1)
