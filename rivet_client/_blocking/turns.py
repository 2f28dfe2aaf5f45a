"""One thread at a time, with turns that cannot get lost."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable

__all__ = ["Turn", "Turns"]

_POLL_INTERVAL = 0.005
"""Seconds between two looks whether the turn has come: nobody wakes a thread that waits for it."""


class Turn:
    """A thread's place in the queue, until `end`, or until nobody holds it any more."""

    __slots__ = ("__weakref__", "is_over", "thread")

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.is_over = False

    def end(self) -> None:
        """Let the next thread have its turn."""
        self.is_over = True


class Turns:
    """Lets threads do something one after the other.

    A lock does not suffice. It stays taken if a signal handler raises between `acquire` and the `try` after it. And a
    handler that interrupts a thread with a turn would wait for itself. So a thread that has a turn gets the next one
    at once.
    """

    def __init__(self) -> None:
        self._queue: list[weakref.ref[Turn]] = []

    def take(self, timeout: float | None, check: Callable[[], None]) -> Turn | None:
        """Wait for a turn.

        Args:
            timeout: Longest wait, in seconds; None for no limit.
            check: Called from time to time. An error that it raises ends the wait.

        Returns:
            The turn, or None if it did not come in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        turn = Turn()
        self._queue.append(weakref.ref(turn, self._queue.remove))
        while self._others_before(turn):
            if deadline is not None and time.monotonic() >= deadline:
                return None
            check()
            time.sleep(_POLL_INTERVAL)
        return turn

    def _others_before(self, turn: Turn) -> bool:
        for place in self._queue.copy():
            other = place()
            if other is turn:
                break
            if other is not None and not other.is_over and other.thread != turn.thread:
                return True
        return False
