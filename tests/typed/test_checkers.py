"""What mypy and pyright make of a typed package: the types they reveal, and the mistakes they find.

Each checker runs once over everything: the package, made with and without validation, and the snippets in both
flavours, whose comments say what is expected.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rivet_codegen.output.tree import write_tree
from rivet_codegen.registry.typed_package import render_typed_package
from tests.support.mypy_cache import mypy_cache
from tests.typed.shapes import shapes_document
from tests.typed.support import document, odd_document

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = ["room", "room_unchecked", "odd", "odd_unchecked", "shapes", "shapes_unchecked"]
SNIPPETS = {
    "snippets_asyncio.py": (HERE / "snippets.py.txt").read_text(),
    "snippets_blocking.py": re.sub(
        r"\basyncio\b",
        "blocking",
        re.sub(r"\b(async |await |Async)", "", (HERE / "snippets.py.txt").read_text()),
    ),
    "snippets_shapes.py": (HERE / "shapes.py.txt").read_text(),
}


@dataclass
class Report:
    """What a checker said about one file, by line."""

    errors: dict[int, str] = field(default_factory=dict)
    revealed: dict[int, str] = field(default_factory=dict)


Reports = dict[str, Report]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checked")
    documents = {
        "room": json.loads((HERE / "room.json").read_text()),
        "odd": odd_document(),
        "shapes": shapes_document(),
    }
    for package in PACKAGES:
        source, _, unchecked = package.partition("_")
        rendered = render_typed_package(documents[source], package=package, validate=not unchecked)
        write_tree(rendered.tree, folder / package)
    for name, text in SNIPPETS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def mypy(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    paths = os.pathsep.join(str(ROOT / name) for name in (".", "generated", "codegen"))
    cache = mypy_cache(tmp_path_factory.mktemp("mypy"))
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={cache}", "--output=json", "."]
    done = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, "MYPYPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    reports: Reports = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            found = json.loads(line)
            add(reports, Path(found["file"]).as_posix(), found["line"], found["severity"], found["message"])
    return reports


@pytest.fixture(scope="module")
def pyright(project: Path) -> Reports:
    settings = {
        "include": [*PACKAGES, *SNIPPETS],
        "extraPaths": [str(ROOT / name) for name in (".", "generated", "codegen")],
        "strict": PACKAGES,
        "pythonVersion": "3.11",
    }
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    env = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    reports: Reports = {}
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        file = Path(found["file"]).relative_to(project.resolve()).as_posix()
        if found.get("rule") != "reportUnusedExpression":
            line = found["range"]["start"]["line"] + 1
            add(reports, file, line, found["severity"], found["message"])
    return reports


def add(reports: Reports, file: str, line: int, severity: str, message: str) -> None:
    report = reports.setdefault(file, Report())
    match = re.fullmatch(r'(?:Revealed type is|Type of ".*" is) "(.*)"', message, flags=re.DOTALL)
    if match:
        report.revealed[line] = plain(match[1])
    elif severity == "error":
        report.errors[line] = message


def plain(revealed: str) -> str:
    """A type as both checkers would write it: without modules, and functions as pyright writes them."""
    text = re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])", "", revealed).replace("def (", "(").replace('"', "'")
    text = re.sub(r"Literal\['\w+'\](?: \| Literal\['\w+'\])+", merged_literals, text)
    return text.removesuffix("?")


def merged_literals(match: re.Match[str]) -> str:
    texts = re.findall(r"'\w+'", match[0])
    return f"Literal[{', '.join(texts)}]"


@pytest.fixture(scope="module", params=["mypy", "pyright"])
def reports(request: pytest.FixtureRequest) -> Reports:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_clean(reports: Reports, package: str) -> None:
    """mypy --strict and pyright's strict mode find nothing, and nothing in the package silences them."""
    assert {
        file: it.errors for file, it in reports.items() if file.startswith(f"{package}/") and it.errors
    } == {}


def test_packages_silence_no_checker(project: Path) -> None:
    texts = [path.read_text() for package in PACKAGES for path in (project / package).rglob("*.py")]
    assert texts
    assert not any(re.search(r"# (type|pyright): ?ignore|# noqa|# mypy", text) for text in texts)


def test_packages_pass_ruff_as_it_comes(project: Path) -> None:
    """Whoever has a package in their own repository need not make exceptions for it."""
    write_tree(render_typed_package(wide_document(), package="wide").tree, project / "wide")
    for command in (("check", "--output-format=concise"), ("format", "--check")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", *PACKAGES, "wide"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def wide_document() -> dict[str, Any]:
    """Names of every width around the end of a line, in letters that take one column, two and none."""
    text = {"type": "string"}
    actors: dict[str, Any] = {}
    for letters in ("カウンター", "counter", "e\u0301te\u0301"):
        for length in range(1, 45, 3):
            name = (letters * 9)[:length]
            kind = {"type": "object", "properties": {name: text}, "required": [name]}
            params = [{"name": name, "schema": kind, "required": True}]
            actors[name] = {
                "actions": {name: {"params": params, "returns": kind}},
                "events": {name: {"args": params}},
            }
    return document(actors)


@pytest.mark.parametrize("file", SNIPPETS)
def test_revealed_types(reports: Reports, file: str) -> None:
    expected = comments(file, r"# -> (.*)$")
    assert expected
    assert reports[file].revealed == {line: plain(text) for line, text in expected.items()}


@pytest.mark.parametrize("file", SNIPPETS)
def test_mistakes_are_found(reports: Reports, file: str) -> None:
    expected = comments(file, r"# (wrong)$")
    assert expected
    found = reports[file].errors
    assert found.keys() == expected.keys(), {line: found.get(line) for line in found.keys() ^ expected.keys()}


def comments(file: str, pattern: str) -> dict[int, str]:
    lines = enumerate(SNIPPETS[file].splitlines(), 1)
    return {number: match[1] for number, line in lines if number > 2 and (match := re.search(pattern, line))}
