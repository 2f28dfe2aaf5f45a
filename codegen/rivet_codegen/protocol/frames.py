"""Whole messages as the wire has them: two bytes that say the version, and then the message.

IR of all versions → frames.py, which reads and writes every version of a message; and payloads.py, which does so
without models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, takewhile

from rivet_codegen.names import field_name
from rivet_codegen.output.templating import render
from rivet_codegen.protocol.downgrade import downgrade_path
from rivet_codegen.protocol.ir import Optional, Payload, Protocol, Struct, Version
from rivet_codegen.protocol.upgrade import upgrade_path
from rivet_codegen.protocol.versions import codec_owner
from rivet_codegen.protocol.views import TypeView

__all__ = ["render_frames", "render_payloads"]


@dataclass(frozen=True, slots=True)
class FrameBranch:
    """What is done with a message if the frame's version is one of several.

    Attributes:
        condition: Python expression over `version`.
        module: The module that has the codec.
        converted: Python expression that turns what was read into a message of the newest version, or a message of
            the newest version into one that is written; "" if both are the same.
    """

    condition: str
    module: str
    converted: str


@dataclass(frozen=True, slots=True)
class FrameView(TypeView):
    """A message that stands alone, with its version before it.

    Attributes:
        versions: The versions that have it, in words.
        reading: How to read each version, newest version first.
        writing: How to write each version but the newest, newest first.
    """

    versions: str
    reading: tuple[FrameBranch, ...]
    writing: tuple[FrameBranch, ...]


@dataclass(frozen=True, slots=True)
class PayloadBranch:
    """What comes after the payload if the frame's version is one of several.

    Attributes:
        condition: Python expression over `version`.
        absent: The bytes that say that no optional field is there, as a literal; `b""` if there are no such fields.
    """

    condition: str
    absent: str


@dataclass(frozen=True, slots=True)
class PayloadView(TypeView):
    """A message that is one payload, and perhaps optional fields after it.

    Attributes:
        versions: The versions that have it, in words.
        field: The name of the payload.
        python: The same in Python.
        branches: What follows the payload in each version: first in the newest, then in the versions before it.
        plain: The condition under which nothing follows.
        longer: The conditions under which something may follow.
    """

    versions: str
    field: str
    python: str
    branches: tuple[PayloadBranch, ...]
    plain: str
    longer: tuple[str, ...]


def render_frames(protocol: Protocol) -> str:
    """Return the source of frames.py."""
    frames = [_view(protocol, name) for name in protocol.newest.roots]
    modules = {branch.module for frame in frames for branch in frame.reading if not branch.converted}
    return render(
        "protocol/frames.py.jinja",
        frames=frames,
        modules=sorted(modules),
        newest=protocol.newest.number,
        prefix=_prefix(protocol),
    )


def render_payloads(protocol: Protocol) -> str:
    """Return the source of payloads.py; "" if no message is one payload and nothing else that has to be there."""
    frames = [view for name in protocol.newest.roots if (view := _payload_view(protocol, name)) is not None]
    return (
        render(
            "protocol/payloads.py.jinja",
            frames=frames,
            newest=protocol.newest.number,
            prefix=_prefix(protocol),
        )
        if frames
        else ""
    )


def _prefix(protocol: Protocol) -> str:
    return repr(protocol.newest.number.to_bytes(2, "little"))


def _having(protocol: Protocol, name: str) -> list[Version]:
    """Return the versions that have a message, newest first."""
    # A type of the same name is another message if a version between them has none.
    return list(takewhile(lambda version: name in version.definitions, protocol.versions[::-1]))


def _in_words(having: list[Version]) -> str:
    oldest, newest = having[-1].number, having[0].number
    return f"version {oldest} to {newest}" if oldest != newest else f"version {newest}"


def _condition(versions: list[Version]) -> str:
    """Return the condition for neighbouring versions, newest first."""
    newest, oldest = versions[0].number, versions[-1].number
    return f"version == {newest}" if newest == oldest else f"{oldest} <= version <= {newest}"


def _view(protocol: Protocol, name: str) -> FrameView:
    having = _having(protocol, name)

    def branches(versions: Iterable[Version], *, write: bool) -> Iterator[FrameBranch]:
        for owner, group in groupby(
            versions, key=lambda version: codec_owner(protocol, version, name).number
        ):
            same = list(group)
            yield FrameBranch(
                _condition(same), f"v{owner}", _converted(protocol, name, same[0], owner, write=write)
            )

    return FrameView(
        name,
        _in_words(having),
        tuple(branches(having, write=False)),
        tuple(branches(having[1:], write=True)),
    )


def _converted(protocol: Protocol, name: str, version: Version, owner: int, *, write: bool) -> str:
    if write:
        value, module, path = "message", "downgrade", downgrade_path(protocol, version, name)
    else:
        value, module, path = f"v{owner}_message", "upgrade", upgrade_path(protocol, version, name)
    for function in path:
        value = f"{module}.{function}({value})"
    return value if path else ""


def _payload_view(protocol: Protocol, name: str) -> PayloadView | None:
    """Return the view of a message; None if it is more than one payload in every version."""
    having = _having(protocol, name)
    following: dict[
        int, int
    ] = {}  # how many optional fields follow the payload, by the number of the version
    payload = ""
    for version in having:
        match version.definitions[name]:
            case Struct(fields=(first, *rest)) if first.type == Payload():
                if not all(isinstance(each.type, Optional) for each in rest):
                    return None
                payload, following[version.number] = first.name, len(rest)
            case _:
                return None
    groups = [
        (count, _condition(list(group)))
        for count, group in groupby(having, key=lambda version: following[version.number])
    ]
    older = groupby(having[1:], key=lambda version: following[version.number])
    if not any(count == 0 for count, _ in groups):
        return None
    return PayloadView(
        name,
        _in_words(having),
        payload,
        field_name(payload),
        (
            PayloadBranch(_condition(having[:1]), repr(bytes(following[having[0].number]))),
            *(PayloadBranch(_condition(list(group)), repr(bytes(count))) for count, group in older),
        ),
        " or ".join(condition for count, condition in groups if count == 0),
        tuple(condition for count, condition in groups if count),
    )
