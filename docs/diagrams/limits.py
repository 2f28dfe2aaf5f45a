"""The limits of time that a call meets on its way, from the table in docs/in-production.md."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["limit"]

PAGE = Path(__file__).parents[1] / "in-production.md"
HEAD = "| Where | Setting | Default |"


def _table() -> dict[str, str]:
    """What stands in the first column -> what stands in the third one."""
    lines = PAGE.read_text(encoding="utf-8").partition(HEAD)[2].partition("\n\n")[0].splitlines()[2:]
    cells = [re.split(r" *\| *", line.strip("| ")) for line in lines]
    return {f"{where} {setting}": default for where, setting, default, *_ in cells}


def limit(where: str, setting: str = "") -> str:
    """Return the default of the one row whose first two columns begin with, and contain, these words.

    Raises:
        LookupError: There is no such row, or more than one.
    """
    found = [default for name, default in _table().items() if name.startswith(where) and setting in name]
    if len(found) != 1:
        raise LookupError(f"{PAGE.name} has {len(found)} rows for {where!r} and {setting!r}")
    return found[0]
