"""URLs, headers and subprotocols of requests to the control API and to the gateway (PROTOCOL.md 2-5)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote, quote_plus

from rivet_client._core.endpoint import Endpoint
from rivet_client._core.target import Target
from rivet_client._secret import Secret, alone, hide, reveal
from rivet_client._wire import json_text, values_codec
from rivet_client.errors import ConfigError, RivetError

__all__ = [
    "MAX_URL_LENGTH",
    "DialPlan",
    "action_path",
    "check_subprotocols",
    "common_headers",
    "control_headers",
    "control_url",
    "gateway_url",
    "params_json",
    "protocol_headers",
    "queue_path",
    "subprotocols",
    "user_headers",
]

MAX_URL_LENGTH = 60_000
"""Longest URL that the client builds by itself, in bytes. The gateway refuses about 65,534 (PROTOCOL.md 3.2)."""

_TOKEN_CHARACTERS = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_TRACE_CONTEXT = frozenset(("traceparent", "tracestate"))
_UNCODED = {"accept-encoding": "identity"}  # a few bytes of gzip can become a gigabyte


def control_url(endpoint: Endpoint, path: str, query: Sequence[tuple[str, str]] = ()) -> str:
    """URL of a control API call. `path` is already percent-encoded."""
    pairs = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in query)
    return f"{endpoint.url}{path}{'?' + pairs if pairs else ''}"


def control_headers(
    configured: Mapping[str, str], endpoint: Endpoint, *, has_body: bool
) -> Secret[dict[str, str]]:
    """Headers of a control API request (PROTOCOL.md 2)."""
    headers = {**configured, **_UNCODED}
    if endpoint.token:
        headers["authorization"] = f"Bearer {endpoint.token}"
    if has_body:
        headers["content-type"] = "application/json"
    return Secret(headers)


@lru_cache(maxsize=1024)
def _segment(name: str) -> str:
    """A name or an id as one segment of a path. Cached, because a program uses few names."""
    return quote(name, safe="")


def action_path(name: str) -> str:
    """Path of an action below an actor's gateway prefix."""
    return f"/action/{_segment(name)}"


def queue_path(name: str) -> str:
    """Path of a queue below an actor's gateway prefix."""
    return f"/queue/{_segment(name)}"


def gateway_url(
    endpoint: Endpoint,
    target: Target,
    path: str = "",
    query: str = "",
    *,
    actor_id: str | None = None,
    skip_ready_wait: bool = False,
    with_token: bool = False,
) -> str:
    """URL of an actor's route, by id if one is given, else by the key in the query (PROTOCOL.md 3.1, 3.2).

    Args:
        endpoint: The engine.
        target: The actor; its key must fit a query when `actor_id` is None.
        path: Percent-encoded path below the actor, starting with "/" or empty.
        query: The user's own query string, passed to the actor unchanged.
        actor_id: The actor's id, to go by that.
        skip_ready_wait: Ask in the query not to wait for the actor. A URL that goes by id cannot say so.
        with_token: Put the token into the URL, for use by others. The client's own requests carry it in a header or
            subprotocol, because access logs show URLs.

    Raises:
        ConfigError: The user's query has parameters that the gateway would read as its own.
    """
    if query and any(pair.startswith("rvt-") for pair in query.split("&")):
        raise ConfigError("query parameters that start with 'rvt-' belong to the gateway; use other names")
    token = endpoint.token if with_token else None
    if actor_id is not None:
        at_token = f"@{quote(token, safe='')}" if token else ""
        return f"{endpoint.url}/gateway/{_segment(actor_id)}{at_token}{path}{'?' + query if query else ''}"
    pairs = [("rvt-namespace", endpoint.namespace)]
    if target.how == "get":
        pairs.append(("rvt-method", "get"))
    else:
        pairs += [("rvt-method", "getOrCreate"), ("rvt-runner", target.creation.pool_name)]
    if target.key:
        pairs.append(("rvt-key", ",".join(target.key)))
    if target.how == "get_or_create":
        if target.creation.input is not None:
            pairs.append(("rvt-input", base64.urlsafe_b64encode(target.creation.input).rstrip(b"=").decode()))
        if target.creation.region is not None:
            pairs.append(("rvt-region", target.creation.region))
        pairs.append(("rvt-crash-policy", "sleep"))
    if token:
        pairs.append(("rvt-token", token))
    if skip_ready_wait:
        pairs.append(("rvt-skip-ready-wait", "true"))
    ours = "&".join(f"{name}={quote_plus(value)}" for name, value in pairs)
    joined = f"{query}&{ours}" if query else ours
    return f"{endpoint.url}/gateway/{_segment(target.name)}{path}?{joined}"


def params_json(params: Secret[Any] | None, path: str = "params") -> Secret[str] | None:
    """Connection parameters as ASCII JSON, or None for none.

    The text travels in a header or a subprotocol. There, the host ignores parameters that are not ASCII
    (PROTOCOL.md 4.2).

    Raises:
        ConfigError, TypeError: A value that JSON cannot carry.
    """
    if params is None:
        return None
    try:
        document = Secret(values_codec.to_tree(params.reveal(), "params", path))
        return Secret(json_text.dumps(document.reveal(), ascii_only=True).decode())
    except (ConfigError, TypeError) as error:
        raise alone(error)  # noqa: B904


def common_headers(configured: Mapping[str, str]) -> dict[str, str]:
    """The headers that all requests of a client to actors share, made of the headers in its settings.

    A trace context in the settings is left out, because it would pin every call to one span.
    """
    return {name: value for name, value in configured.items() if name not in _TRACE_CONTEXT} | _UNCODED


def user_headers(
    common: Mapping[str, str], own: Secret[Mapping[str, str]] | None, trace: Mapping[str, str]
) -> Secret[dict[str, str]]:
    """The headers of a request to an actor that are not the protocol's.

    Args:
        common: As `common_headers` makes them.
        own: The user's for this request, if it is a raw one.
        trace: Headers that tie the request to the caller's trace. A trace context among `own` replaces theirs.
    """
    if own is None:
        return Secret({**common, **trace})
    if not _TRACE_CONTEXT.isdisjoint(own.reveal()):
        trace = {name: value for name, value in trace.items() if name not in _TRACE_CONTEXT}
    return Secret({**common, **trace, **own.reveal()})


def protocol_headers(
    endpoint: Endpoint,
    *,
    encoding: str,
    content_type: str | None,
    params: Secret[str] | None,
    skip_ready_wait: bool,
) -> Secret[dict[str, str]]:
    """What the protocol adds to the headers of a request to an actor (PROTOCOL.md 4.2)."""
    headers = {"x-rivet-encoding": encoding}
    if content_type is not None:
        headers["content-type"] = content_type
    if endpoint.token:
        headers["x-rivet-token"] = endpoint.token
    if params is not None:
        headers["x-rivet-conn-params"] = params.reveal()
    if skip_ready_wait:
        headers["x-rivet-skip-ready-wait"] = "1"
    return Secret(headers)


@dataclass(frozen=True, slots=True)
class DialPlan:
    """Where and how to open a WebSocket.

    Attributes:
        secure: Whether the stream is TLS.
        host, port: Where to connect.
        resource: Path and query of the handshake.
        authority: Value of the Host header.
        headers: Further headers of the handshake. They may be secret.
        subprotocols: What to offer. Some are secret.
        known_cause: Why the attempt before failed, if the engine has said more about it.
        namespace: The actor's, for error texts.
    """

    secure: bool
    host: str
    port: int
    resource: str = field(repr=False)
    authority: str
    headers: Mapping[str, str] = field(repr=False)
    subprotocols: Sequence[str] = field(repr=False)
    known_cause: RivetError | None = None
    namespace: str = ""


def subprotocols(
    endpoint: Endpoint,
    *,
    encoding: str,
    params: Secret[str] | None,
    skip_ready_wait: bool,
    extra: Secret[Sequence[str]] | None,
) -> Secret[list[str]]:
    """What the client offers in `sec-websocket-protocol` (PROTOCOL.md 5.1); the server always answers "rivet".

    Raises:
        ConfigError: The token or the parameters are too long.
    """
    offered = Secret(["rivet", f"rivet_encoding.{encoding}"])
    if endpoint.token:
        offered.reveal().append(_subprotocol("token", Secret(endpoint.token)))
    if skip_ready_wait:
        offered.reveal().append("rivet_skip_ready_wait")
    if params is not None:
        offered.reveal().append(_subprotocol("conn_params", params))
    if extra is not None:
        offered.reveal().extend(extra.reveal())
    return offered


def _subprotocol(name: str, text: Secret[str]) -> str:
    encoded = Secret(quote(text.reveal(), safe="!'*"))
    if len(encoded.reveal()) > MAX_URL_LENGTH:
        raise ConfigError(
            f"{name.removeprefix('conn_')} is {len(encoded.reveal())} bytes long encoded, "
            f"over the limit of {MAX_URL_LENGTH}; shorten it"
        )
    return f"rivet_{name}.{encoded.reveal()}"


def check_subprotocols(offered: object) -> Secret[Sequence[str]]:
    """Check what a user offers, hidden or not.

    Raises:
        TypeError: Not a sequence of str.
        ConfigError: Not a token, or one of the protocol's own.
    """
    try:
        _check_subprotocols(reveal(offered))
    except (ConfigError, TypeError) as error:
        raise alone(error)  # noqa: B904
    return hide(offered)  # type: ignore[no-any-return]


def _check_subprotocols(subprotocols: object) -> None:
    if isinstance(subprotocols, str) or not isinstance(subprotocols, Sequence):
        raise TypeError(f"subprotocols must be a sequence of str, not {type(subprotocols).__name__}")
    for name in cast("Sequence[object]", subprotocols):
        if not isinstance(name, str):
            raise TypeError(f"subprotocols must be a sequence of str; {name!r} is not")
        if not name or not _TOKEN_CHARACTERS.issuperset(name):
            raise ConfigError(
                f"subprotocol {name!r} is not a token; use ASCII letters, digits and any of !#$%&'*+-.^_`|~"
            )
        if name == "rivet" or name.startswith("rivet_"):
            raise ConfigError(f"subprotocol {name!r} belongs to the Rivet protocol; use another name")
