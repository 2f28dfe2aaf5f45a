"""The five classes of errors, from the catalogue, and what the client does after each, from its own decision."""

from __future__ import annotations

from typing import Literal

from canvas import Box, Canvas

from rivet_client import RetryPolicy
from rivet_client._core.failures import actor_error
from rivet_client._core.retry import next_delay
from rivet_client.errors import ActorError, TransportError
from rivet_client_generated.errors import ERRORS, Retry, lookup

__all__ = ["draw"]

# What people meet of each class: codes of the catalogue, and failures of the network.
REFUSED, LOST = "connection refused", "connection lost"
EXAMPLES = {
    Retry.SAFE: [REFUSED, "actor.starting", "actor.stopping", "guard.rate_limit"],
    Retry.LATER: ["queue.full"],
    Retry.AMBIGUOUS: [LOST, "actor.stopped", "actor.dropped_reply", "guard.request_timeout"],
    Retry.REFUSED: ["actor.not_found", "auth.forbidden"],
    Retry.FINAL: ["user.…", "actor.action_timed_out"],
}
NETWORK = {
    REFUSED: TransportError("", may_have_run=False),
    LOST: TransportError("", may_have_run=True),
}
BOXES = {
    Retry.SAFE: Box(16, 116, 200, 146),
    Retry.LATER: Box(16, 272, 200, 88),
    Retry.AMBIGUOUS: Box(224, 116, 200, 244),
    Retry.REFUSED: Box(16, 400, 200, 106),
    Retry.FINAL: Box(224, 400, 200, 106),
}
# Whether the client repeats the call by default, and with `ambiguous="retry"`: the words, and the tint.
DECISIONS = {
    (True, True): (["the client repeats it"], "green"),
    (False, True): (["raised: you decide, or", 'code small|ambiguous="retry"', "repeats it"], "amber"),
    (False, False): (["raised"], "red"),
}
LATER = (["raised: you know", "whether to wait"], "amber")


def draw() -> str:
    """Return the text of the SVG file.

    Raises:
        ValueError: The client does not treat all errors of a class alike, or an example is of another class.
    """
    canvas = Canvas("What the client does when a call over HTTP fails", description())
    canvas.text(220, 34, "bold|A call over HTTP has failed", anchor="middle")
    for x, told, value in ((116, "it has surely not run", "False"), (324, "it may have run", "True")):
        canvas.text(x, 62, f"bold|{told}", f"code soft|may_have_run={value}", anchor="middle")
    canvas.text(16, 106, "small soft|It may work later: is_retryable=True")
    canvas.text(16, 390, "small soft|It would fail again: is_retryable=False")
    for kind, box in BOXES.items():
        words, tint = outcome(kind)
        lines = [f"bold|{kind}", *(line if "|" in line else f"small|{line}" for line in words)]
        canvas.box(box, *lines, *(f"small soft|{name}" for name in EXAMPLES[kind]), tint=tint)
    canvas.text(
        16,
        530,
        "small soft|Your deadline ends all attempts: ActionTimeoutError, whose",
        "small soft|may_have_run counts all of them. Over a connection nothing",
        "small soft|is sent twice.",
    )
    return canvas.svg(582)


def outcome(kind: Retry) -> tuple[list[str], str]:
    """What the client does after an error of a class: the words, and the tint."""
    errors: list[ActorError | TransportError] = [
        actor_error(group, code, "") for (group, code), info in ERRORS.items() if info.retry is kind
    ]
    for example in EXAMPLES[kind]:
        group, _, code = example.partition(".")
        if example in NETWORK:
            errors.append(NETWORK[example])
        elif (info := lookup(group, code)) is None or info.retry is not kind:
            raise ValueError(f"{example} is not of the class {kind}")
    decisions = {(repeats(error, "raise"), repeats(error, "retry")) for error in errors}
    properties = {(error.is_retryable, error.may_have_run) for error in errors}
    box = BOXES[kind]
    if len(decisions) != 1 or properties != {(box.y < 390, box.x > 220)}:
        raise ValueError(f"not all errors of the class {kind} belong where it is drawn")
    return LATER if kind is Retry.LATER else DECISIONS[decisions.pop()]


def repeats(error: ActorError | TransportError, ambiguous: Literal["raise", "retry"]) -> bool:
    """Whether the client makes another attempt after the first one has failed."""
    return next_delay(RetryPolicy(ambiguous=ambiguous), error, 1, 0) is not None


def description() -> str:
    """The picture in words."""
    return ". ".join(
        f"{kind}: {' '.join(word.rpartition('|')[2] for word in outcome(kind)[0])}, "
        f"for example {', '.join(EXAMPLES[kind])}"
        for kind in BOXES
    )
