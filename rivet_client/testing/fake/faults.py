"""Faults that a test has set, and what meets them. Nothing here knows how they are done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from rivet_client._checks import check_limit

__all__ = ["Effect", "Fault", "Faults"]

Effect: TypeAlias = Literal["fail", "delay", "lose", "create", "answer"]


@dataclass(slots=True, eq=False, repr=False)
class Fault:
    """A fault that a test has set.

    Attributes:
        text: How it was set.
        times: How many calls meet it; None for all that it is for.
        used: How many have met it.
        effect: What it does.
        value: More about that.
        fits: Whether it is for something.
    """

    text: str
    times: int | None
    used: int = 0
    effect: Effect = field(kw_only=True)
    value: Any = field(kw_only=True)
    fits: Callable[[Any], bool] = field(kw_only=True)

    def __repr__(self) -> str:
        of = "" if self.times is None else f" of {self.times}"
        return f"<Fault {self.text}: met {self.used}{of} times>"


class Faults:
    """The faults of an engine. Tests set them on any thread; its own thread takes them.

    Attributes:
        outages: What ends the faults that last. Each does so once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[Fault] = []
        self.outages: list[ExitStack] = []
        self._due: list[Fault] = []  # those that have not been met as often as they should

    def add(self, fault: Fault) -> Fault:
        """Set a fault.

        Raises:
            ConfigError: Its `times` is no number of times.
        """
        check_limit("times", fault.times)
        with self._lock:
            self._set.append(fault)
            self._due.append(fault)
        return fault

    def take(self, effect: Effect, subject: object) -> Any:
        """Return the value of the oldest fault of this effect that is for something; None if there is none."""
        if not self._due:  # the usual case costs nothing
            return None
        with self._lock:
            for fault in self._due:
                if fault.effect == effect and fault.fits(subject):
                    fault.used += 1
                    if fault.used == fault.times:
                        self._due.remove(fault)
                    return fault.value
        return None

    def unused(self) -> list[Fault]:
        """Return the faults that were not met as often as they should, or not at all."""
        with self._lock:
            return [fault for fault in self._set if fault.used < (fault.times or 1)]

    def clear(self) -> list[ExitStack]:
        """Forget all of them, and return the outages, to be ended."""
        with self._lock:
            self._set.clear()
            self._due.clear()
            outages, self.outages = self.outages, []
            return outages
