"""Kinds: what a value can be. A kind becomes an annotation, and the schema that the model generator is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = [
    "DEFINITION",
    "IN_MODELS",
    "Apply",
    "Choice",
    "Kind",
    "Plain",
    "Ref",
    "Scope",
    "Text",
    "Union",
    "refs",
    "shown",
    "union",
    "walk",
]


@dataclass(frozen=True, slots=True)
class Scope:
    """How types are named in some part of the generated code.

    Attributes:
        models, typed: What stands before the names of models, and of what is in `rivet_client.typed`.
        hidden: Names of builtin types that mean something else there.
        abstract: The names of `Sequence`, `Mapping` and `Set` there.
    """

    models: str = "models."
    typed: str = "typed."
    hidden: frozenset[str] = frozenset()
    abstract: tuple[str, str, str] = ("Sequence", "Mapping", "AbstractSet")

    def builtin(self, name: str) -> str:
        """Name a builtin type."""
        return f"builtins.{name}" if name in self.hidden else name


DEFINITION = "definition_ǂ_"
"""Marks the names of definitions for the model generator, which would import `Path` or `Counter` from Python.

Its letter ǂ is one that no text of a registry has by accident.
"""

IN_MODELS = Scope("", "", abstract=("abc.Sequence", "abc.Mapping", "abc.Set"))
"""Inside the module of the models, whose own names may be `Sequence` and the like."""

_HIDDEN = "hiddenǂ"


def _hidden(annotation: str) -> str:
    """Return a name for an annotation that the model generator cannot read; see `shown`."""
    return f"{DEFINITION}{_HIDDEN}{annotation.encode().hex()}"


def shown(source: str) -> str:
    """Return what the model generator has made, with annotations in the place of their names."""
    return re.sub(f"{_HIDDEN}([0-9a-f]+)", lambda found: bytes.fromhex(found[1]).decode(), source)


_FOR_GENERATOR = Scope(DEFINITION, "rivet_client.typed.")
"""The same for the model generator, which turns the path of `rivet_client.typed` into an import."""


@dataclass(frozen=True, slots=True)
class Plain:
    """One of `_PLAIN`."""

    name: str

    def text(self, scope: Scope) -> str:
        """Return the annotation."""
        if self.name in _MARKERS:
            return f"{scope.typed}{self.name}"
        return " | ".join(map(scope.builtin, self.name.split(" | ")))

    def schema(self) -> dict[str, Any]:
        """Return the schema for the model generator."""
        schema = dict(_PLAIN[self.name])
        if self.name in _MARKERS:
            schema["x-python-type"] = self.text(_FOR_GENERATOR)
        return schema


_MARKERS = frozenset({"AsArrayBuffer", "AsBigInt", "AwareDatetime", "BytesLike", "JsonLike", "JsonValue"})
_PLAIN: Mapping[str, dict[str, Any]] = {
    "Any": {},
    "AsArrayBuffer": {"type": "string"},
    "AsBigInt": {"type": "integer"},
    "AwareDatetime": {"type": "string"},
    "JsonValue": {"type": "object"},
    "None": {"type": "null"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "format": "binary"},
    "int": {"type": "integer"},
    "int | float": {"type": "number", "x-python-type": "int | float"},
    "str": {"type": "string"},
}


@dataclass(frozen=True, slots=True)
class Ref:
    """A definition. The model generator learns no more of it than its name.

    Attributes:
        name: Its name.
        choice: The values, if it is an enum.
    """

    name: str
    choice: Choice | None = None

    def text(self, scope: Scope) -> str:
        """Return the annotation."""
        return f"{scope.models}{self.name}"

    def schema(self) -> dict[str, Any]:
        """Return the schema for the model generator."""
        return {"type": "string", "x-python-type": self.text(_FOR_GENERATOR)}


@dataclass(frozen=True, slots=True)
class Choice:
    """Certain values.

    Attributes:
        values: The values.
        is_open: Whether other values of their type arrive, too: an actor may be newer than the package.
        is_tag: Whether pydantic needs to see the values, because they tell the members of a union apart.
    """

    values: tuple[str | int | bool | None, ...]
    is_open: bool
    is_tag: bool = False

    @property
    def marker(self) -> str:
        """The annotation around it; "" for none. To Python, 1 and True are equal, so these need one."""
        if self.is_open:
            return "Open"
        is_exact = not self.is_tag and any(isinstance(value, int) for value in self.values)
        return "Exact" if is_exact else ""

    def text(self, scope: Scope) -> str:
        """Return the annotation."""
        literal = f"Literal[{', '.join(map(repr, self.values))}]"
        return f"{scope.typed}{self.marker}[{literal}]" if self.marker else literal

    def schema(self) -> dict[str, Any]:
        """Return the schema for the model generator."""
        if self.marker:
            return {"type": "string", "x-python-type": self.text(_FOR_GENERATOR)}
        return {"const": self.values[0]} if len(self.values) == 1 else {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a certain form.

    Attributes:
        pattern: A regular expression that Python understands.
    """

    pattern: str

    def text(self, scope: Scope) -> str:
        """Return the annotation."""
        if scope == _FOR_GENERATOR:
            return _hidden(self.text(IN_MODELS))
        return f"Annotated[{scope.builtin('str')}, {scope.typed}TextPattern({self.pattern!r})]"

    def schema(self) -> dict[str, Any]:
        """Return the schema for the model generator."""
        return {"type": "string", "x-python-type": self.text(_FOR_GENERATOR)}


@dataclass(frozen=True, slots=True)
class Apply:
    """A container: `list`, `dict`, `set`, or one of `rivet_client.typed`, where `Fixed` is a tuple.

    Parameters also have a `Sequence`, a `Mapping`, a `Set` and a `tuple`. The last element of a tuple may be a `Rest`,
    which stands for any number of elements.
    """

    name: str
    args: tuple[Kind, ...]

    @property
    def has_rest(self) -> bool:
        """Whether it is a tuple of any length."""
        return any(isinstance(arg, Apply) and arg.name == "Rest" for arg in self.args)

    def text(self, scope: Scope) -> str:
        """Return the annotation."""
        if scope == _FOR_GENERATOR and self.has_rest:
            return _hidden(self.text(IN_MODELS))
        args = ", ".join(arg.text(scope) for arg in self.args)
        match self.name:
            case "Fixed":
                marker = "WithRest" if self.has_rest else "Fixed"
                return f"{scope.typed}{marker}[{scope.builtin('tuple')}[{args or '()'}]]"
            case "Rest":
                return f"*{scope.builtin('tuple')}[{args}, ...]"
            case "dict" | "list" | "set":
                return f"{scope.builtin(self.name)}[{args}]"
            case "tuple":
                return f"{scope.builtin('tuple')}[{args or '()'}]"
            case "Sequence" | "Mapping" | "Set":
                return f"{scope.abstract[('Sequence', 'Mapping', 'Set').index(self.name)]}[{args}]"
            case _:
                return f"{scope.typed}{self.name}[{args}]"

    def schema(self) -> dict[str, Any]:
        """Return the schema for the model generator."""
        match self.name:
            case "dict" if self.args[0] == Plain("str"):
                return {"type": "object", "additionalProperties": self.args[1].schema() or True}
            case "list":
                return {"type": "array", "items": self.args[0].schema()}
            case "set":  # of a real set inside other kinds, the model generator would make a class
                return {"type": "string", "x-python-type": self.text(_FOR_GENERATOR)}
            case "AsMap" | "dict":
                return {"type": "object", "x-python-type": self.text(_FOR_GENERATOR)}
            case "Omittable" | "NoneAsUndefined":  # None is among their values
                return {"type": "string", "x-python-type": self.text(_FOR_GENERATOR), "nullable": False}
            case _:
                return {"type": "array", "x-python-type": self.text(_FOR_GENERATOR)}


@dataclass(frozen=True, slots=True)
class Union:
    """One of several; made by `union`."""

    members: tuple[Kind, ...]

    def text(self, scope: Scope) -> str:
        """Return the annotation."""
        return " | ".join(dict.fromkeys(member.text(scope) for member in self.members))

    def schema(self) -> dict[str, Any]:
        """Return the schema for the model generator."""
        return {"anyOf": [member.schema() for member in self.members]}


Kind: TypeAlias = Plain | Ref | Choice | Text | Apply | Union


def union(members: list[Kind]) -> Kind:
    """Join kinds. None comes last, `int | float` takes in `int`, and Any takes in all others."""
    flat: list[Kind] = []
    for member in members:
        flat += member.members if isinstance(member, Union) else (member,)
    if Plain("Any") in flat:
        return Plain("Any")
    if Plain("int | float") in flat:
        flat = [kind for kind in flat if kind != Plain("int")]
    # Kinds are compared by their texts, because `Choice((1,), ...)` is equal to `Choice((True,), ...)`.
    distinct = sorted(
        {kind.text(Scope()): kind for kind in flat}.values(), key=lambda kind: kind == Plain("None")
    )
    return distinct[0] if len(distinct) == 1 else Union(tuple(distinct))


def walk(kind: Kind) -> Iterator[Kind]:
    """Yield a kind and all that it consists of."""
    yield kind
    match kind:
        case Apply(args=parts) | Union(members=parts):
            for part in parts:
                yield from walk(part)


def refs(kind: Kind) -> Iterator[str]:
    """Yield the names of the definitions that a kind mentions."""
    return (part.name for part in walk(kind) if isinstance(part, Ref))
