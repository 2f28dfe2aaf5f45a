"""The contract inside a typed package: the registry document that the package was generated from, as a file of data.

Nothing reads that file when the package is used. It is there for comparisons with what comes later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["CONTRACT_FILE", "contract_text"]

CONTRACT_FILE: Final = "contract.json"
"""The name of the file."""


def contract_text(document: Mapping[str, Any], mark: str) -> str:
    """Return what the file says: what belongs to the contract, a line for each of its parts.

    Args:
        document: The registry document. What changes without the contract stays out: hashes of sources, versions,
            diagnostics.
        mark: What marks the file as generated.
    """
    about = document["x-rivet-registry"]
    parts: dict[str, Any] = {
        "$comment": mark,
        "$schema": document.get("$schema"),
        "x-rivet-registry": {key: about[key] for key in ("formatVersion", "file", "export") if key in about},
    }
    lines = [f" {_line(key)}: {_line(value)}" for key, value in parts.items() if value is not None]
    actors = [f"  {_line(name)}: {_actor(actor)}" for name, actor in sorted(document["actors"].items())]
    definitions = [
        f"  {_line(name)}: {_line(schema)}" for name, schema in sorted(document.get("$defs", {}).items())
    ]
    lines += [_block(' "actors"', actors, " "), _block(' "$defs"', definitions, " ")]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _actor(actor: Mapping[str, Any]) -> str:
    """Return an actor with a line for each of its members."""
    lines = []
    for key, value in sorted(actor.items()):
        if key in ("actions", "events", "queues") and value:
            members = [f"    {_line(name)}: {_line(member)}" for name, member in sorted(value.items())]
            lines.append(_block(f"   {_line(key)}", members, "   "))
        else:
            lines.append(f"   {_line(key)}: {_line(value)}")
    return "{\n" + ",\n".join(lines) + "\n  }"


def _block(head: str, lines: list[str], indent: str) -> str:
    return f"{head}: {{\n" + ",\n".join(lines) + f"\n{indent}}}" if lines else f"{head}: {{}}"


def _line(value: Any) -> str:
    return json.dumps(_ordered(value), allow_nan=False, separators=(",", ":"))


def _ordered(value: Any, *, is_sorted: bool = True) -> Any:
    """Sort the keys of all objects, but for the properties of a type, which keep the order of the source."""
    if isinstance(value, dict):
        keys = sorted(value) if is_sorted else value
        return {key: _ordered(value[key], is_sorted=key != "properties") for key in keys}
    return [_ordered(item) for item in value] if isinstance(value, list) else value
