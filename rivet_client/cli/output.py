"""Printing: JSON lines for programs, colours and tables for people, and nothing that could steer a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

import click

from rivet_client._text import printable
from rivet_client.cli.json_values import to_plain

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "can_print",
    "complain",
    "console",
    "is_screen",
    "message_console",
    "note",
    "print_json",
    "print_table",
    "print_value",
    "until_reader_leaves",
]

MOST_COLOURED = 20_000
"""Characters of the longest text that is coloured: colours for a megabyte would take seconds."""
TABLE_WIDTH = 76
"""Columns of the narrowest terminal to which tables are fitted."""


def note(text: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(f"{printable(text, keep=chr(10))}\n")  # in one piece, as other threads may write, too
    sys.stderr.flush()


def is_screen(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which a line can be written again."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def complain(message: str, hint: str | None = None) -> None:
    """Write an error to standard error, and what to do about it."""
    colours = is_screen(sys.stderr) and not os.environ.get("NO_COLOR")
    start = "\x1b[31merror:\x1b[0m" if colours else "error:"
    print(start, printable(message, keep="\n").rstrip(), file=sys.stderr, flush=True)
    if hint:
        note(f"hint: {hint}")


@contextmanager
def until_reader_leaves() -> Generator[None]:
    """End the command well when the reader of standard output ends early, as `head` does.

    Raises:
        click.exceptions.Exit: With exit code 0.
    """
    try:
        yield
    except BrokenPipeError:
        # The interpreter flushes at its end, and must not fail then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(0) from None


def _json_line(value: Any) -> str:
    """Return a value as one line of JSON that standard output can carry."""
    plain = to_plain(value)
    text = _json_printable(json.dumps(plain, ensure_ascii=False, separators=(",", ":")))
    return text if can_print(text) else json.dumps(plain, separators=(",", ":"))


def can_print(text: str, stream: TextIO | None = None) -> bool:
    """Whether the encoding of a stream, standard output by default, has these characters."""
    try:
        text.encode((stream or sys.stdout).encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def print_json(value: Any) -> None:
    """Print one line of JSON, at once."""
    print(_json_line(value), flush=True)


def print_value(value: Any, *, for_people: bool, before: str = "") -> None:
    """Print one value: a line of JSON, or for people JSON in colours, over several lines if it is long.

    Args:
        value: The value.
        for_people: Whether people read it.
        before: Text that is printed before the value for people.
    """
    if not for_people:
        print_json(value)
        return
    from rich.highlighter import JSONHighlighter
    from rich.text import Text

    screen = console()
    text = json.dumps(to_plain(value), ensure_ascii=False)
    if len(before) + len(text) > screen.width:
        text = json.dumps(to_plain(value), ensure_ascii=False, indent=2)
    coloured = Text(_json_printable(text))
    if len(text) <= MOST_COLOURED:
        JSONHighlighter().highlight(coloured)
    screen.print(Text(before, style="dim"), coloured, sep="", soft_wrap=True)


def _json_printable(text: str) -> str:
    """Escape, as JSON does, what is not printable: such characters can only be inside strings."""
    if text.isprintable():
        return text
    return re.sub(r"[^ -~\n]", lambda one: one[0] if one[0].isprintable() else json.dumps(one[0])[1:-1], text)


def console() -> Console:
    """Return the terminal on standard output. It respects NO_COLOR."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


@cache
def message_console() -> Console:
    """Return the terminal on standard error. There is one for all, so that what is printed meets no step's line."""
    from rich.console import Console

    class Screen(Console):
        def show_cursor(self, show: bool = True) -> bool:
            return False  # a process that is killed would leave a terminal without a cursor

    return Screen(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Sequence[str] = ()) -> None:
    """Print a table; where the terminal is too narrow for it, the terminal breaks its lines.

    Args:
        columns: Headings.
        rows: A text for each column.
        whole: Columns that are never cut.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column in whole, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    screen = console()
    screen.width = max(screen.width, TABLE_WIDTH)
    screen.print(table)
