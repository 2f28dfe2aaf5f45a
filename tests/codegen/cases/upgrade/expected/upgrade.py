# Generated, do not edit. Source: schema/upgrade/*.bare; command: python -m rivet_codegen

"""From one version of the protocol to the next: the messages that differ."""

from __future__ import annotations

from rivet_client_generated.protocol import messages, v1

__all__ = ["after_v1_to_v2", "before_v1_to_v2", "call_v1_to_v2", "leaf_v1_to_v2", "message_v1_to_v2"]


def leaf_v1_to_v2(old: v1.Leaf) -> messages.Leaf:
    """Turn Leaf of version 1 into that of version 2."""
    return messages.Leaf(name=old.name, added=None)


def before_v1_to_v2(old: v1.Before) -> messages.Before:
    """Turn Before of version 1 into that of version 2."""
    return messages.Before(
        maybe=None if old.maybe is None else leaf_v1_to_v2(old.maybe),
        widened=old.widened,
        leaf=leaf_v1_to_v2(old.leaf),
        leaves=[leaf_v1_to_v2(item) for item in old.leaves],
        named={key: leaf_v1_to_v2(item) for key, item in old.named.items()},
        colour=old.colour,
    )


def after_v1_to_v2(old: v1.After) -> messages.After:
    """Turn After of version 1 into that of version 2."""
    return messages.After(
        widened=old.widened,
        many=old.many,
        leaves=[leaf_v1_to_v2(item) for item in old.leaves],
        named={key: leaf_v1_to_v2(item) for key, item in old.named.items()},
        maybe=None if old.maybe is None else leaf_v1_to_v2(old.maybe),
        colour=old.colour,
    )


def message_v1_to_v2(old: v1.Message) -> messages.Message:
    """Turn Message of version 1 into that of version 2."""
    if isinstance(old, v1.Leaf):
        return leaf_v1_to_v2(old)
    return old


def call_v1_to_v2(old: v1.Call) -> messages.Call:
    """Turn Call of version 1 into that of version 2."""
    return messages.Call(args=old.args, trace=None, depth=None)
