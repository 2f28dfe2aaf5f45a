"""IR of the newest version → conversion between messages and documents, for the json and cbor encodings.

Readers take flags, varints and texts in place if they are of the usual type. Any other form and any mistake are left to
the function in `document` that knows them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from rivet_codegen.names import field_name, snake_case
from rivet_codegen.output.source import exports
from rivet_codegen.protocol.checks import local_name
from rivet_codegen.protocol.ir import (
    Definition,
    Enum,
    ListOf,
    MapOf,
    Named,
    Optional,
    Payload,
    Scalar,
    Schema,
    Struct,
    Type,
    Union,
)
from rivet_codegen.protocol.messages import making

__all__ = ["render_documents"]

_PACKAGE = "rivet_client_generated.protocol"
_INDENT = "    "
_FIELDS = "fields = doc if type(doc) is dict else document_fields.take_object(doc, path)"
# When a scalar is not in the form that nearly all have.
_UNUSUAL = {
    "bool": "type({0}) is not bool",
    "str": "type({0}) is not str",
    "uint": "type({0}) is not int or not 0 <= {0} < 2**64",
}


def render_documents(schema: Schema) -> str:
    """Return the source of documents.py.

    Raises:
        SchemaError: A type has no form in a document.
    """
    roots = schema.roots
    lines = [
        '"""Whole messages as documents: plain JSON types under their wire names, for the json and cbor encodings.',
        "",
        "Payloads go through untouched. Encoders leave out what is absent. Decoders ignore what they do not know;",
        "what is missing or of the wrong type is a DecodeError that names the place.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any",
        "",
        "from rivet_client._wire import document_fields",
        "from rivet_client.errors import DecodeError",
        f"from {_PACKAGE}.base import made",
        f"from {_PACKAGE}.messages import {', '.join(schema.definitions)}",
        "",
        exports([f"{verb}_{snake_case(name)}_document" for name in roots for verb in ("encode", "decode")]),
    ]
    for name in roots:
        lines += ["\n", *_root(schema.definitions[name])]
    for definition in schema.definitions.values():
        lines += ["\n", *_dump(definition), "\n", *_load(definition)]
    return "\n".join(lines) + "\n"


def _root(definition: Definition) -> Iterator[str]:
    name, snake = definition.name, snake_case(definition.name)
    wrapped = isinstance(definition, Union)
    yield f"def encode_{snake}_document(message: {name}) -> dict[str, Any]:"
    yield f'{_INDENT}"""Return a message of type {name} as a document."""'
    dumped = f"_dump_{snake}(message)"
    yield f"{_INDENT}return " + (f'{{"body": {dumped}}}' if wrapped else dumped)
    yield "\n"
    yield f"def decode_{snake}_document(doc: object) -> {name}:"
    yield f'{_INDENT}"""Read a message of type {name} from a document."""'
    if wrapped:
        yield f'{_INDENT}fields = document_fields.take_object(doc, "message")'
        yield f'{_INDENT}return _load_{snake}(fields.get("body"), "body")'
    else:
        yield f'{_INDENT}return _load_{snake}(doc, "message")'


# -- message → document


def _dump(definition: Definition) -> Iterator[str]:
    name, snake = definition.name, snake_case(definition.name)
    match definition:
        case Struct(fields=fields):
            yield f"def _dump_{snake}(message: {name}) -> dict[str, Any]:"
            always = [each for each in fields if not isinstance(each.type, Optional)]
            pairs = (f"{each.name!r}: {_dumped(each.type, _attribute(each.name))}" for each in always)
            doc = f"{{{', '.join(pairs)}}}"
            if len(always) == len(fields):
                yield f"{_INDENT}return {doc}"
                return
            yield f"{_INDENT}doc: dict[str, Any] = {doc}"
            for each in fields:
                if isinstance(each.type, Optional):
                    value = _attribute(each.name)
                    yield f"{_INDENT}if {value} is not None:"
                    yield f"{_INDENT * 2}doc[{each.name!r}] = {_dumped(each.type.item, value)}"
            yield f"{_INDENT}return doc"
        case Union(members=members):
            yield f"def _dump_{snake}(message: {name}) -> dict[str, Any]:"
            for member in members:
                yield f"{_INDENT}if isinstance(message, {member.name}):"
                yield f'{_INDENT * 2}return {{"tag": {member.name!r}, "val": _dump_{snake_case(member.name)}(message)}}'
            yield f'{_INDENT}raise TypeError(f"{name} cannot be a {{type(message).__name__}}")'
        case Enum():
            yield f"def _dump_{snake}(message: {name}) -> str:"
            yield f"{_INDENT}return message"


def _attribute(wire: str) -> str:
    return f"message.{field_name(wire)}"


def _dumped(kind: Type, value: str, depth: int = 0) -> str:
    """Return the expression for the form that a value has in a document."""
    item = f"item{depth or ''}"
    match kind:
        case Payload():
            return value
        case Scalar("data"):
            return f"document_fields.give_data({value})"
        case Scalar():
            return value
        case Named(name):
            return f"_dump_{snake_case(name)}({value})"
        case Optional(inner):
            dumped = _dumped(inner, value, depth)
            return value if dumped == value else f"None if {value} is None else {dumped}"
        case ListOf(inner):
            dumped = _dumped(inner, item, depth + 1)
            return value if dumped == item else f"[{dumped} for {item} in {value}]"
        case MapOf(_, inner):
            key = f"key{depth or ''}"
            dumped = _dumped(inner, item, depth + 1)
            return value if dumped == item else f"{{{key}: {dumped} for {key}, {item} in {value}.items()}}"


# -- document → message


def _load(definition: Definition) -> Iterator[str]:
    name, snake = definition.name, snake_case(definition.name)
    yield f"def _load_{snake}(doc: object, path: str) -> {name}:"
    match definition:
        case Struct(fields=fields):
            yield f"{_INDENT}{_FIELDS}"
            for each in fields:
                for line in _load_field(each.name, each.type):
                    yield _INDENT + line
            yield f"{_INDENT}return {making(definition)}"
        case Union(members=members):
            yield f"{_INDENT}{_FIELDS}"
            yield f'{_INDENT}tag = fields.get("tag")'
            for member in members:
                yield f"{_INDENT}if tag == {member.name!r}:"
                yield f'{_INDENT * 2}return _load_{snake_case(member.name)}(fields.get("val"), f"{{path}}.val")'
            tags = ", ".join(member.name for member in members)
            yield f'{_INDENT}raise DecodeError(0, f"one of {tags} at {{path}}.tag")'
        case Enum(members=members):
            for member in members:
                yield f"{_INDENT}if doc == {member.name!r}:"
                yield f"{_INDENT * 2}return {member.name!r}"
            names = ", ".join(member.name for member in members)
            yield f'{_INDENT}raise DecodeError(0, f"one of {names} at {{path}}")'


def _load_field(name: str, kind: Type) -> Iterator[str]:
    """Emit the lines that take a field out of a document's object."""
    local, value, path = local_name(field_name(name)), f"fields.get({name!r})", f'f"{{path}}.{name}"'
    item = kind.item if isinstance(kind, Optional) else kind
    is_there = f"{local} is not None" if isinstance(kind, Optional) else ""
    match item:
        case Payload() if is_there:
            yield f"{local} = {value}"
        case Payload():
            taken = f"document_fields.take_payload(fields, {name!r}, path)"
            yield f"{local} = fields[{name!r}] if {name!r} in fields else {taken}"
        case Scalar("bool" | "str" | "uint" as scalar):
            yield f"{local} = {value}"
            is_unusual = _UNUSUAL[scalar].format(local)
            if is_there:
                is_unusual = f"{is_there} and {f'({is_unusual})' if ' or ' in is_unusual else is_unusual}"
            yield f"if {is_unusual}:"
            yield f"{_INDENT}{local} = {_loaded(item, local, path)}"
        case _ if is_there:
            yield f"{local} = {value}"
            yield f"if {is_there}:"
            yield f"{_INDENT}{local} = {_loaded(item, local, path)}"
        case _:
            yield f"{local} = {_loaded(item, value, path)}"


def _loaded(kind: Type, value: str, path: str) -> str:
    """Return the expression for the message's form of a document's value."""
    match kind:
        case Payload():
            return value
        case Scalar(name):
            return f"document_fields.take_{name}({value}, {path})"
        case Named(name):
            return f"_load_{snake_case(name)}({value}, {path})"
        case Optional(inner):
            return f"document_fields.take_optional({value}, {path}, {_loader(inner)})"
        case ListOf(inner):
            return f"document_fields.take_list({value}, {path}, {_loader(inner)})"
        case MapOf(_, inner):
            return f"document_fields.take_map({value}, {path}, {_loader(inner)})"


def _loader(kind: Type) -> str:
    """Return the expression for a function of value and path."""
    loaded = _loaded(kind, "value", "path")
    call = loaded.removesuffix("(value, path)")
    return call if call != loaded and "(" not in call else f"lambda value, path: {loaded}"
