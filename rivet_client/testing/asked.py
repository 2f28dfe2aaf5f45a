"""What actors were asked, where nobody but the clients can tell: on a real engine."""

from __future__ import annotations

import threading
from typing import Final

from rivet_client.observers import Call, CallEnded, CallStarted, Observer
from rivet_client.testing.wording import asked, newest, owner

__all__ = ["Asked"]

_LIMIT: Final = 10_000


class Asked(Observer):
    """Notes the calls of clients. Observers see no values, so `str` shows "…" in their places."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[int, CallStarted | CallEnded] = {}

    def __str__(self) -> str:
        """Show the newest calls, a line each."""
        with self._lock:
            return newest(list(self._calls.values()), _line)

    def call_started(self, event: CallStarted) -> None:
        """A call begins."""
        with self._lock:
            self._calls[event.call.id] = event
            if len(self._calls) > _LIMIT:
                del self._calls[next(iter(self._calls))]

    def call_ended(self, event: CallEnded) -> None:
        """A call has its outcome."""
        with self._lock:
            if event.call.id in self._calls:
                self._calls[event.call.id] = event


def _line(event: CallStarted | CallEnded) -> str:
    call = event.call
    what = f"{_asked(call)}{'' if call.connection is None else ' over a connection'}"
    if isinstance(event, CallStarted):
        return f"{what} …"
    outcome = {"ok": "returned", "error": "failed", "cancelled": "was cancelled"}[event.outcome]
    more = f" (ray {event.ray_id})" if event.ray_id else ""
    if event.error is not None:
        more = f": {event.error}"  # which has the ray id, too
    return f"{what} {outcome} after {event.duration * 1000:.0f} ms{more}"


def _asked(call: Call) -> str:
    if call.kind == "control":
        return f"the engine: {call.name}{'' if call.actor is None else f' {owner(call.actor, call.key)}'}"
    return asked(call.kind, call.actor or "actor", call.key, call.name, "…")
