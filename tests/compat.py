"""The tests beside other versions: of the protocol, and of rivetkit.

    python -m tests.compat                                       # all
    python -m tests.compat tests/conformance/test_queues.py -x   # on rivetkit, only what these arguments of pytest name

First the tests without sockets run with a made-up version 5 of the protocol, and so does the conformance suite on the
fake engine. Whatever is not about version 4 must pass with it. Then the conformance suite runs on a real engine, with
the oldest and with the newest rivetkit that npm can install, of the release that this client is tested with.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rivet_client.cli.checks import TESTED
from rivet_client.testing.local.npm import mark_installed
from tests.mutants.run import Copy
from tests.support.version_5 import generate_version_5

ROOT = Path(__file__).parents[1]
SANS_IO = ("tests/core", "tests/wire", "tests/generated", "tests/fuzz")
ON_FAKE_ENGINE = (
    "tests/conformance",
    "--engine=fake",
    "--ignore=tests/conformance/test_protocol_versions.py",
)
ON_REAL_ENGINE = ("-n", "4", "--dist", "worksteal", "tests/conformance", "--engine=real")


def main(arguments: list[str]) -> int:
    outcomes = {}
    with tempfile.TemporaryDirectory(prefix="compat-") as name:
        folder = Path(name)
        if not arguments:
            path = f"pythonpath=. {generate_version_5(folder / 'v5')} codegen"
            tests = (*SANS_IO, *ON_FAKE_ENGINE)
            outcomes["version 5 of the protocol"] = passes(ROOT, "-n", "auto", "-o", path, *tests)
        versions = released()
        for age, candidates in ("oldest", versions), ("newest", versions[::-1]):
            project = Copy(folder / age).folder
            version = install_first(candidates, project / "tests" / "server")
            print(f"on rivetkit {version}:", flush=True)
            outcomes[f"rivetkit {version}"] = passes(project, *(arguments or ON_REAL_ENGINE))
    for what, passed in outcomes.items():
        print(f"{'passed' if passed else 'FAILED'}  {what}")
    return 0 if all(outcomes.values()) else 1


def passes(folder: Path, *arguments: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, check=False).returncode == 0


def released() -> list[str]:
    """The versions of rivetkit on npm, oldest first."""
    told = npm("view", "rivetkit", "versions", "--json", cwd=ROOT)
    told.check_returncode()
    beginning = f"{TESTED}."
    ends = [
        version.removeprefix(beginning)
        for version in json.loads(told.stdout)
        if version.startswith(beginning)
    ]
    return [f"{beginning}{number}" for number in sorted(int(end) for end in ends if end.isdecimal())]


def install_first(versions: Iterable[str], server: Path) -> str:
    """Give the test actors the first version that can be installed, and return it."""
    for version in versions:
        done = npm("install", "--save-exact", f"rivetkit@{version}", cwd=server)
        if done.returncode == 0:
            mark_installed(server)
            return version
        print(f"rivetkit {version} cannot be installed:\n{done.stderr}", flush=True)
    sys.exit("error: npm can install no version of rivetkit")


def npm(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["npm", *arguments], cwd=cwd, check=False, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
