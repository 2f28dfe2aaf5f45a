"""What can be asked about a schema of a registry document before Python has a type for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rivet_codegen.registry.document import Schema

__all__ = ["Definitions", "is_model", "target_name"]

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

    def has_tags(self, schema: Schema) -> bool:
        """Whether a schema is a union whose members a tag tells apart; the tags must all be texts."""
        about = schema.get("discriminator")
        if not isinstance(about, dict) or "anyOf" not in schema:
            return False
        tags: list[str] = []
        for member in schema["anyOf"]:
            tag = self.target(member).get("properties", {}).get(about.get("propertyName"), {})
            values = [tag["const"]] if "const" in tag else tag.get("enum", [])
            if not values or not all(isinstance(value, str) for value in values):
                return False
            tags += values
        return len({*tags}) == len(tags)

    def tags(self, schema: Schema) -> list[Schema]:
        """Return the schema of the tag in each member of a union; none if no tag tells the members apart."""
        if not self.has_tags(schema):
            return []
        name = schema["discriminator"]["propertyName"]
        return [self.target(member)["properties"][name] for member in schema["anyOf"]]

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
