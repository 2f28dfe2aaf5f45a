# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""Counts.

One for each key.
"""

from typing import TYPE_CHECKING

from rivet_client.typed import late_imports as _late_imports

if TYPE_CHECKING:
    from . import asyncio, blocking, models
else:  # imported when they are first used
    __getattr__, __dir__ = _late_imports(
        __name__,
        {
            ".": ["asyncio", "blocking", "models"],
        },
    )

__all__ = ["asyncio", "blocking", "models"]
