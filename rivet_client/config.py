"""Client settings: where each value comes from, and what is wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import quote, unquote, urlsplit

from rivet_client.errors import ConfigError
from rivet_client.values import RetryPolicy, check_timeout

if TYPE_CHECKING:
    import ssl

__all__ = ["DEFAULT_ENDPOINT", "ENCODINGS", "ClientConfig"]

DEFAULT_ENDPOINT = "http://localhost:6420"
ENCODINGS = ("bare", "cbor", "json")

EncodingName = Literal["bare", "cbor", "json"]

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*\Z")
_OWN_HEADERS = re.compile(r"(host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATH_CHARACTERS = "/%:!$&'()*+,;=~"
_HOST_NAME = re.compile(r"[a-z0-9._-]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """Validated settings of one client.

    Attributes:
        endpoint: Base URL without credentials and without a trailing slash.
        namespace: Namespace of the actors.
        token: Secret sent with every request, or None.
        pool_name: Runner pool that new actors are created in.
        encoding: How values travel: "bare", "cbor" or "json".
        headers: Extra headers for every HTTP request and WebSocket handshake.
        max_input_size: Largest encoded actor input accepted by `get_or_create`, in bytes.
        disable_metadata_lookup: Do not ask the endpoint where the engine is.
        skip_ready_wait: Send to actors that are not ready yet.
        timeout: Default deadline of every call, in seconds; None waits without one.
        retry: What is repeated, and when.
        ssl_context: TLS settings for https and wss, or None for the defaults.
    """

    endpoint: str = DEFAULT_ENDPOINT
    namespace: str = "default"
    token: str | None = field(default=None, repr=False)
    pool_name: str = "default"
    encoding: EncodingName = "bare"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_input_size: int = 4096
    disable_metadata_lookup: bool = False
    skip_ready_wait: bool = False
    timeout: float | None = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    ssl_context: ssl.SSLContext | None = None

    @classmethod
    def resolve(
        cls,
        endpoint: str | None,
        *,
        token: str | None,
        namespace: str | None,
        pool_name: str | None,
        encoding: str,
        headers: Mapping[str, str] | None,
        max_input_size: int,
        disable_metadata_lookup: bool,
        skip_ready_wait: bool,
        timeout: float | None,
        retry: RetryPolicy,
        ssl_context: ssl.SSLContext | None,
        environ: Mapping[str, str] | None = None,
    ) -> ClientConfig:
        """Look every setting up (argument, environment, default) and check it.

        Raises:
            ConfigError: A value is wrong, or given twice with different values.
            TypeError: A value has the wrong type.
        """
        env = os.environ if environ is None else environ
        url, source = _first(
            ("argument endpoint", _optional_str("endpoint", endpoint)),
            *_from_env(env, "RIVET_ENGINE", "RIVET_ENDPOINT"),
        )
        base, url_namespace, url_token = (
            parse_endpoint(url or DEFAULT_ENDPOINT, source) if source else (DEFAULT_ENDPOINT, None, None)
        )
        where = f"the URL of {source}"
        return cls(
            endpoint=base,
            namespace=_once(
                "namespace",
                where,
                url_namespace,
                _optional_str("namespace", namespace),
                _from_env(env, "RIVET_NAMESPACE"),
            )
            or "default",
            token=_token(
                _once(
                    "token",
                    where,
                    url_token,
                    _optional_str("token", token),
                    _from_env(env, "RIVET_TOKEN"),
                    secret=True,
                )
            ),
            pool_name=_first(
                ("argument pool_name", _optional_str("pool_name", pool_name)),
                *_from_env(env, "RIVET_POOL", "RIVET_RUNNER"),
            )[0]
            or "default",
            encoding=_encoding(encoding),
            headers=_headers(headers),
            max_input_size=_positive_int("max_input_size", max_input_size),
            disable_metadata_lookup=_bool("disable_metadata_lookup", disable_metadata_lookup),
            skip_ready_wait=_bool("skip_ready_wait", skip_ready_wait),
            timeout=check_timeout("timeout", timeout),
            retry=_retry(retry),
            ssl_context=_ssl_context(ssl_context),
        )


def parse_endpoint(url: str, source: str) -> tuple[str, str | None, str | None]:
    """Split an endpoint URL into its base, namespace and token (PROTOCOL.md 1.2).

    Args:
        url: `http(s)://[namespace[:token]@]host[:port][/base]`.
        source: Where the URL came from, for the error text.

    Raises:
        ConfigError: The URL cannot be used; the text says why, with the token masked.
    """

    def wrong(why: str) -> ConfigError:
        return ConfigError(f"{source}: {why}: {mask_url(url)!r}; use http(s)://[namespace:token@]host[:port]")

    if not url.isprintable() or any(character.isspace() for character in url):
        raise wrong("spaces or control characters in the endpoint")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise wrong("not a URL") from None
    if parts.scheme not in ("http", "https"):
        raise wrong("the scheme must be http or https")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise wrong("the port must be a number from 1 to 65535")
    if parts.query or url.split("#")[0].endswith("?"):
        raise wrong("an endpoint cannot contain a query string")
    if parts.fragment or url.endswith("#"):
        raise wrong("an endpoint cannot contain a fragment")
    path = parts.path.rstrip("/")
    if "@" in path:
        raise wrong("an '@' in the path; write a '/' in the namespace or token as %2F")
    if any(segment in ("", ".", "..") for segment in path.split("/")[1:]):
        raise wrong("an empty or dot segment in the path")
    namespace = unquote(parts.username) if parts.username else None
    token = unquote(parts.password) if parts.password else None
    if token and not namespace:
        raise wrong("an endpoint cannot have a token without a namespace")
    if not f"{namespace}{token}".isprintable():
        raise wrong("control characters in the namespace or token")
    authority = _authority(parts.hostname, port)
    if authority is None:
        raise wrong("no host, or not a host name")
    return f"{parts.scheme}://{authority}{quote(path, safe=_PATH_CHARACTERS)}", namespace, token


def _authority(host: str | None, port: int | None) -> str | None:
    """Host and port as they stand in a Host header, or None for what cannot stand there."""
    if not host:
        return None
    try:
        name = f"[{host}]" if ":" in host else host.encode("idna").decode()
        authority = name if port is None else f"{name}:{port}"
        authority.encode("idna")  # once more with the port, as wsproto does
    except UnicodeError:
        return None
    return authority if ":" in host or _HOST_NAME.match(name) else None


def mask_url(url: str) -> str:
    """Return `url` with whatever may be a secret replaced by `***`."""
    cut = re.search(r"[?#]", url)
    base, tail = (url[: cut.start()], f"{cut[0]}***") if cut else (url, "")
    scheme = _SCHEME.match(base)
    start, rest = (scheme[0], base[scheme.end() :]) if scheme else ("", base)
    # Up to the last "@", however wrong the rest is, so that nothing before it can leak.
    user, at, host = rest.rpartition("@")
    if at:
        name, colon, _ = user.partition(":")
        if {"/", "@"} & set(name) or not (colon or start.lower() in ("http://", "https://")):
            name = "***"
        return f"{start}{name}{':***' if colon else ''}@{host}{tail}"
    name, colon, port = rest.partition(":")
    if colon and "[" not in name and not port.partition("/")[0].isdecimal():
        # Perhaps namespace and token, with the host forgotten.
        return f"{start}{name}:***{tail}"
    return f"{base}{tail}"


def _first(*candidates: tuple[str, str | None]) -> tuple[str | None, str | None]:
    for source, value in candidates:
        if value is not None:
            if not value.isprintable():
                raise ConfigError(f"{source} contains control characters; remove them")
            return value, source
    return None, None


def _from_env(env: Mapping[str, str], *names: str) -> list[tuple[str, str | None]]:
    # An empty variable is how shells and compose files say "unset".
    return [(f"environment variable {name}", env.get(name) or None) for name in names]


def _once(
    setting: str,
    url_source: str,
    from_url: str | None,
    argument: str | None,
    environment: list[tuple[str, str | None]],
    *,
    secret: bool = False,
) -> str | None:
    value, source = _first((f"argument {setting}", argument), *environment)
    if value is None or from_url is None or value == from_url:
        return value if from_url is None else from_url
    shown = "" if secret else f" ({from_url!r} and {value!r})"
    raise ConfigError(
        f"{setting} is set differently in {url_source} and in {source}{shown}; give it in one place"
    )


def _optional_str(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise ConfigError(f"{name} must not be empty; leave it out to use the default")
    return value


def _token(token: str | None) -> str | None:
    if token is not None and (not token.isascii() or token != token.strip()):
        raise ConfigError(
            "token has characters that a header cannot carry (outside ASCII, or spaces around it)"
        )
    return token


def _encoding(value: object) -> EncodingName:
    if value not in ENCODINGS:
        raise ConfigError(f"unknown encoding {value!r}; use one of {', '.join(map(repr, ENCODINGS))}")
    return cast("EncodingName", value)


def _headers(headers: object) -> dict[str, str]:
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers must be a mapping of str to str, not {type(headers).__name__}")
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"headers must map str to str; {name!r} maps to {type(value).__name__}")
        if not _HEADER_NAME.match(name):
            raise ConfigError(f"headers: {name!r} is not a header name; use ASCII letters, digits and '-'")
        if _OWN_HEADERS.match(name.lower()):
            raise ConfigError(f"headers: {name!r} is for the client itself to set; leave it out")
        if not _HEADER_VALUE.match(value):
            raise ConfigError(
                f"headers: the value of {name!r} has characters that a header cannot carry; use printable ASCII"
            )
        checked[name.lower()] = value.strip()
    return checked


def _positive_int(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if value <= 0:
        raise ConfigError(f"{name} must be greater than 0, not {value}")
    return value


def _bool(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return value


def _retry(value: object) -> RetryPolicy:
    if not isinstance(value, RetryPolicy):
        raise TypeError(f"retry must be a RetryPolicy, not {type(value).__name__}")
    return value


def _ssl_context(value: ssl.SSLContext | None) -> ssl.SSLContext | None:
    if value is not None and not hasattr(value, "wrap_bio"):
        raise TypeError(f"ssl_context must be an ssl.SSLContext, not {type(value).__name__}")
    return value
