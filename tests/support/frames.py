"""What tools show of an error, such as `rich` and services that collect errors: its frames with their variables."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

from rich.traceback import Traceback

__all__ = ["shown_frames"]

_TESTS = str(Path(__file__).parent.parent)


def shown_frames(error: BaseException) -> str:
    """Everything that can be seen of an error and of those that led to it, without the frames of the tests.

    The frames of the tests stand for the user's, and hold what the user gave to the client.
    """
    return "\n".join(text for one in _chain(error, set()) for text in (_by_traceback(one), _by_rich(one)))


def _chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        yield from _chain(error.__cause__, seen)
        yield from _chain(error.__context__, seen)  # though it may be suppressed


def _by_traceback(error: BaseException) -> str:
    found = traceback.TracebackException.from_exception(error, capture_locals=True, compact=True)
    frames = [frame for frame in found.stack if not frame.filename.startswith(_TESTS)]
    return "\n".join([repr(error), *(f"{frame.filename} {frame.name} {frame.locals}" for frame in frames)])


def _by_rich(error: BaseException) -> str:
    trace = Traceback.extract(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=1000,
        locals_max_string=100_000,
        locals_hide_dunder=False,
    )
    frames = [frame for stack in trace.stacks for frame in stack.frames]
    values = [frame.locals or {} for frame in frames if not frame.filename.startswith(_TESTS)]
    return "\n".join(f"{name} = {node}" for variables in values for name, node in variables.items())
