"""Trees of generated files: they are built in memory, compared byte by byte, and put in place at once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rivet_codegen.output.format import RUFF_CONFIG, format_folder

__all__ = ["MARK", "Tree", "TreeError", "build_tree", "compare_tree", "headed", "marked", "write_tree"]

_OF_FILE_MANAGERS = frozenset({".ds_store", "desktop.ini", "thumbs.db"})
"""Files that file managers put into any folder that somebody looks at, and make anew when they are gone."""

Tree = dict[str, bytes]
"""Files by their path below the output folder, with "/" between its parts."""

MARK = "Generated, do not edit."
"""What the first line of every generated file says. The empty marker file py.typed needs none."""


class TreeError(Exception):
    """A generated tree cannot be put where it was asked to go."""


def headed(source: str, origin: str, command: str = "python -m rivet_codegen") -> str:
    """Return a source below the line that begins every generated file.

    Args:
        source: The source.
        origin: What the file is generated from.
        command: The command that generates the file anew.
    """
    return f"# {marked(origin, command)}\n\n{source}"


def marked(origin: str, command: str) -> str:
    """Return what that line says."""
    return f"{MARK} Source: {origin}; command: {command}"


def build_tree(sources: dict[str, str], ruff_config: Path = RUFF_CONFIG) -> Tree:
    """Format generated sources and return them as the files they become.

    Args:
        sources: The sources, by path.
        ruff_config: ruff's configuration.

    Raises:
        FormatError: A source does not pass ruff.
    """
    with tempfile.TemporaryDirectory(prefix="rivet-codegen-") as name:
        folder = Path(name)
        for path, source in sources.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.encode())
        format_folder(folder, ruff_config)
        return {path: (folder / path).read_bytes() for path in sorted(sources)}


def compare_tree(tree: Tree, folder: Path) -> list[str]:
    """Return what differs between a tree and a folder, one line a file; nothing if they are the same.

    Every file is compared byte by byte. Caches of compiled Python and files of file managers do not count.
    """
    found = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    differences = []
    for path in sorted(tree.keys() | found.keys()):
        if path not in found:
            differences.append(f"missing: {path}")
        elif path not in tree:
            differences.append(f"not generated: {path}")
        elif found[path].is_symlink() or found[path].read_bytes() != tree[path]:
            differences.append(f"differs: {path}")
    return differences


def write_tree(tree: Tree, folder: Path) -> None:
    """Make a folder hold exactly a tree. The old files stay in place until the new files are complete.

    Caches of compiled Python and files of file managers are gone with the old files.

    Raises:
        TreeError: The folder holds a file that was not generated and would be lost.
    """
    folder = folder.resolve()
    for existing in _files(folder):
        head = existing.read_bytes()[:200] if existing.is_file() else b""  # a link to a folder is no file
        if existing.name != "py.typed" and MARK not in head.decode("utf-8", "replace"):
            raise TreeError(
                f"{existing} was not generated and would be lost; move it, or choose another output folder"
            )
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The new folder is made beside the old one, so that one rename puts it in place.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        fresh, old = Path(name) / "fresh", Path(name) / "old"
        for path, data in tree.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(data)
        if not folder.exists():
            fresh.rename(folder)
            return
        shutil.copymode(folder, fresh)
        folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            old.rename(folder)
            raise


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        is_file = path.is_symlink() or not path.is_dir()
        is_cache = "__pycache__" in path.relative_to(folder).parts
        if is_file and not is_cache and path.name.lower() not in _OF_FILE_MANAGERS:
            yield path
