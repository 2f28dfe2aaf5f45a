"""How the core tells what happens. Who listens is none of its business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from rivet_client.observers import Event

__all__ = ["NOBODY", "Tells"]


class Tells(Protocol):
    """Hands events to whoever observes the client."""

    @property
    def watches_calls(self) -> bool:
        """Whether an observer listens to anything about calls."""
        ...

    def wants(self, name: str) -> bool:
        """Whether somebody listens now to the events that are told to this method of observers."""
        ...

    def tell(self, name: str, event: Event) -> None:
        """Tell an event to this method of observers."""
        ...


class _Nobody:
    """Stands for the observers of a client that has none."""

    watches_calls = False

    def wants(self, name: str) -> bool:
        return False

    def tell(self, name: str, event: Event) -> None:
        """Tell nobody."""


NOBODY: Final[Tells] = _Nobody()
