"""What other programs install into a folder of the user: once, whole, and checked on every use.

A folder is named after what decides its contents, so that several versions can be installed. It is filled in another
place and then moved to its own, so that processes may install at the same time, and may be killed while they do.
"""

from __future__ import annotations

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

__all__ = ["CACHE_VARIABLE", "InstallError", "Installation", "Say", "cache_root", "digest", "installed"]

Say = Callable[[str], None]

CACHE_VARIABLE: Final = "RIVET_CLIENT_CACHE"
_DRAFTS: Final = ".installing-"
_MANIFEST: Final = "installed.json"
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
    if _is_whole(target, what):
        return target
    start = time.monotonic()
    try:
        root.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(root)
        # The draft is made beside the target, so that one rename puts it in place.
        with tempfile.TemporaryDirectory(prefix=_DRAFTS, dir=root, ignore_cleanup_errors=True) as name:
            draft = Path(name) / "new"
            _install(what, draft, say)
            _write_manifest(what, draft)
            _put_in_place(draft, target, what, Path(name) / "broken")
    except OSError as error:
        raise InstallError(
            f"cannot install {what.name} into {root}: {error.strerror or error}; "
            f"{CACHE_VARIABLE} can name another folder"
        ) from error
    say(f"installed {what.name} in {time.monotonic() - start:.0f} s")
    return target


def _remove_leftovers(root: Path) -> None:
    """Remove the drafts of installations that were killed a day ago or earlier."""
    for folder in root.glob(f"{_DRAFTS}*"):
        if time.time() - folder.stat().st_mtime > 86_400:
            shutil.rmtree(folder, ignore_errors=True)


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


def _put_in_place(draft: Path, target: Path, what: Installation, attic: Path) -> None:
    for _ in range(3):
        try:
            draft.rename(target)
            return
        except OSError:
            if _is_whole(target, what):
                return  # another process was faster
            if not target.exists():
                raise
        target.rename(attic)
        shutil.rmtree(attic, ignore_errors=True)
    raise InstallError(f"{target} is broken and does not go away; remove it")


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
