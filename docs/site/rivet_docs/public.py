"""What the package offers: its public modules, and where each of their names is documented."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["MODULES", "is_public", "public_names"]

MODULES = (
    "rivet_client",
    "rivet_client.config",
    "rivet_client.errors",
    "rivet_client.values",
    "rivet_client.cancelling",
    "rivet_client.observers",
    "rivet_client.otel",
    "rivet_client.engine",
    "rivet_client.testing",
    "rivet_client.typed",
)

NOT_FOR_USERS = {
    "rivet_client.cancelling.active_scopes",
    "rivet_client.cancelling.check_cancelled",
    "rivet_client.cancelling.context_without_scopes",
    "rivet_client.cancelling.is_cancelled",
    "rivet_client.cancelling.refuse_scopes",
    "rivet_client.cancelling.woken_on_cancel",
}
"""What a module offers to the rest of the package only."""


def public_names() -> Iterator[tuple[str, Any]]:
    """Yield each public name as users write it, and what it is. What two modules offer comes twice."""
    for module in MODULES:
        home = import_module(module)
        for name in getattr(home, "__all__", None) or [it for it in vars(home) if not it.startswith("_")]:
            if f"{module}.{name}" not in NOT_FOR_USERS:
                yield f"{module}.{name}", getattr(home, name)


@cache
def _public_classes() -> frozenset[type]:
    return frozenset(thing for _, thing in public_names() if isinstance(thing, type))


def is_public(cls: type) -> bool:
    """Whether users can import a class."""
    return cls in _public_classes()
