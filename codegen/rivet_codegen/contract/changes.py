"""A change of a contract, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

from rivet_codegen.contract.rules import RULES, Level

__all__ = ["Change", "Place"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What has changed, or uses a type that has changed.

    Attributes:
        actor: The actor.
        kind: "action", "event" or "queue"; "" for the actor itself.
        name: The name of that.
        part: What of it, such as "result" or "parameter text"; "" for all of it.
    """

    actor: str
    kind: str = ""
    name: str = ""
    part: str = ""

    def __str__(self) -> str:
        owner = f"{self.actor}.{self.name}" if self.kind == "action" else self.actor
        member = f"{self.kind} {self.name!r}" if self.kind in ("event", "queue") else ""
        return " ".join(filter(None, (owner, member, self.part)))

    def of(self, part: str) -> Place:
        """Return the place of a part."""
        return Place(self.actor, self.kind, self.name, part)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the contract.

    Attributes:
        rule: The stable name of the kind of change, one of `RULES`.
        type: The name of the type that has changed; "" if the change is in no named type.
        path: Where in the type or the value, such as ".author.name"; "" for all of it.
        text: What changed.
        affected: Where the change is, or all places that the changed type is used at.
    """

    rule: str
    type: str
    path: str
    text: str
    affected: tuple[Place, ...]

    @property
    def level(self) -> Level:
        """Whom it breaks."""
        return RULES[self.rule]
