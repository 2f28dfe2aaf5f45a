"""From a registry document back to TypeScript, so that TypeScript itself can judge the document.

Knows nothing of how documents are made, only what docs/registry-documents.md says they mean.
"""

import json

KINDS = {
    "bigint": "bigint",
    "date": "Date",
    "regexp": "RegExp",
    "error": "Error",
    "undefined": "undefined",
}
DIGITS = "^(?:-?(?:\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?|Infinity)|NaN)$"


def type_text(schema, names):
    """Return the TypeScript type of a schema.

    Args:
        schema: The schema.
        names: The text for a reference, by the name of the definition.
    """

    def text(inner):
        return type_text(inner, names)

    def group(inner):
        return f"({text(inner)})"

    kind = schema.get("x-rivet-type")
    if "$ref" in schema:
        return names[schema["$ref"].removeprefix("#/$defs/")]
    if "const" in schema and kind == "bigint":
        return f"{schema['const']}n"
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(map(group, schema["anyOf"]))
    if kind in KINDS:
        return KINDS[kind]
    if kind == "bytes":
        return schema["x-rivet-bytes"]
    if kind == "typed-array":
        return schema["x-rivet-typed-array"]
    if kind == "set":
        return f"Set<{text(schema['items'])}>"
    if kind == "map" and schema["type"] == "array":
        key, value = schema["items"]["prefixItems"]
        return f"Map<{text(key)}, {text(value)}>"
    if kind == "map":
        key = schema.get("propertyNames", {"type": "string"})
        return f"Map<{text(key)}, {text(as_schema(schema['additionalProperties']))}>"
    if schema == {"not": {}}:
        return "never"
    match schema.get("type"):
        case "array":
            return tuple_text(schema, text) if "prefixItems" in schema else f"{group(schema['items'])}[]"
        case "object":
            return object_text(schema, text)
        case "integer":
            return "number"
        case "string" | "number" | "boolean" | "null" as name:
            return name
        case None:
            return "unknown"
    raise AssertionError(schema)


def tuple_text(schema, text):
    minimum = schema.get("minItems", 0)
    optional = ["" if index < minimum else "?" for index in range(len(schema["prefixItems"]))]
    parts = [f"({text(item)}){mark}" for item, mark in zip(schema["prefixItems"], optional, strict=True)]
    if schema["items"] is not False:
        parts.append(f"...({text(schema['items'])})[]")
    return f"[{', '.join(parts)}]"


def object_text(schema, text):
    required = schema.get("required", [])
    members = [
        f"{json.dumps(name)}{'' if name in required else '?'}: {text(inner)};"
        for name, inner in schema.get("properties", {}).items()
    ]
    if "additionalProperties" in schema:
        key = "number" if schema.get("propertyNames") == {"pattern": DIGITS} else "string"
        members.append(f"[key: {key}]: {text(as_schema(schema['additionalProperties']))};")
    return f"{{ {' '.join(members)} }}" if members else "object"


def as_schema(value):
    return {} if value is True else value


def parameters_text(params, names):
    """Return the parameters of an action as a labelled tuple."""
    parts = []
    for index, param in enumerate(params):
        text = type_text(param["schema"], names)
        if param.get("rest"):
            parts.append(f"...p{index}: ({text})[]")
        else:
            parts.append(f"p{index}{'' if param['required'] else '?'}: {text}")
    return f"[{', '.join(parts)}]"


def result_text(schema, names):
    """Return what an action resolves to; nothing at all is `void` there."""
    return "void" if schema.get("x-rivet-type") == "undefined" else type_text(schema, names)
