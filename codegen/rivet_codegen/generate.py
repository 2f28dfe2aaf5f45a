"""The package `rivet_client_generated`, from a schema folder: each part of it is made by the room of that name."""

from __future__ import annotations

from pathlib import Path

from rivet_codegen.engine_api.openapi import read_engine_api
from rivet_codegen.engine_api.package import render_engine_api
from rivet_codegen.errors.catalogue import render_catalogue
from rivet_codegen.facade.package import render_facade
from rivet_codegen.output.tree import headed
from rivet_codegen.protocol.package import render_protocol

__all__ = ["render_package"]

_TITLE = '"""What rivet_client is generated from its schemas. Import from rivet_client instead."""\n'


def render_package(schema: Path) -> dict[str, str]:
    """Return the sources of the whole package, not yet formatted, by path.

    Args:
        schema: The schema folder.

    Raises:
        SchemaError: A schema file is wrong; the text says which, where, and what to do.
    """
    api = read_engine_api(schema / "engine_api.yaml")
    folders = {
        "protocol": render_protocol(schema / "client_protocol"),
        "engine_api": render_engine_api(api),
        "facade": render_facade(api.operations),
    }
    sources = {
        "__init__.py": headed(_TITLE, "codegen/rivet_codegen"),
        "py.typed": "",
        "errors.py": render_catalogue(schema / "errors.yaml"),
        **{f"{name}/{path}": source for name, files in folders.items() for path, source in files.items()},
    }
    return {f"rivet_client_generated/{path}": source for path, source in sources.items()}
