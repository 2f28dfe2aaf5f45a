"""What is told of changing sources, and `generate --watch`."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rivet_client.cli.watch import changed_sources, tell_changes
from tests.cli.command import INTERRUPTIBLE, environment, run
from tests.cli.test_generate import document


class Watched:
    """A project with `src/registry.ts`, and what is told of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("src/registry.ts", "package.json", "node_modules/kit/index.js", "my_actors/a.json"):
            self.write(name)
        self.changes = changed_sources(root / "src" / "registry.ts", apart=[root / "my_actors"])

    def write(self, name: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text("{}")

    def told(self) -> set[str]:
        """What changed up to now: all before a file of which it is known that it is told."""
        self.write("src/last.ts")
        found: set[Path] = set()
        while self.root / "src" / "last.ts" not in found:
            found |= next(self.changes)
        return {path.relative_to(self.root).as_posix() for path in found} - {"src/last.ts"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path.resolve() / ".hidden" / "project")
    with closing(watched.changes):
        next(watched.changes)
        yield watched


def test_which_files_count(project: Watched) -> None:
    for name in (
        *("src/registry.ts", "package.json", "src/data.json", "top.mjs"),
        *("src/notes.txt", "src/.#registry.ts", "src/registry.ts~", "node_modules/kit/index.js"),
        *("my_actors/a.json", ".git/a.json", "venv/pyvenv.cfg", "venv/a.json", "src/node_modules/a.js"),
    ):
        project.write(name)
    assert project.told() == {"src/registry.ts", "package.json", "src/data.json", "top.mjs"}
    # As editors do it.
    project.write("src/new.tmp")
    (project.root / "src/new.tmp").rename(project.root / "src/registry.ts")
    (project.root / "top.mjs").unlink()
    (project.root / "src/data.json").read_text()
    assert project.told() == {"src/registry.ts", "top.mjs"}


def test_folders_that_come_and_go(project: Watched) -> None:
    project.write("src/lib/deep/one.ts")
    assert project.told() == {"src/lib/deep/one.ts"}
    project.write("src/lib/deep/two.ts")
    assert project.told() == {"src/lib/deep/two.ts"}
    shutil.rmtree(project.root / "src/lib")
    assert project.told() == {"src/lib/deep/one.ts", "src/lib/deep/two.ts"}
    project.write("src/lib/deep/one.ts")
    assert project.told() == {"src/lib/deep/one.ts"}
    project.write("src/lib/deep/two.ts")
    assert project.told() == {"src/lib/deep/two.ts"}


def test_without_a_package_json_the_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "registry.ts").touch()
    (tmp_path / "registry.json").touch()
    with (
        closing(changed_sources(tmp_path / "registry.ts")) as changes,
        closing(changed_sources(tmp_path / "registry.json")) as of_document,
    ):
        next(changes)
        next(of_document)
        (tmp_path / "other.json").touch()
        assert next(filter(None, changes)) == {tmp_path.resolve() / "other.json"}
        # A document stands for itself.
        (tmp_path / "registry.json").write_text("{}")
        assert next(filter(None, of_document)) == {tmp_path.resolve() / "registry.json"}


def test_changes_are_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    tell_changes([tmp_path.resolve() / "src" / "b.ts", tmp_path.resolve() / "a.ts"])
    tell_changes([Path(f"/elsewhere/{name}.ts") for name in "abcde"])
    assert capfd.readouterr().err.splitlines() == [
        "a.ts, src/b.ts changed",
        "/elsewhere/a.ts, /elsewhere/b.ts, /elsewhere/c.ts and 2 more changed",
    ]


def test_generate_watch(tmp_path: Path) -> None:
    source, package = tmp_path / "registry.json", tmp_path / "my_actors"
    actions = {"say": {"params": [], "returns": {"type": "string"}}}
    source.write_text(json.dumps(document(actions)))
    with subprocess.Popen(
        [*INTERRUPTIBLE, "generate", str(source), "-o", str(package), "--watch"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None

        def until(end: str) -> list[str]:
            lines = []
            for line in process.stderr or ():
                lines.append(line.rstrip())
                if end in line:
                    return lines
            raise AssertionError(lines)

        try:
            until("now: from my_actors import")
            before = (package / "__init__.py").read_text()
            source.write_text("{")
            changed, error, *_ = until(f"{package} stays as it is")
            assert changed == f"{source} changed"
            assert error.startswith(f"error: {source} is not JSON: ")
            assert (package / "__init__.py").read_text() == before
            source.write_text(json.dumps(document({**actions, "shout": actions["say"]})))
            until("now: from my_actors import")
            assert "shout" in (package / "__init__.py").read_text()
            process.send_signal(signal.SIGINT)
            assert process.stderr.read() == "interrupted\n"
            assert process.wait(60) == 130
        finally:
            process.kill()
    done = run("generate", str(source), "-o", str(package), "--watch", "--check")
    assert (done.code, "--watch and --check contradict each other" in done.err) == (2, True)
