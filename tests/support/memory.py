"""How much memory a part of a test takes at its peak."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator


class Peak:
    """What `traced_peak` finds.

    Attributes:
        bytes: The most that was allocated at one time, as Python counts it.
    """

    bytes = 0


@contextlib.contextmanager
def traced_peak() -> Iterator[Peak]:
    """Trace what is allocated inside of the block: `with traced_peak() as peak: ...`, then `peak.bytes`."""
    peak = Peak()
    tracemalloc.start()
    try:
        yield peak
        _, peak.bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
