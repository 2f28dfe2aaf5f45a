"""The process: `python -m rivet_client`, missing extras, readers that leave, completion, what is imported."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import rivet_client
from rivet_client.testing import ActorContext, FakeEngine
from tests.cli.command import COMMAND, INTERRUPTIBLE, environment, run
from tests.support.engine import SharedEngine

# Of what is generated, the settings need the numbers of the protocol's versions.
GENERATED = tuple(
    f"rivet_client_generated.{name}" for name in ("engine_api", "errors", "facade", "protocol.messages")
)
HEAVY = ("httpx", "pydantic", "cbor2", "rich", "watchfiles", "asyncio", "rivet_codegen", *GENERATED)


def test_version() -> None:
    done = run("--version")
    assert (done.code, done.out, done.err) == (0, f"rivet-client {rivet_client.__version__}\n", "")


def test_without_arguments_it_helps() -> None:
    done = run()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: rivet-client [OPTIONS] ")


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["nonsense"], ["generate", "--help"]])
def test_what_starts_fast(args: list[str]) -> None:
    """Asserted by what is loaded, not by a stopwatch."""
    code = f"""
import sys
from rivet_client.cli import main
try:
    main()
except SystemExit:
    print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert done.stderr.splitlines()[-1] == ""


@pytest.mark.parametrize("names", [("click",), ("rich", "watchfiles")])
def test_without_the_extra_it_says_what_to_install(names: tuple[str, ...]) -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys({names!r}))
from rivet_client.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor", "--endpoint", "http://127.0.0.1:1"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"error: the command rivet-client needs packages that are not installed: {', '.join(names)}\n"
        f"hint: they are in the extra cli of rivet-client: pip install {' '.join(names)}\n"
    )


def test_a_reader_that_leaves_before_the_output(engine: SharedEngine, key: str) -> None:
    args = ("call", "echo", key, "text", "60000", "--endpoint", engine.url)
    with subprocess.Popen(
        [*COMMAND, *args], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@pytest.mark.parametrize("args", [["--help"], ["call", "--help"], ["completion", "bash"]])
def test_a_reader_that_leaves_before_the_help(args: list[str]) -> None:
    with subprocess.Popen(
        [*COMMAND, *args], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_an_encoding_that_lacks_characters() -> None:
    """As the standard output of Windows is, when it is a pipe."""
    engine = FakeEngine()

    @engine.actor("échos")
    class Echo:
        def echo(self, ctx: ActorContext, value: str) -> str:
            return value

    with engine:
        to = {"RIVET_ENDPOINT": engine.url, "PYTHONIOENCODING": "cp1252:strict"}
        done = run("call", "échos", "k", "echo", "→😀", "--format", "text", **to)
        assert (done.code, done.out, done.err) == (0, '"\\u2192\\U0001f600"\n', "")
        assert run("call", "échos", "k", "echo", "→😀", **to).out == '"\\u2192\\ud83d\\ude00"\n'
        done = run("call", "→", "k", "echo", **to)
        assert done.err.startswith("error: no actor named '\\u2192'; there are: ")
        lines = run("doctor", "--format", "text", **to).out.splitlines()
        assert lines[0] == f"o endpoint   {engine.url} (RIVET_ENDPOINT)"
        assert [line for line in lines if line.endswith(" ") or "\x1b" in line] == []


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["completion", "bash"]])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_cannot_be_written(args: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *args], env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, timeout=100
        )
    assert done.returncode == 1
    assert done.stderr == "error: [Errno 28] No space left on device\n"


def without(stream: int, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command with its standard output (1) or error (2) closed, and return the other one."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {stream}>&-', "sh", *COMMAND, *args],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_without_standard_output(engine: SharedEngine, key: str) -> None:
    args = ("call", "counter", key, "increment", "--endpoint", engine.url)
    done = without(1, *args)
    assert (done.returncode, done.stderr) == (0, "")
    assert run(*args).value == 2


def test_without_standard_error(engine: SharedEngine, key: str) -> None:
    done = without(2, "call", "echo", key, "echo", "{note", "--endpoint", engine.url)
    assert (done.returncode, done.stdout) == (0, '"{note"\n')


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    done = run("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert "_RIVET_CLIENT_COMPLETE" in done.out


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "rivet-client ",
            {
                "doctor",
                "actors",
                "call",
                "send",
                "listen",
                "extract",
                "generate",
                "diff",
                "dev",
                "completion",
            },
        ),
        ("rivet-client ge", {"generate"}),
        ("rivet-client call counter --enc", {"--encoding"}),
        ("rivet-client call --encoding ", {"bare", "cbor", "json"}),
        ("rivet-client completion f", {"fish"}),
    ],
)
def test_bash_completes(words: str, found: set[str], tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    command = tmp_path / "rivet-client"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m rivet_client "$@"\n')
    command.chmod(0o755)
    script = f"""
eval "$(rivet-client completion bash)"
COMP_WORDS=({words}{"''" if words.endswith(" ") else ""}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_rivet_client_completion rivet-client
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    env = environment()
    done = subprocess.run(
        [bash, "-c", script],
        env={**env, "PATH": f"{tmp_path}:{env['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert set(done.stdout.split()) == found


def test_ctrl_c_in_a_call(engine: SharedEngine, key: str) -> None:
    args = ("call", "slow", key, "sleep", "2900", "-vv", "--endpoint", engine.url)
    with subprocess.Popen(
        [*INTERRUPTIBLE, *args], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "GET /metadata" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("interrupted\n")
    assert "Traceback" not in err
