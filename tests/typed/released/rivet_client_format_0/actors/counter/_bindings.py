# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""What `counter` takes and gives, for both flavours of the client."""

from __future__ import annotations

from rivet_client.typed import Action, Actor, Event, Of, Queue, Slot

from ... import models

actor = Actor(
    "counter",
    encodings=("bare",),
    input=Slot(Of[models.Options], required=False),
    params=None,
    actions={
        "history.list": Action(
            {
                "kind": Of[models.Kind],
            },
            Of[list[models.Change]],
        ),
        "increment": Action(
            {
                "by": Of[int],
            },
            Of[int],
            optional=("by",),
        ),
    },
    events={
        "changed": Event(
            {
                "payload": Of[models.Change],
            }
        ),
    },
    queues={
        "resets": Queue(Of[models.CounterResetsMessage], Of[bool]),
    },
)
