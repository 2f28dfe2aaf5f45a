"""Where contracts are read from, and what the command prints and returns."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rivet_client.cli.app import root
from tests.contract.test_rules import AB, ABC, action, param
from tests.typed.support import document

pytestmark = pytest.mark.usefixtures("logging_as_before")

OLD = document({"thing": action(param(schema=AB), returns=AB)})
NEW = document({"thing": action(param(schema=ABC), param("more"), returns=ABC)})


def diff(*args: str) -> Result:
    return CliRunner().invoke(root, ["diff", *args], prog_name="rivet-client")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the old contract in its history, and the new one in the working tree."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    write(tmp_path / "sub" / "old.json", OLD)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "old"]):
        subprocess.run([*git, *command], check=True)
    write(tmp_path / "sub" / "old.json", NEW)
    return tmp_path


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_lines_of_json_and_exit_codes(repository: Path) -> None:
    done = diff("HEAD:sub/old.json", "sub/old.json")
    assert done.exit_code == 1
    assert done.stderr == "break callers: 1, break type checks only: 1, compatible: 1\n"
    breaking, types, compatible = map(json.loads, done.stdout.splitlines())
    assert breaking == {
        "level": "breaking", "rule": "PARAMETER_ADDED_REQUIRED", "type": None, "path": "", "text": "is new: string",
        "affected": [{"actor": "thing", "kind": "action", "name": "go", "part": "parameter more"}],
    }  # fmt: skip
    assert (types["rule"], compatible["rule"]) == ("RECEIVED_VALUE_ADDED", "SENT_VALUE_ADDED")
    assert diff("sub/old.json", "sub/old.json").exit_code == 0
    assert diff("sub/old.json", "HEAD:./sub/old.json", "--json").exit_code == 1


def test_text_and_markdown(repository: Path) -> None:
    text = diff("HEAD:sub/old.json", "sub/old.json", "--format", "text").stdout.splitlines()
    assert [line.split()[:2] for line in text] == [
        ["breaking", "PARAMETER_ADDED_REQUIRED"],
        ["types", "RECEIVED_VALUE_ADDED"],
        ["compatible", "SENT_VALUE_ADDED"],
    ]
    assert text[1].endswith('thing.go result has also "c"')
    page = diff("HEAD:sub/old.json", "sub/old.json", "--format", "markdown").stdout
    assert page.startswith("## Contract: `HEAD:sub/old.json` → `sub/old.json`\n")
    assert "| `PARAMETER_ADDED_REQUIRED` | `thing.go parameter more` is new: string |  |" in page


def test_type_checks_count_only_if_asked(tmp_path: Path) -> None:
    old = write(tmp_path / "old.json", document({"thing": action(returns=AB)}))
    new = write(tmp_path / "new.json", document({"thing": action(returns=ABC)}))
    assert diff(str(old), str(new)).exit_code == 0
    assert diff(str(old), str(new), "--fail-on", "types").exit_code == 1


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("nowhere.json", "nowhere.json does not exist"),
        (
            "HEAD:nowhere.json",
            "does not exist, neither as a file nor in git: path 'nowhere.json' does not exist in",
        ),
        ("nothing:sub/old.json", "does not exist, neither as a file nor in git: "),
        ("HEAD:sub", "HEAD:sub has no contract.json: it is no generated package"),
        ("sub", "sub has no contract.json: it is no generated package"),
        ("text.json", "text.json is not JSON: "),
        ("list.json", "list.json: $: must be an object"),
        ("deep.json", "nested too deeply"),
        ("text.txt", "text.txt is not JSON: "),
    ],
)
def test_what_cannot_be_read(repository: Path, source: str, problem: str) -> None:
    write(repository / "text.json", "no JSON")
    write(repository / "text.txt", "no JSON")
    write(repository / "list.json", [])
    schema: Any = AB
    for _ in range(400):
        schema = {"type": "array", "items": schema}
    write(repository / "deep.json", document({"thing": action(returns=schema)}))
    done = diff("sub/old.json", source)
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in done.stderr
    assert "should not happen" not in done.stderr


def test_a_registry_at_a_revision(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read with all files of that revision and the packages of the working tree, neither of which changes."""
    write(repository / "sub" / "registry.ts", "")
    write(repository / "sub" / "other.ts", "old")
    subprocess.run(["git", "add", "sub/registry.ts", "sub/other.ts"], check=True)
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "more"], check=True
    )
    write(repository / "sub" / "other.ts", "new")
    write(repository / "sub" / "node_modules" / "rivetkit" / "index.ts", "")
    seen = []

    def read_registry(file: Path, reading: object) -> Any:
        modules = file.parent / "node_modules" / "rivetkit" / "index.ts"
        seen.append((file, (file.parent / "other.ts").read_text(), modules.exists()))
        return OLD

    monkeypatch.setattr("rivet_client.cli.diff.read_registry", read_registry)
    before = subprocess.run(["git", "status", "--porcelain"], capture_output=True, check=True).stdout
    done = diff("HEAD:sub/registry.ts", "sub/registry.ts")
    assert done.exit_code == 0
    assert (
        "reading the files of HEAD in a temporary folder, with the node_modules of the working tree"
        in done.stderr
    )
    (old, text, has_modules), (new, *_) = seen
    assert (text, has_modules, new) == ("old", True, Path("sub/registry.ts"))
    assert not old.exists()
    assert subprocess.run(["git", "status", "--porcelain"], capture_output=True, check=True).stdout == before
