"""Generated pairs of schemas: one, and what a change makes of it."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

__all__ = ["Generator"]

_TEXT, _NUMBER, _INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
_BIGINT = {"type": "integer", "x-rivet-type": "bigint"}
_UNDEFINED = {"type": "null", "x-rivet-type": "undefined"}
_NULL = {"type": "null"}
_SCALARS: list[dict[str, Any]] = [
    _TEXT, _TEXT, _NUMBER, _INTEGER, _BIGINT, _NULL, {"type": "boolean"}, {"const": True}, {"const": 1}, {"const": "a"},
    {"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b", "c"]},
    {"type": "integer", "enum": [1, 2]},
    {"type": "string", "format": "date-time", "x-rivet-type": "date"},
    {"type": "string", "contentEncoding": "base64", "x-rivet-type": "bytes", "x-rivet-bytes": "Uint8Array"},
    {"type": "string", "contentEncoding": "base64", "x-rivet-type": "bytes", "x-rivet-bytes": "ArrayBuffer"},
    {"type": "string", "pattern": "a-.*"}, {"type": "string", "pattern": "[ab]-[0-9]"}, {},
]  # fmt: skip
_FIELDS = ("a", "b", "c")


class Generator:
    """Makes schemas and changes them.

    Args:
        random: Decides.
        prefix: What the names of definitions begin with.

    Attributes:
        old, new: The definitions so far, before and after.
    """

    def __init__(self, random: Random, prefix: str) -> None:
        self._random = random
        self._prefix = prefix
        self.old: dict[str, Any] = {}
        self.new: dict[str, Any] = {}

    def pair(self) -> tuple[Any, Any]:
        """Return a schema, and a changed one. The definitions change as well."""
        old = self._schema(3)
        is_other = self._random.random() < 0.1
        new = self._schema(2) if is_other else self._changed(copy.deepcopy(old))
        self.new = copy.deepcopy(self.old)
        if self.old and self._random.random() < 0.6:
            name = self._random.choice([*self.old])
            changed = self._changed(self.new[name])
            # A model stays one: a definition that is an object may be the member of a tagged union.
            if changed.get("properties", {}).get("tag") == self.old[name].get("properties", {}).get("tag"):
                self.new[name] = changed
        self.old |= {name: schema for name, schema in self.new.items() if name not in self.old}
        self.new |= {name: schema for name, schema in self.old.items() if name not in self.new}
        return old, new

    def lists(self) -> tuple[list[Any], list[Any]]:
        """Return a list of parameters, and a changed one."""
        old = [self._param(name) for name in _FIELDS[: self._random.randint(0, 3)]]
        new = copy.deepcopy(old)
        at = self._random.randrange(len(new) + 1)
        match self._random.randrange(6):
            case 0:
                new.insert(at, self._param("new"))
            case 1 if new:
                new.pop(at - 1)
            case 2 if new:
                new[at - 1]["required"] = not new[at - 1]["required"]
            case 3 if new:
                new[at - 1]["schema"] = self._param("")["schema"]
            case 4 if new:
                new[at - 1]["name"] = "renamed"
            case 5:
                new = new[::-1]
        for params in (old, new):
            if params and self._random.random() < 0.2:
                params[-1] |= {"rest": True, "required": False}
        return old, new

    def _param(self, name: str) -> dict[str, Any]:
        schema = copy.deepcopy(self._random.choice(_SCALARS[:-1]))  # not any type: `undefined` is of it
        return {"name": name, "schema": schema, "required": self._random.random() < 0.6}

    def _schema(self, depth: int) -> dict[str, Any]:
        kind = self._random.random()
        if depth <= 0 or kind < 0.25:
            return copy.deepcopy(self._random.choice(_SCALARS))
        if kind < 0.45:
            return self._object(depth)
        if kind < 0.6:
            return self._union([self._schema(depth - 1) for _ in range(self._random.randint(2, 3))])
        if kind < 0.7:
            return self._tagged(depth)
        if kind < 0.85:
            return self._container(depth)
        return self._named(depth)

    def _object(self, depth: int, **tag: Any) -> dict[str, Any]:
        names = self._random.sample(_FIELDS, self._random.randint(0 if tag else 1, 3))
        properties = {**tag, **{name: self._schema(depth - 1) for name in names}}
        required = [*tag, *(name for name in names if self._random.random() < 0.6)]
        return {"type": "object", "properties": properties, "required": required}

    def _union(self, members: list[dict[str, Any]]) -> dict[str, Any]:
        members = [
            one for at, one in enumerate(members) if one and one not in members[:at] and "anyOf" not in one
        ]
        return (
            {"anyOf": members} if len(members) > 1 else members[0] if members else {"anyOf": [_TEXT, _NULL]}
        )

    def _tagged(self, depth: int) -> dict[str, Any]:
        tags = self._random.sample(["x", "y", "z"], self._random.randint(2, 3))
        members = [self._object(depth - 1, tag={"const": tag}) for tag in tags]
        return {"anyOf": members, "discriminator": {"propertyName": "tag"}}

    def _container(self, depth: int) -> dict[str, Any]:
        items = self._schema(depth - 1)
        match self._random.randrange(7):
            case 0 | 1:
                return {"type": "array", "items": items}
            case 2:
                items = (
                    self._object(1)
                    if self._random.random() < 0.5
                    else copy.deepcopy(self._random.choice(_SCALARS))
                )
                return {"type": "array", "uniqueItems": True, "items": items, "x-rivet-type": "set"}
            case 3:
                return {"type": "object", "additionalProperties": items, "x-rivet-type": "map"}
            case 4:
                pair = {
                    "type": "array",
                    "prefixItems": [self._random.choice([_INTEGER, _TEXT, {"enum": ["a", "b"]}]), items],
                }
                pair |= {"items": False, "minItems": 2, "maxItems": 2}
                return {"type": "array", "items": pair, "x-rivet-type": "map"}
            case 5:
                return {"type": "object", "additionalProperties": items}
        prefix = [items, self._schema(depth - 1)]
        least = self._random.randint(1, 2)
        if self._random.random() < 0.3:
            return {"type": "array", "prefixItems": prefix, "items": self._schema(0), "minItems": least}
        return {"type": "array", "prefixItems": prefix, "items": False, "minItems": least, "maxItems": 2}

    def _named(self, depth: int) -> dict[str, Any]:
        if self.old and self._random.random() < 0.5:
            name = self._random.choice([*self.old])
        else:
            name = f"{self._prefix}T{len(self.old)}"
            self.old[name] = {}  # so that the definition can mention itself
            own = {"$ref": f"#/$defs/{name}"}
            body = self._object(depth)
            kind = self._random.random()
            if kind < 0.3:
                body["properties"]["again"] = own
            elif kind < 0.5:
                body["properties"]["more"] = {"type": "array", "items": own}
                body["required"].append("more")
            elif kind < 0.7:
                body = self._union([body, self._container(depth - 1), {"type": "array", "items": own}])
            self.old[name] = body
        return {"$ref": f"#/$defs/{name}"}

    # --- Changes ---------------------------------------------------------------------------------------------------

    def _changed(self, schema: Any) -> Any:
        """Return a schema with one change, somewhere in it."""
        inner = [key for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
        if (
            inner
            and self._random.random() < 0.7
            and not (schema.get("x-rivet-type") == "map" and "items" in inner)
        ):
            return {**schema, inner[0]: self._changed(schema[inner[0]])}
        if "properties" in schema and self._random.random() < 0.8:
            return self._changed_object(schema)
        if "anyOf" in schema and self._random.random() < 0.8:
            return self._changed_union(schema)
        if "enum" in schema and self._random.random() < 0.5:
            return {
                **schema,
                "enum": schema["enum"][:-1]
                if len(schema["enum"]) > 2
                else [*schema["enum"], "new" if isinstance(schema["enum"][0], str) else 9],
            }
        match self._random.randrange(5):
            case 0:
                return self._union([schema, copy.deepcopy(self._random.choice(_SCALARS))])
            case 1:
                return copy.deepcopy(self._random.choice(_SCALARS))
            case 2 if schema.get("x-rivet-type") == "set":
                return {"type": "array", "items": schema["items"]}
            case 2 if "prefixItems" not in schema and schema.get("items", {}).get("type") in (
                "string",
                "integer",
                "object",
            ):
                return {**schema, "uniqueItems": True, "x-rivet-type": "set"}
            case 3 if "prefixItems" in schema and "x-rivet-type" not in schema:
                return {**schema, "minItems": 3 - schema["minItems"]}
        return schema

    def _changed_object(self, schema: Any) -> Any:
        properties, required = dict(schema["properties"]), list(schema["required"])
        free = [name for name in properties if name != "tag"]
        match self._random.randrange(5):
            case 0 if free:
                name = self._random.choice(free)
                properties[name] = self._changed(properties[name])
            case 1 if free:
                name = self._random.choice(free)
                del properties[name]
                required = [one for one in required if one != name]
            case 2 if free:
                name = self._random.choice(free)
                required = [one for one in required if one != name] if name in required else [*required, name]
            case _:
                name = self._random.choice(_FIELDS)
                properties.setdefault(name, self._schema(1))
                if self._random.random() < 0.5 and name not in required:
                    required.append(name)
        return {**schema, "properties": properties, "required": required}

    def _changed_union(self, schema: Any) -> Any:
        members = list(schema["anyOf"])
        at = self._random.randrange(len(members))
        match self._random.randrange(4):
            case 0 if len(members) > 2:
                del members[at]
            case 1:
                members[at] = self._changed(members[at])
            case 2 if "discriminator" in schema:
                members.append(self._object(1, tag={"const": "new"}))
            case _ if "discriminator" not in schema:
                members.append(self._container(1))
        if "discriminator" in schema:
            return {**schema, "anyOf": members}
        return self._union(members)
