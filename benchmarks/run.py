"""Measure the client beside the reference TypeScript client and beside bare sockets; print Markdown tables.

Everything runs on this machine, each measurement in a fresh process, the contestants taking turns.
docs/performance.md says what is measured and how to read it, jobs.py lists it. Needs the tools of this project's
`dev` group and Node 20.6 or newer; the npm packages are installed on first use.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import asdict
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs import CONTESTANTS, HERE, JOBS, NODE, Job

ROOT = HERE.parent
PATHS = [str(ROOT), str(ROOT / "generated"), str(ROOT / "codegen")]
sys.path[:0] = PATHS

from tables import Samples, tables, verdict  # noqa: E402

from rivet_client.testing import EngineError, LocalEngine  # noqa: E402
from rivet_client.testing.local.npm import install  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = ROOT / "tests" / "server"
CERTIFICATE = ROOT / "tests" / "support" / "tls" / "localhost.pem"
REFERENCE_CLIENT = SERVER / "node_modules" / "rivetkit" / "dist" / "tsup" / "client" / "mod.js"
PAGE = ROOT / "docs" / "performance.md"
MARKS = "<!-- written by benchmarks/run.py --write -->\n", "<!-- end -->\n"
TYPED_PACKAGE = "typed_calls_package"
TIMEOUT = 120.0  # of one measurement
# Otherwise the engine takes 2,000 messages over a connection, and then 100 a second.
ENGINE_SETTINGS = {"RIVET__PEGBOARD__GATEWAY_WEBSOCKET_RATE_LIMIT_REQUESTS": "1000000000"}


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


class Stub:
    """The stub peer: where it listens, and what it is doing. It ends with its stdin, so also when we are killed."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        self.endpoints = self._answer()

    def ask(self) -> dict[str, float]:
        """Return the microseconds of CPU and the operations since the last question."""
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            print(file=self._child.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise MeasurementError(f"the stub peer ended, with exit code {self._child.wait()}")
        return json.loads(line)


def write_typed_package(folder: Path) -> None:
    """Write a typed package whose actor takes and gives an object of three fields."""
    from rivet_codegen.output.tree import write_tree
    from rivet_codegen.registry.typed_package import render_typed_package

    fields = {"id": {"type": "integer"}, "text": {"type": "string"}, "urgent": {"type": "boolean"}}
    line = {"$ref": "#/$defs/Line"}
    echo = {"params": [{"name": "value", "schema": line, "required": True}], "returns": line}
    document = {
        "x-rivet-registry": {"formatVersion": 1},
        "actors": {"echo": {"actions": {"echo": echo}}},
        "$defs": {"Line": {"type": "object", "properties": fields, "required": list(fields)}},
    }
    write_tree(render_typed_package(document, package=TYPED_PACKAGE).tree, folder / TYPED_PACKAGE)


def environment(folder: Path, job: Job) -> dict[str, str]:
    """The environment of a child: this checkout's packages, the certificate for Node, and no settings of clients."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RIVET") and not name.lower().endswith("_proxy")
    }
    paths = os.pathsep.join([*PATHS, str(folder)])
    trusted = {"NODE_EXTRA_CA_CERTS": str(CERTIFICATE)} if job.tls else {}
    return {**kept, **trusted, "PYTHONPATH": paths}


def measure(name: str, job: Job, endpoint: str, phases: dict[str, Any], folder: Path) -> dict[str, float]:
    """Let one contestant do one job in a fresh process; returns its figures."""
    contestant = CONTESTANTS[name]
    described = asdict(job) | {
        **phases,
        "actor": "counter" if job.kind in ("listener", "iterator") else "echo",
        "key": uuid.uuid4().hex,  # an actor of its own
        "endpoint": endpoint,
        "certificate": str(CERTIFICATE) if job.tls else None,
        "package": TYPED_PACKAGE if job.typed else "rivet_client",
        "loop": contestant.loop,
        "rivetkit": REFERENCE_CLIENT.as_uri(),
    }
    start = time.perf_counter()
    with running((*contestant.command, json.dumps(described)), env=environment(folder, job)) as child:
        assert child.stdout is not None
        watchdog = threading.Timer(TIMEOUT, child.kill)
        watchdog.start()
        try:
            line = child.stdout.readline()
            elapsed = time.perf_counter() - start
        finally:
            watchdog.cancel()
    if not line:
        raise MeasurementError(f"{contestant.title} did not finish; its own message, if any, is above")
    try:
        return {"wall": elapsed * 1e6} | json.loads(line)
    except ValueError:
        raise MeasurementError(f"{contestant.title} answered {line!r}") from None


def progress(text: str) -> None:
    """Show the progress: on a terminal one line that is rewritten, otherwise one line for each text."""
    if sys.stderr.isatty():
        print(f"\r{text:<60}", end="" if text else "\r", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


def measure_all(options: argparse.Namespace) -> tuple[Samples, int]:
    """Every wanted measurement in each round, contestants taking turns; returns the samples and the failures."""
    samples: Samples = {}
    failures = 0
    turns = [
        (job, name)
        for _ in range(options.rounds)
        for job in options.jobs
        for name in options.contestants
        if name in JOBS[job].contestants
    ]
    phases = (
        {"warmup": 0.1, "rounds": 1, "seconds": 0.1}
        if options.quick
        else {"warmup": 0.5, "rounds": 4, "seconds": 0.4}
    )
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rivet-bench-")))
        write_typed_package(folder)
        command = (NODE, str(HERE / "stub.mjs"), str(CERTIFICATE))
        stub = Stub(stack.enter_context(running(command)))
        engine = None
        if any(JOBS[job].peer == "engine" for job in options.jobs):
            engine = stack.enter_context(
                LocalEngine(SERVER / "registry.ts", env=ENGINE_SETTINGS, say=progress)
            ).url
        for number, (key, name) in enumerate(turns, 1):
            progress(f"[{number}/{len(turns)}] {key}: {CONTESTANTS[name].title}")
            job = JOBS[key]
            endpoint = engine or ""
            if job.peer == "stub":
                endpoint = stub.endpoints["secure" if job.tls else "plain"]
                stub.ask()
            try:
                figures = measure(name, job, endpoint, phases, folder)
            except MeasurementError as error:
                failures += 1
                print(f"\n{key}: {error}", file=sys.stderr)
                continue
            if job.peer == "stub" and (served := stub.ask())["operations"]:
                figures["peer"] = served["cpu"] / served["operations"] / figures["wall"]
            samples.setdefault(key, {}).setdefault(name, []).append(figures)
    progress("")
    return samples, failures


def conditions(options: argparse.Namespace) -> str:
    """Machine and versions, without anything that names the machine or its owner."""
    cpu = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    reference = json.loads((SERVER / "package.json").read_text())["dependencies"]["rivetkit"]
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("h11", "wsproto", "cbor2", "pydantic", "uvloop")
    )
    quick = " A quick run, too short to be quoted." if options.quick else ""
    return (
        f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        f"{platform.python_implementation()} {platform.python_version()} with {packages}; "
        f"Node {node} with rivetkit {reference}. Best of {options.rounds} fresh processes for each figure, contestants "
        f"taking turns; load of the machine before the start: {options.load:.1f}.{quick}"
    )


def chosen(known: dict[str, Any]) -> Any:
    """Read `http,ws-*` as names of `known`."""

    def read(text: str) -> list[str]:
        patterns = text.split(",")
        for pattern in patterns:
            if not any(fnmatch(name, pattern) for name in known):
                raise argparse.ArgumentTypeError(f"{pattern!r} matches none of {', '.join(known)}")
        return [name for name in known if any(fnmatch(name, pattern) for pattern in patterns)]

    return read


def arguments() -> argparse.Namespace:
    description = (
        "Compare the client with the reference client and with bare sockets; say which goals are met."
    )
    names = f"jobs: {', '.join(JOBS)}; contestants: {', '.join(CONTESTANTS)}"
    epilog = f"{names}. A missed goal is no failure: the exit code is 0."
    parser = argparse.ArgumentParser(description=description, epilog=epilog)
    parser.add_argument(
        "--jobs", type=chosen(JOBS), default=list(JOBS), metavar="NAME,…", help="such as http,ws-*"
    )
    parser.add_argument(
        "--contestants",
        type=chosen(CONTESTANTS),
        default=list(CONTESTANTS),
        metavar="NAME,…",
        help="such as asyncio,reference",
    )
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="fresh processes for each figure (4; quick: 1)"
    )
    parser.add_argument("--quick", action="store_true", help="does everything still run? In short phases")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single sample there")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 4)
    options.load = os.getloadavg()[0]
    return options


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that the children end too
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for the children that hold 500 connections
    try:
        install(SERVER, say=progress)
        samples, failures = measure_all(options)
    except KeyboardInterrupt:
        print("\ninterrupted; everything that was started is stopped", file=sys.stderr)
        return 130
    except (EngineError, MeasurementError) as error:
        sys.exit(f"\nerror: {error}")
    text = f"{tables(samples)}\n\n{conditions(options)}\n"
    print(f"{text}\n{verdict(samples)}")
    if options.write:
        before, _, rest = PAGE.read_text().partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")
    if options.json:
        options.json.write_text(json.dumps({"conditions": conditions(options), "samples": samples}, indent=2))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
