"""`LocalEngine`: it comes up, survives restarts, says what is wrong, and never outlives its owner."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rivet_client import ActorError
from rivet_client.testing import EngineError, LocalEngine
from rivet_client.testing.local.loopback import free_port
from rivet_client.testing.local.npm import install
from rivet_client.testing.local.project import find_node, find_project
from rivet_client.testing.local.settings import TOKEN_VARIABLE
from rivet_client.testing.local.shared import engines_of_run, shared_engine
from tests.support.engine import SERVER

# What may pass until the guard has killed everything, in seconds.
AFTERWARDS = 30.0
REGISTRY = """
import { actor, setup } from "rivetkit";

const counter = actor({ state: { count: 0 }, actions: { increment: (c): number => ++c.state.count } });
export const registry = setup({ use: { counter } });
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where engines of this test put their storage."""
    storage = tmp_path / "storage"
    storage.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(storage))
    return storage


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An npm project with rivetkit and tsx."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text('{"type": "module", "dependencies": {"rivetkit": "*"}}')
    (project / "registry.ts").write_text(REGISTRY)
    (project / "node_modules").symlink_to(SERVER / "node_modules")
    return project


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition: Callable[[], bool], timeout: float = AFTERWARDS) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def listed(storage: Path) -> list[int]:
    """The processes of an engine, in the order of their start."""
    with contextlib.suppress(FileNotFoundError):
        return [int(pid) for file in storage.glob("rivet-engine-*/pids") for pid in file.read_text().split()]
    return []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("when", ["starting", "ready"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_nothing_outlives_its_owner(tmp_path: Path, how: signal.Signals, when: str) -> None:
    command = [sys.executable, "-m", "rivet_client.testing.local", "--install"]
    command += ["--registry", str(SERVER / "registry.ts"), "--url-file", str(tmp_path / "url")]
    command += ["--logs", str(tmp_path / "logs")]
    owner = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started: set[int] = set()

    def note_started() -> int:
        started.update(listed(tmp_path))
        return len(started)

    try:
        reached = {"starting": lambda: note_started() >= 1, "ready": (tmp_path / "url").exists}[when]
        assert wait_until(reached, 40)
        note_started()
        if when == "ready":
            assert {log.name for log in (tmp_path / "logs").glob("*.log")} == {"engine.log", "host.log"}
        owner.send_signal(how)
        owner.wait(AFTERWARDS)
        assert wait_until(lambda: not any(tmp_path.glob("rivet-engine-*")))
        assert wait_until(lambda: not any(map(is_running, started)))
        assert len(started) == (2 if when == "ready" else len(started))
    finally:
        owner.kill()
        owner.wait()


# Says when it is ready, and needs some time for its end.
COMMAND = """
import os, pathlib, signal, sys, time
def end(*_):
    time.sleep(1)
    print("has ended at", os.environ["RIVET_ENDPOINT"], flush=True)
    sys.exit(3)
signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
"""
# The engine has no part in this.
WITHOUT_ENGINE = """
import contextlib, sys, types
from rivet_client.testing.local import __main__ as local
local.LocalEngine = lambda *_, **__: contextlib.nullcontext(types.SimpleNamespace(url="http://e:1"))
sys.exit(local.main(["--registry", "none", sys.executable, "-c", sys.argv[1]]))
"""


@pytest.mark.parametrize(
    ("kill", "how", "code"), [(os.killpg, signal.SIGINT, 3), (os.kill, signal.SIGTERM, 143)]
)
def test_a_command_ends_in_its_own_time(
    kill: Callable[[int, int], None], how: signal.Signals, code: int
) -> None:
    """Ctrl-C reaches all processes of a terminal, SIGTERM only the one that it is sent to."""
    owner = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_ENGINE, COMMAND],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with owner:
        try:
            assert owner.stdout is not None
            assert [owner.stdout.readline() for _ in range(2)] == ["engine ready: http://e:1\n", "ready\n"]
            kill(owner.pid, how)
            assert owner.stdout.read() == "has ended at http://e:1\n"
            assert owner.wait(60) == code
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(owner.pid, signal.SIGKILL)


@pytest.mark.parametrize(("is_running", "first"), [(True, "stop_host"), (False, "kill_host")])
def test_a_host_whose_engine_is_gone_is_not_waited_for(
    is_running: bool, first: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, done = LocalEngine(project / "registry.ts"), list[str]()
    for name in ("stop_host", "kill_host", "stop_engine", "start_engine", "start_host"):
        monkeypatch.setattr(engine, name, lambda name=name: done.append(name))
    monkeypatch.setattr(engine, "_process", lambda _: SimpleNamespace(running=is_running))
    engine.restart()
    assert done == [first, "stop_engine", "start_engine", "start_host"]


def test_the_life_of_an_engine(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One engine, through all that can be done to it, because a start takes more than a second."""
    # A person who works with an engine elsewhere.
    for name, value in {
        "RIVET_NAMESPACE": "elsewhere",
        "RIVET_TOKEN": "secret",
        "HTTP_PROXY": "http://[::1]:1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_PROXY")
    registry = project / "registry.ts"
    engine = LocalEngine(registry, env={"NO_COLOR": "1"})
    for use in (lambda: engine.url, lambda: engine.logs, engine.check, engine.client, engine.restart):
        with pytest.raises(EngineError, match="the engine has not been started"):
            use()
    with engine, engine.client(timeout=60) as client:
        with pytest.raises(EngineError, match="started already"):
            engine.start()
        counter = client.counter.get_or_create("life")
        assert counter.increment() == 1
        assert "RivetKit" in engine.logs["host"]
        assert engine.logs["engine"]

        with monkeypatch.context() as forked:
            forked.setattr("os.getpid", lambda: -1)
            engine.stop()  # what the parent uses goes on
        known = counter.resolve()
        engine.restart()
        assert client.counter.get("life").resolve() == known

        engine.stop_host()
        engine.check()  # that was no accident
        for text, told in (
            ("const x = ;", r'registry\.ts:1:10: ERROR: Unexpected ";"'),
            ("export const x = 1", r"registry\.ts exports no registry"),
        ):
            registry.write_text(text)
            with pytest.raises(EngineError, match=rf"the host ended .* before it registered(?s:.*){told}"):
                engine.start_host()
        registry.write_text(REGISTRY + "registry.start();")
        engine.start_host()
        assert client.counter.get_or_create("another").increment() == 1

        engine.stop_engine()
        with pytest.raises(EngineError, match="start the engine before the host"):
            engine.start_host()
        with socket.create_server(("127.0.0.1", engine._port + 1)), socket.socket() as metrics:
            metrics.bind(("127.0.0.1", engine._port + 10))  # somebody took them meanwhile
            engine.start_engine()
        assert client.counter.get("life").resolve() == known
        with pytest.raises(EngineError, match="the host runs already"):
            engine.start_host()

        host, started_last = listed(folder)
        os.kill(host, signal.SIGKILL)
        assert wait_until(lambda: not engine._process("host").running)
        for make in (engine.check, engine.client, engine.async_client):
            with pytest.raises(EngineError, match=r"the host was killed by signal 9; its log(?s:.*)RivetKit"):
                make()
        os.kill(started_last, signal.SIGKILL)
        assert wait_until(lambda: not engine._process("engine").running)
        with pytest.raises(EngineError, match="the engine was killed by signal 9; its log"):
            engine.start_host()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("way", ["token", "env"])
def test_an_engine_that_asks_for_a_token(project: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine, host and clients have it; whoever has none, or another one, is told what to do."""
    monkeypatch.setenv("RIVET_TOKEN", "of-an-engine-elsewhere")
    token = "geheim-1"
    settings: dict[str, Any] = {"token": token} if way == "token" else {"env": {TOKEN_VARIABLE: token}}
    with LocalEngine(project / "registry.ts", **settings) as engine:
        with engine.client() as client:
            assert client.counter.get_or_create("k").increment() == 1
            assert client.engine.namespaces_list().namespaces
        engine.stop_host()
        engine.start_host()
        assert token not in repr(engine) + "".join(engine.logs.values())
        hint = "give a token that may do this in RIVET_TOKEN, or as token="
        with engine.client(token="another") as client, pytest.raises(ActorError) as caught:
            client.engine.namespaces_list()
        assert caught.value.hint == hint
        # An engine that has its token from elsewhere.
        engine._token = None
        engine.stop_host()
        start = time.monotonic()
        with pytest.raises(EngineError, match=r"^the engine refuses access \(HTTP 403\): give the token"):
            engine._wait_for(engine._process("engine"), engine._answers, "answered")
        assert time.monotonic() - start < 30, "at once, and not after 60 s"


@pytest.mark.parametrize(
    ("token", "env", "told"),
    [
        ("", {}, "is empty, or has"),
        ("two words", {}, "characters that a header cannot carry"),
        (None, {TOKEN_VARIABLE: "line\n"}, "characters that a header cannot carry"),
        (
            "one",
            {TOKEN_VARIABLE: "two"},
            f"token= and {TOKEN_VARIABLE} in env= are two tokens: leave one out",
        ),
        (5, {}, "token must be a str or None, not int"),
    ],
)
def test_tokens_are_checked(project: Path, token: Any, env: dict[str, str], told: str) -> None:
    with pytest.raises((EngineError, TypeError), match=told):
        LocalEngine(project / "registry.ts", token=token, env=env)


async def test_asyncio(project: Path, folder: Path) -> None:
    """The loop goes on, and a start that is cancelled leaves nothing."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    async def use() -> None:
        async with LocalEngine(project / "registry.ts") as engine, engine.async_client() as client:
            assert ticks > 5
            with pytest.raises(EngineError, match="started already"):
                await engine.__aenter__()
            assert await client.counter.get_or_create("async").increment() == 1

    ticking = asyncio.create_task(tick())
    await use()
    assert list(folder.iterdir()) == []
    using = asyncio.create_task(use())
    while not listed(folder):
        await asyncio.sleep(0.01)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert list(folder.iterdir()) == []
    ticking.cancel()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nothing.ts", r"/project/nothing\.ts does not exist$"),
        ("", r"/project is a folder; name the file in it$"),
        ("package.json", r"/project/package\.json is neither TypeScript nor JavaScript"),
    ],
)
def test_files_are_checked(project: Path, name: str, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        LocalEngine(project / name)


NODE = """#!/bin/sh
if [ "$1" = --version ]; then echo {version}; else echo '{{"version": "{version}", {found}}}'; fi
"""
INSTALLED = '"rivetkit": "/r", "engine": "/e", "engineVersion": "2.3.19", "problem": null'


def put_node(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str, found: str = "") -> None:
    """Put a `node` on PATH that finds what we say."""
    programs = folder / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    (programs / "node").write_text(NODE.format(version=version, found=found))
    (programs / "node").chmod(0o755)


def start_fails(project: Path, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        LocalEngine(project / "registry.ts").start()


def test_node_is_missing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    start_fails(project, "^Node 20.6 or newer is needed to run a registry, and `node` is not on PATH$")


def test_node_is_too_old(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_node(project, monkeypatch, "v18.19.1")
    start_fails(project, r"^Node 20.6 or newer is needed to run a registry; .*/bin/node is v18\.19\.1$")
    with pytest.raises(EngineError, match="v18"):
        find_node()


def test_there_is_no_package(project: Path) -> None:
    (project / "package.json").unlink()
    start_fails(project, r"^no package\.json in .*/project or above it: .*`npm init -y`")


@pytest.mark.parametrize(
    ("lock_file", "package", "command"),
    [
        ("package-lock.json", '{"dependencies": {"rivetkit": "*"}}', "npm ci"),
        ("../pnpm-lock.yaml", '{"devDependencies": {"rivetkit": "*"}}', "pnpm install --frozen-lockfile"),
        (None, '{"dependencies": {"rivetkit": "*"}}', "npm install"),
        ("package-lock.json", "{}", "npm install rivetkit"),
    ],
)
def test_rivetkit_is_not_installed(project: Path, lock_file: str | None, package: str, command: str) -> None:
    (project / "node_modules").unlink()
    (project / "package.json").write_text(package)
    if lock_file:
        (project / lock_file).touch()
    start_fails(project, rf"^rivetkit is not installed for .*registry\.ts: run `{command}` in .*/project$")


def test_the_engine_is_not_installed(project: Path) -> None:
    (project / "node_modules").unlink()
    rivetkit = project / "node_modules" / "rivetkit"
    rivetkit.mkdir(parents=True)
    (rivetkit / "index.js").touch()
    start_fails(
        project, r"^the engine of rivetkit is not installed for .*Cannot find module '@rivetkit/engine-cli'"
    )
    (project / "package.json").write_text("{")
    start_fails(project, r"package\.json is not the package\.json of an npm project$")


@pytest.mark.parametrize(
    ("version", "options"),
    [
        ("v22.6.0", ["--experimental-strip-types"]),
        ("v22.18.0", []),
        ("v23.5.0", ["--experimental-strip-types"]),
        ("v23.6.0", []),
        ("v24.1.0", []),
    ],
)
def test_node_runs_typescript_by_itself(
    project: Path, monkeypatch: pytest.MonkeyPatch, version: str, options: list[str]
) -> None:
    put_node(project, monkeypatch, version, f'{INSTALLED}, "tsx": null')
    found = find_project(project / "registry.ts")
    assert found.host[1:-2] == options
    assert find_project(project / "registry.mjs").host[1:-2] == []
    with pytest.raises(EngineError, match="run `npm install --save-dev tsx` in .*/project$"):
        find_project(project / "registry.tsx")


def test_nothing_runs_typescript(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_node(project, monkeypatch, "v22.5.1", f'{INSTALLED}, "tsx": null')
    start_fails(
        project,
        r"^Node v22\.5\.1 cannot run .*: run `npm install .* tsx` in .*, or use Node 22\.18 or newer$",
    )


def test_ports_are_checked(project: Path) -> None:
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port + 1))
        with pytest.raises(EngineError, match=f"^port {port + 1} is taken; an engine on port {port} needs"):
            LocalEngine(project / "registry.ts", port=port).start()
    for port in (0, 65526):
        with pytest.raises(EngineError, match="is not between 1 and 65525"):
            LocalEngine(project / "registry.ts", port=port).start()
    with pytest.raises(TypeError, match="port must be an int or None, not str"):
        LocalEngine(project / "registry.ts", port="6420")  # type: ignore[arg-type]


def test_windows(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(EngineError, match="needs Linux or macOS"):
        LocalEngine(project / "registry.ts")


def test_nothing_is_installed_without_a_lock_file(project: Path) -> None:
    with pytest.raises(EngineError, match=r"no package-lock\.json in .*run `npm install` there"):
        LocalEngine(project / "registry.ts", install=True).start()


def test_an_installation_that_fails_or_is_given_up(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "package-lock.json").touch()
    put_node(project, monkeypatch, "v20.6.0")
    npm = project / "bin" / "npm"
    npm.write_text("#!/bin/sh\necho what npm says; exit 7")
    npm.chmod(0o755)
    with pytest.raises(EngineError, match="`npm ci` failed in .* with exit code 7:\nwhat npm says"):
        LocalEngine(project / "registry.ts", install=True).start()
    npm.write_text("#!/bin/sh\nexec sleep 1000")
    said: list[str] = []

    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        install(project, say=said.append, check=check)
    assert len(said) == 1
    npm.unlink()
    monkeypatch.setenv("PATH", str(npm.parent))
    with pytest.raises(EngineError, match="and `npm` is not on PATH"):
        install(project)


def test_a_shared_engine_that_does_not_start(project: Path) -> None:
    """What was printed is told to all who ask, and nobody tries again."""
    (project / "registry.ts").unlink()
    with engines_of_run() as run:
        for _ in range(2):
            with pytest.raises(
                EngineError, match=r"no engine runs for .*registry\.ts:\nerror: .* does not exist"
            ):
                shared_engine(project / "registry.ts", run)
    assert not run.exists()
