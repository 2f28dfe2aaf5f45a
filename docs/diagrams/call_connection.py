"""What happens in calls over a connection."""

from __future__ import annotations

from canvas import Box, Canvas
from limits import limit

from rivet_client._core.session.attempts import MAX_DELAY

__all__ = ["draw"]

YOU, CLIENT, ACTOR = 62, 220, 378
"""The x of the three lines of life."""


def draw() -> str:
    """Return the text of the SVG file."""
    ready = limit("gateway, until the actor is ready").removesuffix(" s")
    canvas = Canvas(
        "What happens in calls over a connection",
        "connect() returns at once. The client then makes an attempt: it calls get_params, and opens a "
        f"WebSocket, which the gateway holds back until the actor is ready, for up to {ready} seconds. The "
        "actor sends Init. The client makes its subscriptions, and sends the calls that wait. Answers and "
        "events come in any order. If the connection is lost, calls that were sent raise "
        "ConnectionClosedError with may_have_run=True. Calls that are made now wait. After a pause of at most "
        f"{MAX_DELAY:g} seconds the client makes the next attempt, subscribes again, and sends the calls that "
        "wait.",
    )
    bottom = 646
    for x, name in ((YOU, "your code"), (CLIENT, "client"), (ACTOR, "actor")):
        canvas.line((x, 50), (x, bottom))
        canvas.box(Box(x - 48, 16, 96, 34), f"bold|{name}", tint="green" if x == ACTOR else "blue")

    def step(y: float, start: float, end: float, text: str) -> None:
        gap = 5 if start < end else -5
        canvas.arrow((start + gap, y), (end - gap, y))
        style = "code" if start == YOU else "small"
        canvas.text((start + end) / 2, y - 7, f"{style}|{text}", anchor="middle")

    def band(y: float, height: float, tint: str, *lines: str) -> None:
        canvas.box(Box(116, y, 308, height), *lines, tint=tint)

    step(84, YOU, CLIENT, "connect()")
    band(98, 54, "plain", "bold|an attempt", "small soft|get_params, if given; the way to the engine")
    step(180, CLIENT, ACTOR, "WebSocket")
    band(192, 36, "plain", f"small soft|held back up to {ready} s, until the actor is ready")
    step(254, ACTOR, CLIENT, "Init: it is open")
    step(286, CLIENT, ACTOR, "subscriptions")

    step(322, YOU, CLIENT, "increment(1)")
    step(322, CLIENT, ACTOR, "call 1")
    step(354, ACTOR, CLIENT, "event newCount")
    step(354, CLIENT, YOU, "events(…)")
    step(386, ACTOR, CLIENT, "answer to 1")
    step(386, CLIENT, YOU, "the result")

    step(420, YOU, CLIENT, "increment(2)")
    step(420, CLIENT, ACTOR, "call 2")
    band(434, 36, "red", "bold|the connection is lost")
    step(500, CLIENT, YOU, "an error")
    canvas.text(CLIENT + 10, 496, "small soft|call 2 may have run:", "small soft|it is never sent again")
    step(540, YOU, CLIENT, "increment(3)")
    canvas.text(CLIENT + 10, 544, "small soft|waits meanwhile")
    band(
        558,
        54,
        "plain",
        "bold|the next attempt",
        f"small soft|after a pause of up to {MAX_DELAY:g} s; then as above",
    )
    step(638, CLIENT, ACTOR, "subscriptions, call 3")
    return canvas.svg(662)
