"""One way to a socket for asyncio code: HTTP, raw WebSockets and connections dial here."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import TypeVar

from rivet_client._asyncio.dialing import dial
from rivet_client._asyncio.proxy import open_through
from rivet_client._common.route import Route

__all__ = ["Unseen", "open_stream"]

P = TypeVar("P", bound=asyncio.Protocol)


async def open_stream(make: Callable[[], P], route: Route, *, close_timeout: float) -> P:
    """Connect to an address, through a proxy if it is so, with TLS if it is so. Cancelled, it leaves nothing open.

    Args:
        make: Makes the protocol. It is connected at once: what a hasty peer says may come before this returns.
        route: The way there.
        close_timeout: Time for the peer's goodbye of TLS after ours, in seconds.

    Returns:
        The protocol.

    Raises:
        OSError, UnicodeError: No address could be connected to.
        TransportError: The proxy does not do its work.
        ConfigError: The proxy needs a package that is not installed.
    """
    if route.proxy is not None:
        return await open_through(make, route.proxy, route, close_timeout)
    _, protocol = await dial(make, route.host, route.port, route.tls, close_timeout)
    return protocol


class Unseen:
    """Looks whether anything waits in a socket: the event loop may not have had the time to read it yet."""

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._poll = None
        if hasattr(select, "poll"):  # elsewhere the loop is the only one who can tell
            self._poll = select.poll()
            self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def __bool__(self) -> bool:
        return self._poll is not None and bool(self._poll.poll(0))
