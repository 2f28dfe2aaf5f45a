"""Installing a project's packages with npm."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

from rivet_client.testing.errors import NEEDS_UNIX, EngineError
from rivet_client.testing.local.processes import never
from rivet_client.testing.local.project import installer

__all__ = ["Say", "install", "locked", "mark_installed", "quiet"]

Say = Callable[[str], None]

_COMMAND: Final = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_POLL: Final = 0.1


def quiet(_line: str) -> None:
    """Say nothing."""


def install(project: Path, *, say: Say = quiet, check: Callable[[], None] = never) -> None:
    """Run `npm ci` in `project`, unless that was done for its lock file already.

    Args:
        project: A folder with a package-lock.json.
        say: Receives a line if something is installed.
        check: Called again and again meanwhile. What it raises ends npm.

    Raises:
        EngineError: npm is missing or failed; the text ends with what it printed last.
    """
    lock_file = project / "package-lock.json"
    if not lock_file.is_file():
        raise EngineError(
            f"there is no package-lock.json in {project} to install by; run `{installer(project)}` there"
        )
    with locked(lock_file):  # one installation at a time
        stamp = _stamp(project)
        if stamp.exists() and stamp.read_text() == _lock_hash(project):
            return
        if shutil.which("npm") is None:
            raise EngineError(f"`npm ci` is needed in {project}, and `npm` is not on PATH")
        say(f"installing npm packages into {project.name}/node_modules (about 350 MB on disk, once) ...")
        _run(project, check)
        mark_installed(project)


def mark_installed(project: Path) -> None:
    """Note that the packages in `project` are those of its lock file."""
    _stamp(project).write_text(_lock_hash(project))


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Keep other processes, and other uses in this one, waiting until the block ends."""
    if sys.platform == "win32":
        raise EngineError(NEEDS_UNIX)
    import fcntl

    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(project: Path, check: Callable[[], None]) -> None:
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output,
        subprocess.Popen(
            _COMMAND, cwd=project, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ) as child,
    ):
        try:
            while child.poll() is None:
                check()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL)
        except BaseException:
            child.kill()
            raise
        if child.returncode:
            output.seek(0)
            raise EngineError(
                f"`npm ci` failed in {project} with exit code {child.returncode}:\n{output.read()}"
            )


def _stamp(project: Path) -> Path:
    return project / "node_modules" / ".installed"


def _lock_hash(project: Path) -> str:
    return hashlib.sha256((project / "package-lock.json").read_bytes()).hexdigest()
