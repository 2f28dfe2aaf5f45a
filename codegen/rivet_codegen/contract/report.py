"""Changes as people and programs read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rivet_codegen.contract.changes import Change, Place
from rivet_codegen.contract.rules import Level
from rivet_codegen.contract.wording import listed

__all__ = ["markdown", "record", "summary", "text_line"]

_HEADS: Final = {
    Level.BREAKING: "Breaks callers at run time",
    Level.TYPES: "Breaks type checks only",
    Level.COMPATIBLE: "Compatible",
}


def summary(changes: Sequence[Change]) -> str:
    """Return how many changes there are of each level."""
    if not changes:
        return "no changes"
    counts = Counter(change.level for change in changes)
    words = {
        Level.BREAKING: "break callers",
        Level.TYPES: "break type checks only",
        Level.COMPATIBLE: "compatible",
    }
    return ", ".join(f"{words[level]}: {counts[level]}" for level in sorted(Level, reverse=True))


def text_line(change: Change) -> str:
    """Return a change as one line."""
    subject, affected = _subject(change)
    used = f"; affects {listed(list(map(str, affected)))}" if affected else ""
    return f"{change.level.name.lower():<10} {change.rule:<31} {subject} {change.text}{used}"


def record(change: Change) -> dict[str, Any]:
    """Return a change as an object of JSON."""
    return {
        "level": change.level.name.lower(),
        "rule": change.rule,
        "type": change.type or None,
        "path": change.path,
        "text": change.text,
        "affected": [
            {
                "actor": it.actor,
                "kind": it.kind or "actor",
                "name": it.name or it.actor,
                "part": it.part or None,
            }
            for it in change.affected
        ],
    }


def markdown(changes: Sequence[Change], old: str, new: str) -> str:
    """Return all changes as a comment on a pull request.

    Args:
        changes: The changes.
        old: What was compared.
        new: What it was compared with.
    """
    parts = [f"## Contract: {_code(old)} → {_code(new)}", f"{summary(changes).capitalize()}."]
    for level in sorted(Level, reverse=True):
        rows = [change for change in changes if change.level is level]
        if rows:
            table = "\n".join(["| Rule | What changed | Affected |", "|---|---|---|", *map(_row, rows)])
            if level is Level.COMPATIBLE:  # folded, because it needs no attention
                parts.append(
                    f"<details><summary>{_HEADS[level]}: {len(rows)}</summary>\n\n{table}\n\n</details>"
                )
            else:
                parts.append(f"### {_HEADS[level]}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def _row(change: Change) -> str:
    subject, affected = _subject(change)
    used = ", ".join(_code(str(place)) for place in affected)
    return f"| `{change.rule}` | {_code(subject)} {_cell(change.text)} | {used} |"


def _subject(change: Change) -> tuple[str, tuple[Place, ...]]:
    """Return what has changed, and what else that affects."""
    if change.type:
        return f"{change.type}{change.path}", change.affected
    (place,) = change.affected
    return f"{place}{change.path}" if change.path[:1] != "." else f"{place} {change.path}", ()


def _code(text: str) -> str:
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{_cell(text)}{ticks}"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
