"""A registry document by hand, with the shapes of values that once were generated wrongly or too loosely."""

from __future__ import annotations

from typing import Any

from tests.typed.support import document

__all__ = ["shapes_document"]

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}
NULL = {"type": "null"}
BIG = {"type": "integer", "x-rivet-type": "bigint"}
BYTES = {
    "type": "string",
    "contentEncoding": "base64",
    "x-rivet-type": "bytes",
    "x-rivet-bytes": "Uint8Array",
}
DATE = {"type": "string", "format": "date-time", "x-rivet-type": "date"}
UNDEFINED = {"type": "null", "x-rivet-type": "undefined"}
EMPTY_TUPLE = {"type": "array", "prefixItems": [], "items": False, "maxItems": 0}


def model(required: dict[str, Any], optional: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": [*required], **more}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def array(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def set_of(items: dict[str, Any]) -> dict[str, Any]:
    return array(items, uniqueItems=True, **{"x-rivet-type": "set"})


def record(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


def tuple_of(*first: dict[str, Any], required: int | None = None, rest: dict[str, Any]) -> dict[str, Any]:
    least = len(first) if required is None else required
    return {"type": "array", "prefixItems": [*first], "items": rest, "minItems": least}


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
                "dates": set_of(model({"d": DATE})),
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
    definitions |= {
        "Page": {
            "anyOf": [
                model({"data": TEXT}, {"error": UNDEFINED}),
                model({"error": TEXT}, {"data": UNDEFINED, "retry": {"anyOf": [NUMBER, NULL]}}),
            ]
        },
        "Scores": model({"name": ref("UserId")}, {"others": TEXT}, additionalProperties=array(BIG)),
        "Limits": model(
            {"fixed": NUMBER}, additionalProperties=NUMBER, propertyNames={"pattern": "^max_.*$|^fixed$"}
        ),
        "Path": tuple_of(TEXT, rest=NUMBER),
        "Steps": tuple_of(TEXT, NUMBER, required=1, rest=ref("Scores")),
        "UserId": {"type": "string", "pattern": r"^user-[\s\S]*\.(?:true|false)$"},
        "Users": {**record(TEXT), "propertyNames": {"pattern": r"^user-[\s\S]*$"}},
        "Odd": {"type": "string", "pattern": "^(?<a>"},
        "Hard": model(
            {"it": {"type": "string", "pattern": """^a'"b, \\|c\\[d.e\\]$"""}, "path": ref("Path")}
        ),
        "Parcel": {
            "anyOf": [
                model({"kind": {"const": "box"}}, additionalProperties=TEXT),
                model({"kind": {"const": "none"}}),
            ]
        },
        "Tags": array(TEXT),
        "Tree": {"anyOf": [TEXT, array(ref("Tree"))]},
        "Json": {"anyOf": [TEXT, NUMBER, BOOLEAN, NULL, array(ref("Json")), record(ref("Json"))]},
        "Post": model(
            {"tags": ref("Tags"), "blob": BYTES}, {"self": record(array(NUMBER)), "inner": array(ref("Post"))}
        ),
    }
    containers = {
        "numbers": array(NUMBER),
        "dates": record({"anyOf": [DATE, NULL]}),
        "tags": ref("Tags"),
        "names": set_of(TEXT),
        "pairs": array({"type": "array", "prefixItems": [TEXT, NUMBER], "minItems": 2, "items": False}),
        "byNumber": {
            "type": "array",
            "items": {"type": "array", "prefixItems": [NUMBER, array(BIG)], "minItems": 2, "items": False},
            "x-rivet-type": "map",
        },
        "blob": BYTES,
        "json": ref("Json"),
        "tree": ref("Tree"),
        "post": ref("Post"),
        "either": {"anyOf": [array(TEXT), {**array(TEXT), "x-rivet-type": "set"}, TEXT]},
    }
    contain = action(ref("Post"), **containers)
    contain["params"].append({"name": "more", "schema": array(BIG), "required": False, "rest": True})
    taker = {
        "encodings": ["bare"],
        "input": {"schema": array(NUMBER), "required": True},
        "connParams": {"schema": model({"tags": array(TEXT)}), "required": True},
        "queues": {"numbers": {"message": array(NUMBER)}, "number": {"message": NUMBER}},
    }
    actions = {
        "contain": contain,
        "hard": action(ref("Hard"), it=ref("Hard")),
        "limits": action(ref("Limits"), it=ref("Limits")),
        "odd": action(ref("Odd"), it=ref("Odd")),
        "page": action(ref("Page"), it=ref("Page")),
        "path": action(ref("Path"), it=ref("Path")),
        "scores": action(ref("Scores"), it=ref("Scores")),
        "parcel": action(ref("Parcel"), it=ref("Parcel")),
        "crowds": action(set_of(set_of(TEXT)), it=set_of(array(set_of(TEXT)))),
        "steps": action(ref("Steps"), it=ref("Steps")),
        "userId": action(ref("UserId"), it=ref("UserId"), inline={"type": "string", "pattern": "^a$"}),
        "users": action(ref("Users"), it=ref("Users")),
        "answer": action(ref("Answer"), it=ref("Answer")),
        "numbered": action(ref("Numbered"), it=ref("Numbered")),
        "outcome": action(ref("Outcome"), it=ref("Outcome")),
        "worded": action(ref("Worded"), it=ref("Worded")),
        "keep": action(ref("Kept"), it=ref("Kept")),
        "line": action(ref("Line")),
        "nothing": action(EMPTY_TUPLE, it=EMPTY_TUPLE),
    }
    actors = {"shapes": {"encodings": ["bare"], "actions": actions}, "taker": taker}
    return document(actors, definitions)
