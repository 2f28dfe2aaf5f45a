"""The list of what `FakeEngine` does otherwise is true, and is what docs/testing.md says."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.conformance.differences import FAILS, NOT_RUN, ONLY_JAVASCRIPT
from tests.conformance.fake_actors import SAMPLES as MADE
from tests.support.value_cases import SAMPLES

FOLDER = Path(__file__).parent


def test_every_entry_is_of_a_scenario() -> None:
    scenarios = {
        f"{path.name}::{node.name}"
        for path in FOLDER.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert FAILS.keys() | NOT_RUN.keys() <= scenarios
    assert not FAILS.keys() & NOT_RUN.keys()


def test_every_sample_is_made_or_listed() -> None:
    assert ONLY_JAVASCRIPT | set(MADE) == {sample.name for sample in SAMPLES}
    assert not ONLY_JAVASCRIPT & set(MADE)
