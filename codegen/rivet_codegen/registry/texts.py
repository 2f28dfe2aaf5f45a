"""Doc comments → docstrings."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rivet_codegen.output.docstrings import WIDTH

__all__ = ["docstring", "paragraphs"]

_WHOLE_WORDS: Any = {"break_long_words": False, "break_on_hyphens": False}


def docstring(
    text: str, summary: str, sections: Mapping[str, Sequence[tuple[str, str]]] | None = None
) -> str:
    """Return a docstring in Google style.

    Args:
        text: What is said.
        summary: The first line, if the text has no first sentence that fits one.
        sections: What follows it: titles, and names with what is said about them.
    """
    first, rest = _split(text.strip())
    parts = [first or " ".join(summary.split()), paragraphs(rest)]
    for title, entries in (sections or {}).items():
        parts.append("\n".join([f"{title}:", *(_entry(name, said) for name, said in entries)]))
    return "\n\n".join(part for part in parts if part)


def paragraphs(text: str) -> str:
    """Return a text in lines that fit, as far as its words do, with its paragraphs and lists as they are."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join("\n".join(_lines(block)) for block in blocks)


def _split(text: str) -> tuple[str, str]:
    """Split off the first sentence; it is "" where that does not fit a line."""
    paragraph, _, _ = text.partition("\n\n")
    words = " ".join(paragraph.split())
    match = re.match(r"(.+?[.?!])(?=\s|$)", words)
    sentence = match[1] if match else f"{words}."
    if len(sentence) > WIDTH or not re.match(r"[^\W_]", sentence) or _is_structured(paragraph):
        return "", text
    rest = words[len(match[1]) :] if match else ""
    return sentence[0].upper() + sentence[1:], (rest + text[len(paragraph) :]).strip()


def _lines(block: str) -> list[str]:
    lines = block.splitlines() if _is_structured(block) else [" ".join(block.split())]
    return [part for line in lines for part in textwrap.wrap(line.strip(), WIDTH, **_WHOLE_WORDS)]


def _is_structured(block: str) -> bool:
    """Whether the lines of a paragraph must stay apart: those of a list, of code or of a table."""
    return re.search(r"^\s*([-*+•]\s|\d+[.)]\s|```|\|)", block, flags=re.MULTILINE) is not None


def _entry(name: str, said: str) -> str:
    text = " ".join(said.split())
    entry = f"{name}: {text[:1].upper()}{text[1:]}"
    return textwrap.fill(entry, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8, **_WHOLE_WORDS)
