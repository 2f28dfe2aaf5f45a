"""Texts as they stand in Python source."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

__all__ = ["imported", "literal", "quoted"]

_LINE = 88
"""The length of a line that ruff's default rules break no further, in characters."""


def literal(text: str) -> str:
    """Return a text as a literal in double quotes."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def quoted(docstring: str, indent: int) -> str:
    """Return a docstring in its quotes.

    Args:
        docstring: What it says.
        indent: How many spaces stand before it.
    """
    text = textwrap.indent(docstring.replace('"""', "'''"), " " * indent).lstrip()
    mark = "r" if "\\" in text else ""
    end = f"\n{' ' * indent}" if "\n" in text or text[-1] in '"\\' else ""
    return f'{mark}"""{text}{end}"""'


def imported(names: Sequence[str], home: str, indent: int) -> str:
    """Return the statement that imports names, broken into lines as every configuration of ruff has it.

    Args:
        names: The names.
        home: The module that has them.
        indent: How many spaces stand before the statement.
    """
    line = f"from {home} import {', '.join(names)}"
    if indent + len(line) <= _LINE:
        return line
    return "\n".join(
        [f"from {home} import (", *(f"{' ' * indent}    {name}," for name in names), f"{' ' * indent})"]
    )
