"""IR → JSON Schema 2020-12 → datamodel-code-generator → pydantic models of the newest version."""

from __future__ import annotations

import textwrap
from typing import Any

from rivet_codegen.ir import (
    Definition,
    Enum,
    ListOf,
    MapOf,
    Named,
    Optional,
    Payload,
    Scalar,
    Schema,
    SchemaError,
    Struct,
    Type,
    Union,
)
from rivet_codegen.models import generate_models
from rivet_codegen.names import field_name

__all__ = ["json_schema", "render_messages"]

_JSON_TYPES = {"bool": "boolean", "f32": "number", "f64": "number", "str": "string"}
_WIDTH = 100
_BASE_CLASS = "rivet_client_generated.protocol.base.Message"


def render_messages(schema: Schema) -> str:
    """Return the source of messages.py: one model per struct, one alias per union or enum."""
    source = generate_models(json_schema(schema), base_class=_BASE_CLASS)
    aliases = [alias(schema, name) for name, it in schema.definitions.items() if not isinstance(it, Struct)]
    if aliases:
        # In front of the imports that the models brought; ruff sorts them.
        source = source.replace("\nfrom ", "\nfrom typing import Literal, TypeAlias\nfrom ", 1)
    return "\n\n".join([source, *aliases, exports(schema.definitions)])


def json_schema(schema: Schema) -> dict[str, Any]:
    """Describe the structs of one version, under their Python field names.

    Unions and enums stand inline where they are used: as definitions, the model generator would wrap them.
    """
    structs = [it for it in schema.definitions.values() if isinstance(it, Struct)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {struct.name: _struct_schema(schema, struct) for struct in structs},
    }


def _struct_schema(schema: Schema, struct: Struct) -> dict[str, Any]:
    return {
        "type": "object",
        "description": docstring(struct),
        "properties": {field_name(each.name): _type_schema(schema, each.type) for each in struct.fields},
        "required": [field_name(each.name) for each in struct.fields if not isinstance(each.type, Optional)],
    }


def _type_schema(schema: Schema, kind: Type) -> dict[str, Any]:
    match kind:
        case Payload():
            return {}
        case Scalar("data"):
            return {"type": "string", "format": "binary"}
        case Scalar(name):
            return {"type": _JSON_TYPES.get(name, "integer")}
        case Optional(item):
            return {"anyOf": [_type_schema(schema, item), {"type": "null"}]}
        case ListOf(item):
            return {"type": "array", "items": _type_schema(schema, item)}
        case MapOf(_, value):
            return {"type": "object", "additionalProperties": _type_schema(schema, value)}
        case Named(name):
            match schema.definitions[name]:
                case Struct():
                    return {"$ref": f"#/$defs/{name}"}
                case Union(members=members):
                    return {"anyOf": [{"$ref": f"#/$defs/{member.name}"} for member in members]}
                case Enum(members=members):
                    return {"enum": [member.name for member in members]}


def docstring(struct: Struct) -> str:
    """Return the documentation of a struct, with that of its fields in Google style."""
    text = prose(struct) or f"The message {struct.name}."
    fields = [f"{field_name(each.name)}: {each.doc}" for each in struct.fields if each.doc]
    if not fields:
        return text
    lines = (textwrap.fill(it, _WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8) for it in fields)
    return "\n".join([text, "", "Attributes:", *lines])


def prose(definition: Definition) -> str:
    """Return the documentation of a type: its first sentence, and the rest in a paragraph of its own.

    Raises:
        SchemaError: The first sentence does not fit one line.
    """
    summary, stop, rest = definition.doc.partition(". ")
    if len(summary) > _WIDTH:
        message = f"the first sentence about {definition.name} is longer than {_WIDTH} characters"
        raise SchemaError(definition.position, message)
    return f"{summary}.\n\n{textwrap.fill(rest, _WIDTH)}" if stop else summary


def alias(schema: Schema, name: str) -> str:
    """Return the declaration of a union or an enum as a type alias."""
    definition = schema.definitions[name]
    assert not isinstance(definition, Struct)
    if isinstance(definition, Enum):
        value = f"Literal[{', '.join(repr(member.name) for member in definition.members)}]"
    else:
        value = " | ".join(member.name for member in definition.members)
    return f"{name}: TypeAlias = {value}\n" + (f'"""{prose(definition)}"""\n' if definition.doc else "")


def exports(names: list[str] | dict[str, Any]) -> str:
    """Return the declaration of `__all__`."""
    return f"__all__ = [{', '.join(repr(name) for name in sorted(names))}]\n"
