"""examples/notebook.ipynb shows what it shows in the repository."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tests.examples.notebook import NOTEBOOK, run


async def test_the_notebook(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVET_ENDPOINT", endpoint)
    for folder in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(folder, str(tmp_path))
    committed = nbformat.read(NOTEBOOK, as_version=4)
    assert await run() == committed, "see tests/examples/notebook.py"
    assert any(cell.get("outputs") for cell in committed.cells)
