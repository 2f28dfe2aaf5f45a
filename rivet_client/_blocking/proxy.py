"""What is said to a proxy before a stream through it is of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rivet_client._common.socks import socks_failure, socks_settings
from rivet_client._core.proxy import Proxy, Tunnel
from rivet_client._secret import Secret, forget_frames
from rivet_client.errors import RivetError

if TYPE_CHECKING:
    from rivet_client._blocking.stream import DialScope, Stream

__all__ = ["open_tunnel"]


def open_tunnel(stream: Stream, proxy: Proxy, host: str, port: int, scope: DialScope) -> None:
    """Have the proxy that a stream leads to connect it with an address.

    Args:
        stream: The stream.
        proxy: The proxy.
        host: Name, or address for a proxy that wants one.
        port: TCP port.
        scope: How long that may take.

    Raises:
        OSError: The stream broke; TimeoutError when the time was up.
        TransportError: The proxy opens no way, or the stream is not wanted any more.
        ConfigError: Something is missing for that.
    """
    if not proxy.is_socks:
        tunnel = Tunnel(proxy, host, port)
        scope.send_all(stream, Secret(tunnel.data_to_send()))
        while not tunnel.receive_data(scope.receive_some(stream)):
            pass
        return
    settings = socks_settings(proxy)
    from python_socks.sync import Proxy as Socks

    link = _SocksSocket(stream, scope)
    there: Any = link  # as python-socks has it, another proxy
    try:
        Socks(**settings.reveal(), forward=there).connect(host, port)
    except BaseException as error:
        forget_frames(error)  # they have user and password in their variables
        if isinstance(error, Exception) and not isinstance(error, (OSError, RivetError)):
            raise socks_failure(proxy, host, port, error) from None
        raise
    if link.received:
        raise proxy.refused(host, port, "it goes on to talk unasked")


class _SocksSocket:
    """The stream, as python-socks wants it: as what connects to the proxy, and as the socket that comes of that."""

    def __init__(self, stream: Stream, scope: DialScope) -> None:
        self._stream = stream
        self._scope = scope
        self.received = b""

    def connect(self, **_address: Any) -> _SocksSocket:
        return self

    def sendall(self, data: bytes) -> None:
        self._scope.send_all(self._stream, Secret([data]))

    def recv(self, size: int) -> bytes:
        data = self.received or self._scope.receive_some(self._stream)
        self.received = data[size:]
        return data[:size]

    def close(self) -> None:
        """Leave that to whoever opened it."""
