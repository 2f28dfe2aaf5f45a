# Generated, do not edit. Source: schema/containers/v1.bare; command: python -m rivet_codegen

"""Messages of version 1, the newest."""

from __future__ import annotations

from typing import Any

from rivet_client_generated.protocol.base import WireModel

__all__ = ["Containers", "Inner"]


class Containers(WireModel):
    """The message Containers."""

    names: list[str | None]
    table: dict[str, list[Inner]]
    payloads: list[Any]
    wide: dict[str, int] | None = None


class Inner(WireModel):
    """The message Inner."""

    a: int
