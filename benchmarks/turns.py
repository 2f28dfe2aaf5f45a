"""Commands that run in turns, so that whatever else the machine does touches all of them; the medians count."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import time

__all__ = ["race", "rounds"]


def rounds(description: str | None) -> int:
    """Return how often each command runs, from the command line."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9, help="how often each runs, after a warm-up")
    count: int = parser.parse_args().rounds
    return count


def race(commands: dict[str, list[str]], count: int, paths: list[str]) -> float:
    """Run each command `count` times after a warm-up, print what they took; returns the last against the first.

    Args:
        commands: By the name of each contestant.
        count: How often each runs.
        paths: Where their Python finds its modules.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    times: dict[str, list[float]] = {contestant: [] for contestant in commands}
    work: dict[str, list[float]] = {contestant: [] for contestant in commands}
    for turn in range(count + 1):
        for contestant, command in commands.items():
            start, worked = time.perf_counter(), _work_of_children()
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            taken = time.perf_counter() - start
            if done.returncode:
                raise SystemExit(f"{contestant} failed:\n{done.stderr}")
            if turn > 0:
                times[contestant].append(taken)
                work[contestant].append(_work_of_children() - worked)
    medians = {contestant: statistics.median(taken) for contestant, taken in times.items()}
    first, *_, last = medians.values()
    for contestant, median in medians.items():
        spread = f"{min(times[contestant]):.2f} to {max(times[contestant]):.2f}"
        cpu = statistics.median(work[contestant])
        print(f"{contestant:24}  {median:5.2f} s  ({spread})  {median / first:.2f} x, {cpu:.2f} s of CPU")
    return last / first


def _work_of_children() -> float:
    """The CPU time of all processes that this one has waited for, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
