# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The blocking client, with the types of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client import CommonClient, typed
from rivet_client.errors import ErrorClasses as _ErrorClasses
from rivet_client.typed import late_imports as _late_imports

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


def _load_errors() -> _ErrorClasses:
    from . import errors

    return errors.BY_CODE


@typed.declares_errors(_load_errors)
class Client(CommonClient):
    """Calls the actors of the registry, each of which is an attribute.

    Its arguments are those of `rivet_client.Client`.
    """

    @property
    def counter(self) -> _actors.counter.blocking.CounterAccessor:
        """Counts.

        One for each key.
        """
        return typed.accessor(self, _actors.counter.blocking.CounterAccessor, "counter")
