"""Docstrings in Google style, from what schemas and registries say about their types."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["docstring", "paragraphs"]

_WIDTH = 100  # so that indented text still fits a line of generated code
_WHOLE_WORDS: Any = {"break_long_words": False, "break_on_hyphens": False}


def docstring(
    text: str,
    summary: str = "",
    sections: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    *,
    width: int = _WIDTH,
) -> str:
    """Return a docstring: a sentence on a line of its own, more text below it, and then sections.

    Args:
        text: What is said.
        summary: The first line for a text that does not begin with a sentence which fits a line. Without a summary,
            the text has to.
        sections: The titles of sections, each with names and what is said about them. The name may be "".
        width: The length of a line that fits, in characters, without its indentation.

    Raises:
        ValueError: The first sentence of the text does not fit a line, and there is no summary.
    """
    text = text.strip()
    sentence, rest = _split(text)
    first = _as_first_line(sentence)
    is_long = len(first) > width
    if summary and (is_long or not _begins_with_prose(text)):
        first, rest = " ".join(summary.split()), text
    elif is_long:
        raise ValueError(f"the first sentence is longer than {width} characters: {sentence}")
    parts = [first, paragraphs(rest, width)]
    for title, entries in (sections or {}).items():
        parts.append("\n".join([f"{title}:", *(_entry(name, said, width) for name, said in entries)]))
    return "\n\n".join(part for part in parts if part)


def paragraphs(text: str, width: int = _WIDTH) -> str:
    """Return a text in lines that fit, as far as its words do; its paragraphs and lists stay as they are."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join("\n".join(_lines(block, width)) for block in blocks)


def _split(text: str) -> tuple[str, str]:
    """Return the first sentence and what follows it."""
    paragraph, _, _ = text.partition("\n\n")
    words = " ".join(paragraph.split())
    match = re.match(r".+?[.?!](?=\s|$)", words)
    sentence = match[0] if match else words
    return sentence, (words[len(sentence) :] + text[len(paragraph) :]).strip()


def _as_first_line(sentence: str) -> str:
    end = "" if not sentence or sentence[-1] in ".?!" else "."
    return sentence[:1].upper() + sentence[1:] + end


def _begins_with_prose(text: str) -> bool:
    paragraph, _, _ = text.partition("\n\n")
    return re.match(r"[^\W_]", paragraph) is not None and not _is_structured(paragraph)


def _lines(block: str, width: int) -> list[str]:
    lines = block.splitlines() if _is_structured(block) else [" ".join(block.split())]
    return [part for line in lines for part in textwrap.wrap(line.strip(), width, **_WHOLE_WORDS)]


def _is_structured(block: str) -> bool:
    """Whether the lines of a paragraph must stay apart: those of a list, of code or of a table."""
    return re.search(r"^\s*([-*+•]\s|\d+[.)]\s|```|\|)", block, flags=re.MULTILINE) is not None


def _entry(name: str, said: str, width: int) -> str:
    text = " ".join(said.split())
    entry = f"{name and f'{name}: '}{text[:1].upper()}{text[1:]}"
    indent = " " * (8 if name else 4)
    return textwrap.fill(entry, width, initial_indent=" " * 4, subsequent_indent=indent, **_WHOLE_WORDS)
