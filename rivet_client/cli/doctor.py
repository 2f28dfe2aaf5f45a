"""`rivet-client doctor`: is everything there that a call needs?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click

from rivet_client._text import one_line
from rivet_client.cli.checks import Check, examine
from rivet_client.cli.options import connection_options, output_options
from rivet_client.cli.output import can_print, console, print_json
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand

__all__ = ["command"]

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red"), "unknown": ("?", "dim")}
_NAME = 9
"""Columns of the longest name of a check."""
_INDENT = len("✓ ") + _NAME + len("  ")
_WIDEST = 100
_ALL_IS_WELL = "All is well. Next: `rivet-client actors`, or `rivet-client call --help`."


@click.command("doctor", cls=Subcommand)
@connection_options(timeout="Longest wait for one answer, in seconds [default: 5].")
@click.option(
    "--package", metavar="NAME", help="A typed package: compare its actors with those that the engine lists."
)
@output_options
@click.pass_obj
def command(settings: Settings, package: str | None) -> None:
    """Look at everything a call needs, and say what is wrong and what to do.

    Nothing is changed, and no actor is created or woken. The exit code is 1 if something is wrong.
    """
    checks = list(_shown(examine(settings, package), for_people=settings.for_people))
    problems = [check for check in checks if check.state == "problem"]
    if settings.for_people:
        _print_next_step(checks, problems)
    if problems:
        raise CommandFailed()


def _shown(checks: Iterable[Check], *, for_people: bool) -> Iterator[Check]:
    """Print each check as it is done, and pass it on."""
    for check in checks:
        if for_people:
            _print(check)
        else:
            print_json(asdict(check))
        yield check


def _print(check: Check) -> None:
    from rich.text import Text

    mark, style = _MARKS[check.state]
    screen = console()
    first, *others = _lines(check.text)
    shown = mark if can_print(mark) else check.state[0]
    screen.print(Text(shown, style), f"{check.name:{_NAME}}  {first}", soft_wrap=True)
    for line in others:
        screen.print(f"{'':{_INDENT}}{line}", soft_wrap=True)
    if check.advice:
        for line in _lines(check.advice, "→ " if can_print("→") else "-> "):
            screen.print(f"{'':{_INDENT}}", Text(line, "bold"), sep="", soft_wrap=True)


def _lines(text: str, start: str = "", indent: int = _INDENT) -> list[str]:
    """Break a text into the lines of a column that begins after `indent` others, and leave URLs whole."""
    return textwrap.wrap(
        one_line(text),
        max(min(console().width, _WIDEST) - indent, _INDENT),
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _print_next_step(checks: list[Check], problems: list[Check]) -> None:
    """Print the last line: what to do now."""
    if problems:
        wrong = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        names = ", ".join(check.name for check in problems)
        text = f"{wrong}: {names}. Do as it says, then run `rivet-client doctor` again."
    elif odd := [check.name for check in checks if check.state != "ok"]:
        text = f"No problem, but look at: {', '.join(odd)}."
    else:
        text = _ALL_IS_WELL
    for line in _lines(text, indent=0):
        console().print(line, soft_wrap=True)
