"""`python -m rivet_codegen`: write the generated package, or check that it is what the schemas say."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]
_TOOLS = Path(__file__).parent / "tools" / "requirements.txt"


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The arguments; None for those of the command line.

    Returns:
        The exit code: 0 if all is well, 1 if the check found differences or a schema is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m rivet_codegen", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the output is not up to date"
    )
    parser.add_argument(
        "--schema", type=Path, default=_CHECKOUT / "schema", metavar="DIR", help="the schema folder"
    )
    parser.add_argument(
        "--output", type=Path, default=_CHECKOUT / "generated", metavar="DIR", help="the output folder"
    )
    options = parser.parse_args(arguments)
    if not options.schema.is_dir():
        return _fail(f"there is no schema folder {options.schema}; say where it is with --schema")
    try:
        return _run(options.schema, options.output, check=options.check)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "rivet_codegen":
            raise
        return _fail(f"the generator needs {error.name}, which is not installed: pip install -r '{_TOOLS}'")


def _run(schema: Path, output: Path, *, check: bool) -> int:
    from rivet_codegen.generate import render_package
    from rivet_codegen.output.format import FormatError
    from rivet_codegen.output.tree import TreeError, build_tree, compare_tree, write_tree
    from rivet_codegen.schema_error import SchemaError

    try:
        tree = build_tree(render_package(schema))
        if not check:
            write_tree(tree, output)
            print(f"rivet_codegen: wrote {len(tree)} files to {output}")
            return 0
        differences = compare_tree(tree, output)
    except (SchemaError, TreeError, FormatError, OSError) as error:
        return _fail(str(error))
    if differences:
        return _fail(
            "\n".join([f"{output} is not what the schemas say; run `python -m rivet_codegen`", *differences])
        )
    print(f"rivet_codegen: {len(tree)} generated files are what the schemas say; unchanged")
    return 0


def _fail(message: str) -> int:
    print(f"rivet_codegen: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
