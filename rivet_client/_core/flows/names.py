"""Actors' names: which of them the hosts have, and what an error says about a name that no host has.

Without this, a misspelt name would look like an actor that cannot be started. The client's `Context` remembers what
the client has learned about names. The engine is asked only after something has gone wrong.
"""

from __future__ import annotations

from rivet_client._core.effects import Flow
from rivet_client._core.encoding import as_object
from rivet_client._core.failures import actor_error
from rivet_client._core.flows.control import ControlRequest, call_control_api
from rivet_client._core.flows.timing import Timer
from rivet_client._core.target import Target
from rivet_client._core.wording import no_such_name
from rivet_client.errors import RivetError

__all__ = ["check_name_known", "explain_unknown_name", "note_unknown_name"]

_MAX_NAMES = 100
"""How many names the engine is asked for. If it returns so many, it may have more, so a missing name says nothing."""


def check_name_known(timer: Timer, target: Target) -> Flow[None]:
    """Check a name that no host had when it was last used, before anything is created under it.

    Raises:
        ActorError: No host has actors of that name now. Nothing was created.
    """
    unknown_names = timer.context.unknown_names
    if target.how == "get_or_create" and target.name in unknown_names:
        text = yield from explain_unknown_name(timer, target)
        if text is not None:
            # The gateway has this error too. But another attempt does not help against a misspelt name.
            raise actor_error(
                "guard",
                "actor_wake_retries_exceeded",
                text,
                is_retryable=False,
                classes=timer.context.error_classes,
            )
        unknown_names.discard(target.name)


def note_unknown_name(timer: Timer, name: str) -> Flow[str]:
    """Remember that no host has actors of that name, and return a text that says so."""
    context = timer.context
    context.unknown_names.add(name)
    context.known_names.discard(name)
    names = yield from _host_names(timer)
    return no_such_name(name, names)


def explain_unknown_name(timer: Timer, target: Target) -> Flow[str | None]:
    """A text about the actor's name if no host has it; None if a host has it, or if the engine does not tell."""
    if target.name in timer.context.known_names:
        return None
    names = yield from _host_names(timer)
    if target.name in names or not 0 < len(names) < _MAX_NAMES:
        return None
    return no_such_name(target.name, names)


def _host_names(timer: Timer) -> Flow[list[str]]:
    """The names that hosts have told the engine, sorted; [] if it does not tell."""
    request = ControlRequest("GET", "/actors/names", [("limit", str(_MAX_NAMES))], once=True)
    try:
        found = yield from call_control_api(timer, request)
    except RivetError:
        return []
    names = sorted(as_object(found.get("names")) or {})
    timer.context.known_names.update(names)
    return names
