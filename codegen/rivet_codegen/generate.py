"""From a schema folder to the sources of the package `rivet_client_generated`."""

from __future__ import annotations

from pathlib import Path

from rivet_codegen.bare_idl import read_protocol
from rivet_codegen.catalogue import render_catalogue
from rivet_codegen.codecs import render_codec
from rivet_codegen.documents import render_documents
from rivet_codegen.facades import render_facades
from rivet_codegen.frames import render_frames
from rivet_codegen.messages import render_messages
from rivet_codegen.templating import render
from rivet_codegen.tree import MARK
from rivet_codegen.upgrade import render_upgrade

__all__ = ["render_package"]

_PACKAGE = "rivet_client_generated"
_COMMAND = "python -m rivet_codegen"


def render_package(schema: Path) -> dict[str, str]:
    """Return the sources of the whole package, not yet formatted, by path.

    Args:
        schema: The schema folder.

    Raises:
        SchemaError: A schema file is wrong; the text says which, where, and what to do.
    """
    sources: dict[str, str] = {}

    def add(path: str, origin: str, source: str) -> None:
        head = f"# {MARK} Source: {origin}; command: {_COMMAND}"
        sources[f"{_PACKAGE}/{path}"] = f"{head}\n\n{source}"

    add(
        "__init__.py",
        "codegen",
        '"""What rivet_client is generated from its schemas. Import from rivet_client instead."""\n',
    )
    sources[f"{_PACKAGE}/py.typed"] = ""

    protocol = read_protocol(schema / "client_protocol")
    newest = protocol.newest
    every = "schema/client_protocol/*.bare"
    add(
        "protocol/__init__.py", every, '"""The client protocol: messages, and how they go over the wire."""\n'
    )
    add("protocol/base.py", "codegen", render("protocol/base.py.jinja"))
    add(
        "protocol/messages.py",
        newest.file,
        _with_docstring("Messages of the newest version.", render_messages(newest)),
    )
    for version in protocol.versions:
        add(f"protocol/v{version.version}.py", version.file, render_codec(protocol, version))
    add("protocol/upgrade.py", every, render_upgrade(protocol))
    add("protocol/frames.py", every, render_frames(protocol))
    add("protocol/documents.py", newest.file, render_documents(newest))

    add("errors.py", "schema/errors.yaml", render_catalogue(schema / "errors.yaml"))

    facades = render_facades()
    if facades:
        add("facade/__init__.py", "codegen", '"""The client classes, blocking and asyncio."""\n')
    for name, source in facades.items():
        add(f"facade/{name}", "codegen/rivet_codegen/templates/facade", source)
    return sources


def _with_docstring(docstring: str, source: str) -> str:
    return f'"""{docstring}"""\n\n{source}'
