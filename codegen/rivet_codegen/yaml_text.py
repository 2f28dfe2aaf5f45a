"""Mistakes in YAML, reported like those in other schema files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from rivet_codegen.ir import Position, SchemaError

__all__ = ["yaml_mistakes"]


@contextmanager
def yaml_mistakes(file: str) -> Iterator[None]:
    """Turn the errors of PyYAML into SchemaError.

    Args:
        file: Name of the file that is read.
    """
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file)
        raise SchemaError(where, f"no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise SchemaError(Position(file), f"no YAML: {error}") from None
