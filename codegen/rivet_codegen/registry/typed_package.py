"""A registry document → a typed package: models, and a client of each flavour whose attributes are the actors."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rivet_codegen.facade.flavours import FLAVOURS
from rivet_codegen.output.docstrings import docstring
from rivet_codegen.output.format import RUFF_TYPED_CONFIG
from rivet_codegen.output.templating import render
from rivet_codegen.output.tree import Tree, build_tree, headed, marked
from rivet_codegen.registry.build import actor_views
from rivet_codegen.registry.document import FORMAT_VERSION, RegistryError, read_document
from rivet_codegen.registry.errors import ErrorClasses, ErrorView
from rivet_codegen.registry.layout import types_by_home
from rivet_codegen.registry.models import ModelModules
from rivet_codegen.registry.naming import Rename, Renames
from rivet_codegen.registry.overview import overview
from rivet_codegen.registry.package_contract import CONTRACT_FILE, contract_text
from rivet_codegen.registry.schemas import SchemaConverter
from rivet_codegen.registry.views import ActorView

__all__ = ["RegistryError", "Rename", "TypedPackage", "render_typed_package"]


_MODELS = """The values that the actors take and give.

Types that several actors use stand here. Those of one actor stand in its folder, and can be imported from here, too."""
_CLIENTS = ((".asyncio", ["AsyncClient"]), (".blocking", ["Client"]))

_PACKAGE_FORMAT: Final = 1
"""`rivet_client.typed.PACKAGE_FORMAT` of the client that these packages are for."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and lone surrogates. Literals have them escaped, but docstrings do not."""

_WITHOUT_WIDTH = re.compile(r"[\u061c\u200b\u200f\u202a-\u202e\u2066-\u2069]")
"""What ruff refuses as well: marks that turn text around, and the space without width (as in `*/` within a comment)."""


@dataclass(frozen=True)
class TypedPackage:
    """A typed package.

    Attributes:
        tree: Its files, for `rivet_codegen.output.tree` to write or compare.
        renames: The names that are not their wire names in Python's spelling.
        notes: What else a reader of the registry might not expect, one sentence each.
    """

    tree: Tree
    renames: tuple[Rename, ...]
    notes: tuple[str, ...]


def render_typed_package(
    document: Mapping[str, Any],
    *,
    package: str,
    validate: bool = True,
    command: str = "rivet-client generate",
    version: str = "",
) -> TypedPackage:
    """Render the typed package of a registry.

    Args:
        document: The registry document, as `rivet_codegen.extraction.extract` makes it.
        package: The name of the package, for its documentation.
        validate: Whether values are checked against their types, in both directions. If not, objects are typed dicts
            with the names of JavaScript, and results are what the dynamic client returns.
        command: The command that makes the package anew, for the heads of the files.
        version: The version of rivet-client, which the package tells.

    Raises:
        RegistryError: The document is wrong; the text says where, and what to do.
    """
    registry = read_document(document)
    renames: Renames = []
    converter = SchemaConverter(registry, renames, are_checked=validate)
    errors = ErrorClasses(registry, renames)
    actors = actor_views(registry, converter, errors, renames)
    source = " ".join(registry.file.split()) or "a registry document"  # a comment is one line
    modules = ["errors", "models"] if errors.views else ["models"]
    homes = [(".", modules), ("._contract", ["__contract__"]), *_CLIENTS]
    sources = {
        "__init__.py": render(
            "registry/init.py.jinja",
            docstring=overview(package, source, actors),
            homes=homes,
            package_format=_PACKAGE_FORMAT,
            version=version or "of an unknown version",
            command=_remake(command, source),
        ),
        "_contract.py": render(
            "registry/contract.py.jinja",
            registry=registry,
            format_version=FORMAT_VERSION,
            actors=actors,
            version=version,
        ),
        **_sources(converter, actors, errors.views, validate=validate),
    }
    files = {name: _readable(headed(text, source, command)) for name, text in sources.items()}
    tree = build_tree({**files, "py.typed": ""}, RUFF_TYPED_CONFIG)
    tree[CONTRACT_FILE] = contract_text(document, marked(source, command)).encode()
    return TypedPackage(tree, tuple(renames), tuple(converter.notes))


def _remake(command: str, source: str) -> str:
    """Return the command that makes the package anew. An option of the command stands behind the source."""
    name, _, options = command.partition(" --")
    return f"{name} {shlex.quote(source)}" + (f" --{options}" if options else "")


def _readable(source: str) -> str:
    return _CONTROL.sub(" ", _WITHOUT_WIDTH.sub("", source))


def _sources(
    converter: SchemaConverter,
    actors: tuple[ActorView, ...],
    errors: tuple[ErrorView, ...],
    *,
    validate: bool,
) -> dict[str, str]:
    """Return the sources of the clients, models, errors and actors, by path."""
    known = [actor for actor in actors if not actor.opaque]
    types = types_by_home({actor.folder: actor.types for actor in known}, converter.mentions)
    models = ModelModules(converter, are_checked=validate)
    late_types = [(f".actors.{it.folder}.models", types[it.folder]) for it in known if types[it.folder]]
    sources = {
        "models.py": models.render(
            types[""], docstring=_MODELS, exports=sorted(converter.mentions), homes=late_types
        ),
        "actors/__init__.py": _submodules(
            "A package for each actor.", sorted(actor.folder for actor in known)
        ),
    }
    for flavour in FLAVOURS:
        sources[f"{flavour.name}.py"] = render(
            "registry/client.py.jinja",
            actors=actors,
            has_errors=bool(errors),
            flavour=flavour,
            homes=[(f".actors.{actor.folder}.{flavour.name}", actor.classes(flavour)) for actor in known],
            exports=sorted(
                [f"{flavour.prefix}Client", *(name for actor in known for name in actor.classes(flavour))]
            ),
        )
    if errors:
        exports = sorted(["BY_CODE", *(error.class_name for error in errors)])
        sources["errors.py"] = render("registry/errors.py.jinja", errors=errors, exports=exports)
    for actor in known:
        sources |= {
            f"actors/{actor.folder}/{name}": text
            for name, text in _actor_sources(actor, models, types[actor.folder], validate=validate).items()
        }
    return sources


def _actor_sources(
    actor: ActorView, models: ModelModules, types: list[str], *, validate: bool
) -> dict[str, str]:
    """Return the sources of one actor's modules, by name."""
    modules = sorted([flavour.name for flavour in FLAVOURS] + ["models"] * bool(types))
    said = docstring("", f"What `{actor.wire}` takes and gives, for both flavours of the client.")
    sources = {
        "__init__.py": _submodules(actor.docstring, modules),
        "_bindings.py": render("registry/bindings.py.jinja", actor=actor, validate=validate, docstring=said),
    }
    if types:
        said = docstring("", f"The values that only `{actor.wire}` takes and gives.")
        sources["models.py"] = models.render(types, docstring=said, exports=types, homes=())
    for flavour in FLAVOURS:
        said = docstring("", f"`{actor.wire}` for the {flavour.name} client.")
        sources[f"{flavour.name}.py"] = render(
            "registry/actor.py.jinja", actor=actor, flavour=flavour, docstring=said
        )
    return sources


def _submodules(said: str, names: list[str]) -> str:
    """Return the source of a package that imports its modules when they are first used."""
    homes = [(".", names)] if names else []
    return render("registry/modules.py.jinja", docstring=said, homes=homes, exports=names)
