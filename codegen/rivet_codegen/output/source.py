"""Texts as they stand in Python source."""

from __future__ import annotations

import json
import textwrap

__all__ = ["literal", "quoted"]


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
