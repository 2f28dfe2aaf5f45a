"""What is public of the packages, as griffe reads it from the sources. Nothing is imported."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import griffe

ROOT = Path(__file__).parents[2]
MODULES = (
    "rivet_client",
    "rivet_client.engine",
    "rivet_client.errors",
    "rivet_client.observers",
    "rivet_client.otel",
    "rivet_client.testing",
    "rivet_client.testing.pytest_plugin",
    "rivet_client.typed",
    "rivet_client.values",
)
"""The public modules, as `docs/versions.md` names them."""
TYPED = "rivet_client.typed"
"""Generated packages are made of this one."""
HANDED_OUT = re.compile(
    r"(Async)?(Actor(Accessor|Connection|Handle)|EngineApi|EventIterator|RawWebSocket)"
    r"|ActorContext|CallInfo|Conn|Fault|Records?|Request|WebSocket"
)
"""Classes whose instances users get. How these are made is no concern of theirs."""


@cache
def sources() -> griffe.ModulesCollection:
    """Return the modules of both packages."""
    loader = griffe.GriffeLoader(search_paths=[ROOT, ROOT / "generated"], docstring_parser="google")
    for package in ("rivet_client", "rivet_client_generated"):
        loader.load(package)
    loader.resolve_aliases(implicit=True, external=False)
    return loader.modules_collection


def exports(module: str) -> list[str]:
    """Return the public names of a module: those of `__all__`, else the classes that it takes from elsewhere."""
    there = sources()[module]
    if there.exports is not None:
        return [str(name) for name in there.exports]
    return [name for name, it in there.members.items() if it.is_alias and it.is_class]
