"""From a `registry.ts` to its registry document, by the extractor in `typescript/`, which needs Node 20.

The extractor has a TypeScript of its own, which is installed once for each user. It changes and executes nothing of the
project.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from rivet_codegen.cache.installation import InstallError, Say
from rivet_codegen.extraction.document_cache import document_key, find_document, keep_document
from rivet_codegen.extraction.typescript_cache import installed_typescript

__all__ = ["ExtractError", "extract", "to_json"]

_SCRIPT: Final = Path(__file__).parents[1] / "typescript" / "extract.mjs"
_SUFFIXES: Final = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx")
_DEADLINE: Final = 300.0
_MIN_NODE: Final = 20
_TEXT_IS_FOR_USERS: Final = 2  # the exit code of extract.mjs if it found a mistake of the user


class ExtractError(Exception):
    """A registry cannot be read. The text says what is wrong, where, and what to do."""


def _quiet(_line: str) -> None:
    """Say nothing."""


def extract(
    source: Path,
    *,
    tsconfig: Path | None = None,
    export: str | None = None,
    cache: bool = True,
    say: Say = _quiet,
) -> dict[str, Any]:
    """Read the registry that a TypeScript or JavaScript file exports; no line of the file is executed.

    Args:
        source: The file. Its npm packages must be installed, as they must be to run it.
        tsconfig: The project's configuration; by default the nearest `tsconfig.json` above the file.
        export: Which export is the registry, if there are several of them and none is called `registry`.
        cache: Whether a document that was made earlier is returned if nothing has changed since: no file that it was
            made from, and none that was looked for and missing. Then Node is not started.
        say: Receives one line for each step that takes a while.

    Returns:
        The registry document, described in docs/registry-documents.md. The same sources give the same document.

    Raises:
        ExtractError: There is no such file, or no registry in the file, or Node, npm or the compiler failed.
    """
    _check_files(source, tsconfig)
    asked = [str(source.absolute())]
    if tsconfig is not None:
        asked += ["--tsconfig", str(tsconfig.absolute())]
    if export is not None:
        asked.append(f"--export={export}")
    key = document_key(*asked, Path.cwd())  # without a tsconfig, the types of the current folder count
    text = find_document(key) if cache else None
    if text is None:
        node = _find_node()
        try:
            typescript = installed_typescript(say)
        except InstallError as error:
            raise ExtractError(str(error)) from error
        text, _, seen = _run([node, str(_SCRIPT), *asked, "--observed"], typescript).partition("\0")
        if cache:
            keep_document(key, text, json.loads(seen))
    document: dict[str, Any] = json.loads(text)
    return document


def to_json(document: dict[str, Any]) -> str:
    """Return a registry document's canonical text, which ends with a newline."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    # Half of a surrogate pair is text in JavaScript, and no text in UTF-8.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _check_files(source: Path, tsconfig: Path | None) -> None:
    for path in (source, tsconfig):
        if path is not None and not path.is_file():
            what = "is a folder; name the file in it" if path.is_dir() else "does not exist"
            raise ExtractError(f"{path} {what}")
    if source.suffix not in _SUFFIXES:
        raise ExtractError(
            f"{source} is neither TypeScript nor JavaScript: its name should end with .ts or .js"
        )


def _find_node() -> str:
    node = shutil.which("node")
    if node is None:
        raise ExtractError(
            f"reading a registry needs Node {_MIN_NODE} or newer, and `node` is not on PATH; get it from https://nodejs.org"
        )
    return node


def _run(command: list[str], typescript: Path) -> str:
    environment = {
        **os.environ,
        "RIVET_TYPESCRIPT": str(typescript),
        # Node 22 keeps compiled code there, which saves a tenth of a second; Node 20 does not look.
        "NODE_COMPILE_CACHE": str(typescript / "compiled"),
    }
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=_DEADLINE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ExtractError(
            f"the TypeScript compiler has not finished in {_DEADLINE:.0f} s; gave up"
        ) from error
    except OSError as error:
        raise ExtractError(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode == 0:
        return done.stdout
    if done.returncode == _TEXT_IS_FOR_USERS:
        raise ExtractError(done.stderr.strip())
    last = "\n".join(done.stderr.strip().splitlines()[-15:])
    raise ExtractError(
        f"the extractor failed with exit code {done.returncode}; this is a bug, please report it:\n{last}"
    )
