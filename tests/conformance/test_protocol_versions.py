"""A client that knows a newer version of the protocol than the engine: actions, connections and queues work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.engine import SharedEngine
from tests.support.version_5 import generate_version_5

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("speaks_version_5.py")


def test_a_made_up_version_5(engine: SharedEngine, key: str, tmp_path: Path) -> None:
    path = os.pathsep.join(map(str, (generate_version_5(tmp_path), ROOT)))
    done = subprocess.run(
        [sys.executable, "-W", "error", PROGRAM, engine.url, key],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    # Each flavour's connection that gives up is logged once, and a program without a log of its own sees that.
    lines = done.stderr.splitlines()
    assert len(lines) == 2, done.stderr
    assert all(line.endswith("or update the server; giving up") for line in lines), done.stderr
    assert done.stdout == "all is well\n"
