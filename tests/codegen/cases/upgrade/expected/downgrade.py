# Generated, do not edit. Source: schema/upgrade/*.bare; command: python -m rivet_codegen

"""From one version of the protocol to the one before it: the messages that differ."""

from __future__ import annotations

from rivet_client.errors import VersionError
from rivet_client_generated.protocol import messages, v1
from rivet_client_generated.protocol.base import given

__all__ = [
    "after_v2_to_v1",
    "before_v2_to_v1",
    "call_v2_to_v1",
    "colour_v2_to_v1",
    "leaf_v2_to_v1",
    "message_v2_to_v1",
]


def colour_v2_to_v1(new: messages.Colour) -> v1.Colour:
    """Turn Colour of version 2 into that of version 1."""
    if new == "BLUE":
        raise VersionError(1, "has no BLUE in a Colour")
    return new


def leaf_v2_to_v1(new: messages.Leaf) -> v1.Leaf:
    """Turn Leaf of version 2 into that of version 1."""
    if new.added is not None:
        raise VersionError(1, "has no field added of Leaf", hint="leave it out, or update the server")
    return v1.Leaf(name=new.name)


def before_v2_to_v1(new: messages.Before) -> v1.Before:
    """Turn Before of version 2 into that of version 1."""
    raise VersionError(1, "needs the field gone of Before")


def after_v2_to_v1(new: messages.After) -> v1.After:
    """Turn After of version 2 into that of version 1."""
    return v1.After(
        forgotten=None,
        widened=given(new.widened, 1, "the field widened of After"),
        many=[given(item, 1, "the field many of After") for item in new.many],
        leaves=[leaf_v2_to_v1(item) for item in new.leaves],
        named={key: leaf_v2_to_v1(item) for key, item in new.named.items()},
        maybe=None if new.maybe is None else leaf_v2_to_v1(new.maybe),
        colour=colour_v2_to_v1(new.colour),
    )


def message_v2_to_v1(new: messages.Message) -> v1.Message:
    """Turn Message of version 2 into that of version 1."""
    if isinstance(new, messages.Added):
        raise VersionError(1, "has no Added in a Message")
    if isinstance(new, messages.Leaf):
        return leaf_v2_to_v1(new)
    return new


def call_v2_to_v1(new: messages.Call) -> v1.Call:
    """Turn Call of version 2 into that of version 1."""
    if new.trace is not None:
        raise VersionError(1, "has no field trace of Call", hint="leave it out, or update the server")
    if new.depth is not None:
        raise VersionError(1, "has no field depth of Call", hint="leave it out, or update the server")
    return v1.Call(args=new.args)
