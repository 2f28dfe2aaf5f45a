"""What Node finds for a registry file: rivetkit, the engine's program, a way to run TypeScript."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rivet_client.testing.errors import EngineError

__all__ = ["Project", "find_node", "find_project", "installer", "package_folder", "registry_file"]

_SCRIPTS: Final = Path(__file__).parent / "javascript"
_JAVASCRIPT: Final = (".js", ".mjs", ".cjs")
_TYPESCRIPT: Final = (".ts", ".mts", ".cts")
_JSX: Final = (".tsx", ".jsx")
# What a lock file says about the program that installs the project.
_INSTALLERS: Final = {
    "package-lock.json": "npm ci",
    "npm-shrinkwrap.json": "npm ci",
    "pnpm-lock.yaml": "pnpm install --frozen-lockfile",
    "yarn.lock": "yarn install",
    "bun.lock": "bun install",
    "bun.lockb": "bun install",
}


@dataclass(frozen=True)
class Project:
    """How engine and host of a project are started.

    Attributes:
        folder: Where both run: the folder with the package.json.
        engine: The command of the engine.
        engine_version: The version of the engine, such as "2.3.19".
        host: The command of the host.
    """

    folder: Path
    engine: list[str]
    engine_version: str
    host: list[str]


def registry_file(path: str | os.PathLike[str]) -> Path:
    """Check that a path names a file that Node may run, and return it in full.

    Raises:
        EngineError: It does not.
        TypeError: It is no path.
    """
    file = Path(path).absolute()
    if not file.is_file():
        what = "is a folder; name the file in it" if file.is_dir() else "does not exist"
        raise EngineError(f"{file} {what}")
    if file.suffix not in (*_JAVASCRIPT, *_TYPESCRIPT, *_JSX):
        raise EngineError(f"{file} is neither TypeScript nor JavaScript: its name should end with .ts or .js")
    return file


def package_folder(file: Path) -> Path:
    """Return the nearest folder above a file that has a package.json.

    Raises:
        EngineError: There is none.
    """
    for folder in file.parents:
        if (folder / "package.json").is_file():
            return folder
    raise EngineError(
        f"no package.json in {file.parent} or above it: a registry needs an npm project. "
        "run `npm init -y` and `npm install rivetkit tsx` beside it"
    )


def find_project(file: Path) -> Project:
    """Find what is needed to run a registry.

    Raises:
        EngineError: Node is missing or too old, the project's packages are not installed, or Node cannot run the file.
    """
    node = find_node()
    folder = package_folder(file)
    found = json.loads(_output([node, str(_SCRIPTS / "probe.cjs"), str(file)]))
    if found["rivetkit"] is None:
        raise EngineError(f"rivetkit is not installed for {file}: run `{installer(folder)}` in {folder}")
    if found["engine"] is None:
        raise EngineError(
            f"the engine of rivetkit is not installed for {file} ({found['problem']}): "
            f"run `{installer(folder)}` in {folder}, with optional packages"
        )
    options = _options(file, found["version"], found["tsx"])
    host = [node, *options, str(_SCRIPTS / "host.mjs"), str(file)]
    return Project(folder, [found["engine"], "start"], found["engineVersion"], host)


def find_node() -> str:
    """Return the path of Node.

    Raises:
        EngineError: Node is missing, or older than 20.6.
    """
    node = shutil.which("node")
    if node is None:
        raise EngineError("Node 20.6 or newer is needed to run a registry, and `node` is not on PATH")
    version = _output([node, "--version"])
    if _numbers(version) < (20, 6):
        raise EngineError(f"Node 20.6 or newer is needed to run a registry; {node} is {version}")
    return node


def installer(folder: Path) -> str:
    """Return the command that installs what a project needs, by its package.json and its lock file.

    Raises:
        EngineError: The package.json cannot be read.
    """
    try:
        package = json.loads((folder / "package.json").read_bytes())
        is_named = any("rivetkit" in package.get(kind, {}) for kind in ("dependencies", "devDependencies"))
    except (OSError, ValueError, AttributeError, TypeError):
        raise EngineError(f"{folder / 'package.json'} is not the package.json of an npm project") from None
    if not is_named:
        return "npm install rivetkit"
    found = (
        command
        for above in (folder, *folder.parents)
        for name, command in _INSTALLERS.items()
        if (above / name).is_file()
    )
    return next(found, "npm install")


def _options(file: Path, version: str, tsx: str | None) -> list[str]:
    """Return the options with which Node understands a file."""
    if file.suffix in _JAVASCRIPT:
        return []
    if tsx is not None:
        return ["--import", Path(tsx).as_uri()]
    numbers = _numbers(version)
    if file.suffix in _TYPESCRIPT and numbers >= (22, 6):
        is_asked_for = numbers < (22, 18) or (23,) <= numbers < (23, 6)
        return ["--experimental-strip-types"] if is_asked_for else []
    instead = ", or use Node 22.18 or newer" if file.suffix in _TYPESCRIPT else ""
    raise EngineError(
        f"Node {version} cannot run {file}: run `npm install --save-dev tsx` in {package_folder(file)}{instead}"
    )


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+)\.(\d+)\.", version)
    if found is None:
        raise EngineError(f"{version!r} is no version of Node")
    return int(found[1]), int(found[2])


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except OSError as error:
        raise EngineError(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode:
        raise EngineError(f"`{' '.join(command)}` failed:\n{done.stderr.strip()}")
    return done.stdout.strip()
