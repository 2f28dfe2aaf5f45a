"""Raw HTTP: the user's own requests to an actor's own handler (PROTOCOL.md 4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from rivet_client._checks import check_limit
from rivet_client._core.context import Context
from rivet_client._core.effects import Flow, HttpResponse
from rivet_client._core.flows.timing import start_timer
from rivet_client._core.flows.to_actor import ActorRequest, send_to_actor
from rivet_client._core.target import Target
from rivet_client._secret import Secret
from rivet_client.errors import ConfigError
from rivet_client.values import UNDEFINED, UndefinedType

__all__ = ["RawRequest", "fetch", "raw_path"]


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A raw HTTP request of the user.

    Attributes:
        method: HTTP method.
        path: Percent-encoded path below the actor, starting with "/".
        query: Query string, without "?".
        headers: Lower-case names.
        body: As `HttpRequest.body`.
        is_replayable: Whether the body can be sent a second time.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    is_replayable: bool


def raw_path(path: object) -> tuple[str, str]:
    """Split a user's raw path into a percent-encoded path starting with "/" and a query string.

    The gateway refuses empty segments, and with dot segments a path could leave the actor's prefix. So both are
    resolved here, as in a browser (PROTOCOL.md 4.6). A fragment is dropped.

    Raises:
        TypeError: Not a str.
        ConfigError: A whole URL, or not encodable.
    """
    if not isinstance(path, str):
        raise TypeError(f"path must be a str, not {type(path).__name__}")
    if path.lower().startswith(("http://", "https://", "ws://", "wss://")):
        raise ConfigError(f"path must be a path below the actor, not a URL: {path.partition('?')[0]!r}")
    before, _, query = path.partition("#")[0].partition("?")
    kept: list[str] = []
    segments = before.split("/")
    for segment in segments:
        plain = unquote(segment)
        if plain == "..":
            del kept[-1:]
        elif plain not in ("", "."):
            kept.append(segment)
    if unquote(segments[-1]) in ("", ".", "..") and kept:
        kept.append("")
    try:
        return (
            "/" + quote("/".join(kept), safe="/%!$&'()*+,;=:@~"),
            quote(query, safe="/%!$&'()*+,;=:@~?[]"),
        )
    except UnicodeEncodeError:
        raise ConfigError("path contains a lone surrogate; use text that UTF-8 can encode") from None


def fetch(
    context: Context,
    target: Target,
    request: RawRequest,
    *,
    timeout: float | None = None,
    skip_ready_wait: bool | None = None,
    max_body_bytes: int | UndefinedType | None = UNDEFINED,
    stream: bool = False,
) -> Flow[HttpResponse]:
    """Send a raw HTTP request to the actor's own handler; its answer is returned whatever its status.

    With `stream`, the body of the answer is left unread, and the timeout does not apply to it. `max_body_bytes` applies
    when the body is read; UNDEFINED stands for the client's limit.

    Raises:
        ConfigError, TypeError: An argument is wrong.
        ActorError: The gateway could not reach the actor.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    own = isinstance(max_body_bytes, UndefinedType)
    limit = context.config.max_body_bytes if own else check_limit("max_body_bytes", max_body_bytes)
    timer = start_timer(context, f"{request.method} request to {target}", timeout)
    with timer.watching("fetch", request.method, target):
        response = yield from send_to_actor(
            timer,
            target,
            ActorRequest(
                method=request.method,
                path=f"/request{request.path}",
                query=request.query,
                body=request.body,
                skip_ready_wait=context.skips_ready_wait(skip_ready_wait),
                own_headers=Secret(request.headers),
                is_replayable=request.is_replayable,
                max_raw_bytes=limit,
            ),
        )
        if not stream:
            yield from timer.read(response)
        return response
