"""TCP, with or without TLS, to one of the addresses of a host."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from rivet_client._common.route import ADDRESS_TIMEOUT

__all__ = ["addresses_of", "dial"]

P = TypeVar("P", bound=asyncio.Protocol)


async def dial(
    make: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None, close_timeout: float
) -> tuple[asyncio.Transport, P]:
    """Connect, trying each address of the host; see `open_stream`."""

    async def connect(address: tuple[str, int]) -> tuple[asyncio.Transport, P]:
        return await asyncio.get_running_loop().create_connection(
            make,
            *address,
            ssl=tls,
            server_hostname=None if tls is None else host,
            ssl_shutdown_timeout=None if tls is None else close_timeout,
        )

    *others, last = await addresses_of(host, port)
    for address in others:
        with contextlib.suppress(OSError):  # a TimeoutError is one
            async with asyncio.timeout(ADDRESS_TIMEOUT):
                return await connect(address)
    return await connect(last)


async def addresses_of(host: str, port: int) -> list[tuple[str, int]]:
    """The addresses of a host."""
    with contextlib.suppress(socket.gaierror):  # a name
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [(host, port)]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(str(address[0]), port) for _, _, _, _, address in found]
