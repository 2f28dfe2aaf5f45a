"""Text that may come from anybody, made fit to be shown: in errors, logs and on terminals. Imports: none."""

from __future__ import annotations

__all__ = ["one_line", "printable"]


def printable(text: str, *, keep: str = "") -> str:
    """Return a text with escapes for control characters, and for all else that steers a terminal or cannot be seen.

    Args:
        text: The text.
        keep: Characters that may stay.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one in keep else one.encode("unicode_escape").decode("ascii")
        for one in text
    )


def one_line(text: str, limit: int = 1000) -> str:
    """Return a text of the peer's as part of one line: nothing in it steers a terminal or forges a line of a log.

    Args:
        text: The text.
        limit: Most characters of it that are shown.
    """
    if len(text) > limit:
        text = f"{text[:limit]}... ({len(text)} characters)"
    return printable(text)
