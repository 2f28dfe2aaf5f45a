"""A registry document → a typed package: models, and a client of each flavour whose attributes are the actors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rivet_codegen.facade.flavours import FLAVOURS
from rivet_codegen.output.format import RUFF_TYPED_CONFIG
from rivet_codegen.output.templating import render
from rivet_codegen.output.tree import Tree, build_tree, headed
from rivet_codegen.registry.build import actor_views
from rivet_codegen.registry.document import RegistryError, read_document
from rivet_codegen.registry.models import render_models
from rivet_codegen.registry.naming import Rename, Renames
from rivet_codegen.registry.schemas import SchemaConverter

__all__ = ["RegistryError", "Rename", "TypedPackage", "render_typed_package"]


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and lone surrogates. Literals have them escaped, but docstrings do not."""

_WITHOUT_WIDTH = re.compile(r"[\u061c\u200b\u200f\u202a-\u202e\u2066-\u2069]")
"""What ruff refuses as well: marks that turn text around, and the space without width (as in `*/` within a comment)."""


@dataclass(frozen=True)
class TypedPackage:
    """A typed package.

    Attributes:
        tree: Its files, for `rivet_codegen.output.tree` to write or compare.
        renames: The names that are not their wire names in Python's spelling.
        notes: What else a reader of the registry might not expect, one sentence each.
    """

    tree: Tree
    renames: tuple[Rename, ...]
    notes: tuple[str, ...]


def render_typed_package(
    document: Mapping[str, Any],
    *,
    package: str,
    validate: bool = True,
    command: str = "rivet-client generate",
) -> TypedPackage:
    """Render the typed package of a registry.

    Args:
        document: The registry document, as `rivet_codegen.extraction.extract` makes it.
        package: The name of the package, for its documentation.
        validate: Whether values are checked against their types, in both directions. If not, objects are typed dicts
            with the names of JavaScript, and results are what the dynamic client returns.
        command: The command that makes the package anew, for the heads of the files.

    Raises:
        RegistryError: The document is wrong; the text says where, and what to do.
    """
    registry = read_document(document)
    renames: Renames = []
    converter = SchemaConverter(registry, renames, are_checked=validate)
    actors = actor_views(registry, converter, renames)
    source = " ".join(registry.file.split()) or "a registry document"  # a comment is one line
    classes = [(it.accessor, it.connection, it.handle) for it in actors if not it.opaque]
    names = sorted(["Client", *(name for three in classes for name in three)])
    sources = {
        "__init__.py": render("registry/init.py.jinja", package=package),
        "_bindings.py": render("registry/bindings.py.jinja", actors=actors, validate=validate),
        "models.py": render_models(converter, are_checked=validate),
    }
    for flavour in FLAVOURS:
        sources[f"{flavour.name}.py"] = render(
            "registry/client.py.jinja", actors=actors, flavour=flavour, exports=names
        )
    files = {name: _readable(headed(text, source, command)) for name, text in sources.items()}
    tree = build_tree({**files, "py.typed": ""}, RUFF_TYPED_CONFIG)
    return TypedPackage(tree, tuple(renames), tuple(converter.notes))


def _readable(source: str) -> str:
    return _CONTROL.sub(" ", _WITHOUT_WIDTH.sub("", source))
