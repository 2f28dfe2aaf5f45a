"""docs/tutorial-typed.md, done as it says: in an empty folder, its files saved, its commands run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest

from rivet_client.testing.local.loopback import open_url
from rivet_client.testing.local.project import find_node
from rivet_codegen.cache.installation import CACHE_VARIABLE
from tests.docs.snippets import ROOT, fences

PAGE = ROOT / "docs" / "tutorial-typed.md"
STATES = ("ok", "warning", "problem", "unknown")
SERVER = "RIVET_RUN_SERVICES=0 npx tsx registry.ts\n"


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


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What is different from a reader's: another port and home, and `python` and `rivet-client` are ours."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, arguments in {"python": "", "rivet-client": "-m rivet_client", "mypy": "-m mypy"}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {arguments} "$@"\n')
        program.chmod(0o755)
    pip = programs / "pip"
    pip.write_text("#!/bin/sh\n# What the page installs is installed.\n")
    pip.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET")}
    return {
        "npm_config_cache": str(Path.home() / ".npm"),
        "npm_config_userconfig": str(Path.home() / ".npmrc"),
        **inherited,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("", "generated", "codegen")),
        "HOME": str(home),
        "RIVET_RUN_ENGINE_PORT": str(port),
        "TUTORIAL_ENDPOINT": f"http://127.0.0.1:{port}",
        # What has been fetched before, and from where, is not in that home.
        CACHE_VARIABLE: os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("rivet-client"),
        # Optional packages need not be compiled, and nobody reads what npm says.
        "npm_config_ignore_scripts": "true",
        "npm_config_prefer_offline": "true",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
    }


def free_port() -> int:
    for _ in range(100):
        port = random.randrange(20000, 32000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for number in (port, port + 1, port + 10):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", number))
            return port
    raise AssertionError("no free port")


def wait_for_host(endpoint: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            open_url(f"{endpoint}/envoys?namespace=default") as answer,
        ):
            if b"envoy_key" in answer.read():
                return
        time.sleep(0.2)
    raise AssertionError(f"the registry has not started:\n{log.read_text()}")


def answers(endpoint: str) -> bool:
    with contextlib.suppress(OSError), open_url(f"{endpoint}/health"):
        return True
    return False


def picture(checks: str) -> str:
    """What `doctor` shows on a terminal, from what it prints elsewhere."""
    lines = [json.loads(line) for line in checks.splitlines()]
    return "".join(f"{'✓!✗?'[STATES.index(one['state'])]} {one['name']:9} {one['text']}\n" for one in lines)


@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="the engine is found through /proc")
def test_the_tutorial(folder: Path, environ: dict[str, str], tmp_path: Path) -> None:
    find_node()
    endpoint = environ.pop("TUTORIAL_ENDPOINT")
    log = tmp_path / "server.log"
    printed = ""
    for step in steps():
        if step.file is not None:
            (folder / step.file).write_text(step.text)
        elif step.text == SERVER:
            with log.open("wb") as output:
                server = subprocess.Popen(
                    ["sh", "-c", step.text],
                    cwd=folder,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            wait_for_host(endpoint, log)
            environ["RIVET_ENDPOINT"] = endpoint
        elif step.kind == "sh":
            if step.text.startswith("kill "):
                os.killpg(server.pid, signal.SIGINT)
                server.wait(60)
                assert answers(endpoint), "the engine ends with its actors; the page says that it does not"
            done = subprocess.run(
                ["sh", "-e", "-c", step.text],
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
            shown = picture(printed).replace(
                f"{endpoint} (RIVET_ENDPOINT)", "http://localhost:6420 (the default)"
            )
            took = r"[\d.]+ ms \(median of \d\)"
            assert re.sub(took, "", shown) == re.sub(took, "", step.text)
        else:
            assert printed == step.text
    assert sum(step.kind == "text" for step in steps()) == 4
    deadline = time.monotonic() + 60
    while processes_in(folder):
        assert time.monotonic() < deadline, "something is left running"
        time.sleep(0.1)
