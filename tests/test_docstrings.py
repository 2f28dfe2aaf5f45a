"""Everything that users can name has a docstring, which tells of all its parameters and attributes and of no others.

Read from the sources by griffe, which imports nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import griffe
import pytest

from tests.support.public_api import HANDED_OUT, MODULES, TYPED, exports, sources

OBVIOUS = {"event", "unknown"}
"""Parameters that their type explains: the methods of observers get one event each, and of settings that a client does
not have there are none."""
Member = griffe.Object | griffe.Alias


def api() -> dict[str, Member]:
    """The public names of all modules, and the objects that they stand for."""
    names = {f"{module}.{name}" for module in MODULES if module != TYPED for name in exports(module)}
    found = {name: sources()[name] for name in names}
    # One object may have several public names.
    return {it.final_target.path if it.is_alias else it.path: it for it in found.values()}


def problems(path: str, thing: Member) -> Iterator[str]:
    """What is missing, or wrong, in the docstrings of an object and of its members."""
    if not thing.docstring and not thing.is_attribute:
        yield f"{path} has no docstring"
    elif thing.is_function:
        yield from told_otherwise(path, thing, parameters(thing), {"parameters"})
    elif thing.is_class:
        yield from of_class(path, thing)


def of_class(path: str, cls: Member) -> Iterator[str]:
    """The same for a class, with what it has from bases of this project."""
    told = {name for base in (cls, *bases(cls)) for name in names(base, {"parameters", "attributes"})}
    if (made := cls.all_members.get("__init__")) is not None and not HANDED_OUT.fullmatch(cls.name):
        missing = parameters(made) - told - names(made, {"parameters"}) - OBVIOUS
        yield from (f"{path} does not tell of its parameter {name}" for name in sorted(missing))
    for name, member in cls.all_members.items():
        if name.startswith("_") or not member.path.startswith("rivet_client"):
            continue
        if not member.is_attribute or "property" in member.labels:
            yield from problems(f"{path}.{name}", member)
        elif not member.docstring and name not in {*told, "model_config"}:
            yield f"{path} does not tell of its attribute {name}"


def told_otherwise(path: str, function: Member, real: set[str], kinds: set[str]) -> Iterator[str]:
    """Parameters that are told of and not there; and those that are there, and neither told of nor named."""
    told = names(function, kinds)
    assert function.docstring is not None
    said = set(re.findall(r"\w+", function.docstring.value))
    if "PROTOCOL.md" in function.docstring.value:
        yield f"{path} names a file that users do not have"
    yield from (f"{path} has no parameter {name}" for name in sorted(told - real))
    missing = real - told - (set() if told else said) - OBVIOUS
    yield from (f"{path} does not tell of its parameter {name}" for name in sorted(missing))


def bases(cls: Member) -> list[Member]:
    return [base for base in cls.mro() if base.path.startswith("rivet_client")]


def parameters(function: Member) -> set[str]:
    """The names of parameters, without self, cls and those of fixtures."""
    if any("fixture" in str(it.value) for it in function.decorators):
        return set()
    return {it.name.lstrip("*") for it in function.parameters} - {"self", "cls"}


def names(thing: Member, kinds: set[str]) -> set[str]:
    """The names that sections of a docstring tell of."""
    sections = thing.docstring.parsed if thing.docstring else []
    return {entry.name.lstrip("*") for it in sections if it.kind.value in kinds for entry in it.value}


@pytest.fixture(scope="module")
def public() -> dict[str, Member]:
    return api()


def test_everything_public_is_documented(public: dict[str, Member]) -> None:
    assert len(public) > 80
    assert sorted({it for path, thing in public.items() for it in problems(path, thing)}) == []
