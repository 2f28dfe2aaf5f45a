"""Python names for what has a name in JavaScript, and a list of the names that had to become others."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from rivet_codegen.names import MODEL_MEMBERS, snake_case

__all__ = [
    "CLIENT_MEMBERS",
    "DIGIT_LIKE",
    "FIELD_MEMBERS",
    "HANDLE_MEMBERS",
    "IMPORTED_CLASSES",
    "MODULE_NAMES",
    "PARAMETER_NAMES",
    "SPELLED_AS_CLASSES",
    "TYPE_NAMES",
    "ClassNames",
    "Names",
    "Place",
    "Rename",
    "Renames",
    "action_names",
    "best_first",
    "pascal",
    "snake",
    "spelled",
]

# A test compares the members with the classes.
CLIENT_MEMBERS = frozenset(
    {"actor", "close", "create", "engine", "figures", "get", "get_for_id", "get_or_create"}
)
"""Attributes of a client that no actor can take."""

HANDLE_MEMBERS = frozenset(
    {
        "action",
        "actor_id",
        "close",
        "connect",
        "connection_id",
        "events",
        "fetch",
        "gateway_url",
        "on",
        "on_close",
        "on_error",
        "on_open",
        "on_status_change",
        "once",
        "reload",
        "resolve",
        "send",
        "status",
        "stream",
        "wait_ready",
        "websocket",
        "with_options",
    }
)
"""Attributes of handles and connections that no action can take."""

IMPORTED_CLASSES = frozenset({"ActorAccessor", "CommonAccessor", "CommonConnection", "CommonHandle"})
"""Classes that the modules import. The classes of an actor may not have the same names."""

MODULE_NAMES = frozenset({"builtins", "models", "property", "typed"})
"""Names that the classes in the modules refer to. A method with such a name would hide it."""

PARAMETER_NAMES = (MODULE_NAMES - {"property"}) | {"self"}
"""Names that no parameter can have, because the methods use them themselves."""

FIELD_MEMBERS = MODEL_MEMBERS | {
    *("mro", "register"),  # of every class
    *("bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple"),  # in annotations
}
"""Names with another meaning in the class of a model. Those that begin with `model_` are not listed here."""

TYPE_NAMES = frozenset(
    {
        "Annotated",
        "Any",
        "AsArrayBuffer",
        "AsBigInt",
        "AsMap",
        "AsSet",
        "AwareDatetime",
        "BytesLike",
        "ConfigDict",
        "Exact",
        "Field",
        "Fixed",
        "JsonLike",
        "JsonValue",
        "Literal",
        "Model",
        "NoneAsUndefined",
        "NotRequired",
        "Omittable",
        "OneOf",
        "Open",
        "OpenIntEnum",
        "OpenModel",
        "OpenStrEnum",
        "TextPattern",
        "Optional",
        "Required",
        "TYPE_CHECKING",
        "TypeAlias",
        "TypeAliasType",
        "TypedDict",
        "Union",
        "WithRest",
    }
)
"""Names that the module of the models imports."""


@dataclass(frozen=True, slots=True)
class Rename:
    """A name that is not simply its wire name in Python's spelling.

    Attributes:
        kind: What has the name: "actor", "action", "group", "parameter", "field", "member", "type" or
            "error".
        path: What that belongs to, such as "chatRoom.post"; "" for actors and types.
        wire: The name in the registry.
        python: The name in Python.
        reason: Why they differ.
    """

    kind: str
    path: str
    wire: str
    python: str
    reason: str

    def __str__(self) -> str:
        owner = f" of {self.path}" if self.path else ""
        return f"{self.kind} {self.wire!r}{owner} is {self.python} in Python: {self.reason}"


Renames = list[Rename]

SPELLED_AS_CLASSES = "classes are spelled so"
"""The reason of a rename that only spells the name of a type in Python's way."""

DIGIT_LIKE = frozenset({"I", "O", "l"})
"""Names that linters refuse, because they look like digits."""


def pascal(text: str) -> str:
    """Join the words of a text, each with a capital: `chat-room` and `chatRoom` become `ChatRoom`."""
    parts = re.split(r"_+", spelled(text))
    return "".join(part[:1].upper() + part[1:] for part in parts)


def snake(text: str) -> str:
    """Spell a text as Python spells variables. The result may still be no name at all."""
    return snake_case(spelled(text))


def spelled(text: str) -> str:
    """Spell a text with letters, digits and underscores. The signs of `+1` and `-1` become words."""
    signs = {"+": "plus_", "-": "minus_"}
    text = re.sub(r"^[+-](?=\d)", lambda sign: signs[sign[0]], unicodedata.normalize("NFKC", text))
    return re.sub(r"\W+", "_", text)


def best_first(wires: Iterable[str]) -> list[str]:
    """Sort names so that those come first which Python can have as they are, and then those which it could have."""
    return sorted(wires, key=lambda wire: (snake(wire) != wire, not wire.isidentifier(), wire))


class Names:
    """The names in one scope. Each is given once.

    Args:
        kind: What has the names; see `Rename`.
        path: What they belong to.
        taken: Names that have another meaning there.
        renames: Where to note what had to be renamed.
        spell: How names are spelled there.
    """

    def __init__(
        self,
        kind: str,
        path: str,
        taken: Collection[str],
        renames: Renames,
        spell: Callable[[str], str] = snake,
    ) -> None:
        self._spell = spell
        self._kind = kind
        self._path = path
        self._taken = taken
        self._renames = renames
        self._owners: dict[str, str] = {}

    def give_all(self, wires: Iterable[str]) -> dict[str, str]:
        """Give several names, the best ones first."""
        return {wire: self.give(wire) for wire in best_first(wires)}

    def give(self, wire: str) -> str:
        """Give the name for one wire name."""
        plain = self._spell(wire)
        name, reason = plain.strip("_"), ""
        if name != plain:
            reason = "names with a leading or trailing underscore are private or escaped"
        if not name.isidentifier():
            name, reason = f"{self._kind}_{name}".rstrip("_"), "it is no Python name"
        if keyword.iskeyword(name):
            name, reason = f"{name}_", f"{name} is a keyword"
        elif name in self._taken or (self._kind == "field" and name.startswith("model_")):
            name, reason = f"{name}_", f"{name} has another meaning there"
        elif name in DIGIT_LIKE:
            name, reason = f"{name}_", f"{name} looks like a digit"
        if name in self._owners:
            other, number = self._owners[name], 2
            while f"{name}_{number}" in self._owners:
                number += 1
            name, reason = f"{name}_{number}", f"{other!r} is {name} already"
        self._owners[name] = wire
        if not reason and re.search(r"[^\w]", wire):
            reason = "it is no Python name"
        if reason:
            self._renames.append(Rename(self._kind, self._path, wire, name, reason))
        return name


def action_names(actor: str, group: str, wires: Iterable[str], renames: Renames) -> dict[str, str]:
    """Give the names of the methods of a handle, or of a group of actions.

    Args:
        actor: The actor's name.
        group: The wire name of the group; "" for the handle.
        wires: The wire names of the actions and groups in it, without that of the group.
        renames: Where to note what had to be renamed.
    """
    taken = MODULE_NAMES if group else MODULE_NAMES | HANDLE_MEMBERS
    return Names("action", ".".join(filter(None, (actor, group))), taken, renames).give_all(wires)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a type stands that may need a name.

    Attributes:
        name: The name for it, if nothing else has that.
        qualified: The name if something has: it names every step to the place, so that no order decides.
        is_given: Whether `name` is the name of what the type is the definition of.
    """

    name: str
    qualified: str
    is_given: bool = False

    def __add__(self, step: str) -> Place:
        return Place(self.name + step, f"{self.qualified}_{step}" if step else self.qualified)

    def __str__(self) -> str:
        return self.name


_CLASS_SUFFIXES = ("Accessor", "Actions", "Connection", "Handle")


class ClassNames:
    """The names of classes in one module. Each is given once.

    Args:
        reserved: Names that have another meaning there.
    """

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self._reserved = reserved
        self._taken: set[str] = {*reserved}

    def give_prefix(self, wanted: str) -> str:
        """Give the prefix that the names of an actor's classes begin with."""
        start = wanted if wanted.isidentifier() else f"Actor{wanted}"
        prefix, number = start, 2
        while not self._taken.isdisjoint(names := {prefix + suffix for suffix in _CLASS_SUFFIXES}):
            prefix, number = f"{start}{number}", number + 1
        self._taken |= names
        return prefix

    def give(self, place: Place) -> str:
        """Give the name for what stands at a place."""
        plain, qualified = map(self._allowed, (place.name, place.qualified))
        name, number = plain if plain not in self._taken else qualified, 2
        while name in self._taken:
            name, number = f"{plain}{number}", number + 1
        self._taken.add(name)
        return name

    def _allowed(self, name: str) -> str:
        name = name if name.isidentifier() else f"Type{name}"
        is_other = (
            name in self._reserved or name in DIGIT_LIKE or keyword.iskeyword(name) or hasattr(builtins, name)
        )
        return f"{name}Type" if is_other else name
