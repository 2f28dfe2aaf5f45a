"""Naming decisions: wire names to Python names. Pure; refuses what would collide."""

from __future__ import annotations

import keyword
import re

__all__ = [
    "MODEL_MEMBERS",
    "field_name",
    "snake_case",
]

MODEL_MEMBERS = frozenset(
    {
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
    }
)
"""Names with a meaning on every pydantic model, as has what begins with `model_`."""


def snake_case(name: str) -> str:
    """Turn `actorId`, `ActorId` or `HTTPServer` into `actor_id`, `http_server`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def field_name(wire: str) -> str:
    """Return the Python name of a field."""
    name = snake_case(wire)
    if keyword.iskeyword(name) or name in MODEL_MEMBERS or name.startswith("model_"):
        name += "_"
    return name
