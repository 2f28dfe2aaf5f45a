"""Observers that keep what they are told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rivet_client import Observer
from rivet_client.observers import METHODS, Event

__all__ = ["Recorder", "RecordingObserver"]


class Recorder:
    """Stands for the observers of a client in tests without I/O.

    Args:
        wanted: The events that somebody listens to, by the method of observers.
    """

    def __init__(self, wanted: Collection[str] = METHODS) -> None:
        self.wanted = wanted
        self.told: list[Any] = []

    @property
    def watches_calls(self) -> bool:
        return "call_ended" in self.wanted

    def wants(self, name: str) -> bool:
        return name in self.wanted

    def tell(self, name: str, event: Event) -> None:
        assert name in self.wanted
        self.told.append(event)

    def of(self, *kinds: type) -> list[Any]:
        """The events of these kinds, in their order."""
        return [event for event in self.told if isinstance(event, kinds)]


class RecordingObserver(Observer):
    """An observer that keeps the events of all its clients, with the names of the methods that were told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def of(self, *kinds: type) -> list[Any]:
        """The events of these kinds, in their order."""
        return [event for _, event in self.told if isinstance(event, kinds)]


def _recording(name: str) -> Any:
    def told(self: RecordingObserver, event: Any) -> None:
        self.told.append((name, event))

    return told


for _name in METHODS:
    setattr(RecordingObserver, _name, _recording(_name))
