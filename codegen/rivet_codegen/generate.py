"""From a schema folder to the sources of the package `rivet_client_generated`."""

from __future__ import annotations

from pathlib import Path

from rivet_codegen.engine_api.openapi import EngineApi, read_engine_api
from rivet_codegen.errors.catalogue import render_catalogue
from rivet_codegen.facade.facades import render_facades
from rivet_codegen.output.templating import render
from rivet_codegen.output.tree import MARK
from rivet_codegen.protocol.bare_idl import read_protocol
from rivet_codegen.protocol.codecs import render_codec
from rivet_codegen.protocol.documents import render_documents
from rivet_codegen.protocol.frames import render_frames, render_payloads
from rivet_codegen.protocol.messages import render_messages
from rivet_codegen.protocol.upgrade import render_upgrade

__all__ = ["render_package", "render_protocol"]

_COMMAND = "python -m rivet_codegen"
_GENERATOR = "codegen/rivet_codegen"


def render_package(schema: Path) -> dict[str, str]:
    """Return the sources of the whole package, not yet formatted, by path.

    Args:
        schema: The schema folder.

    Raises:
        SchemaError: A schema file is wrong; the text says which, where, and what to do.
    """
    api = read_engine_api(schema / "engine_api.yaml")
    sources = {
        "__init__.py": _file(
            _GENERATOR,
            '"""What rivet_client is generated from its schemas. Import from rivet_client instead."""\n',
        ),
        "py.typed": "",
        "errors.py": _file("schema/errors.yaml", render_catalogue(schema / "errors.yaml")),
        **_inside("protocol", render_protocol(schema / "client_protocol")),
        **_inside("engine_api", _engine_api(api)),
        **_inside("facade", _facade(api)),
    }
    return _inside("rivet_client_generated", sources)


def render_protocol(folder: Path) -> dict[str, str]:
    """Return the sources of the package `protocol`, not yet formatted, by path.

    Args:
        folder: The folder with a `.bare` file for each version.

    Raises:
        SchemaError: A file is wrong.
    """
    protocol = read_protocol(folder)
    newest, every = protocol.newest, f"schema/{folder.name}/*.bare"
    payloads = render_payloads(protocol)
    return {
        "__init__.py": _file(every, '"""The client protocol: messages, and how they go over the wire."""\n'),
        "base.py": _file(_GENERATOR, render("protocol/base.py.jinja")),
        "messages.py": _file(newest.file, render_messages(newest)),
        **{f"v{it.version}.py": _file(it.file, render_codec(protocol, it)) for it in protocol.versions},
        "upgrade.py": _file(every, render_upgrade(protocol)),
        "frames.py": _file(every, render_frames(protocol)),
        "documents.py": _file(newest.file, render_documents(newest)),
        **({"payloads.py": _file(every, payloads)} if payloads else {}),
    }


def _engine_api(api: EngineApi) -> dict[str, str]:
    sources = {
        "__init__.py": '"""The engine\'s control API."""\n',
        "base.py": render("engine_api/base.py.jinja"),
        "models.py": api.models(),
        "operations.py": api.operations_module(),
    }
    return {name: _file("schema/engine_api.yaml", source) for name, source in sources.items()}


def _facade(api: EngineApi) -> dict[str, str]:
    sources = render_facades(operations=api.operations)
    if sources:
        sources["__init__.py"] = '"""The client classes, blocking and asyncio."""\n'
    return {name: _file(f"{_GENERATOR}/templates/facade", source) for name, source in sources.items()}


def _file(origin: str, source: str) -> str:
    return f"# {MARK} Source: {origin}; command: {_COMMAND}\n\n{source}"


def _inside(folder: str, sources: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{path}": source for path, source in sources.items()}
