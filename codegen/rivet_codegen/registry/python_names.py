"""The Python names of a document, without making its package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rivet_codegen.registry.build import actor_views
from rivet_codegen.registry.document import RegistryDocument
from rivet_codegen.registry.errors import ErrorClasses
from rivet_codegen.registry.naming import Rename, Renames
from rivet_codegen.registry.schemas import SchemaConverter
from rivet_codegen.registry.views import GroupView

__all__ = ["PythonNames", "python_names"]


@dataclass(frozen=True, slots=True)
class PythonNames:
    """What the parts of a contract are called in Python.

    Attributes:
        members: By kind ("actor", "action", "group", "parameter", "field" or "error"), what it belongs to, and its wire
            name.
        types: The names in the module of the models.
        renames: The names that are not their wire names in Python's spelling.
    """

    members: dict[tuple[str, str, str], str]
    types: frozenset[str]
    renames: tuple[Rename, ...]


def python_names(document: RegistryDocument, *, are_checked: bool = True) -> PythonNames:
    """Return the Python names of a document.

    Args:
        document: The document.
        are_checked: Whether the package checks values; see `SchemaConverter`.
    """
    renames: Renames = []
    converter = SchemaConverter(document, renames, are_checked=are_checked)
    errors = ErrorClasses(document, renames)
    views = actor_views(document, converter, errors, renames)
    members = {("error", "", f"{error.group}.{error.code}"): error.class_name for error in errors.views}
    for actor, view in zip(document.actors, views, strict=True):
        members["actor", "", actor.name] = view.attribute
        params = {action.name: [param.name for param in action.params] for action in actor.actions}
        for kind, owner, wire, name in _in_group(view.root, params):
            members[kind, ".".join(filter(None, (actor.name, owner))), wire] = name
    for model, schema in converter.models.items():
        for wire in map(str, schema["properties"]):
            members["field", model, wire] = converter.fields.get(f"{model}.{wire}", wire)
    return PythonNames(members, frozenset({*converter.models, *converter.aliases}), tuple(renames))


def _in_group(group: GroupView, params: dict[str, list[str]]) -> Iterator[tuple[str, str, str, str]]:
    for action in group.actions:
        yield "action", "", action.wire, action.method
        for wire, param in zip(params[action.wire], action.params, strict=True):
            yield "parameter", action.wire, wire, param.name
    for inner in group.groups:
        yield "group", "", inner.wire, inner.attribute
        yield from _in_group(inner, params)
