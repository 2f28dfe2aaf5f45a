"""`rivet-client diff`: what changed between two contracts, and whom that breaks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rivet_client._text import printable
from rivet_client.cli.extract import Reading, read_registry
from rivet_client.cli.options import output_options
from rivet_client.cli.output import note, print_json
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand

if TYPE_CHECKING:
    from rivet_codegen.contract.changes import Change
    from rivet_codegen.registry.document import RegistryDocument

__all__ = ["check_contract", "command"]

TROUBLE = 2
"""The exit code if there was nothing to compare; 1 is that of a change that breaks somebody."""


@click.command(
    "diff",
    cls=Subcommand,
    examples=(
        "rivet-client diff old.json new.json",
        "rivet-client diff my_package src/registry.ts",
        "rivet-client diff main:my_package my_package --format markdown",
        "rivet-client diff HEAD~3:src/registry.ts src/registry.ts --fail-on types",
    ),
)
@click.argument("old")
@click.argument("new")
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "types"]),
    metavar="LEVEL",
    default="breaking",
    help="Fail if a change breaks callers (breaking), or type checks, too (types) [default: breaking].",
)
@click.option("--export", metavar="NAME", help="The registry's export, where a registry.ts has several.")
@click.option(
    "--allow-errors", is_flag=True, help="Compare what can be read, though a registry.ts has errors."
)
@partial(output_options, forms=("text", "json", "markdown"))
@click.pass_obj
def command(
    settings: Settings,
    old: str,
    new: str,
    fail_on: str,
    export: str | None,
    allow_errors: bool,
) -> None:
    """Tell what changed from OLD to NEW, and whom each change breaks.

    Both are a registry document (.json), a generated package, or a registry.ts; with REVISION: before the path, as it
    was at a revision of git. The exit code is 1 if a change breaks callers, and 2 if something cannot be read.
    """
    from rivet_codegen.contract.report import markdown
    from rivet_codegen.contract.rules import Level

    reading = Reading(None, export, strict=False, allow_errors=allow_errors, no_cache=False)
    changes = _changes(_read(old, reading), _read(new, reading))
    if settings.format == "markdown":
        click.echo(markdown(changes, old, new), nl=False)
    else:
        _show(changes, as_text=settings.for_people)
    if any(change.level >= Level[fail_on.upper()] for change in changes):
        raise CommandFailed()


def check_contract(package: Path, document: object, source: str, *, as_text: bool) -> None:
    """Tell what changed since a package was generated.

    Args:
        package: The folder of the package.
        document: The registry document that it would be generated from now.
        source: What the document is called in errors.
        as_text: Whether people read it; else JSON lines.

    Raises:
        CommandFailed: A change breaks callers of the package, or something cannot be read.
    """
    from rivet_codegen.contract.rules import Level
    from rivet_codegen.contract.sources import SourceError, contract_of, read_package

    try:
        old, new = read_package(package), contract_of(document, source)
    except SourceError as error:
        raise CommandFailed(str(error), code=TROUBLE) from None
    changes = _changes(old, new)
    _show(changes, as_text=as_text)
    if any(change.level is Level.BREAKING for change in changes):
        raise CommandFailed(f"callers of {package} break")


def _read(source: str, reading: Reading) -> RegistryDocument:
    from rivet_codegen.contract.sources import SourceError, read_contract

    def extract(file: Path) -> Any:
        return read_registry(file, reading)

    try:
        return read_contract(source, extract=extract, say=note)
    except SourceError as error:
        raise CommandFailed(str(error), code=TROUBLE) from None
    except CommandFailed as error:
        raise CommandFailed(str(error), error.hint, code=TROUBLE) from None


def _changes(old: RegistryDocument, new: RegistryDocument) -> list[Change]:
    from rivet_codegen.contract.compare import compare_documents

    try:
        return compare_documents(old, new)
    except RecursionError:
        raise CommandFailed("types are nested too deeply to be compared", code=TROUBLE) from None


def _show(changes: Sequence[Change], *, as_text: bool) -> None:
    """Print changes to standard output, a line each, and their numbers to standard error."""
    from rivet_codegen.contract.report import record, summary, text_line

    for change in changes:
        if as_text:
            print(printable(text_line(change)))
        else:
            print_json(record(change))
    note(summary(changes))
