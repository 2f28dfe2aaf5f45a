"""Typed packages for tests: generated, imported, and used in either flavour."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from rivet_codegen.output.tree import write_tree
from rivet_codegen.registry.typed_package import TypedPackage, render_typed_package
from tests.support.flavours import Blocking, Flavour

__all__ = ["document", "imported", "odd_document", "typed_client"]


def document(
    actors: Mapping[str, Any] | None = None, definitions: Mapping[str, Any] | None = None, **about: Any
) -> dict[str, Any]:
    """A registry document by hand; actors get what they lack."""
    empty = {"actions": {}, "events": {}, "queues": {}, "encodings": ["bare", "cbor", "json"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-rivet-registry": {"formatVersion": 1, "file": "registry.ts", **about},
        "actors": {
            name: {"input": None, "connParams": None, **empty, **actor}
            for name, actor in (actors or {}).items()
        },
        "$defs": dict(definitions or {}),
        "diagnostics": [],
    }


def odd_document() -> dict[str, Any]:
    """Every name that means something else in Python, in a generated module or to pydantic, wherever a name can be."""
    text, whole, null = {"type": "string"}, {"type": "integer"}, {"type": "null"}
    texts = {"type": "array", "items": text}
    kinds = {
        "aList": texts,
        "aDict": {"type": "object", "additionalProperties": text},
        "aSet": {**texts, "x-rivet-type": "set"},
        "aNumber": {"type": "number"},
        "aTuple": {"type": "array", "prefixItems": [text, whole], "minItems": 2, "items": False},
        "aChoice": {"enum": ["a", "b"]},
        "some": {"type": "string", "x-rivet-type": "bytes"},
        "whether": {"type": "boolean"},
        "self": {"$ref": "#/$defs/list"},
    }
    builtins = [
        "bool",
        "bytes",
        "dict",
        "float",
        "int",
        "list",
        "None",
        "object",
        "set",
        "str",
        "super",
        "tuple",
        "type",
    ]
    modules = [
        "Annotated",
        "Any",
        "builtins",
        "Field",
        "Literal",
        "models",
        "overload",
        "property",
        "typed",
        "UNDEFINED",
    ]
    others = [
        "$ref",
        "1st",
        "a b",
        "a.b",
        "class",
        "copy",
        "größe",
        "I",
        "l",
        "model_extra",
        "mro",
        "O",
        "self",
        "x",
        "_x",
    ]
    names = [*builtins, *modules, *others]
    params = [{"name": name, "schema": text, "required": True} for name in [*names, "call", "result"]]
    words = [{"const": "a"}, {"const": "b"}]
    anything = {
        "anyOf": [{"$ref": "#/$defs/list"}, texts, kinds["aSet"], whole, kinds["aNumber"], *words, null]
    }
    members = [
        "action",
        "close",
        "connect",
        "on",
        "status",
        "__init__",
        "_driver",
        "_owner",
        "_send",
        "typing",
    ]
    actions = {
        name: {"params": params, "returns": anything} for name in [*names, *members] if "." not in name
    }
    inner = {
        f"group.{name}": {"params": [], "returns": texts}
        for name in ("list", "property", "actions", "deeper.property")
    }
    spaced = ["a b", 'quo"ted', "größe", "class", ""]
    message = {"type": "object", "properties": {"list": texts}}
    return document(
        {
            "self": {
                "throws": [{"group": group, "code": name} for name in names for group in ("user", "1")],
                "input": {"schema": {"$ref": "#/$defs/int"}, "required": False},
                "actions": {**actions, **inner},
                "events": {name: {"args": params[:3]} for name in spaced},
                "queues": {name: {"message": message, "complete": anything} for name in spaced},
            },
            **{
                name: {"actions": {"list": actions["list"]}}
                for name in [*names, *members, "Actor", "Common", "client"]
            },
            **{name: {} for name in MODULES},
            "nothing": {},
            "opaque": {"opaque": True},
        },
        {
            name: {"type": "object", "properties": dict.fromkeys(names, text) | kinds}
            for name in ("M", "O", "list", "int", "T7", "T60")  # the last two as ruff sorts them
        }
        | {
            "Texts": {"enum": names, "x-enum-varnames": names},
            "Numbers": {"enum": [*range(len(names))], "x-enum-varnames": names},
        },
    )


MODULES = [
    *(
        "actors",
        "annotations",
        "asyncio",
        "blocking",
        "errors",
        "late imports",
        "TYPE_CHECKING",
    ),  # of a package
    *(
        "con",
        "globals",
        "import_module",
        "print",
        "sorted",
        "x" * 300,
    ),  # no files on Windows, or hiding a builtin
]
"""Actors whose folders could hide something, or could not be."""


@contextmanager
def imported(
    source: Mapping[str, Any] | TypedPackage, folder: Path, name: str, **options: Any
) -> Iterator[ModuleType]:
    """The typed package of a document, imported under a name and forgotten afterwards.

    With a name that begins with `rivet_client`, `Blocking` knows the asyncio twins of its classes.
    """
    rendered = (
        source if isinstance(source, TypedPackage) else render_typed_package(source, package=name, **options)
    )
    write_tree(rendered.tree, folder / name)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for module in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
            del sys.modules[module]


def typed_client(package: ModuleType, flavour: Flavour, endpoint: str, **options: Any) -> Any:
    """A client of the package, to be used with `async with` and `await` in either flavour."""
    if flavour.name == "asyncio":
        return package.AsyncClient(endpoint, **options)
    return Blocking(package.Client(endpoint, **options), package.AsyncClient)
