"""The runtime of typed packages: what the modules that `rivet-client generate` writes import.

| Module | Holds |
|---|---|
| `models` | the base classes of models |
| `annotations` | types of values: what JavaScript tells apart, and what a newer actor may send |
| `enums` | the base classes of enums |
| `signatures` | what only the methods of a typed package name: callers, results, callbacks |
| `actors` | what one actor takes and gives, as checks and conversions |
| `checks` | how values are checked, and what is said about a wrong one |
| `containers` | what callers may give in the place of a list, dict, set or bytes |
| `events` | iterators over events |
| `contract` | what a package was made from |

Only typed packages load this package, because it loads pydantic.
"""

from __future__ import annotations

from rivet_client.typed.actors import Action, Actor, Event, Of, Queue, Slot
from rivet_client.typed.annotations import (
    AsArrayBuffer,
    AsBigInt,
    AsMap,
    AsSet,
    AwareDatetime,
    Exact,
    Fixed,
    JsonValue,
    NoneAsUndefined,
    Omittable,
    OneOf,
    Open,
    TextPattern,
    WithRest,
)
from rivet_client.typed.containers import BytesLike, JsonLike
from rivet_client.typed.contract import Contract
from rivet_client.typed.enums import OpenIntEnum, OpenStrEnum
from rivet_client.typed.events import AsyncEvents, Events
from rivet_client.typed.models import Model, OpenModel, UnknownVariant
from rivet_client.typed.signatures import (
    AsyncCaller,
    AsyncGetter,
    Caller,
    EventDecorator,
    Getter,
    OrUndefined,
    QueueResult,
    UndefinedType,
    deprecated,
)

__all__ = [
    "Action",
    "Actor",
    "AsArrayBuffer",
    "AsBigInt",
    "AsMap",
    "AsSet",
    "AsyncCaller",
    "AsyncEvents",
    "AsyncGetter",
    "AwareDatetime",
    "BytesLike",
    "Caller",
    "Contract",
    "Event",
    "EventDecorator",
    "Events",
    "Exact",
    "Fixed",
    "Getter",
    "JsonLike",
    "JsonValue",
    "Model",
    "NoneAsUndefined",
    "Of",
    "Omittable",
    "OneOf",
    "Open",
    "OpenIntEnum",
    "OpenModel",
    "OpenStrEnum",
    "OrUndefined",
    "Queue",
    "QueueResult",
    "Slot",
    "TextPattern",
    "UndefinedType",
    "UnknownVariant",
    "WithRest",
    "deprecated",
]
