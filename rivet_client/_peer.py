"""What a peer is told to have done wrong that speaks no HTTP. Imports: nothing."""

from __future__ import annotations

__all__ = ["NoTextError", "RemoteProtocolError"]


class RemoteProtocolError(Exception):
    """The peer said what is no HTTP, or stopped in the midst of it."""


class NoTextError(RemoteProtocolError):
    """What the peer said does not even begin like text: most likely it speaks TLS."""
