"""A clock that moves only when a test moves it."""

from __future__ import annotations


class FakeClock:
    """Seconds, from a start that is not zero, so that a forgotten `now` shows."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> float:
        """Move on; returns the new time."""
        self.now += seconds
        return self.now
