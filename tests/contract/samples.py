"""Values of schemas, and which values are of a schema: written for these tests only, from the page on documents.

Values are as JavaScript has them: `UNDEFINED` is not None, a `BigInt` is no number, a `JsMap` no object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from rivet_client.values import UNDEFINED, ArrayBuffer, BigInt, JsMap, JsSet

__all__ = ["Schemas"]

Schema = Any
_DEPTH = 7
_MOST = 100  # samples of one schema
_KEYS = ("a", "b", "c", "other")  # generated properties have some of these names
_NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


class Schemas:
    """The values of the schemas of one document."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def samples(self, schema: Schema, depth: int = _DEPTH) -> list[Any]:
        """Values of a schema: each part of a type is in one of them, and each optional part is missing in one."""
        return list(self._samples(schema, depth))[:_MOST]

    def _samples(self, schema: Schema, depth: int) -> Iterator[Any]:
        if schema is True:
            schema = {}
        if depth < 0 or schema is False or "not" in schema:
            return
        if "$ref" in schema:
            yield from self._samples(self._definitions[schema["$ref"].removeprefix("#/$defs/")], depth - 1)
            return
        match schema:
            case {"x-rivet-type": "undefined"}:
                yield UNDEFINED
            case {"x-rivet-type": "bigint"}:
                yield from (BigInt(5), BigInt(2**70))
            case {"x-rivet-type": "date"}:
                yield _NOON
            case {"x-rivet-type": "bytes", "x-rivet-bytes": "ArrayBuffer"}:
                yield ArrayBuffer(b"ab")
            case {"x-rivet-type": "bytes"}:
                yield b"ab"
            case {"x-rivet-type": "set", "items": items}:
                yield JsSet([])
                yield from (JsSet([item]) for item in self.samples(items, depth - 1))
            case {"x-rivet-type": "map", "type": "array", "items": {"prefixItems": [keys, values]}}:
                yield from self._maps(keys, values, depth)
            case {"x-rivet-type": "map"}:
                keys = schema.get("propertyNames", {"type": "string"})
                yield from self._maps(keys, schema.get("additionalProperties", {}), depth)
            case {"const": value}:
                yield value
            case {"enum": values}:
                yield from values
            case {"anyOf": members}:
                yield from _in_turns([self.samples(member, depth) for member in members])
            case {"type": "null"}:
                yield None
            case {"type": "boolean"}:
                yield from (True, False)
            case {"type": "string", "pattern": str(pattern)}:
                yield from (text for text in ("a-1", "b-1", "a-") if re.fullmatch(pattern, text))
            case {"type": "string"}:
                yield from ("", "text")
            case {"type": "integer"}:
                yield from (0, 7)
            case {"type": "number"}:
                yield from (0, 1.5)
            case {"type": "array", "prefixItems": prefix}:
                yield from self._tuples(schema, prefix, depth)
            case {"type": "array"}:
                yield []
                yield from ([item] for item in self.samples(schema.get("items", {}), depth - 1))
            case {"type": "object"}:
                yield from self._objects(schema, depth)
            case _:
                yield from ({"other": [1]}, "text", None, 1.5, _NOON)

    def _maps(self, keys: Schema, values: Schema, depth: int) -> Iterator[Any]:
        yield JsMap({})
        some = list(_KEYS) if keys == {"type": "string"} else self.samples(keys, depth - 1)
        for value in self.samples(values, depth - 1)[: len(some) and _MOST]:
            yield JsMap({some[0]: value})
        for value in self.samples(values, depth - 1)[:1]:
            yield from (JsMap({key: value}) for key in some[1:])

    def _tuples(self, schema: Schema, prefix: list[Schema], depth: int) -> Iterator[Any]:
        parts = [self.samples(item, depth - 1) for item in prefix]
        required = schema.get("minItems", 0)
        for length in range(required, len(parts) + 1):
            whole = [part[0] for part in parts[:length] if part]
            if len(whole) == length:
                yield whole
                for at, part in enumerate(parts[:length]):
                    yield from ([*whole[:at], value, *whole[at + 1 :]] for value in part[1:])
        if schema.get("items", False) is not False:
            yield from (
                [*whole, value] for value in self.samples(schema["items"], depth - 1) if len(whole) == length
            )

    def _objects(self, schema: Schema, depth: int) -> Iterator[Any]:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        parts = {name: self.samples(value, depth - 1) for name, value in properties.items()}
        if not all(parts[name] for name in required):
            return
        whole = {name: part[0] for name, part in parts.items() if part}
        yield whole
        yield {name: value for name, value in whole.items() if name in required}
        for name in parts:
            if name not in required:
                yield {other: value for other, value in whole.items() if other != name}
        others = schema.get("additionalProperties", not properties)
        free = [name for name in _KEYS if others is not False and name not in properties]
        inner = self.samples(others, depth - 1) if free else []
        yield from ({**whole, name: value} for name in free for value in inner[:1])
        yield from _in_turns(
            [[{**whole, name: value} for value in part[1:]] for name, part in parts.items()]
            + [[{**whole, name: value} for name in {*free[:1], *free[-1:]} for value in inner[1:]]]
        )

    def lists(self, params: list[Any]) -> list[list[Any]]:
        """Lists of arguments: each value of each once, and each optional one left out once. A rest is a list itself."""
        parts = [self.samples(param["schema"]) for param in params]
        if not all(parts):
            return []
        whole = [
            part[:1] if param.get("rest") else part[0] for param, part in zip(params, parts, strict=True)
        ]
        lists = [whole]
        for at, (param, part) in enumerate(zip(params, parts, strict=True)):
            values = (
                [[], *([part[0], value] for value in part), *([value] for value in part)]
                if param.get("rest")
                else part[1:]
            )
            lists += [[*whole[:at], value, *whole[at + 1 :]] for value in values]
            if not param["required"] and not param.get("rest"):
                lists += [[*whole[:at], UNDEFINED, *whole[at + 1 :]]]
        return lists

    # --- Which values are of a schema ------------------------------------------------------------------------------

    def has(self, schema: Schema, value: Any) -> bool:
        """Whether a value is of a schema. Properties that an object has beside the declared ones do not matter."""
        if isinstance(schema, bool):
            return schema
        match schema:
            case {"$ref": reference}:
                return self.has(self._definitions[reference.removeprefix("#/$defs/")], value)
            case {"x-rivet-type": "undefined"}:
                return value is UNDEFINED
            case {"x-rivet-type": "bigint"}:
                return isinstance(value, BigInt)
            case {"x-rivet-type": "date"}:
                return isinstance(value, datetime)
            case {"x-rivet-type": "bytes"}:
                is_buffer = schema.get("x-rivet-bytes") == "ArrayBuffer"
                return isinstance(value, bytes) and isinstance(value, ArrayBuffer) == is_buffer
            case {"x-rivet-type": "set", "items": items}:
                content = value.content if isinstance(value, JsSet) else value
                return isinstance(value, (JsSet, set)) and all(self.has(items, item) for item in content)
            case {"x-rivet-type": "map"}:
                if schema["type"] == "array":
                    keys, values = schema["items"]["prefixItems"]
                else:
                    keys, values = (
                        schema.get("propertyNames", {"type": "string"}),
                        schema.get("additionalProperties", {}),
                    )
                return isinstance(value, JsMap) and all(
                    self.has(keys, key) and self.has(values, item) for key, item in value.content.items()
                )
            case {"const": only}:
                return _is_same(value, only)
            case {"enum": values}:
                return any(_is_same(value, one) for one in values)
            case {"anyOf": members}:
                return any(self.has(member, value) for member in members)
            case {"not": _}:
                return False
            case {"type": "null"}:
                return value is None
            case {"type": "boolean"}:
                return isinstance(value, bool)
            case {"type": "string", "pattern": str(pattern)}:
                return type(value) is str and re.fullmatch(pattern, value) is not None
            case {"type": "string"}:
                return type(value) is str
            case {"type": "integer"}:
                return type(value) is int
            case {"type": "number"}:
                return type(value) in (int, float)
            case {"type": "array"}:
                return isinstance(value, (list, tuple)) and self._has_items(schema, value)
            case {"type": "object"}:
                return isinstance(value, dict) and self._has_properties(schema, value)
        return True

    def has_list(self, params: list[Any], values: tuple[Any, ...]) -> bool:
        """Whether values are arguments for parameters. More of them than there are parameters do not matter."""
        rest = params[-1] if params and params[-1].get("rest") else None
        places = params[:-1] if rest else params
        given = [*values, *[UNDEFINED] * (len(places) - len(values))]
        for param, value in zip(places, given, strict=False):
            if not (value is UNDEFINED and not param["required"]) and not self.has(param["schema"], value):
                return False
        return rest is None or all(self.has(rest["schema"], value) for value in given[len(places) :])

    def _has_items(self, schema: Schema, value: Any) -> bool:
        prefix, rest = schema.get("prefixItems", []), schema.get("items", "prefixItems" not in schema)
        if len(value) < schema.get("minItems", 0):
            return False
        return all(self.has(prefix[at] if at < len(prefix) else rest, item) for at, item in enumerate(value))

    def _has_properties(self, schema: Schema, value: Any) -> bool:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        others = schema.get("additionalProperties", True)
        for name in {*properties, *required, *value}:
            item = value.get(name, UNDEFINED)
            if item is UNDEFINED and name not in required:
                continue
            if name not in value or not self.has(properties.get(name, others or True), item):
                return False
        return True


def _is_same(value: Any, other: Any) -> bool:
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def _in_turns(parts: list[list[Any]]) -> Iterator[Any]:
    """The first of each, then the second of each, and so on."""
    for row in zip_longest(*parts, fillvalue=_NO_MORE):
        yield from (value for value in row if value is not _NO_MORE)


_NO_MORE: Any = object()
