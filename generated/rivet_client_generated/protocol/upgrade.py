# Generated, do not edit. Source: schema/client_protocol/*.bare; command: python -m rivet_codegen

"""From one version of the protocol to the next: the messages that differ."""

from __future__ import annotations

from rivet_client_generated.protocol import messages, v1, v3

__all__ = [
    "error_v3_to_v4",
    "http_response_error_v3_to_v4",
    "init_v1_to_v2",
    "to_client_v1_to_v2",
    "to_client_v3_to_v4",
]


def init_v1_to_v2(old: v1.Init) -> messages.Init:
    """Turn Init of version 1 into that of version 2."""
    return messages.Init(actor_id=old.actor_id, connection_id=old.connection_id)


def to_client_v1_to_v2(old: v1.ToClient) -> v3.ToClient:
    """Turn ToClient of version 1 into that of version 2."""
    if isinstance(old, v1.Init):
        return init_v1_to_v2(old)
    return old


def error_v3_to_v4(old: v3.Error) -> messages.Error:
    """Turn Error of version 3 into that of version 4."""
    return messages.Error(
        group=old.group,
        code=old.code,
        message=old.message,
        metadata=old.metadata,
        action_id=old.action_id,
        actor=None,
    )


def to_client_v3_to_v4(old: v3.ToClient) -> messages.ToClient:
    """Turn ToClient of version 3 into that of version 4."""
    if isinstance(old, v3.Error):
        return error_v3_to_v4(old)
    return old


def http_response_error_v3_to_v4(old: v3.HttpResponseError) -> messages.HttpResponseError:
    """Turn HttpResponseError of version 3 into that of version 4."""
    return messages.HttpResponseError(
        group=old.group, code=old.code, message=old.message, metadata=old.metadata, actor=None
    )
