# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""counters: clients for the actors of a registry. `Client` blocks, `AsyncClient` is for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import models
    from .asyncio import AsyncClient
    from .blocking import Client

__all__ = ["AsyncClient", "Client", "models"]

_HOMES = {"AsyncClient": ".asyncio", "Client": ".blocking"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module(_HOMES.get(name, f".{name}"), __name__)
    value = getattr(home, name) if name in _HOMES else home
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
