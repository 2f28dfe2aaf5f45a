"""A real Rivet engine and an actor host on this machine, and the certainty that both end.

The engine is the one that npm ships with rivetkit; the host is a TypeScript registry run by node. From a shell:

    python examples/local_engine.py                       # until Ctrl-C
    python examples/local_engine.py python my_script.py   # RIVET_ENDPOINT is set for the command

From Python, `with LocalEngine(folder) as engine:` and `engine.url`. Needs Node 20.6+ and npm; Linux or macOS.
Standard library only: the demo runs it, and the tests run the same file.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

EXAMPLE_REGISTRY = Path(__file__).parent / "registry"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0
# No proxy, whatever the environment names.
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))

# Ends what a killed owner could not end: waits for the owner's end of the pipe to close, however that happens,
# then kills the process groups listed in the storage folder and removes the folder (twice, if a dying process
# was still writing into it).
GUARD = """
cat >/dev/null; sleep 0.2
for group in $(cat "$1/pids"); do kill -s KILL -- "-$group"; done
rm -rf "$1" || { sleep 0.5; rm -rf "$1"; }
"""
# A child lists itself before it becomes the real program, so that no moment is left in which the guard misses it.
LISTED = 'echo $$ >>"$0"; exec "$@"'


class EngineError(RuntimeError):
    """The engine or the host did not start or stop as it should; the text ends with what its log said last."""


def quiet(_line: str) -> None:
    """Say nothing."""


class LocalEngine:
    """One engine with one actor host, on free ports of their own, with storage that vanishes at the end.

    Args:
        registry: npm project whose `script` calls `registry.start()`; `npm ci` is run when it is needed.
        script: The registry's entry file.
        env: Environment for engine and host, over the defaults below: engine settings are
            `RIVET__SECTION__KEY`, such as `RIVET__GUARD__ACTOR_READY_TIMEOUT_MS`.
        say: Receives one line for each step that takes a while.
    """

    def __init__(
        self,
        registry: Path = EXAMPLE_REGISTRY,
        *,
        script: str = "registry.ts",
        env: Mapping[str, str] | None = None,
        say: Callable[[str], None] = quiet,
    ) -> None:
        self.registry = registry
        self.script = script
        self.port = 0
        self._extra_env = dict(env or {})
        self._say = say
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What a client takes as its endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start both and return when both answer.

        Raises:
            EngineError: Node is missing or too old, npm failed, or one of them ended or stayed silent.
        """
        node = find_node()
        install(self.registry, say=self._say)
        binary = _output([node, "-p", "require('@rivetkit/engine-cli').getEnginePath()"], cwd=self.registry)
        self.storage = Path(tempfile.mkdtemp(prefix="rivet-engine-"))
        (self.storage / "pids").touch()
        # A session of its own: the terminal's Ctrl-C must not reach the guard before its owner has ended.
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "guard", str(self.storage)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self.engine = _Process("engine", [binary, "start"], self.registry, self.storage)
            self.host = _Process("host", [node, "--import", "tsx", self.script], self.registry, self.storage)
            self._say("starting the engine ...")
            self._start_engine_on_free_port()
            self._say("starting the actor host ...")
            self.start_host()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Kill both, if they run, and remove the storage. Their state is not worth a graceful end."""
        if self._guard is None:
            return
        for process in (self.host, self.engine):
            process.kill()
        self._guard.communicate()
        self._guard = None

    def start_engine(self) -> None:
        """Start the engine on the ports and the storage it had, and wait until it answers."""
        self.engine.start(self._engine_env())
        self.engine.wait_until(self._answers, "answered")

    def stop_engine(self) -> None:
        """End the engine as a deployment would (SIGTERM) and wait for the process to be gone."""
        self.engine.terminate()

    def kill_engine(self) -> None:
        """End the engine as a crash would (SIGKILL)."""
        self.engine.kill()

    def start_host(self) -> None:
        """Start the actor host and wait until the engine sends it work."""
        if not self.engine.running:
            # rivetkit would start an engine of its own, which nobody here would ever stop.
            raise EngineError("start the engine before the host")
        before = self._envoys()
        self.host.start(
            {
                **self._clean_env(),
                "RIVET_ENDPOINT": self.url,
                "RIVET_RUN_SERVICES": "0",
                "RIVETKIT_STORAGE_PATH": str(self.storage),
                **self._extra_env,
            }
        )
        # A killed host stays listed for some seconds, so only a new entry counts.
        self.host.wait_until(lambda: bool(self._envoys() - before), "registered with the engine")

    def stop_host(self) -> None:
        """End the host as a deployment would (SIGTERM: actions in flight finish) and wait for it to be gone."""
        self.host.terminate()

    def kill_host(self) -> None:
        """End the host as a crash would (SIGKILL)."""
        self.host.kill()

    def get(self, path: str) -> Any:
        """GET JSON from the engine.

        Args:
            path: Path and query below `url`.
        """
        with LOOPBACK.open(self.url + path, timeout=5) as response:
            return json.load(response)

    def _answers(self) -> bool:
        self._envoys()  # an error until the default namespace is there, some moments after the first answers
        return bool(self.get("/health")["runtime"] == "engine")

    def _envoys(self) -> set[str]:
        return {envoy["envoy_key"] for envoy in self.get("/envoys?namespace=default")["envoys"]}

    def _start_engine_on_free_port(self) -> None:
        for attempt in range(3):
            self.port = _free_port()
            try:
                self.start_engine()
                return
            except EngineError as error:
                # Between the look and the start somebody else may have taken a port.
                if attempt == 2 or "in use" not in str(error):
                    raise

    def _clean_env(self) -> dict[str, str]:
        """Return the caller's environment without what would steer an engine elsewhere or slow it down."""
        return {name: value for name, value in os.environ.items() if not name.startswith(("RIVET", "RUST_"))}

    def _engine_env(self) -> dict[str, str]:
        # The short thresholds are those that rivetkit sets when it starts the engine for development.
        settings = {
            "GUARD__HOST": "127.0.0.1",
            "GUARD__PORT": str(self.port),
            "API_PEER__HOST": "127.0.0.1",
            "API_PEER__PORT": str(self.port + 1),
            "METRICS__HOST": "127.0.0.1",
            "METRICS__PORT": str(self.port + 10),
            "FILE_SYSTEM__PATH": str(self.storage / "db"),
            "FEATURES__GUARD_GATEWAY_V3__MODE": "on",
            "FEATURES__GUARD_GATEWAY_V3__PERCENTAGE": "100",
            "PEGBOARD__BASE_RETRY_TIMEOUT": "100",
            "PEGBOARD__ENVOY_ELIGIBLE_THRESHOLD": "5000",
            "PEGBOARD__ENVOY_LOST_THRESHOLD": "7000",
            "PEGBOARD__MIN_METADATA_POLL_INTERVAL": "1000",
            "PEGBOARD__RESCHEDULE_BACKOFF_MAX_EXPONENT": "1",
            "PEGBOARD__RETRY_RESET_DURATION": "100",
            "PEGBOARD__RUNNER_ELIGIBLE_THRESHOLD": "5000",
            "PEGBOARD__RUNNER_LOST_THRESHOLD": "7000",
            "RUNTIME__FORCE_SHUTDOWN_DURATION": "2",
            "RUNTIME__GUARD_SHUTDOWN_DURATION": "1",
            "RUNTIME__WORKER_SHUTDOWN_DURATION": "1",
            # A busy machine must not make the engine shed load: creates and wakes would stall for minutes.
            "RUNTIME__WORKER_CPU_MAX": "1000000",
            "TELEMETRY__ENABLED": "false",
            "TOPOLOGY__DATACENTER_LABEL": "1",
            "TOPOLOGY__DATACENTERS__DEFAULT__DATACENTER_LABEL": "1",
            "TOPOLOGY__DATACENTERS__DEFAULT__IS_LEADER": "true",
            "TOPOLOGY__DATACENTERS__DEFAULT__PUBLIC_URL": self.url,
            "TOPOLOGY__DATACENTERS__DEFAULT__PEER_URL": f"http://127.0.0.1:{self.port + 1}",
        }
        return {
            **self._clean_env(),
            **{f"RIVET__{name}": value for name, value in settings.items()},
            # On two cores it would have two, and when both waited for something it answered nobody any more.
            "TOKIO_WORKER_THREADS": "8",
            **self._extra_env,
        }


class _Process:
    """A child in a process group of its own, with a log file, listed for the guard while it runs."""

    def __init__(self, name: str, command: list[str], cwd: Path, storage: Path) -> None:
        self.name = name
        self.log = storage / f"{name}.log"
        self._command = command
        self._cwd = cwd
        self._pids = storage / "pids"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, env: Mapping[str, str]) -> None:
        if self.running:
            raise EngineError(f"the {self.name} runs already")
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                ["sh", "-c", LISTED, str(self._pids), *self._command],
                cwd=self._cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            with contextlib.suppress(OSError, ValueError, KeyError):
                if ready():
                    return
            if not self.running:
                raise EngineError(
                    f"the {self.name} ended before it {what}; its log ends with:\n{self._tail()}"
                )
            if time.monotonic() > deadline:
                raise EngineError(
                    f"the {self.name} has not {what} in {START_TIMEOUT:.0f} s; its log ends with:\n{self._tail()}"
                )
            time.sleep(0.05)

    def terminate(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._child is None:
            return
        pid = self._child.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, how)
        try:
            self._child.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(pid, signal.SIGKILL)
            self._child.wait()
        self._child = None
        # The number may be given to somebody else's process from now on.
        self._pids.write_text(
            "".join(f"{other}\n" for other in self._pids.read_text().split() if other != str(pid))
        )

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


def find_node() -> str:
    """Return the path of node.

    Raises:
        EngineError: node or npm is missing, or node is older than 20.6.
    """
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise EngineError(
            "Node 20.6 or newer with npm is needed for the actor host; `node` or `npm` is not on PATH"
        )
    version = _output([node, "--version"])
    major, minor = (int(part) for part in version.lstrip("v").split(".")[:2])
    if (major, minor) < (20, 6):
        raise EngineError(f"Node 20.6 or newer is needed for the actor host; {node} is {version}")
    return node


def install(project: Path, *, say: Callable[[str], None] = quiet) -> None:
    """Run `npm ci` in `project` unless its packages are those of the lock file already.

    Raises:
        EngineError: npm failed; the text ends with what it printed last.
    """
    with (project / "package-lock.json").open("rb") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # one installation at a time
        stamp = _stamp(project)
        if stamp.exists() and stamp.read_text() == _lock_hash(project):
            return
        say(f"installing npm packages into {project.name}/node_modules (about 350 MB, once) ...")
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EngineError(
                f"`npm ci` failed in {project} with exit code {done.returncode}:\n{done.stdout}"
            )
        mark_installed(project)


def mark_installed(project: Path) -> None:
    """Note that the packages in `project` are those of its lock file."""
    _stamp(project).write_text(_lock_hash(project))


def _stamp(project: Path) -> Path:
    return project / "node_modules" / ".installed"


def _lock_hash(project: Path) -> str:
    return hashlib.sha256((project / "package-lock.json").read_bytes()).hexdigest()


def _output(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"`{' '.join(command)}` failed:\n{done.stderr.strip()}")
    return done.stdout.strip()


def _free_port() -> int:
    """Find a port P such that P, P+1 and P+10 are free, below the range that outgoing connections use."""
    for _ in range(200):
        port = random.randrange(20000, 32000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for number in (port, port + 1, port + 10):
                probe = stack.enter_context(socket.socket())
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", number))
            return port
    raise EngineError("found no free ports between 20000 and 32000")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a local Rivet engine with an actor host, until Ctrl-C.")
    parser.add_argument(
        "--registry", type=Path, default=EXAMPLE_REGISTRY, help="npm project with the registry"
    )
    parser.add_argument(
        "--url-file", type=Path, help="holds the engine's URL from when it answers until it ends"
    )
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, help="run this, with RIVET_ENDPOINT set, then stop"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with LocalEngine(options.registry, say=lambda line: print(line, flush=True)) as engine:
            print(f"engine ready: {engine.url}", flush=True)
            if options.command:
                return subprocess.run(
                    options.command, env={**os.environ, "RIVET_ENDPOINT": engine.url}, check=False
                ).returncode
            with _published(engine.url, options.url_file):
                if options.until_eof:
                    sys.stdin.read()
                else:
                    signal.pause()
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


@contextlib.contextmanager
def _published(url: str, file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    draft = file.with_suffix(".draft")
    draft.write_text(url)
    draft.rename(file)  # a reader sees the whole text or no file
    try:
        yield
    finally:
        file.unlink()


if __name__ == "__main__":
    sys.exit(main())
