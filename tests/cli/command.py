"""Runs `python -m rivet_client` as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

__all__ = ["COMMAND", "INTERRUPTIBLE", "Done", "environment", "run", "run_beside", "run_on_terminal"]

COMMAND = (sys.executable, "-W", "error", "-m", "rivet_client")
# Whoever runs the tests in the background of a shell has SIGINT ignored, which processes inherit.
INTERRUPTIBLE = (
    *COMMAND[:-2],
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from rivet_client.cli import main; main()",
)


@dataclass(frozen=True)
class Done:
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def value(self) -> Any:
        """The one line of JSON of a run in which all went well, though an engine may have been too busy at first."""
        told = [line for line in self.err.splitlines() if ", trying again ..." not in line]
        assert (self.code, told) == (0, [])
        (value,) = self.lines
        return value


def environment(**more: str) -> dict[str, str]:
    """The environment without settings of the client, with those given."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("RIVET", "FORCE_"))
    }
    return {**inherited, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm", **more}


def run(*args: str, **env: str) -> Done:
    done = subprocess.run(
        [*COMMAND, *args],
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=110,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


async def run_beside(*args: str, **env: str) -> Done:
    """The same, beside a stub in the test's event loop."""
    return await asyncio.to_thread(run, *args, **env)


def run_on_terminal(*args: str, columns: int = 100, **env: str) -> Done:
    """The same, with a terminal as standard output and error; what is on it is `out`."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *args],
        env=environment(COLUMNS=str(columns), **env),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 100
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # how Linux says that the other end is closed
                    break
                if not piece:
                    break
                shown += piece
        return Done(process.wait(20), shown.decode().replace("\r\n", "\n"), "")
    finally:
        os.close(ours)
        process.kill()
        process.wait()
