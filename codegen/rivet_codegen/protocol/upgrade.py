"""IR of two neighbouring versions → functions that turn a message of the older into one of the newer.

Everything that loses nothing is done: a field or a type is gone, an optional field, a union member, an enum member or
a type is new, a field became optional. What would need a decision is refused, with what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rivet_codegen.names import field_name, snake_case
from rivet_codegen.output.source import exports
from rivet_codegen.protocol.codecs import home
from rivet_codegen.protocol.ir import (
    Definition,
    Enum,
    ListOf,
    MapOf,
    Named,
    Optional,
    Protocol,
    Schema,
    Struct,
    Type,
    Union,
    same_shape,
)
from rivet_codegen.schema_error import SchemaError

__all__ = ["render_upgrade", "upgrade_path"]

_PACKAGE = "rivet_client_generated.protocol"
_INDENT = "    "


def upgrade_path(protocol: Protocol, schema: Schema, name: str) -> list[str]:
    """Return the functions that take a message of this version to the newest one, in the order to call them."""
    later = [it for it in protocol.versions if it.version >= schema.version]
    return [_function(name, old, new) for old, new in pairwise(later) if not same_shape(name, old, new)]


def render_upgrade(protocol: Protocol) -> str:
    """Return the source of upgrade.py.

    Raises:
        SchemaError: A message of an older version cannot be turned into one of the next.
    """
    functions = {}
    for old, new in pairwise(protocol.versions):
        for name, definition in old.definitions.items():
            if name in new.definitions and not same_shape(name, old, new):
                step = _Step(protocol, old, new)
                source = step.function(definition, new.definitions[name])
                if source:
                    functions[_function(name, old, new)] = source
    modules = ", ".join(["messages", *(f"v{it.version}" for it in protocol.versions[:-1])])
    return "\n".join(
        [
            '"""From one version of the protocol to the next: the messages that differ."""',
            "",
            "from __future__ import annotations",
            "",
            f"from {_PACKAGE} import {modules}",
            "",
            exports(functions),
            "",
            *functions.values(),
        ]
    )


def _function(name: str, old: Schema, new: Schema) -> str:
    return f"{snake_case(name)}_v{old.version}_to_v{new.version}"


class _Step:
    """From one version to the next."""

    def __init__(self, protocol: Protocol, old: Schema, new: Schema) -> None:
        self._protocol = protocol
        self._old = old
        self._new = new

    def function(self, old: Definition, new: Definition) -> str:
        """Return the source of the function for one type; "" for enums, which are the same in Python."""
        match old, new:
            case Struct(), Struct():
                body = list(self._struct(old, new))
            case Union(), Union():
                body = list(self._union(old, new))
            case Enum(), Enum():
                self._check_members(old, new)
                return ""
            case _:
                kinds = type(old).__name__.lower(), type(new).__name__.lower()
                message = (
                    f"{new.name} was `{kinds[0]}` and is `{kinds[1]}` now; give the new type another name"
                )
                raise SchemaError(new.position, message)
        head = (
            f"def {_function(old.name, self._old, self._new)}"
            f"(old: {self._class(self._old, old.name)}) -> {self._class(self._new, new.name)}:"
        )
        doc = (
            f'"""Turn {old.name} of version {self._old.version} into that of version {self._new.version}."""'
        )
        return "\n".join([head, *(_INDENT + line for line in (doc, *body)), "\n"])

    def _class(self, schema: Schema, name: str) -> str:
        found = home(self._protocol, schema, name)
        module = "messages" if found is self._protocol.newest else f"v{found.version}"
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
                        f"field {each.name} of {new.name} changed its type since v{self._old.version}.bare; "
                        "give the changed field another name and make it optional<…>"
                    )
                    raise SchemaError(each.position, message)
                values.append(f"{python}={value}")
            elif isinstance(each.type, Optional):
                values.append(f"{python}=None")
            else:
                message = (
                    f"field {each.name} of {new.name} is new and not optional, so that a message of version "
                    f"{self._old.version} has no value for it; make it optional<…>"
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
                    f"{self._old.version} may have no counterpart; keep it"
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
