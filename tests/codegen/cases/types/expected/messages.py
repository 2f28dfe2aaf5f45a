# Generated, do not edit. Source: schema/types/v1.bare; command: python -m rivet_codegen

"""Messages of version 1, the newest."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from rivet_client_generated.protocol.base import WireModel

__all__ = ["Choice", "Colour", "Everything", "Inner", "Other"]


class Everything(WireModel):
    """Every kind of type that stands alone.

    The empty comment line above counts as a space.

    Attributes:
        choice: One of the others.
    """

    colour: Literal["RED", "GREEN"]
    choice: Inner | Other
    label: str
    raw: bytes
    maybe: bool | None = None
    payload: Any
    number: int


class Inner(WireModel):
    """The message Inner."""

    a: int


class Other(WireModel):
    """The message Other."""

    b: float


Colour: TypeAlias = Literal["RED", "GREEN"]
"""One of two.

They need not count from 0."""


Choice: TypeAlias = Inner | Other
