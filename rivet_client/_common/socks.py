"""SOCKS through the optional package python-socks: its settings for a proxy, and what its errors mean."""

from __future__ import annotations

from typing import Any

from rivet_client._core.proxy import Proxy
from rivet_client._secret import Secret
from rivet_client._text import one_line
from rivet_client.errors import ConfigError, TransportError

__all__ = ["socks_failure", "socks_settings"]

_PASSING = frozenset((1, 3, 4, 5, 6, 0x5B))
"""Codes of refusals that may pass: they say that the proxy did not get through to the address."""
_IDENTITY = frozenset((0x5C, 0x5D))
"""Codes by which SOCKS 4 refuses a user."""


def socks_settings(proxy: Proxy) -> Secret[dict[str, Any]]:
    """The arguments with which python-socks makes its client for a proxy.

    Raises:
        ConfigError: python-socks is not installed.
    """
    try:
        from python_socks import ProxyType
    except ImportError:
        raise ConfigError(
            f"{proxy.setting} names a proxy that speaks SOCKS ({proxy}), which needs the package python-socks: "
            "pip install python-socks"
        ) from None
    return Secret(
        {
            "proxy_type": ProxyType.SOCKS5 if proxy.scheme.startswith("socks5") else ProxyType.SOCKS4,
            "host": proxy.host,
            "port": proxy.port,
            "rdns": not proxy.wants_addresses,
            **(
                {}
                if proxy.credentials is None
                else dict(zip(("username", "password"), proxy.credentials.reveal(), strict=True))
            ),
        }
    )


def socks_failure(proxy: Proxy, host: str, port: int, error: Exception) -> TransportError:
    """The error for an address to which a proxy opens no way, made from the error of python-socks."""
    code = getattr(error, "error_code", None)
    text = one_line(str(error))
    return proxy.refused(
        host,
        port,
        text,
        wants_credentials=code in _IDENTITY or "uthenticat" in text,
        passes=code in _PASSING or "closed" in text,
    )
