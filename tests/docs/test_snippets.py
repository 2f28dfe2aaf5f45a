"""Every Python block of the documentation runs against a real engine and prints what it says it prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs import snippets as runner
from tests.docs.snippets import ROOT, Snippet, fences, project_files, snippets

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def generated(tmp_path: Path) -> Callable[[Path], str]:
    """Runs what a page says about generating typed packages from this checkout; returns where they are."""

    def generate(page: Path) -> str:
        commands = "".join(text for _, info, text in fences(page) if info == "sh")
        for line in re.findall(r"^rivet-client (generate examples/.*)$", commands, re.MULTILINE):
            *arguments, folder = shlex.split(line)
            command = [sys.executable, "-m", "rivet_client", *arguments, str(tmp_path / folder)]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True, timeout=90)
        return str(tmp_path)

    return generate


@pytest.mark.timeout(300)  # TypeScript may have to be fetched first
@pytest.mark.parametrize(
    "page", [page for page in PAGES if snippets(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_page(page: Path, request: pytest.FixtureRequest, generated: Callable[[Path], str]) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET_")}
    # Some pages have engines of their own.
    url = (
        ""
        if page.name in ("testing.md", "testing-faults.md")
        else request.getfixturevalue("example_engine").url
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", runner.__file__, str(page)],
        env={
            **inherited,
            "RIVET_ENDPOINT": url,
            "PYTHONPATH": os.pathsep.join([generated(page), *sys.path]),
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    # An unclosed client, a callback that raises and a failed block all end up here.
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    "page", [page for page in PAGES if project_files(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_project_of_page(page: Path, tmp_path: Path) -> None:
    """The page's tests pass in a project of their own, with the command of a reader: `pytest`."""
    for name, text in project_files(page).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # What such a project has installed: pytest, the client, and what the client brings.
    plugins = "anyio.pytest_plugin,rivet_client.testing.pytest_plugin"
    done = subprocess.run(
        [Path(sys.executable).with_name("pytest")],
        cwd=tmp_path,
        env={
            **inherited,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_PLUGINS": plugins,
            "PYTHONWARNINGS": "error",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def snippet(code: str) -> Snippet:
    return Snippet(Path("page.md"), 10, False, code)


@pytest.mark.parametrize("printed", ["", "1 2\n", "1\n2\n3\n", "1\n3\n"])
def test_a_broken_promise_is_noticed(printed: str) -> None:
    promise = snippet("print(1)\n# -> 1\nprint(2)\n    # -> 2\n")
    promise.check("1\n2\n")
    with pytest.raises(AssertionError, match=r"page\.md:10 promises"):
        promise.check(printed)


def test_dots_stand_for_anything_in_a_line() -> None:
    snippet("# -> id ..., (ok)\n").check("id a b, (ok)\n")
    with pytest.raises(AssertionError):
        snippet("# -> id ..., (ok)\n").check("id a\nb, (ok)\n")


def test_each_page_has_actors_of_its_own() -> None:
    keys = []

    class Client:
        def __getattr__(self, name: str) -> Client:
            return self

        def __call__(self, *args: object) -> Client:
            keys.append(args)
            return self

    part = "p"
    code = snippet(
        "client.a.get(part)\n"
        "client.a.get_or_create(['x', part]).fetch(f'{part}')\n"
        "client.get_or_create('a', ('x', 'y'))\n"
        "client.actor('a').create(['x'])\n"
        "client.a.get(['x', 7])\n"
    )
    exec(code.compiled("http://host:1", "~1"), {"client": Client(), "part": part})
    assert keys == [
        ("p~1",),
        (["x", "p~1"],),
        ("p",),
        ("a", ("x", "y~1")),
        ("a",),
        (["x~1"],),
        (["x", 7],),
    ]


def test_the_address_is_the_engine_of_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    exec(snippet("print('http://a:b@localhost:6420')").compiled("http://host:1", ""))
    assert capsys.readouterr().out == "http://a:b@host:1\n"
