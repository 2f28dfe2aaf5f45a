"""What happens in a call over HTTP."""

from __future__ import annotations

from canvas import Box, Canvas
from limits import limit

from rivet_client import RetryPolicy
from rivet_client.config import ClientConfig

__all__ = ["draw"]


def draw() -> str:
    """Return the text of the SVG file."""
    policy, timeout = RetryPolicy(), ClientConfig(endpoint="http://localhost:6420").timeout
    ready = limit("gateway, until the actor is ready").removesuffix(" s")
    action = limit("actor, an action").removesuffix(" s")
    pauses = f"{policy.initial_delay:g} to {policy.max_delay:g} s"

    canvas = Canvas(
        "What happens in a call over HTTP",
        "The client checks the arguments. With its first call it asks the endpoint where the engine is. Then "
        "it makes an attempt: the engine's gateway finds the actor, or makes it, and waits until it is ready; "
        "the actor runs the action and answers. A result is returned. If the call has surely not run, the "
        f"client pauses for {pauses} and tries again, {policy.max_attempts} attempts at most. Any other error "
        f"is raised. One deadline of {timeout:g} seconds covers all of it: ActionTimeoutError.",
    )
    left, width = 48, 364
    middle, right = left + width / 2, left + width
    canvas.box(Box(left, 16, width, 34), "code bold|counter.increment(1)", tint="blue")
    canvas.arrow((middle, 50), (middle, 70))
    canvas.box(
        Box(left, 70, width, 54),
        "bold|client: are the arguments right?",
        "small soft|if not: ConfigError, TypeError; nothing is sent",
    )
    canvas.arrow((middle, 124), (middle, 144))
    canvas.box(
        Box(left, 144, width, 54),
        "bold|client: where is the engine?",
        "small soft|asks the endpoint, with its first call only",
    )
    canvas.arrow((middle, 198), (middle, 218))

    attempt = canvas.frame(Box(left, 218, width, 224), f"bold|an attempt, of {policy.max_attempts} at most")
    canvas.box(
        Box(left + 14, 252, width - 28, 74),
        "bold|gateway: where is the actor?",
        "small soft|by id or key; get_or_create makes the actor",
        f"small soft|waits up to {ready} s until the actor is ready",
        tint="amber",
    )
    canvas.arrow((middle, 326), (middle, 346))
    canvas.box(
        Box(left + 14, 346, width - 28, 54),
        "bold|actor: runs the action",
        f"small soft|for up to {action} s",
        tint="green",
    )
    canvas.text(middle, 426, "small soft|an answer, or a failure of the network", anchor="middle")

    ends = [
        ("a result", ["is returned"], "green"),
        ("other errors", ["are raised:", "look at", "may_have_run"], "red"),
        ("safe errors", ["surely not run:", "once more, after", pauses], "plain"),
    ]
    for number, (head, lines, tint) in enumerate(ends):
        box = Box(left + number * 124, 464, 116, 92)
        canvas.arrow((box.middle[0], attempt.bottom), (box.middle[0], box.y))
        canvas.box(box, f"bold|{head}", *(f"small soft|{line}" for line in lines), tint=tint)
    canvas.arrow((right, 510), (right + 16, 510), (right + 16, 236), (right, 236))

    for y in (70, 556):
        canvas.line((22, y), (38, y))
    canvas.line((30, 70), (30, 556))
    canvas.upright(18, 313, f"your deadline, {timeout:g} s: then ActionTimeoutError")
    return canvas.svg(572)
