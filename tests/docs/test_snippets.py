"""Every Python block of the documentation runs against a real engine and prints what it says it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import snippets as runner
from tests.docs.snippets import ROOT, snippets
from tests.support.engine import SharedEngine

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if snippets(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_page(page: Path, example_engine: SharedEngine) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", runner.__file__, str(page)],
        env={**inherited, "RIVET_ENDPOINT": example_engine.url, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    # An unclosed client, a callback that raises and a failed block all end up here.
    assert done.stderr == ""
    assert done.returncode == 0
