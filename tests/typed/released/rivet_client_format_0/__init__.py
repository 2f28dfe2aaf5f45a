# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""rivet_client_format_0: clients for the actors of a registry. `Client` blocks, `AsyncClient` is for asyncio.

Made from registry.ts; see `__contract__`. A client has these attributes:

counter: Counts.
    Actions: history.list, increment
    Events: changed
    Queues: resets
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client._objects import late_imports as _late_imports

if TYPE_CHECKING:
    from . import errors, models
    from ._contract import __contract__
    from .asyncio import AsyncClient
    from .blocking import Client
else:  # imported when they are first used
    __getattr__, __dir__ = _late_imports(
        __name__,
        {
            ".": ["errors", "models"],
            "._contract": ["__contract__"],
            ".asyncio": ["AsyncClient"],
            ".blocking": ["Client"],
        },
    )

__all__ = [
    "AsyncClient",
    "Client",
    "__contract__",
    "errors",
    "models",
]
