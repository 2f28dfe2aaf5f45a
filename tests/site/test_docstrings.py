"""Docstrings become reStructuredText."""

from __future__ import annotations

import sys

import pytest

from tests.docs.snippets import ROOT

sys.path.append(str(ROOT / "docs" / "site"))

from rivet_docs.docstrings import attributes, entries, to_rst


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("A `name`s, and *args or key_.", "A `name`\\ s, and \\*args or key\\_."),
        ("Set RIVET_LOG, or see http://localhost:6420.", "Set `RIVET_LOG`, or see `http://localhost:6420`."),
        ("Use --json, not well-known ones.", "Use `--json`, not well-known ones."),
        ("Text:\n- one\n- two", "Text:\n\n- one\n- two"),
        (
            "Text.\n\n    with it:\n        pass\n\nMore.",
            "Text.\n\n.. code-block:: python\n\n   with it:\n       pass\n\nMore.",
        ),
        ("Text.\n\n    ├── a tree", "Text.\n\n.. code-block:: text\n\n   ├── a tree\n"),
        ("Text.\n\nArgs:\n    one: It.\n\n    two: It.", "Text.\n\nArgs:\n    one: It.\n\n    two: It."),
        (
            "| A | B |\n|---|---|\n| `a` | b |",
            "\n.. list-table::\n   :header-rows: 1\n\n   * - A\n     - B\n   * - `a`\n     - b\n",
        ),
    ],
)
def test_markup(docstring: str, expected: str) -> None:
    assert to_rst(docstring.splitlines()) == expected.split("\n")


def test_sections_are_read() -> None:
    class Base:
        """Text.

        Attributes:
            one, two: Both.
            three: A text
                of two lines.
        """

    assert entries(Base, "Attributes") == {
        "one": "Both.\n",
        "two": "Both.\n",
        "three": "A text\n        of two lines.\n",
    }
    assert entries(Base, "Args") == {}
    assert list(attributes(Base)) == ["one", "two", "three"]
