"""Which proxy leads to an address, and the exchange in which an HTTP proxy opens a way there.

The rules are those of the package `websockets`, which are those of `urllib`: see docs/configuration.md.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from rivet_client._core.endpoint import SCHEME, host_and_port, is_loopback, mask_url, valid_authority
from rivet_client._core.http1 import Broken, Head, Http1
from rivet_client._secret import Secret, alone
from rivet_client._text import one_line
from rivet_client.errors import ConfigError, TransportError

__all__ = ["Proxies", "Proxy", "Tunnel", "named_proxies", "parse_proxy"]

_PORTS: Final = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""The protocols that proxies speak, with their usual ports."""

_ORDER: Final = {
    "http": ("http", "socks", "all"),
    "https": ("https", "socks", "all"),
    "ws": ("ws", "socks", "https", "http", "all"),
    "wss": ("wss", "socks", "https", "all"),
}
"""Which proxies are for which scheme, the best first. For WebSockets, SOCKS comes before HTTP (RFC 6455, 4.1)."""

_MAX_SOCKS_CREDENTIAL = 255
_VARIABLE: Final = "environment variable"
_SHOWN = 200
"""Most characters of a proxy's reason that an error shows."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy. Its `str` is its URL without credentials.

    Attributes:
        scheme: "http" or "https"; "socks4" or "socks5", which get addresses; "socks4a" or "socks5h", which get names.
        host: Name or address.
        port: TCP port.
        credentials: User and password, or None.
        setting: Where its URL is set, for error texts.
    """

    scheme: str
    host: str
    port: int
    credentials: Secret[tuple[str, str]] | None = field(default=None, repr=False, hash=False)
    setting: str = field(default="the proxy's URL", repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{host_and_port(self.host, self.port)}"

    @property
    def is_socks(self) -> bool:
        """Whether the proxy speaks SOCKS, and not HTTP."""
        return self.scheme.startswith("socks")

    @property
    def wants_addresses(self) -> bool:
        """Whether the proxy takes addresses only, and no names."""
        return self.scheme in ("socks4", "socks5")

    @property
    def authorization(self) -> Secret[dict[str, str]]:
        """The headers that give an HTTP proxy user and password."""
        if self.credentials is None:
            return Secret({})
        return Secret(
            {
                "proxy-authorization": "Basic "
                + base64.b64encode(":".join(self.credentials.reveal()).encode()).decode("ascii")
            }
        )

    def way_to(self, host: str, port: int) -> str:
        """The first words of an error about an address behind this proxy."""
        return f"cannot connect to {host_and_port(host, port)} through the proxy {self}"

    def refused(
        self, host: str, port: int, why: str, *, wants_credentials: bool = False, passes: bool = False
    ) -> TransportError:
        """The error for an address to which the proxy opens no way.

        Args:
            host: Of the address.
            port: Of the address.
            why: What the proxy says, or does.
            wants_credentials: Whether the proxy wants user and password.
            passes: Whether another attempt may succeed.
        """
        if wants_credentials:
            todo = "correct" if self.credentials is not None else "give"
            todo = f"{todo} user and password in {self.setting}: {self.scheme}://user:password@host:port"
        elif self.setting.startswith(_VARIABLE):
            no_proxy = f"add {host} to NO_PROXY"
            todo = no_proxy if is_loopback(host) else f"check {self.setting}, or {no_proxy}"
        else:
            todo = f"check {self.setting}"
        return TransportError(
            f"{self.way_to(host, port)}: {why}", may_have_run=False, is_retryable=passes, hint=todo
        )


def parse_proxy(url: Secret[str], setting: str) -> Proxy:
    """Read the URL of a proxy.

    Args:
        url: `[scheme://][user[:password]@]host[:port]`; without a scheme it means an HTTP proxy.
        setting: Where the URL is set.

    Raises:
        ConfigError: The URL cannot be used. The text says why, with credentials masked.
    """
    try:
        return _parsed(url.reveal(), setting)
    except ConfigError as error:
        raise alone(error)  # noqa: B904


def _parsed(url: str, setting: str) -> Proxy:
    def wrong(why: str) -> ConfigError:
        return ConfigError(
            f"{setting}: {why}: {mask_url(url)!r}; use scheme://[user:password@]host[:port], "
            f"where scheme is {', '.join(_PORTS)}"
        )

    if not url.isprintable() or any(character.isspace() for character in url):
        raise wrong("spaces or control characters in the URL of a proxy")
    try:
        parts = urlsplit(url if SCHEME.match(url) else f"http://{url}")
        port = parts.port
    except ValueError:
        raise wrong("not the URL of a proxy") from None
    if parts.scheme not in _PORTS:
        raise wrong(f"no proxy speaks {parts.scheme}")
    if port == 0:
        raise wrong("the port must be a number from 1 to 65535")
    if parts.path not in ("", "/") or "?" in url or "#" in url:
        raise wrong(
            "the URL of a proxy has nothing after host and port; percent-encode '/', '?' and '#' in user and password"
        )
    port = port or _PORTS[parts.scheme]
    address = valid_authority(parts.hostname, port)
    if address is None:
        raise wrong("no host, or not a host name")
    host = address.rpartition(":")[0].strip("[]")
    if parts.username is None:
        return Proxy(parts.scheme, host, port, setting=setting)
    credentials = Secret((unquote(parts.username), unquote(parts.password or "")))
    if ":" in credentials.reveal()[0] and not parts.scheme.startswith("socks"):
        raise wrong("no HTTP proxy can be told of a user with a ':'")
    if parts.scheme.startswith("socks") and not all(
        one.isascii() and one.isprintable() and len(one) <= _MAX_SOCKS_CREDENTIAL
        for one in credentials.reveal()
    ):
        raise wrong(f"SOCKS carries a user and password of at most {_MAX_SOCKS_CREDENTIAL} ASCII characters")
    return Proxy(parts.scheme, host, port, credentials, setting)


def _all_through(_address: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Proxies:
    """Which proxy leads where.

    Attributes:
        always: The proxy for every address that no named proxy is for, or None.
        named: Proxies by what they are for ("https", "wss", "all", …): where the URL is set, and the URL.
        is_direct: Whether a `host:port` is reached without a named proxy; an IPv6 address comes with and without its
            brackets, and one of both suffices.
    """

    always: Proxy | None = None
    named: Mapping[str, tuple[str, Secret[str]]] = field(default_factory=dict[str, tuple[str, Secret[str]]])
    is_direct: Callable[[str], bool] = field(default=_all_through, repr=False, compare=False)

    @property
    def may_speak_tls(self) -> bool:
        """Whether there is a proxy that is spoken to in TLS. Its URL may be wrong elsewhere."""
        return any(url.reveal().lower().startswith("https:") for _, url in self.named.values()) or (
            self.always is not None and self.always.scheme == "https"
        )

    def find(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy for an address, or None for none.

        Args:
            scheme: "http", "https", "ws" or "wss".
            host: Of the address.
            port: Of the address.

        Raises:
            ConfigError: The proxy's URL is wrong.
        """
        kind = next(filter(self.named.__contains__, _ORDER[scheme]), None)
        if kind is None or self._is_direct(host, port):
            return self.always
        setting, url = self.named[kind]
        return parse_proxy(_socks_url(url) if kind == "socks" else url, setting)

    def _is_direct(self, host: str, port: int) -> bool:
        """Whether an address is reached without a named proxy. Users list an IPv6 address with brackets and without."""
        return any(map(self.is_direct, {f"{host}:{port}", host_and_port(host, port)}))


def _socks_url(url: Secret[str]) -> Secret[str]:
    """The URL of a SOCKS proxy. Systems write only host and port for one, or even "http://"."""
    return Secret(re.sub(r"\A(?:http://|(?!\w+://))", "socks5h://", url.reveal()))


def named_proxies(environ: Mapping[str, str]) -> Proxies:
    """The proxies that environment variables name.

    A variable in lower case wins over the same one in upper case, even if it is empty.
    """
    found: dict[str, tuple[str, Secret[str]]] = {}
    for name, value in environ.items():
        if value and name.lower().endswith("_proxy"):
            found[name[:-6].lower()] = (f"{_VARIABLE} {name}", Secret(value))
    if "REQUEST_METHOD" in environ:
        # In a CGI script, HTTP_PROXY is the header "Proxy" of the request, which anybody can send (CVE-2016-1000110).
        found.pop("http", None)
    for name, value in environ.items():
        if name.endswith("_proxy"):
            found.pop(name[:-6].lower(), None)
            if value:
                found[name[:-6].lower()] = (f"{_VARIABLE} {name}", Secret(value))
    _, no_proxy = found.get("no", ("", Secret("")))
    return Proxies(named=found, is_direct=lambda address: _is_listed(address, no_proxy.reveal()))


def _is_listed(address: str, no_proxy: str) -> bool:
    """Whether NO_PROXY has this address. It lists hosts, perhaps with a port; each stands for its subdomains too."""
    if no_proxy == "*":
        return True
    ends = [f".{one.strip().lstrip('.').lower()}" for one in no_proxy.split(",") if one.strip()]
    host = address.lower().rpartition(":")[0]
    return f".{host}".endswith(tuple(ends)) or f".{address.lower()}".endswith(tuple(ends))


class Tunnel:
    """The exchange that asks an HTTP proxy for a tunnel to an address (RFC 9110, 9.3.6).

    Write `data_to_send`, then give all bytes that come to `receive_data`, until it says that the tunnel is open.
    """

    def __init__(self, proxy: Proxy, host: str, port: int) -> None:
        self._proxy = proxy
        self._address = (host, port)
        self._http = Http1()
        target = host_and_port(host, port)
        self._http.request("CONNECT", target, [("host", target), *proxy.authorization.reveal().items()])

    def data_to_send(self) -> list[bytes | memoryview]:
        """Return, once, what is to be written."""
        return self._http.data_to_send()

    def receive_data(self, data: bytes) -> bool:
        """Take bytes from the proxy, b"" for the end of the stream; return whether the tunnel is open.

        Raises:
            TransportError: The proxy opens no tunnel.
        """
        is_open = False
        for event in self._http.receive_data(data) if data else self._http.receive_eof():
            match event:
                case Head() if event.status >= 300:
                    said = f"it answers HTTP {event.status} '{one_line(event.reason, _SHOWN)}'"
                    passes = event.status >= 500 or event.status in (408, 429)
                    raise self._refused(said, event.status, passes=passes)
                case Head():
                    is_open = True
                case Broken():
                    why = str(event.error) if not data else f"what answers is no HTTP proxy ({event.error})"
                    raise self._refused(why, passes=not data)
                case _:
                    pass  # a body
        if is_open and self._http.rest:  # a peer behind the tunnel sends nothing before it is asked
            raise self._refused("it goes on to talk unasked", passes=False)
        return is_open

    def _refused(self, why: str, status: int = 0, *, passes: bool) -> TransportError:
        return self._proxy.refused(*self._address, why, wants_credentials=status == 407, passes=passes)
