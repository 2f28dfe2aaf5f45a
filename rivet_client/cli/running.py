"""Running a subcommand: logs, errors in two lines, Ctrl-C, and readers that leave early."""

from __future__ import annotations

import io
import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from rivet_client._text import printable
from rivet_client.cli.options import Settings
from rivet_client.cli.output import complain, note
from rivet_client.cli.problems import Failure, exit_code, explain

__all__ = ["run", "show_connections"]

INTERRUPTED = 130


def run(command: Callable[[], Any], ctx: click.Context) -> Any:
    """Run a subcommand.

    Raises:
        click.exceptions.Exit: With the exit code, for whatever went wrong.
    """
    settings = ctx.ensure_object(Settings)
    _log_to_stderr(settings.verbose)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # rather than fail where a character is missing
    try:
        result = command()
        sys.stdout.flush()
        return result
    except BrokenPipeError:
        # The reader has had enough, as `head` does. What the interpreter flushes at its end must go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(0) from None
    except KeyboardInterrupt:
        note("interrupted")
        raise click.exceptions.Exit(INTERRUPTED) from None
    except (click.ClickException, click.exceptions.Exit):
        raise
    except Exception as error:
        message, hint = explain(error)
        if settings.debug and not isinstance(error, Failure):
            sys.stderr.write(printable("".join(traceback.format_exception(error)), keep="\n"))
        elif message:
            complain(message, hint)
        raise click.exceptions.Exit(exit_code(error)) from None


class _Printable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), keep="\n")


def _log_to_stderr(verbose: int) -> None:
    """Show what is repeated, and with `-v` more, so that nobody waits without knowing why."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(asctime)s %(name)s: %(message)s" if verbose else "%(message)s"))
    logger = logging.getLogger("rivet_client")
    logger.handlers[:] = [handler]
    logger.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    logger.propagate = False
    if not verbose:
        # Pauses before a request is repeated, and nothing about connections.
        logging.getLogger("rivet_client.requests").setLevel(logging.INFO)
        logging.getLogger("rivet_client.connections").setLevel(logging.CRITICAL)


def show_connections() -> None:
    """Show what happens to connections, too."""
    logger = logging.getLogger("rivet_client.connections")
    if logger.level:
        logger.setLevel(logging.INFO)
        # The error with which a connection gives up is the command's own.
        logger.addFilter(lambda record: record.levelno < logging.ERROR)
