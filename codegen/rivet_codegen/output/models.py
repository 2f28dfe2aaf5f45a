"""JSON schemas → Python classes, by datamodel-code-generator: no other module calls it, and it is loaded when used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["Kind", "generate_models", "run_generator"]

Kind = Literal["pydantic_v2.BaseModel", "typing.TypedDict"]
"""What the schemas become, in the words of datamodel-code-generator."""


def generate_models(
    definitions: Mapping[str, Any], *, base_class: str, snake_case: bool = False
) -> tuple[str, str]:
    """Return imports and a pydantic model for each schema, as source not yet formatted.

    Args:
        definitions: The schemas (JSON Schema 2020-12), by name.
        base_class: Full name of the class that the models inherit from.
        snake_case: Give fields names in snake_case, with the names of the schema as their aliases.
    """
    source = run_generator(
        definitions,
        "pydantic_v2.BaseModel",
        base_class=base_class,
        field_extra_keys_without_x_prefix={"x-repr"},
        snake_case_field=snake_case,
    )
    imports, classes = source.strip().split("\n\n\n", 1)
    return imports, classes


def run_generator(definitions: Mapping[str, Any], kind: Kind, **options: Any) -> str:
    """Return what the model generator makes of schemas, as source not yet formatted.

    Args:
        definitions: The schemas (JSON Schema 2020-12), by name.
        kind: What they become.
        options: Options of its function `generate`, besides the ones that are the same for all models.
    """
    from datamodel_code_generator import InputFileType, LiteralType, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import PythonVersion

    source = generate(
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions}),
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType(kind),
        schema_version="2020-12",
        target_python_version=PythonVersion.PY_311,
        formatters=[],
        disable_timestamp=True,
        enum_field_as_literal=LiteralType.All,
        keep_model_order=True,
        skip_root_model=True,
        strict_refs=True,
        use_annotated=True,
        use_schema_description=True,
        use_single_line_docstring=True,
        use_standard_collections=True,
        use_union_operator=True,
        custom_file_header="\n",
        **options,
    )
    assert isinstance(source, str)
    return source
