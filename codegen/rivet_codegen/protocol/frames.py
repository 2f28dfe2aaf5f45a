"""Whole messages as the wire has them: two bytes that say the version, and then the message.

IR of all versions → frames.py, which reads every version of a message; and payloads.py, which does so without models.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, takewhile

from rivet_codegen.output.templating import render
from rivet_codegen.protocol.ir import Payload, Protocol, Struct, Version
from rivet_codegen.protocol.upgrade import upgrade_path
from rivet_codegen.protocol.versions import codec_owner
from rivet_codegen.protocol.views import TypeView

__all__ = ["render_frames", "render_payloads"]


@dataclass(frozen=True, slots=True)
class FrameBranch:
    """How a message is read if the frame's version is one of several.

    Attributes:
        condition: Python expression over `version`.
        module: The module that has the reader.
        upgraded: Python expression that turns what was read into a message of the newest version; "" if it is one.
    """

    condition: str
    module: str
    upgraded: str


@dataclass(frozen=True, slots=True)
class FrameView(TypeView):
    """A message that stands alone, with its version before it.

    Attributes:
        versions: The versions that have it, in words.
        branches: How to read it, newest version first.
    """

    versions: str
    branches: tuple[FrameBranch, ...]


def render_frames(protocol: Protocol) -> str:
    """Return the source of frames.py."""
    frames = [_view(protocol, name) for name in protocol.newest.roots]
    modules = {branch.module for frame in frames for branch in frame.branches if not branch.upgraded}
    return render(
        "protocol/frames.py.jinja",
        frames=frames,
        modules=sorted(modules),
        newest=f"v{protocol.newest.number}",
        version=protocol.newest.number,
        prefix=_prefix(protocol),
    )


def render_payloads(protocol: Protocol) -> str:
    """Return the source of payloads.py; "" if no message is one payload and nothing else in all versions."""
    frames = []
    for name in protocol.newest.roots:
        match protocol.newest.definitions[name]:
            case Struct(fields=(field,)) if field.type == Payload():
                frame = _view(protocol, name)
                if len(frame.branches) == 1:
                    frames.append((frame, field.name))
            case _:
                pass
    return render("protocol/payloads.py.jinja", frames=frames, prefix=_prefix(protocol)) if frames else ""


def _prefix(protocol: Protocol) -> str:
    return repr(protocol.newest.number.to_bytes(2, "little"))


def _view(protocol: Protocol, name: str) -> FrameView:
    newest_first = protocol.versions[::-1]
    # A type of the same name is another message if a version between them has none.
    having = list(takewhile(lambda version: name in version.definitions, newest_first))
    oldest, newest = having[-1].number, having[0].number
    by_codec = groupby(having, key=lambda version: codec_owner(protocol, version, name).number)
    return FrameView(
        name,
        f"version {oldest} to {newest}" if oldest != newest else f"version {newest}",
        tuple(_branch(protocol, name, owner, list(versions)) for owner, versions in by_codec),
    )


def _branch(protocol: Protocol, name: str, owner: int, versions: list[Version]) -> FrameBranch:
    """Return how to read a message of these versions, newest first, which the codec of one version can read."""
    newest, oldest = versions[0].number, versions[-1].number
    module = f"v{owner}"
    functions = upgrade_path(protocol, versions[0], name)
    upgraded = f"{module}_message"
    for function in functions:
        upgraded = f"upgrade.{function}({upgraded})"
    return FrameBranch(
        condition=f"version == {newest}" if newest == oldest else f"{oldest} <= version <= {newest}",
        module=module,
        upgraded=upgraded if functions else "",
    )
