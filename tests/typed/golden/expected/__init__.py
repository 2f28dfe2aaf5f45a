# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""counters: clients for the actors of a registry. `Client` blocks, `AsyncClient` is for asyncio.

Made from registry.ts; see `__contract__`. A client has these attributes:

counter: Counts.
    Actions: history.list, increment
    Events: changed
    Queues: resets

journal: The actor `journal`.
    Actions: last
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client.typed import check_package as _check_package
from rivet_client.typed import late_imports as _late_imports

_check_package(
    __name__, format=1, generator="0.1.0", command="rivet-client generate registry.ts"
)

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
