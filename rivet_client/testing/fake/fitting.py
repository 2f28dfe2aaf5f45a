"""Whether a value is of a type of a registry document, and what is wrong with it if not.

The library jsonschema would judge each keyword of a schema alone, but what is a Date, a Map or a bigint decides which
keywords count. `rivet_codegen.contract` reads schemas as shapes already, so that the few shapes are judged here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import cbor2

from rivet_client._narrowing import is_array, is_dict
from rivet_client._text import one_line
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
from rivet_codegen.contract.wording import listed, type_text

__all__ = ["NOTHING", "Complaint", "Fitting", "kind_of"]

NOTHING: Final[Any] = ["$Undefined", 0]
"""The tree of `undefined`, which is also what JavaScript sees where nothing was given."""

_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a value is not of a type.

    Attributes:
        path: The steps to the part that is wrong.
        expected: What should be there, in TypeScript's words.
        got: What is there.
        advice: What to write in Python, where that is not obvious; else "".
    """

    path: tuple[str, ...]
    expected: str
    got: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f"; {self.advice}" if self.advice else ""
        return f"{''.join(self.path)}: expected {self.expected}, got {self.got}{advice}"


class Fitting:
    """Judges the trees of `values_codec.to_tree(value, "bare")`.

    Args:
        is_sent: Whether a caller sends the values. What a fake returns is judged as a client reads it: there null and
            undefined, a bigint and a whole number, a Map and an object with the same keys are alike.
        is_secret: Whether complaints must not show values.
    """

    def __init__(self, *, is_sent: bool, is_secret: bool = False) -> None:
        self._is_sent = is_sent
        self._is_secret = is_secret

    def complaint(self, kind: Type, tree: Any, *path: str) -> Complaint | None:
        """Return what is wrong with a value; None if it is of the type."""
        found: list[Complaint] = []
        for shape in kind.shapes:
            complaint = self._shape(shape, tree, path)
            if complaint is None:
                return None
            found.append(complaint)
        # Of a union, the member that takes the most of the value fits best.
        deepest = max(found, key=lambda it: len(it.path), default=None)
        if deepest is not None and len(deepest.path) > len(path):
            return deepest
        return self._other(type_text(kind), tree, path)

    def _shape(self, shape: Shape, tree: Any, path: tuple[str, ...]) -> Complaint | None:
        kind, content = kind_of(tree)
        match shape:
            case Anything():
                return None
            case Scalar(name):
                fits = kind == name or (name == "integer" and kind == "number" and _is_whole(content))
                fits = fits or (not self._is_sent and _is_read_alike(name, kind, content))
            case Pattern(regex):
                fits = kind == "string" and _matches(regex, content)
            case Choice():
                fits = kind in _PLAIN and Choice((_whole(content),)).keys <= shape.keys
            case Array(items) if kind == "array":
                return _first(self._items(items, content, path))
            case Tuple() if kind == "array":
                return self._tuple(shape, content, path)
            case Set(items) if kind == "Set":
                return _first(self._items(items, content, path))
            case Map() if kind == "Map" or (kind == "object" and not self._is_sent):
                return _first(self._map(shape, content, path))
            case Object() if kind == "object":
                return _first(self._object(shape, content, path))
            case Tagged() if kind == "object":
                return self._tagged(shape, content, path)
            case _:
                fits = False
        return None if fits else self._other(type_text(Type((shape,))), tree, path)

    def _items(self, kind: Type, items: Any, path: tuple[str, ...]) -> Iterator[Complaint | None]:
        return (self.complaint(kind, item, *path, f"[{at}]") for at, item in enumerate(items))

    def _tuple(self, shape: Tuple, items: Any, path: tuple[str, ...]) -> Complaint | None:
        known = len(shape.items)
        if len(items) < shape.required or (shape.rest is None and len(items) > known):
            return self._other(type_text(Type((shape,))), items, path)
        kinds = [*shape.items[: len(items)], *[shape.rest] * (len(items) - known)]
        return _first(
            self.complaint(kind, item, *path, f"[{at}]")
            for at, (kind, item) in enumerate(zip(kinds, items, strict=True))
            if kind is not None
        )

    def _map(self, shape: Map, content: Any, path: tuple[str, ...]) -> Iterator[Complaint | None]:
        for key, item in content.items():
            yield self.complaint(shape.keys, key, *path, " key")
            yield self.complaint(shape.items, item, *path, f"[{self._key(key)}]")

    def _object(
        self, shape: Object, content: Mapping[str, Any], path: tuple[str, ...]
    ) -> Iterator[Complaint | None]:
        for name, field in shape.fields.items():
            yield self.complaint(field.value, content.get(name, NOTHING), *path, _step(name))
        for name in content.keys() - shape.fields.keys():
            inner = (*path, _step(name))
            if shape.others is not None:
                yield self.complaint(shape.names, name, *inner)
                yield self.complaint(shape.others, content[name], *inner)
            elif kind_of(content[name])[0] != "undefined":
                known = listed(list(shape.fields), 6) or "none"
                yield self._other(f"no such property (there are: {known})", content[name], inner)

    def _tagged(self, shape: Tagged, content: Mapping[str, Any], path: tuple[str, ...]) -> Complaint | None:
        kind, tag = kind_of(content.get(shape.tag, NOTHING))
        member = shape.member(_whole(tag)) if kind in _PLAIN else None
        if member is not None:
            return _first(self._object(member, content, path))
        tags = Type(tuple(part for it in shape.members for part in it.fields[shape.tag].type.shapes))
        return self.complaint(tags, content.get(shape.tag, NOTHING), *path, _step(shape.tag))

    def _other(self, expected: str, tree: Any, path: tuple[str, ...]) -> Complaint:
        kind, content = kind_of(tree)
        advice = ""
        if self._is_sent:
            advice = next((text for (it, had), text in _ADVICE.items() if had == kind and it in expected), "")
        return Complaint(path, expected, self._shown(kind, content), advice)

    def _key(self, key: Any) -> str:
        kind, content = kind_of(key)
        if kind not in _PLAIN or self._is_secret:
            return "…"
        return one_line(json.dumps(_whole(content), ensure_ascii=False), _LONGEST)

    def _shown(self, kind: str, content: Any) -> str:
        if kind == "undefined":
            return "nothing"
        if kind == "null":
            return kind
        if kind in ("array", "Set", "Map"):
            return f"{'an' if kind == 'array' else 'a'} {kind} of {len(content)}"
        if kind == "object":
            return "an object" if self._is_secret else f"{{ {listed(list(content))} }}"
        if kind in ("boolean", "number", "string", "bigint") and not self._is_secret:
            text = str(content) if kind == "bigint" else json.dumps(_whole(content), ensure_ascii=False)
            return f"the {kind} {one_line(text, _LONGEST)}"
        return f"a {_TYPE_NAMES.get(kind, kind)}"


_PLAIN: Final = ("boolean", "null", "number", "string")
_TYPE_NAMES: Final = {"bytes": "Uint8Array", "date": "Date"}
_READ_ALIKE: Final = {("undefined", "null"), ("null", "undefined"), ("ArrayBuffer", "bytes")}
_ADVICE: Final = {
    ("bigint", "number"): "pass BigInt(…)",
    ("undefined", "null"): "leave it out, or pass UNDEFINED",
    ("Map<", "object"): "pass JsMap(…)",
    ("Set<", "array"): "pass a set, or JsSet(…)",
    ("Date", "string"): "pass a datetime with a time zone",
    ("Date", "number"): "pass a datetime with a time zone",
    ("ArrayBuffer", "bytes"): "pass ArrayBuffer(…)",
    ("Uint8Array", "string"): "pass bytes",
}
"""What to write in Python, by what is expected and what came. The first part of a key is part of the expected text."""


def kind_of(tree: Any) -> tuple[str, Any]:
    """Return which kind of JavaScript value a tree stands for, and its content."""
    if tree is None:
        return "null", None
    if isinstance(tree, bool):
        return "boolean", tree
    if isinstance(tree, str):
        return "string", tree
    if isinstance(tree, int | float):
        return "number", tree
    if isinstance(tree, cbor2.CBORTag):
        return ("Map" if tree.tag == 259 else "date"), tree.value
    if is_array(tree) and len(tree) == 2 and isinstance(tree[0], str) and tree[0][:1] == "$":
        tag, content = tree
        return (_TAGS[tag], content) if tag in _TAGS else ("array", [tag[1:], content])
    return ("object" if is_dict(tree) else "array"), tree


_TAGS: Final = {
    "$BigInt": "bigint",
    "$Uint8Array": "bytes",
    "$ArrayBuffer": "ArrayBuffer",
    "$Undefined": "undefined",
    "$Set": "Set",
}


def _is_read_alike(name: str, kind: str, content: Any) -> bool:
    """Whether a client cannot tell a value from one of the kind that is declared."""
    if name == "bigint":
        return kind == "number" and _is_whole(content)
    return (name, kind) in _READ_ALIKE


def _first(complaints: Iterator[Complaint | None]) -> Complaint | None:
    return next(filter(None, complaints), None)


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or number.is_integer()


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _matches(regex: str, text: str) -> bool:
    try:
        return re.fullmatch(regex, text, re.ASCII) is not None
    except re.error:  # JavaScript has other regular expressions
        return True


def _step(name: str) -> str:
    return f".{name}" if name.isidentifier() else f"[{name!r}]"
