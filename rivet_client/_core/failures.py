"""The errors that answers mean: the engine's, the actor's, and those of something else on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rivet_client._core.effects import HttpResponse
from rivet_client._core.encoding import JSON, Encoding
from rivet_client._hints import BAD_GATEWAY
from rivet_client._text import one_line
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ActorSpecifier,
    DecodeError,
    ProtocolError,
    RivetError,
    TransportError,
)
from rivet_client_generated.errors import Retry, lookup
from rivet_client_generated.protocol.messages import Error, HttpResponseError

__all__ = ["actor_error", "failure", "foreign", "reported", "timed_out"]

_SHOWN = 200
"""Most characters of something else's answer that an error shows."""


def actor_error(
    group: str,
    code: str,
    message: str,
    *,
    metadata: Any = None,
    ray_id: str | None = None,
    actor: ActorSpecifier | None = None,
) -> ActorError:
    """Make an ActorError whose `is_retryable` and `may_have_run` come from the error catalogue."""
    info = lookup(group, code)
    retry = Retry.FINAL if info is None else info.retry
    # A final error that the host itself reports came out of the actor: the call reached it. Of an internal error, or
    # one that is not in the catalogue, nobody knows where it arose.
    reached = actor is not None or info is None or code == "internal_error"
    ran = retry is Retry.AMBIGUOUS or (retry is Retry.FINAL and reached)
    return ActorError(
        group,
        code,
        message,
        metadata=metadata,
        ray_id=ray_id,
        actor=actor,
        is_retryable=retry is not Retry.FINAL,
        may_have_run=ran,
    )


def failure(encoding: Encoding, response: HttpResponse, endpoint: str = "the server") -> RivetError:
    """The error that a response of `endpoint` means."""
    headers = response.headers
    ray_id = headers.get("x-rivet-ray-id")
    is_json = "application/json" in headers.get("content-type", "")
    decode = JSON.decode_error if is_json else encoding.decode_error
    load = JSON.load_plain if is_json else encoding.load_plain
    try:
        body = decode(response.body)
    except DecodeError:
        named = headers.get("x-rivet-error", "").partition(".")
        if named[2]:
            return actor_error(named[0], named[2], f"HTTP {response.status}", ray_id=ray_id)
        return foreign(response, endpoint)
    return reported(body, load, ray_id)


def reported(
    message: HttpResponseError | Error, load: Callable[[Any], Any], ray_id: str | None
) -> ActorError:
    """The error that a message of the host, or of the gateway, tells of; `load` reads its metadata."""
    try:
        metadata = None if message.metadata is None else load(message.metadata)
    except DecodeError:
        metadata = None  # the rest says more than nothing
    actor = message.actor
    return actor_error(
        message.group,
        message.code,
        message.message,
        metadata=metadata,
        ray_id=ray_id,
        actor=None if actor is None else ActorSpecifier(actor.actor_id, actor.generation, actor.key),
    )


def foreign(response: HttpResponse, endpoint: str) -> RivetError:
    """The error for a response of `endpoint` that neither engine nor actor wrote."""
    status = response.status
    text = response.body[:_SHOWN].decode("utf-8", "replace").strip()
    said = f": '{one_line(text)}'" if text else " with an empty body"
    message = f"{endpoint} answered HTTP {status}{said}"
    if status == 414:
        return ProtocolError(f"{message}: the request URL is too long for the engine")
    if status == 431:
        return ProtocolError(f"{message}: the headers, which carry the params, are too long for the engine")
    if status in (401, 403):
        return ProtocolError(
            f"{message}: something before the engine refuses access; check token and headers"
        )
    if status in (408, 429) or status >= 500:
        # A proxy on the way: 429 and 503 promise that nothing ran, the others do not.
        if status >= 500:
            message = f"{message}; {BAD_GATEWAY}"
        return TransportError(message, may_have_run=status not in (429, 503))
    if "HTTPS port" in text:  # nginx says so
        return ProtocolError(f"{message}: TLS is spoken there: write https:// in the endpoint")
    if 300 <= status < 400:
        return ProtocolError(f"{message}: redirected to {_location(response)}; use that as the endpoint")
    return ProtocolError(f"{message}: not an answer of a Rivet engine; check the endpoint")


def timed_out(
    text: str, timeout: float | None, *, may_have_run: bool, last: RivetError | None
) -> ActionTimeoutError:
    """The error of a deadline, in seconds; what went wrong last is in its text, and is its cause."""
    why = "" if last is None else f"; what went wrong last: {last}"
    error = ActionTimeoutError(text + why, timeout=timeout, may_have_run=may_have_run)
    error.__cause__ = last
    return error


def _location(response: HttpResponse) -> str:
    """Where a redirect points, without its query."""
    location = response.headers.get("location", "nowhere").partition("?")[0]
    return f"'{one_line(location, _SHOWN)}'"
