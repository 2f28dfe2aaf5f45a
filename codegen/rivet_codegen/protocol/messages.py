"""The models of the messages: IR of the newest version → JSON Schema 2020-12 → datamodel-code-generator."""

from __future__ import annotations

from typing import Any

from rivet_codegen.names import field_name
from rivet_codegen.output.models import generate_models
from rivet_codegen.output.templating import render
from rivet_codegen.protocol.declarations import alias, struct_docstring
from rivet_codegen.protocol.ir import (
    Enum,
    ListOf,
    MapOf,
    Named,
    Optional,
    Payload,
    Scalar,
    Struct,
    Type,
    Union,
    Version,
)

__all__ = ["render_messages"]

_JSON_TYPES = {"bool": "boolean", "f32": "number", "f64": "number", "str": "string"}
_BASE_CLASS = "rivet_client_generated.protocol.base.WireModel"


def render_messages(version: Version) -> str:
    """Return the source of messages.py: a model for each struct, a type alias for each union or enum."""
    structs = [it for it in version.definitions.values() if isinstance(it, Struct)]
    imports, models = generate_models(
        {it.name: _struct_schema(version, it) for it in structs}, base_class=_BASE_CLASS
    )
    return render(
        "protocol/messages.py.jinja",
        version=version.number,
        imports=imports,
        exports=sorted(version.definitions),
        models=models,
        aliases=[alias(it) for it in version.definitions.values() if not isinstance(it, Struct)],
    )


def _struct_schema(version: Version, struct: Struct) -> dict[str, Any]:
    """Describe a struct in JSON Schema, under the Python names of its fields."""
    return {
        "type": "object",
        "description": struct_docstring(struct),
        "properties": {field_name(each.name): _type_schema(version, each.type) for each in struct.fields},
        "required": [field_name(each.name) for each in struct.fields if not isinstance(each.type, Optional)],
    }


def _type_schema(version: Version, kind: Type) -> dict[str, Any]:
    """Describe a type. Unions and enums stand inline: the model generator would wrap definitions of them."""
    match kind:
        case Payload():
            return {}
        case Scalar("data"):
            return {"type": "string", "format": "binary"}
        case Scalar(name):
            return {"type": _JSON_TYPES.get(name, "integer")}
        case Optional(item):
            return {"anyOf": [_type_schema(version, item), {"type": "null"}]}
        case ListOf(item):
            return {"type": "array", "items": _type_schema(version, item)}
        case MapOf(_, value):
            return {"type": "object", "additionalProperties": _type_schema(version, value)}
        case Named(name):
            match version.definitions[name]:
                case Struct():
                    return {"$ref": f"#/$defs/{name}"}
                case Union(members=members):
                    return {"anyOf": [{"$ref": f"#/$defs/{member.name}"} for member in members]}
                case Enum(members=members):
                    return {"enum": [member.name for member in members]}
