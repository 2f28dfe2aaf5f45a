"""Which limit of time lies around which, from your caller to the actor."""

from __future__ import annotations

from canvas import WIDTH, Box, Canvas
from limits import limit

__all__ = ["draw"]

LIMITS = [
    ("the server around you", [("gunicorn, sync workers", "", "a sync worker of gunicorn")]),
    ("client, a call", [("client, each call", "", "timeout, over all attempts")]),
    ("a proxy on the way", [("nginx before the engine", "proxy_read_timeout", "nginx, without a byte")]),
    (
        "gateway",
        [
            ("gateway, until the actor is ready", "", "until the actor is ready"),
            ("gateway, until the answer over HTTP", "", "until the answer begins"),
        ],
    ),
    ("actor", [("actor, an action", "", "an action")]),
]
TINTS = ["plain", "blue", "plain", "amber", "green"]


def draw() -> str:
    """Return the text of the SVG file."""
    told = [
        (where, [(words, limit(*row).partition(" without")[0]) for *row, words in rows])
        for where, rows in LIMITS
    ]
    canvas = Canvas(
        "Which time-out lies around which",
        "From the outside to the inside: "
        + "; ".join(
            f"{where}: {', '.join(f'{words}: {time}' for words, time in rows)}" for where, rows in told
        )
        + ". An inner limit should be shorter than the outer ones, because its error tells more.",
    )
    heights = [38 + 20 * len(rows) for _, rows in told]
    x, y = 16.0, 44.0
    canvas.text(16, 30, "small soft|An inner limit should be the shorter one: its error tells more.")
    bottom = y + sum(heights) + 10 * (len(told) - 1)
    for (where, rows), height, tint in zip(told, heights, TINTS, strict=True):
        canvas.frame(Box(x, y, WIDTH - 2 * x, bottom - y), f"bold|{where}", tint=tint)
        for number, (words, time) in enumerate(rows):
            line = y + 42 + 20 * number
            canvas.text(x + 12, line, f"small soft|{words}", inside=True)
            canvas.text(WIDTH - x - 12, line, f"small bold|{time}", anchor="end", inside=True)
        x, y, bottom = x + 12, y + height, bottom - 10
    return canvas.svg(bottom + 10 * len(told) + 16)
