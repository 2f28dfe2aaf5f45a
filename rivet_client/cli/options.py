"""What all subcommands share: options that may stand before and after the command, and how arguments are read."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rivet_client.cli.output import note
from rivet_client.cli.values import read_json
from rivet_client.config import ENCODINGS

if TYPE_CHECKING:
    from rivet_client import Client

__all__ = ["Command", "HelpInSections", "Settings", "connection_options", "output_options"]

F = TypeVar("F", bound=Callable[..., Any])
Reader = Callable[[click.Context, click.Parameter, Any], Any]

REACH_TIMEOUT = 5.0
"""How long a command waits for an endpoint where nothing listens, in seconds: it may just be starting."""

_NUMBER = re.compile(r"-\.?\d")


@dataclass
class Settings:
    """The shared options of one command line; None where one is not given."""

    endpoint: str | None = None
    namespace: str | None = None
    pool: str | None = None
    token_env: str | None = None
    params: Any = None
    encoding: str = "bare"
    timeout: float | None = None
    json: bool = False
    debug: bool = False
    verbose: int = 0

    @property
    def for_people(self) -> bool:
        """Whether output is for a terminal, else JSON lines."""
        return not self.json and sys.stdout.isatty()

    @property
    def token(self) -> str | None:
        """The token that `--token-env` names; None leaves it to the client.

        Raises:
            click.UsageError: There is no such variable.
        """
        if self.token_env is None:
            return None
        token = os.environ.get(self.token_env)
        if not token:
            raise click.UsageError(f"--token-env: the environment variable {self.token_env} is not set")
        return token

    def client_settings(self) -> dict[str, Any]:
        """Return the client's arguments."""
        return {
            "endpoint": self.endpoint,
            "namespace": self.namespace,
            "pool_name": self.pool,
            "token": self.token,
            "encoding": self.encoding,
        }

    def client(self) -> Client:
        """Return a client with these settings."""
        from rivet_client import Client

        if self.endpoint is not None and re.match(r"\w+://[^/@]*:[^/@]*@", self.endpoint):
            note("note: the token in --endpoint is in the shell's history now; better set RIVET_TOKEN")
        return Client(**self.client_settings())

    @property
    def patience(self) -> float:
        """How long to wait for the engine where `--timeout` is about what the actor does, in seconds."""
        return max(REACH_TIMEOUT, self.timeout or 0.0)

    def reach(self, client: Client, timeout: float | None = None) -> None:
        """Have the client ask where the engine is.

        By itself it goes on asking for as long as its call may take, which is too long to look at.

        Args:
            client: The client.
            timeout: How long it may ask, in seconds, in place of `--timeout`.
        """
        if timeout is None:
            timeout = REACH_TIMEOUT if self.timeout is None else self.timeout
        client.engine.metadata_get(timeout=timeout)


class _Shared(click.Option):
    """An option that is kept in `Settings`, and shown in a section of its own."""

    def __init__(self, *args: Any, section: str, read: Reader | None = None, **attrs: Any) -> None:
        super().__init__(*args, expose_value=False, callback=self._remember, **attrs)
        self.section = section
        self._read = read

    def _remember(self, ctx: click.Context, param: click.Parameter, value: Any) -> None:
        settings = ctx.ensure_object(Settings)
        assert self.name is not None
        # Where an option is left out, what stood before the command holds.
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
        (("--timeout",), {"type": float, "metavar": "SECONDS", "help": timeout}),
    )


output_options = _options(
    "Output",
    (("--json",), {"is_flag": True, "help": "JSON lines, as when standard output is not a terminal."}),
    (("-v", "--verbose"), {"count": True, "help": "Log to standard error; -vv logs every request."}),
    (("--debug",), {"is_flag": True, "help": "Show the traceback of an error."}),
)


class HelpInSections(click.Command):
    """A command whose help shows the shared options apart from its own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        for section, records in sections.items():
            if records:
                with formatter.section(section):
                    formatter.write_dl(records)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class Command(HelpInSections):
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
            with formatter.section("Examples"), formatter.indentation():
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
        """Run the command.

        Raises:
            click.exceptions.Exit: With the exit code, whatever happened.
        """
        from rivet_client.cli.running import run

        return run(lambda: super(Command, self).invoke(ctx), ctx)


def _wants_value(arg: str, with_value: set[str]) -> bool:
    """Whether the value of an option is the next argument: `--key`, `-k`, `-vk`, but not `-kx` or `--key=x`."""
    if arg.startswith("--"):
        return arg in with_value
    *flags, last = (f"-{letter}" in with_value for letter in arg[1:])
    return last and not any(flags)
