"""What can be asked about a schema of a registry document before Python has a type for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rivet_codegen.registry.document import Schema

__all__ = ["Definitions", "Tagged", "is_model", "target_name"]

_JSON_TYPES = {"array", "boolean", "null", "number", "object", "string"}


def is_model(schema: Schema) -> bool:
    """Whether the values of a schema are objects with known properties."""
    special = schema.get("x-rivet-type")
    return (
        schema.get("type") == "object"
        and special in (None, "any")
        and (bool(schema.get("properties")) or not schema.get("additionalProperties", True))
    )


def target_name(reference: Schema) -> str:
    """Return the name of the definition that a reference leads to."""
    path: str = reference["$ref"]
    return path.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A union of objects that a tag tells apart.

    Attributes:
        name: The property that is the tag.
        objects: The objects.
        tags: The schema of the tag in each of them.
        others: What else the union takes.
    """

    name: str
    objects: list[Schema]
    tags: list[Schema]
    others: list[Schema]


class Definitions:
    """The definitions of one document, for questions about schemas that may refer to them.

    Args:
        schemas: The definitions, by name.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def target(self, schema: Schema) -> Schema:
        """Return the definition that a reference leads to; a schema that is no reference is its own target."""
        return self._schemas[target_name(schema)] if "$ref" in schema else schema

    def takes_null(self, schema: Schema) -> bool:
        """Whether `null` is a value of a schema. To JavaScript, `undefined` is something else."""
        return any(map(_is_null, self._leaves(schema)))

    def takes_undefined(self, schema: Schema) -> bool:
        """Whether `undefined` is a value of a schema."""
        return any(leaf.get("x-rivet-type") == "undefined" for leaf in self._leaves(schema))

    def is_hashable(self, schema: Schema) -> bool:
        """Whether Python's sets and dicts can hold the values of a schema: no object and no list is among them."""
        if "$ref" in schema:
            target = self.target(schema)
            return "$ref" not in target and self.is_hashable(target)
        if "anyOf" in schema:
            return all(self.is_hashable(member) for member in schema["anyOf"])
        if "prefixItems" in schema:
            return schema.get("items") is False and all(map(self.is_hashable, schema["prefixItems"]))
        is_scalar = schema.get("type") in ("string", "integer", "number", "boolean", "null")
        return is_scalar or "const" in schema or "enum" in schema

    def is_json(self, name: str) -> bool:
        """Whether a definition is JSON itself: texts, numbers, booleans, null, and arrays and objects of itself."""
        own = {"$ref": f"#/$defs/{name}"}
        members = self._schemas[name].get("anyOf", [])
        types = [member.get("type") for member in members]
        nested = [member.get("items", member.get("additionalProperties")) for member in members]
        return {*types, "null"} == _JSON_TYPES and len(types) == len({*types}) and nested.count(own) == 2

    def tagged(self, schema: Schema) -> Tagged | None:
        """Return what a tag tells apart in a union; None if there is no tag.

        A tag is a required property that has other texts or whole numbers in each object of the union.
        """
        about = schema.get("discriminator", {})
        if about is None or "anyOf" not in schema:
            return None
        objects = [member for member in schema["anyOf"] if is_model(self.target(member))]
        if len(objects) < 2:
            return None
        wanted = about.get("propertyName")
        for name in [wanted] if wanted else self.target(objects[0]).get("properties", ()):
            tags = [self._tag(member, name) for member in objects]
            values = [value for tag in tags for value in tag.get("enum", [tag.get("const")])]
            if all(type(value) in (str, int) for value in values) and len({*values}) == len(values):
                others = [member for member in schema["anyOf"] if member not in objects]
                return Tagged(name, objects, tags, others)
        return None

    def tags_in(self, document: object) -> set[int]:
        """Return the ids of the schemas that are the tags of unions, anywhere in a document."""
        unions = filter(None, map(self.tagged, _objects(document)))
        return {id(tag) for union in unions for tag in union.tags}

    def _tag(self, member: Schema, name: str) -> Schema:
        target = self.target(member)
        schema: Schema = target["properties"].get(name, {}) if name in target.get("required", ()) else {}
        return schema

    def _leaves(self, schema: Schema, seen: frozenset[str] = frozenset()) -> Iterator[Schema]:
        """Yield what a schema is a union of, by whatever names; a schema that is no union, itself."""
        if "$ref" in schema:
            name = target_name(schema)
            if name not in seen:
                yield from self._leaves(self._schemas[name], seen | {name})
        elif members := schema.get("anyOf") or schema.get("oneOf"):
            for member in members:
                yield from self._leaves(member, seen)
        else:
            yield schema


def _is_null(schema: Schema) -> bool:
    """Whether `null` is a value of a schema that is no union."""
    if "x-rivet-unsupported" in schema:
        return True
    if schema.get("x-rivet-type") not in (None, "any"):
        return False
    if "const" in schema or "enum" in schema:
        return None in schema.get("enum", [schema.get("const")])
    types = schema.get("type", "any")
    return "null" in types if types != "any" else "not" not in schema


def _objects(value: object) -> Iterator[Schema]:
    """Yield every object in a tree, schema or not."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)
