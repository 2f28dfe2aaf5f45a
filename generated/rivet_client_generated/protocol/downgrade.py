# Generated, do not edit. Source: schema/client_protocol/*.bare; command: python -m rivet_codegen

"""From one version of the protocol to the one before it: the messages that differ."""

from __future__ import annotations

from rivet_client.errors import VersionError
from rivet_client_generated.protocol import messages, v1, v3

__all__ = [
    "error_v4_to_v3",
    "http_response_error_v4_to_v3",
    "init_v2_to_v1",
    "to_client_v2_to_v1",
    "to_client_v4_to_v3",
]


def init_v2_to_v1(new: messages.Init) -> v1.Init:
    """Turn Init of version 2 into that of version 1."""
    raise VersionError(1, "needs the field connectionToken of Init")


def to_client_v2_to_v1(new: v3.ToClient) -> v1.ToClient:
    """Turn ToClient of version 2 into that of version 1."""
    if isinstance(new, messages.Init):
        return init_v2_to_v1(new)
    return new


def error_v4_to_v3(new: messages.Error) -> v3.Error:
    """Turn Error of version 4 into that of version 3."""
    if new.actor is not None:
        raise VersionError(3, "has no field actor of Error", hint="leave it out, or update the server")
    return v3.Error(
        group=new.group, code=new.code, message=new.message, metadata=new.metadata, action_id=new.action_id
    )


def to_client_v4_to_v3(new: messages.ToClient) -> v3.ToClient:
    """Turn ToClient of version 4 into that of version 3."""
    if isinstance(new, messages.Error):
        return error_v4_to_v3(new)
    return new


def http_response_error_v4_to_v3(new: messages.HttpResponseError) -> v3.HttpResponseError:
    """Turn HttpResponseError of version 4 into that of version 3."""
    if new.actor is not None:
        raise VersionError(
            3, "has no field actor of HttpResponseError", hint="leave it out, or update the server"
        )
    return v3.HttpResponseError(group=new.group, code=new.code, message=new.message, metadata=new.metadata)
