"""The error catalogue: `schema/errors.yaml` → errors.py, the table of known errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from rivet_codegen.output.templating import render
from rivet_codegen.output.tree import headed
from rivet_codegen.schema_error import Position, SchemaError, yaml_mistakes

__all__ = ["ErrorView", "parse_catalogue", "render_catalogue"]

RAISERS = ("engine", "host", "queue", "actor", "client")
RETRY_CLASSES = ("safe", "later", "refused", "ambiguous", "final")
MARKERS = ("passes", "one message", "parameters")


@dataclass(frozen=True, slots=True)
class ErrorView:
    """One entry of the error catalogue.

    Attributes:
        group: Family of the code, as a Python literal.
        code: As a Python literal; "*" for every other code of the group.
        raised_by: Name of the member of `RaisedBy`.
        retry: Name of the member of `Retry`.
        meaning: A sentence, as a Python literal.
        end: Name of the member of `End`; None if the code has no marker.
    """

    group: str
    code: str
    raised_by: str
    retry: str
    meaning: str
    end: str | None = None


def render_catalogue(path: Path) -> str:
    """Return the source of errors.py.

    Raises:
        SchemaError: See `parse_catalogue`.
    """
    file = f"schema/{path.name}"
    return headed(render("errors.py.jinja", errors=parse_catalogue(path.read_text("utf-8"), file)), file)


def parse_catalogue(text: str, file: str) -> list[ErrorView]:
    """Read a catalogue: group → who raises it → retry class, which may have a marker → code: meaning.

    Args:
        text: The catalogue, as YAML.
        file: Name of its file, for errors.

    Raises:
        SchemaError: The text is no YAML, has another shape, or lists a code twice.
    """
    with yaml_mistakes(file):
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        raise SchemaError(Position(file), "the catalogue is empty")
    found: dict[tuple[str, str], ErrorView] = {}
    for group, raiser, retry, end, codes in _classes(root, file):
        for code, position, meaning in _items(codes, file, f"codes of {group}"):
            if (group, code) in found:
                raise SchemaError(position, f"{group}.{code} is listed twice")
            if not isinstance(meaning, yaml.ScalarNode) or not meaning.value.endswith("."):
                raise SchemaError(position, f"the meaning of {group}.{code} must be a sentence")
            found[group, code] = ErrorView(
                repr(group), repr(code), raiser.upper(), retry.upper(), repr(meaning.value), end
            )
    return list(found.values())


def _classes(root: yaml.Node, file: str) -> Iterator[tuple[str, str, str, str | None, yaml.Node]]:
    """Yield each retry class of each raiser of each group: the three names, the member of `End`, and the codes."""
    for group, _, raisers in _items(root, file, "groups"):
        for raiser, raiser_position, classes in _items(raisers, file, f"raisers of {group}"):
            _check_known("raiser", raiser, RAISERS, raiser_position)
            for name, position, codes in _items(classes, file, f"retry classes of {group}"):
                retry, comma, marker = name.partition(", ")
                _check_known("retry class", retry, RETRY_CLASSES, position)
                if comma:
                    _check_known("marker", marker, MARKERS, position)
                yield group, raiser, retry, marker.upper().replace(" ", "_") or None, codes


def _check_known(what: str, name: str, known: Sequence[str], position: Position) -> None:
    if name not in known:
        raise SchemaError(position, f"unknown {what} {name}; expected {', '.join(known)}")


def _items(node: yaml.Node, file: str, what: str) -> Iterator[tuple[str, Position, yaml.Node]]:
    """Yield the entries of a mapping, each with the position of its key."""
    if not isinstance(node, yaml.MappingNode):
        raise SchemaError(_position(node, file), f"expected the {what}, as a mapping")
    for key, value in node.value:
        yield key.value, _position(key, file), value


def _position(node: yaml.Node, file: str) -> Position:
    return Position(file, node.start_mark.line + 1, node.start_mark.column + 1)
