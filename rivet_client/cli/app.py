"""The command itself: its subcommands, loaded when they are asked for, and how it fails."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from rivet_client._version import __version__
from rivet_client.cli.options import HelpInSections, connection_options, output_options
from rivet_client.cli.output import complain, until_reader_leaves

__all__ = ["COMMANDS", "root"]

COMMANDS = {
    "doctor": "Check endpoint, namespace, token and pool; say what is wrong.",
    "actors": "List actors.",
    "call": "Call an action and print its result.",
    "send": "Send a message to a queue.",
    "listen": "Print events as they come.",
    "extract": "Read the types of a registry.ts into a registry document.",
    "generate": "Write a typed Python package for a registry.",
    "diff": "Tell what changed between two contracts, and whom that breaks.",
    "dev": "Run an engine and your registry.ts while you work on it.",
    "completion": "Print the completion script of a shell.",
}
"""Subcommands and their short help. The help stands here, so that `--help` does not have to load the subcommands."""


class Root(HelpInSections, click.Group):
    """The group of all subcommands."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read what stands before the subcommand, which may be `--help`."""
        with until_reader_leaves():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        with until_reader_leaves():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"rivet_client.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand of the command line, or say which one may have been meant."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(COMMANDS)}"
            ctx.fail(f"no such command {args[0]!r}; {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and exit. An error is printed in two lines at most."""
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else prog_name
            complain(_in_one_line(error), f"try `{path} --help`")
            code = error.exit_code
        except click.exceptions.Abort:
            code = 130
        except OSError as error:  # from printing here, for example the help
            complain(str(error))
            code = 1
        sys.exit(code)


def _in_one_line(error: click.UsageError) -> str:
    """The text of an error of click, as the other errors are written."""
    text = re.sub(r"\s*\n\s*", " ", error.format_message()).removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Options can also follow the command. A token of yours is never an option: set RIVET_TOKEN, or name another "
    "variable with --token-env.",
)
@click.version_option(__version__, message="rivet-client %(version)s")
@connection_options()
@output_options
@click.pass_context
def root(ctx: click.Context) -> None:
    """Call Rivet Actors from a terminal, and generate typed Python for them."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)
