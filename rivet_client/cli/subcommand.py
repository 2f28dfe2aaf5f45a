"""A subcommand: how its arguments are read, and how its errors are shown."""

from __future__ import annotations

import io
import re
import sys
import traceback
from collections.abc import Sequence
from itertools import islice
from typing import Any, TextIO

import click

from rivet_client._text import printable
from rivet_client.cli.logs import log_to_stderr
from rivet_client.cli.options import HelpInSections
from rivet_client.cli.output import complain, note
from rivet_client.cli.problems import CommandFailed, exit_code, explain
from rivet_client.cli.settings import Settings

__all__ = ["Subcommand"]

INTERRUPTED = 130

_NUMBER = re.compile(r"-\.?\d")


class Subcommand(HelpInSections):
    """A subcommand: a number below zero is an argument, not an option, and errors become messages.

    Args:
        examples: Command lines for the help.
        args, attrs: As for any command.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self._examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        if self._examples:
            with formatter.section("Examples"):
                formatter.write(
                    "".join(f"{' ' * formatter.current_indent}{line}\n" for line in self._examples)
                )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line, once options and arguments are apart."""
        with_value = {
            name
            for param in self.get_params(ctx)
            if isinstance(param, click.Option) and not param.is_flag and not param.count
            for name in param.opts
        }
        options: list[str] = []
        arguments: list[str] = []
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                arguments += rest
            elif not arg.startswith("-") or arg == "-" or _NUMBER.match(arg):
                arguments.append(arg)
            else:
                options.append(arg)
                if _wants_value(arg, with_value):
                    value = list(islice(rest, 1))
                    if not value:
                        return super().parse_args(ctx, options)  # which complains
                    options += value
        return super().parse_args(ctx, [*options, "--", *arguments])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand. An error is printed in two lines at most.

        Raises:
            click.exceptions.Exit: With the exit code, for whatever went wrong.
        """
        settings = ctx.ensure_object(Settings)
        log_to_stderr(settings.verbose)
        stdout: TextIO = sys.stdout
        if isinstance(stdout, io.TextIOWrapper):
            stdout.reconfigure(errors="backslashreplace")  # rather than fail where a character is missing
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except KeyboardInterrupt:
            note("interrupted")
            raise click.exceptions.Exit(INTERRUPTED) from None
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            message, hint = explain(error, settings.place)
            if settings.debug and not isinstance(error, CommandFailed):
                sys.stderr.write(printable("".join(traceback.format_exception(error)), keep="\n"))
            elif message:
                complain(message, hint)
            raise click.exceptions.Exit(exit_code(error)) from None


def _wants_value(arg: str, with_value: set[str]) -> bool:
    """Whether the value of an option is the next argument: `--key`, `-k`, `-vk`, but not `-kx` or `--key=x`."""
    if arg.startswith("--"):
        return arg in with_value
    *flags, last = (f"-{letter}" in with_value for letter in arg[1:])
    return last and not any(flags)
