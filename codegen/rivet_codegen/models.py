"""The one caller of datamodel-code-generator."""

from __future__ import annotations

import json
from typing import Any

from datamodel_code_generator import InputFileType, LiteralType, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import PythonVersion

__all__ = ["generate_models"]


def generate_models(schema: dict[str, Any], *, base_class: str, snake_case: bool = False) -> tuple[str, str]:
    """Return imports and a pydantic model for each definition of a schema, as source not yet formatted.

    Args:
        schema: JSON Schema 2020-12.
        base_class: Full name of the class that the models inherit from.
        snake_case: Give fields Python names, with those of the schema as their aliases.
    """
    source = generate(
        json.dumps(schema),
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        base_class=base_class,
        formatters=[],
        disable_timestamp=True,
        field_extra_keys_without_x_prefix={"x-repr"},
        enum_field_as_literal=LiteralType.All,
        keep_model_order=True,
        skip_root_model=True,
        snake_case_field=snake_case,
        strict_refs=True,
        use_annotated=True,
        use_schema_description=True,
        use_single_line_docstring=True,
        use_standard_collections=True,
        use_union_operator=True,
        custom_file_header="\n",
    )
    assert isinstance(source, str)
    imports, classes = source.strip().split("\n\n\n", 1)
    return imports, classes
