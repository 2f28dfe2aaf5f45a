"""What stays the same from one version of the protocol to the next, so that its code is generated once."""

from __future__ import annotations

from rivet_codegen.protocol.ir import Protocol, Version, mentions

__all__ = ["codec_owner", "same_shape"]


def codec_owner(protocol: Protocol, version: Version, name: str) -> Version:
    """Return the version whose module has the codec of a type: the newest one up to which the type does not change.

    Args:
        protocol: All versions.
        version: The version that the type is in.
        name: The type.
    """
    owner = version
    for later in protocol.versions:
        if later.number > owner.number:
            if not same_shape(name, version, later):
                break
            owner = later
    return owner


def same_shape(name: str, one: Version, other: Version) -> bool:
    """Tell whether a type is the same in two versions, with all types that it mentions."""
    here, there = one.definitions.get(name), other.definitions.get(name)
    if here is None or here != there:
        return False
    return all(same_shape(mentioned, one, other) for mentioned in mentions(here))
