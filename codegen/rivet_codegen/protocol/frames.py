"""Frames: whole messages as the wire has them, with two bytes before them that say the version, and nothing after."""

from __future__ import annotations

from dataclasses import dataclass

from rivet_codegen.output.templating import render
from rivet_codegen.protocol.ir import Payload, Protocol, Schema, Struct
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
        upgraded: Python expression that turns what it read into a message of the newest version; "" if it is one.
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
        newest=f"v{protocol.newest.version}",
        version=protocol.newest.version,
        prefix=_prefix(protocol),
    )


def render_payloads(protocol: Protocol) -> str:
    """Return the source of payloads.py; "" if no message is one payload and nothing else, in all versions."""
    frames = []
    for name in protocol.newest.roots:
        match protocol.newest.definitions[name]:
            case Struct(fields=(field,)) if field.type == Payload():
                view = _view(protocol, name)
                if len(view.branches) == 1:
                    frames.append((view, field.name))
            case _:
                pass
    return render("protocol/payloads.py.jinja", frames=frames, prefix=_prefix(protocol)) if frames else ""


def _prefix(protocol: Protocol) -> str:
    return repr(protocol.newest.version.to_bytes(2, "little"))


def _view(protocol: Protocol, name: str) -> FrameView:
    having = [schema for schema in protocol.versions if name in schema.definitions]
    # The versions since the type was last missing: an older type of the same name is another message.
    newest_first = having[::-1]
    groups: list[list[Schema]] = []
    previous = protocol.newest.version + 1
    for schema in newest_first:
        if schema.version != previous - 1:
            break
        if groups and codec_owner(protocol, groups[-1][0], name) is codec_owner(protocol, schema, name):
            groups[-1].append(schema)
        else:
            groups.append([schema])
        previous = schema.version
    oldest, newest = groups[-1][-1].version, protocol.newest.version
    return FrameView(
        name=name,
        versions=f"version {oldest} to {newest}" if oldest != newest else f"version {newest}",
        branches=tuple(_branch(protocol, name, group) for group in groups),
    )


def _branch(protocol: Protocol, name: str, group: list[Schema]) -> FrameBranch:
    newest, oldest = group[0].version, group[-1].version
    module = f"v{codec_owner(protocol, group[0], name).version}"
    upgraded = f"{module}_message"
    functions = upgrade_path(protocol, group[0], name)
    for function in functions:
        upgraded = f"upgrade.{function}({upgraded})"
    return FrameBranch(
        condition=f"version == {newest}" if newest == oldest else f"{oldest} <= version <= {newest}",
        module=module,
        upgraded=upgraded if functions else "",
    )
