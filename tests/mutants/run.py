"""Makes each mutant in a copy of the project, and runs the tests that must kill it. Prints the survivors.

    python -m tests.mutants.run                     # all
    python -m tests.mutants.run websocket.py mask   # those whose row has all of these texts

A mutant is killed when its tests fail, or run ten times as long as they do without it. The tests first run here without
a mutant, because tests that fail anyway kill nothing.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.mutants.table import ROOT, Mutant, mutants

PARTS = ("rivet_client", "generated", "codegen", "schema", "tests", "examples", "docs", "pyproject.toml")
PATIENCE = 60.0
"""Shortest time, in seconds, after which tests count as hanging."""
# Exit codes of pytest. The second one also means that a module cannot be imported, the third one that pytest cannot
# show how a test failed.
FAILED, INTERRUPTED, INTERNAL_ERROR = 1, 2, 3

T = TypeVar("T")
R = TypeVar("R")


class Copy:
    """A copy of the project, for one mutant at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("node_modules", "__pycache__")
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy2(source, folder / part)

    def passes(self, tests: tuple[str, ...], timeout: float | None = None, **env: str) -> bool:
        """Whether the tests pass; tests that take longer than `timeout` seconds do not.

        Raises:
            RuntimeError: There are no such tests.
        """
        # Random keys differ between copies; what one run of hypothesis found must not steer the next.
        command = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests)
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                return False
        if process.returncode not in (0, FAILED, INTERRUPTED, INTERNAL_ERROR):
            raise RuntimeError(f"pytest {' '.join(tests)} ended with {process.returncode}:\n{output}")
        return process.returncode == 0

    def kills(self, mutant: Mutant, timeout: float) -> bool:
        """Whether the mutant's tests notice it."""
        file = self.folder / mutant.file
        source, times = file.read_text(), file.stat()
        file.write_text(mutant.applied(source))
        try:
            # The compiled file of the original stays: its time is not the mutant's.
            return not self.passes(mutant.tests, timeout, PYTHONDONTWRITEBYTECODE="1")
        finally:
            file.write_text(source)
            os.utime(file, (times.st_atime, times.st_mtime))


def main(wanted: list[str]) -> int:
    rows = [mutant for mutant in mutants() if all(text in str(mutant) for text in wanted)]
    if not rows:
        print("no mutant has all of these texts")
        return 2
    for mutant in rows:
        mutant.applied(
            (ROOT / mutant.file).read_text()
        )  # the whole table is checked before time is spent on it
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for number in range(workers):
            copies.put(Copy(Path(folder, str(number))))

        def in_a_copy(work: Callable[[Copy, T], R], items: Iterable[T]) -> list[R]:
            def one(item: T) -> R:
                copy = copies.get()
                try:
                    return work(copy, item)
                finally:
                    copies.put(copy)

            with ThreadPoolExecutor(workers) as pool:
                return list(pool.map(one, items))

        took: dict[tuple[str, ...], float] = {}

        def baseline(copy: Copy, tests: tuple[str, ...]) -> None:
            started = time.monotonic()
            if not copy.passes(tests):
                raise RuntimeError(f"pytest {' '.join(tests)} fails without any mutant")
            took[tests] = time.monotonic() - started

        survivors: list[Mutant] = []

        def judge(copy: Copy, mutant: Mutant) -> None:
            killed = copy.kills(mutant, max(PATIENCE, 10 * took[mutant.tests]))
            print(f"{'killed  ' if killed else 'SURVIVED'}  {mutant}", flush=True)
            if not killed:
                survivors.append(mutant)

        print(f"{len(rows)} mutants; first the tests without any ...", flush=True)
        in_a_copy(baseline, dict.fromkeys(mutant.tests for mutant in rows))
        in_a_copy(judge, rows)
    print(f"{len(rows) - len(survivors)} of {len(rows)} mutants killed")
    for mutant in survivors:
        print(f"survivor: {mutant} (pytest {' '.join(mutant.tests)})")
    return bool(survivors)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (RuntimeError, ValueError) as error:
        sys.exit(f"error: {error}")
