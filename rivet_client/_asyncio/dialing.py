"""The one way to a socket for asyncio code: HTTP, raw WebSockets and connections dial here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from rivet_client._asyncio.proxy import dial_through
from rivet_client._asyncio.tcp import dial
from rivet_client._common.route import Route

__all__ = ["open_stream"]

P = TypeVar("P", bound=asyncio.Protocol)


async def open_stream(make: Callable[[], P], route: Route, *, close_timeout: float) -> P:
    """Connect to an address, through the route's proxy if there is one, with TLS if the route says so.

    If it is cancelled, it leaves nothing open.

    Args:
        make: Makes the protocol. It is connected at once, because some peers speak first, before this returns.
        route: The way there.
        close_timeout: Time for the peer to end TLS after our end, in seconds.

    Returns:
        The protocol.

    Raises:
        OSError, UnicodeError: No address could be connected to.
        TransportError: The proxy failed.
        ConfigError: The proxy needs a package that is not installed.
    """
    if route.proxy is not None:
        return await dial_through(make, route.proxy, route, close_timeout)
    _, protocol = await dial(make, route.host, route.port, route.tls, close_timeout)
    return protocol
