"""IR → JSON Schema 2020-12 → datamodel-code-generator → pydantic models of the newest version."""

from __future__ import annotations

from typing import Any

from rivet_codegen.names import field_name
from rivet_codegen.output.docstrings import describe, prose
from rivet_codegen.output.models import generate_models
from rivet_codegen.output.source import exports
from rivet_codegen.protocol.checks import local_name
from rivet_codegen.protocol.ir import (
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
from rivet_codegen.schema_error import SchemaError

__all__ = ["alias", "docstring", "making", "render_messages"]

_JSON_TYPES = {"bool": "boolean", "f32": "number", "f64": "number", "str": "string"}
_BASE_CLASS = "rivet_client_generated.protocol.base.WireModel"


def render_messages(schema: Schema) -> str:
    """Return the source of messages.py: one model per struct, one alias per union or enum."""
    imports, models = generate_models(_struct_schemas(schema), base_class=_BASE_CLASS)
    aliases = [alias(schema, name) for name, it in schema.definitions.items() if not isinstance(it, Struct)]
    title = f'"""Messages of version {schema.version}, the newest."""'
    imports += "\nfrom typing import Literal, TypeAlias"  # ruff drops what is not needed
    return "\n\n".join([title, imports, exports(schema.definitions), models, *aliases]) + "\n"


def _struct_schemas(schema: Schema) -> dict[str, Any]:
    """Describe the structs of one version in JSON Schema, under their Python field names.

    Unions and enums stand inline where they are used: as definitions, the model generator would wrap them.
    """
    structs = [it for it in schema.definitions.values() if isinstance(it, Struct)]
    return {struct.name: _struct_schema(schema, struct) for struct in structs}


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
    """Return the documentation of a struct and its fields.

    Raises:
        SchemaError: Its first sentence does not fit a line.
    """
    fields = {field_name(each.name): each.doc for each in struct.fields if each.doc}
    try:
        return describe(struct.doc or f"The message {struct.name}.", fields)
    except ValueError as error:
        raise SchemaError(struct.position, str(error)) from None


def alias(schema: Schema, name: str) -> str:
    """Return the declaration of a union or an enum as a type alias."""
    definition = schema.definitions[name]
    assert not isinstance(definition, Struct)
    if isinstance(definition, Enum):
        value = f"Literal[{', '.join(repr(member.name) for member in definition.members)}]"
    else:
        value = " | ".join(member.name for member in definition.members)
    try:
        return f"{name}: TypeAlias = {value}\n" + (
            f'"""{prose(definition.doc)}"""\n' if definition.doc else ""
        )
    except ValueError as error:
        raise SchemaError(definition.position, str(error)) from None


def making(struct: Struct) -> str:
    """Return the expression that makes a message of the local variables for its fields."""
    names = [field_name(each.name) for each in struct.fields]
    return f"made({struct.name}, {{{', '.join(f'{name!r}: {local_name(name)}' for name in names)}}})"
