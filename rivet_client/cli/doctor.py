"""`rivet-client doctor`: is everything there that a call needs?"""

from __future__ import annotations

from collections.abc import Iterable
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
    problems = 0
    for check in _shown(examine(settings, package), for_people=settings.for_people):
        problems += check.state == "problem"
    if problems:
        raise CommandFailed()


def _shown(checks: Iterable[Check], *, for_people: bool) -> Iterable[Check]:
    """Print each check as it is done, and pass it on."""
    for check in checks:
        if for_people:
            _print(check)
        else:
            print_json(asdict(check))
        yield check


def _print(check: Check) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    mark, style = _MARKS[check.state]
    screen = console()
    row = Table.grid(padding=(0, 1))
    row.add_column(width=1)
    row.add_column(width=9)
    row.add_column(overflow="fold")
    row.add_row(
        Text(mark if can_print(mark) else check.state[0], style=style),
        check.name,
        Text(one_line(check.text)),
    )
    screen.print(row)
    if check.advice:
        arrow = "→" if can_print("→") else "->"
        screen.print(Padding(Text(f"{arrow} {one_line(check.advice)}", style="bold"), (0, 0, 0, 13)))
