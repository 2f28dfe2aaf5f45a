"""The states of a connection, from the table by which the client changes them."""

from __future__ import annotations

from canvas import Box, Canvas

from rivet_client._core.session.states import TRANSITIONS, Change, Phase, State
from rivet_client.values import ConnectionStatus

__all__ = ["draw"]

BOXES = {
    "IDLE": Box(58, 58, 136, 50),
    "DIALING": Box(58, 152, 136, 50),
    "OPENING": Box(58, 246, 136, 50),
    "OPEN": Box(58, 340, 136, 50),
    "WAITING": Box(276, 246, 136, 50),
    "CLOSING": Box(58, 474, 136, 50),
    "CLOSED": Box(58, 570, 136, 50),
    "FAILED": Box(276, 570, 136, 50),
}
LIVE = Box(16, 16, 408, 394)
"""Around the states of a connection that wants to be open. What leads out of all of them begins at this frame."""
TINTS = {
    ConnectionStatus.IDLE: "plain",
    ConnectionStatus.CONNECTING: "blue",
    ConnectionStatus.CONNECTED: "green",
    ConnectionStatus.DISCONNECTED: "amber",
}
# From where, and what happens: the arrow; where its words stand, and the words, line by line.
ARROWS = {
    ("IDLE", Change.DIAL): ([(126, 108), (126, 152)], (134, 135), "you connect"),
    ("DIALING", Change.CONNECT): ([(126, 202), (126, 246)], (134, 229), "stream there"),
    ("OPENING", Change.OPEN): ([(126, 296), (126, 340)], (134, 323), "actor ready"),
    ("DIALING", Change.LOSE): ([(194, 188), (312, 188), (312, 246)], (240, 206), "failed"),
    ("OPENING", Change.LOSE): ([(194, 271), (276, 271)], (212, 264), "failed"),
    ("OPEN", Change.LOSE): ([(194, 365), (344, 365), (344, 296)], (240, 383), "lost"),
    ("WAITING", Change.DIAL): ([(376, 246), (376, 166), (194, 166)], (240, 158), "after a pause"),
    ("OPENING", Change.SAY_CLOSE): ([(58, 271), (36, 271), (36, 499), (58, 499)], (0, 0), ""),
    ("OPEN", Change.SAY_CLOSE): ([(126, 390), (126, 474)], (134, 446), "you close"),
    ("CLOSING", Change.CLOSE): ([(126, 524), (126, 570)], (134, 552), "peer answers"),
    ("LIVE", Change.CLOSE): ([(240, 410), (240, 595), (194, 595)], (248, 436), "you close,|nothing is|open"),
    ("LIVE", Change.FAIL): ([(344, 410), (344, 570)], (352, 436), "lost for|good"),
}


def draw() -> str:
    """Return the text of the SVG file.

    Raises:
        KeyError: The table has a state, or a change of a state, that has no place in the picture.
        ValueError: The picture has an arrow that is not in the table.
    """
    live = [changes for state, changes in TRANSITIONS.items() if state.phase is Phase.LIVE]
    shared = {
        change: target for change, target in live[0].items() if all(it.get(change) is target for it in live)
    }
    steps = {("LIVE", change): target for change, target in shared.items()}
    for state, changes in TRANSITIONS.items():
        for change, target in changes.items():
            if shared.get(change) is not target or state.phase is not Phase.LIVE:
                steps[state.name, change] = target
    if unknown := ARROWS.keys() - steps:
        raise ValueError(f"the table has no {unknown}")

    canvas = Canvas("The states of a connection", description(steps))
    canvas.frame(LIVE, "bold|until you close it, or it gives up")
    for state in TRANSITIONS:
        tint = "red" if state.phase is Phase.FAILED else TINTS[state.status]
        canvas.box(BOXES[state.name], f"bold|{state.name}", f"small soft|{state.status}", tint=tint)
    for step, target in steps.items():
        points, (x, y), words = ARROWS[step]
        if not touches(points[-1], BOXES[target.name]):
            raise ValueError(f"the arrow of {step} does not end at {target.name}")
        canvas.arrow(*points)
        canvas.text(x, y, *(f"small soft|{line}" for line in words.split("|") if line))
    canvas.text(16, 650, "small soft|Below each name: what connection.status says.")
    return canvas.svg(664)


def touches(point: tuple[float, float], box: Box) -> bool:
    """Whether a point is on the border of a box."""
    x, y = point
    return (x in (box.x, box.right) and box.y <= y <= box.bottom) or (
        y in (box.y, box.bottom) and box.x <= x <= box.right
    )


def description(steps: dict[tuple[str, Change], State]) -> str:
    """The table in words."""
    return ". ".join(
        f"{name.replace('LIVE', 'Any of the first five')}: {change.value}, then {target.name}"
        for (name, change), target in steps.items()
    )
