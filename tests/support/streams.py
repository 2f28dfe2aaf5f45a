"""Ends of a stream that a peer makes on purpose, on every event loop, whatever the state of the stream."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any

__all__ = ["end_quietly", "half_close", "reset"]

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() throws away what is unsent and sends RST


def end_quietly(writer: asyncio.StreamWriter) -> None:
    """Ignore a failure in which this stream may end later.

    asyncio keeps the failure for code that waits for the end. If no code waits, asyncio may log an error, depending on
    the order in which garbage is collected.
    """
    protocol: Any = writer.transport.get_protocol()
    protocol._get_close_waiter(writer).add_done_callback(lambda end: end.cancelled() or end.exception())


def half_close(writer: asyncio.StreamWriter) -> None:
    """Say that nothing more comes, without leaving."""
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: uvloop, of a stream that is closed
        writer.write_eof()


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset the stream."""
    with contextlib.suppress(OSError, ValueError):  # ValueError: uvloop, of a stream that is closed
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
