"""Engines that all processes of one test run share, such as the workers of pytest-xdist.

An engine's process holds the reading end of a FIFO as its standard input and stops when that ends. The only writing end
is in the process that controls the run, so no engine outlives the run, however the run ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

from rivet_client.testing.clients import HasClients
from rivet_client.testing.errors import EngineError
from rivet_client.testing.local.npm import locked

__all__ = ["SharedEngine", "engines_of_run", "shared_engine"]

_LEASH: Final = "leash"
# npm may have to fetch 200 MB first.
_START_TIMEOUT: Final = 600.0
_STOP_TIMEOUT: Final = 20.0
_POLL: Final = 0.05
# The process imports what this one imports, wherever that is.
_STARTER: Final = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop(1))
from rivet_client.testing.local.__main__ import main
sys.exit(main())
"""


@contextlib.contextmanager
def engines_of_run() -> Generator[Path]:
    """Control a run, in its first process: yield the folder of its engines; at the end they stop.

    Other processes of the run get the folder's path, and give it to `shared_engine`.
    """
    with tempfile.TemporaryDirectory(prefix="rivet-engines-") as name:
        folder = Path(name)
        os.mkfifo(folder / _LEASH)
        # For reading, too: opening for writing alone waits for a reader.
        leash = os.open(folder / _LEASH, os.O_RDWR)
        try:
            yield folder
        finally:
            os.close(leash)
            deadline = time.monotonic() + _STOP_TIMEOUT
            while any(folder.glob("*.url")) and time.monotonic() < deadline:
                time.sleep(_POLL)


def shared_engine(registry: str | os.PathLike[str], folder: Path, *, install: bool = False) -> str:
    """Return the URL of the run's engine for a registry; the first process that asks starts it.

    Args:
        registry: As `LocalEngine` takes it.
        folder: The folder of the run, from `engines_of_run`.
        install: As `LocalEngine` takes it.

    Raises:
        EngineError: It did not start, or has ended meanwhile. The text ends with what was printed.
    """
    file = str(Path(registry).absolute())
    log_file = _log_file(registry, folder)
    url_file = log_file.with_suffix(".url")
    lock_file = log_file.with_suffix(".lock")
    lock_file.touch()
    with locked(lock_file):
        if not log_file.exists():
            options = ["--registry", file, *(["--install"] if install else []), "--until-eof"]
            files = ["--url-file", str(url_file), "--logs", str(log_file.with_suffix(".logs"))]
            _start([*options, *files], log_file, url_file)
        if not url_file.exists():
            raise EngineError(f"no engine runs for {file}:\n{log_file.read_text(errors='replace')}")
        return url_file.read_text()


def _log_file(registry: str | os.PathLike[str], folder: Path) -> Path:
    """What the process with the engine of a registry prints. Its other files differ in the suffix."""
    file = str(Path(registry).absolute())
    return folder / f"{hashlib.sha256(file.encode()).hexdigest()[:16]}.log"


def _start(options: list[str], log_file: Path, url_file: Path) -> None:
    """Start an engine and wait until it is ready or has ended."""
    with log_file.open("wb") as log, (log_file.parent / _LEASH).open("rb") as leash:
        starter = subprocess.Popen(
            [sys.executable, "-c", _STARTER, json.dumps(sys.path), *options],
            stdin=leash,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C ends the tests first
        )
    deadline = time.monotonic() + _START_TIMEOUT
    while not url_file.exists() and starter.poll() is None:
        if time.monotonic() > deadline:
            starter.kill()
            starter.wait()
        time.sleep(_POLL)
    # It is meant to outlive this process; without this, Popen would warn about that.
    starter.returncode = 0


class SharedEngine(HasClients):
    """The run's engine for a registry, for all processes alike.

    Args:
        registry: As `LocalEngine` takes it.
        folder: The folder of the run, from `engines_of_run`.
    """

    def __init__(self, registry: str | os.PathLike[str], folder: Path) -> None:
        self._registry = registry
        self._folder = folder

    @property
    def url(self) -> str:
        """What a client takes as its endpoint.

        Raises:
            EngineError: It did not start, or has ended meanwhile.
        """
        return shared_engine(self._registry, self._folder)

    @property
    def log_files(self) -> dict[str, Path]:
        """The files that engine and host print to, by "engine" and "host". They vanish at the end."""
        logs = _log_file(self._registry, self._folder).with_suffix(".logs")
        return {name: logs / f"{name}.log" for name in ("engine", "host")}

    def start(self) -> None:
        """Start it, if no other process of the run has done that.

        Raises:
            EngineError: It did not start, or has ended meanwhile.
        """
        shared_engine(self._registry, self._folder)

    def stop(self) -> None:
        """Leave it to the others. It stops when the run ends."""
