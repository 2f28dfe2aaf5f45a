"""Connections without I/O. An `ActorSession` is one connection through all its WebSockets.

Each part decides one thing, and `actor_session` holds them together:

- `states`: the states of a connection, and what leads from one to the next;
- `attempts`: whether a connection that was lost is tried again, and when;
- `calls`: the calls that have no answer yet: their numbers, deadlines and outcomes;
- `subscriptions`: what happens with the events that arrive;
- `liveness`: whether the peer, and the actor behind it, are still there;
- `events`: what a session reports to its driver;
- `listeners`: which listeners want which events.

`_core/endings.py` says what the end of a WebSocket means, and `_core/limits.py` says how long everything may take.
"""

from rivet_client._core.session.actor_session import ActorSession
from rivet_client._core.session.calls import Call
from rivet_client._core.session.events import (
    CallFailed,
    CallSucceeded,
    ErrorReported,
    EventsReceived,
    HangUp,
    Lost,
    Opened,
    OpenRequested,
    RetryScheduled,
    SessionEvent,
    StatusChanged,
)
from rivet_client._core.session.liveness import PROBE
from rivet_client._core.session.states import CLOSED_BY_USER, OVER, Phase

__all__ = [
    "CLOSED_BY_USER",
    "OVER",
    "PROBE",
    "ActorSession",
    "Call",
    "CallFailed",
    "CallSucceeded",
    "ErrorReported",
    "EventsReceived",
    "HangUp",
    "Lost",
    "OpenRequested",
    "Opened",
    "Phase",
    "RetryScheduled",
    "SessionEvent",
    "StatusChanged",
]
