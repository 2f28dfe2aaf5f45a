"""What of README.md the other tests of pages cannot run: the block that needs a generated package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.local_engine import EXAMPLE_REGISTRY, install
from tests.docs.snippets import ROOT, Snippet, fences
from tests.support.engine import SharedEngine

README = ROOT / "README.md"


@pytest.mark.timeout(120)  # TypeScript may have to be fetched first
def test_types_from_a_registry(example_engine: SharedEngine, key: str, tmp_path: Path) -> None:
    (command,) = [text for _, _, text in fences(README) if text.startswith("rivet-client generate ")]
    ((line, code),) = [(line, text) for line, info, text in fences(README) if info == "python file"]
    install(EXAMPLE_REGISTRY)
    arguments = command.replace("my_actors", str(tmp_path / "my_actors")).split()[1:]
    subprocess.run(
        [sys.executable, "-m", "rivet_client", *arguments], cwd=ROOT, env=environment(), check=True
    )
    program = tmp_path / "program.py"
    endpoint = example_engine.url.removeprefix("http://")
    program.write_text(code.replace("localhost:6420", endpoint).replace('"lobby"', repr(key)))
    done = subprocess.run(
        [sys.executable, "-W", "error", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.stderr == ""
    Snippet(README, line, False, code).check(done.stdout)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RIVET")}
    return {**kept, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("", "generated", "codegen"))}
