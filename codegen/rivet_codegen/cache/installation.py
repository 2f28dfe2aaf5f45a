"""What other programs install into a folder of the user: once, whole, and checked on every use.

A folder is named after what decides its contents, so that several versions can be installed. It is filled in another
place and then moved to its own, so that processes may be killed while they install. One process installs at a time, and
the others find what it has installed. A folder notes which lock files need it, and goes when none of them is left.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from rivet_codegen.cache.locking import locked

__all__ = ["CACHE_VARIABLE", "InstallError", "Installation", "Say", "cache_root", "digest", "installed"]

Say = Callable[[str], None]

CACHE_VARIABLE: Final = "RIVET_CLIENT_CACHE"
_DRAFTS: Final = ".installing-"
_MANIFEST: Final = "installed.json"
_LOCK: Final = ".lock"
_NOTES: Final = "needed-by-"
_DAY: Final = 86_400
_DEADLINE: Final = 600.0
_SAY_EVERY: Final = 5.0
_FIRST_LINES: Final = 8  # npm tells the reason first
_LAST_LINES: Final = 8  # and pip last


class InstallError(Exception):
    """Something is not there and cannot be installed. The text says why and what to do."""


@dataclass(frozen=True)
class Installation:
    """Something that is installed once.

    Attributes:
        name: What it is called in texts.
        size: What it takes on the disk, for texts.
        source: Where it comes from, for texts: "npm".
        program: What installs it, for texts: "npm ci".
        folder: How the name of its folder begins.
        key: All that decides what is installed. The name of the folder ends with its hash.
        lock_file: The file that names what is installed. When it is gone, or is another, the folder is not needed.
        prepare: Makes the folder ready and returns the command that is to be run in it.
        contents: The files that are used, by path, each with a value that changes when the file does.
        environment: The variables of the program; None for those of this process.
    """

    name: str
    size: str
    source: str
    program: str
    folder: str
    key: bytes
    lock_file: Path
    prepare: Callable[[Path], Sequence[str]]
    contents: Callable[[Path], Mapping[str, object]]
    environment: Mapping[str, str] | None = None


def cache_root() -> Path:
    """Return the folder of the user in which all of this is kept."""
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("rivet-client")).absolute()


def digest(data: bytes) -> str:
    """Return the hash by which contents are known."""
    return hashlib.sha256(data).hexdigest()


def installed(what: Installation, say: Say) -> Path:
    """Return a folder with what is asked for. If there is none, or it is broken, install it first.

    Args:
        what: What is asked for.
        say: Receives lines about an installation.

    Raises:
        InstallError: The program is missing or failed, or the folder cannot be written.
    """
    root = cache_root()
    target = root / f"{what.folder}-{digest(what.key)[:16]}"
    if not _is_whole(target, what):
        try:
            root.mkdir(parents=True, exist_ok=True)
            with locked(root / _LOCK, lambda passed: _wait_for_others(passed, what, say)):
                if not _is_whole(target, what):  # nobody else has installed it meanwhile
                    _install_at(target, what, say)
        except OSError as error:
            raise InstallError(
                f"cannot install {what.name} into {root}: {error.strerror or error}; "
                f"{CACHE_VARIABLE} can name another folder"
            ) from error
    _note_use(target, what)
    return target


def _wait_for_others(passed: float, what: Installation, say: Say) -> None:
    if passed > 2 * _DEADLINE:  # two things can be installed
        raise InstallError(
            f"cannot install {what.name}: another process has held {cache_root() / _LOCK} for {passed:.0f} s"
        )
    say(f"another process installs; waiting to use {what.name} ({passed:.0f} s) ...")


def _install_at(target: Path, what: Installation, say: Say) -> None:
    start = time.monotonic()
    root = target.parent
    _remove_leftovers(root)
    # The draft is made beside the target, so that one rename puts it in place.
    with tempfile.TemporaryDirectory(prefix=_DRAFTS, dir=root, ignore_cleanup_errors=True) as name:
        draft = Path(name) / "new"
        _install(what, draft, say)
        _write_manifest(what, draft)
        if target.exists():
            target.rename(Path(name) / "broken")
        draft.rename(target)
    say(f"installed {what.name} in {time.monotonic() - start:.0f} s")


def _note_use(folder: Path, what: Installation) -> None:
    """Note in a folder that it is used now, and which lock file needs it."""
    path = what.lock_file.absolute()
    note = folder / f"{_NOTES}{digest(str(path).encode())[:16]}"
    with contextlib.suppress(OSError):  # a folder that cannot be written, as of a shared image
        note.write_text(json.dumps([str(path), digest(path.read_bytes())]), encoding="utf-8")


def _remove_leftovers(root: Path) -> None:
    """Remove what nobody needs and nobody has used for a day: drafts of killed processes, and installations."""
    drafts = [folder for folder in root.glob(f"{_DRAFTS}*") if _is_old(folder)]
    whole = [file.parent for file in root.glob(f"*/{_MANIFEST}")]
    for folder in [*drafts, *(folder for folder in whole if not _is_needed(folder))]:
        shutil.rmtree(folder, ignore_errors=True)


def _is_needed(folder: Path) -> bool:
    """Whether a lock file needs a folder, or somebody has used the folder today: two containers can share it."""
    notes = list(folder.glob(f"{_NOTES}*"))
    return any(map(_is_valid, notes)) or not all(map(_is_old, [folder / _MANIFEST, *notes]))


def _is_valid(note: Path) -> bool:
    try:
        path, contents = json.loads(note.read_text(encoding="utf-8"))
        return bool(digest(Path(path).read_bytes()) == contents)
    except (OSError, ValueError, TypeError):
        return False


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _DAY
    except OSError:
        return False


def _install(what: Installation, folder: Path, say: Say) -> None:
    folder.mkdir()
    command = what.prepare(folder)
    say(f"installing {what.name} from {what.source} into {folder.parents[1]} (once, {what.size}) ...")
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        with subprocess.Popen(
            command,
            cwd=folder,
            env=what.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as child:
            _wait(child, what, say)
        if child.returncode:
            output.seek(0)
            by = what.program.partition(" ")[0]
            raise InstallError(
                f"cannot install {what.name}: `{what.program}` failed with exit code {child.returncode}. This is "
                f"needed once, from {what.source} or a mirror that {by} is configured for. {by} says:\n"
                f"{_shortened(output.read().strip().splitlines())}"
            )


def _shortened(lines: list[str]) -> str:
    if len(lines) > _FIRST_LINES + _LAST_LINES:
        lines = [*lines[:_FIRST_LINES], "...", *lines[-_LAST_LINES:]]
    return "\n".join(lines)


def _wait(child: subprocess.Popen[bytes], what: Installation, say: Say) -> None:
    start = time.monotonic()
    while True:
        try:
            child.wait(_SAY_EVERY)
            return
        except subprocess.TimeoutExpired:
            passed = time.monotonic() - start
            if passed > _DEADLINE:
                child.kill()
                raise InstallError(
                    f"cannot install {what.name}: `{what.program}` has not finished in {_DEADLINE:.0f} s"
                ) from None
            say(f"still installing {what.name} ({passed:.0f} s) ...")
        except BaseException:
            child.kill()
            raise


def _write_manifest(what: Installation, folder: Path) -> None:
    contents = what.contents(folder)
    if not contents:
        by = what.program.partition(" ")[0]
        raise InstallError(
            f"`{what.program}` did not install {what.name}, though it says so; is `{by}` really {by}?"
        )
    (folder / _MANIFEST).write_text(json.dumps(_manifest(what, contents)))


def _is_whole(folder: Path, what: Installation) -> bool:
    """Whether a folder holds what was installed from this key, unchanged."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        return bool(manifest == _manifest(what, what.contents(folder)))
    except (OSError, ValueError, RecursionError):
        return False


def _manifest(what: Installation, contents: Mapping[str, object]) -> dict[str, object]:
    return {"key": digest(what.key), "files": contents}
