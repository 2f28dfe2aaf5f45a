"""The errors for a peer that does not speak correct HTTP. Imports: nothing."""

from __future__ import annotations

__all__ = ["NoTextError", "RemoteProtocolError"]


class RemoteProtocolError(Exception):
    """The peer sent something that is not HTTP, or stopped in the middle of an answer."""


class NoTextError(RemoteProtocolError):
    """The peer's bytes do not even begin like text: most likely the peer speaks TLS."""
