"""`dev`: what it shows, when it starts what again, and that nothing outlives it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import pytest
from click.testing import CliRunner, Result

from rivet_client import Client
from rivet_client.cli.app import root
from rivet_client.cli.dev import Session, signals_that_end
from rivet_client.cli.dev_logs import LogReader, log_levels, print_line
from rivet_client.cli.dev_package import KeptPackage, package_generator
from rivet_client.cli.extract import Reading
from rivet_client.cli.generate import PackageRequest
from rivet_client.cli.problems import CommandFailed
from rivet_client.testing import EngineError
from rivet_client.testing.local.logs import shown
from rivet_client.testing.local.npm import install
from tests.cli.command import COMMAND, environment, run
from tests.cli.test_tutorial import processes_in, wait_until_nothing_runs_in
from tests.support.engine import EXAMPLE_REGISTRY

# --- lines of logs

TIME = "ts=2026-05-17T08:24:03.805609383Z"
ACTOR = r'actorId=xgi0 actorName=counter actorKey="[\"a\"]" rayId=dlk0'


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("host", "counting { to: [ 1, 2 ] }", "counting { to: [ 1, 2 ] }"),
        ("host", "    at a (/b.ts:10:46)", "    at a (/b.ts:10:46)"),
        ("host", "\x1b[31mred\x1b[0m\x07", r"red\x07"),
        ("host", "level=nonsense is no log", "level=nonsense is no log"),
        ("host", '{"some": "value"}', '{"some": "value"}'),
        ("host", "{ some: 'value' }", "{ some: 'value' }"),
        ("host", f'level=info {ACTOR} msg="one \\"two\\"" n=1', 'info: counter["a"] one "two" n=1'),
        ("host", f"level=debug {ACTOR} msg=one", None),
        ("host", f"level=warn {ACTOR} msg=one", 'warn: counter["a"] one'),
        ("host", '{"level":30,"actorName":"counter","msg":"one","of":[1]}', "info: counter one of=[1]"),
        ("host", '{"level":"ERROR","message":"one"}', "error: one"),
        ("host", f'{TIME} level=info message="starting envoy" envoy_key=08', None),
        (
            "host",
            f'{TIME} level=warn message="action error" actor_id=xg generation=1 actor_key="Some(\\"a\\")" code=no',
            "warn: action error actor_key=a code=no",
        ),
        ("host", f'{TIME} level=warn message="SQLite transaction is unnamed. Add" fingerprint=s', None),
        ("host", "  RivetKit 2.3.19 (Engine - Serverful)", None),
        ("host", "  - Endpoint:     http://127.0.0.1:6420/ (local native)", None),
        ("host", "", None),
        ("engine", f'{TIME} level=info message="starting rivet"', None),
        ("engine", f'{TIME} level=error message="lost\\nall" err=a', r"error: lost\nall err=a"),
        ("engine", f'{TIME} level=warn message="Request failed" err="not_found: The actor"', None),
        ("engine", f'{TIME} level=error message="Request failed" err=all', "error: Request failed err=all"),
        ("engine", "thread 'main' panicked at a.rs", "thread 'main' panicked at a.rs"),
        ("types", "reading a.ts ...", "reading a.ts ..."),
        ("types", "error: a.ts is no\x07 registry", r"error: a.ts is no\x07 registry"),
        ("types", "warning any-type actors.a: no type", "warn: any-type actors.a: no type"),
    ],
)
def test_what_is_shown_of_a_line(source: str, line: str, text: str | None) -> None:
    found = shown(source, line, whole=False)
    assert (found and ": ".join(filter(None, found))) == text


def test_verbose_shows_all_of_all_lines() -> None:
    line = f'{TIME} level=info message="starting envoy" envoy_key=08 of="{"a" * 500}"'
    found = shown("host", line, whole=True)
    assert found == ("info", f"starting envoy {TIME} envoy_key=08 of={'a' * 500}")
    assert shown("host", "", whole=True) == ("", "")
    assert len(str(shown("host", line.replace("info", "warn"), whole=False))) < 300
    assert log_levels(1) == {"RIVET_LOG_LEVEL": "info"}
    assert log_levels(2) == {"RIVET_LOG_LEVEL": "debug"}


def test_lines_tell_who_has_printed_them(capfd: pytest.CaptureFixture[str]) -> None:
    print_line("engine", "level=warn msg=one", whole=False)
    print_line("host", "two [bold]", whole=False)
    print_line("host", "level=debug msg=three", whole=False)
    assert capfd.readouterr().err == "engine | warn  one\nhost   | two [bold]\n"


def test_log_files_are_read_as_they_grow(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("engine", "host")}
    for file in files.values():
        file.touch()
    taken: list[tuple[str, str]] = []
    came = threading.Semaphore(0)

    def take(source: str, line: str) -> None:
        taken.append((source, line))
        came.release()

    with files["host"].open("wb", buffering=0) as host, LogReader(files, take) as logs:
        host.write(b"one\ntwo \xff")
        assert came.acquire(timeout=60)
        assert taken == [("host", "one")]
        host.write(b"three\n")
        files["engine"].write_bytes(b"four\n")
        logs.catch_up()
        assert taken == [("host", "one"), ("engine", "four"), ("host", "two \ufffdthree")]
        host.write(b"five")
    assert taken[3:] == [("host", "five")]


# --- a session, beside an engine that is none


class Stub:
    """An engine whose host ends when told to, and a generator that runs until told to end."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.ended: dict[str, str] = {}
        self.fails = False
        self.hangs = 0
        self.running = False

    def start(self, env: Mapping[str, str]) -> None:
        assert env == os.environ
        self.done.append("generate")
        self.running = True

    def kill(self) -> None:
        assert not self.running

    def end_generation(self) -> None:
        self.running = False
        self.done.append("generated")

    def start_host(self, *, check: Callable[[], None]) -> None:
        self.done.append("start")
        self.ended.pop("host", None)
        if self.fails:
            raise EngineError("the host ended with exit code 1 before it registered", "a stack")
        self._hang(check)

    def stop_host(self, *, check: Callable[[], None]) -> None:
        self.done.append("stop")
        self._hang(check)

    def kill_host(self) -> None:
        self.done.append("kill")

    def _hang(self, check: Callable[[], None]) -> None:
        if self.hangs:
            self.hangs -= 1
            while True:
                check()

    def check(self, *names: str) -> None:
        for name in names:
            if name in self.ended:
                raise EngineError(self.ended[name], "a stack")

    def catch_up(self) -> None:
        self.done.append("read")


@pytest.fixture
def stub() -> Stub:
    return Stub()


class Over(Exception):
    """No more changes."""


def session(stub: Stub, *changes: Callable[[], object] | str, goes_on: bool = True) -> None:
    """Run a session: each change is a file that changes, or something that happens."""

    def told() -> Iterator[frozenset[Path]]:
        yield frozenset()
        for change in changes:
            if isinstance(change, str):
                yield frozenset({Path(change)})
            else:
                change()
                yield frozenset()
        raise Over

    Session(stub, Path("registry.ts"), stub.catch_up, KeptPackage(stub), goes_on=goes_on).run(told())


def test_a_change_starts_the_host_again(stub: Stub, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Over):
        session(stub, lambda: None, "/a.ts")
    assert stub.done == ["kill", "start", "generate", "read", "read", "stop", "start"]
    told = capfd.readouterr().err
    assert "/a.ts changed\nstarting registry.ts again ...\nstarted registry.ts again in " in told


def test_a_generation_holds_nothing_up_and_one_more_follows_it(stub: Stub) -> None:
    with pytest.raises(Over):
        session(
            stub,
            "/a.ts",
            "/b.ts",
            stub.end_generation,
            lambda: None,
            stub.end_generation,
            lambda: None,
            "/c.ts",
        )
    again = ["stop", "start"]
    assert [one for one in stub.done if one != "read"] == [
        *("kill", "start", "generate", *again, *again, "generated"),
        *("generate", "generated"),
        *(*again, "generate"),
    ]


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("hung", ["start", "stop"])
def test_a_change_ends_a_start_that_is_under_way(
    stub: Stub, hung: str, times: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also the end of the host before. The host that hangs is killed; the package does not wait for it."""

    def hang() -> None:
        stub.hangs = times

    if hung == "start":
        hang()
        before, between = ["kill", "start"], ["generate", "kill", "start"]
        first: list[Callable[[], object] | str] = []
    else:
        before, between = ["kill", "start", "generate", "stop"], ["kill", "start"]
        first = [hang, "/0.ts"]
    changes = [it for number in range(times) for it in (lambda: None, f"/{number + 1}.ts")]
    with pytest.raises(Over):
        session(stub, *first, *changes, stub.end_generation, lambda: None)
    done = [one for one in stub.done if one != "read"]
    assert done == [*before, *between, *["kill", "start"] * (times - 1), "generated", "generate"]
    told = capfd.readouterr().err
    assert f"/{times}.ts changed\nstarting registry.ts again ...\nstarted registry.ts again in " in told
    assert told.count("started registry.ts ") == (1 if hung == "start" else 2)


def test_a_host_that_ends_waits_for_a_change(stub: Stub, capfd: pytest.CaptureFixture[str]) -> None:
    def end() -> None:
        stub.ended["host"] = "the host ended with exit code 7"

    def fail() -> None:
        stub.fails = True

    def mend() -> None:
        stub.fails = False

    with pytest.raises(Over):
        session(stub, end, lambda: None, fail, "/a.ts", lambda: None, mend, "/b.ts", lambda: None)
    assert stub.done.count("start") == 3
    told = capfd.readouterr().err
    hint = "hint: mend it; the host starts again when a source changes\n"
    assert told.count(f"error: the host ended with exit code 7\n{hint}") == 1
    assert told.count(f"error: the host ended with exit code 1 before it registered\n{hint}") == 1
    assert "a stack" not in told, "that has been shown already"


def test_what_no_change_can_mend_is_the_end(stub: Stub) -> None:
    stub.fails = True
    with pytest.raises(CommandFailed, match="^the host ended with exit code 1 before it registered$"):
        session(stub, goes_on=False)
    stub.fails = False

    def end() -> None:
        stub.ended = {"engine": "the engine was killed by signal 9", "host": "the host ended"}

    with pytest.raises(CommandFailed, match="^the engine was killed by signal 9$"):
        session(stub, end)
    stub.fails = True  # because there is no engine
    with pytest.raises(CommandFailed, match="^the engine was killed by signal 9$"):
        session(stub)


def test_a_generator_ends_with_its_block(tmp_path: Path) -> None:
    source, package = tmp_path / "registry.json", tmp_path / "my_actors"
    os.mkfifo(source)  # it is read as slowly as this test writes it

    def reader() -> BinaryIO:
        deadline = time.monotonic() + 60
        while True:
            try:
                return open(os.open(source, os.O_WRONLY | os.O_NONBLOCK), "wb")
            except OSError:  # nobody reads it yet
                assert time.monotonic() < deadline, generator.last_lines()
                time.sleep(0.02)

    with package_generator(PackageRequest(source, package, Reading(), validate=True)) as generator:
        for _ in range(2):
            generator.start(environment())
            with reader() as document:
                document.write(b"{")
            while generator.running:
                time.sleep(0.02)
        told = generator.last_lines()
        assert told.count(f"error: {source} is not JSON: ") == 2
        assert told.endswith(f"{package} stays as it is")
        generator.start(environment())
        document = reader()
    with pytest.raises(BrokenPipeError), document:  # nobody reads it any more
        document.write(b"{")
    assert not generator.log.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_as_ctrl_c_does(number: signal.Signals) -> None:
    inherited = signal.signal(number, signal.SIG_DFL)  # a run under nohup ignores SIGHUP
    try:
        with pytest.raises(CommandFailed, match=f"^ended by {number.name}$") as caught, signals_that_end():
            signal.raise_signal(number)
        assert caught.value.code == 128 + number
        assert signal.getsignal(number) is signal.SIG_DFL
        with pytest.raises(KeyboardInterrupt), signals_that_end():
            raise KeyboardInterrupt
        signal.signal(number, signal.SIG_IGN)
        with signals_that_end():
            signal.raise_signal(number)
    finally:
        signal.signal(number, inherited)


# --- the command

REGISTRY = """
import { actor, setup } from "rivetkit";
import { step } from "./src/step.ts";

export const counter = actor({
  state: { count: 0 },
  onSleep: () => console.log("asleep"),
  actions: {
    add: (c) => {
      c.state.count += step;
      console.log("counted to", c.state.count);
      return c.state.count;
    },
  },
});
export const registry = setup({ use: { counter } });
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An npm project with `registry.ts`, which imports `src/step.ts`, and with the packages of the examples."""
    install(EXAMPLE_REGISTRY.parent)
    (tmp_path / "registry.ts").write_text(REGISTRY)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "step.ts").write_text("export const step = 1;")
    (tmp_path / "package.json").write_text('{"type": "module", "dependencies": {"rivetkit": "*"}}')
    (tmp_path / "node_modules").symlink_to(EXAMPLE_REGISTRY.parent / "node_modules")
    return tmp_path


class Running:
    """`rivet-client dev registry.ts`, which runs in a project."""

    def __init__(self, project: Path, *args: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*COMMAND, "dev", "registry.ts", *args],
            cwd=project,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, pattern: str) -> str:
        """Read lines up to one that matches, and return its group."""
        assert self.process.stderr is not None
        first = len(self.lines)
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.fullmatch(pattern, line.rstrip()):
                return found[found.re.groups]
        raise AssertionError(f"no line matches {pattern}:\n{''.join(self.lines[first:])}")

    def end(self, number: signal.Signals) -> str:
        """Send a signal, and return the lines that are left."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)[1]


@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="processes are found through /proc")
def test_a_day_with_dev(project: Path) -> None:
    args = ("--port", "0", "--storage", "data", "--token", "geheim-1")
    running = Running(project, *args)
    try:
        url = running.until(r"the engine is ready in [\d.]+ s: (http://127.0.0.1:\d+)")
        running.until(rf"in another terminal: RIVET_ENDPOINT={url} RIVET_TOKEN=\.\.\. rivet-client actors")
        running.until(r"started registry.ts in [\d.]+ s")
        with Client(url, token="geheim-1") as client:
            counter = client.counter.get_or_create("a")
            assert counter.add() == 1
            running.until(r"host   \| counted to 1")
            (project / "src" / "step.ts").write_text("export const step = 10;")
            running.until("src/step.ts changed")
            running.until(r"started registry.ts again in [\d.]+ s")
            assert counter.add() == 11
        # Another one on the same port, or with the same storage.
        port = url.rpartition(":")[2]
        done = run("dev", str(project / "registry.ts"), "--port", port)
        assert done.code == 1
        assert f"error: port {port} is taken" in done.err
        done = run("dev", str(project / "registry.ts"), "--port", "0", "--storage", str(project / "data"))
        assert (done.code, done.err.splitlines()[-1]) == (
            1,
            f"error: another engine keeps its data in {project / 'data'}",
        )
        # What is kept is worth a graceful end.
        assert "host   | asleep\n" in running.end(signal.SIGTERM)
        assert running.process.returncode == 128 + signal.SIGTERM
        wait_until_nothing_runs_in(project)

        running = Running(project, *args, "--no-watch")
        url = running.until(r"the engine is ready in [\d.]+ s: (http://127.0.0.1:\d+)")
        running.until(r"started registry.ts in [\d.]+ s")
        with Client(url, token="geheim-1") as client:
            assert client.counter.get_or_create("a").add() == 21
        assert "geheim" not in "".join(running.lines)
        assert len(processes_in(project)) >= 3
        running.end(signal.SIGKILL)
        wait_until_nothing_runs_in(project)
    finally:
        running.process.kill()
        running.process.communicate()


HANGING = {
    "never resolves": "console.log('hangs'); await new Promise(() => setInterval(() => {}, 1000));",
    "computes for ever, and hears no signal": "process.on('SIGTERM', () => {}); console.log('hangs'); for (;;);",
}


@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="processes are found through /proc")
@pytest.mark.parametrize("kind", HANGING)
def test_a_save_and_ctrl_c_end_a_start_that_hangs(project: Path, kind: str) -> None:
    step = project / "src" / "step.ts"
    good = step.read_text()
    step.write_text(f"{HANGING[kind]}\n{good}")
    running = Running(project, "--port", "0", "--storage", "data")
    try:
        running.until(r"the engine is ready in [\d.]+ s: (.*)")
        running.until(r"host   \| hangs")
        step.write_text(good)
        running.until("src/step.ts changed")
        running.until(r"started registry.ts again in [\d.]+ s")
        assert not [line for line in running.lines if line.startswith("error")], "it was not given up"
        step.write_text(f"{HANGING[kind]}\n{good}")
        running.until(r"host   \| hangs")
        assert running.end(signal.SIGINT).endswith("interrupted\n")
        assert running.process.returncode == 128 + signal.SIGINT
        wait_until_nothing_runs_in(project)
    finally:
        running.process.kill()
        running.process.communicate()


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        ("PATH", "error: Node 20.6 or newer is needed to run a registry, and `node` is not on PATH\n"),
        ("node_modules", "error: rivetkit is not installed for {registry}: run `npm install` in {project}\n"),
        (
            "registry.ts",
            "'REGISTRY.TS': File '{registry}' does not exist\nhint: try `rivet-client dev --help`\n",
        ),
    ],
)
def test_what_is_missing_is_told(project: Path, left_out: str, told: str) -> None:
    registry = project / "registry.ts"
    if left_out != "PATH":
        (project / left_out).unlink()
    done = run("dev", str(registry), **({"PATH": str(project)} if left_out == "PATH" else {}))
    assert done.code == 1 + (left_out == "registry.ts")
    assert done.err.endswith(told.format(registry=registry, project=project))


# --- its options


def invoked(monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[Result, list[PackageRequest]]:
    """Run the command as far as the engine's start, and return the packages that it would keep."""
    requests: list[PackageRequest] = []

    def start(*_: object) -> None:
        raise CommandFailed("that is far enough")

    monkeypatch.setattr("rivet_client.cli.dev.warn_of_shadow", requests.append)
    monkeypatch.setattr("rivet_client.cli.dev._start_engine", start)
    return CliRunner().invoke(root, ["dev", str(EXAMPLE_REGISTRY), *args]), requests


@pytest.mark.usefixtures("logging_as_before")
def test_a_package_is_read_by_the_given_tsconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tsconfig = EXAMPLE_REGISTRY.with_name("tsconfig.json")
    folder = tmp_path / "package"
    options = ("--generate", str(folder), "--tsconfig", str(tsconfig))
    _, requests = invoked(monkeypatch, *options)
    assert requests == [PackageRequest(EXAMPLE_REGISTRY, folder, Reading(tsconfig), True)]


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize("option", [["--no-validate"], ["--tsconfig", str(EXAMPLE_REGISTRY)]])
def test_options_of_a_package_need_one(monkeypatch: pytest.MonkeyPatch, option: list[str]) -> None:
    done, requests = invoked(monkeypatch, *option)
    assert (done.exit_code, requests) == (2, [])
    assert "give --generate FOLDER, too" in done.output
