"""No module imports another one that leads back to it.

Imports inside functions count: they only hide a circle from the interpreter, and a reader still has to know both files
to understand either. Imports under `if TYPE_CHECKING:` count for the same reason: a type is part of what a module
means. So there is no exception, and the rooms of the code stand on floors.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.rooms import file_of, files_of_repository, imported_names


def circles(files: Mapping[str, str]) -> set[frozenset[str]]:
    """Find the groups of files of which each leads to each other one."""
    arrows = {path: {file_of(name, files) for name in imported_names(files[path])} - {path} for path in files}
    reached: dict[str, set[str]] = {}
    for start in files:
        seen: set[str] = set()
        todo = set(arrows[start])
        while todo:
            at = todo.pop()
            if at is not None and at not in seen:
                seen.add(at)
                todo |= arrows[at]
        reached[start] = seen
    groups = {frozenset(other for other in reached[one] if one in reached[other]) for one in files}
    return {group for group in groups if len(group) > 1}


def test_there_is_no_import_circle() -> None:
    assert circles(files_of_repository()) == set()


@pytest.mark.parametrize(
    "way",
    [
        "from a.two import x",
        "import a.two",
        "from a import two",
        "def f():\n    from a.two import x",
        "if TYPE_CHECKING:\n    from a.two import X",
    ],
)
def test_a_circle_is_seen(way: str) -> None:
    files = {
        "a/__init__.py": "",
        "a/one.py": way,
        "a/two.py": "from a.three import y",
        "a/three.py": "import a.one",
    }
    assert circles(files) == {frozenset({"a/one.py", "a/two.py", "a/three.py"})}
    assert circles({**files, "a/three.py": "import os"}) == set()
