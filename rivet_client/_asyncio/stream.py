"""One way to a socket for asyncio code: HTTP, raw WebSockets and connections dial here."""

from __future__ import annotations

import asyncio
import select
import sys
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from rivet_client._asyncio.dialing import dial
from rivet_client._asyncio.proxy import open_through
from rivet_client._common.route import Route

__all__ = ["StreamProtocol", "SocketProbe", "open_stream"]

# Below what malloc maps for each use by itself (128 KiB). asyncio's own reads are of 256 KiB: that costs more than all
# the rest of a short answer.
_CHUNK: Final = 64 * 1024
_buffers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = weakref.WeakKeyDictionary()

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


if TYPE_CHECKING or sys.platform == "win32":
    # There a read goes on while the loop does something else, so that no two streams can share a buffer.
    StreamProtocol = asyncio.Protocol

else:

    class StreamProtocol(asyncio.BufferedProtocol):
        """`asyncio.Protocol` for streams of short messages: all those of an event loop read into one buffer."""

        _buffer = None

        def get_buffer(self, sizehint: int) -> memoryview:
            """See `asyncio.BufferedProtocol`."""
            if self._buffer is None:
                loop = asyncio.get_running_loop()
                self._buffer = _buffers.get(loop)
                if self._buffer is None:
                    self._buffer = _buffers[loop] = memoryview(bytearray(_CHUNK))
            return self._buffer

        def buffer_updated(self, nbytes: int) -> None:
            """See `asyncio.BufferedProtocol`."""
            self.data_received(bytes(self._buffer[:nbytes]))


class SocketProbe:
    """Looks whether anything waits in a socket: the event loop may not have had the time to read it yet."""

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._poll = None
        if hasattr(select, "poll"):  # elsewhere the loop is the only one who can tell
            self._poll = select.poll()
            self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def is_readable(self) -> bool:
        return self._poll is not None and bool(self._poll.poll(0))
