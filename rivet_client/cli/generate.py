"""`rivet-client generate`: from a registry to a typed package."""

from __future__ import annotations

import json
import keyword
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click

from rivet_client._version import __version__
from rivet_client.cli.diff import check_contract
from rivet_client.cli.extract import Reading, extract_options, read_registry, show_diagnostics
from rivet_client.cli.options import output_options
from rivet_client.cli.output import complain, note
from rivet_client.cli.problems import CommandFailed, explain
from rivet_client.cli.progress import step
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand
from rivet_client.cli.watch import changed_sources, tell_changes

__all__ = ["PackageRequest", "command", "generate", "generate_again", "warn_of_shadow"]

_IMPORTED_BY_PACKAGES = frozenset({"pydantic", "rivet_client", "typing_extensions"})


@dataclass(frozen=True)
class PackageRequest:
    """A typed package that is to be generated.

    Attributes:
        source: The registry document, or the registry.ts.
        output: The package's folder.
        reading: How the registry is read.
        validate: Whether arguments and results are validated.
        all_renames: Whether all changes of names are told, and not only new ones.
    """

    source: Path
    output: Path
    reading: Reading
    validate: bool
    all_renames: bool = False

    @property
    def name(self) -> str:
        """The package's name.

        Raises:
            click.UsageError: The folder's name is not a name in Python.
        """
        name = self.output.resolve().name
        if not name.isidentifier() or keyword.iskeyword(name):
            raise click.UsageError(
                f"{self.output}: the folder's name becomes the package's, and {name!r} is not a name in Python; "
                "use letters, digits and '_', as in my_package"
            )
        return name


@click.command(
    "generate",
    cls=Subcommand,
    examples=(
        "rivet-client generate registry.json -o my_package",
        "rivet-client generate src/registry.ts -o my_package --check",
        "rivet-client generate src/registry.ts -o my_package --check --breaking",
        "rivet-client generate src/registry.ts -o my_package --watch",
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
@click.option("--watch", is_flag=True, help="Generate again whenever the registry changes, until Ctrl-C.")
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
    watch: bool,
    reading: Reading,
) -> None:
    """Write a typed Python package for the actors of a registry: a registry document (.json), or a registry.ts.

    It has my_package.Client, my_package.AsyncClient and my_package.models.
    """
    package = PackageRequest(source, output, reading, not no_validate, bool(settings.verbose))
    if breaking and not check:
        raise click.UsageError("--breaking is for --check")
    if watch and check:
        raise click.UsageError("--watch and --check contradict each other")
    warn_of_shadow(package)
    if breaking:
        document = _document(source, reading)
        check_contract(output, document, str(source), as_text=settings.format != "json")
    elif watch:
        _watch(package)
    else:
        generate(package, check=check)


def generate(package: PackageRequest, *, check: bool = False) -> None:
    """Generate a package, and tell each step.

    Args:
        package: The package.
        check: Whether nothing is written, and a difference is an error.

    Raises:
        CommandFailed: The registry cannot be read or is refused, or the package cannot be written, or differs.
    """
    from rivet_codegen.cache.installation import InstallError
    from rivet_codegen.contract.renames import new_renames, rename_lines
    from rivet_codegen.output.format import FormatError
    from rivet_codegen.output.tree import TreeError, compare_tree, write_tree
    from rivet_codegen.registry.typed_package import RegistryError, render_typed_package
    from rivet_codegen.tools.run import run_with_tools

    name, output = package.name, package.output
    document = _document(package.source, package.reading)
    try:
        with step(f"generating {name}") as generating:
            rendered = run_with_tools(
                generating.say,
                render_typed_package,
                document,
                package=name,
                validate=package.validate,
                command="rivet-client generate" + ("" if package.validate else " --no-validate"),
                version=__version__,
            )
        note(f"generated {name} in {generating.took}")
        renames = rendered.renames
        if not package.all_renames:
            renames = new_renames(rendered, output, are_checked=package.validate)
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
    note(f"wrote {files} files to {output}; now: from {name} import Client, AsyncClient, models")


def generate_again(package: PackageRequest) -> None:
    """Generate a package as `generate` does, but tell an error and leave the package as it is."""
    try:
        generate(package)
    except (CommandFailed, OSError) as error:
        complain(*explain(error))
        note(f"{package.output} stays as it is")


def _watch(package: PackageRequest) -> None:
    changes = changed_sources(package.source, apart=[package.output])
    next(changes)  # from now on, nothing is missed
    generate_again(package)
    for changed in filter(None, changes):
        tell_changes(changed)
        generate_again(package)


def warn_of_shadow(package: PackageRequest) -> None:
    """Warn if a package would hide one that Python or the package itself needs."""
    name = package.name
    is_taken = name in sys.stdlib_module_names or name in _IMPORTED_BY_PACKAGES
    if is_taken and not (package.output.resolve().parent / "__init__.py").exists():
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
