"""What the end of a WebSocket means: which error it is, for whom, and whether another attempt makes sense. Pure.

See PROTOCOL.md 5.5, 8.3 and 9.
"""

from __future__ import annotations

import re

from rivet_client._core.failures import actor_error
from rivet_client._core.retry import is_gone
from rivet_client._core.websocket import Closed
from rivet_client._core.wording import Asked
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ConnectionClosedError,
    ProtocolError,
    RivetError,
    TransportError,
    with_outcome,
)
from rivet_client_generated.errors import End, lookup

__all__ = [
    "closed_by_user",
    "closed_error",
    "is_final",
    "is_about_one_message",
    "is_from_get_params",
    "is_message_too_long",
    "lost_error",
    "of_connection",
    "passes",
]

_UNEXPLAINED_REPEATS = 3
"""After this many attempts that ended without a reason, the connection's parameters are taken as the reason."""

_REASON = re.compile(r"([a-z][a-z0-9_-]*)\.([A-Za-z0-9_-]+)(?:#([A-Za-z0-9_-]+))?\Z")

# The engine's own groups of errors. An error of these that is not in the catalogue is an outage, not a refusal.
_ENGINE_GROUPS = {"guard", "pegboard", "ws", "envoy"}


def closed_error(closed: Closed, asked: Asked, handshake_ray: str | None = None) -> RivetError:
    """The error for the end of an established WebSocket; the reason's grammar is `group.code[#ray]`.

    Args:
        closed: The end.
        asked: What the WebSocket was for.
        handshake_ray: Id of the WebSocket in the engine's logs.
    """
    if closed.error is not None:
        return closed.error
    match = _REASON.match(closed.reason)
    if match and closed.code != 1000:
        group, code, ray = match.groups()
        message = asked.words_for(group, code, f"the connection was closed ({closed.code})")
        return actor_error(group, code, message, ray_id=ray or handshake_ray, classes=asked.error_classes)
    if closed.code is None:
        return ConnectionClosedError(
            "the connection was lost: the network stream ended without a close frame"
        )
    said = f": {closed.reason}" if closed.reason else ""
    return ConnectionClosedError(
        f"the server closed the connection ({closed.code}{said})", code=closed.code, reason=closed.reason
    )


def closed_by_user(may_have_run: bool = False) -> ConnectionClosedError:
    """Make the error of a call over a connection that the user has closed."""
    return ConnectionClosedError("the connection is closed", may_have_run=may_have_run)


def lost_error(end: RivetError, *, may_have_run: bool) -> ConnectionClosedError:
    """Make the error of a call whose WebSocket has ended with `end` before the answer came."""
    if isinstance(end, ConnectionClosedError):
        return with_outcome(end, may_have_run=may_have_run)
    lost = ConnectionClosedError(f"the connection was lost: {end}", may_have_run=may_have_run)
    lost.__cause__ = end
    return lost


def of_connection(error: RivetError) -> RivetError:
    """Return the error of the connection itself. It says nothing about a call that was sent."""
    if isinstance(error, (ActorError, ProtocolError)) and error.may_have_run:
        return with_outcome(error, may_have_run=False)
    return error


def is_about_one_message(error: RivetError) -> bool:
    """Tell whether one message caused the end. If so, the calls in flight get this very error."""
    return _end(error) is End.ONE_MESSAGE


def is_message_too_long(error: RivetError) -> bool:
    """Tell whether a message of ours was longer than the actor's host takes."""
    return isinstance(error, ActorError) and (error.group, error.code) == ("message", "incoming_too_long")


def passes(error: RivetError) -> bool:
    """Tell whether what is missing may only not be there yet."""
    return _end(error) is End.PASSES


def is_from_get_params(error: RivetError) -> bool:
    """Tell whether the user's `get_params` failed. If so, to wait does not help, and waiting calls fail at once."""
    return isinstance(error, ActorError) and (error.group, error.code) == ("client", "get_params_failed")


def is_final(
    error: RivetError,
    *,
    follows_key: bool,
    was_open: bool,
    has_params: bool,
    is_new: bool = False,
    is_late: bool = True,
    repeats: int = 1,
) -> bool:
    """Tell whether trying again is pointless.

    Args:
        error: What ended the connection or the attempt.
        follows_key: The handle creates the actor when it is missing.
        was_open: The server had accepted the connection.
        has_params: Connection parameters were sent.
        is_new: The connection has never been open. If it has been open, the network is known to have worked.
        is_late: The time within which a new connection should be open is over.
        repeats: How many attempts in a row have ended in the same way, this one included.
    """
    if isinstance(error, TransportError):
        return is_new and not error.is_retryable
    if isinstance(error, ActionTimeoutError):
        return False
    if not isinstance(error, ActorError):
        return True  # the peer breaks the protocol, or an argument is wrong
    if is_gone(error):
        return not error.is_retryable and not follows_key
    match _end(error):
        case End.PARAMETERS:
            # A host that stops ends a connection in this way. A host that cannot decode the parameters does the same.
            return has_params and repeats >= _UNEXPLAINED_REPEATS
        case End.ONE_MESSAGE:
            return not was_open
        case End.PASSES:
            return is_new and is_late
        case _:
            pass
    known = lookup(error.group, error.code) is not None
    return not error.is_retryable and (known or error.group not in _ENGINE_GROUPS)


def _end(error: RivetError) -> End | None:
    """What the catalogue says of a connection that the error ends, beside the retry class."""
    info = lookup(error.group, error.code) if isinstance(error, ActorError) else None
    return None if info is None else info.end
