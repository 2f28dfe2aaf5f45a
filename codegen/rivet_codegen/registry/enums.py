"""Enums of a registry → classes whose members have the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rivet_codegen.output.docstrings import docstring
from rivet_codegen.output.source import literal, quoted
from rivet_codegen.registry.document import Schema
from rivet_codegen.registry.kinds import Choice
from rivet_codegen.registry.naming import Names, Renames, spelled

__all__ = ["Enumeration", "enumeration"]


_OF_ENUMS = frozenset({"is_known", "mro", "name", "value"})
_OF_TEXTS = frozenset(name for name in dir(str) if not name.startswith("_"))
_OF_NUMBERS = frozenset(name for name in dir(int) if not name.startswith("_")) | {"is_integer"}  # since 3.12


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A class for an enum.

    Attributes:
        name: The name of the class.
        base: What it inherits from.
        members: The values, by the names of their members.
        description: What is said about it.
    """

    name: str
    base: str
    members: Mapping[str, str | int]
    description: str

    @property
    def choice(self) -> Choice:
        """The values. Only some of these can be sent; `rivet_client.typed` lets others arrive."""
        return Choice(tuple(dict.fromkeys(self.members.values())), is_open=False)

    @property
    def text(self) -> str:
        """The class."""
        said = quoted(docstring(self.description, f"The enum `{self.name}`."), 4)
        members = "\n".join(
            f"    {name} = {literal(value) if isinstance(value, str) else value}"
            for name, value in self.members.items()
        )
        return f"class {self.name}({self.base}):\n    {said}\n\n{members}"


def enumeration(name: str, schema: Schema, renames: Renames) -> Enumeration | None:
    """Return the class for a definition; None if the definition is no enum, or one whose values are of several types.

    Args:
        name: The name of the class.
        schema: The definition.
        renames: Where to note what had to be renamed.
    """
    values, names = schema.get("enum", []), schema.get("x-enum-varnames", [])
    kinds = {*map(type, values)}
    if kinds not in ({str}, {int}) or len(values) != len(names):
        return None
    base, taken = ("OpenStrEnum", _OF_TEXTS) if kinds == {str} else ("OpenIntEnum", _OF_NUMBERS)
    members = Names("member", name, taken | _OF_ENUMS, renames, spell=spelled).give_all(names)
    by_name = {members[wire]: value for wire, value in zip(names, values, strict=True)}
    return Enumeration(name, base, by_name, schema.get("description", ""))
