"""Definitions → datamodel-code-generator → the modules of the models."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rivet_codegen.output.models import run_generator
from rivet_codegen.output.source import quoted
from rivet_codegen.output.templating import render
from rivet_codegen.registry.kinds import DEFINITION, shown
from rivet_codegen.registry.patterns import Patterns
from rivet_codegen.registry.schemas import Alias, SchemaConverter

__all__ = ["ModelModules", "generated_models"]

_KEY = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_ITEM = re.compile(rf"^( +(?:{_KEY}): )(.*{DEFINITION}.*),$", re.MULTILINE)
"""A key of a typed dict that is a call, and an annotation that mentions a definition."""


class ModelModules:
    """The modules of the models.

    Args:
        converter: It has the definitions.
        are_checked: Make pydantic models; else typed dicts.
    """

    def __init__(self, converter: SchemaConverter, *, are_checked: bool) -> None:
        self._converter = converter
        self._are_checked = are_checked
        self._imports, self._models = (
            _models(converter, are_checked=are_checked) if converter.models else ("", {})
        )
        self._mentions = dict(converter.mentions)
        if are_checked:
            aliases = {name: alias.kind for name, alias in converter.aliases.items()}
            for name, fields in converter.members.items():
                self._models[name] += f"\n{fields.text(aliases)}"
                self._mentions[name] = converter.mentions[name] | fields.refs(aliases)

    def render(self, names: Collection[str], **context: object) -> str:
        """Return the source of a module, not yet formatted.

        Args:
            names: The definitions that stand in the module.
            context: What else the template reads.
        """
        # The annotations of classes are read late: the aliases can stand below the classes, where all that they mention
        # is defined. Typed dicts with keys that are no names are not classes, but calls. They stand last.
        own = sorted(names)
        models = {name: self._models[name] for name in own if name in self._models}
        calls = {name: text for name, text in models.items() if not text.startswith("class ")}
        classes = [text for name, text in models.items() if name not in calls]
        aliases = {name: self._converter.aliases[name] for name in own if name in self._converter.aliases}
        blocks = [self._converter.enums[name].text for name in own if name in self._converter.enums]
        blocks += [*classes, *_aliases(aliases, set(calls), are_checked=self._are_checked), *calls.values()]
        used = set().union(*(self._mentions[name] for name in names))
        return render(
            "registry/models.py.jinja",
            imports=self._imports,
            blocks=blocks,
            shared=sorted(used - {*names}),
            **context,
        )


def generated_models(models: Mapping[str, Any], fields: Mapping[str, str], *, are_checked: bool) -> str:
    """Return what the model generator makes of schemas, without any further change.

    Args:
        models: The schemas, by name.
        fields: Python names of fields that differ from their wire names, by `model.wire`.
        are_checked: See `ModelModules`.
    """
    return run_generator(
        models,
        "pydantic_v2.BaseModel" if are_checked else "typing.TypedDict",
        base_class="rivet_client.typed.Model" if are_checked else "",
        custom_class_name_generator=str,  # it would leave out underscores, which tell names apart
        aliases=fields,
        strict_nullable=True,
        use_field_description=True,
        use_one_literal_as_default=are_checked,
        use_unique_items_as_set=True,
    )


def _models(converter: SchemaConverter, *, are_checked: bool) -> tuple[str, dict[str, str]]:
    """Return imports, and the models by their names."""
    patterns = Patterns(converter.models, converter.fields)
    source = generated_models(patterns.models, patterns.fields, are_checked=are_checked)
    imports, models = source.strip().split("\n\n\n", 1)
    imports = imports.replace("from __future__ import annotations\n", "")
    # Before Python 3.12, pydantic can read only the TypedDict of `typing_extensions`.
    imports = re.sub(r"^(from typing import .*)\bTypedDict\b", r"\1Any", imports, flags=re.MULTILINE)
    starts = [*re.finditer(r"^(?:class )?(\w+)(?:\(| = TypedDict\()", models, flags=re.MULTILINE)]
    ends = [start.start() for start in starts[1:]] + [len(models)]
    blocks = {start[1]: models[start.start() : end].strip() for start, end in zip(starts, ends, strict=True)}
    for name, block in blocks.items():
        if not block.startswith("class "):  # what a call mentions may stand below it
            blocks[name] = _ITEM.sub(lambda item: f"{item[1]}{item[2]!r},", block)
    return imports, {name: shown(text) for name, text in patterns.cut(blocks).items()}


def _aliases(aliases: Mapping[str, Alias], later: set[str], *, are_checked: bool) -> Iterator[str]:
    """Yield the declarations of aliases. As far as possible, each stands below the aliases that it mentions.

    Args:
        aliases: The aliases, by name.
        later: The definitions that stand below the aliases.
        are_checked: Whether the aliases mention pydantic models, which need to know them by name.
    """
    declared: set[str] = set()
    for name in _mentioned_first({name: alias.refs for name, alias in aliases.items()}):
        alias = aliases[name]
        declared.add(name)
        target = name
        if name in alias.refs:
            # pyright knows aliases that mention each other, but no alias that mentions itself.
            target = f"{name}_"
            yield f'{name} = TypeAliasType("{name}", "{target}")'
        if any(ref in later or (ref in aliases and ref not in declared) for ref in alias.refs):
            declaration = f'{target} = TypeAliasType("{target}", {alias.text!r})'
        elif are_checked or target != name:
            declaration = f'{target} = TypeAliasType("{target}", {alias.text})'
        else:  # pyright refuses cycles of a TypeAliasType with typed dicts
            declaration = f"{target}: TypeAlias = {alias.text}"
        yield f"{declaration}\n{quoted(alias.description, 0)}" if alias.description else declaration


def _mentioned_first(mentions: Mapping[str, set[str]]) -> list[str]:
    """Return names in an order in which each stands behind those that it mentions, but for circles."""
    order: dict[str, None] = {}
    for start in mentions:
        path = [start]
        seen = {start}
        while path:
            name = path[-1]
            waiting = sorted(
                ref for ref in mentions[name] if ref in mentions and ref not in order and ref not in seen
            )
            if waiting:
                path.append(waiting[0])
                seen.add(waiting[0])
            else:
                order[path.pop()] = None
    return [*order]
