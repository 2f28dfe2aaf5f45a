"""The list of what `FakeEngine` does otherwise is true, and it is the one in docs/testing.md."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.conformance.differences import FAILS, NOT_RUN, ONLY_JAVASCRIPT, REASONS
from tests.conformance.fake_actors import SAMPLES as MADE
from tests.support.value_cases import SAMPLES

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "testing.md"


def test_every_entry_is_of_a_scenario() -> None:
    scenarios = {
        f"{path.name}::{node.name}"
        for path in FOLDER.glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert FAILS.keys() | NOT_RUN.keys() <= scenarios
    assert not FAILS.keys() & NOT_RUN.keys()


def test_every_sample_is_made_or_listed() -> None:
    assert ONLY_JAVASCRIPT | MADE.keys() == {sample.name for sample in SAMPLES}
    assert not ONLY_JAVASCRIPT & MADE.keys()


def test_the_page_has_all_reasons() -> None:
    section = PAGE.read_text().partition("\n## What the fake engine does not do\n")[2].partition("\n## ")[0]
    listed = [" ".join(entry.split()) for entry in section.split("\n- ")[1:]]
    assert len(listed) == len(REASONS)
    assert set(listed) == REASONS
