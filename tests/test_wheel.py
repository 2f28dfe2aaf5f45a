"""Wheel and sdist, installed into clean environments away from the checkout, work and bring only what they should.

What is installed comes from the index that pip is configured for; so do the generator's tools, which only this file
installs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple

import pytest

from rivet_client.testing.local.npm import locked
from rivet_codegen.cache.installation import CACHE_VARIABLE
from tests.docs.snippets import snippets
from tests.support.engine import SERVER

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
START_PAGE = ROOT / "docs" / "README.md"
REGISTRY = SERVER / "registry.ts"
GOLDEN = ROOT / "tests" / "typed" / "golden"
PACKAGES = {"rivet_client", "rivet_client_generated", "rivet_codegen"}
# The package is not that of a person or a company, and it has no address.
NOT_OURS = "AuthorEmail"

# Everything that the name does not make private; prints what an extra is needed for.
IMPORTS = """
import importlib, pkgutil
import rivet_client, rivet_client_generated
for package in (rivet_client, rivet_client_generated):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if "._" not in module.name:
            try:
                importlib.import_module(module.name)
            except ImportError:
                print(module.name)
"""
NEEDS_EXTRAS = r"rivet_client\.(cli\.\w+|otel|testing\.pytest_plugin)"
PROGRAM = """
import asyncio, sys
sys.modules.update(dict.fromkeys(("click", "platformdirs", "rich")))  # those of the extra; the client needs none
import rivet_client, rivet_client_generated
from rivet_client import AsyncClient, Client
assert "checkout" not in rivet_client.__file__ and sys.prefix in rivet_client.__file__, rivet_client.__file__
with Client() as client:
    print(client.counter.get_or_create("wheel").increment())
async def main():
    async with AsyncClient() as client, client.counter.get_or_create("wheel").connect() as connection:
        print(await connection.increment())
asyncio.run(main())
"""
# pyroma looks at a checkout, and builds it to get its metadata. These are those of the wheel.
RATING = """
import sys
from email.parser import BytesParser
from pyroma import projectdata, ratings
projectdata.wheel_metadata = lambda *_: BytesParser().parse(sys.stdin.buffer)
print(*ratings.rate(projectdata.get_data(sys.argv[1]), [sys.argv[2]]))
"""


class Dists(NamedTuple):
    wheel: Path
    sdist: Path

    @property
    def metadata(self) -> bytes:
        with zipfile.ZipFile(self.wheel) as wheel:
            (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            return wheel.read(name)


@pytest.fixture(scope="session")
def dists(this_run: Path) -> Dists:
    """The sdist, and the wheel that is built from it: once for the run."""
    folder, lock = this_run / "dists", this_run / "dists.lock"
    lock.touch()
    with locked(lock):
        if not folder.exists():
            # With what pyproject.toml asks for, which pip then fetches for the sdist below.
            run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=this_run)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Dists(wheel, sdist)


def run(*command: str | Path, cwd: Path, path: str = os.environ["PATH"], stdin: bytes = b"") -> str:
    """Run a command away from the checkout."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**env, CACHE_VARIABLE: str(cwd / "cache"), "PATH": path},
        input=stdin,
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


class Environment:
    """A clean environment for a Python."""

    def __init__(self, folder: Path, python: str) -> None:
        self._cwd = folder
        run(sys.executable, "-m", "virtualenv", "--quiet", "--python", python, folder / "venv", cwd=folder)
        self.programs = folder / "venv" / "bin"
        self.python = self.programs / "python"

    def run(self, *arguments: str | Path, stdin: str = "") -> str:
        """Run its Python, which finds no programs but those of the environment: no Node above all."""
        return run(self.python, *arguments, cwd=self._cwd, path=str(self.programs), stdin=stdin.encode())

    def install(self, what: str | Path) -> None:
        self.run("-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", what)

    def check(self) -> list[str]:
        """What is installed fits together, and every module can be imported; returns those that need an extra."""
        self.run("-m", "pip", "check", "--disable-pip-version-check")
        return self.run("-W", "error", "-c", IMPORTS).split()

    def check_first_screen(self) -> None:
        """The first programs of the README and the docs work as files and as lines that are given to the prompt."""
        for first in (snippets(README)[0], *snippets(START_PAGE)[:2]):
            (self._cwd / "first.py").write_text(first.code)
            assert "# ->" in first.code
            first.check(self.run("-W", "error", "first.py"))
            first.check(self.run("-W", "error", "-i", "-q", stdin=first.code))


def newest_other_python() -> str:
    """The newest Python beside the running one; that one if there is no other."""
    for minor in range(15, 10, -1):
        found = shutil.which(f"python3.{minor}")
        if found and minor != sys.version_info.minor:
            if subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
                return found  # and no shim that knows of no such version
    return sys.executable


def test_contents(dists: Dists, tmp_path: Path) -> None:
    assert "PASSED" in run(sys.executable, "-m", "twine", "check", "--strict", *dists, cwd=tmp_path)
    run(sys.executable, "-m", "check_wheel_contents", dists.wheel, cwd=ROOT)
    rated = run(sys.executable, "-c", RATING, ROOT, NOT_OURS, cwd=tmp_path, stdin=dists.metadata)
    assert rated == "10 []\n"

    with tarfile.open(dists.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    builds = {".gitignore", "PKG-INFO", "codegen", "generated", "pyproject.toml", "rivet_client", "schema"}
    reads = {"LICENSE", "docs", "examples", *(page.name for page in ROOT.glob("*.md"))}
    assert {name.partition("/")[0] for name in names} == builds | reads
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_metadata(dists: Dists) -> None:
    metadata = BytesParser().parsebytes(dists.metadata)
    assert (metadata["License-Expression"], metadata["License-File"]) == ("Apache-2.0", "LICENSE")
    description = metadata.get_payload()
    assert isinstance(description, str)
    links = re.findall(r"\]\(([^)]*)\)", description)
    assert links
    assert not [link for link in links if not link.startswith("https://")]
    assert "noxfile" not in description
    for page in (README, ROOT / "docs" / "getting-started.md"):
        assert dists.wheel.name in page.read_text(encoding="utf-8")


@pytest.mark.timeout(300)
def test_sdist(dists: Dists, tmp_path: Path) -> None:
    """On another Python, if there is one. pip builds the wheel with what pyproject.toml says that it takes."""
    environment = Environment(tmp_path, newest_other_python())
    environment.install(dists.sdist)
    assert all(re.fullmatch(NEEDS_EXTRAS, name) for name in environment.check())
    environment.check_first_screen()


@pytest.mark.timeout(300)
def test_wheel(dists: Dists, tmp_path: Path) -> None:
    environment = Environment(tmp_path, sys.executable)
    python, programs = environment.python, environment.programs
    environment.install(dists.wheel)
    environment.check_first_screen()
    environment.install(f"{dists.wheel}[cli,otel,socks,testing]")
    assert environment.check() == []
    files = environment.run("-m", "pip", "show", "--files", "rivet-client").partition("Files:\n")[2]
    tops = {line.strip().partition("/")[0] for line in files.splitlines()}
    # Scripts lie outside of the folder of the packages: "../../../bin".
    assert {name for name in tops if not name.endswith(".dist-info") and name != ".."} == PACKAGES
    for name in (
        "rivet_client/py.typed",
        "rivet_client_generated/py.typed",
        "rivet_codegen/output/ruff-typed.toml",
        "rivet_codegen/templates/facade",
        "rivet_codegen/tools/requirements.txt",
        "rivet_codegen/typescript/extract.mjs",
    ):
        assert name in files
    local_engine = (python, "-m", "rivet_client.testing.local", "--install", "--registry", REGISTRY)
    assert run(*local_engine, python, "-c", PROGRAM, cwd=tmp_path).split()[-2:] == ["1", "2"]
    # pyright sees the types of everything that a user can import; it takes the first Python that it finds.
    pyright = (sys.executable, "-m", "pyright", "--verifytypes", "rivet_client", "--ignoreexternal")
    first = f"{programs}{os.pathsep}{os.environ['PATH']}"
    assert "Type completeness score: 100%" in run(*pyright, cwd=tmp_path, path=first)
    # The tools are not in this environment, and yet it generates the golden package.
    shutil.copytree(GOLDEN / "expected", tmp_path / "counters", ignore=shutil.ignore_patterns("__pycache__"))
    generate = (programs / "rivet-client", "generate", GOLDEN / "registry.json", "--check", "-o", "counters")
    run(*generate, cwd=tmp_path)
    assert list((tmp_path / "cache").glob("tools-*"))
