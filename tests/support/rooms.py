"""The rooms of the code, as docs/architecture.md lists them, and where the code imports what the list does not say."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# How a path begins in the page -> what that is in the repository. Any other path begins in rivet_client/.
BEGINNINGS = {
    "generated/": "generated/rivet_client_generated/",
    "codegen/": "codegen/rivet_codegen/",
    "schema/": "schema/",
}
# The modules of Python that do I/O or give the time or randomness. A row has to name those that its room uses.
NAMED_MODULES = frozenset({
    "asyncio", "concurrent", "http", "multiprocessing", "queue", "random", "secrets", "select", "selectors", "signal",
    "socket", "ssl", "subprocess", "threading", "time", "urllib.request",
})  # fmt: skip


@dataclass(frozen=True)
class Room:
    """A row of the page: a folder, whose path ends in a slash, or a file; and what it may import besides itself."""

    path: str
    imports: tuple[str, ...]
    is_ground: bool = False  # the rooms above import it without naming it


def rooms_of_page(page: str) -> list[Room]:
    """Read the tables of the section "The rooms". A row that names several paths makes a room of each."""
    section = page.partition("\n## The rooms\n")[2].partition("\n## ")[0]
    rooms = []
    for part in section.split("\n### ")[1:]:
        for paths, imports in re.findall(r"^\| (`.*?) \|.*\|(.*)\|$", part, re.MULTILINE):
            rooms += [
                Room(_in_repository(path), tuple(_quoted(imports)), part.startswith("The ground floor"))
                for path in _quoted(paths)
            ]
    return rooms


def files_of_index(page: str) -> list[str]:
    """Read the table of the section "Where to find what": the files that it sends its readers to."""
    section = page.partition("\n## Where to find what\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .* \|(.*)\|$", section, re.MULTILINE)
    return [_in_repository(path) for row in rows for path in _quoted(row)]


def files_of_repository() -> dict[str, str]:
    """Return the files that have rooms: path -> text, which is read of Python modules only."""
    files = {}
    for folder in ("rivet_client", *BEGINNINGS.values()):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                files[path.relative_to(ROOT).as_posix()] = path.read_text() if path.suffix == ".py" else ""
    return files


def differences(rooms: Sequence[Room], files: Mapping[str, str]) -> list[str]:
    """Say each thing that holds in the page and not in the code, or in the code and not in the page."""
    by_path = {room.path: room for room in rooms}
    found = [f"{room.path} has two rows" for room in rooms if room is not by_path[room.path]]
    found += [
        f"{path} has a row, but no file"
        for path in by_path
        if not any(file.startswith(path) for file in files)
    ]
    unused = {(room.path, entry) for room in rooms for entry in room.imports}
    for path in (path for path in files if path.endswith(".py")):
        room = by_path.get(path) or by_path.get(_folder(path))
        if room is None:
            found.append(f"{path} has no row, nor has its folder")
            continue
        for name in imported_names(files[path]):
            target = file_of(name, files)
            entries = {entry for entry in room.imports if _stands_for(entry, name, target)}
            unused -= {(room.path, entry) for entry in entries}
            if not entries and not _needs_no_entry(path, room, name, target, by_path):
                found.append(f"{path} imports {name}, which the row of {room.path} does not name")
    found += [
        f"The row of {path} names {entry}, which nothing there imports" for path, entry in sorted(unused)
    ]
    return found


@functools.cache
def imported_names(source: str) -> list[str]:
    """Find what a module imports, also inside of functions and under TYPE_CHECKING."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides the room that it imports from"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "__import__":
            names.append("__import__")
    return names


def file_of(name: str, files: Mapping[str, str]) -> str | None:
    """Find the file of the project that a dotted name is imported from, if any is."""
    while name:
        for root in ("", "generated/", "codegen/"):
            path = root + name.replace(".", "/")
            for file in (f"{path}.py", f"{path}/__init__.py"):
                if file in files:
                    return file
        name = name.rpartition(".")[0]
    return None


def _stands_for(entry: str, name: str, target: str | None) -> bool:
    """Tell whether an entry of a row means this import."""
    if entry.endswith((".py", "/")):
        return target is not None and target.startswith(_in_repository(entry))
    return _is_within(name, entry)


def _needs_no_entry(
    path: str, room: Room, name: str, target: str | None, by_path: Mapping[str, Room]
) -> bool:
    """Tell whether a file may import something that no row has to name."""
    if target is None:
        is_python = name.partition(".")[0] in sys.stdlib_module_names
        return is_python and not any(_is_within(name, module) for module in NAMED_MODULES)
    if _folder(target) == _folder(path) in by_path:
        return True
    is_ground = target in by_path and by_path[target].is_ground
    return is_ground and not room.is_ground and not path.startswith("codegen/")


def _in_repository(path: str) -> str:
    for beginning, meant in BEGINNINGS.items():
        if path.startswith(beginning):
            return meant + path.removeprefix(beginning)
    return f"rivet_client/{path}"


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`(.+?)`", cell)


def _folder(path: str) -> str:
    return path.rpartition("/")[0] + "/"


def _is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
