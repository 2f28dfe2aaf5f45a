"""`rivet-client extract`: from a registry.ts to a registry document."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from rivet_client.cli.options import output_options
from rivet_client.cli.output import note
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.progress import step
from rivet_client.cli.subcommand import Subcommand

__all__ = ["Reading", "command", "extract_options", "read_registry", "show_diagnostics"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Reading:
    """How a registry is read, and what is refused of what was read.

    Attributes:
        tsconfig: The configuration in place of the nearest one.
        export: The name of the registry's export.
        strict: Whether warnings are refused.
        allow_errors: Whether errors are accepted.
        no_cache: Whether the registry is read though nothing has changed.
    """

    tsconfig: Path | None = None
    export: str | None = None
    strict: bool = False
    allow_errors: bool = False
    no_cache: bool = False


def extract_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of reading a registry.ts. The function gets them as `reading`."""
    options = (
        click.option("--tsconfig", type=_FILE, metavar="FILE", help="In place of the nearest tsconfig.json."),
        click.option("--export", metavar="NAME", help="The registry's export, where there are several."),
        click.option("--strict", is_flag=True, help="Fail on warnings, too: no type, no compilation."),
        click.option("--allow-errors", is_flag=True, help="Write what can be read, though there are errors."),
        click.option("--no-cache", is_flag=True, help="Read the registry even if nothing has changed."),
    )

    @functools.wraps(function)
    def with_reading(
        *,
        tsconfig: Path | None,
        export: str | None,
        strict: bool,
        allow_errors: bool,
        no_cache: bool,
        **others: Any,
    ) -> Any:
        if strict and allow_errors:
            raise click.UsageError("--strict and --allow-errors contradict each other")
        return function(reading=Reading(tsconfig, export, strict, allow_errors, no_cache), **others)

    command: Callable[..., Any] = with_reading
    for option in reversed(options):
        command = option(command)
    return command


@click.command(
    "extract",
    cls=Subcommand,
    examples=("rivet-client extract src/registry.ts -o registry.json",),
)
@click.argument("source", metavar="REGISTRY.TS", type=_FILE)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it [default: standard output].",
)
@extract_options
@output_options
def command(source: Path, output: Path | None, reading: Reading) -> None:
    """Read the types of the actors of a registry.ts and write them as a registry document (JSON).

    No code of yours is run. What cannot be told in types becomes "any", and a line on standard error names the place.
    """
    document = read_registry(source, reading)
    from rivet_codegen.extraction.extract import to_json

    text = to_json(document)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CommandFailed(f"cannot write {output}: {error.strerror}") from error
    note(f"wrote {output}")


def read_registry(source: Path, reading: Reading) -> dict[str, Any]:
    """Extract a registry document and show its diagnostics.

    Raises:
        CommandFailed: The file cannot be read, or what was read is refused.
    """
    from rivet_codegen.extraction.extract import ExtractError, extract

    try:
        with step(f"reading {source}") as read:
            document = extract(
                source,
                tsconfig=reading.tsconfig,
                export=reading.export,
                cache=not reading.no_cache,
                say=read.say,
            )
    except ExtractError as error:
        raise CommandFailed(str(error)) from error
    note(f"read {source} in {read.took}: {_summary(document)}")
    show_diagnostics(document, reading)
    return document


def show_diagnostics(document: Mapping[str, Any], reading: Reading) -> None:
    """Print the diagnostics of a document.

    Raises:
        CommandFailed: There are errors that are not allowed, or warnings, and `--strict` was given.
    """
    diagnostics = document.get("diagnostics", [])
    for one in diagnostics:
        note(f"{one['severity']} {one['code']} {one['path']}: {one['message']}")
    found = Counter(one["severity"] for one in diagnostics)
    if reading.strict and (found["error"] or found["warning"]):
        counts = f"errors: {found['error']}, warnings: {found['warning']}"
        raise CommandFailed(f"--strict: {counts}, see above; nothing was written")
    if found["error"] and not reading.allow_errors:
        raise CommandFailed(
            f"types may be missing or wrong, because the registry has errors: {found['error']}, see above; "
            "nothing was written",
            "mend them, or write what could be read with --allow-errors",
        )


def _summary(document: Mapping[str, Any]) -> str:
    actors = document["actors"].values()
    counts = {"actors": len(actors)}
    for kind in ("actions", "events", "queues"):
        counts[kind] = sum(len(actor.get(kind) or ()) for actor in actors)
    return ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in counts.items())
