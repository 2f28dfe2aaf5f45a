"""The errors that answers mean: errors of the engine, of the actor, and of anything else on the way."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rivet_client._core.effects import HttpResponse
from rivet_client._core.encoding import JSON, Encoding
from rivet_client._core.versions import version_of
from rivet_client._core.wording import Asked
from rivet_client._hints import BAD_GATEWAY, GIVE_TOKEN, TOKEN_REFUSED
from rivet_client._text import one_line
from rivet_client.errors import (
    ActorError,
    ActorSpecifier,
    DecodeError,
    ErrorClasses,
    ProtocolError,
    RivetError,
    TransportError,
    with_outcome,
)
from rivet_client_generated.errors import RaisedBy, lookup

if TYPE_CHECKING:
    from rivet_client_generated.protocol.messages import Error, HttpResponseError

__all__ = [
    "NO_CLASSES",
    "actor_error",
    "defect",
    "error_from_message",
    "error_from_response",
    "not_from_engine",
    "version_of_refusal",
]

NO_CLASSES: ErrorClasses = MappingProxyType({})
"""The classes that a dynamic client has."""

_SHOWN = 200
"""Most characters that an error shows of an answer that is not from the engine or the actor."""
_REDIRECTS = frozenset((300, 301, 302, 303, 307, 308))
"""Status of answers that may name another address in their `location` (RFC 9110, 15.4)."""


def actor_error(
    group: str,
    code: str,
    message: str,
    *,
    metadata: Any = None,
    ray_id: str | None = None,
    actor: ActorSpecifier | None = None,
    is_retryable: bool | None = None,
    may_have_run: bool | None = None,
    classes: ErrorClasses = NO_CLASSES,
) -> ActorError:
    """Make an ActorError, of the class that `classes` has for its code.

    None for `is_retryable` or `may_have_run` stands for what the error catalogue says.
    """
    info = lookup(group, code)
    if is_retryable is None:
        is_retryable = info is not None and info.is_retryable
    if may_have_run is None:
        may_have_run = info is None or info.may_have_run
    # An actor can pass on what it was told with a token of its own.
    is_about_token = actor is None and (group, code) in TOKEN_REFUSED
    return classes.get((group, code), ActorError)(
        group,
        code,
        message,
        metadata=metadata,
        ray_id=ray_id,
        actor=actor,
        is_retryable=is_retryable,
        may_have_run=may_have_run,
        hint=f"{GIVE_TOKEN}, or as token=" if is_about_token else None,
    )


def error_from_response(
    encoding: Encoding, response: HttpResponse, endpoint: str = "the server", *, asked: Asked
) -> RivetError:
    """The error that a response of `endpoint` means."""
    headers = response.headers
    ray_id = headers.get("x-rivet-ray-id")
    is_json = "application/json" in headers.get("content-type", "")
    if is_json:
        encoding = JSON
    try:
        body = encoding.messages.decode_error(response.body)
    except DecodeError:
        group, _, code = headers.get("x-rivet-error", "").partition(".")
        if code:
            message = asked.words_for(group, code, f"HTTP {response.status}")
            return actor_error(group, code, message, ray_id=ray_id, classes=asked.error_classes)
        return not_from_engine(response, endpoint)
    return error_from_message(
        body,
        encoding.load_plain,
        asked,
        ray_id=ray_id,
        answered_by=None if "x-rivet-error" in headers else headers.get("x-rivet-actor", ""),
        may_have_run=False if _is_unread(response, body) else None,
    )


def version_of_refusal(encoding: Encoding, response: HttpResponse) -> int | None:
    """The newest version that the host knows, if it could not read the request; None for any other response."""
    if response.status != 400 or not encoding.has_versions:
        return None
    try:
        body = encoding.messages.decode_error(response.body)
    except DecodeError:
        return None  # an error of the gateway, which is JSON, or no error of the protocol
    return version_of(response.body) if _is_unread(response, body) else None


def _is_unread(response: HttpResponse, body: HttpResponseError) -> bool:
    """Whether the host could not read the request. An error that the actor throws comes with HTTP status 500."""
    return (
        response.status == 400
        and (body.group, body.code) == ("core", "internal_error")
        and "x-rivet-actor" in response.headers
    )


def error_from_message(
    message: HttpResponseError | Error,
    load: Callable[[Any], Any],
    asked: Asked,
    *,
    ray_id: str | None = None,
    answered_by: str | None = None,
    may_have_run: bool | None = None,
) -> ActorError:
    """The error that a message of the host, or of the gateway, reports.

    Args:
        message: What was sent.
        load: Reads its metadata.
        asked: What it answers.
        ray_id: As of the ActorError.
        answered_by: Id of the actor whose host answered, "" if the answer does not name it; None when the engine
            answered, or for an end of a connection.
        may_have_run: As of the ActorError; None to take it from the message itself.
    """
    try:
        metadata = None if message.metadata is None else load(message.metadata)
    except DecodeError:
        metadata = None  # the other fields are still of use
    group, code, actor = message.group, message.code, None
    if message.actor is not None:
        actor = ActorSpecifier(message.actor.actor_id, message.actor.generation, message.actor.key)
        if may_have_run is None and _is_passed_on(group, code, actor, answered_by, to_queue=asked.to_queue):
            may_have_run = True
    return actor_error(
        group,
        code,
        asked.words_for(group, code, message.message, actor, metadata),
        metadata=metadata,
        ray_id=ray_id,
        actor=actor,
        may_have_run=may_have_run,
        classes=asked.error_classes,
    )


def _is_passed_on(
    group: str, code: str, actor: ActorSpecifier, answered_by: str | None, *, to_queue: bool
) -> bool:
    """Whether the error comes from something that the actor's code has called. If so, that code has run."""
    if answered_by is not None and actor.actor_id != answered_by:
        return True
    info = lookup(group, code)
    raised_by = None if info is None else info.raised_by
    if raised_by is RaisedBy.QUEUE:
        return not to_queue
    return raised_by in (RaisedBy.ENGINE, RaisedBy.CLIENT)


def not_from_engine(response: HttpResponse, endpoint: str) -> RivetError:
    """The error for a response of `endpoint` that neither engine nor actor wrote, or that was spoilt on its way."""
    error = _by_status(response, endpoint)
    return with_outcome(error, may_have_run=True) if _is_spoilt(response) else error


def _is_spoilt(response: HttpResponse) -> bool:
    """Whether the engine or the actor wrote a response that nobody can read: its status then proves nothing.

    A line break that was put into a head makes a body of the headers that follow.
    """
    return "x-rivet-actor" in response.headers or b"-rivet-" in response.body


def _by_status(response: HttpResponse, endpoint: str) -> RivetError:
    status = response.status
    text = response.body[:_SHOWN].decode("utf-8", "replace").strip()
    said = f": '{one_line(text)}'" if text else " with an empty body"
    message = f"{endpoint} answered HTTP {status}{said}"
    if status == 407:
        return TransportError(
            f"the proxy before {endpoint} answered HTTP 407{said}: it wants user and password",
            may_have_run=False,
            is_retryable=False,
            hint="give or correct them in the proxy's URL",
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
        hint = BAD_GATEWAY if status >= 500 else None
        return TransportError(message, may_have_run=status not in (429, 503), hint=hint)
    if status == 400 and "HTTPS port" in text:  # nginx says so
        return _refused(f"{message}: TLS is spoken there: write https:// in the endpoint")
    if status in _REDIRECTS and "location" in response.headers:
        return _refused(f"{message}: redirected to {_location(response)}; use that as the endpoint")
    return ProtocolError(f"{message}: not an answer of a Rivet engine; check the endpoint")


def _refused(text: str) -> ProtocolError:
    return ProtocolError(text, may_have_run=False)  # the request has not reached an actor


def defect(what: str, cause: BaseException) -> RivetError:
    """The error for the end of `what` by a defect of the client. Nobody else reports `cause`."""
    text = f"{what} failed inside the client: {type(cause).__name__}: {one_line(str(cause), _SHOWN)}"
    error = RivetError(text, may_have_run=False)  # for a call that was sent, see `with_outcome`
    error.__cause__ = cause
    return error


def _location(response: HttpResponse) -> str:
    """Where a redirect points, without its query."""
    location = response.headers["location"].partition("?")[0]
    return f"'{one_line(location, _SHOWN)}'"
