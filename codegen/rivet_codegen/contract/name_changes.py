"""Which Python names changed. Programs that use them must be changed when they take the new package."""

from __future__ import annotations

from collections.abc import Iterator

from rivet_codegen.contract.changes import Change, Place
from rivet_codegen.registry.document import RegistryDocument
from rivet_codegen.registry.python_names import python_names

__all__ = ["name_changes"]


def name_changes(old: RegistryDocument, new: RegistryDocument) -> Iterator[Change]:
    """Yield the changes of Python names between two documents."""
    before, after = python_names(old), python_names(new)
    for name in sorted(before.types - after.types):
        yield Change("TYPE_REMOVED", f"models.{name}", "", "is gone", ())
    for name in sorted(after.types - before.types):
        yield Change("TYPE_ADDED", f"models.{name}", "", "is new", ())
    for key, name in before.members.items():
        now = after.members.get(key, name)
        if now != name:
            kind, owner, wire = key
            text = f"is called {now} in Python, was {name}"
            if kind == "field":
                yield Change("PYTHON_NAME_CHANGED", f"models.{owner}", f".{wire}", text, ())
                continue
            if kind == "error":
                yield Change("PYTHON_NAME_CHANGED", f"errors.{name}", "", text, ())
                continue
            actor, _, action = owner.partition(".")
            place = {
                "actor": Place(wire),
                "action": Place(actor, "action", wire),
                "group": Place(actor, "action", wire),
                "parameter": Place(actor, "action", action, f"parameter {wire}"),
            }[kind]
            yield Change("PYTHON_NAME_CHANGED", "", "", text, (place,))
