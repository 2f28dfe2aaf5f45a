"""The errors that answers mean: the engine's, the actor's, and those of something else on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
from rivet_client_generated.errors import ErrorInfo, RaisedBy, lookup

if TYPE_CHECKING:
    from rivet_client_generated.protocol.messages import Error, HttpResponseError

__all__ = [
    "actor_error",
    "defect",
    "error_from_message",
    "error_from_response",
    "not_from_engine",
    "timed_out",
]

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
    answered_by: str | None = None,
    to_queue: bool = False,
) -> ActorError:
    """Make an ActorError whose `is_retryable` and `may_have_run` come from the error catalogue.

    Args:
        group: As of the ActorError.
        code: As of the ActorError.
        message: As of the ActorError.
        metadata: As of the ActorError.
        ray_id: As of the ActorError.
        actor: As of the ActorError.
        answered_by: Id of the actor whose host answered; None when the engine did, or for an end of a connection.
        to_queue: The call was a message for a queue.
    """
    info = lookup(group, code)
    return ActorError(
        group,
        code,
        message,
        metadata=metadata,
        ray_id=ray_id,
        actor=actor,
        is_retryable=info is not None and info.is_retryable,
        may_have_run=info is None or info.may_have_run or _is_passed_on(info, actor, answered_by, to_queue),
    )


def _is_passed_on(
    info: ErrorInfo, actor: ActorSpecifier | None, answered_by: str | None, to_queue: bool
) -> bool:
    """Whether it is the error of something that the actor's code asked for: then that code has run."""
    if actor is None:
        return False
    if answered_by is not None and actor.actor_id != answered_by:
        return True
    if info.raised_by is RaisedBy.QUEUE:
        return not to_queue
    return info.raised_by in (RaisedBy.ENGINE, RaisedBy.CLIENT)


def error_from_response(
    encoding: Encoding, response: HttpResponse, endpoint: str = "the server", *, to_queue: bool = False
) -> RivetError:
    """The error that a response of `endpoint` means, after a message `to_queue` or anything else."""
    headers = response.headers
    ray_id = headers.get("x-rivet-ray-id")
    is_json = "application/json" in headers.get("content-type", "")
    if is_json:
        encoding = JSON
    try:
        body = encoding.messages.decode_error(response.body)
    except DecodeError:
        named = headers.get("x-rivet-error", "").partition(".")
        if named[2]:
            return actor_error(named[0], named[2], f"HTTP {response.status}", ray_id=ray_id)
        return not_from_engine(response, endpoint)
    answered_by = None if "x-rivet-error" in headers else headers.get("x-rivet-actor")
    error = error_from_message(body, encoding.load_plain, ray_id, answered_by=answered_by, to_queue=to_queue)
    if response.status == 400 and (error.group, error.code) == ("core", "internal_error"):
        error.may_have_run = False  # it could not read the request; what the actor throws is HTTP 500
    return error


def error_from_message(
    message: HttpResponseError | Error,
    load: Callable[[Any], Any],
    ray_id: str | None,
    *,
    answered_by: str | None = None,
    to_queue: bool = False,
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
        answered_by=answered_by,
        to_queue=to_queue,
    )


def not_from_engine(response: HttpResponse, endpoint: str) -> RivetError:
    """The error for a response of `endpoint` that neither engine nor actor wrote."""
    status = response.status
    text = response.body[:_SHOWN].decode("utf-8", "replace").strip()
    said = f": '{one_line(text)}'" if text else " with an empty body"
    message = f"{endpoint} answered HTTP {status}{said}"
    if status == 407:
        return TransportError(
            f"the proxy before {endpoint} answered HTTP 407{said}: it wants user and password; give or correct them in "
            "the proxy's URL",
            may_have_run=False,
            is_retryable=False,
        )
    if status == 414:
        return _refused(f"{message}: the request URL is too long for the engine")
    if status == 431:
        return _refused(f"{message}: the headers, which carry the params, are too long for the engine")
    if status in (401, 403):
        return _refused(
            f"{message}: something before the engine refuses access; check token, headers and proxies"
        )
    if status in (408, 429) or status >= 500:
        # A proxy on the way: 429 and 503 promise that nothing ran, the others do not.
        if status >= 500:
            message = f"{message}; {BAD_GATEWAY}"
        return TransportError(message, may_have_run=status not in (429, 503))
    if "HTTPS port" in text:  # nginx says so
        return _refused(f"{message}: TLS is spoken there: write https:// in the endpoint")
    if 300 <= status < 400:
        return _refused(f"{message}: redirected to {_location(response)}; use that as the endpoint")
    return ProtocolError(f"{message}: not an answer of a Rivet engine; check the endpoint")


def _refused(text: str) -> ProtocolError:
    return ProtocolError(text, may_have_run=False)  # it has not been passed on to an actor


def timed_out(
    text: str, timeout: float | None, *, may_have_run: bool, last: RivetError | None
) -> ActionTimeoutError:
    """The error of a deadline, in seconds; what went wrong last is in its text, and is its cause."""
    why = "" if last is None else f"; what went wrong last: {last}"
    error = ActionTimeoutError(text + why, timeout=timeout, may_have_run=may_have_run)
    error.__cause__ = last
    return error


def defect(what: str, cause: BaseException) -> RivetError:
    """The end of `what` through something that must not happen, which nobody else answers for."""
    text = f"{what} failed inside the client: {type(cause).__name__}: {one_line(str(cause), _SHOWN)}"
    error = RivetError(text, may_have_run=False)  # a call that was sent is told otherwise
    error.__cause__ = cause
    return error


def _location(response: HttpResponse) -> str:
    """Where a redirect points, without its query."""
    location = response.headers.get("location", "nowhere").partition("?")[0]
    return f"'{one_line(location, _SHOWN)}'"
