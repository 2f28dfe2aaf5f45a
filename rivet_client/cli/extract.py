"""`rivet-client extract`: from a registry.ts to a registry document."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from rivet_client.cli.options import output_options
from rivet_client.cli.output import begin, note
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.subcommand import Subcommand

__all__ = ["command", "extract_options", "read_registry", "show_diagnostics"]

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def extract_options(function: F) -> F:
    """Add the options of reading a registry.ts."""
    options = (
        click.option("--tsconfig", type=_FILE, metavar="FILE", help="In place of the nearest tsconfig.json."),
        click.option("--export", metavar="NAME", help="The registry's export, where there are several."),
        click.option("--strict", is_flag=True, help="Fail on warnings and errors: no type, no compilation."),
    )
    for option in reversed(options):
        function = option(function)
    return function


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
def command(
    source: Path, output: Path | None, tsconfig: Path | None, export: str | None, strict: bool
) -> None:
    """Read the types of the actors of a registry.ts and write them as a registry document (JSON).

    No code of yours is run. What cannot be told in types becomes "any", and a line on standard error names the place.
    """
    document = read_registry(source, tsconfig=tsconfig, export=export, strict=strict)
    from rivet_codegen.extraction.extract import to_json

    text = to_json(document)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"cannot write {output}: {error.strerror}") from error
    note(f"wrote {output}")


def read_registry(source: Path, *, tsconfig: Path | None, export: str | None, strict: bool) -> dict[str, Any]:
    """Extract a registry document and show its diagnostics.

    Raises:
        CommandFailed: The file cannot be read, or `--strict` refuses it.
    """
    from rivet_codegen.extraction.extract import ExtractError, extract

    passed = begin(f"reading {source}")
    try:
        document = extract(source, tsconfig=tsconfig, export=export, say=note)
    except ExtractError as error:
        raise CommandFailed(str(error)) from error
    note(f"read {source} in {passed()}: {_summary(document)}")
    show_diagnostics(document, strict=strict)
    return document


def show_diagnostics(document: Mapping[str, Any], *, strict: bool) -> None:
    """Print the diagnostics of a document.

    Raises:
        CommandFailed: There are warnings or errors, and `--strict` was given.
    """
    diagnostics = document.get("diagnostics", [])
    for one in diagnostics:
        note(f"{one['severity']} {one['code']} {one['path']}: {one['message']}")
    found = Counter(one["severity"] for one in diagnostics)
    if strict and (found["error"] or found["warning"]):
        counts = f"errors: {found['error']}, warnings: {found['warning']}"
        raise CommandFailed(f"--strict: {counts}, see above; nothing was written")


def _summary(document: Mapping[str, Any]) -> str:
    actors = document["actors"].values()
    counts = {"actors": len(actors)}
    for kind in ("actions", "events", "queues"):
        counts[kind] = sum(len(actor.get(kind) or ()) for actor in actors)
    return ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in counts.items())
