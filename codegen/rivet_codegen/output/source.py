"""Pieces of Python source: texts as literals and docstrings, names as `__all__`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

__all__ = ["exports", "literal", "quoted"]


def exports(names: Iterable[str]) -> str:
    """Return the declaration of `__all__`."""
    return f"__all__ = [{', '.join(repr(name) for name in sorted(names))}]\n"


def literal(text: str) -> str:
    """Return a text as Python, in double quotes."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def quoted(text: str, indent: int) -> str:
    """Return a docstring as Python.

    Args:
        text: What it says.
        indent: How far in it stands.
    """
    text = textwrap.indent(text.replace('"""', "'''"), " " * indent).lstrip()
    mark = "r" if "\\" in text else ""
    end = f"\n{' ' * indent}" if "\n" in text or text[-1] in '"\\' else ""
    return f'{mark}"""{text}{end}"""'
