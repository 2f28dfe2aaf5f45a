# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The asyncio client, with the types of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client import AsyncCommonClient
from rivet_client._objects import late_imports as _late_imports
from rivet_client.errors import ErrorClasses as _ErrorClasses

from . import actors as _actors

if TYPE_CHECKING:
    from .actors.counter.asyncio import (
        AsyncCounterAccessor,
        AsyncCounterActions,
        AsyncCounterConnection,
        AsyncCounterHandle,
        AsyncCounterHistoryActions,
    )
else:  # imported when they are first used
    __getattr__, __dir__ = _late_imports(
        __name__,
        {
            ".actors.counter.asyncio": [
                "AsyncCounterAccessor",
                "AsyncCounterActions",
                "AsyncCounterConnection",
                "AsyncCounterHandle",
                "AsyncCounterHistoryActions",
            ],
        },
    )

__all__ = [
    "AsyncClient",
    "AsyncCounterAccessor",
    "AsyncCounterActions",
    "AsyncCounterConnection",
    "AsyncCounterHandle",
    "AsyncCounterHistoryActions",
]


class AsyncClient(AsyncCommonClient):
    """Calls the actors of the registry, each of which is an attribute.

    Its arguments are those of `rivet_client.AsyncClient`.
    """

    @staticmethod
    def _error_classes() -> _ErrorClasses:
        from . import errors

        return errors.BY_CODE

    @property
    def counter(self) -> _actors.counter.asyncio.AsyncCounterAccessor:
        """Counts.

        One for each key.
        """
        return _actors.counter.asyncio.AsyncCounterAccessor(self._runtime, "counter")
