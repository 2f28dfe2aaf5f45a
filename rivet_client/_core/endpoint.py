"""Where the engine is, as configured or as a metadata answer names it: one set of rules (PROTOCOL.md 1.2, 1.4)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from rivet_client._secret import alone, hide, reveal
from rivet_client.errors import ConfigError, ProtocolError

__all__ = [
    "SCHEME",
    "Endpoint",
    "address_of",
    "host_and_port",
    "is_loopback",
    "is_token",
    "mask_url",
    "parse_endpoint",
    "redirected",
    "valid_authority",
]

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
"""The beginning of a URL that is not relative."""

_PATH_CHARACTERS = "/%:!$&'()*+,;=~"
_HOST_NAME = re.compile(r"[a-z0-9._-]+\Z")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go: a base URL without a trailing slash, a namespace and a token."""

    url: str
    namespace: str
    token: str | None = field(default=None, repr=False)


def parse_endpoint(url: str, source: str) -> tuple[str, str | None, str | None]:
    """Split an endpoint URL into its base, namespace and token (PROTOCOL.md 1.2).

    Args:
        url: `http(s)://[namespace[:token]@]host[:port][/base]`.
        source: Where the URL came from, for the error text.

    Raises:
        ConfigError: The URL cannot be used; the text says why, with the token masked.
    """
    try:
        base, parts = _split(url)
        namespace = unquote(parts.username) if parts.username else None
        token = unquote(parts.password) if parts.password else None
        if token and not namespace:
            raise _Wrong("an endpoint cannot have a token without a namespace")
        if not f"{namespace}{token}".isprintable():
            raise _Wrong("control characters in the namespace or token")
    except _Wrong as why:
        raise ConfigError(
            f"{source}: {why}: {mask_url(url)!r}; use http(s)://[namespace:token@]host[:port]"
        ) from None
    return base, namespace, token


def redirected(endpoint: Endpoint, url: object, namespace: object, token: object) -> Endpoint:
    """The endpoint that the metadata of `endpoint` names; what it does not name stays (PROTOCOL.md 1.4).

    Args:
        endpoint: The one that was asked.
        url: Its `clientEndpoint`. A namespace and a token in it are ignored.
        namespace: Its `clientNamespace`.
        token: Its `clientToken`.

    Raises:
        ProtocolError: The URL or the token cannot be used, or the token would travel unencrypted.
    """
    url, token = hide(url), hide(token)
    try:
        return _redirected(endpoint, reveal(url), namespace, reveal(token))
    except ProtocolError as error:
        raise alone(error)  # noqa: B904


def _redirected(endpoint: Endpoint, url: object, namespace: object, token: object) -> Endpoint:
    if url is None:
        return endpoint
    asked = f"the metadata of {endpoint.url}"
    try:
        if not isinstance(url, str):
            raise _Wrong("not a URL")
        base, parts = _split(url)
    except _Wrong as why:
        shown = repr(mask_url(url) if isinstance(url, str) else url)
        raise ProtocolError(
            f"{asked} names an engine that cannot be used: {why}: {shown}; correct it on the server"
        ) from None
    if endpoint.url.startswith("https:") and base.startswith("http:") and not is_loopback(parts.hostname):
        raise ProtocolError(
            f"{asked} names {base}, to which token and params would go unencrypted; have the server name an https "
            "endpoint, or give that URL as the endpoint yourself if its network is to be trusted"
        )
    token = token if isinstance(token, str) and token else endpoint.token
    if token is not None and not is_token(token):
        raise ProtocolError(f"{asked} names a token that a header cannot carry; correct it on the server")
    return Endpoint(
        base, namespace if isinstance(namespace, str) and namespace else endpoint.namespace, token
    )


def is_token(text: str) -> bool:
    """Whether a header can carry the text as a token."""
    return text.isascii() and text.isprintable() and text == text.strip()


class _Wrong(Exception):
    """Why a URL cannot be an endpoint. The caller adds which URL."""


def _split(url: str) -> tuple[str, SplitResult]:
    """Return the base of an endpoint URL, without credentials, and its parts.

    Raises:
        _Wrong: It cannot be used.
    """
    if not url.isprintable() or any(character.isspace() for character in url):
        raise _Wrong("spaces or control characters in the endpoint")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _Wrong("not a URL") from None
    if parts.scheme not in ("http", "https"):
        raise _Wrong("the scheme must be http or https")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise _Wrong("the port must be a number from 1 to 65535")
    if parts.query or url.split("#")[0].endswith("?"):
        raise _Wrong("an endpoint cannot contain a query string")
    if parts.fragment or url.endswith("#"):
        raise _Wrong("an endpoint cannot contain a fragment")
    path = parts.path.rstrip("/")
    if "@" in path:
        raise _Wrong("an '@' in the path; write a '/' in the namespace or token as %2F")
    if any(segment in ("", ".", "..") for segment in path.split("/")[1:]):
        raise _Wrong("an empty or dot segment in the path")
    authority = valid_authority(parts.hostname, port)
    if authority is None:
        raise _Wrong("no host, or not a host name")
    return f"{parts.scheme}://{authority}{quote(path, safe=_PATH_CHARACTERS)}", parts


def host_and_port(host: str, port: int) -> str:
    """A host and port that have been checked, as they stand in a Host header."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def valid_authority(host: str | None, port: int | None) -> str | None:
    """Check a host and port; return them as they stand in a Host header, or None if they cannot stand there."""
    if not host:
        return None
    try:
        name = f"[{host}]" if ":" in host else host.encode("idna").decode()
        authority = name if port is None else f"{name}:{port}"
        authority.encode("idna")  # a second time, with the port, as wsproto does
    except UnicodeError:
        return None
    return authority if ":" in host or _HOST_NAME.match(name) else None


def address_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL, which must have been checked."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    return parts.scheme, parts.hostname or "", port


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address means this machine."""
    name = (host or "").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def mask_url(url: str) -> str:
    """Return `url` with whatever may be a secret replaced by `***`."""
    cut = re.search(r"[?#]", url)
    base, tail = (url[: cut.start()], f"{cut[0]}***") if cut else (url, "")
    scheme = SCHEME.match(base)
    start, rest = (scheme[0], base[scheme.end() :]) if scheme else ("", base)
    # Everything up to the last "@" may be a secret, even if the rest of the URL is wrong.
    user, at, host = rest.rpartition("@")
    if at:
        name, colon, _ = user.partition(":")
        if {"/", "@"} & set(name) or not (colon or start.lower() in ("http://", "https://")):
            name = "***"
        return f"{start}{name}{':***' if colon else ''}@{host}{tail}"
    name, colon, port = rest.partition(":")
    if colon and "[" not in name and not port.partition("/")[0].isdecimal():
        # Perhaps it is a namespace and a token without a host.
        return f"{start}{name}:***{tail}"
    return f"{base}{tail}"
