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
| `packages` | the format of packages, which they compare when they are imported |

Only typed packages load this package. Its modules load pydantic, except `packages`, so they are imported late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client._objects import late_imports
from rivet_client._secret import hide
from rivet_client.typed.packages import (
    PACKAGE_FORMAT,
    PackageVersionError,
    accessor,
    check_package,
    declares_errors,
)

if TYPE_CHECKING:
    from rivet_client.typed.actors import (
        Action,
        Actor,
        Event,
        Of,
        Queue,
        Slot,
    )
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
    from rivet_client.typed.containers import (
        BytesLike,
        JsonLike,
    )
    from rivet_client.typed.contract import (
        Contract,
    )
    from rivet_client.typed.enums import (
        OpenIntEnum,
        OpenStrEnum,
    )
    from rivet_client.typed.events import (
        AsyncEvents,
        Events,
    )
    from rivet_client.typed.models import (
        Model,
        OpenModel,
        UnknownVariant,
    )
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
else:  # imported when they are first used: most of them load pydantic
    __getattr__, __dir__ = late_imports(
        __name__,
        {
            "rivet_client.typed.actors": ["Action", "Actor", "Event", "Of", "Queue", "Slot"],
            "rivet_client.typed.annotations": [
                "AsArrayBuffer",
                "AsBigInt",
                "AsMap",
                "AsSet",
                "AwareDatetime",
                "Exact",
                "Fixed",
                "JsonValue",
                "NoneAsUndefined",
                "Omittable",
                "OneOf",
                "Open",
                "TextPattern",
                "WithRest",
            ],
            "rivet_client.typed.containers": ["BytesLike", "JsonLike"],
            "rivet_client.typed.contract": ["Contract"],
            "rivet_client.typed.enums": ["OpenIntEnum", "OpenStrEnum"],
            "rivet_client.typed.events": ["AsyncEvents", "Events"],
            "rivet_client.typed.models": ["Model", "OpenModel", "UnknownVariant"],
            "rivet_client.typed.signatures": [
                "AsyncCaller",
                "AsyncGetter",
                "Caller",
                "EventDecorator",
                "Getter",
                "OrUndefined",
                "QueueResult",
                "UndefinedType",
                "deprecated",
            ],
        },
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
    "PACKAGE_FORMAT",
    "PackageVersionError",
    "Queue",
    "QueueResult",
    "Slot",
    "TextPattern",
    "UndefinedType",
    "UnknownVariant",
    "WithRest",
    "accessor",
    "check_package",
    "declares_errors",
    "deprecated",
    "hide",
    "late_imports",
]
