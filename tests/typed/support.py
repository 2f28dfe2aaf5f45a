"""Typed packages for tests: generated, imported, and used in either flavour."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from rivet_codegen.tree import write_tree
from rivet_codegen.typed_package import Rendered, render
from tests.support.flavours import Blocking, Flavour

__all__ = ["document", "imported", "typed_client"]


def document(
    actors: Mapping[str, Any] | None = None, definitions: Mapping[str, Any] | None = None, **about: Any
) -> dict[str, Any]:
    """A registry document by hand; actors get what they lack."""
    empty = {"actions": {}, "events": {}, "queues": {}, "encodings": ["bare", "cbor", "json"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-rivet-registry": {"formatVersion": 1, "file": "registry.ts", **about},
        "actors": {
            name: {"input": None, "connParams": None, **empty, **actor}
            for name, actor in (actors or {}).items()
        },
        "$defs": dict(definitions or {}),
        "diagnostics": [],
    }


@contextmanager
def imported(
    source: Mapping[str, Any] | Rendered, folder: Path, name: str, **options: Any
) -> Iterator[ModuleType]:
    """The typed package of a document, imported under a name and forgotten afterwards.

    With a name that begins with `rivet_client`, `Blocking` knows the asyncio twins of its classes.
    """
    rendered = source if isinstance(source, Rendered) else render(source, package=name, **options)
    write_tree(rendered.tree, folder / name)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for module in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
            del sys.modules[module]


def typed_client(package: ModuleType, flavour: Flavour, endpoint: str, **options: Any) -> Any:
    """A client of the package, to be used with `async with` and `await` in either flavour."""
    if flavour.name == "asyncio":
        return package.AsyncClient(endpoint, **options)
    return Blocking(package.Client(endpoint, **options), package.AsyncClient)
