"""TCP, with or without TLS, to one of the addresses of a host."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

from rivet_client._common.route import ADDRESS_TIMEOUT

__all__ = ["dial"]

P = TypeVar("P", bound=asyncio.Protocol)


async def dial(
    make: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None, close_timeout: float
) -> tuple[asyncio.Transport, P]:
    """Connect, trying each address of the host; see `open_stream`."""
    sock = await _connect(host, port)
    return await asyncio.get_running_loop().create_connection(
        make,
        sock=sock,
        ssl=tls,
        server_hostname=None if tls is None else host,
        ssl_shutdown_timeout=None if tls is None else close_timeout,
    )


async def _connect(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    addresses = await _look_up(host, port)
    last: Exception = TimeoutError("timed out")
    for left, (family, kind, protocol, _, address) in zip(
        reversed(range(len(addresses))), addresses, strict=True
    ):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            async with asyncio.timeout(ADDRESS_TIMEOUT if left else None):
                await loop.sock_connect(sock, address)
        except BaseException as error:
            sock.close()
            if not isinstance(error, OSError):
                raise
            last = error
        else:
            return sock
    raise last


async def _look_up(host: str, port: int) -> list[tuple[Any, Any, int, str, Any]]:
    with contextlib.suppress(socket.gaierror):  # a name
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
