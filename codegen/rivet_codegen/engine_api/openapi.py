"""Text of `schema/engine_api.yaml` (OpenAPI 3.1) → operations and JSON schemas.

The reader knows what that file uses: parameters in path and query, one JSON request body, one JSON answer with status
200, and `$ref` to components. It refuses anything else that matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rivet_codegen.engine_api.views import OperationView, ParameterView
from rivet_codegen.names import field_name
from rivet_codegen.output.docstrings import docstring
from rivet_codegen.schema_error import Position, SchemaError, yaml_mistakes

__all__ = ["EngineApi", "parse_engine_api", "read_engine_api"]

_METHODS = ("get", "put", "post", "delete", "patch")
_ANNOTATIONS = {"string": "str", "integer": "int", "boolean": "bool", "array": "Sequence[str]"}


@dataclass(frozen=True, slots=True)
class EngineApi:
    """The control API, read and checked.

    Attributes:
        operations: What can be asked of the engine, in the order of the file.
        schemas: JSON Schema of every request and answer, by name; references among them are to `#/$defs/`.
    """

    operations: tuple[OperationView, ...]
    schemas: dict[str, Any]


def read_engine_api(path: Path) -> EngineApi:
    """Read the control API from its file.

    Raises:
        SchemaError: See `parse_engine_api`.
    """
    return parse_engine_api(path.read_text("utf-8"), f"schema/{path.name}")


def parse_engine_api(text: str, file: str) -> EngineApi:
    """Read the control API.

    Args:
        text: An OpenAPI document, as YAML.
        file: Its name, for errors.

    Raises:
        SchemaError: The text is no YAML, or says what the generator does not know.
    """
    return _Reader(text, file).api()


class _Reader:
    """Reads one document. A place is where a mistake is, in words: an operation or a schema."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        with yaml_mistakes(file):
            self._document = yaml.safe_load(text)
        if not isinstance(self._document, dict) or not str(self._document.get("openapi")).startswith("3.1"):
            raise SchemaError(Position(file), "expected an OpenAPI 3.1 document")

    def api(self) -> EngineApi:
        components = self._document.get("components", {}).get("schemas", {})
        schemas = {name: self._schema(name, schema) for name, schema in components.items()}
        operations: list[OperationView] = []
        for path, methods in self._document.get("paths", {}).items():
            for method, operation in methods.items():
                if method not in _METHODS:
                    raise self._error(path, f"expected one of {', '.join(_METHODS)}, found {method}")
                operations.append(self._operation(f"{method} {path}", path, method, operation))
        seen: set[str] = set()
        for view in operations:
            if view.id in seen:
                raise self._error(
                    f"{view.method.lower()} {view.path}", f"operationId {view.id} is there twice"
                )
            seen.add(view.id)
        return EngineApi(tuple(operations), schemas)

    def _schema(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        place = f"schema {name}"
        if schema.get("type") != "object" or "properties" not in schema:
            raise self._error(
                place, "expected an object with properties; write other types where they are used"
            )
        try:
            documented = _documented(schema)
        except ValueError as error:
            raise self._error(place, str(error)) from None
        local: dict[str, Any] = _local(documented)
        return local

    def _operation(self, place: str, path: str, method: str, operation: dict[str, Any]) -> OperationView:
        name = operation.get("operationId", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise self._error(place, "needs an operationId in snake_case")
        if not operation.get("summary"):
            raise self._error(place, "needs a summary: it becomes the documentation")
        parameters = tuple(self._parameter(place, it) for it in operation.get("parameters", []))
        in_path = [it.wire for it in parameters if it.location == "path"]
        if sorted(in_path) != sorted(re.findall(r"\{([^}]*)\}", path)):
            raise self._error(place, f"the path and its parameters {in_path} do not match")
        answer = operation.get("responses", {}).get("200")
        if answer is None:
            raise self._error(place, "needs an answer with status 200")
        response = self._model(place, answer)
        is_paged = any(it.name == "cursor" for it in parameters)
        items_field, item_model, is_map = self._page(response) if is_paged else ("", "", False)
        return OperationView(
            id=name,
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            description=operation.get("description", ""),
            parameters=parameters,
            request=self._model(place, operation["requestBody"]) if "requestBody" in operation else "",
            response=response,
            items_field=items_field,
            item_model=item_model,
            is_map=is_map,
        )

    def _page(self, model: str) -> tuple[str, str, bool]:
        """Return what a page of a list holds: the field with the entries, their model, and whether they have names."""
        properties = dict(self._document["components"]["schemas"][model]["properties"])
        properties.pop("pagination", None)
        for name, schema in properties.items():
            is_map = "additionalProperties" in schema
            entries = schema["additionalProperties" if is_map else "items"]
            return field_name(name), entries["$ref"].removeprefix("#/components/schemas/"), is_map
        return "", "", False

    def _parameter(self, place: str, parameter: dict[str, Any]) -> ParameterView:
        if "$ref" in parameter:
            reference = parameter["$ref"]
            name = reference.removeprefix("#/components/parameters/")
            parameter = self._document.get("components", {}).get("parameters", {}).get(name)
            if parameter is None:
                raise self._error(place, f"there is no {reference}")
        location = parameter.get("in")
        if location not in ("path", "query"):
            raise self._error(place, f"parameter {parameter.get('name')}: expected `in: path` or `in: query`")
        kind = parameter.get("schema", {}).get("type")
        if kind not in _ANNOTATIONS:
            raise self._error(
                place, f"parameter {parameter['name']}: expected the type {', '.join(_ANNOTATIONS)}"
            )
        if "description" not in parameter:
            raise self._error(place, f"parameter {parameter['name']}: expected a `description`")
        return ParameterView(
            name=field_name(parameter["name"]),
            wire=parameter["name"],
            location=location,
            kind=kind,
            annotation=_ANNOTATIONS[kind],
            required=parameter.get("required", False),
            description=parameter["description"],
        )

    def _model(self, place: str, body: dict[str, Any]) -> str:
        """Return the name of the schema of a body."""
        schema = body.get("content", {}).get("application/json", {}).get("schema", {})
        name = str(schema.get("$ref", "")).removeprefix("#/components/schemas/")
        if name not in self._document.get("components", {}).get("schemas", {}):
            raise self._error(
                place, "expected an application/json body whose schema is a $ref to a component"
            )
        return name

    def _error(self, place: str, message: str) -> SchemaError:
        return SchemaError(Position(self._file), f"{place}: {message}")


def _documented(schema: dict[str, Any]) -> dict[str, Any]:
    """Move the descriptions of properties into the description of their object, which becomes the docstring."""
    documented = [
        (field_name(name), it["description"])
        for name, it in schema["properties"].items()
        if "description" in it
    ]
    properties = {
        name: {key: value for key, value in it.items() if key != "description"}
        for name, it in schema["properties"].items()
    }
    return {
        **schema,
        "description": docstring(
            schema.get("description", ""), sections={"Attributes": documented} if documented else {}
        ),
        "properties": properties,
    }


def _local(value: Any) -> Any:
    """Turn references to components into references to definitions."""
    match value:
        case {"$ref": str(reference)}:
            return {"$ref": reference.replace("#/components/schemas/", "#/$defs/")}
        case dict():
            return {key: _local(item) for key, item in value.items()}
        case list():
            return [_local(item) for item in value]
        case _:
            return value
