"""Texts for those errors of the engine and its hosts whose own text does not name who or what is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from rivet_client._hints import did_you_mean, other_spelling, there_are
from rivet_client.errors import ActorError, ActorSpecifier, ErrorClasses

__all__ = ["Asked", "no_actor", "no_such_name"]

MAX_INCOMING = 65_536
"""Longest message that a host takes unless its registry says otherwise, in bytes (PROTOCOL.md 4.7)."""

MAX_OUTGOING = 1_048_576
"""Longest message that a host sends unless its registry says otherwise, in bytes (PROTOCOL.md 4.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the client asked, and whom. An error that comes as the answer does not say this.

    Attributes:
        actor: The actor, as people write it; "" if none was asked.
        actor_id: The id by which a user has chosen the actor; "" for a key.
        namespace: The namespace; "" where it has no part in the matter.
        pool: The runner pool that an actor is created in; "" where it has no part in the matter.
        action: The action that was called.
        actions: Those that the actor is known to have.
        size: Size of the message that may have been too long, in bytes.
        to_queue: The call was a message for a queue.
        endpoint_doubt: What may be wrong with the endpoint if an engine answers that it has nothing there.
        error_classes: See `Context`.
    """

    actor: str = ""
    actor_id: str = ""
    namespace: str = ""
    pool: str = ""
    action: str | None = None
    actions: Iterable[str] = ()
    size: int | None = None
    to_queue: bool = False
    endpoint_doubt: str | None = None
    error_classes: ErrorClasses = field(default_factory=dict[tuple[str, str], type[ActorError]], repr=False)

    def words_for(
        self,
        group: str,
        code: str,
        message: str,
        actor: ActorSpecifier | None = None,
        metadata: object = None,
    ) -> str:
        """The message of an error: the client's own text if there is one, else the text as it was sent.

        Args:
            group: As of the ActorError.
            code: As of the ActorError.
            message: As it was sent.
            actor: As of the ActorError.
            metadata: As of the ActorError.
        """
        match group, code:
            # An error that names an actor is about a route of that actor.
            case "actor", "not_found" if self.actor and actor is None:
                return no_actor(self.actor)
            # An error about another actor may come through this one.
            case "actor", "action_not_found" if self.action is not None and f"`{self.action}`" in message:
                meant = did_you_mean(self.action, self.actions) or other_spelling(self.action)
                return f"actor {self.actor} has no action {self.action!r}{meant}"
            case "actor", "duplicate_key":
                return f"{message}; for the actor that has it, use get or get_or_create"
            case "actor", "no_runner_config_configured" if isinstance(metadata, dict):
                return no_pool(cast("dict[str, object]", metadata))
            case "core", "internal_error" if (
                self.actor_id and actor is None and not _may_be_id(self.actor_id)
            ):
                return f"{self.actor_id!r} is no actor's id: give what resolve() returns, or use a key"
            case "namespace", "not_found" if self.namespace:
                return f"there is no namespace {self.namespace!r}: check RIVET_NAMESPACE, or the client's namespace"
            case "actor", "no_runner_config_configured" if self.pool:
                return f"there is no runner pool {self.pool!r}: check RIVET_POOL or pool_name, and start a host for it"
            case "message", "incoming_too_long" if self.size is not None:
                return (
                    f"{self.size} bytes are too long a message for the host of {self.actor}: it takes {MAX_INCOMING}, "
                    "unless its registry sets maxIncomingMessageSize; send less at once"
                )
            # It need not be a message of `self.actor`, which may pass on the error of another actor.
            case "message", "outgoing_too_long":
                return (
                    f"the actor's message is longer than the {MAX_OUTGOING} bytes that its host sends, "
                    "unless its registry sets maxOutgoingMessageSize; have the actor send less at once"
                )
            case "api", "not_found" if self.endpoint_doubt is not None:
                return self.endpoint_doubt
            case _:
                return message


def no_pool(metadata: Mapping[str, object]) -> str:
    """The text about a pool that there is not; the engine's metadata names it."""
    return (
        f"there is no runner pool {metadata.get('pool_name')!r}: set pool_name or RIVET_POOL, or start a host of that "
        "pool; client.engine.runner_configs_list() lists the pools"
    )


def _may_be_id(actor_id: str) -> bool:
    """Whether an engine of today could have made this id (PROTOCOL.md); one of tomorrow may make others."""
    return len(actor_id) == 30


def no_actor(actor: str) -> str:
    """The text about an actor that does not exist."""
    return f"no actor {actor} exists"


def no_such_name(name: str, names: Sequence[str]) -> str:
    """The text about a name that no host knows. `names` are the names that the engine has learned."""
    names = [one for one in names if one != name]  # the engine also knows names of hosts that are gone
    return f"no host knows an actor {name!r}{there_are(name, names)}"
