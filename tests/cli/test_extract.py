"""`extract`: files, messages, exit codes. What it extracts is tested in tests/extract."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rivet_client.testing.local.npm import install
from tests.cli.command import run

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "examples" / "registry" / "registry.ts"

pytestmark = pytest.mark.timeout(300)  # TypeScript may have to be fetched first


def test_a_document(tmp_path: Path) -> None:
    install(REGISTRY.parent)
    output = tmp_path / "registry.json"
    done = run("extract", str(REGISTRY), "-o", str(output))
    assert (done.code, done.out) == (0, "")
    lines = done.err.splitlines()
    assert (lines[0], lines[-1]) == (f"reading {REGISTRY} ...", f"wrote {output}")
    told = rf"^read {REGISTRY} in [\d.]+ s: 6 actors, 20 actions, 5 events, 3 queues$"
    assert re.search(told, done.err, re.MULTILINE)
    document = json.loads(output.read_text())
    assert document["x-rivet-registry"]["formatVersion"] == 1
    printed = run("extract", str(REGISTRY), PATH=str(tmp_path))  # without Node: nothing has changed
    assert printed.code == 0
    assert printed.out == output.read_text()


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A registry with something that has no type, beside the packages it needs."""
    install(REGISTRY.parent)
    (tmp_path / "node_modules").symlink_to(REGISTRY.parent / "node_modules")
    source = tmp_path / "registry.ts"
    source.write_text(
        'import { actor, setup } from "rivetkit";\n'
        "const doubtful = actor({ state: {}, actions: { anything: (_c, x: any): number => x } });\n"
        "export const registry = setup({ use: { doubtful } });\n"
    )
    return source


def test_diagnostics(doubtful: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    done = run("extract", str(doubtful), "-o", str(output))
    assert done.code == 0
    assert re.search(r"^warning \S+ actors/doubtful/\S+: .+$", done.err, re.MULTILINE), done.err
    output.unlink()
    done = run("extract", str(doubtful), "-o", str(output), "--strict")
    assert (done.code, done.out) == (1, "")
    assert (
        done.err.splitlines()[-1] == "error: --strict: errors: 0, warnings: 1, see above; nothing was written"
    )
    assert not output.exists()


def test_12_9_errors_write_nothing_unless_they_are_allowed(doubtful: Path, tmp_path: Path) -> None:
    doubtful.write_text(doubtful.read_text().replace("x: any): number", "x: Nowhere): number"))
    output = tmp_path / "out.json"
    done = run("extract", str(doubtful), "-o", str(output))
    assert (done.code, done.out, output.exists()) == (1, "", False)
    assert "error TS2304 registry.ts:2: Cannot find name 'Nowhere'." in done.err
    assert done.err.splitlines()[-2:] == [
        "error: types may be missing or wrong, because the registry has errors: 1, see above; nothing was written",
        "hint: mend them, or write what could be read with --allow-errors",
    ]
    done = run("extract", str(doubtful), "-o", str(output), "--allow-errors")
    assert (done.code, output.exists()) == (0, True)
    package = tmp_path / "my_package"
    for source in (output, doubtful):  # a document with errors in it, and a registry
        done = run("generate", str(source), "-o", str(package))
        assert (done.code, package.exists()) == (1, False)
        assert "because the registry has errors: 1, see above" in done.err
    done = run("generate", str(output), "-o", str(package), "--allow-errors")
    assert (done.code, package.exists()) == (0, True)
    done = run("generate", str(output), "-o", str(package), "--allow-errors", "--strict")
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "error: --strict and --allow-errors contradict each other",
    )


def test_no_registry_in_the_file(tmp_path: Path) -> None:
    source = tmp_path / "registry.ts"
    source.write_text("export const x = 1;\n")
    done = run("extract", str(source), "-o", str(tmp_path / "out.json"))
    assert (done.code, done.out) == (1, "")
    assert "error: " in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out.json").exists()


def test_without_node(tmp_path: Path) -> None:
    done = run("extract", str(REGISTRY), "--no-cache", PATH=str(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert "Node" in done.err
    assert "Traceback" not in done.err


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    done = run("extract", str(REGISTRY), "-o", str(tmp_path / "no" / "registry.json"))
    assert done.code == 1
    assert (
        done.err.splitlines()[-1]
        == f"error: cannot write {tmp_path}/no/registry.json: No such file or directory"
    )


def test_which_registry_and_which_configuration(doubtful: Path, tmp_path: Path) -> None:
    other = "export const other = setup({ use: { renamed: doubtful } });\n"
    doubtful.write_text(doubtful.read_text().replace("registry =", "one =") + other)
    done = run("extract", str(doubtful))
    assert (done.code, done.out) == (1, "")
    assert "there are several registries" in done.err
    assert "choose one with --export" in done.err
    config = tmp_path / "tsconfig.loose.json"
    config.write_text('{"compilerOptions": {"module": "nodenext", "strict": false}}')
    done = run("extract", str(doubtful), "--export", "other", "--tsconfig", str(config))
    assert done.code == 0
    assert list(json.loads(done.out)["actors"]) == ["renamed"]
    assert "strict was off; forced on" in done.err
