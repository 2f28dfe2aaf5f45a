"""Models that differ in names and texts only: the model generator makes one of them, and the others are cut from it.

In a registry of thousands of types, many are alike, and the model generator takes two milliseconds for each. It gets
patterns: schemas in which numbers stand for the names of definitions and for what is said about them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rivet_codegen.output.source import quoted
from rivet_codegen.registry.kinds import DEFINITION

__all__ = ["Patterns"]

_NAME = re.compile(rf"{DEFINITION}(\w+)")
_TEXT = re.compile(r'^    """ǂ(\d+)"""$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Model:
    """What a model has of its own.

    Attributes:
        pattern: The name of its pattern.
        names: The definitions that it mentions, by their number.
        texts: What is said about it and its fields, by number.
    """

    pattern: str
    names: list[str]
    texts: list[str]


class Patterns:
    """The patterns of some models.

    Args:
        models: Their schemas for the model generator, by name.
        fields: Python names of fields that differ from their wire names, by `model.wire`.

    Attributes:
        models, fields: The same of the patterns.
    """

    def __init__(self, models: Mapping[str, Any], fields: Mapping[str, str]) -> None:
        self.models: dict[str, Any] = {}
        self.fields: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._uses = {name: self._use(name, schema, fields) for name, schema in models.items()}

    def cut(self, blocks: Mapping[str, str]) -> dict[str, str]:
        """Return the sources of the models.

        Args:
            blocks: Those of the patterns, by name.
        """
        return {name: _filled(blocks[model.pattern], name, model) for name, model in self._uses.items()}

    def _use(self, name: str, schema: Any, fields: Mapping[str, str]) -> _Model:
        names: dict[str, int] = {}
        texts: list[str] = []

        def number(found: re.Match[str]) -> str:
            return f"{DEFINITION}{names.setdefault(found[1], len(names))}"

        def without_text(part: dict[str, Any]) -> dict[str, Any]:
            if "description" not in part:
                return part
            texts.append(part["description"])
            return {**part, "description": f"ǂ{len(texts) - 1}"}

        properties = {wire: without_text(field) for wire, field in schema["properties"].items()}
        renamed = {wire: fields[path] for wire in properties if (path := f"{name}.{wire}") in fields}
        bare = json.dumps([{**without_text(schema), "properties": properties}, renamed], ensure_ascii=False)
        key = _NAME.sub(number, bare)
        pattern = self._known.setdefault(key, f"Pattern{len(self._known)}ǂ")
        if pattern not in self.models:
            self.models[pattern], own = json.loads(key)
            self.fields.update({f"{pattern}.{wire}": python for wire, python in own.items()})
        return _Model(pattern, [*names], texts)


def _filled(block: str, name: str, model: _Model) -> str:
    """Return a pattern with the names and texts of a model."""
    block = block.replace(model.pattern, name)
    block = _NAME.sub(lambda found: model.names[int(found[1])], block)
    return _TEXT.sub(lambda found: f"    {quoted(model.texts[int(found[1])], 4)}", block)
