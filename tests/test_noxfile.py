"""What `noxfile.py` answers in a fresh clone, before anything is installed."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALONE = (sys.executable, "-I", "-S")  # a Python that has only its own library


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("noxfile.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def answer(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def tasks(listing: str, pattern: str) -> list[tuple[str, ...]]:
    return re.findall(rf"^{pattern}$", listing, re.MULTILINE)


def test_tasks_are_listed_before_anything_is_installed(clone: Path) -> None:
    """The list is the one that nox makes, and nothing is made for it."""
    listed = answer(*ALONE, "noxfile.py", "--list", cwd=clone)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert {it.name for it in clone.iterdir()} == {"noxfile.py", "pyproject.toml"}
    by_nox = answer(sys.executable, "-m", "nox", "--list", "--noxfile", "noxfile.py", cwd=clone).stdout
    expected = tasks(by_nox, r"[*-] (\w+) -> (.+)")
    assert ("fresh", "Are the generated files what the schemas generate?") in expected
    assert tasks(listed.stdout, r"[* ] (\w+) +(.+)") == expected
    assert tasks(listed.stdout, r"\* (\w+) .*") == tasks(by_nox, r"\* (\w+) .*")
    for option in ("-l", "--help", "-h"):
        assert answer(*ALONE, "noxfile.py", option, cwd=clone).stdout == listed.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("tset", "error: no task is called 'tset'; did you mean 'test'?\n"),
        ("lint type -- x", "error: no task is called 'type'; did you mean 'types'?\n"),
        ("zzz", "error: no task is called 'zzz'; there are: lint, types, fresh, "),
    ],
)
def test_an_unknown_task_is_told_at_once(clone: Path, arguments: str, said: str) -> None:
    told = answer(*ALONE, "noxfile.py", *arguments.split(), cwd=clone)
    assert (told.returncode, told.stderr[: len(said)]) == (1, said)
    assert {it.name for it in clone.iterdir()} == {"noxfile.py", "pyproject.toml"}


def test_the_demo_needs_no_tools_of_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    assert spec is not None
    assert spec.loader is not None
    noxfile = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(noxfile)
    monkeypatch.setattr(noxfile, "VENV", tmp_path)
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(noxfile, "run", lambda text, *command: ran.append(command))

    def installed(*, everything: bool) -> bool | None:
        """Whether the tools were, too; None if nothing was."""
        ran.clear()
        noxfile.make_environment("python", everything=everything)
        assert len(ran) in (0, 2)
        return any(tool.startswith("pytest>") for tool in ran[1]) if ran else None

    assert installed(everything=False) is False
    assert [tool for tool in ran[1] if ">" in tool] == [tool for tool in ran[1] if tool.startswith("nox>")]
    assert installed(everything=False) is None
    assert installed(everything=True) is True
    assert installed(everything=True) is None
    assert installed(everything=False) is None


def test_nox_says_nothing_of_tools_that_no_task_needs(tmp_path: Path) -> None:
    (tmp_path / "noxfile.py").write_text(
        (ROOT / "noxfile.py").read_text() + "\n@nox.session\ndef nothing(session: nox.Session) -> None: ...\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "nox", "-s", "nothing", "--noxfile", "noxfile.py"],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "uv binary" not in done.stderr
