"""Random peers: `python -m tests.fuzz` (`nox -s fuzz`) runs for a while, test_fuzz.py runs a few cases of each target.

What must hold: peer bytes never raise, never hang, and never cost more than linear time and three times their memory.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable

from tests.fuzz import codecs, exchanges, frames, handshakes, sessions, values

__all__ = ["TARGETS", "CaseFailed", "run_case"]

TARGETS: dict[str, Callable[[random.Random], None]] = {
    "codecs": codecs.case,
    "values": values.case,
    "frames": frames.case,
    "handshakes": handshakes.case,
    "answers": exchanges.case,
    "requests": exchanges.request_case,
    "sessions": sessions.case,
    "raw-sessions": sessions.raw_case,
}

MOST_SECONDS = 20.0
"""Of the processor, for one case: a hundred times what the longest takes."""


class CaseFailed(AssertionError):
    """A case broke a promise; the text says how to run it again."""


def run_case(target: str, seed: str) -> None:
    """Run one case.

    Raises:
        CaseFailed: It broke a promise.
    """
    started = time.process_time()
    try:
        TARGETS[target](random.Random(seed))
        took = time.process_time() - started
        assert took < MOST_SECONDS, f"it took {took:.0f} s"
    except Exception as error:
        again = f"again: python -m tests.fuzz {target} --case {seed}"
        raise CaseFailed(f"{''.join(traceback.format_exception(error))}\n{again}") from None
