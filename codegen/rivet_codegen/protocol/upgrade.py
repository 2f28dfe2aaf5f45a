"""Upgrades: IR of two neighbouring versions → functions that turn a message of the older into one of the newer.

A change that loses nothing is done: a field or a type is gone; an optional field, a union member, an enum member or a
type is new; a field became optional. A change that needs a decision is refused, and the error says what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rivet_codegen.names import field_name, snake_case
from rivet_codegen.output.templating import render
from rivet_codegen.protocol.ir import (
    Definition,
    Enum,
    ListOf,
    MapOf,
    Named,
    Optional,
    Protocol,
    Struct,
    Type,
    Union,
    Version,
)
from rivet_codegen.protocol.versions import codec_owner, same_shape
from rivet_codegen.schema_error import SchemaError

__all__ = ["render_upgrade", "upgrade_path"]

_INDENT = "    "


@dataclass(frozen=True, slots=True)
class UpgradeView:
    """A function that turns a message of one version into a message of the next.

    Attributes:
        name: Name of the function.
        type: Name of the message's type.
        old_class, new_class: Its class in both versions, with the module.
        old_version, new_version: The numbers of the versions.
        body: The lines of the function, which know the message as `old`.
    """

    name: str
    type: str
    old_class: str
    new_class: str
    old_version: int
    new_version: int
    body: tuple[str, ...]


def upgrade_path(protocol: Protocol, version: Version, name: str) -> list[str]:
    """Return the functions that take a message of this version to the newest one, in the order to call them."""
    later = [it for it in protocol.versions if it.number >= version.number]
    return [_function(name, old, new) for old, new in pairwise(later) if not same_shape(name, old, new)]


def render_upgrade(protocol: Protocol) -> str:
    """Return the source of upgrade.py.

    Raises:
        SchemaError: A message of an older version cannot be turned into one of the next.
    """
    upgrades = [
        _Step(protocol, old, new).upgrade(definition, new.definitions[name])
        for old, new in pairwise(protocol.versions)
        for name, definition in old.definitions.items()
        if name in new.definitions and not same_shape(name, old, new)
    ]
    functions = [it for it in upgrades if it is not None]
    return render(
        "protocol/upgrade.py.jinja",
        modules=["messages", *(f"v{it.number}" for it in protocol.versions[:-1])],
        exports=sorted(it.name for it in functions),
        upgrades=functions,
    )


def _function(name: str, old: Version, new: Version) -> str:
    return f"{snake_case(name)}_v{old.number}_to_v{new.number}"


class _Step:
    """From one version to the next."""

    def __init__(self, protocol: Protocol, old: Version, new: Version) -> None:
        self._protocol = protocol
        self._old = old
        self._new = new

    def upgrade(self, old: Definition, new: Definition) -> UpgradeView | None:
        """Return the function for one type; None for enums, which are the same in Python.

        Raises:
            SchemaError: A message of the older version may have no counterpart in the newer.
        """
        match old, new:
            case Struct(), Struct():
                body = self._struct(old, new)
            case Union(), Union():
                body = self._union(old, new)
            case Enum(), Enum():
                self._check_members(old, new)
                return None
            case _:
                kinds = type(old).__name__.lower(), type(new).__name__.lower()
                message = (
                    f"{new.name} was `{kinds[0]}` and is `{kinds[1]}` now; give the new type another name"
                )
                raise SchemaError(new.position, message)
        return UpgradeView(
            _function(old.name, self._old, self._new),
            old.name,
            self._class(self._old, old.name),
            self._class(self._new, new.name),
            self._old.number,
            self._new.number,
            tuple(body),
        )

    def _class(self, version: Version, name: str) -> str:
        owner = codec_owner(self._protocol, version, name)
        module = "messages" if owner is self._protocol.newest else f"v{owner.number}"
        return f"{module}.{name}"

    def _struct(self, old: Struct, new: Struct) -> Iterator[str]:
        before = {each.name: each for each in old.fields}
        values = []
        for each in new.fields:
            python = field_name(each.name)
            if each.name in before:
                value = self._convert(f"old.{python}", before[each.name].type, each.type)
                if value is None:
                    message = (
                        f"field {each.name} of {new.name} changed its type since v{self._old.number}.bare; "
                        "give the changed field another name and make it optional<…>"
                    )
                    raise SchemaError(each.position, message)
                values.append(f"{python}={value}")
            elif isinstance(each.type, Optional):
                values.append(f"{python}=None")
            else:
                message = (
                    f"field {each.name} of {new.name} is new and not optional, so that a message of version "
                    f"{self._old.number} has no value for it; make it optional<…>"
                )
                raise SchemaError(each.position, message)
        yield f"return {self._class(self._new, new.name)}({', '.join(values)})"

    def _union(self, old: Union, new: Union) -> Iterator[str]:
        self._check_members(old, new)
        changed = [it.name for it in old.members if not same_shape(it.name, self._old, self._new)]
        for name in changed:
            call = f"return {_function(name, self._old, self._new)}(old)"
            if name == changed[-1] and len(changed) == len(old.members):
                yield call
                return
            yield f"if isinstance(old, {self._class(self._old, name)}):"
            yield _INDENT + call
        yield "return old"

    def _check_members(self, old: Union | Enum, new: Union | Enum) -> None:
        names = {member.name for member in new.members}
        for member in old.members:
            if member.name not in names:
                message = (
                    f"{new.name} has lost its member {member.name}, so that a message of version "
                    f"{self._old.number} may have no counterpart; keep it"
                )
                raise SchemaError(new.position, message)

    def _convert(self, value: str, old: Type, new: Type) -> str | None:
        """Return the expression for a value in the newer version; None if there is none."""
        match old, new:
            case Optional(before), Optional(after):
                inner = self._convert(value, before, after)
                return inner if inner in (None, value) else f"None if {value} is None else {inner}"
            case _, Optional(after):
                return self._convert(value, old, after)
            case ListOf(before), ListOf(after):
                inner = self._convert("item", before, after)
                return (
                    inner if inner is None else value if inner == "item" else f"[{inner} for item in {value}]"
                )
            case MapOf(key, before), MapOf(new_key, after) if key == new_key:
                inner = self._convert("item", before, after)
                if inner in (None, "item"):
                    return inner and value
                return f"{{key: {inner} for key, item in {value}.items()}}"
            case Named(before), Named(after) if before == after:
                if isinstance(self._new.definitions[after], Enum) or same_shape(after, self._old, self._new):
                    return value
                return f"{_function(after, self._old, self._new)}({value})"
            case _:
                return value if old == new else None
