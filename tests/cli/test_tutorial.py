"""docs/tutorial-typed.md, done as it says: in an empty folder, its files saved, its commands run."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import platformdirs
import pytest

from rivet_client.testing.local.loopback import free_port
from rivet_client.testing.local.npm import install
from rivet_client.testing.local.project import find_node
from rivet_codegen.cache.installation import CACHE_VARIABLE
from tests.cli.command import INTERRUPTIBLE
from tests.docs.snippets import ROOT, fences
from tests.support.mypy_cache import mypy_cache

PAGE = ROOT / "docs" / "tutorial-typed.md"
EXAMPLES = ROOT / "examples" / "registry"
SERVER = "rivet-client dev registry.ts --generate my_actors\n"


@dataclass(frozen=True)
class Step:
    """A block of the page: a file to save, commands to run, or what they print."""

    kind: str
    text: str
    file: str | None


def steps() -> list[Step]:
    """The blocks from the first numbered heading on."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("## 1."))
    found = []
    for line, info, text in fences(PAGE):
        if line > start:
            before = " ".join(lines[max(line - 5, 0) : line - 1])
            named = re.findall(r"Save this as `([\w.]+)`", before)
            found.append(Step(info, text, named[-1] if info in ("ts", "python file") else None))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, in which nothing runs any more at the end."""
    tutorial = tmp_path / "tutorial"
    tutorial.mkdir()
    yield tutorial
    for pid in processes_in(tutorial):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def processes_in(folder: Path) -> set[int]:
    """The processes whose program or working directory is in a folder, the engine above all."""
    found = set()
    for link in [*Path("/proc").glob("[0-9]*/exe"), *Path("/proc").glob("[0-9]*/cwd")]:
        with contextlib.suppress(OSError):
            if link.readlink().is_relative_to(folder):
                found.add(int(link.parent.name))
    return found


def wait_until_nothing_runs_in(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while processes_in(folder):
        assert time.monotonic() < deadline, "something is left running"
        time.sleep(0.05)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What is different from a reader's: home, programs of ours, and what npm would fetch is the examples'."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, command in {
        "python": (sys.executable,),
        "rivet-client": INTERRUPTIBLE,
        "mypy": (sys.executable, "-m", "mypy"),
        "pip": ("true",),  # what the page installs is installed
    }.items():
        write_program(programs / name, f'exec {shlex.join(command)} "$@"')
    write_program(
        programs / "npm",
        f"""case "$*" in
        "install rivetkit@{installed_version("rivetkit")} tsx") ln -s {EXAMPLES / "node_modules"} . ;;
        *) exec {shutil.which("npm")} "$@" ;;
        esac""",
    )
    home = tmp_path / "home"
    home.mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET")}
    return {
        **inherited,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("", "generated", "codegen")),
        "HOME": str(home),
        "COLUMNS": "80",
        "MYPY_CACHE_DIR": str(mypy_cache(tmp_path)),
        # What has been fetched before, and from where, is not in that home.
        CACHE_VARIABLE: os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("rivet-client"),
    }


def write_program(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def installed_version(package: str) -> str:
    """The version of an npm package that the examples use, and the tests have installed."""
    install(EXAMPLES)
    manifest = EXAMPLES / "node_modules" / package / "package.json"
    return str(json.loads(manifest.read_text())["version"])


@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="processes are found through /proc")
def test_the_tutorial(folder: Path, environ: dict[str, str]) -> None:
    find_node()
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    printed = ""
    server = None
    for step in steps():
        if step.file is not None:
            (folder / step.file).write_text(step.text)
        elif step.text == SERVER:
            server = subprocess.Popen(
                [*shlex.split(step.text), "--port", str(port)],
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            assert server.stderr is not None
            told = list(takewhile(lambda line: "| wrote " not in line, server.stderr))
            assert server.poll() is None, told
            environ["RIVET_ENDPOINT"] = endpoint
        elif step.kind == "sh":
            as_shown = step.text.replace("rivet-client doctor", "rivet-client doctor --format text")
            done = subprocess.run(
                ["sh", "-e", "-c", as_shown],
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"{step.text}\n{done.stdout}\n{done.stderr}"
            printed = done.stdout
        elif step.text.startswith("✓"):
            shown = printed.replace(f"{endpoint} (RIVET_ENDPOINT)", "http://localhost:6420 (the default)")
            took = r"[\d.]+ ms \(median of \d\)"
            assert re.sub(took, "", shown) == re.sub(took, "", step.text)
        else:
            assert printed == step.text
    assert sum(step.kind == "text" for step in steps()) == 4
    assert server is not None, "the page does not start an engine"
    os.killpg(server.pid, signal.SIGINT)
    _, rest = server.communicate(timeout=60)
    assert (server.returncode, rest.splitlines()[-1]) == (130, "interrupted")
    # The last call was refused, and of the end itself nothing is told.
    assert "host   | warn " in rest
    assert "engine | " not in rest
    wait_until_nothing_runs_in(folder)
