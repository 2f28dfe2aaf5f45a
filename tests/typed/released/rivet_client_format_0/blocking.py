# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The blocking client, with the types of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client import CommonClient
from rivet_client._objects import late_imports as _late_imports
from rivet_client.errors import ErrorClasses as _ErrorClasses

from . import actors as _actors

if TYPE_CHECKING:
    from .actors.counter.blocking import (
        CounterAccessor,
        CounterActions,
        CounterConnection,
        CounterHandle,
        CounterHistoryActions,
    )
else:  # imported when they are first used
    __getattr__, __dir__ = _late_imports(
        __name__,
        {
            ".actors.counter.blocking": [
                "CounterAccessor",
                "CounterActions",
                "CounterConnection",
                "CounterHandle",
                "CounterHistoryActions",
            ],
        },
    )

__all__ = [
    "Client",
    "CounterAccessor",
    "CounterActions",
    "CounterConnection",
    "CounterHandle",
    "CounterHistoryActions",
]


class Client(CommonClient):
    """Calls the actors of the registry, each of which is an attribute.

    Its arguments are those of `rivet_client.Client`.
    """

    @staticmethod
    def _error_classes() -> _ErrorClasses:
        from . import errors

        return errors.BY_CODE

    @property
    def counter(self) -> _actors.counter.blocking.CounterAccessor:
        """Counts.

        One for each key.
        """
        return _actors.counter.blocking.CounterAccessor(self._runtime, "counter")
