import copy

import pytest
import yaml

from rivet_codegen.engine_api.openapi import parse_engine_api
from rivet_codegen.engine_api.package import render_models
from rivet_codegen.engine_api.views import ParameterView
from rivet_codegen.schema_error import SchemaError

BODY = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
OPERATION = {
    "operationId": "things_put",
    "summary": "Put a thing.",
    "parameters": [
        {"$ref": "#/components/parameters/Id"},
        {"name": "all", "in": "query", "description": "Whether all.", "schema": {"type": "boolean"}},
    ],
    "requestBody": BODY,
    "responses": {"200": BODY},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {"/things/{id}": {"put": OPERATION}},
    "components": {
        "parameters": {
            "Id": {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "Its id.",
                "schema": {"type": "string"},
            }
        },
        "schemas": {
            "Thing": {
                "type": "object",
                "description": "A thing.",
                "required": ["thingId"],
                "properties": {
                    "thingId": {"type": "string", "description": "Its id."},
                    "secret": {"type": "string", "x-repr": False},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
            }
        },
    },
}


def parse(document):
    return parse_engine_api(yaml.safe_dump(document), "api.yaml")


def test_operations():
    (operation,) = parse(DOCUMENT).operations
    assert (operation.id, operation.constant, operation.method) == ("things_put", "THINGS_PUT", "PUT")
    assert (operation.path, operation.request, operation.response) == ("/things/{id}", "Thing", "Thing")
    assert operation.path_parameters == (ParameterView("id", "id", "path", "string", "str", True, "Its id."),)
    assert operation.query == (
        ParameterView("all", "all", "query", "boolean", "bool", False, "Whether all."),
    )
    assert operation.docstring.splitlines() == [
        "Put a thing.",
        "",
        "Args:",
        "    id: Its id.",
        "    body: What is sent.",
        "    all: Whether all.",
        "    timeout: Seconds for the call; None for the client's timeout.",
    ]


def test_models():
    source = render_models(parse(DOCUMENT))
    assert 'thing_id: Annotated[str, Field(alias="thingId")]' in source.replace("'", '"')
    assert "Field(repr=False)" in source
    assert "thing_id: Its id." in source
    assert "parts: list[Thing] | None = None" in source


def put(place, value):
    """Change one place of the document; None removes it."""

    def change(document):
        *path, last = place
        for step in path:
            document = document[step]
        if value is None:
            del document[last]
        else:
            document[last] = value

    return change


PUT = ["paths", "/things/{id}", "put"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(["openapi"], "3.0.0"), "expected an OpenAPI 3.1 document"),
        (put([*PUT, "operationId"], "ThingsPut"), "put /things/{id}: needs an operationId in snake_case"),
        (put([*PUT, "summary"], None), "put /things/{id}: needs a summary: it becomes the documentation"),
        (put([*PUT, "responses"], {}), "put /things/{id}: needs an answer with status 200"),
        (
            put([*PUT, "parameters"], []),
            "put /things/{id}: the path and its parameters [] do not match",
        ),
        (
            put([*PUT, "parameters", 0], {"$ref": "#/components/parameters/No"}),
            "put /things/{id}: there is no #/components/parameters/No",
        ),
        (
            put([*PUT, "parameters", 1, "in"], "header"),
            "put /things/{id}: parameter all: expected `in: path` or `in: query`",
        ),
        (
            put([*PUT, "parameters", 1, "schema"], {"type": "object"}),
            "put /things/{id}: parameter all: expected the type string, integer, boolean, array",
        ),
        (
            put([*PUT, "parameters", 1, "description"], None),
            "put /things/{id}: parameter all: expected a `description`",
        ),
        (
            put([*PUT, "requestBody"], {"content": {"text/plain": {}}}),
            "put /things/{id}: expected an application/json body whose schema is a $ref to a component",
        ),
        (
            put(["paths", "/things/{id}", "head"], OPERATION),
            "/things/{id}: expected one of get, put, post, delete, patch, found head",
        ),
        (
            put(["paths", "/things/{id}", "post"], OPERATION),
            "put /things/{id}: operationId things_put is there twice",
        ),
        (
            put(["components", "schemas", "Thing", "type"], "string"),
            "schema Thing: expected an object with properties; write other types where they are used",
        ),
        (
            put(["components", "schemas", "Thing", "description"], "x" * 101),
            f"schema Thing: the first sentence is longer than 100 characters: {'x' * 101}",
        ),
    ],
)
def test_mistakes(change, message):
    document = copy.deepcopy(DOCUMENT)
    change(document)
    with pytest.raises(SchemaError) as caught:
        render_models(parse(document))
    assert str(caught.value) == f"api.yaml:1:1: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "api.yaml:1:5: no YAML: expected the node content"),
        ("[]", "api.yaml:1:1: expected an OpenAPI 3.1"),
    ],
)
def test_text_that_is_no_document(text, message):
    with pytest.raises(SchemaError) as caught:
        parse_engine_api(text, "api.yaml")
    assert str(caught.value).startswith(message)
