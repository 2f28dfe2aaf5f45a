"""What all Python contestants share: the job, the clock, the report. rival.mjs has the same in JavaScript.

    python CONTESTANT.py '{"kind": …, "endpoint": …, …}'        run.py says what is in there

A contestant prints one JSON object, figure name to number. Times are microseconds per operation.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB = SimpleNamespace(**json.loads(sys.argv[1]))
VALUE: Any = "x" * JOB.size if JOB.size else JOB.value  # what `echo` gets
if JOB.typed:
    VALUE = importlib.import_module(JOB.package).models.Line(**VALUE)

Figures = dict[str, float]


def client(name: str) -> Any:
    """A client of this class, for the job."""
    options: dict[str, Any] = {}
    if JOB.certificate:
        import ssl

        options["ssl_context"] = ssl.create_default_context(cafile=JOB.certificate)
    if JOB.size:
        options["max_body_bytes"] = None
    endpoint = fake_engine().url if JOB.peer == "fake" else JOB.endpoint
    made = getattr(importlib.import_module(JOB.package), name)(endpoint, **options)
    if JOB.size:
        context = made._runtime.context
        context.limits = context.limits._replace(max_message_bytes=1 << 30)
    return made


def fake_engine() -> Any:
    """An engine in this process, with the actor of most jobs. It ends with the process."""
    from rivet_client.testing import FakeEngine

    engine = FakeEngine()

    @engine.actor("echo")
    class Echo:
        def echo(self, ctx: Any, value: Any) -> Any:
            return value

    return engine.start()


def report(figures: Figures) -> None:
    print(json.dumps(figures), flush=True)


def started() -> Figures:
    """The CPU since the process began; run.py has the clock on the wall."""
    return {"cpu": time.process_time() * 1e6}


class Rounds:
    """Yields a deadline for the warm-up, then one for each round; `done` gets the operations of each worker.

    The best round counts, because other programs only ever add to a time.
    """

    def __init__(self, operations: int = 1) -> None:
        self.done: list[int] = []
        self.figures: Figures = {}
        self._operations = operations

    def __iter__(self) -> Iterator[float]:
        walls, cpus, before = [], [], resident()
        for seconds in (JOB.warmup, *[JOB.seconds] * JOB.rounds):
            self.done.clear()
            cpu, wall = time.process_time(), time.perf_counter()
            yield wall + seconds
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            count = sum(self.done) * self._operations
            walls.append(wall / count * 1e6)
            cpus.append(cpu / count * 1e6)
        self.figures = {"wall": min(walls[1:]), "cpu": min(cpus[1:]), "peak": peak() - before}


def resident() -> float:
    """Resident memory of this process in KiB, after a collection."""
    import gc
    from pathlib import Path

    for _ in range(3):
        gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        import resource

        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1024
    import os
    import subprocess

    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True)
    return int(shown.stdout)


def peak() -> float:
    """The most memory that was ever resident, in KiB."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 if sys.platform == "darwin" else most


class Holding:
    """What each of many connections costs: time to open, memory, threads and descriptors to hold."""

    def __init__(self) -> None:
        self._before = self._held()
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def figures(self) -> Figures:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        grown = {name: held - self._before[name] for name, held in self._held().items()}
        figures = {**grown, "wall": wall * 1e6, "cpu": cpu * 1e6}
        return {"process": self._before["memory"]} | {
            name: figure / JOB.connections for name, figure in figures.items()
        }

    def _held(self) -> Figures:
        from pathlib import Path

        counted = {"threads": Path("/proc/self/task"), "descriptors": Path("/proc/self/fd")}
        return {"memory": resident()} | {
            name: len(list(folder.iterdir())) for name, folder in counted.items() if folder.exists()
        }
