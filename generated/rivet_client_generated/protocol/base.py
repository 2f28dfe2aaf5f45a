# Generated, do not edit. Source: codegen/rivet_codegen; command: python -m rivet_codegen

"""What every message is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["WireModel"]


class WireModel(BaseModel):
    """A message: immutable, compared by its fields. Its validator is built when the first one is made."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)
