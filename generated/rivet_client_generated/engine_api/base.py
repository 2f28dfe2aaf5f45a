# Generated, do not edit. Source: schema/engine_api.yaml; command: python -m rivet_codegen

"""What every request and answer of the control API is."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

__all__ = ["EngineModel"]


class EngineModel(BaseModel):
    """A request or an answer: immutable. Fields that a newer engine adds are ignored."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        defer_build=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,  # it may hold a token
    )
