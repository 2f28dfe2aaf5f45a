"""What every Python contestant shares: its arguments, the timed loops, the report. measure.mjs is the same in Node.

    python CONTESTANT.py JOB '{"endpoint": …, "warmup": …, "rounds": …, "seconds": …, "events": …, …}'

A contestant prints one JSON object, figure name to cost: microseconds per operation, or bytes.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

JOB = sys.argv[1]
SETTINGS: dict[str, Any] = json.loads(sys.argv[2])


def report(figures: dict[str, float]) -> None:
    print(json.dumps(figures), flush=True)


def phases() -> list[float]:
    """How long each phase lasts, in seconds: the warm-up, then the timed rounds."""
    return [SETTINGS["warmup"], *[SETTINGS["seconds"]] * SETTINGS["rounds"]]


def microseconds(once: Callable[[], int], workers: int = 1) -> float:
    """Microseconds per operation of `workers` threads that call `once`, which returns how many operations it did.

    After a warm-up come several timed rounds; the best counts, because other programs only ever add to a time.
    """
    costs = []
    for seconds in phases():
        start = time.perf_counter()
        deadline = start + seconds
        done: list[int] = []

        def loop(deadline: float = deadline, done: list[int] = done) -> None:
            count = once()
            while time.perf_counter() < deadline:
                count += once()
            done.append(count)

        if workers == 1:
            loop()
        else:
            from threading import Thread

            threads = [Thread(target=loop) for _ in range(workers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if len(done) != workers:
                raise SystemExit("a worker failed; its traceback is above")
        costs.append((time.perf_counter() - start) / sum(done) * 1e6)
    return min(costs[1:])


async def microseconds_async(once: Callable[[], Awaitable[int]], workers: int = 1) -> float:
    """The same with `workers` tasks."""
    import asyncio

    async def loop(deadline: float) -> int:
        count = await once()
        while time.perf_counter() < deadline:
            count += await once()
        return count

    costs = []
    for seconds in phases():
        start = time.perf_counter()
        done = await asyncio.gather(*(loop(start + seconds) for _ in range(workers)))
        costs.append((time.perf_counter() - start) / sum(done) * 1e6)
    return min(costs[1:])


def resident_bytes() -> int:
    """Resident memory of this process, after a collection."""
    import gc
    from pathlib import Path

    for _ in range(3):
        gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        import resource

        return int(statm.read_text().split()[1]) * resource.getpagesize()
    import os
    import subprocess

    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True)
    return int(shown.stdout) * 1024
