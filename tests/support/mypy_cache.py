"""A cache for mypy, in which stands what the task `types` has read: of Python, pydantic and the client."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["mypy_cache"]

_OF_THIS_PROJECT = Path(__file__).parents[2] / ".mypy_cache"


def mypy_cache(parent: Path) -> Path:
    """Make a copy of the project's own cache, which a run elsewhere would spoil; without one, mypy reads all anew."""
    cache = parent / "mypy_cache"
    if _OF_THIS_PROJECT.is_dir():
        shutil.copytree(_OF_THIS_PROJECT, cache)
    return cache
