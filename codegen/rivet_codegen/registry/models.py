"""Definitions → datamodel-code-generator → models.py."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rivet_codegen.output.models import run_generator
from rivet_codegen.output.source import quoted
from rivet_codegen.output.templating import render
from rivet_codegen.registry.kinds import DEFINITION
from rivet_codegen.registry.schemas import SchemaConverter

__all__ = ["generated_models", "render_models"]


def render_models(converter: SchemaConverter, *, are_checked: bool) -> str:
    """Return the source of models.py, not yet formatted.

    Args:
        converter: It has the definitions.
        are_checked: Make pydantic models; else typed dicts.
    """
    imports, models = _models(converter, are_checked=are_checked) if converter.models else ("", "")
    # The annotations of classes are read late: the aliases can stand below the classes, where all that they mention is
    # defined. Typed dicts with keys that are no names are not classes, but calls. They stand last.
    blocks = re.split(r"\n\n\n+", models)
    calls = {block.partition(" ")[0]: block for block in blocks if re.match(r"\w+ = TypedDict\(", block)}
    classes = [block for block in blocks if block not in calls.values()]
    aliases = _aliases(converter, set(calls), are_checked=are_checked)
    names = sorted([*converter.models, *converter.aliases])
    return render(
        "registry/models.py.jinja",
        imports=imports,
        exports=json.dumps(names) if names else "",
        blocks=[*classes, *aliases, *calls.values()],
    )


def generated_models(models: Mapping[str, Any], fields: Mapping[str, str], *, are_checked: bool) -> str:
    """Return what the model generator makes of schemas, without any further change.

    Args:
        models: The schemas, by name.
        fields: Python names of fields that differ from their wire names, by `model.wire`.
        are_checked: See `render_models`.
    """
    return run_generator(
        models,
        "pydantic_v2.BaseModel" if are_checked else "typing.TypedDict",
        base_class="rivet_client.typed.Model" if are_checked else "",
        aliases=fields,
        strict_nullable=True,
        use_field_description=True,
        use_one_literal_as_default=are_checked,
        use_unique_items_as_set=True,
    )


def _models(converter: SchemaConverter, *, are_checked: bool) -> tuple[str, str]:
    """Return imports and models."""
    source = generated_models(converter.models, converter.fields, are_checked=are_checked)
    imports, models = source.strip().replace(DEFINITION, "").split("\n\n\n", 1)
    imports = imports.replace("from __future__ import annotations\n", "")
    # Before Python 3.12, pydantic can read only the TypedDict of `typing_extensions`.
    imports = re.sub(r"^(from typing import .*)\bTypedDict\b", r"\1Any", imports, flags=re.MULTILINE)
    # Models are built when they are first used. At the place of these calls, the aliases would be missing.
    return imports, re.sub(r"^\w+\.model_rebuild\(\)$", "", models, flags=re.MULTILINE)


def _aliases(converter: SchemaConverter, later: set[str], *, are_checked: bool) -> Iterator[str]:
    """Yield the declarations of the aliases. As far as possible, each stands below the aliases that it mentions.

    Args:
        converter: It has the aliases.
        later: The definitions that stand below the aliases.
        are_checked: Whether the aliases mention pydantic models, which need to know them by name.
    """
    waiting = dict(converter.aliases)
    while waiting:
        ready = (name for name, alias in waiting.items() if alias.refs.isdisjoint(waiting))
        name = next(ready, None) or next(iter(waiting))
        alias = waiting.pop(name)
        target = name
        if name in alias.refs:
            # pyright knows aliases that mention each other, but no alias that mentions itself.
            target = f"{name}_"
            yield f'{name} = TypeAliasType("{name}", "{target}")'
        if not alias.refs.isdisjoint(later | waiting.keys()):
            declaration = f'{target} = TypeAliasType("{target}", {alias.text!r})'
        elif are_checked or target != name:
            declaration = f'{target} = TypeAliasType("{target}", {alias.text})'
        else:  # pyright refuses cycles of a TypeAliasType with typed dicts
            declaration = f"{target}: TypeAlias = {alias.text}"
        yield f"{declaration}\n{quoted(alias.description, 0)}" if alias.description else declaration
