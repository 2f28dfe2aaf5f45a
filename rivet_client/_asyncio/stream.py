"""One way to a socket for asyncio code: HTTP, raw WebSockets and connections dial here."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Callable
from typing import TypeVar

__all__ = ["Unseen", "open_stream"]

P = TypeVar("P", bound=asyncio.Protocol)


async def open_stream(
    make: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None, *, close_timeout: float
) -> P:
    """Connect, trying each address of the host, with TLS if a context is given. Cancelled, it leaves nothing open.

    Args:
        make: Makes the protocol. It is connected at once: what a hasty peer says may come before this returns.
        host: Name or address.
        port: TCP port.
        tls: TLS settings, or None for plain TCP.
        close_timeout: Time for the peer's goodbye of TLS after ours, in seconds.

    Returns:
        The protocol.

    Raises:
        OSError, UnicodeError: No address could be connected to.
    """
    _, protocol = await asyncio.get_running_loop().create_connection(
        make, host, port, ssl=tls, ssl_shutdown_timeout=None if tls is None else close_timeout
    )
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
