"""Types in a few words, as TypeScript writes them."""

from __future__ import annotations

import json

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
    Value,
)

__all__ = ["listed", "type_text", "value_text"]

_SCALARS = {"bytes": "Uint8Array", "date": "Date", "integer": "integer"}
_LONGEST = 70
_DEPTH = 3


def type_text(kind: Type, depth: int = _DEPTH) -> str:
    """Return a type in TypeScript's words, cut where it is long."""
    if kind.name and depth < _DEPTH:
        return kind.name
    texts = dict.fromkeys(_text(shape, depth) for shape in kind.shapes)
    return _cut(" | ".join(texts))


def value_text(value: Value) -> str:
    """Return a certain value as JavaScript writes it."""
    return _cut(json.dumps(value, ensure_ascii=False))


def listed(texts: list[str], most: int = 4) -> str:
    """Join texts; of many, only the first ones are named."""
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def _text(shape: Shape, depth: int) -> str:
    if depth == 0:
        return "…"
    match shape:
        case Anything(only):
            return only or "any"
        case Scalar(name):
            return _SCALARS.get(name, name)
        case Pattern(regex):
            return f"string like /{regex}/"
        case Choice(values):
            return " | ".join(map(value_text, values))
        case Array(items, only):
            return only or f"{_bracketed(type_text(items, depth - 1))}[]"
        case Tuple(items, required, rest):
            texts = [
                type_text(item, depth - 1) + ("" if at < required else "?") for at, item in enumerate(items)
            ]
            if rest is not None:
                texts.append(f"...{_bracketed(type_text(rest, depth - 1))}[]")
            return f"[{', '.join(texts)}]"
        case Set(items):
            return f"Set<{type_text(items, depth - 1)}>"
        case Map(keys, items):
            return f"Map<{type_text(keys, depth - 1)}, {type_text(items, depth - 1)}>"
        case Object(name=str(name)) if name:
            return name
        case Object(fields, others):
            names = [name if field.required else f"{name}?" for name, field in fields.items()]
            if others is not None:
                names.append(f"[name]: {type_text(others, depth - 1)}")
            return f"{{ {listed(names)} }}" if names else "{}"
        case Tagged(members=members):
            return " | ".join(_text(member, depth) for member in members)


def _bracketed(text: str) -> str:
    return f"({text})" if " | " in text else text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
