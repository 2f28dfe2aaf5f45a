"""What changes in the sources of a registry."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator
from contextlib import closing
from pathlib import Path

from rivet_client.cli.output import note

__all__ = ["changed_sources", "tell_changes"]

_SUFFIXES = frozenset({".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".json"})
_STEP = 100  # milliseconds without a change, after which those before are told together
_WAIT = 100  # milliseconds; a host that starts is looked at as often
_TOLD = 3


def changed_sources(
    registry: Path, *, apart: Collection[Path] = ()
) -> Generator[frozenset[Path], None, None]:
    """Tell what changes from the first call of `next` on, until the iterator is closed.

    What a registry.ts imports is somewhere in its project. So all TypeScript, JavaScript and JSON below the nearest
    package.json counts, but for what npm, Python and hidden folders hold. A registry document stands for itself.

    Args:
        registry: The registry.ts, or a registry document.
        apart: Folders that do not count.

    Yields:
        The files that were written, renamed or removed. An empty set, some times a second, if there are none.

    Raises:
        OSError: The system cannot watch so many folders.
    """
    from watchfiles import Change, watch

    registry = registry.resolve()
    is_alone = registry.suffix == ".json"
    ignored = frozenset(folder.resolve() for folder in apart)
    changed: set[Path] = set()
    fresh: list[Path] = []
    while True:
        folders = [registry.parent] if is_alone else list(_files_by_folder(_project(registry), ignored))
        # Not recursive: node_modules has more folders than some systems are willing to watch.
        batches = watch(
            *folders,
            recursive=False,
            watch_filter=None,
            step=_STEP,
            rust_timeout=_WAIT,
            yield_on_timeout=True,
        )
        with closing(batches):
            for batch in batches:
                paths = {Path(path) for _, path in batch}
                changed |= paths & {registry} if is_alone else set(filter(_is_source, paths))
                added = {Path(path) for change, path in batch if change is Change.added and not is_alone}
                if new := [path for path in added if path.is_dir() and not _is_ignored(path, ignored)]:
                    fresh += new
                    break
                # What is in new folders is looked for once they are watched, so that nothing is missed in between.
                within: dict[Path, list[Path]] = {}
                for folder in fresh:
                    within |= _files_by_folder(folder, ignored)
                if not within.keys() <= set(folders):
                    break
                changed.update(path for files in within.values() for path in files if _is_source(path))
                fresh.clear()
                yield frozenset(changed)
                changed.clear()


def tell_changes(changed: Collection[Path]) -> None:
    """Tell which files have changed, as the current folder sees them."""
    here = Path.cwd()
    names = sorted(str(path.relative_to(here) if path.is_relative_to(here) else path) for path in changed)
    others = len(names) - _TOLD
    more = f" and {others} more" if others > 0 else ""
    note(f"{', '.join(names[:_TOLD])}{more} changed")


def _project(registry: Path) -> Path:
    """The folder of the nearest package.json, or else of the registry itself."""
    return next(
        (folder for folder in registry.parents if (folder / "package.json").exists()), registry.parent
    )


def _files_by_folder(root: Path, ignored: Collection[Path]) -> dict[Path, list[Path]]:
    """The folders that may hold sources, from `root` down, with their files; none if `root` is no folder."""
    found: dict[Path, list[Path]] = {}
    for name, folders, files in os.walk(root):
        folder = Path(name)
        found[folder] = [folder / file for file in files]
        folders[:] = [one for one in folders if not _is_ignored(folder / one, ignored)]
    return found


def _is_ignored(folder: Path, ignored: Collection[Path]) -> bool:
    name = folder.name
    return (
        name.startswith(".")
        or name in {"node_modules", "__pycache__"}
        or folder in ignored
        or (folder / "pyvenv.cfg").exists()
    )


def _is_source(path: Path) -> bool:
    return path.suffix in _SUFFIXES and not path.name.startswith(".")
