"""All that is public, a line for each item. `docs/versions.md` says what is promised about it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import click
import griffe

from rivet_client.cli.app import COMMANDS, root
from rivet_client.testing import pytest_plugin
from tests.support.public_api import HANDED_OUT, MODULES, ROOT, TYPED, exports, sources

__all__ = ["surface"]

_PROTOCOLS = {"__aenter__", "__aiter__", "__await__", "__call__", "__enter__", "__getattr__", "__iter__"}
_READERS = (
    "rivet_client/config.py",
    "rivet_client/_common",
    "rivet_client/_core",
    "rivet_client/cli",
    "codegen",
)
"""What reads environment variables."""
_SET_FOR_OTHERS = ("RIVET_LOG_LEVEL", "RIVET_TYPESCRIPT")
"""Variables that are not read, but set for the processes that are started."""

Item = tuple[str, str]


@cache
def surface() -> dict[str, str]:
    """Return the items in the order of their names, each with what holds for it."""
    return dict(sorted([*names(), *commands(), *plugin(), *variables(), *extras()]))


# --- Python ---------------------------------------------------------------------------------------------------------


def names() -> Iterator[Item]:
    """All that the public modules export. The sources are read, nothing is imported."""
    described: dict[str, griffe.Object] = {}
    homes: dict[str, str] = {}  # where something is defined: its public name
    for module in MODULES:
        for name in exports(module):
            path = f"{module}.{name}"
            meant = _meant(sources()[path])
            if isinstance(meant, str):
                yield path, f"is {meant}"
            elif homes.setdefault(meant.path, path) == path:
                described[path] = meant
            else:
                yield path, f"is {homes[meant.path]}"
    for path, item in described.items():
        if path.startswith(TYPED):  # an update may change the rest, because packages are then generated again
            yield path, item.kind.value
        else:
            yield from _described(path, item, homes)


def _meant(item: Any) -> Any:
    """Follow imports to what they mean; to its name if that is from another project."""
    while item.is_alias:
        try:
            item = item.target
        except griffe.AliasResolutionError as error:
            return error.alias.target_path
    return item


def _described(path: str, item: Any, homes: dict[str, str]) -> Iterator[Item]:
    if item.is_class:
        yield path, f"class({', '.join(dict.fromkeys(_bases(item, homes)))})"
        if not HANDED_OUT.fullmatch(item.name):
            yield from _parameters(path, item)
        for name, member in item.all_members.items():
            meant = _meant(member)
            is_public = name in _PROTOCOLS or not name.startswith(("_", "model_config"))
            if is_public and (meant.parent is item or meant.parent.path not in homes):
                yield from _described(f"{path}.{name}", meant, homes)
    elif item.is_function:
        if str(item.returns) == "Never":  # it only says what is right
            return
        kind = "".join(
            f"{label} " for label in ("async", "classmethod", "staticmethod") if label in item.labels
        )
        yield path, f"{kind}function -> {item.returns}"
        if item.name not in _PROTOCOLS:
            yield from _parameters(path, item)
    elif "property" in item.labels:
        yield path, f"property: {item.annotation}"
    else:
        value = item.value if "class-attribute" in item.labels or not item.parent.is_class else None
        yield path, "value" + _written(": ", item.annotation) + _written(" = ", value)


def _bases(cls: Any, homes: dict[str, str]) -> Iterator[str]:
    """Name the bases of a class. In the place of one that is not public stand its own ones."""
    private = {base.path: base for base in cls.resolved_bases if base.path not in homes}
    for base in cls.bases:
        if base.canonical_path in private:
            yield from _bases(private[base.canonical_path], homes)
        else:
            yield str(base)


def _parameters(path: str, function: Any) -> Iterator[Item]:
    own = [one for one in function.parameters if one.name not in ("self", "cls")]
    for number, one in enumerate(own, 1):
        kind, default = one.kind.value, one.default
        if str(one.annotation) == "Never":  # as above
            continue
        if kind.startswith("positional"):
            kind = f"{kind} {number}"
        elif kind.startswith("variadic"):
            default = None
        yield f"{path}({one.name})", kind + _written(": ", one.annotation) + _written(" = ", default)


def _written(sign: str, expression: object) -> str:
    return "" if expression is None else f"{sign}{expression}"


# --- The rest -------------------------------------------------------------------------------------------------------


def commands() -> Iterator[Item]:
    """The command, its subcommands, and what they take."""
    subcommands = {name: import_module(f"rivet_client.cli.{name}").command for name in COMMANDS}
    for name, command in {"": root, **subcommands}.items():
        path = f"rivet-client {name}".rstrip()
        yield path, "command"
        for number, param in enumerate(command.params, 1):
            taken = "flag" if getattr(param, "is_flag", False) else param.type.name
            if isinstance(param.type, click.Choice):
                taken = " | ".join(param.type.choices)
            several = ", several times" if param.multiple or param.nargs == -1 else ""
            if isinstance(param, click.Argument):
                yield f"{path} {param.name}", f"argument {number}: {taken}{several}"
            else:
                for option in (*param.opts, *param.secondary_opts):
                    yield f"{path} {option}", f"option: {taken}{several}"


def plugin() -> Iterator[Item]:
    """What the pytest plugin adds to command line and ini file. Its fixtures are in `__all__`."""
    found: list[Item] = []

    def option(name: str, choices: tuple[str, ...], help: str) -> None:
        found.append((f"pytest {name}", f"option: {' | '.join(choices)}"))

    def setting(name: str, help: str, default: str) -> None:
        found.append((f"pytest {name}", f"ini setting = {default!r}"))

    group = SimpleNamespace(addoption=option)
    parser: Any = SimpleNamespace(getgroup=lambda *_: group, addini=setting)
    pytest_plugin.pytest_addoption(parser)
    return iter(found)


def variables() -> Iterator[Item]:
    """The environment variables that are ours."""
    for reader in _READERS:
        path = ROOT / reader
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for name in re.findall(r'"(RIVET_[A-Z]\w*)"', file.read_text(encoding="utf-8")):
                if name not in _SET_FOR_OTHERS:
                    yield name, "environment variable"


def extras() -> Iterator[Item]:
    """The extras that pip knows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in project["optional-dependencies"]:
        yield f"rivet-client[{name}]", "extra"
