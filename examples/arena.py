"""A game in a terminal, drawn 30 times a second, though the actor tells only 10 times a second where the balls are.

Needs Textual, and an engine with the example actors. In a checkout of this repository:

    pip install . textual
    python examples/fake_actors.py python examples/arena.py ann

Arrow keys steer, Escape leaves. With a real engine, which needs Node, each of these is a terminal of its own:

    pip install '.[cli]'; npm ci --prefix examples/registry; rivet-client dev examples/registry/registry.ts
    python examples/arena.py ann
    python examples/arena.py bob
"""

from __future__ import annotations

import argparse
import asyncio
import time
from bisect import bisect_right
from collections import deque
from typing import Any, ClassVar
from zlib import crc32

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.widgets import Static

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    AsyncActorConnection,
    AsyncClient,
    ConnectionClosedError,
)

FRAMES = 30  # a second
DELAY = 0.2  # seconds; two snapshots long, so that one that comes late is there when it is needed
SPEED = 0.4  # of the arena, in a second
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")

Places = dict[str, tuple[float, float]]


class Track:
    """Where the balls were at each moment of the last second, by snapshots that come now and then.

    The picture shows the arena as it was `DELAY` seconds ago. So there is nearly always a snapshot before and one after
    that moment, and nothing has to be guessed that would jump when the truth comes.
    """

    def __init__(self) -> None:
        self.snapshots: deque[tuple[float, Places]] = deque()
        # How many seconds the actor's clock is ahead of ours, by the quickest snapshot.
        self.ahead: float | None = None

    def add(self, snapshot: dict[str, Any], now: float) -> None:
        sent = snapshot["time"] / 1000
        if self.ahead is None or abs(sent - now - self.ahead) > 1:  # another host, another clock
            self.ahead = sent - now
            self.snapshots.clear()
        self.ahead = max(self.ahead, sent - now)
        if self.snapshots and sent <= self.snapshots[-1][0]:
            return
        self.snapshots.append((sent, {ball["name"]: (ball["x"], ball["y"]) for ball in snapshot["balls"]}))
        while self.snapshots[0][0] < sent - 1:
            self.snapshots.popleft()

    def at(self, now: float) -> Places:
        """Where the balls are in the picture of this moment; after the last snapshot they stand still."""
        if self.ahead is None:
            return {}
        moment = now + self.ahead - DELAY
        after = bisect_right(self.snapshots, moment, key=lambda snapshot: snapshot[0])
        if after == 0 or after == len(self.snapshots):
            return self.snapshots[max(after - 1, 0)][1]
        (earlier, old), (later, new) = self.snapshots[after - 1], self.snapshots[after]
        part = (moment - earlier) / (later - earlier)
        return {
            name: (x + part * (new[name][0] - x), y + part * (new[name][1] - y))
            for name, (x, y) in old.items()
            if name in new
        }


class Arena(App[None]):
    """One player; the connection is the caller's."""

    CSS = """
    #status { height: 1; padding: 0 1; background: $panel; }
    #field { height: 1fr; border: round $primary; }
    """
    BINDINGS: ClassVar = [
        ("left", "steer(-1, 0)", "Left"),
        ("right", "steer(1, 0)", "Right"),
        ("up", "steer(0, -1)", "Up"),
        ("down", "steer(0, 1)", "Down"),
        ("escape", "quit", "Leave"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, connection: AsyncActorConnection) -> None:
        super().__init__()
        self.connection = connection
        self.track = Track()

    def compose(self) -> ComposeResult:
        yield Static(id="status")
        yield Static(id="field")

    def on_mount(self) -> None:
        self.connection.on("snapshot", lambda snapshot: self.track.add(snapshot, time.monotonic()))
        self.set_interval(1 / FRAMES, self.draw)

    def draw(self) -> None:
        status, places = self.connection.status, self.track.at(time.monotonic())
        colour = {"connected": "green", "idle": "red"}.get(status, "yellow")
        self.query_one("#status", Static).update(
            Text.assemble(
                (f"● {status}", colour), f"  {len(places)} in the arena. Arrow keys steer, Escape leaves."
            )
        )
        field = self.query_one("#field", Static)
        field.update(picture(places, *field.content_size))

    @work(exclusive=True)  # what was pressed last counts; a call that still waits is given up
    async def action_steer(self, right: int, down: int) -> None:
        try:
            await self.connection.action("steer", right * SPEED, down * SPEED, timeout=1)
        except (ActionTimeoutError, ActorError, ConnectionClosedError):
            self.bell()  # late steering is worse than none, so nothing is repeated


def picture(places: Places, width: int, height: int) -> Text:
    """Balls with names, in a field of characters. Each character has an upper and a lower half."""
    cells = [[(" ", "")] * width for _ in range(height)]
    for name, (x, y) in places.items():
        column, half_row = round(x * (width - 1)), round(y * (2 * height - 1))
        colour = COLOURS[crc32(name.encode()) % len(COLOURS)]
        row = cells[half_row // 2]
        row[column] = ("▄" if half_row % 2 else "▀", colour)
        fits = column + 2 + len(name) <= width
        for place, letter in enumerate(name, column + 2 if fits else column - 1 - len(name)):
            if 0 <= place < width:
                row[place] = (letter, colour)
    return Text("\n").join(Text.assemble(*row) for row in cells)


async def main() -> None:
    arguments = argparse.ArgumentParser(description="Bounce.")
    arguments.add_argument("name")
    arguments.add_argument("arena", nargs="?", default="lobby")
    given = arguments.parse_args()
    # The endpoint comes from RIVET_ENDPOINT, or is http://localhost:6420.
    async with AsyncClient() as client:
        arena = client.arena.get_or_create(given.arena)
        async with arena.connect(params={"name": given.name}) as connection:
            await Arena(connection).run_async()


if __name__ == "__main__":
    asyncio.run(main())
