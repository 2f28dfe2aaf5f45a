"""What stays the same from one version of the protocol to the next, so that its code is generated once."""

from __future__ import annotations

from rivet_codegen.protocol.ir import Protocol, Schema, mentions

__all__ = ["codec_owner", "same_shape"]


def codec_owner(protocol: Protocol, schema: Schema, name: str) -> Schema:
    """Return the version whose module has the codec of a type: the newest one up to which the type does not change.

    Args:
        protocol: All versions.
        schema: The version that the type is in.
        name: The type.
    """
    owner = schema
    for later in protocol.versions:
        if later.version > owner.version:
            if not same_shape(name, schema, later):
                break
            owner = later
    return owner


def same_shape(name: str, one: Schema, other: Schema) -> bool:
    """Tell whether a type is the same in two versions, with all types that it mentions."""
    here, there = one.definitions.get(name), other.definitions.get(name)
    if here is None or here != there:
        return False
    return all(same_shape(mentioned, one, other) for mentioned in mentions(here))
