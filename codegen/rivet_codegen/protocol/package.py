"""The package `rivet_client_generated.protocol`: which file of it is made of which versions."""

from __future__ import annotations

from pathlib import Path

from rivet_codegen.output.templating import render
from rivet_codegen.output.tree import headed
from rivet_codegen.protocol.bare_idl import read_protocol
from rivet_codegen.protocol.codecs import render_codec
from rivet_codegen.protocol.downgrade import render_downgrade
from rivet_codegen.protocol.frames import render_frames, render_payloads
from rivet_codegen.protocol.ir import Protocol
from rivet_codegen.protocol.message_documents import render_message_documents
from rivet_codegen.protocol.messages import render_messages
from rivet_codegen.protocol.upgrade import render_upgrade

__all__ = ["render_protocol"]

_TITLE = '"""The client protocol: messages, and how they go over the wire."""\n'


def render_protocol(folder: Path) -> dict[str, str]:
    """Return the sources of the package, not yet formatted, by path.

    Args:
        folder: The folder with a `.bare` file for each version.

    Raises:
        SchemaError: A file is wrong; the text says which, where, and what to do.
    """
    protocol = read_protocol(folder)
    newest, every = protocol.newest, f"schema/{folder.name}/*.bare"
    payloads = render_payloads(protocol)
    return {
        "__init__.py": headed(_TITLE, every),
        "base.py": headed(render("protocol/base.py.jinja"), "codegen/rivet_codegen"),
        "messages.py": headed(render_messages(newest), newest.file),
        **{f"v{it.number}.py": headed(render_codec(protocol, it), it.file) for it in protocol.versions},
        "versions.py": headed(_versions(protocol), every),
        "upgrade.py": headed(render_upgrade(protocol), every),
        "downgrade.py": headed(render_downgrade(protocol), every),
        "frames.py": headed(render_frames(protocol), every),
        "documents.py": headed(render_message_documents(newest), newest.file),
        **({"payloads.py": headed(payloads, every)} if payloads else {}),
    }


def _versions(protocol: Protocol) -> str:
    oldest, newest = protocol.versions[0].number, protocol.newest.number
    return render("protocol/versions.py.jinja", oldest=oldest, newest=newest)
