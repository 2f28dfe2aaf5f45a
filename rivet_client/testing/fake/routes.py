"""What a request asks for: its URL and headers, read as the gateway reads them (PROTOCOL.md 3 to 5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote, unquote_plus, unquote_to_bytes

from rivet_client._wire import cbor, json_text, values_codec
from rivet_client.errors import DecodeError
from rivet_client.testing.fake.failures import Failure, usual

__all__ = [
    "ACTOR_ID",
    "ActorRoute",
    "ById",
    "ByKey",
    "Handshake",
    "Address",
    "below_actor",
    "form_pairs",
    "parse_key",
    "query_key",
    "ray_id",
    "read_gateway",
    "read_handshake",
    "read_params",
    "serialize_key",
]

_RAY_ID = re.compile(r"[A-Za-z0-9_-]{1,30}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ACTOR_ID = re.compile(r"[0-9a-z]{30}")


# --- Keys --------------------------------------------------------------------------------------------------------


def serialize_key(parts: Sequence[str]) -> str:
    """The one string that stands for a key (PROTOCOL.md 2)."""
    if not parts:
        return "/"
    return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") if part else "\\0" for part in parts)


def parse_key(text: str) -> tuple[str, ...]:
    """The components that a string stands for."""
    if text == "/":
        return ()
    found: list[str] = re.findall(r"(?:\A|/)((?:\\.|[^/])*)", text, re.DOTALL)
    # "\0" anywhere in a part makes it empty.
    return tuple("" if "0" in _ESCAPED.findall(part) else _ESCAPED.sub(r"\1", part) for part in found)


def query_key(text: str | None) -> tuple[str, ...]:
    """The components of a key in a query, where commas join them."""
    return tuple(text.split(",")) if text else ()


# --- Gateway URLs ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ById:
    """An actor by its id."""

    actor_id: str


@dataclass(frozen=True, slots=True)
class ByKey:
    """An actor by its key, made if need be.

    Attributes:
        creates: Whether it is made if there is none.
        pool: Name of the pool, where it is made.
        input: CBOR, or None for none.
        region: Datacenter, or None for any.
    """

    namespace: str
    name: str
    key: tuple[str, ...]
    creates: bool
    pool: str = ""
    input: bytes | None = field(default=None, repr=False)
    region: str | None = None


Address: TypeAlias = ById | ByKey


@dataclass(frozen=True, slots=True)
class ActorRoute:
    """Where a request goes: to which actor, and where below it.

    Attributes:
        address: The actor.
        path: Percent-encoded path below the actor; "" or beginning with a slash.
        query: The query, without what the gateway has taken out of it.
    """

    address: Address
    path: str
    query: str


def form_pairs(query: str) -> list[tuple[str, str]]:
    """The pairs of a query, decoded as forms are.

    Raises:
        UnicodeDecodeError: Not UTF-8.
    """
    pairs: list[tuple[str, str]] = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            pairs.append((unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")))
    return pairs


def read_gateway(target: str, headers: Mapping[str, str]) -> ActorRoute | None:
    """Read a URL of the gateway; None for any other.

    Args:
        target: Path and query of the request.
        headers: Its headers: they may name the actor, too.

    Raises:
        Failure: The URL is none that the gateway understands.
    """
    path, _, query = target.partition("?")
    if path.startswith("/gateway/"):
        if "//" in path:
            raise usual("api", "not_found", message="nothing is there")
        segment, slash, rest = path.removeprefix("/gateway/").partition("/")
        below = f"{slash}{rest}"
        if any(pair.startswith("rvt-") for pair in query.split("&")):
            return _by_query(segment, below, query)
        return ActorRoute(_direct(segment), below, query)
    if headers.get("x-rivet-target") == "actor":
        if "x-rivet-actor" not in headers:
            raise usual("guard", "missing_header", metadata={"header": "x-rivet-actor"})
        if not (path == "/request" or path.startswith("/request/")):
            raise usual("guard", "no_route", metadata={"host": headers.get("host", ""), "path": path})
        return ActorRoute(_checked_id(headers["x-rivet-actor"]), path, query)
    return None


def _direct(segment: str) -> ById:
    actor_id, at, token = segment.partition("@")
    if at and not token:
        raise usual("api", "not_found", message="nothing is there")
    return _checked_id(unquote(actor_id))


def _checked_id(actor_id: str) -> ById:
    if not ACTOR_ID.fullmatch(actor_id):
        raise Failure("core", "internal_error", by_engine=True, status=500)
    return ById(actor_id)


_ALWAYS = frozenset({"namespace", "method", "key", "token", "skip-ready-wait", "pool"})
_CREATING = frozenset({"runner", "input", "region", "crash-policy"})


def _by_query(segment: str, path: str, query: str) -> ActorRoute:
    if "@" in segment:
        raise usual("guard", "query_path_token_syntax", metadata={"name": segment})
    try:
        name = unquote(segment, errors="strict")
        pairs = [
            (name.removeprefix("rvt-"), value) for name, value in form_pairs(query) if name.startswith("rvt-")
        ]
    except UnicodeDecodeError as error:
        raise usual("guard", "query_invalid_percent_encoding", metadata={"detail": str(error)}) from None
    if not name:
        raise usual("guard", "query_empty_actor_name")
    values: dict[str, str] = {}
    for key, value in pairs:
        if key in values:
            raise usual("guard", "query_duplicate_param", metadata={"name": f"rvt-{key}"})
        values[key] = value
    kept = "&".join(pair for pair in query.split("&") if pair and not pair.startswith("rvt-"))
    return ActorRoute(_key_address(name, values), path, kept)


def _key_address(name: str, values: Mapping[str, str]) -> ByKey:
    method = values.get("method")
    unknown = values.keys() - _ALWAYS - _CREATING
    if unknown or method not in ("get", "getOrCreate") or "namespace" not in values:
        detail = (
            f"unknown parameters {sorted(unknown)}" if unknown else "rvt-method or rvt-namespace is wrong"
        )
        raise usual("guard", "query_invalid_params", metadata={"detail": detail})
    namespace, key = values["namespace"], query_key(values.get("key"))
    if method == "get":
        if refused := sorted(values.keys() & _CREATING):
            raise usual("guard", "query_get_disallowed_params", metadata={"detail": str(refused)})
        return ByKey(namespace, name, key, creates=False)
    pool = values.get("pool", values.get("runner"))
    if pool is None:
        raise usual("guard", "query_missing_pool")
    return ByKey(
        namespace,
        name,
        key,
        creates=True,
        pool=pool,
        input=_input(values.get("input")),
        region=values.get("region"),
    )


def _input(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise usual("guard", "query_invalid_base64_input") from None
    try:
        cbor.loads(data)
    except DecodeError:
        raise usual("guard", "query_invalid_cbor_input") from None
    return data


# --- Below an actor ----------------------------------------------------------------------------------------------

Kind: TypeAlias = Literal["action", "queue", "request", "metadata", "health", "root"]


def below_actor(path: str) -> tuple[Kind, str] | None:
    """What a path below an actor is: its kind, and a name or the rest of the path. None if there is no such route."""
    for kind in ("action", "queue"):
        prefix = f"/{kind}/"
        if path.startswith(prefix):
            name = path.removeprefix(prefix)
            return (
                (kind, unquote_to_bytes(name).decode("utf-8", "replace"))
                if name and "/" not in name
                else None
            )
    if path == "/request" or path.startswith("/request/"):
        return "request", path.removeprefix("/request") or "/"
    if path in ("/metadata", "/health"):
        return ("metadata" if path == "/metadata" else "health"), ""
    return ("root", "") if path in ("", "/") else None


# --- Headers and subprotocols ------------------------------------------------------------------------------------


def ray_id(headers: Mapping[str, str]) -> str | None:
    """The ray id that a request brings, if it is a proper one."""
    given = headers.get("x-rivet-ray-id")
    return given if given is not None and _RAY_ID.fullmatch(given) else None


def read_params(text: str | None) -> Any:
    """Connection parameters; None for none.

    Raises:
        DecodeError: The text is no JSON.
    """
    if text is None or not text.isascii():  # a real host does not see what is not ASCII
        return None
    return values_codec.from_tree(json_text.loads(text))


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the subprotocols of a handshake say.

    Attributes:
        encoding: Name of the encoding.
        params: Text of the connection parameters, or None.
        actor_id: The actor, where the URL does not say it.
    """

    encoding: str
    params: str | None = field(repr=False)
    actor_id: str | None


def read_handshake(offered: Sequence[str]) -> Handshake:
    """Read subprotocols."""
    said = {name: value for name, dot, value in (each.partition(".") for each in offered) if dot}
    params = said.get("rivet_conn_params")
    return Handshake(
        encoding=said.get("rivet_encoding", "json"),
        params=None if params is None else unquote_plus(params),
        actor_id=said.get("rivet_actor") if said.get("rivet_target") == "actor" else None,
    )
