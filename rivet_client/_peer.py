"""How a peer breaks HTTP: the errors of those who read it. Imports: nothing."""

from __future__ import annotations

__all__ = ["NoTextError", "RemoteProtocolError"]


class RemoteProtocolError(Exception):
    """The peer sent something that is not HTTP, or stopped in the middle of an answer."""


class NoTextError(RemoteProtocolError):
    """What the peer sent does not even begin like text: most likely it speaks TLS."""
