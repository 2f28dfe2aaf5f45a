"""Documentation in schemas → docstrings in Google style."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

__all__ = ["WIDTH", "describe", "prose"]

WIDTH = 100
"""So that indented text still fits a line of generated code."""


def prose(text: str) -> str:
    """Return text with its first sentence on a line, and the rest in a paragraph of its own.

    Raises:
        ValueError: The first sentence does not fit a line.
    """
    summary, stop, rest = text.partition(". ")
    if len(summary) > WIDTH:
        raise ValueError(f"the first sentence is longer than {WIDTH} characters: {summary}")
    return f"{summary}.\n\n{textwrap.fill(rest, WIDTH)}" if stop else summary


def describe(text: str, fields: Mapping[str, str]) -> str:
    """Return the docstring of a class.

    Args:
        text: What is said about the class.
        fields: What is said about its fields, by name.

    Raises:
        ValueError: See `prose`.
    """
    if not fields:
        return prose(text)
    lines = (
        textwrap.fill(f"{name}: {said}", WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8)
        for name, said in fields.items()
    )
    return "\n".join([prose(text), "", "Attributes:", *lines])
