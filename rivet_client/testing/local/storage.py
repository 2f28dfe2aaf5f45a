"""A folder that outlives the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

from rivet_client.testing.errors import EngineError

__all__ = ["only_user"]


@contextlib.contextmanager
def only_user(folder: Path) -> Generator[Path]:
    """Make a folder for an engine's data, and keep other engines from it until the block ends.

    Raises:
        EngineError: The folder cannot be made, or an engine uses it.
    """
    import fcntl  # Windows has none, and gets a clear error elsewhere

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise EngineError(f"cannot keep data in {folder}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineError(f"another engine keeps its data in {folder}") from None
        yield folder
