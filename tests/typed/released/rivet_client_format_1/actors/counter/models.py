# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The values that only `counter` takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from rivet_client.typed import (
    AsBigInt,
    AwareDatetime,
    Model,
    Omittable,
    OneOf,
    Open,
)
from typing_extensions import TypeAliasType

__all__ = ["Change", "CounterResetsMessage", "Increment", "Kind", "Options", "Reset"]


class CounterResetsMessage(Model):
    """A message for the queue `resets` of `counter`."""

    to: int


class Increment(Model):
    """Somebody counted."""

    kind: Literal["increment"] = "increment"
    by_how_much: Annotated[int, Field(alias="byHowMuch")]
    """Never 0."""
    at: AwareDatetime


class Options(Model):
    """The type `Options`."""

    start: Omittable[AsBigInt] = None
    class_: Annotated[str | None, Field(alias="class")]


class Reset(Model):
    """The type `Reset`."""

    kind: Literal["reset"] = "reset"


Change = TypeAliasType("Change", Annotated[Increment | Reset, OneOf("kind")])

Kind = TypeAliasType("Kind", Open[Literal["increment", "reset"]])
"""What can happen."""
