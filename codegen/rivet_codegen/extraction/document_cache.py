"""The documents of earlier extractions, each with all that the extractor saw of the file system.

That is what it read, what it looked for and did not find, where links led, and which declaration files the folders of
the project had. While all of it is the same, and so are the extractor and what it is asked for, so is the document.
Entries are written whole and then moved to their place, so that processes may read and write at the same time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rivet_codegen.cache.installation import cache_root, digest

__all__ = ["document_key", "find_document", "keep_document"]

_EXTRACTOR: Final = Path(__file__).parents[1] / "typescript"
_EXTRACTOR_FILES: Final = ("*.mjs", "lib/*.mjs", "package*.json")
_MOST_ENTRIES: Final = 100
_MOST_BYTES: Final = 100_000_000
_DECLARATIONS: Final = re.compile(r"\.d\.[cm]?ts$")


def document_key(*asked: object) -> str:
    """Return what an entry is found by: the extractor's files and what is asked of the extractor."""
    files = [path for pattern in _EXTRACTOR_FILES for path in sorted(_EXTRACTOR.glob(pattern))]
    extractor = [(path.name, digest(path.read_bytes())) for path in files]
    return digest(json.dumps([extractor, asked], default=str).encode())


def find_document(key: str) -> str | None:
    """Return the document of an earlier extraction if nothing has changed that it was made from."""
    path = _folder() / key
    try:
        data = path.read_bytes()
        checksum, _, rest = data.partition(b"\n")
        if checksum.decode() != digest(rest):
            return None
        entry = json.loads(rest)
        if not _is_unchanged(entry["seen"]):
            return None
        os.utime(path)  # the oldest entries are removed first
        document: str = entry["document"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return document


def keep_document(key: str, document: str, seen: dict[str, Any]) -> None:
    """Keep a document for later; a folder that cannot be written is no error."""
    folder = _folder()
    entry = json.dumps({"document": document, "seen": seen}).encode()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        draft, name = tempfile.mkstemp(dir=folder)
        with open(draft, "wb") as file:
            file.write(digest(entry).encode() + b"\n" + entry)
        os.replace(name, folder / key)
        _remove_oldest(folder)


def _folder() -> Path:
    return cache_root() / "documents"


def _remove_oldest(folder: Path) -> None:
    """Remove what is too much, also what was left by a process that was killed while it wrote."""
    files = [(file.stat(), file) for file in folder.iterdir()]
    files.sort(key=lambda found: found[0].st_mtime, reverse=True)
    size = 0
    for count, (stat, file) in enumerate(files, 1):
        size += stat.st_size
        if count > 1 and (count > _MOST_ENTRIES or size > _MOST_BYTES):
            file.unlink(missing_ok=True)


def _is_unchanged(seen: dict[str, Any]) -> bool:
    """Whether the file system answers as it did; the cheap questions come first."""
    asked: dict[str, Callable[[str], object]] = {
        "exist": os.path.isfile,
        "folders": os.path.isdir,
        "links": os.path.realpath,
        "listed": lambda path: _entries(path)[1],
        "files": _hash,
    }
    return all(ask(path) == was for kind, ask in asked.items() for path, was in seen[kind].items()) and all(
        _has_the_same_declarations(path, *was) for path, was in seen["walked"].items()
    )


def _hash(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _entries(path: str) -> tuple[list[str], list[str]]:
    """Return the files and the folders in a folder; none if there is no such folder."""
    try:
        with os.scandir(path) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return [], []
    return [it.name for it in entries if it.is_file()], [it.name for it in entries if it.is_dir()]


def _has_the_same_declarations(path: str, declarations: list[str], folders: list[str]) -> bool:
    """Whether a folder has the declaration files that it had, and no others in folders that are new."""
    files, inner = _entries(path)
    if _declarations(files) != declarations:
        return False
    new = [f"{path}/{name}" for name in inner if name not in folders]
    return not any(
        _DECLARATIONS.search(name) for top in new for _, _, names in os.walk(top) for name in names
    )


def _declarations(files: list[str]) -> list[str]:
    """Return the declaration files, and the files that the compiler takes in place of them: `a.ts` hides `a.d.ts`."""
    stems = {_DECLARATIONS.sub("", name) for name in files if _DECLARATIONS.search(name)}
    return [name for name in files if _DECLARATIONS.search(name) or name.rpartition(".")[0] in stems]
