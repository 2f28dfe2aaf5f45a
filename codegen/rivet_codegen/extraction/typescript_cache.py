"""The extractor's own TypeScript, which is installed once from npm into a folder of the user and checked on every use.

The folder is named after the hash of the lock file, so that several versions can be installed. It is filled in another
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
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs

__all__ = ["CACHE_VARIABLE", "InstallError", "installed_typescript"]

Say = Callable[[str], None]

CACHE_VARIABLE: Final = "RIVET_CLIENT_CACHE"
_PROJECT: Final = Path(__file__).parents[1] / "typescript"
_PROJECT_FILES: Final = ("package.json", "package-lock.json")
_USED_FILES: Final = ("package.json", "lib/typescript.js", "lib/lib*.d.ts")
_DRAFTS: Final = ".installing-"
_MANIFEST: Final = "installed.json"
_DEADLINE: Final = 600.0
_SAY_EVERY: Final = 5.0
_NPM_LINES: Final = 15  # npm tells the reason first


class InstallError(Exception):
    """TypeScript is not there and cannot be installed. The text says why and what to do."""


def installed_typescript(say: Say) -> Path:
    """Return a folder with the pinned TypeScript in its `node_modules`. If there is none, install it first.

    Args:
        say: Receives lines about an installation.

    Raises:
        InstallError: npm is missing or failed, or the folder cannot be written.
    """
    lock = (_PROJECT / "package-lock.json").read_bytes()
    root = Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("rivet-client")).absolute()
    target = root / f"typescript-{hashlib.sha256(lock).hexdigest()[:16]}"
    if _is_whole(target, lock):
        return target
    try:
        root.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(root)
        # The draft is made beside the target, so that one rename puts it in place.
        with tempfile.TemporaryDirectory(prefix=_DRAFTS, dir=root, ignore_cleanup_errors=True) as name:
            draft = Path(name) / "new"
            _install(draft, say)
            _write_manifest(draft, lock)
            _put_in_place(draft, target, lock, Path(name) / "broken")
    except OSError as error:
        raise InstallError(
            f"cannot install TypeScript into {root}: {error.strerror or error}; "
            f"{CACHE_VARIABLE} can name another folder"
        ) from error
    say("TypeScript is installed")
    return target


def _remove_leftovers(root: Path) -> None:
    """Remove the drafts of installations that were killed a day ago or earlier."""
    for folder in root.glob(f"{_DRAFTS}*"):
        if time.time() - folder.stat().st_mtime > 86_400:
            shutil.rmtree(folder, ignore_errors=True)


def _install(folder: Path, say: Say) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise InstallError(
            "TypeScript has to be installed once, and `npm` is not on PATH; it comes with Node"
        )
    folder.mkdir()
    for name in _PROJECT_FILES:
        shutil.copyfile(_PROJECT / name, folder / name)
    version = json.loads((_PROJECT / "package.json").read_text())["dependencies"]["typescript"]
    say(f"installing TypeScript {version} from npm into {folder.parents[1]} (once, 23 MB) ...")
    # `npm ci` installs exactly what the lock file names, and compares it with the hashes of the lock file.
    # Without a network it gives up after 6 seconds, and not after more than a minute as it does by default.
    patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *patience]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        with subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ) as child:
            _wait(child, say)
        if child.returncode:
            output.seek(0)
            says = "\n".join(output.read().strip().splitlines()[:_NPM_LINES])
            raise InstallError(
                f"cannot install TypeScript {version}: `npm ci` failed with exit code {child.returncode}. It is needed "
                f"once, from npm or a mirror that npm is configured for. npm says:\n{says}"
            )


def _wait(child: subprocess.Popen[bytes], say: Say) -> None:
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
                    f"cannot install TypeScript: npm has not finished in {_DEADLINE:.0f} s"
                ) from None
            say(f"still installing TypeScript ({passed:.0f} s) ...")
        except BaseException:
            child.kill()
            raise


def _put_in_place(draft: Path, target: Path, lock: bytes, attic: Path) -> None:
    for _ in range(3):
        try:
            draft.rename(target)
            return
        except OSError:
            if _is_whole(target, lock):
                return  # another process was faster
            if not target.exists():
                raise
        target.rename(attic)
        shutil.rmtree(attic, ignore_errors=True)
    raise InstallError(f"{target} is broken and does not go away; remove it")


def _write_manifest(folder: Path, lock: bytes) -> None:
    compiler = folder / "node_modules" / "typescript"
    files = sorted(path for pattern in _USED_FILES for path in compiler.glob(pattern))
    if not files:
        raise InstallError("`npm ci` did not install TypeScript, though it says so; is `npm` really npm?")
    hashes = {path.relative_to(folder).as_posix(): _digest(path.read_bytes()) for path in files}
    manifest = {"lock": _digest(lock), "files": hashes}
    (folder / _MANIFEST).write_text(json.dumps(manifest))


def _is_whole(folder: Path, lock: bytes) -> bool:
    """Whether a folder holds what was installed from this lock file, unchanged."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        return manifest["lock"] == _digest(lock) and all(
            _digest((folder / name).read_bytes()) == known for name, known in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
