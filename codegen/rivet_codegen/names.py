"""Names of the wire → names of Python."""

from __future__ import annotations

import keyword
import re

__all__ = ["MODEL_MEMBERS", "field_name", "snake_case"]

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
"""Names that every pydantic model has itself. Those that begin with `model_` are not listed here."""


def snake_case(name: str) -> str:
    """Turn `actorId`, `ActorId` or `HTTPServer` into `actor_id`, `http_server`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def field_name(wire: str) -> str:
    """Return the Python name of a field: one that neither Python nor pydantic uses."""
    name = snake_case(wire)
    if keyword.iskeyword(name) or name in MODEL_MEMBERS or name.startswith("model_"):
        name += "_"
    return name
