"""Definitions → datamodel-code-generator → the module of the models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rivet_codegen.output.models import DataModelType, run_generator
from rivet_codegen.output.source import quoted
from rivet_codegen.registry.kinds import DEFINITION
from rivet_codegen.registry.schemas import Schemas

__all__ = ["generated_models", "models_source"]

# ruff drops what is not needed.
_IMPORTS = """
from typing import Annotated, Any, Literal, TypeAlias
from typing_extensions import TypeAliasType, TypedDict
from rivet_client.typed import (
    AsArrayBuffer, AsBigInt, AsMap, AsSet, AwareDatetime, Exact, Fixed, JsonValue, Model, NoneAsUndefined, Omittable,
    OneOf, Open
)
"""


def models_source(schemas: Schemas, *, are_checked: bool) -> str:
    """Return the source of models.py, not yet formatted.

    Args:
        schemas: What to make models of.
        are_checked: Make pydantic models; else typed dicts.
    """
    names = sorted([*schemas.models, *schemas.aliases])
    imports, models = _models(schemas, are_checked=are_checked) if schemas.models else ("", "")
    # The annotations of classes are read late: aliases can follow, when all they speak of is there. Typed dicts whose
    # keys are no names are no classes; they go last.
    blocks = re.split(r"\n\n\n+", models)
    calls = {block.partition(" ")[0]: block for block in blocks if re.match(r"\w+ = TypedDict\(", block)}
    classes = [block for block in blocks if block not in calls.values()]
    body = [*classes, *_aliases(schemas, set(calls), are_checked=are_checked), *calls.values()]
    # Fields of a typed dict cannot be renamed, and ruff thinks little of these names.
    ambiguous = re.search(r"^    [lOI]: ", models, re.MULTILINE)
    head = [
        "# ruff: noqa: E741" if ambiguous else "",
        '"""The values that the actors take and give."""',
        "from __future__ import annotations",
        imports + _IMPORTS,
        f"__all__ = {json.dumps(names)}" if names else "__all__: list[str] = []",
    ]
    return "\n\n".join(part for part in head + body if part) + "\n"


def generated_models(models: Mapping[str, Any], fields: Mapping[str, str], *, are_checked: bool) -> str:
    """Return what the model generator makes of schemas, and nothing else does to them.

    Args:
        models: The schemas, by name.
        fields: Names of fields in Python, by `model.wire`, where they differ.
        are_checked: See `models_source`.
    """
    return run_generator(
        models,
        output_model_type=DataModelType.PydanticV2BaseModel if are_checked else DataModelType.TypingTypedDict,
        base_class="rivet_client.typed.Model" if are_checked else "",
        aliases=fields,
        strict_nullable=True,
        use_field_description=True,
        use_one_literal_as_default=are_checked,
        use_unique_items_as_set=True,
    )


def _models(schemas: Schemas, *, are_checked: bool) -> tuple[str, str]:
    """Return imports and models."""
    source = generated_models(schemas.models, schemas.fields, are_checked=are_checked)
    imports, models = source.strip().replace(DEFINITION, "").split("\n\n\n", 1)
    imports = imports.replace("from __future__ import annotations\n", "")
    # pydantic, which gives what is sent its JavaScript kinds, cannot read that of `typing` before Python 3.12.
    imports = re.sub(r"^(from typing import .*)\bTypedDict\b", r"\1Any", imports, flags=re.MULTILINE)
    # Models are built when they are first used; now the aliases would be missing.
    return imports, re.sub(r"^\w+\.model_rebuild\(\)$", "", models, flags=re.MULTILINE)


def _aliases(schemas: Schemas, later: set[str], *, are_checked: bool) -> Iterator[str]:
    """Declare the aliases, each after those that it speaks of, as far as can be.

    Args:
        schemas: Where they are.
        later: What is defined only after them.
        are_checked: Whether they speak of pydantic models, which need to know them by name.
    """
    waiting = dict(schemas.aliases)
    while waiting:
        ready = (name for name, alias in waiting.items() if alias.refs.isdisjoint(waiting))
        name = next(ready, None) or next(iter(waiting))
        alias = waiting.pop(name)
        target = name
        if name in alias.refs:
            # pyright knows aliases that speak of each other, but none that speaks of itself.
            target = f"{name}_"
            yield f'{name} = TypeAliasType("{name}", "{target}")'
        if not alias.refs.isdisjoint(later | waiting.keys()):
            declaration = f'{target} = TypeAliasType("{target}", {alias.text!r})'
        elif are_checked or target != name:
            declaration = f'{target} = TypeAliasType("{target}", {alias.text})'
        else:  # pyright knows no cycles of the others with typed dicts
            declaration = f"{target}: TypeAlias = {alias.text}"
        yield f"{declaration}\n{quoted(alias.description, 0)}" if alias.description else declaration
