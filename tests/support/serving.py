"""Web services of examples/, run as in production."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

__all__ = ["serving", "waited_for"]

ROOT = Path(__file__).parents[2]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
}


@contextlib.contextmanager
def serving(
    app: str,
    endpoint: str,
    folder: Path,
    *,
    port: int = 0,
    stop: signal.Signals = signal.SIGTERM,
    patience: int = 30,
    errors: int = 0,
) -> Iterator[tuple[httpx.Client, Path]]:
    """Start an app of examples/ under uvicorn; stop it as a deployment would, and see that it ends well.

    It gets `patience` seconds to finish what it does; after that it cuts off what is open, and logs an error for each.

    Yields a client for its address, and the file into which the service writes what it logs, INFO included.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET_")}
    log, config = folder / "log", folder / "logging.json"
    config.write_text(json.dumps(LOGGING))
    options = ("--app-dir", ROOT / "examples", "--port", port, "--timeout-graceful-shutdown", patience)
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "uvicorn", app]
    with log.open("w") as stderr:
        server = subprocess.Popen(
            [*command, *map(str, options), "--log-config", str(config)],
            env={**inherited, "RIVET_ENDPOINT": endpoint, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    try:
        running = waited_for(log, r"running on (http://\S+)")
        with httpx.Client(base_url=running[1], timeout=60) as client:
            yield client, log
            server.send_signal(stop)
            server.wait(timeout=50)
        told = log.read_text()
        assert "Application shutdown complete" in told
        # No traceback, no client or connection left open.
        assert told.count("Traceback") == errors, told
        assert "Exception ignored" not in told
        assert told.count("connected to ") == told.count(" ended\n")
    finally:
        server.kill()
        server.wait()


def waited_for(log: Path, pattern: str) -> re.Match[str]:
    """The first place in the log where a pattern matches, sooner or later."""
    deadline = time.monotonic() + 60
    while (found := re.search(pattern, log.read_text())) is None:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    return found
