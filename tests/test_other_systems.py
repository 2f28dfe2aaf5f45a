"""What can be seen on Linux of how the client does on Windows and on macOS; see `tests/support/other_system.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("rivet_client", "generated/rivet_client_generated", "codegen/rivet_codegen")
# LocalEngine says that it needs Unix before it comes to these.
ONLY_UNIX = "rivet_client/testing/local/"


def output(*command: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "", done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("system", "about_local_engine"),
    [
        ("win32", "LocalEngine needs Linux or macOS; on Windows, run it in WSL"),
        ("darwin", f"{ROOT / 'no.ts'} does not exist"),
    ],
)
def test_everything_is_imported_and_both_clients_work(system: str, about_local_engine: str) -> None:
    """Also where texts are not UTF-8 by default."""
    ascii_texts = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = output("-X", "warn_default_encoding", "-m", "tests.support.other_system", system, **ascii_texts)
    modules, calls, said = done.splitlines()
    assert int(modules.removesuffix(" modules")) > 250
    assert (calls, said) == ("calls", about_local_engine)


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_no_module_uses_what_the_system_has_not(system: str, tmp_path: Path) -> None:
    """Also in functions that no test calls: a type checker knows what each system has."""
    (tmp_path / "mypy.ini").write_text("[mypy]\nfollow_imports = skip\nignore_missing_imports = True\n")
    risky = re.compile(
        r"^ *import (asyncio|fcntl|os|pty|select|selectors|shutil|signal|socket|time|tty)\b", re.M
    )
    paths = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    files = [str(path) for path in paths if risky.search((ROOT / path).read_text(encoding="utf-8"))]
    assert "rivet_client/_blocking/poller.py" in files
    # A module alone, without those that it imports, costs little, and has other mistakes then.
    # What it learns in this way is not for the project's own cache.
    options = (f"--config-file={tmp_path / 'mypy.ini'}", f"--cache-dir={tmp_path / 'cache'}")
    found = output("-m", "mypy", *options, "--platform", system, *files)
    missing = [line for line in found.splitlines() if "error: Module has no attribute" in line]
    elsewhere = [line for line in missing if not line.startswith(ONLY_UNIX)]
    assert elsewhere == []
    assert bool(missing) == (system == "win32")  # else it has looked at nothing


def test_a_connection_that_takes_a_while_is_not_ready_before_it_is_open() -> None:
    """On Windows, reading fails until then, which does not mean that another thread has ended the stream."""
    waits = """
import errno, socket, sys
from tests.support.other_system import become

become(sys.argv[1])
from rivet_client._blocking.poller import wait

class Connecting(socket.socket):
    def recv(self, *_):
        raise OSError(errno.ENOTCONN, "not connected")

one, other = socket.socketpair()
with other, Connecting(fileno=one.detach()) as sock:
    print(wait(sock, read=True, write=False, timeout=0.3))
    other.send(b"open")
    print(wait(sock, read=True, write=False, timeout=30))
"""
    assert output("-c", waits, "win32").split() == ["False", "True"]


def test_texts_of_files_name_their_encoding() -> None:
    """On Windows, the default is not UTF-8."""
    checked = output("-m", "ruff", "check", "--preview", "--select=PLW1514", "--quiet", *PACKAGES)
    assert checked == ""


def test_systems_have_one_name_in_the_code() -> None:
    """`os.name` is another way to ask, which neither type checkers nor these tests know."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            assert "os.name" not in path.read_text(encoding="utf-8"), path
