"""Errors of the engine and its hosts, in words that name who and what is meant, where their own do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from rivet_client._hints import did_you_mean
from rivet_client.errors import ActorError, RivetError

__all__ = ["no_actor", "no_such_name", "reword", "say"]

E = TypeVar("E", bound=RivetError)

_NAMES_SHOWN = 20
MAX_INCOMING = 65_536
"""What a host takes in one message unless its registry says otherwise, in bytes (PROTOCOL.md 4.7)."""


def reword(
    error: E,
    actor: str = "",
    *,
    namespace: str = "",
    action: str | None = None,
    actions: Iterable[str] = (),
    size: int | None = None,
) -> E:
    """`error` in words of ours, if there are any.

    Args:
        error: What the engine or a host said.
        actor: The actor that was asked for, as people write it; "" for none.
        namespace: The namespace.
        action: The action that was called.
        actions: Those that the actor is known to have.
        size: Size of the message that may have been too long, in bytes.
    """
    if not isinstance(error, ActorError):
        return error
    match error.group, error.code:
        case "actor", "not_found" if actor and error.actor is None:  # else it is about a route of the actor
            say(error, no_actor(actor))
        # An error about another actor may come through this one.
        case "actor", "action_not_found" if action is not None and f"`{action}`" in error.message:
            say(error, f"actor {actor} has no action {action!r}{did_you_mean(action, actions)}")
        case "namespace", "not_found" if namespace:
            say(
                error,
                f"there is no namespace {namespace!r}: check RIVET_NAMESPACE, or the client's namespace",
            )
        case "message", "incoming_too_long" if size is not None:
            say(
                error,
                f"{size} bytes are too long a message for the host of {actor}: it takes {MAX_INCOMING}, "
                "unless its registry sets maxIncomingMessageSize; send less at once",
            )
        case _:
            pass
    return error


def say(error: ActorError, message: str) -> None:
    """Give an error another message."""
    error.message = message
    error.args = (error.group, error.code, message)


def no_actor(actor: str) -> str:
    """What to say of an actor that there is not."""
    return f"no actor {actor} exists"


def no_such_name(name: str, names: Sequence[str]) -> str:
    """What to say of a name that no host knows; `names` are those that the engine has heard of."""
    names = [one for one in names if one != name]  # hosts of the past are remembered
    meant = did_you_mean(name, names)
    text = f"no host knows an actor {name!r}{meant}"
    if not names:
        return text
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{text}{'' if meant else ';'} there are: {', '.join(names[:_NAMES_SHOWN])}{more}"
