"""The engine that the demo and the tests start: it comes up, survives restarts, and never outlives its owner."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from examples import local_engine
from examples.local_engine import EngineError, LocalEngine
from rivet_client import Client
from tests.support.engine import SERVER, PrivateEngine

# What may pass until the guard has killed everything, in seconds.
AFTERWARDS = 30.0


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("when", ["starting", "ready"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_nothing_outlives_its_owner(tmp_path: Path, how: signal.Signals, when: str) -> None:
    command = [
        sys.executable,
        local_engine.__file__,
        "--registry",
        str(SERVER),
        "--url-file",
        str(tmp_path / "url"),
    ]
    owner = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started: set[int] = set()

    def note_started() -> int:
        for file in tmp_path.glob("rivet-engine-*/pids"):
            with contextlib.suppress(FileNotFoundError):
                started.update(int(pid) for pid in file.read_text().split())
        return len(started)

    try:
        reached = {"starting": lambda: note_started() >= 1, "ready": (tmp_path / "url").exists}[when]
        assert wait_until(reached, 40)
        note_started()
        owner.send_signal(how)
        owner.wait(AFTERWARDS)
        assert wait_until(lambda: not any(tmp_path.glob("rivet-engine-*")), AFTERWARDS)
        assert wait_until(lambda: not any(map(is_running, started)), AFTERWARDS)
        assert len(started) == (2 if when == "ready" else len(started))
    finally:
        owner.kill()
        owner.wait()


def test_restarts(private_engine: Callable[..., PrivateEngine], key: str) -> None:
    engine = private_engine()
    with Client(engine.url, timeout=30) as client:
        counter = client.counter.get_or_create(key)
        assert counter.increment() == 1
        engine.stop_host()
        engine.start_host()
        assert counter.increment() == 2
        engine.stop_engine()
        with pytest.raises(EngineError, match="start the engine before the host"):
            engine.start_host()
        engine.start_engine()
        assert counter.get() == 2


def test_a_host_that_fails_is_told_with_its_log() -> None:
    with pytest.raises(EngineError, match=r"the host ended before it registered(?s:.*)no-such-registry\.ts"):
        LocalEngine(SERVER, script="no-such-registry.ts").start()


@pytest.mark.parametrize(
    ("version", "message"), [(None, r"is not on PATH"), ("v18.19.1", r"20\.6 or newer .* is v18\.19\.1")]
)
def test_node_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None, message: str
) -> None:
    if version:
        for name in ("node", "npm"):
            (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
            (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=message):
        local_engine.find_node()
