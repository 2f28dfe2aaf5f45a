"""`generate`: files, messages, exit codes. What it generates is tested in tests/typed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rivet_client._version import __version__
from rivet_client.testing.local.npm import install
from tests.cli.command import Done, environment, run

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "examples" / "registry" / "registry.ts"

pytestmark = pytest.mark.timeout(300)  # TypeScript may have to be fetched first


def document(actions: dict[str, Any]) -> dict[str, Any]:
    actor = {"input": None, "connParams": None, "actions": actions, "events": {}, "queues": {}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-rivet-registry": {"formatVersion": 1, "file": "registry.ts", "export": "registry"},
        "actors": {"thing": {**actor, "encodings": ["bare", "cbor", "json"]}},
        "$defs": {},
        "diagnostics": [],
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A document with a name that Python cannot have."""
    file = tmp_path / "registry.json"
    action = {"params": [], "returns": {"type": "string"}}
    file.write_text(json.dumps(document({"say": action, "class": action})))
    return file


def generate(source: Path, output: Path | str, *args: str) -> Done:
    return run("generate", str(source), "-o", str(output), *args)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_package(source: Path, tmp_path: Path) -> None:
    done = generate(source, tmp_path / "my_actors")
    assert (done.code, done.out) == (0, "")
    begun, generated, renamed, wrote = done.err.splitlines()
    assert begun == "generating my_actors ..."
    assert re.fullmatch(r"generated my_actors in [\d.]+ s", generated)
    assert renamed.startswith("renamed: action 'class' of thing is class_ in Python: ")
    told = f"files to {tmp_path}/my_actors; now: from my_actors import Client, AsyncClient, models"
    assert re.fullmatch(rf"wrote \d+ {told}", wrote)
    code = (
        "from my_actors import AsyncClient, Client, __contract__, models\n"
        "print(Client().thing.get_or_create('k').class_.__name__, __contract__.generator)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert printed.stdout == f"class_ {__version__}\n"
    # What did not change is left alone, and not told again.
    before = (tmp_path / "my_actors").stat()
    done = generate(source, tmp_path / "my_actors")
    assert done.code == 0
    assert "renamed: " not in done.err
    assert re.fullmatch(rf"{tmp_path}/my_actors is unchanged: \d+ files", done.err.splitlines()[-1])
    assert (tmp_path / "my_actors").stat().st_ino == before.st_ino


def test_12_10_a_package_that_would_hide_a_module(source: Path, tmp_path: Path) -> None:
    source.write_text("{}")  # the warning comes before what is wrong with this
    for name in ("json", "pydantic"):
        told = generate(source, tmp_path / name).err
        assert f"warning: there is a module {name} already; one of the two hides the other" in told
    (tmp_path / "__init__.py").touch()
    assert "warning: " not in generate(source, tmp_path / "json").err


def test_check(source: Path, tmp_path: Path) -> None:
    package = tmp_path / "my_actors"
    done = generate(source, package, "--check")
    assert done.code == 1
    assert "missing: models.py" in done.out.splitlines()
    (renamed,) = [line for line in done.err.splitlines() if line.startswith("renamed: ")]
    assert not package.exists()

    generate(source, package)
    done = generate(source, f"{package}/", "--check", "-v")
    assert (done.code, done.out) == (0, "")
    assert renamed in done.err.splitlines()
    assert re.fullmatch(rf"{package} is up to date: \d+ files", done.err.splitlines()[-1])

    (package / "models.py").write_bytes(b"# Generated, do not edit.\n")
    (package / "blocking.py").unlink()
    (package / "extra.py").touch()
    before = contents(package)
    done = generate(source, package, "--check")
    assert done.code == 1
    assert done.out == "missing: blocking.py\nnot generated: extra.py\ndiffers: models.py\n"
    assert done.err.splitlines()[-2:] == [
        f"error: {package} is not what the registry says",
        "hint: run the same command without --check",
    ]
    assert contents(package) == before


def test_validation_is_part_of_the_package(source: Path, tmp_path: Path) -> None:
    generate(source, tmp_path / "strict")
    done = generate(source, tmp_path / "fast", "--no-validate")
    assert done.code == 0
    strict, fast = (contents(tmp_path / name)["models.py"].splitlines()[0] for name in ("strict", "fast"))
    assert strict == b"# Generated, do not edit. Source: registry.ts; command: rivet-client generate"
    assert fast == strict + b" --no-validate"
    assert generate(source, tmp_path / "fast", "--check").code == 1


def test_straight_from_a_registry_is_the_same(tmp_path: Path) -> None:
    install(REGISTRY.parent)
    assert run("extract", str(REGISTRY), "-o", str(tmp_path / "registry.json")).code == 0
    assert generate(tmp_path / "registry.json", tmp_path / "from_json").code == 0
    assert generate(REGISTRY, tmp_path / "from_ts").code == 0
    one, other = contents(tmp_path / "from_json"), contents(tmp_path / "from_ts")
    assert {name: data.replace(b"from_json", b"from_ts") for name, data in one.items()} == other


@pytest.mark.parametrize("name", ["my-actors", "class", "1st", "a.b"])
def test_a_folder_that_is_no_package(source: Path, tmp_path: Path, name: str) -> None:
    done = generate(source, tmp_path / name)
    assert (done.code, done.out) == (2, "")
    assert f"{name!r} is not a name in Python" in done.err
    assert not (tmp_path / name).exists()


def test_files_of_yours_are_not_lost(source: Path, tmp_path: Path) -> None:
    package = tmp_path / "my_actors"
    package.mkdir()
    (package / "notes.txt").write_text("mine")
    done = generate(source, package)
    assert (done.code, done.out) == (1, "")
    assert "notes.txt was not generated and would be lost" in done.err
    assert contents(package) == {"notes.txt": b"mine"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("export const x", "is not JSON"),
        ("[]", "error: "),
        ("{}", "error: "),
        (json.dumps({**document({}), "x-rivet-registry": {"formatVersion": 99}}), "99"),
    ],
)
def test_a_document_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    source = tmp_path / "registry.json"
    source.write_text(text)
    done = generate(source, tmp_path / "out")
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert "should not happen" not in done.err
    assert not (tmp_path / "out").exists()


def test_diagnostics_of_the_document(tmp_path: Path) -> None:
    source = tmp_path / "registry.json"
    found = {"severity": "warning", "code": "any-type", "path": "actors/thing", "message": "it is any"}
    source.write_text(json.dumps({**document({}), "diagnostics": [found]}))
    done = generate(source, tmp_path / "out")
    assert done.code == 0
    assert "warning any-type actors/thing: it is any" in done.err.splitlines()
    done = generate(source, tmp_path / "strict", "--strict")
    assert done.code == 1
    assert not (tmp_path / "strict").exists()


def test_options_for_a_registry_only(source: Path, tmp_path: Path) -> None:
    done = generate(source, tmp_path / "out", "--export", "registry")
    assert done.code == 2
    assert "--tsconfig, --export and --no-cache are for a registry.ts" in done.err
