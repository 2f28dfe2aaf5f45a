"""Reads `table.txt`: which line of which file is changed to what, and which tests must notice.

    [rivet_client/_core/websocket.py: tests/core/test_websocket.py -k masks]
    self._mask_at = at + 4 ==> self._mask_at = at + 3

A heading names a file and the arguments of pytest; each line below is one mutant. The text before the arrow occurs
once in the file. Mutants of generated files are made in the output: their templates make many lines of one.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Mutant", "mutants"]

ROOT = Path(__file__).parent.parent.parent
TABLE = Path(__file__).with_name("table.txt")
_HEADING = re.compile(r"\[(\S+\.py): (.+)\]")


@dataclass(frozen=True)
class Mutant:
    """One small mistake.

    Attributes:
        file: The file, from the root of the project.
        old: What stands there.
        new: What the mistake makes of it.
        tests: Arguments of pytest, for the tests that must fail.
    """

    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: {self.old} ==> {self.new}"

    def applied(self, source: str) -> str:
        """The file's text with the mistake in it.

        Raises:
            ValueError: The text to replace does not occur exactly once.
        """
        if (count := source.count(self.old)) != 1:
            raise ValueError(f"{self}: stands there {count} times; correct tests/mutants/table.txt")
        return source.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """All rows of the table.

    Raises:
        ValueError: A line is neither a heading nor a mutant.
    """
    found = []
    heading: re.Match[str] | None = None
    for line in TABLE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and " ==> " not in line:
            heading = _HEADING.fullmatch(line)
            continue
        old, arrow, new = line.partition(" ==> ")
        if heading is None or not arrow:
            raise ValueError(f"not a mutant, or below no heading: {line!r}")
        found.append(Mutant(heading[1], old, new, tuple(shlex.split(heading[2]))))
    return found
