# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The values that the actors take and give.

Types that several actors use stand here. Those of one actor stand in its folder, and can be imported from here, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from rivet_client.typed import (
    AwareDatetime,
    Model,
    OneOf,
)
from rivet_client.typed import late_imports as _late_imports
from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    from .actors.counter.models import CounterResetsMessage, Kind, Options
else:  # imported when they are first used
    __getattr__, __dir__ = _late_imports(
        __name__,
        {
            ".actors.counter.models": ["CounterResetsMessage", "Kind", "Options"],
        },
    )

__all__ = ["Change", "CounterResetsMessage", "Increment", "Kind", "Options", "Reset"]


class Increment(Model):
    """Somebody counted."""

    kind: Literal["increment"] = "increment"
    by_how_much: Annotated[int, Field(alias="byHowMuch")]
    """Never 0."""
    at: AwareDatetime


class Reset(Model):
    """The type `Reset`."""

    kind: Literal["reset"] = "reset"


Change = TypeAliasType("Change", Annotated[Increment | Reset, OneOf("kind")])
