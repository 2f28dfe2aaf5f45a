"""What the streams of an event loop share: the buffer that they read into, and a check for unread bytes."""

from __future__ import annotations

import asyncio
import select
import sys
import weakref
from typing import TYPE_CHECKING, Final

__all__ = ["SocketProbe", "StreamProtocol"]

# For each buffer of 128 KiB or more, malloc maps memory anew. asyncio itself reads 256 KiB at a time, and that takes
# longer than all the rest of a short answer.
_CHUNK: Final = 64 * 1024
_buffers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = weakref.WeakKeyDictionary()


if TYPE_CHECKING or sys.platform == "win32":
    # On Windows a read goes on while the loop does something else, so that no two streams can share a buffer.
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
    """Tells whether a socket holds bytes, or the end, that the event loop has not read yet."""

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._poll = None
        # On Windows, the loop always has a read under way. That read takes the bytes before `poll` could see them.
        if sys.platform != "win32" and hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def is_readable(self) -> bool:
        """Whether a read would return at once; False where the system cannot tell."""
        return self._poll is not None and bool(self._poll.poll(0))
