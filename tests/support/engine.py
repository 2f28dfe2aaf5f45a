"""Engines for tests: shared by the whole run, one for each registry; private ones for tests that break theirs.

The engine itself is `examples/local_engine.py`, the same that the demo starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from examples import local_engine
from examples.local_engine import EngineError, LocalEngine

__all__ = ["SERVER", "EngineError", "PrivateEngine", "SharedEngine", "TestRun"]

SERVER = Path(__file__).parent.parent / "server"
# npm may have to fetch 350 MB first.
SHARED_START_TIMEOUT = 600.0
SHARED_STOP_TIMEOUT = 20.0


class Admin:
    """What the tests do to actors behind the client's back, through the engine's control API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def actor(self, actor_id: str) -> dict[str, Any]:
        """Return the engine's row about an actor, destroyed ones included."""
        (actor,) = self._call("GET", f"/actors?namespace=default&actor_ids={actor_id}")["actors"]
        return actor  # type: ignore[no-any-return]

    def sleep(self, actor_id: str) -> None:
        self._call("POST", f"/actors/{actor_id}/sleep?namespace=default", {})

    def reschedule(self, actor_id: str) -> None:
        self._call("POST", f"/actors/{actor_id}/reschedule?namespace=default", {})

    def destroy(self, actor_id: str) -> None:
        self._call("DELETE", f"/actors/{actor_id}?namespace=default")

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._url + path, data, {"content-type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)  # type: ignore[no-any-return]


class SharedEngine:
    """The run's one engine for a registry. Tests use keys of their own and never stop it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = Admin(url)


class PrivateEngine(LocalEngine):
    """An engine that one test may stop, kill and restart."""

    @property
    def admin(self) -> Admin:
        return Admin(self.url)


class TestRun:
    """One run of pytest, with all its xdist workers: starts a shared engine when first asked, stops it at the end.

    An engine's process holds the reading end of a FIFO as its standard input and stops when that ends. The only
    writing end is in the controller, so no engine can outlive the run, however the run ends.
    """

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._leash = folder / "leash"

    @classmethod
    @contextlib.contextmanager
    def controlled(cls) -> Iterator[TestRun]:
        """Yield the run, in its controller."""
        with tempfile.TemporaryDirectory(prefix="rivet-tests-") as folder:
            run = cls(Path(folder))
            os.mkfifo(run._leash)
            # For reading, too: opening for writing alone waits for a reader.
            leash = os.open(run._leash, os.O_RDWR)
            try:
                yield run
            finally:
                os.close(leash)
                run._wait_for_end()

    @property
    def folder(self) -> Path:
        return self._folder

    def engine(self, registry: Path = SERVER) -> SharedEngine:
        """Return the shared engine for a registry; the first of all workers to ask starts it.

        Raises:
            EngineError: It did not start.
        """
        url_file = self._folder / f"{registry.parent.name}-{registry.name}.url"
        with url_file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not url_file.exists():
                self._start(registry, url_file)
        return SharedEngine(url_file.read_text())

    def _start(self, registry: Path, url_file: Path) -> None:
        command = [sys.executable, local_engine.__file__, "--registry", str(registry)]
        log_file = url_file.with_suffix(".log")
        with log_file.open("wb") as log, self._leash.open("rb") as leash:
            starter = subprocess.Popen(
                [*command, "--until-eof", "--url-file", str(url_file)],
                stdin=leash,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C ends the tests first
            )
        deadline = time.monotonic() + SHARED_START_TIMEOUT
        while not url_file.exists():
            if starter.poll() is not None or time.monotonic() > deadline:
                starter.kill()
                starter.wait()
                raise EngineError(f"the shared engine did not start:\n{log_file.read_text(errors='replace')}")
            time.sleep(0.05)
        # It is meant to outlive this worker; without this, Popen would warn about that.
        starter.returncode = 0

    def _wait_for_end(self) -> None:
        deadline = time.monotonic() + SHARED_STOP_TIMEOUT
        while any(self._folder.glob("*.url")) and time.monotonic() < deadline:
            time.sleep(0.05)
