"""Message documents: IR of the newest version → conversion between messages and their form in json and cbor.

Readers take flags, varints and texts in place if these are of the usual type. Any other form and any mistake is left to
the function in `rivet_client._wire.document_fields` that knows them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rivet_codegen.names import field_name, snake_case
from rivet_codegen.output.templating import render
from rivet_codegen.protocol.declarations import making
from rivet_codegen.protocol.ir import (
    Definition,
    ListOf,
    MapOf,
    Named,
    Optional,
    Payload,
    Scalar,
    Struct,
    Type,
    Version,
)
from rivet_codegen.protocol.naming import local_name
from rivet_codegen.protocol.views import ChoiceView, StructView, choice

__all__ = ["render_message_documents"]

_INDENT = "    "
# Whether a scalar is not in the form that nearly all have.
_UNUSUAL = {
    "bool": "type({0}) is not bool",
    "str": "type({0}) is not str",
    "uint": "type({0}) is not int or not 0 <= {0} < 2**64",
}


@dataclass(frozen=True, slots=True)
class OptionalField:
    """A field that is left out of the document if the message does not have it.

    Attributes:
        name: Its name in Python.
        wire: Its name in the document.
        dumped: The expression for its value in the document.
    """

    name: str
    wire: str
    dumped: str


@dataclass(frozen=True, slots=True)
class StructDocument(StructView):
    """How a struct becomes an object of the document, and is made of one.

    Attributes:
        always: The entries of the object for the fields that every message has.
        optional: The other fields.
        loading: The lines that take each field out of the object, into a variable.
        made: The expression that makes the message of these variables.
    """

    always: str
    optional: tuple[OptionalField, ...]
    loading: tuple[str, ...]
    made: str


def render_message_documents(version: Version) -> str:
    """Return the source of documents.py."""
    views = {name: _view(definition) for name, definition in version.definitions.items()}
    roots = [views[name] for name in version.roots]
    return render(
        "protocol/documents.py.jinja",
        types=list(views.values()),
        roots=roots,
        exports=sorted(f"{verb}_{it.snake}_document" for it in roots for verb in ("encode", "decode")),
    )


def _view(definition: Definition) -> StructDocument | ChoiceView:
    if not isinstance(definition, Struct):
        return choice(definition)
    always, optional = [], []
    for each in definition.fields:
        value = f"message.{field_name(each.name)}"
        if isinstance(each.type, Optional):
            optional.append(OptionalField(field_name(each.name), each.name, _dumped(each.type.item, value)))
        else:
            always.append(f"{each.name!r}: {_dumped(each.type, value)}")
    loading = (line for each in definition.fields for line in _load_field(each.name, each.type))
    return StructDocument(
        definition.name, ", ".join(always), tuple(optional), tuple(loading), making(definition)
    )


# -- message → document


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


def _load_field(name: str, kind: Type) -> Iterator[str]:
    """Emit the lines that take a field out of an object of the document, into a variable."""
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
    """Return the expression for the form that a value of a document has in a message.

    Args:
        kind: The type of the value.
        value: The expression for the value.
        path: The expression for the path to the value.
    """
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
    """Return the expression for a function that takes a value and its path, and returns what `_loaded` does."""
    loaded = _loaded(kind, "value", "path")
    call = loaded.removesuffix("(value, path)")
    return call if call != loaded and "(" not in call else f"lambda value, path: {loaded}"
