"""The events that a connection is subscribed to.

`Subscriptions` decides what happens with an event that arrives. It does not decide who gets the event: see `listeners`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from rivet_client._core.session.events import ErrorReported, EventsReceived, SessionEvent
from rivet_client.errors import DecodeError

__all__ = ["Subscriptions"]


class Subscriptions:
    """The names of the events that a connection is subscribed to, or will be once it is open.

    Args:
        load: Reads the arguments of an event.

    Attributes:
        names: The names.
    """

    def __init__(self, load: Callable[[Any], Any]) -> None:
        self._load = load
        self.names: set[str] = set()

    def receive(self, name: str, payload: Any, events: list[SessionEvent]) -> None:
        """Add an event that has arrived to the session's events, unless nobody wants it any more.

        Events of one name that come one after the other are put together.
        """
        if name not in self.names:
            return
        try:
            args = self._load(payload)
        except DecodeError as error:
            events.append(ErrorReported(error, final=False))
            return
        found: tuple[Any, ...] = tuple(args) if isinstance(args, list) else (args,)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        last = events[-1] if events else None
        if isinstance(last, EventsReceived) and last.name == name:
            last.batch.append(found)
        else:
            events.append(EventsReceived(name, deque((found,))))
