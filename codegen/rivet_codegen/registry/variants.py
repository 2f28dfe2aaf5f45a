"""What tells the members of a union apart in the names of their types."""

from __future__ import annotations

from collections.abc import Sequence

from rivet_codegen.registry.document import Schema
from rivet_codegen.registry.naming import pascal

__all__ = ["variant_names"]

_SCALARS = ("boolean", "integer", "null", "number", "string")


def variant_names(members: Sequence[Schema], *, is_named: bool) -> list[str]:
    """Return what follows the name of a union in the name of each of its members.

    That is the tag, if there is one. Otherwise it is the number among the members that may need a name, which stand in
    the order of the source.

    Args:
        members: The members.
        is_named: Whether the union itself has the name.
    """
    unnamed = [at for at, member in enumerate(members) if _may_need_name(member)]
    names = [""] * len(members)
    if len(unnamed) == 1:
        names[unnamed[0]] = "Value" if is_named else ""
        return names
    numbers = [str(number) if is_named or number > 1 else "" for number in range(1, len(unnamed) + 1)]
    for at, name in zip(unnamed, _tags([members[at] for at in unnamed]) or numbers, strict=True):
        names[at] = name
    return names


def _may_need_name(schema: Schema) -> bool:
    return "$ref" not in schema and "const" not in schema and schema.get("type") not in _SCALARS


def _tags(members: Sequence[Schema]) -> list[str]:
    """Return the tags of the members as words; none if no property tells all of them apart."""
    for name in members[0].get("properties", ()) if members else ():
        words = [_word(name, member) for member in members]
        if all(words) and len({*words}) == len(words):
            return words
    return []


def _word(name: str, member: Schema) -> str:
    schema = member.get("properties", {}).get(name, {})
    value = schema["const"] if "const" in schema else schema.get("enum", [None])[0]
    if name not in member.get("required", ()) or not isinstance(value, str | bool | int):
        return ""
    if isinstance(value, bool):
        return pascal(name) if value else f"Not{pascal(name)}"
    return pascal(value) if isinstance(value, str) else f"{pascal(name)}{pascal(str(value))}"
