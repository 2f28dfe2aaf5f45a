"""Something that happens at a chosen line of the client, as signal handlers do: Ctrl-C, an exception, a call.

    for number in itertools.count(1):
        outcome = at_line(number, raising(KeyboardInterrupt), lambda: counter.increment(1))
        if outcome.where is None:
            break  # the operation has fewer lines
        ...  # nothing is left over, and the next call works

Only lines that the calling thread runs count, as signal handlers run on one thread only. A line counts each time.
"""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn

import rivet_client
import rivet_client_generated

__all__ = ["Outcome", "at_line", "raising"]

_FOLDERS = tuple(str(Path(package.__path__[0])) for package in (rivet_client, rivet_client_generated))
_NOT_OURS_TO_STRIKE = (str(Path(__file__).parent.parent), "<frozen importlib")


@dataclass(frozen=True)
class Outcome:
    """How an operation ended.

    Attributes:
        where: The line where something happened, for failure texts; None if the operation ended before.
        lines: How many lines there were until then.
        value: What it returned.
        error: What it raised, without its traceback, which would keep alive what the operation held.
    """

    where: str | None
    lines: int
    value: Any = None
    error: BaseException | None = None


def raising(error: type[BaseException]) -> Callable[[], NoReturn]:
    """What `at_line` takes, for a handler that raises."""

    def handler() -> NoReturn:
        raise error("raised by a signal handler")

    return handler


def at_line(
    number: int, handler: Callable[[], object], operation: Callable[[], Any], *, everywhere: bool = False
) -> Outcome:
    """Run an operation, and a handler once, before the `number`-th line of the client that the operation runs.

    With `everywhere`, the lines of all modules count, but for those of tests. What the handler raises comes out of
    that line. The handler itself is not traced.
    """
    count = 0
    where = None

    def enter(frame: FrameType, event: str, argument: object) -> Any:
        name = frame.f_code.co_filename
        is_struck = not name.startswith(_NOT_OURS_TO_STRIKE) if everywhere else name.startswith(_FOLDERS)
        return line if is_struck else None

    def line(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count, where
        if event == "line" and where is None and frame.f_lasti not in _leaving(frame.f_code):
            count += 1
            if count == number:
                where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}"
                handler()
        return line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        value = operation()
    except BaseException as error:
        sys.settrace(before)
        return Outcome(where, count, error=_bare(error))
    finally:
        sys.settrace(before)
    return Outcome(where, count, value)


@functools.cache
def _leaving(code: CodeType) -> frozenset[int]:
    """Where `with` statements begin to leave: no signal is handled between there and the start of `__exit__`."""
    steps = list(dis.get_instructions(code))
    found = set()
    for at, step in enumerate(steps[:-3]):
        is_plain = all(one.opname.startswith("LOAD") and one.argval is None for one in steps[at : at + 3])
        is_raised = step.opname == "PUSH_EXC_INFO" and steps[at + 1].opname == "WITH_EXCEPT_START"
        if is_plain or is_raised:
            found.add(step.offset)
            while steps[at - 1].opname in ("SWAP", "NOP"):  # where the block returns something
                at -= 1
                found.add(steps[at].offset)
    return frozenset(found)


def _bare(error: BaseException) -> BaseException:
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is not None and one not in seen:
            seen.append(one)
            one.__traceback__ = None
            todo += [one.__cause__, one.__context__]
    return error
