"""Children that end with their owner, however that ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rivet_client.testing.errors import EngineError

__all__ = ["Guard", "Process", "never"]

_STOP_TIMEOUT: Final = 30.0
_POLL: Final = 0.1
_LAST_LINES: Final = 30

# Ends what a killed owner could not end. It waits for a line from its owner, or for the owner's end of the pipe to
# close, however that happens. Then it kills the process groups that are listed in the storage folder, and removes the
# folder (twice, if a dying process was still writing into it).
_GUARD: Final = """
read -r _ || sleep 0.2
for group in $(cat "$1/pids"); do kill -s KILL -- "-$group"; done
rm -rf "$1" || { sleep 0.5; rm -rf "$1"; }
"""
# A child lists itself before it becomes the real program, so that no moment is left in which the guard misses it.
_LISTED: Final = 'echo $$ >>"$0"; exec "$@"'


def never() -> None:
    """Go on."""


class Guard:
    """A folder for the files of some processes; both are gone soon after their owner is gone.

    Attributes:
        folder: The folder.
    """

    def __init__(self) -> None:
        self.folder: Path = Path(tempfile.mkdtemp(prefix="rivet-engine-"))
        (self.folder / "pids").touch()
        # A session of its own: the terminal's Ctrl-C must not reach the guard before its owner has ended.
        self._child = subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", str(self.folder)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self) -> None:
        """Kill what still runs and remove the folder."""
        # A line, because a process that was forked meanwhile holds the pipe open.
        self._child.communicate(b"\n")
        shutil.rmtree(self.folder, ignore_errors=True)  # somebody may have killed the guard


class Process:
    """A child in a process group of its own, with a log file, which the guard knows while it runs.

    Attributes:
        name: What it is called in texts.
        log: The file with all that it has printed, in all its runs.
    """

    def __init__(self, name: str, command: Sequence[str], cwd: Path, guard: Guard) -> None:
        self.log: Path = guard.folder / f"{name}.log"
        self.log.touch()
        self.name = name
        self._command = command
        self._cwd = cwd
        self._pids = guard.folder / "pids"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.poll() is None

    def start(self, env: Mapping[str, str]) -> None:
        """Start it.

        Raises:
            EngineError: It runs already.
        """
        if self.running:
            raise EngineError(f"the {self.name} runs already")
        self.kill()  # what is left of one that has ended by itself
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                ["sh", "-c", _LISTED, str(self._pids), *self._command],
                cwd=self._cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self, before: str = "") -> None:
        """Check that it has not ended by itself.

        Args:
            before: What it should have done first, for the text of the error.

        Raises:
            EngineError: It has ended.
        """
        if self._child is None or (status := self._child.poll()) is None:
            return
        how = f"was killed by signal {-status}" if status < 0 else f"ended with exit code {status}"
        raise EngineError(f"the {self.name} {how}{before}", self.last_lines())

    def terminate(self, check: Callable[[], None] = never) -> None:
        """End it as a deployment would (SIGTERM), and wait for it to be gone.

        Args:
            check: Called again and again meanwhile. What it raises ends the wait; the process may still run.
        """
        self._end(signal.SIGTERM, check)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def last_lines(self) -> str:
        """Return the end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:])

    def _end(self, how: signal.Signals, check: Callable[[], None] = never) -> None:
        if self._child is None:
            return
        pid = self._child.pid
        # macOS calls it a lack of permission if all that is left of the group is to be waited for.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, how)
        deadline = time.monotonic() + _STOP_TIMEOUT
        while self._child.poll() is None:
            check()
            if time.monotonic() > deadline:
                os.killpg(pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_POLL)
        self._child = None
        # The number may be given to somebody else's process from now on.
        self._pids.write_text(
            "".join(f"{other}\n" for other in self._pids.read_text().split() if other != str(pid))
        )
