"""What the two directions between neighbouring versions have in common: functions that turn messages into others.

`upgrade` goes to the newer version, `downgrade` to the older one. They share how a function is named and how values in
lists, maps and optional fields are converted. Each direction decides what happens to what only one version has.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from rivet_codegen.names import snake_case
from rivet_codegen.output.templating import render
from rivet_codegen.protocol.ir import (
    Definition,
    Enum,
    ListOf,
    MapOf,
    Named,
    Optional,
    Protocol,
    Type,
    Union,
    Version,
)
from rivet_codegen.protocol.versions import codec_owner, same_shape

__all__ = ["INDENT", "ConversionView", "Step", "function_name", "render_conversions"]

INDENT = "    "


@dataclass(frozen=True, slots=True)
class ConversionView:
    """A function that turns a message of one version into a message of a neighbouring version.

    Attributes:
        name: Name of the function.
        type: Name of the message's type.
        parameter: What the body calls the message that it gets.
        source_class, target_class: The class of the message in both versions, with the module.
        source_version, target_version: The numbers of the versions.
        body: The lines of the function.
    """

    name: str
    type: str
    parameter: str
    source_class: str
    target_class: str
    source_version: int
    target_version: int
    body: tuple[str, ...]


def function_name(name: str, source: Version, target: Version) -> str:
    """Return the name of the function that takes a type from one version to another."""
    return f"{snake_case(name)}_v{source.number}_to_v{target.number}"


class Step(ABC):
    """From one version to a neighbouring one.

    Args:
        protocol: All versions.
        source: The version of the message that there is.
        target: The version that it is turned into.
    """

    parameter: ClassVar[str]

    def __init__(self, protocol: Protocol, source: Version, target: Version) -> None:
        self._protocol = protocol
        self._source = source
        self._target = target

    @abstractmethod
    def body(self, source: Definition, target: Definition) -> Iterable[str] | None:
        """Return the lines of the function for one type; None if the type needs no function."""

    @abstractmethod
    def convert_enum(self, name: str, value: str) -> str:
        """Return the expression for a member of an enum in the target version."""

    @abstractmethod
    def require(self, value: str, place: str) -> str | None:
        """Return the expression for a value that the target version requires, and the source version does not.

        Args:
            value: The expression for the value in the source version.
            place: What error texts call it.

        Returns:
            None if there is no such expression.
        """

    def views(self) -> Iterator[ConversionView]:
        """Yield the functions for the types that both versions have, but not in the same form."""
        for name in self._source.definitions:
            if name not in self._target.definitions or not self.is_changed(name):
                continue
            body = self.body(self._source.definitions[name], self._target.definitions[name])
            if body is not None:
                yield ConversionView(
                    self.function(name),
                    name,
                    self.parameter,
                    self.class_of(self._source, name),
                    self.class_of(self._target, name),
                    self._source.number,
                    self._target.number,
                    tuple(body),
                )

    def function(self, name: str) -> str:
        """Return the name of the function for one type."""
        return function_name(name, self._source, self._target)

    def class_of(self, version: Version, name: str) -> str:
        """Return the class of a type in one version, with the module."""
        owner = codec_owner(self._protocol, version, name)
        module = "messages" if owner is self._protocol.newest else f"v{owner.number}"
        return f"{module}.{name}"

    def is_changed(self, name: str) -> bool:
        """Tell whether a type is not the same in both versions."""
        return not same_shape(name, self._source, self._target)

    def convert_members(self, older: Union) -> Iterator[str]:
        """Yield the lines of the function for a union that convert its members.

        Args:
            older: The union in the older version. The newer one has all of its members.
        """
        changed = [it.name for it in older.members if self.is_changed(it.name)]
        for name in changed:
            call = f"return {self.function(name)}({self.parameter})"
            if name == changed[-1] and len(changed) == len(older.members):
                yield call
                return
            yield f"if isinstance({self.parameter}, {self.class_of(self._source, name)}):"
            yield INDENT + call
        yield f"return {self.parameter}"

    def convert(self, value: str, source: Type, target: Type, place: str) -> str | None:
        """Return the expression for a value in the target version; None if there is none.

        Args:
            value: The expression for the value in the source version.
            source: Its type in the source version.
            target: Its type in the target version.
            place: What error texts call it.
        """
        match source, target:
            case Optional(before), Optional(after):
                inner = self.convert(value, before, after, place)
                return inner if inner in (None, value) else f"None if {value} is None else {inner}"
            case _, Optional(after):
                return self.convert(value, source, after, place)
            case Optional(before), _:
                required = self.require(value, place)
                return required and self.convert(required, before, target, place)
            case ListOf(before), ListOf(after):
                inner = self.convert("item", before, after, place)
                return (
                    inner if inner is None else value if inner == "item" else f"[{inner} for item in {value}]"
                )
            case MapOf(key, before), MapOf(new_key, after) if key == new_key:
                inner = self.convert("item", before, after, place)
                if inner in (None, "item"):
                    return inner and value
                return f"{{key: {inner} for key, item in {value}.items()}}"
            case Named(before), Named(after) if before == after:
                return self._convert_named(before, value)
            case _:
                return value if source == target else None

    def _convert_named(self, name: str, value: str) -> str:
        if isinstance(self._target.definitions[name], Enum):
            return self.convert_enum(name, value)
        return f"{self.function(name)}({value})" if self.is_changed(name) else value


def render_conversions(protocol: Protocol, steps: Iterable[Step], title: str) -> str:
    """Return the source of a module with all functions of one direction.

    Args:
        protocol: All versions.
        steps: The steps of that direction.
        title: The first sentence of the module's docstring.

    Raises:
        SchemaError: A message of one version cannot be turned into one of the other.
    """
    functions = [view for step in steps for view in step.views()]
    return render(
        "protocol/conversions.py.jinja",
        title=title,
        modules=["messages", *(f"v{it.number}" for it in protocol.versions[:-1])],
        exports=sorted(it.name for it in functions),
        functions=functions,
    )
