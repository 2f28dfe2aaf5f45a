"""Streams through a proxy, which is asked to open a tunnel to the address, or gets the requests themselves."""

from __future__ import annotations

import socket
from typing import Any

from rivet_client._blocking.poller import seconds_left
from rivet_client._blocking.stream import Stream
from rivet_client._blocking.tcp import DialScope, addresses_of, dial, start_tls
from rivet_client._common.route import Route
from rivet_client._common.socks import socks_failure, socks_settings
from rivet_client._core.proxy import Proxy, Tunnel
from rivet_client._network import unreachable
from rivet_client._secret import Secret, forget_frames
from rivet_client.errors import RivetError

__all__ = ["dial_through"]


def dial_through(proxy: Proxy, route: Route, scope: DialScope) -> Stream:
    """Connect to a proxy. Let it connect to the address, unless it gets the requests themselves; see `open_stream`."""
    what = f"cannot connect to the proxy {proxy}"
    setting: str | None = proxy.setting
    stream = None
    try:
        stream = dial(proxy.host, proxy.port, route.proxy_tls, scope)
        if not route.is_forwarded:
            what, setting = proxy.way_to(route.host, route.port), None
            _open_tunnel(stream, proxy, route, scope)
            if route.tls is not None:
                stream = start_tls(stream, route.tls, route.host, scope)
        return stream
    except BaseException as error:
        if stream is not None:
            stream.close()
        if not isinstance(error, (OSError, UnicodeError)) or seconds_left(scope.deadline) == 0:
            raise
        failure = unreachable(what, error, setting=setting)
    raise failure  # outside of `except`, so that it has no context, which would give a hint about the endpoint


def _open_tunnel(stream: Stream, proxy: Proxy, route: Route, scope: DialScope) -> None:
    """Ask the proxy at the end of a stream to connect the stream to the address.

    Raises:
        OSError: The stream broke; TimeoutError when the time was up.
        TransportError: The proxy opens no tunnel, or the stream is not wanted any more.
        ConfigError: The proxy needs a package that is not installed.
    """
    if proxy.is_socks:
        host = _first_address(proxy, route, scope) if proxy.wants_addresses else route.host
        _open_socks(stream, proxy, host, route.port, scope)
        return
    tunnel = Tunnel(proxy, route.host, route.port)
    scope.send_all(stream, Secret(tunnel.data_to_send()))
    while not tunnel.receive_data(scope.receive_some(stream)):
        pass


def _open_socks(stream: Stream, proxy: Proxy, host: str, port: int, scope: DialScope) -> None:
    settings = socks_settings(proxy)
    from python_socks.sync import Proxy as Socks

    link = _SocksSocket(stream, scope)
    forward: Any = link  # python-socks takes it for another proxy, before the first
    try:
        Socks(**settings.reveal(), forward=forward).connect(host, port)
    except BaseException as error:
        forget_frames(error)  # python-socks has user and password in its variables
        if isinstance(error, Exception) and not isinstance(error, (OSError, RivetError)):
            raise socks_failure(proxy, host, port, error) from None
        raise
    if link.received:
        raise proxy.refused(host, port, "it goes on to talk unasked")


def _first_address(proxy: Proxy, route: Route, scope: DialScope) -> str:
    found = sorted(
        (family, address[0]) for family, _, _, _, address in addresses_of(route.host, route.port, scope)
    )
    if proxy.scheme == "socks4" and found[0][0] != socket.AF_INET:
        raise OSError(f"{route.host} has no IPv4 address, and {proxy.scheme} no other")
    return str(found[0][1])


class _SocksSocket:
    """The stream as python-socks uses it: as a proxy that it connects through, and as the socket that it gets."""

    def __init__(self, stream: Stream, scope: DialScope) -> None:
        self._stream = stream
        self._scope = scope
        self.received = b""

    def connect(self, **_address: object) -> _SocksSocket:
        return self

    def sendall(self, data: bytes) -> None:
        self._scope.send_all(self._stream, Secret([data]))

    def recv(self, size: int) -> bytes:
        data = self.received or self._scope.receive_some(self._stream)
        self.received = data[size:]
        return data[:size]

    def close(self) -> None:
        """Do nothing: the code that opened the stream closes it."""
