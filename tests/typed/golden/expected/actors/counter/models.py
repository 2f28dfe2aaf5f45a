# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The values that only `counter` takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from rivet_client.typed import (
    AsBigInt,
    Model,
    Omittable,
    Open,
)
from typing_extensions import TypeAliasType

__all__ = ["CounterResetsMessage", "Kind", "Options"]


class CounterResetsMessage(Model):
    """A message for the queue `resets` of `counter`."""

    to: int


class Options(Model):
    """The type `Options`."""

    start: Omittable[AsBigInt] = None
    class_: Annotated[str | None, Field(alias="class")]


Kind = TypeAliasType("Kind", Open[Literal["increment", "reset"]])
"""What can happen."""
