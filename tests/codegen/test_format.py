import shutil
import tomllib
from pathlib import Path

import pytest
import ruff

from rivet_codegen.output.format import RUFF_CONFIG, FormatError, format_folder

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]


def test_generated_code_is_held_to_the_rules_of_the_project():
    own = tomllib.loads(RUFF_CONFIG.read_text())
    assert own["lint"].pop("isort") == {"known-first-party": ["rivet_client", "rivet_client_generated"]}
    lint = {key: value for key, value in PROJECT["lint"].items() if key != "per-file-ignores"}
    assert own == {
        "line-length": PROJECT["line-length"],
        "target-version": PROJECT["target-version"],
        "lint": lint,
    }


def test_the_program_belongs_to_the_library(tmp_path, monkeypatch):
    """ruff itself would take that of another environment, where Python has one."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ruff").symlink_to(shutil.which("false"))
    monkeypatch.setattr(ruff, "__file__", str(tmp_path / "ruff" / "__init__.py"))
    with pytest.raises(FormatError, match="does not pass `ruff check`"):
        format_folder(tmp_path)


def test_no_rule_is_off_for_generated_code():
    assert not [pattern for pattern in PROJECT["lint"]["per-file-ignores"] if "generated" in pattern]
    for path in (ROOT / "generated").rglob("*.py"):
        text = path.read_text()
        assert "noqa" not in text, path
        assert "type: ignore" not in text, path
        assert "pyright: " not in text, path
