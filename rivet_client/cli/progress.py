"""What takes a while, on one line of the terminal that is written again and again, and is gone at the end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rivet_client._text import printable
from rivet_client.cli.output import can_print, is_screen, message_console, note

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Line", "Step", "step"]

_OTHER_COLUMNS = len("| ") + len(" 0:00:00 ") + 1
"""Columns of a line for what turns, for the time, and for the last column, in which some terminals begin a new line."""


class Line:
    """A line on the terminal of standard error: what is done, and the seconds that have passed.

    Args:
        text: What is done.
        after: Seconds until the line is shown. What ends earlier is silent.
        end: What the line ends with.
    """

    def __init__(self, text: str, *, after: float = 0.0, end: str = "") -> None:
        self._text = printable(text)
        self._end = end
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._is_over = False
        self._progress: Progress | None = None
        self._timer = threading.Timer(after, self._show)
        self._timer.daemon = True
        if after:
            self._timer.start()
        else:
            self._show()

    def update(self, text: str) -> None:
        """Tell what is done now."""
        with self._lock:
            self._text = printable(text)
            if self._progress is not None:
                self._progress.update(self._progress.task_ids[0], description=self._fitted())

    def stop(self) -> None:
        """Remove the line. From then on, standard error is as it was."""
        self._timer.cancel()
        with self._lock:
            self._is_over = True
            if self._progress is not None:
                self._progress.stop()
                self._progress = None

    def _fitted(self) -> str:
        """What is done, in as many columns as the other parts of the line leave to it."""
        room = max(message_console().width - len(self._end) - _OTHER_COLUMNS, 0)
        return self._text if len(self._text) <= room else self._text[: max(room - 3, 0)] + "..."

    def _show(self) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._is_over:
                return
            self._progress = Progress(
                SpinnerColumn("dots" if can_print("⠋", sys.stderr) else "line"),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
                TextColumn(self._end, style="dim", markup=False),
                console=message_console(),
                transient=True,
                redirect_stdout=False,
            )
            task = self._progress.add_task(self._fitted(), total=None)
            self._progress.tasks[task].start_time = self._start
            self._progress.start()


class Step:
    """A step that takes a while.

    Args:
        say: Tells what is done now, as part of the step.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self._start = time.monotonic()

    @property
    def took(self) -> str:
        """How long it has taken until now: "1.2 s"."""
        return f"{time.monotonic() - self._start:.1f} s"


@contextmanager
def step(doing: str) -> Generator[Step]:
    """Tell on standard error what begins now: "reading registry.ts".

    A terminal has one line for it. Elsewhere each thing that is told is a line of its own.
    """
    if not is_screen(sys.stderr):
        note(f"{doing} ...")
        yield Step(note)
        return
    line = Line(doing)
    try:
        yield Step(lambda text: line.update(text.removesuffix(" ...")))
    finally:
        line.stop()
