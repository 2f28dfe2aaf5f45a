"""The extractor's own TypeScript, which is installed once from npm and compared with its hashes on every use."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rivet_codegen.cache.installation import Installation, InstallError, Say, digest, installed

__all__ = ["installed_typescript"]

_PROJECT: Final = Path(__file__).parents[1] / "typescript"
_PROJECT_FILES: Final = ("package.json", "package-lock.json")
_USED_FILES: Final = ("package.json", "lib/typescript.js", "lib/lib*.d.ts")
# Without a network, npm gives up after 6 seconds, and not after more than a minute as it does by default.
_PATIENCE: Final = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")


def installed_typescript(say: Say) -> Path:
    """Return a folder with the pinned TypeScript in its `node_modules`. If there is none, install it first.

    Args:
        say: Receives lines about an installation.

    Raises:
        InstallError: npm is missing or failed, or the folder cannot be written.
    """
    version = json.loads((_PROJECT / "package.json").read_text())["dependencies"]["typescript"]
    lock_file = _PROJECT / "package-lock.json"
    typescript = Installation(
        name=f"TypeScript {version}",
        size="23 MB",
        source="npm",
        program="npm ci",
        folder="typescript",
        key=lock_file.read_bytes(),
        lock_file=lock_file,
        prepare=_prepare,
        contents=_contents,
    )
    return installed(typescript, say)


def _prepare(folder: Path) -> Sequence[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise InstallError(
            "TypeScript has to be installed once, and `npm` is not on PATH; it comes with Node"
        )
    for name in _PROJECT_FILES:
        shutil.copyfile(_PROJECT / name, folder / name)
    # `npm ci` installs exactly what the lock file names, and compares it with the hashes of the lock file.
    return [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *_PATIENCE]


def _contents(folder: Path) -> Mapping[str, str]:
    compiler = folder / "node_modules" / "typescript"
    files = sorted(path for pattern in _USED_FILES for path in compiler.glob(pattern))
    return {path.relative_to(folder).as_posix(): digest(path.read_bytes()) for path in files}
