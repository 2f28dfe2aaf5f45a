"""What goes wrong, and how a client is told: with which status, and with how much of the truth (PROTOCOL.md 4.9)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rivet_client._narrowing import is_array, is_dict
from rivet_client._wire import values_codec
from rivet_client.errors import ActorError, ActorSpecifier, ConfigError
from rivet_client_generated.errors import RaisedBy, lookup

__all__ = [
    "MASKED",
    "AnswerLost",
    "Failure",
    "Misfit",
    "Refused",
    "ShownError",
    "bad_request",
    "log",
    "shown",
    "told",
    "usual",
]

log: logging.Logger = logging.getLogger("rivet_client.testing")

MASKED: Final = "An internal error occurred"
"""What a host says instead of a message that is not meant for clients."""

# The errors whose message and metadata reach the client.
_OPEN_GROUPS = frozenset({"user", "message", "queue", "kv", "schedule"})
_OPEN_CODES = frozenset(
    {
        ("auth", "forbidden"),
        ("actor", "not_found"),
        ("actor", "action_not_found"),
        ("actor", "method_not_allowed"),
        ("actor", "action_timed_out"),
        ("actor", "aborted"),
    }
)

# HTTP status of an error of an actor's host; of one of the engine. Others have 500, and 400.
_HOST_STATUS = {
    ("auth", "forbidden"): 403,
    ("actor", "not_found"): 404,
    ("actor", "action_not_found"): 404,
    ("actor", "method_not_allowed"): 405,
    ("actor", "action_timed_out"): 408,
}
_HOST_GROUPS_STATUS = {"message": 400, "queue": 400}
_ENGINE_STATUS = {
    ("actor", "not_found"): 404,
    ("actor", "creation_rate_limit"): 429,
    ("api", "not_found"): 404,
    ("api", "unauthorized"): 401,
    ("api", "forbidden"): 403,
    ("core", "internal_error"): 500,
    ("envoy", "fetch_failed"): 500,
    ("guard", "actor_ready_timeout"): 503,
    ("guard", "actor_stopped_while_waiting"): 503,
    ("guard", "actor_wake_retries_exceeded"): 503,
    ("guard", "gateway_response_start_timeout"): 504,
    ("guard", "invalid_request_body"): 413,
    ("guard", "invalid_response_body"): 502,
    ("guard", "no_route"): 404,
    ("guard", "rate_limit"): 429,
    ("guard", "request_timeout"): 504,
    ("guard", "retry_attempts_exceeded"): 502,
    ("guard", "service_unavailable"): 503,
    ("guard", "tunnel_message_timeout"): 504,
    ("guard", "tunnel_request_aborted"): 503,
    ("guard", "tunnel_response_closed"): 503,
    ("guard", "upstream_error"): 502,
}


class AnswerLost(Exception):
    """The call ran, and its answer does not come.

    Args:
        is_silent: Whether nothing at all comes; else the stream ends.
    """

    def __init__(self, *, is_silent: bool = False) -> None:
        super().__init__(is_silent)
        self.is_silent = is_silent


class Failure(Exception):
    """What an actor raises to fail with any error, of a group of its own or one that is known.

    HTTP status, and what is left of message and metadata, are those that a real host has for group and code. To refuse
    a call in the usual way, raise `Refused`.

    Args:
        group: Family of the code, such as "guard".
        code: What happened, within the group.
        message: The same for people; None for what the error catalogue says.
        metadata: Anything that JSON can say.
        by_engine: Whether it is the engine's answer, as if the call had not reached the actor.
        status: HTTP status; None for the usual one.

    Raises:
        TypeError: An argument is wrong.
    """

    def __init__(
        self,
        group: str,
        code: str,
        *,
        message: str | None = None,
        metadata: Any = None,
        by_engine: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(group, code, message, metadata)
        _check_texts(group=group, code=code, message="" if message is None else message)
        try:
            _plain(metadata)
        except (ConfigError, TypeError) as error:
            reason, _, _ = str(error).partition(";")  # what follows is for those who call
            raise TypeError(f"metadata must be what JSON can say: {reason}") from None
        if message is None:
            info = lookup(group, code)
            message = f"{group}.{code}" if info is None else info.meaning
        self.group = group
        self.code = code
        self.message = message
        self.metadata = metadata
        self.by_engine = by_engine
        self.status = status

    def __str__(self) -> str:
        return f"{self.group}.{self.code}: {self.message}"


class Refused(Failure):
    """What an actor raises to refuse a call: the client gets an `ActorError` of the group "user".

    Args:
        code: What happened, for programs.
        message: The same for people; None for the code.
        metadata: Anything that JSON can say.
    """

    def __init__(self, code: str = "user_error", *, message: str | None = None, metadata: Any = None) -> None:
        super().__init__("user", code, message=code if message is None else message, metadata=metadata)


def usual(
    group: str, code: str, *, message: str | None = None, metadata: Any = None, status: int | None = None
) -> Failure:
    """The failure as it usually comes: from the engine, or from the host, as the error catalogue says."""
    info = lookup(group, code)
    by_engine = info is not None and info.raised_by is RaisedBy.ENGINE
    return Failure(group, code, message=message, metadata=metadata, by_engine=by_engine, status=status)


def _check_texts(**texts: object) -> None:
    for name, text in texts.items():
        if not isinstance(text, str):
            raise TypeError(f"{name} of a failure must be a str, not {type(text).__name__}")


class Misfit(Failure):
    """Something does not fit the registry document. The client is told so, as by an actor that checks its values.

    The host of an actor would hide the text. Here the text is for the author of the test.

    Args:
        message: What does not fit, where, and what was expected.
        metadata: The same in parts: "actor", what was checked, and perhaps "path", "expected" and "got".
    """

    def __init__(self, message: str, metadata: Mapping[str, str]) -> None:
        super().__init__("actor", "validation_error", message=message, metadata=dict(metadata))


@dataclass(frozen=True, slots=True)
class ShownError:
    """What a client is told of an error.

    Attributes:
        group, code, message: As in `ActorError`.
        metadata: What JSON can say, as plain types; None for none.
        status: HTTP status.
        by_engine: Whether the engine answers, and not the host of the actor.
        actor: The actor that the error names, if it is another one than the one that answers.
    """

    group: str
    code: str
    message: str
    metadata: Any = None
    status: int = 500
    by_engine: bool = False
    actor: ActorSpecifier | None = None

    @property
    def name(self) -> str:
        """Group and code, as in close reasons and in the header of an error of the engine."""
        return f"{self.group}.{self.code}"

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"

    def document(self) -> dict[str, Any]:
        """The error as JSON of the engine."""
        doc = {"group": self.group, "code": self.code, "message": self.message}
        return doc if self.metadata is None else {**doc, "metadata": self.metadata}


_INTERNAL: Final = ShownError("rivetkit", "internal_error", MASKED)


def shown(error: BaseException, what: str = "a request") -> ShownError:
    """What a client is told of an exception.

    What is kept from the client goes to the log, because the one who wrote the actor wants to know.

    Args:
        error: The exception.
        what: What it has ended, for the log.
    """
    told_of = told(error)
    if told_of == _INTERNAL:
        log.error("%s failed, and the client is told of an internal error only", what, exc_info=error)
    return told_of


def told(error: BaseException) -> ShownError:
    """The same as `shown`, without the log."""
    if not isinstance(error, (Failure, ActorError)):
        return _INTERNAL
    group, code, message = error.group, error.code, error.message
    try:
        metadata = _plain(error.metadata)
    except (ConfigError, TypeError):
        return _INTERNAL
    name = (group, code)
    if isinstance(error, Failure) and error.by_engine:
        status = error.status or _ENGINE_STATUS.get(name, 400)
        return ShownError(group, code, message, metadata, status, by_engine=True)
    if group not in _OPEN_GROUPS and name not in _OPEN_CODES and not isinstance(error, Misfit):
        message, metadata = MASKED, None
    status = _HOST_STATUS.get(name, _HOST_GROUPS_STATUS.get(group, 500))
    if isinstance(error, Failure):
        return ShownError(group, code, message, metadata, error.status or status)
    return ShownError(
        group, code, message, metadata, status, actor=error.actor
    )  # of another actor: passed on


def bad_request(why: str) -> Failure:
    """The control API's error for a request that it cannot read."""
    metadata = {"reason": why}
    return Failure("api", "bad_request", message=f"bad request: {why}", metadata=metadata, by_engine=True)


def _plain(metadata: Any) -> Any:
    """Metadata is JSON without tags."""
    return _without_escapes(values_codec.to_tree(metadata, "json", "metadata"))


def _without_escapes(tree: Any) -> Any:
    if is_array(tree):
        items = [_without_escapes(item) for item in tree]
        if len(items) == 2 and isinstance(items[0], str) and items[0][:2] == "$$":
            items[0] = items[0][1:]
        return items
    return {key: _without_escapes(item) for key, item in tree.items()} if is_dict(tree) else tree
