"""Client settings: where each value comes from, and what is wrong with it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from rivet_client._checks import check_limit, check_timeout
from rivet_client._core.core_config import DEFAULT_ENDPOINT, CoreConfig, EncodingName, RetryPolicy
from rivet_client._core.endpoint import Endpoint, address_of, is_token, parse_endpoint, redirected
from rivet_client._core.proxy import Proxies, Proxy, named_proxies, parse_proxy
from rivet_client._narrowing import is_mapping
from rivet_client._objects import late_type
from rivet_client._secret import Secret, alone, hide, reveal
from rivet_client.errors import ConfigError
from rivet_client.values import UNDEFINED, UndefinedType
from rivet_client_generated.protocol.versions import NEWEST, OLDEST

if TYPE_CHECKING:
    from ssl import SSLContext
else:
    SSLContext = late_type("ssl", "SSLContext")

__all__ = ["DEFAULT_ENDPOINT", "ENCODINGS", "PROTOCOL_VERSIONS", "ClientConfig", "RetryPolicy"]

ENCODINGS: tuple[EncodingName, ...] = get_args(EncodingName)
PROTOCOL_VERSIONS = range(OLDEST, NEWEST + 1)

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*\Z")
_OWN_HEADERS = re.compile(r"(host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig(CoreConfig):
    """Validated settings of one client: those that the core reads, and the one that only sockets need.

    Attributes:
        ssl_context: TLS settings for https and wss, or None for the defaults.
    """

    ssl_context: SSLContext | None = None

    @classmethod
    def resolve(
        cls,
        endpoint: str | Secret[str] | None,
        *,
        token: str | Secret[str] | None,
        namespace: str | None,
        pool_name: str | None,
        encoding: str,
        protocol_version: int | None,
        headers: Mapping[str, str] | Secret[Mapping[str, str]] | None,
        max_input_size: int,
        max_body_bytes: int | None,
        disable_metadata_lookup: bool,
        skip_ready_wait: bool,
        timeout: float | None,
        retry: RetryPolicy,
        ssl_context: SSLContext | None,
        proxy: str | Secret[str] | UndefinedType | None = UNDEFINED,
        environ: Mapping[str, str] | None = None,
    ) -> ClientConfig:
        """Look every setting up (argument, environment, default) and check it.

        Raises:
            ConfigError: A value is wrong, or given twice with different values.
            TypeError: A value has the wrong type.
        """
        endpoint, token, headers, proxy = hide(endpoint), hide(token), hide(headers), hide(proxy)
        try:
            return cls._resolved(
                reveal(endpoint),
                reveal(token),
                namespace,
                pool_name,
                encoding,
                protocol_version,
                reveal(headers),
                max_input_size,
                max_body_bytes,
                disable_metadata_lookup,
                skip_ready_wait,
                timeout,
                retry,
                ssl_context,
                proxy,
                os.environ if environ is None else environ,
            )
        except Exception as error:
            raise alone(error)  # noqa: B904

    @classmethod
    def _resolved(
        cls,
        endpoint: str | None,
        token: str | None,
        namespace: str | None,
        pool_name: str | None,
        encoding: str,
        protocol_version: int | None,
        headers: Mapping[str, str] | None,
        max_input_size: int,
        max_body_bytes: int | None,
        disable_metadata_lookup: bool,
        skip_ready_wait: bool,
        timeout: float | None,
        retry: RetryPolicy,
        ssl_context: SSLContext | None,
        proxy: Any,
        env: Mapping[str, str],
    ) -> ClientConfig:
        url, source = _first(
            ("argument endpoint", _optional_str("endpoint", endpoint)),
            *_from_env(env, "RIVET_ENGINE", "RIVET_ENDPOINT"),
        )
        base, url_namespace, url_token = (
            parse_endpoint(url or DEFAULT_ENDPOINT, source) if source else (DEFAULT_ENDPOINT, None, None)
        )
        where = f"the URL of {source}"
        config = cls(
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
            protocol_version=_protocol_version(protocol_version, env),
            headers=_headers(headers),
            max_input_size=_positive_int("max_input_size", max_input_size),
            max_body_bytes=check_limit("max_body_bytes", max_body_bytes),
            disable_metadata_lookup=_bool("disable_metadata_lookup", disable_metadata_lookup),
            skip_ready_wait=_bool("skip_ready_wait", skip_ready_wait),
            timeout=check_timeout("timeout", timeout),
            retry=_retry(retry),
            ssl_context=_ssl_context(ssl_context),
            proxies=_proxies(proxy, env),
        )
        config.proxy_for("http")  # raises at once if the proxy's URL is wrong
        config.proxy_for("ws")
        return config

    def proxy_for(self, scheme: Literal["http", "ws"]) -> Proxy | None:
        """The proxy of requests to the endpoint, or of WebSockets.

        Raises:
            ConfigError: The URL of that proxy is wrong.
        """
        return self.proxies.find(*address_of(self.endpoint.replace("http", scheme, 1)))

    def redirected(self, url: object, namespace: object, token: object) -> ClientConfig:
        """The settings for the engine that a metadata answer names; see `redirected` of the core.

        Raises:
            ProtocolError: The answer names an engine that a client must not use.
        """
        engine = redirected(Endpoint(self.endpoint, self.namespace, self.token), url, namespace, token)
        return replace(self, endpoint=engine.url, namespace=engine.namespace, token=engine.token)


def _first(*candidates: tuple[str, str | None]) -> tuple[str | None, str | None]:
    for source, value in candidates:
        if value is not None:
            if not value.isprintable():
                raise ConfigError(f"{source} contains control characters; remove them")
            return value, source
    return None, None


def _from_env(env: Mapping[str, str], *names: str) -> list[tuple[str, str | None]]:
    # In shells and compose files, an empty variable often stands for one that is not set.
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
    if token is not None and not is_token(token):
        raise ConfigError(
            "token has characters that a header cannot carry (outside ASCII, or spaces around it)"
        )
    return token


def _encoding(value: object) -> EncodingName:
    if value not in ENCODINGS:
        raise ConfigError(f"unknown encoding {value!r}; use one of {', '.join(map(repr, ENCODINGS))}")
    return value


def _protocol_version(value: object, env: Mapping[str, str]) -> int | None:
    source = "protocol_version"
    if value is None:
        text, variable = _first(*_from_env(env, "RIVET_PROTOCOL_VERSION"))
        if text is None or variable is None:
            return None
        source, value = variable, int(text) if text.isdecimal() and text.isascii() else text
    elif isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"protocol_version must be an int, not {type(value).__name__}")
    if not isinstance(value, int) or value not in PROTOCOL_VERSIONS:
        raise ConfigError(
            f"{source} must be from {OLDEST} to {NEWEST}, which this client knows, not {value!r}"
        )
    return value


def _headers(headers: object) -> dict[str, str]:
    if headers is None:
        return {}
    if not is_mapping(headers):
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


def _ssl_context(value: SSLContext | None) -> SSLContext | None:
    if value is not None and not hasattr(value, "wrap_bio"):
        raise TypeError(f"ssl_context must be an ssl.SSLContext, not {type(value).__name__}")
    return value


def _proxies(proxy: Any, env: Mapping[str, str]) -> Proxies:
    if proxy is None:
        return Proxies()
    if proxy is not UNDEFINED:
        _optional_str("proxy", proxy.reveal())
        return Proxies(parse_proxy(proxy, "argument proxy"))
    found = named_proxies(env)
    if not found.named and sys.platform in ("darwin", "win32"):
        found = _system_proxies()
    return found


def _system_proxies() -> Proxies:
    """The proxies in the settings of macOS or Windows."""
    import urllib.request  # takes longer than all else here

    found = urllib.request.getproxies()
    setting = "the system's proxy settings"
    return Proxies(
        named={kind: (setting, Secret(url)) for kind, url in found.items()},
        is_direct=lambda address: bool(urllib.request.proxy_bypass(address)),
    )
