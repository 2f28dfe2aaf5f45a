"""The wheel, installed into a clean environment away from the checkout, works and brings only what it should.

The generator's tools come from the index that pip is configured for; this is the one test that installs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rivet_codegen.cache.installation import CACHE_VARIABLE
from tests.support.engine import SERVER

ROOT = Path(__file__).parent.parent
REGISTRY = SERVER / "registry.ts"
GOLDEN = ROOT / "tests" / "typed" / "golden"
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


def run(*command: str | Path, cwd: Path, first: Path | None = None) -> str:
    """Run a command away from the checkout; `first` is the folder where programs are looked for first."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env[CACHE_VARIABLE] = str(cwd / "cache")
    if first is not None:
        env["PATH"] = f"{first}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_wheel(tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    run(sys.executable, "-m", "virtualenv", "--quiet", tmp_path / "venv", cwd=tmp_path)
    programs = tmp_path / "venv" / "bin"
    python = programs / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check")
    run(*pip, f"{wheel}[cli,testing]", cwd=tmp_path)
    files = run(python, "-m", "pip", "show", "--files", "rivet-client", cwd=tmp_path).partition("Files:\n")[2]
    tops = {line.strip().partition("/")[0] for line in files.splitlines()}
    # Scripts lie outside of the folder of the packages: "../../../bin".
    assert {name for name in tops if not name.endswith(".dist-info") and name != ".."} == {
        "rivet_client",
        "rivet_client_generated",
        "rivet_codegen",
    }
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
    assert "Type completeness score: 100%" in run(*pyright, cwd=tmp_path, first=programs)
    # The tools are not in this environment, and yet it generates the golden package.
    shutil.copytree(GOLDEN / "expected", tmp_path / "counters", ignore=shutil.ignore_patterns("__pycache__"))
    generate = (programs / "rivet-client", "generate", GOLDEN / "registry.json", "--check", "-o", "counters")
    run(*generate, cwd=tmp_path)
    assert list((tmp_path / "cache").glob("tools-*"))
