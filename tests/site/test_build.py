"""When the site is built anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.conftest import builder


def test_what_tests_leave_behind_makes_no_site_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = builder()
    monkeypatch.setattr(build, "ROOT", tmp_path)

    def state_with(name: str) -> str:
        file = tmp_path / "examples" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        return str(build._fingerprint())

    before = state_with("a.py")
    for name in (
        ".pytest_cache/v/cache/nodeids",
        "__pycache__/a.pyc",
        "registry/node_modules/b.js",
        ".c.swp",
    ):
        assert state_with(name) == before
    assert state_with("registry/b.ts") != before
