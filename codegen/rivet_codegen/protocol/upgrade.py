"""Upgrades: IR of two neighbouring versions → functions that turn a message of the older into one of the newer.

A change that loses nothing is done: a field or a type is gone; an optional field, a union member, an enum member or a
type is new; a field became optional. A change that needs a decision is refused, and the error says what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from rivet_codegen.names import field_name
from rivet_codegen.protocol.conversion import Step, function_name, render_conversions
from rivet_codegen.protocol.ir import Definition, Enum, Optional, Protocol, Struct, Union, Version
from rivet_codegen.protocol.versions import same_shape
from rivet_codegen.schema_error import SchemaError

__all__ = ["render_upgrade", "upgrade_path"]


def upgrade_path(protocol: Protocol, version: Version, name: str) -> list[str]:
    """Return the functions that take a message of this version to the newest one, in the order to call them."""
    later = [it for it in protocol.versions if it.number >= version.number]
    return [function_name(name, old, new) for old, new in pairwise(later) if not same_shape(name, old, new)]


def render_upgrade(protocol: Protocol) -> str:
    """Return the source of upgrade.py.

    Raises:
        SchemaError: A message of an older version cannot be turned into one of the next.
    """
    steps = [_Upgrade(protocol, old, new) for old, new in pairwise(protocol.versions)]
    return render_conversions(protocol, steps, "From one version of the protocol to the next")


class _Upgrade(Step):
    """From one version to the next."""

    parameter = "old"

    def body(self, source: Definition, target: Definition) -> Iterable[str] | None:
        """Return the lines of the function for one type; None for enums, which are the same in Python.

        Raises:
            SchemaError: A message of the older version may have no counterpart in the newer.
        """
        match source, target:
            case Struct(), Struct():
                return self._struct(source, target)
            case Union(), Union():
                return self._union(source, target)
            case Enum(), Enum():
                self._check_members(source, target)
                return None
            case _:
                kinds = type(source).__name__.lower(), type(target).__name__.lower()
                message = (
                    f"{target.name} was `{kinds[0]}` and is `{kinds[1]}` now; give the new type another name"
                )
                raise SchemaError(target.position, message)

    def convert_enum(self, name: str, value: str) -> str:
        """Return the value itself: the newer version has all members."""
        return value

    def require(self, value: str, place: str) -> str | None:
        """Return None: a message of the older version may have no value there."""
        return None

    def _struct(self, old: Struct, new: Struct) -> Iterator[str]:
        before = {each.name: each for each in old.fields}
        values = []
        for each in new.fields:
            python = field_name(each.name)
            if each.name in before:
                value = self.convert(f"old.{python}", before[each.name].type, each.type, each.name)
                if value is None:
                    message = (
                        f"field {each.name} of {new.name} changed its type since v{self._source.number}.bare; "
                        "give the changed field another name and make it optional<…>"
                    )
                    raise SchemaError(each.position, message)
                values.append(f"{python}={value}")
            elif isinstance(each.type, Optional):
                values.append(f"{python}=None")
            else:
                message = (
                    f"field {each.name} of {new.name} is new and not optional, so that a message of version "
                    f"{self._source.number} has no value for it; make it optional<…>"
                )
                raise SchemaError(each.position, message)
        yield f"return {self.class_of(self._target, new.name)}({', '.join(values)})"

    def _union(self, old: Union, new: Union) -> Iterator[str]:
        self._check_members(old, new)
        yield from self.convert_members(old)

    def _check_members(self, old: Union | Enum, new: Union | Enum) -> None:
        names = {member.name for member in new.members}
        for member in old.members:
            if member.name not in names:
                message = (
                    f"{new.name} has lost its member {member.name}, so that a message of version "
                    f"{self._source.number} may have no counterpart; keep it"
                )
                raise SchemaError(new.position, message)
