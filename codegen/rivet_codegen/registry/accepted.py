"""What a caller may give: annotations of parameters, which are wider than those of results.

To a type checker a list of ints is no list of numbers, because somebody could append a fraction to it. Nobody can
append to a `Sequence`. So parameters say `Sequence`, `Mapping` and `Set`; `rivet_client.typed` makes lists, dicts and
sets of what comes.
"""

from __future__ import annotations

from collections.abc import Mapping

from rivet_codegen.registry.kinds import Apply, Choice, Kind, Plain, Ref, Text, Union, union, walk

__all__ = ["Kinds", "accepted", "is_wider"]

Kinds = Mapping[str, Kind]
"""What aliases stand for, by their names."""

_NONE = Plain("None")
_STR = Plain("str")
_PLAIN = {
    "AsArrayBuffer": Plain("BytesLike"),
    "JsonValue": Plain("JsonLike"),
    "bytes": Plain("BytesLike"),
    "int | float": Plain("float"),  # to a type checker, a float can be an int anyway
}


def accepted(kind: Kind, aliases: Kinds) -> Kind:
    """Return a kind as a parameter says it. Where an enum goes, its values go.

    A name that stands for a container is replaced by that container. A name that stands for something that mentions
    the name again stays.
    """
    match kind:
        case Plain(name):
            return _PLAIN.get(name, kind)
        case Ref(choice=Choice() as values):
            return union([kind, values])
        case Text():
            return _STR
        case Ref(name) if name in aliases and not _is_endless(name, aliases):
            wide = accepted(aliases[name], aliases)
            return wide if is_wider(wide) else kind
        case Union(members):
            return union([accepted(member, aliases) for member in members])
        case Apply(name, args):
            return _container(name, [accepted(arg, aliases) for arg in args])
    return kind


def is_wider(wide: Kind) -> bool:
    """Whether a kind that `accepted` returned has values that no result has."""
    parts = [*walk(wide)]
    names = {part.name for part in parts if isinstance(part, Apply | Plain)}
    has_enum = any(isinstance(part, Ref) and part.choice for part in parts)
    return has_enum or not names.isdisjoint({"BytesLike", "JsonLike", "Mapping", "Sequence", "Set"})


def _container(name: str, args: list[Kind]) -> Kind:
    match name:
        case "Fixed":
            return Apply("tuple", tuple(args))
        case "Omittable" | "NoneAsUndefined":
            return union([*args, _NONE])
        case "Rest":
            return Apply("Rest", tuple(args))
        case "set":
            return Apply("Set", tuple(args))
        case "AsMap" if args[0] == Plain("float"):  # the keys of a Mapping are exactly what they are called
            return union([Apply("Mapping", (key, args[1])) for key in (Plain("float"), Plain("int"))])
        case "AsMap" | "dict":
            return Apply("Mapping", tuple(args))
    return Apply("Sequence", tuple(args))  # `list` and `AsSet`


def _is_endless(name: str, aliases: Kinds) -> bool:
    """Whether a name stands for something that mentions the name again."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for part in walk(aliases[waiting.pop()]):
            if isinstance(part, Ref) and part.name in aliases and part.name not in seen:
                seen.add(part.name)
                waiting.append(part.name)
    return name in seen
