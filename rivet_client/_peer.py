"""The errors for a peer that does not speak correct HTTP. Imports: nothing."""

from __future__ import annotations

__all__ = ["NoTextError", "RemoteProtocolError"]


class RemoteProtocolError(Exception):
    """The peer sent something that is not HTTP, or stopped in the middle of an answer."""


class NoTextError(RemoteProtocolError):
    """The peer's bytes begin as TLS does: most likely the peer speaks TLS. That does not prove that nothing ran."""
