# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The errors that the actors declare. Each is raised in the place of a plain `ActorError`."""

from __future__ import annotations

from rivet_client.errors import ActorError, ErrorClasses

__all__ = ["BY_CODE", "NotFound", "QueueFull", "TooMuch"]


class NotFound(ActorError):
    """Nobody has counted yet.

    Code: `user.not_found`.
    """

    group = "user"
    code = "not_found"


class TooMuch(ActorError):
    """The count would be too large.

    Its `metadata` is the largest that there can be.

    Code: `user.too_much`.
    """

    group = "user"
    code = "too_much"


class QueueFull(ActorError):
    """The error `queue.full`."""

    group = "queue"
    code = "full"


BY_CODE: ErrorClasses = {
    ("user", "not_found"): NotFound,
    ("user", "too_much"): TooMuch,
    ("queue", "full"): QueueFull,
}
"""The classes by group and code."""
