"""Measure the client beside the reference TypeScript client and beside bare sockets; print Markdown tables.

    python benchmarks/run.py [--jobs JOB …] [--contestants NAME …] [--repeat N] [--quick] [--json FILE]

Everything runs on this machine against one stub peer in Node (stub/stub.mjs), each measurement in a fresh process,
the contestants taking turns. docs/performance.md says what is measured and how to read it.
Needs Python with this project's dependencies, and Node 20+; the npm packages are installed on first use.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STUB = HERE / "stub"
MEASUREMENT_TIMEOUT = 120.0


@dataclass(frozen=True)
class Contestant:
    """A program that can do the jobs.

    Attributes:
        command: What to run; the job and its settings are appended.
        startup: What to run for the job `import` instead, or None if that job is not for it.
    """

    title: str
    command: tuple[str, ...]
    startup: tuple[str, ...] | None = None


PYTHON = sys.executable
NODE = shutil.which("node") or "node"
CONTESTANTS = {
    "blocking": Contestant(
        "blocking",
        (PYTHON, str(HERE / "client_blocking.py")),
        (PYTHON, "-c", "import rivet_client; print('{}')"),
    ),
    "asyncio": Contestant("asyncio", (PYTHON, str(HERE / "client_asyncio.py"))),
    "rival": Contestant(
        "TypeScript",
        (NODE, "--expose-gc", str(STUB / "rival.mjs")),
        (NODE, "--input-type=module", "-e", "import 'rivetkit/client'; console.log('{}')"),
    ),
    "floor-blocking": Contestant(
        "bare blocking", (PYTHON, str(HERE / "floor_blocking.py")), (PYTHON, "-c", "print('{}')")
    ),
    "floor-asyncio": Contestant("bare asyncio", (PYTHON, str(HERE / "floor_asyncio.py"))),
    "floor-node": Contestant(
        "bare Node",
        (NODE, "--expose-gc", str(STUB / "floor.mjs")),
        (NODE, "--input-type=module", "-e", "console.log('{}')"),
    ),
}
FLOOR_OF = {"blocking": "floor-blocking", "asyncio": "floor-asyncio", "rival": "floor-node"}


@dataclass(frozen=True)
class Job:
    """One thing to measure.

    Attributes:
        unit: Of its cost: "µs" and "ms" are times, "KiB" is memory.
        script: Which of the stub's floor scripts a bare socket follows.
        connections: Bare sockets of the floor.
        window: Requests that the floor keeps in flight on each.
    """

    title: str
    unit: str = "µs"
    script: str = "http"
    connections: int = 1
    window: int = 1


JOBS = {
    "http_seq": Job("HTTP action, one at a time"),
    "http_32": Job("HTTP action, 32 at a time", connections=32),
    "ws_seq": Job("WebSocket action, one at a time", script="ws"),
    "ws_64": Job("WebSocket action, 64 in flight", script="ws", window=64),
    "events_callback": Job("event of a burst, to a listener", script="events"),
    "events_iterator": Job("event of a burst, from `events()`", script="events"),
    "import": Job("process start and import", "ms"),
    "first_call": Job("process start, import and first HTTP action", "ms"),
    "memory": Job("memory of one more open connection", "KiB", script="ws"),
}
# A job may report further figures than its own.
FIGURES = JOBS | {"memory_base": Job("memory of the process with one connection", "KiB", script="ws")}
UNIT_OF_REPORT = {"µs": 1.0, "ms": 1.0, "KiB": 1024.0}

Samples = dict[str, dict[str, list[float]]]  # figure -> contestant -> cost in each repetition


class MeasurementError(Exception):
    """A contestant or the stub failed; it told stderr why."""


@contextlib.contextmanager
def running(command: tuple[str, ...], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A child process that is gone afterwards, whatever happens."""
    child = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def environment() -> dict[str, str]:
    """This checkout's packages for Python children, and nothing that would reconfigure a client."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RIVET")}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated")])}


def install_npm_packages() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        sys.exit("benchmarks/run.py needs node and npm (Node 20 or newer) on the PATH")
    if (STUB / "node_modules" / ".package-lock.json").exists():  # npm writes it last
        return
    print("Installing the reference client (npm ci, about 350 MB, once) ...", file=sys.stderr)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=STUB, stdout=sys.stderr).returncode:
        sys.exit(f"npm ci failed in {STUB}; its message is above")


@contextlib.contextmanager
def stub(events: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The stub peer, and what it says about itself. It ends with its stdin, so also when we are killed."""
    with running((NODE, str(STUB / "stub.mjs"), str(events))) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        if not line:
            raise MeasurementError("the stub peer did not start; its message is above")
        yield child, json.loads(line)


def measure(name: str, job: str, settings: dict[str, Any]) -> dict[str, float]:
    """Let one contestant do one job in a fresh process. Returns figure -> cost in that figure's unit."""
    contestant = CONTESTANTS[name]
    command = (*contestant.command, job, json.dumps(settings))
    if job == "import":
        assert contestant.startup is not None
        command = contestant.startup
    start = time.perf_counter()
    with running(command, cwd=STUB, env=environment()) as child:
        assert child.stdout is not None
        watchdog = threading.Timer(MEASUREMENT_TIMEOUT, child.kill)
        watchdog.start()
        try:
            line = child.stdout.readline()
            elapsed = time.perf_counter() - start
        finally:
            watchdog.cancel()
    if not line:
        raise MeasurementError(f"{name} did not finish {job}; its own message, if any, is above")
    try:
        figures: dict[str, float] = json.loads(line)
    except ValueError:
        raise MeasurementError(f"{name} answered {job} with {line!r}") from None
    if JOBS[job].unit == "ms":
        figures = {job: elapsed * 1e3}
    return {figure: cost / UNIT_OF_REPORT[FIGURES[figure].unit] for figure, cost in figures.items()}


def progress(text: str) -> None:
    """Show where we are: one line that is rewritten, or one line each where nobody watches."""
    if sys.stderr.isatty():
        print(f"\r{text:<50}", end="" if text else "\r", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


def measure_all(options: argparse.Namespace) -> tuple[Samples, int]:
    """Every wanted measurement `--repeat` times, contestants taking turns. Returns the samples and the failures."""
    samples: Samples = {}
    failures = 0
    turns = [
        (job, name)
        for _ in range(options.repeat)
        for job in options.jobs
        for name in options.contestants
        if job != "import" or CONTESTANTS[name].startup
    ]
    settings: dict[str, Any] = {
        "warmup": 0.1 if options.quick else 0.5,
        "rounds": 2 if options.quick else 5,
        "seconds": 0.1 if options.quick else 0.4,
        "events": 10_000 if options.quick else 100_000,
        "connections": 100,
    }
    with stub(settings["events"]) as (process, peer):
        for number, (job, name) in enumerate(turns, 1):
            progress(f"[{number}/{len(turns)}] {job} {name}")
            wanted = JOBS[job]
            floor = peer["floor"][wanted.script] | {
                "connections": wanted.connections,
                "window": wanted.window,
                "operations": settings["events"] if wanted.script == "events" else 1,
            }
            try:
                figures = measure(name, job, settings | {"endpoint": peer["endpoint"], "floor": floor})
            except MeasurementError as error:
                if process.poll() is not None:
                    raise MeasurementError(
                        f"the stub peer ended, with exit code {process.returncode}"
                    ) from error
                failures += 1
                print(f"\n{error}", file=sys.stderr)
                continue
            for figure, cost in figures.items():
                samples.setdefault(figure, {}).setdefault(name, []).append(cost)
    progress("")
    return samples, failures


def summary(figure: str, costs: list[float]) -> float:
    """Times: the best repetition. Memory: the median."""
    return median(costs) if FIGURES[figure].unit == "KiB" else min(costs)


def table(head: list[str], rows: list[list[str]]) -> str:
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, marks, *rows])


def short(value: float | None, suffix: str = "") -> str:
    """Three significant digits, never in exponent form."""
    if value is None:
        return "-"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}{suffix}"


def ratio_table(costs: dict[str, dict[str, float]]) -> str:
    """Each flavour against the rival (above 1: we are better), and everybody in multiples of its bare sockets."""
    rows = []
    for figure, by_name in costs.items():
        row = [FIGURES[figure].title]
        for name in ("blocking", "asyncio"):
            both = name in by_name and "rival" in by_name
            row.append(short(by_name["rival"] / by_name[name], "x") if both else "-")
        for name, floor in FLOOR_OF.items():
            # An idle bare socket costs the process next to nothing; a multiple of that says nothing.
            both = name in by_name and floor in by_name and FIGURES[figure].unit != "KiB"
            row.append(short(by_name[name] / by_name[floor], "x") if both else "-")
        rows.append(row)
    head = ["job", "blocking vs TS", "asyncio vs TS", "blocking / floor", "asyncio / floor", "TS / floor"]
    return table(head, rows)


def cost_table(costs: dict[str, dict[str, float]]) -> str:
    """What the ratios were made of."""
    head = ["job", "unit", *(contestant.title for contestant in CONTESTANTS.values())]
    return table(
        head,
        [
            [FIGURES[figure].title, FIGURES[figure].unit, *(short(by_name.get(name)) for name in CONTESTANTS)]
            for figure, by_name in costs.items()
        ],
    )


def conditions(options: argparse.Namespace) -> str:
    """Machine and versions, without anything that names the machine or its owner."""
    cpu = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    reference = json.loads((STUB / "package.json").read_text())["dependencies"]
    packages = ", ".join(f"{name} {version(name)}" for name in ("httpx", "wsproto", "cbor2", "pydantic"))
    peers = ", ".join(f"{name} {number}" for name, number in reference.items())
    return (
        f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        f"{platform.python_implementation()} {platform.python_version()} with {packages}; Node {node} with {peers}. "
        f"Fresh processes for each figure: {options.repeat}, contestants taking turns; times are the best, memory is "
        f"the median. Load of the machine before the start: {options.load:.1f}."
        f"{' A quick run, too short to be quoted.' if options.quick else ''}"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Compare the client with the reference client and with bare sockets."
    )
    parser.add_argument(
        "--jobs", nargs="+", choices=JOBS, default=list(JOBS), metavar="JOB", help=", ".join(JOBS)
    )
    parser.add_argument(
        "--contestants",
        nargs="+",
        choices=CONTESTANTS,
        default=list(CONTESTANTS),
        metavar="NAME",
        help=", ".join(CONTESTANTS),
    )
    parser.add_argument(
        "--repeat", type=int, metavar="N", help="repetitions of everything (default: 5; quick: 1)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="see that everything runs, in well under a minute"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single sample there")
    options = parser.parse_args()
    if options.repeat is None:
        options.repeat = 1 if options.quick else 5
    options.load = os.getloadavg()[0]
    if options.repeat < 1:
        parser.error("--repeat must be at least 1")
    return options


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that the children end too
    try:
        install_npm_packages()
        samples, failures = measure_all(options)
    except KeyboardInterrupt:
        print("\ninterrupted; everything that was started is stopped", file=sys.stderr)
        return 130
    except MeasurementError as error:
        sys.exit(f"\nerror: {error}")
    costs = {
        figure: {name: summary(figure, values) for name, values in samples[figure].items()}
        for figure in FIGURES
        if figure in samples
    }
    print(f"{ratio_table(costs)}\n\n{cost_table(costs)}\n\n{conditions(options)}")
    if options.json:
        units = {figure: FIGURES[figure].unit for figure in samples}
        document = {"conditions": conditions(options), "units": units, "samples": samples}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
