"""How streams get to an address: in plain or in TLS, directly or through a proxy."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rivet_client._core.gateway import DialPlan
from rivet_client._core.proxy import Proxies, Proxy
from rivet_client._secret import Secret

__all__ = ["ADDRESS_TIMEOUT", "Route", "Routes", "tls_context"]

ADDRESS_TIMEOUT: Final = 2.0
"""Time to connect to one of several addresses before the next is tried, in seconds. The last gets all the time left.

Some networks drop packets to IPv6 addresses. Two seconds are enough for a first packet that is lost and sent again.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """The way to an address. Its `str` is for people.

    Attributes:
        host: Name or address.
        port: TCP port.
        tls: TLS settings of the stream to the address, or None for plain TCP.
        proxy: What to connect to instead, or None.
        proxy_tls: TLS settings of the stream to the proxy, or None for plain TCP.
        is_forwarded: Whether the proxy gets the requests themselves and forwards them. If not, it opens a tunnel.
        headers: Headers of the requests that are meant for such a proxy.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy: Proxy | None = None
    proxy_tls: ssl.SSLContext | None = None
    is_forwarded: bool = False
    headers: Secret[dict[str, str]] = field(default_factory=lambda: Secret({}), repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" + ("" if self.proxy is None else f" through the proxy {self.proxy}")


class Routes:
    """The routes of one client.

    Args:
        proxies: Its proxies.
        tls: Makes the client's TLS settings. That takes time.
    """

    def __init__(self, proxies: Proxies, tls: Callable[[], ssl.SSLContext]) -> None:
        self._proxies = proxies
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None
        self._has_tls_proxy = proxies.may_speak_tls
        self._known: dict[tuple[str, str, int], Route] = {}

    def lacks_tls(self, url: str) -> bool:
        """Whether a route for this URL may need TLS settings that nobody has made. `load_tls` makes them."""
        return self._tls is None and (url.startswith(("https:", "wss:")) or self._has_tls_proxy)

    def load_tls(self) -> None:
        """Make the TLS settings, in any thread."""
        made = self._make_tls()
        if self._tls is None:
            self._tls = made

    def find(self, scheme: str, host: str, port: int) -> Route:
        """The route to an address.

        Args:
            scheme: "http", "https", "ws" or "wss".
            host: Name or address.
            port: TCP port.

        Raises:
            ConfigError: The proxy for it cannot be used.
        """
        key = (scheme, host, port)
        route = self._known.get(key)
        if route is None:
            route = self._known[key] = self._make(scheme, host, port)
        return route

    def for_dial(self, dial: DialPlan) -> Route:
        """The route of a WebSocket.

        Raises:
            ConfigError: The proxy for it cannot be used.
        """
        return self.find("wss" if dial.secure else "ws", dial.host, dial.port)

    def _make(self, scheme: str, host: str, port: int) -> Route:
        tls = self._tls_if(scheme in ("https", "wss"))
        proxy = self._proxies.find(scheme, host, port)
        if proxy is None:
            return Route(host, port, tls)
        proxy_tls = self._tls_if(proxy.scheme == "https")
        if scheme == "http" and not proxy.is_socks:
            return Route(host, port, tls, proxy, proxy_tls, True, proxy.authorization)
        return Route(host, port, tls, proxy, proxy_tls)

    def _tls_if(self, is_wanted: bool) -> ssl.SSLContext | None:
        if is_wanted and self._tls is None:
            self.load_tls()
        return self._tls if is_wanted else None


def tls_context(configured: ssl.SSLContext | None) -> ssl.SSLContext:
    """TLS settings of every stream of a client: HTTP, WebSockets and connections.

    Loading the certificate store takes longer than a call. So only a client with an https endpoint should call this.
    """
    if configured is not None:
        return configured
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        import certifi  # only here, because most programs do not need it

        file = certifi.where()
    context = ssl.create_default_context(cafile=file) if file else ssl.create_default_context(capath=folder)
    context.set_alpn_protocols(["http/1.1"])
    return context
