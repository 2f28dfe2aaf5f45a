"""Reads contracts: from a registry document, a generated package or a registry.ts, now or at a revision of git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from rivet_codegen.registry.document import RegistryDocument, RegistryError, read_document
from rivet_codegen.registry.package_contract import CONTRACT_FILE

__all__ = ["SourceError", "contract_of", "read_contract", "read_package"]

Extract = Callable[[Path], Any]
Say = Callable[[str], None]

_REGISTRIES: Final = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx")
_DEADLINE: Final = 120.0


class SourceError(Exception):
    """A contract cannot be read. The text says what is wrong."""


def read_contract(source: str, *, extract: Extract, say: Say) -> RegistryDocument:
    """Read a contract.

    Args:
        source: A path, or `REVISION:PATH` as git has it.
        extract: Makes a registry document of a registry.ts.
        say: Receives a line for each step that a user may not expect.

    Raises:
        SourceError: It cannot be read, or is no contract.
    """
    revision, _, name = source.partition(":")
    if name and not Path(source).exists():
        return contract_of(_at_revision(revision, name, source, extract, say), source)
    path = Path(source)
    if path.is_dir():
        return read_package(path)
    if not path.is_file():
        raise SourceError(f"{source} does not exist")
    return contract_of(
        extract(path) if path.suffix in _REGISTRIES else _json(path.read_bytes(), source), source
    )


def read_package(folder: Path) -> RegistryDocument:
    """Read the contract that a package was generated from.

    Raises:
        SourceError: The folder is no such package, or was generated before packages had their contract with them.
    """
    file = folder / CONTRACT_FILE
    if not file.is_file():
        raise SourceError(_no_package(str(folder)))
    return contract_of(_json(file.read_bytes(), str(file)), str(file))


def contract_of(value: object, source: str) -> RegistryDocument:
    """Read a contract from a registry document.

    Raises:
        SourceError: It is none.
    """
    try:
        return read_document(value)
    except RegistryError as error:
        raise SourceError(f"{source}: {error}") from None
    except RecursionError:
        raise SourceError(f"{source} is nested too deeply") from None


def _json(data: bytes, source: str) -> Any:
    try:
        return json.loads(data)
    except RecursionError:
        raise SourceError(f"{source} is nested too deeply") from None
    except ValueError as error:
        raise SourceError(f"{source} is not JSON: {error}") from None


def _no_package(source: str) -> str:
    about = "it is no generated package, or one of an earlier version; generate it anew"
    return f"{source} has no {CONTRACT_FILE}: {about}"


# --- Revisions -----------------------------------------------------------------------------------------------------


def _at_revision(revision: str, name: str, source: str, extract: Extract, say: Say) -> Any:
    path = name
    kind = _git("cat-file", "-t", f"{revision}:{path}", source=source).strip()
    if kind == b"tree":
        try:
            return _json(_git("show", f"{revision}:{path}/{CONTRACT_FILE}", source=source), source)
        except SourceError:
            raise SourceError(_no_package(source)) from None
    if PurePosixPath(path).suffix not in _REGISTRIES:
        return _json(_git("show", f"{revision}:{path}", source=source), source)
    say(
        f"{source}: reading the files of {revision} in a temporary folder, with the node_modules of the working tree"
    )
    with _checked_out(revision, path, source) as file:
        return extract(file)


@contextmanager
def _checked_out(revision: str, name: str, source: str) -> Iterator[Path]:
    """Put the files of a revision into a temporary folder, and yield one of them. The working tree stays as it is."""
    top = Path(os.fsdecode(_git("rev-parse", "--show-toplevel", source=source).rstrip(b"\n")))
    prefix = os.fsdecode(_git("rev-parse", "--show-prefix", source=source).rstrip(b"\n"))
    with tempfile.TemporaryDirectory(prefix="rivet-client-") as folder:
        # An index of its own: what the user has staged stays as it is.
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        tree = Path(folder).resolve() / "tree"
        _git("read-tree", revision, source=source, cwd=top, **index)
        _git("checkout-index", "--all", f"--prefix={tree}/", source=source, cwd=top, **index)
        file = Path(prefix, name) if name.startswith(("./", "../")) else Path(name)
        file = Path(os.path.normpath(file))
        for parent in file.parents:
            modules = top / parent / "node_modules"
            if modules.is_dir() and not (tree / parent / "node_modules").exists():
                _link(tree / parent / "node_modules", modules)
        yield tree / file


def _link(link: Path, folder: Path) -> None:
    try:
        link.symlink_to(folder, target_is_directory=True)
    except OSError as error:
        windows = "; on Windows, switch its developer mode on" if sys.platform == "win32" else ""
        raise SourceError(f"cannot make a link to {folder}: {error.strerror}{windows}") from error


def _git(*args: str, source: str, cwd: Path | None = None, **environment: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *args],
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DEADLINE,
            check=True,
        )
    except FileNotFoundError:
        raise SourceError(f"{source} names a revision of git, and `git` is not on PATH") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"{source}: git has not answered in {_DEADLINE:.0f} s; gave up") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise SourceError(f"{source} does not exist, neither as a file nor in git: {said}") from None
    return done.stdout
