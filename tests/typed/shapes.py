"""A registry document by hand, with the shapes of values that once were generated wrongly or too loosely."""

from __future__ import annotations

from typing import Any

from tests.typed.support import document

__all__ = ["shapes_document"]

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
NULL = {"type": "null"}
DATE = {"type": "string", "format": "date-time", "x-rivet-type": "date"}
EMPTY_TUPLE = {"type": "array", "prefixItems": [], "items": False, "maxItems": 0}


def model(required: dict[str, Any], optional: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": [*required], **more}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def array(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def action(returns: dict[str, Any], **params: dict[str, Any]) -> dict[str, Any]:
    listed = [{"name": name, "schema": schema, "required": True} for name, schema in params.items()]
    return {"params": listed, "returns": returns}


def shapes_document() -> dict[str, Any]:
    """One actor, `shapes`, and the types that it takes and gives."""
    tagged = {
        "anyOf": [
            model({"kind": {"const": "at"}, "at": DATE}),
            model({"kind": {"const": "never"}}),
        ],
        "discriminator": {"propertyName": "kind"},
    }
    definitions = {
        "Line": model({"l": TEXT, "t": TEXT}),
        "Kept": model(
            {
                "dates": array(model({"d": DATE}), uniqueItems=True, **{"x-rivet-type": "set"}),
                "tagged": tagged,
                "open": ref("Open"),
            }
        ),
        "Open": model({"d": DATE}, {"inner": ref("Open")}, additionalProperties=True),
    }
    definitions |= {
        "Numbered": {"anyOf": [model({"v": {"const": 1}, "a": TEXT}), model({"v": {"enum": [2, 3]}, "b": DATE}), NULL]},
        "Answer": {"anyOf": [model({"ok": {"const": True}, "data": TEXT}), model({"ok": {"const": False}, "error": TEXT})]},
        "Outcome": {"anyOf": [model({"error": NULL, "data": TEXT}), model({"error": TEXT, "data": NULL})]},
        "Worded": {"anyOf": [model({"v": {"const": "a"}, "a": ref("Answer")}), model({"v": TEXT, "a": NUMBER})]},
    }  # fmt: skip
    actions = {
        "answer": action(ref("Answer"), it=ref("Answer")),
        "numbered": action(ref("Numbered"), it=ref("Numbered")),
        "outcome": action(ref("Outcome"), it=ref("Outcome")),
        "worded": action(ref("Worded"), it=ref("Worded")),
        "keep": action(ref("Kept"), it=ref("Kept")),
        "line": action(ref("Line")),
        "nothing": action(EMPTY_TUPLE, it=EMPTY_TUPLE),
    }
    return document({"shapes": {"encodings": ["bare"], "actions": actions}}, definitions)
