"""Streams through a proxy, which is asked to open a tunnel to the address, or gets the requests themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from rivet_client._asyncio.loading import load
from rivet_client._asyncio.tcp import dial
from rivet_client._common.route import Route
from rivet_client._common.socks import socks_failure, socks_settings
from rivet_client._core.proxy import Proxy, Tunnel
from rivet_client._network import unreachable
from rivet_client._secret import forget_frames
from rivet_client.errors import TransportError

__all__ = ["dial_through"]

P = TypeVar("P", bound=asyncio.Protocol)

_NO_TIMEOUT = 1e6
"""More seconds than anybody waits: python-socks wants a number, and callers of `open_stream` limit the wait."""


async def dial_through(make: Callable[[], P], proxy: Proxy, route: Route, close_timeout: float) -> P:
    """Connect to a proxy. Let it connect to the address, unless it gets the requests themselves; see `open_stream`."""
    loop = asyncio.get_running_loop()
    what = f"cannot connect to the proxy {proxy}"
    setting: str | None = proxy.setting
    transport: asyncio.Transport | None = None
    try:
        if route.is_forwarded:
            _, protocol = await dial(make, proxy.host, proxy.port, route.proxy_tls, close_timeout)
            return protocol
        if proxy.is_socks:
            what, setting = proxy.way_to(route.host, route.port), None
            transport, interim = await _open_socks(proxy, route)
        else:
            handshake = _TunnelHandshake(Tunnel(proxy, route.host, route.port), loop.create_future())
            transport, interim = await dial(
                lambda: handshake, proxy.host, proxy.port, route.proxy_tls, close_timeout
            )
            what, setting = proxy.way_to(route.host, route.port), None
            await handshake.answer
        if route.tls is not None:
            interim = _BufferingProtocol()
            transport = await loop.start_tls(
                transport,
                interim,
                route.tls,
                server_hostname=route.host,
                ssl_shutdown_timeout=close_timeout,
            )
        if transport is None:
            raise ConnectionAbortedError("the peer closed the stream during the TLS handshake")
        protocol = make()
        interim.hand_over(transport, protocol)
        return protocol
    except BaseException as error:
        if transport is not None:
            transport.abort()
        if not isinstance(error, (OSError, UnicodeError)):
            raise
        failure = unreachable(what, error, setting=setting)
    raise failure  # outside of `except`, so that it has no context, which would give a hint about the endpoint


async def _open_socks(proxy: Proxy, route: Route) -> tuple[asyncio.Transport, _BufferingProtocol]:
    await load("python_socks", "python_socks.async_.asyncio")
    settings = socks_settings(proxy)
    from python_socks import ProxyConnectionError
    from python_socks.async_.asyncio import Proxy as Socks

    try:
        sock = await Socks(**settings.reveal()).connect(route.host, route.port, timeout=_NO_TIMEOUT)
    except ProxyConnectionError as error:
        failure = unreachable(f"cannot connect to the proxy {proxy}", error, setting=proxy.setting)
    except BaseException as error:
        forget_frames(error)  # python-socks has user and password in its variables
        if isinstance(error, Exception) and not isinstance(error, OSError):
            raise socks_failure(proxy, route.host, route.port, error) from None
        raise
    else:
        return await asyncio.get_running_loop().create_connection(_BufferingProtocol, sock=sock)
    raise failure


class _BufferingProtocol(asyncio.Protocol):
    """Keeps what happens to a stream before the protocol that gets the stream exists. Some peers speak first."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, tuple[Any, ...]]] = []

    def data_received(self, data: bytes) -> None:
        self._calls.append(("data_received", (data,)))

    def eof_received(self) -> None:
        self._calls.append(("eof_received", ()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._calls.append(("connection_lost", (exc,)))

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Let a protocol have the stream, and all that has happened to the stream."""
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        for name, arguments in self._calls:
            getattr(protocol, name)(*arguments)


class _TunnelHandshake(_BufferingProtocol):
    """Asks an HTTP proxy for a tunnel.

    Attributes:
        answer: Done when the tunnel is open; has the error if it will not be.
    """

    def __init__(self, tunnel: Tunnel, answer: asyncio.Future[None]) -> None:
        super().__init__()
        self._tunnel = tunnel
        self.answer = answer

    def connection_made(self, transport: Any) -> None:
        transport.write(b"".join(self._tunnel.data_to_send()))

    def data_received(self, data: bytes) -> None:
        if self.answer.done():
            super().data_received(data)
            return
        try:
            if self._tunnel.receive_data(data):
                self.answer.set_result(None)
        except TransportError as error:
            self.answer.set_exception(error)

    def eof_received(self) -> None:
        if self.answer.done():
            super().eof_received()
        else:
            self.data_received(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer.done():
            super().connection_lost(exc)
        elif exc is not None:
            self.answer.set_exception(exc)
        else:
            self.data_received(b"")
