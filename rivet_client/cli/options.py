"""The options that all subcommands share: they may stand before and after the subcommand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from rivet_client.cli.json_values import read_json
from rivet_client.cli.settings import Settings
from rivet_client.config import ENCODINGS

__all__ = ["HelpInSections", "connection_options", "log_options", "output_options"]

F = TypeVar("F", bound=Callable[..., Any])
Reader = Callable[[click.Context, click.Parameter, Any], Any]


class _Shared(click.Option):
    """An option that is kept in `Settings`, and shown in a section of its own."""

    def __init__(self, *args: Any, section: str, read: Reader | None = None, **attrs: Any) -> None:
        super().__init__(*args, expose_value=False, callback=self._remember, **attrs)
        self.section = section
        self._read = read

    def _remember(self, ctx: click.Context, param: click.Parameter, value: Any) -> None:
        settings = ctx.ensure_object(Settings)
        assert self.name is not None
        # An option that is left out here may have stood before the command.
        if ctx.get_parameter_source(self.name) is not click.core.ParameterSource.DEFAULT:
            setattr(settings, self.name, self._read(ctx, param, value) if self._read else value)


def _options(section: str, *options: tuple[tuple[str, ...], dict[str, Any]]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for names, attrs in reversed(options):
            function = click.option(*names, cls=_Shared, section=section, **attrs)(function)
        return function

    return decorate


def connection_options(*, timeout: str = "Deadline of a call, in seconds [default: 60].") -> Callable[[F], F]:
    """Add the options that say where the engine is and how to speak to it.

    Args:
        timeout: What `--timeout` means for the command.
    """
    return _options(
        "Connection",
        (
            ("--endpoint",),
            {
                "metavar": "URL",
                "help": "Where the engine is [RIVET_ENDPOINT; default: http://localhost:6420].",
            },
        ),
        (("--namespace",), {"metavar": "NAME", "help": "[RIVET_NAMESPACE; default: default]"}),
        (("--pool",), {"metavar": "NAME", "help": "Pool of new actors [RIVET_POOL; default: default]."}),
        (
            ("--token-env",),
            {"metavar": "NAME", "help": "The variable that holds the token [default: RIVET_TOKEN]."},
        ),
        (("--params",), {"read": read_json, "metavar": "JSON", "help": "Connection parameters."}),
        (("--encoding",), {"type": click.Choice(ENCODINGS), "help": "How values travel [default: bare]."}),
        (
            ("--protocol-version",),
            {
                "type": int,
                "metavar": "N",
                "help": "[RIVET_PROTOCOL_VERSION; default: the newest that both sides know]",
            },
        ),
        (("--timeout",), {"type": float, "metavar": "SECONDS", "help": timeout}),
    )


def output_options(function: F, *, forms: Sequence[str] = ("text", "json")) -> F:
    """Add the options that say what the command writes.

    Args:
        function: The command.
        forms: What `--format` may be.
    """
    add = _options(
        "Output",
        (
            ("--format",),
            {
                "type": click.Choice(forms),
                "metavar": "FORMAT",
                "help": f"{', '.join(forms[:-1])} or {forms[-1]} [default: text on a terminal, else json].",
            },
        ),
        (
            ("--json", "format"),
            {"is_flag": True, "flag_value": "json", "help": "JSON lines: short for --format json."},
        ),
    )
    return add(log_options("Log to standard error; -vv logs every request.")(function))


def log_options(verbose: str) -> Callable[[F], F]:
    """Add the options that say what is told besides.

    Args:
        verbose: What `--verbose` means for the command.
    """
    return _options(
        "Output",
        (("-v", "--verbose"), {"count": True, "help": verbose}),
        (("--debug",), {"is_flag": True, "help": "Show the traceback of an error."}),
    )


class HelpInSections(click.Command):
    """A command whose help shows the shared options apart from its own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section; those of a group stand after its commands."""
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        for section, records in sections.items():
            if records:
                with formatter.section(section):
                    formatter.write_dl(records)
