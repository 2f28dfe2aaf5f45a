# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The asyncio client, with the types of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client import AsyncCommonClient, typed
from rivet_client.errors import ErrorClasses as _ErrorClasses
from rivet_client.typed import late_imports as _late_imports

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


def _load_errors() -> _ErrorClasses:
    from . import errors

    return errors.BY_CODE


@typed.declares_errors(_load_errors)
class AsyncClient(AsyncCommonClient):
    """Calls the actors of the registry, each of which is an attribute.

    Its arguments are those of `rivet_client.AsyncClient`.
    """

    @property
    def counter(self) -> _actors.counter.asyncio.AsyncCounterAccessor:
        """Counts.

        One for each key.
        """
        return typed.accessor(
            self, _actors.counter.asyncio.AsyncCounterAccessor, "counter"
        )
