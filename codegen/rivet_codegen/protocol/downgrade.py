"""Downgrades: IR of two neighbouring versions → functions that turn a message of the newer into one of the older.

What only the newer version has is left out where the message does not use it: an optional field that is absent, a union
member or an enum member that is not chosen. Any other message is a `VersionError`, which names what the older version
lacks, or needs. `upgrade` has refused all changes that would need another rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from rivet_codegen.names import field_name
from rivet_codegen.protocol.conversion import INDENT, Step, function_name, render_conversions
from rivet_codegen.protocol.ir import Definition, Optional, Protocol, Struct, Union, Version
from rivet_codegen.protocol.naming import with_article
from rivet_codegen.protocol.versions import same_shape

__all__ = ["downgrade_path", "render_downgrade"]

_LEAVE_OUT = "leave it out, or update the server"


def downgrade_path(protocol: Protocol, version: Version, name: str) -> list[str]:
    """Return the functions that take a message of the newest version to this one, in the order to call them."""
    newest_first = [it for it in protocol.versions[::-1] if it.number >= version.number]
    return [
        function_name(name, new, old) for new, old in pairwise(newest_first) if not same_shape(name, new, old)
    ]


def render_downgrade(protocol: Protocol) -> str:
    """Return the source of downgrade.py."""
    steps = [_Downgrade(protocol, new, old) for old, new in pairwise(protocol.versions)]
    return render_conversions(protocol, steps, "From one version of the protocol to the one before it")


class _Downgrade(Step):
    """From one version to the one before it."""

    parameter = "new"

    def body(self, source: Definition, target: Definition) -> Iterable[str] | None:
        """Return the lines of the function for one type; None for an enum that has no new member."""
        match source, target:
            case Struct(), Struct():
                return self._struct(source, target)
            case Union(), Union():
                return self._union(source, target)
            case _:  # `upgrade` has seen to it that both are enums
                return self._enum(source.name) if self._added(source.name) else None

    def convert_enum(self, name: str, value: str) -> str:
        """Return a call of the enum's function, if it has one."""
        return f"{self.function(name)}({value})" if self._added(name) else value

    def require(self, value: str, place: str) -> str | None:
        """Return a call that raises if there is no value."""
        return f"given({value}, {self._target.number}, {place!r})"

    def _struct(self, new: Struct, old: Struct) -> Iterator[str]:
        after = {each.name: each for each in new.fields}
        before = {each.name for each in old.fields}
        values = []
        for each in old.fields:
            python, place = field_name(each.name), f"the field {each.name} of {old.name}"
            if each.name in after:
                value = self.convert(f"new.{python}", after[each.name].type, each.type, place)
                values.append(f"{python}={value}")
            elif isinstance(each.type, Optional):
                values.append(f"{python}=None")
            else:
                yield self._refuse(f"needs {place}")
                return
        for each in new.fields:
            if each.name not in before:
                yield f"if new.{field_name(each.name)} is not None:"
                yield INDENT + self._refuse(f"has no field {each.name} of {new.name}", _LEAVE_OUT)
        yield f"return {self.class_of(self._target, old.name)}({', '.join(values)})"

    def _union(self, new: Union, old: Union) -> Iterator[str]:
        for name in self._added(new.name):
            yield f"if isinstance(new, {self.class_of(self._source, name)}):"
            yield INDENT + self._refuse(f"has no {name} in {with_article(new.name)}")
        yield from self.convert_members(old)

    def _enum(self, enum: str) -> Iterator[str]:
        for name in self._added(enum):
            yield f"if new == {name!r}:"
            yield INDENT + self._refuse(f"has no {name} in {with_article(enum)}")
        yield "return new"

    def _added(self, name: str) -> list[str]:
        """Return the members of a union or an enum that the older version does not have."""
        known = _member_names(self._target.definitions[name])
        return [it for it in _member_names(self._source.definitions[name]) if it not in known]

    def _refuse(self, why: str, hint: str = "") -> str:
        hinted = f", hint={hint!r}" if hint else ""
        return f"raise VersionError({self._target.number}, {why!r}{hinted})"


def _member_names(definition: Definition) -> list[str]:
    return [] if isinstance(definition, Struct) else [member.name for member in definition.members]
