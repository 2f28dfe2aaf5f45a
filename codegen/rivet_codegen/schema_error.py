"""Mistakes in schema files, which are reported with file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import yaml

__all__ = ["Position", "SchemaError", "yaml_mistakes"]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a schema file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class SchemaError(Exception):
    """A schema says something that cannot be generated from.

    Attributes:
        position: Where: file, line and column.
        message: What is wrong there and what to do about it.
    """

    def __init__(self, position: Position, message: str) -> None:
        super().__init__(position, message)
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return f"{self.position}: {self.message}"


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
