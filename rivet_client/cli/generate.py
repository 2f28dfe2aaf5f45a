"""`rivet-client generate`: from a registry to a typed package."""

from __future__ import annotations

import json
import keyword
import sys
from pathlib import Path
from typing import Any, cast

import click

from rivet_client._version import __version__
from rivet_client.cli.diff import check_contract
from rivet_client.cli.extract import Reading, extract_options, read_registry, show_diagnostics
from rivet_client.cli.options import output_options
from rivet_client.cli.output import begin, note
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand

__all__ = ["command"]

_IMPORTED_BY_PACKAGES = frozenset({"pydantic", "rivet_client", "typing_extensions"})


@click.command(
    "generate",
    cls=Subcommand,
    examples=(
        "rivet-client generate registry.json -o my_package",
        "rivet-client generate src/registry.ts -o my_package --check",
        "rivet-client generate src/registry.ts -o my_package --check --breaking",
    ),
)
@click.argument("source", metavar="REGISTRY", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The package's folder; its name is the package's name.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if the folder is not what would be written.")
@click.option(
    "--breaking", is_flag=True, help="With --check: tell what changed, and fail only if it breaks callers."
)
@click.option(
    "--no-validate", is_flag=True, help="Generate code that trusts arguments and results: the fast path."
)
@extract_options
@output_options
@click.pass_obj
def command(
    settings: Settings,
    source: Path,
    output: Path,
    check: bool,
    breaking: bool,
    no_validate: bool,
    reading: Reading,
) -> None:
    """Write a typed Python package for the actors of a registry: a registry document (.json), or a registry.ts.

    It has my_package.Client, my_package.AsyncClient and my_package.models.
    """
    package = _package_name(output)
    if breaking and not check:
        raise click.UsageError("--breaking is for --check")
    from rivet_codegen.cache.installation import InstallError
    from rivet_codegen.contract.renames import new_renames, rename_lines
    from rivet_codegen.output.format import FormatError
    from rivet_codegen.output.tree import TreeError, compare_tree, write_tree
    from rivet_codegen.registry.typed_package import RegistryError, render_typed_package
    from rivet_codegen.tools.run import run_with_tools

    _warn_of_shadow(output.resolve())
    document = _document(source, reading)
    if breaking:
        check_contract(output, document, str(source))
        return
    passed = begin(f"generating {package}")
    try:
        made_by = "rivet-client generate --no-validate" if no_validate else "rivet-client generate"
        rendered = run_with_tools(
            note,
            render_typed_package,
            document,
            package=package,
            validate=not no_validate,
            command=made_by,
            version=__version__,
        )
        note(f"generated {package} in {passed()}")
        renames = rendered.renames
        if not settings.verbose:
            renames = new_renames(rendered, output, are_checked=not no_validate)
        for text in rename_lines(renames):
            note(text)
        for text in rendered.notes:
            note(text)
        files, differences = len(rendered.tree), compare_tree(rendered.tree, output)
        if check:
            _check(differences, output, files)
            return
        if not differences:
            note(f"{output} is unchanged: {files} files")
            return
        write_tree(rendered.tree, output)
    except (RegistryError, TreeError, FormatError, InstallError) as error:
        raise CommandFailed(str(error)) from error
    note(f"wrote {files} files to {output}; now: from {package} import Client, AsyncClient, models")


def _package_name(output: Path) -> str:
    name = output.resolve().name
    if not name.isidentifier() or keyword.iskeyword(name):
        raise click.UsageError(
            f"-o {output}: the folder's name becomes the package's, and {name!r} is not a name in Python; "
            "use letters, digits and '_', as in my_package"
        )
    return name


def _warn_of_shadow(output: Path) -> None:
    name = output.name
    is_taken = name in sys.stdlib_module_names or name in _IMPORTED_BY_PACKAGES
    if is_taken and not (output.parent / "__init__.py").exists():
        note(
            f"warning: there is a module {name} already; one of the two hides the other from every import. "
            "Choose another name, or write the package into a package of yours"
        )


def _document(source: Path, reading: Reading) -> Any:
    if source.suffix != ".json":
        return read_registry(source, reading)
    if reading.tsconfig is not None or reading.export is not None or reading.no_cache:
        raise click.UsageError(
            "--tsconfig, --export and --no-cache are for a registry.ts, not for a registry document"
        )
    try:
        document: Any = json.loads(source.read_bytes())
    except (ValueError, RecursionError) as error:
        raise CommandFailed(
            f"{source} is not JSON: {error}", "give a registry.ts, or what `rivet-client extract` wrote"
        ) from None
    if isinstance(document, dict):
        show_diagnostics(cast("dict[str, Any]", document), reading)
    return cast("Any", document)


def _check(differences: list[str], output: Path, files: int) -> None:
    if not differences:
        note(f"{output} is up to date: {files} files")
        return
    for line in differences:
        click.echo(line)
    raise CommandFailed(f"{output} is not what the registry says", "run the same command without --check")
