"""Errors as people read them: what went wrong, what to do about it, and with which code the command exits."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from rivet_client._hints import CHECK_ENDPOINT, GIVE_TOKEN, TOKEN_REFUSED
from rivet_client._network import NO_HOST, NOBODY, network_hint
from rivet_client._text import one_line
from rivet_client.cli.json_values import to_plain
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ConfigError,
    ProtocolError,
    RivetError,
    TransportError,
)

if TYPE_CHECKING:
    from rivet_client.cli.settings import Place

__all__ = ["CommandFailed", "exit_code", "explain", "no_such_actor"]

_DOCTOR = "`rivet-client doctor` tells more"
_TOO_LATE = f"raise --timeout if it may take that long; {_DOCTOR}"
_NOT_READY = f"is the registry running, and has it an actor of this name? {_DOCTOR}"
_CRASHES = "the actor fails while it starts: mend it, or see the log of its host"
_ADVICE = {
    "actor.no_runner_config_configured": f"choose another pool with --pool or RIVET_POOL; {_DOCTOR}",
    "core.internal_error": "the engine's log tells more; if you gave --id, check it",
    "guard.actor_ready_timeout": _NOT_READY,
    "guard.actor_wake_retries_exceeded": _NOT_READY,
    "namespace.not_found": f"choose another with --namespace or RIVET_NAMESPACE; {_DOCTOR}",
}


_METADATA_SHOWN = 4000  # characters
_NAMES = re.compile(r"no host knows an actor (.*there are: .*)", re.DOTALL)
_CHECK_NAME = f"check the spelling, or start the registry that has it; {_DOCTOR}"


class CommandFailed(Exception):
    """The command has failed for a reason that is not an error of the client.

    Args:
        message: What is wrong; "" if the user has been told already.
        hint: What to do.
        code: The exit code.
    """

    def __init__(self, message: str = "", hint: str | None = None, *, code: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


def explain(
    error: Exception, place: Place | None = None, *, too_late: str = _TOO_LATE
) -> tuple[str, str | None]:
    """Return the text of an error, and what to do about it.

    Args:
        error: The error.
        place: Where the command has looked for the engine.
        too_late: What to say about a deadline that nothing else explains.
    """
    if isinstance(error, CommandFailed):
        return str(error), error.hint
    if isinstance(error, RivetError):
        if place is not None and (found := _not_there(error, place)):
            return found
        if named := _names(error):
            return no_such_actor(named)
        hint = _advice(error, too_late)
        if hint is not None and place is not None:
            hint = hint.replace(CHECK_ENDPOINT, place.check)
        if hint is None and isinstance(error, ActorError) and error.metadata is not None:
            metadata = json.dumps(to_plain(error.metadata), ensure_ascii=False)
            return f"{error}\nmetadata: {one_line(metadata, _METADATA_SHOWN)}", None
        return error.summary, hint
    if isinstance(error, OSError):
        return str(error), None
    return (
        f"{type(error).__name__}: {one_line(str(error))}",
        "this should not happen; --debug shows where it did",
    )


def exit_code(error: Exception) -> int:
    """Return 2 if the command line or a setting is wrong and nothing was sent, else 1, or what the error says."""
    if isinstance(error, CommandFailed):
        return error.code
    return 2 if isinstance(error, ConfigError) else 1


def no_such_actor(names: str) -> tuple[str, str]:
    """The text about an actor of a name that no registry has, and what to do about it.

    Args:
        names: The name, and those that there are.
    """
    return f"no actor named {one_line(names)}", _CHECK_NAME


def _names(error: RivetError) -> str | None:
    """What an error says of a name that no host knows: the name, and those that there are."""
    if not isinstance(error, ActorError) or error.group not in ("actor", "guard"):  # not an actor's own words
        return None
    found = _NAMES.search(error.message)
    return found and found[1]


def _not_there(error: RivetError, place: Place) -> tuple[str, str] | None:
    """The same for an endpoint where nothing is, in words that say where that endpoint comes from."""
    if isinstance(error, ActionTimeoutError) and error.last_error is not None:
        error = error.last_error
    if place.endpoint not in str(error):  # of a proxy, or of the engine that a registry names
        return None
    if error.hint == NOBODY.hint:
        return f"no engine at {place}: connection refused", f"{place.start}, or {place.check}"
    if error.hint == NO_HOST.hint:
        return f"no such host: {place}", place.check
    return None


def _advice(error: RivetError, too_late: str) -> str | None:
    """What to do about an error, if there is anything to say."""
    if isinstance(error, ActorError):
        name = f"{error.group}.{error.code}"
        if (error.group, error.code) in TOKEN_REFUSED:
            return f"{GIVE_TOKEN}, or name another variable with --token-env"
        match error.metadata:
            case {"details": {"crashed": _}} if error.group == "guard" and error.is_retryable:
                return _CRASHES
            case _:
                return _ADVICE.get(name)
    if isinstance(error, ProtocolError):
        return f"something else than a Rivet engine answers: look for proxies on the way, or {CHECK_ENDPOINT}"
    if isinstance(error, ActionTimeoutError):
        last = error.last_error
        return error.hint or (None if last is None else _advice(last, too_late)) or too_late
    if isinstance(error, TransportError):
        return error.hint or network_hint(error)
    return None
