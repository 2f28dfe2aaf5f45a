# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""What `journal` takes and gives, for both flavours of the client."""

from __future__ import annotations

from rivet_client.typed import Action, Actor, Of

from ... import models

actor = Actor(
    "journal",
    encodings=("bare",),
    input=None,
    params=None,
    actions={
        "last": Action(
            {},
            Of[models.Change],
        ),
    },
    events={},
    queues={},
)
