"""The pinned TypeScript: installed once, checked on use, healed, shared by processes, and never half there.

The same code installs the generator's tools; tests/codegen/test_tools.py has what differs there. npm itself runs once,
from its configured registry; the other tests put a script in its place that copies what it got.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rivet_codegen.cache import installation
from rivet_codegen.cache.installation import CACHE_VARIABLE, InstallError
from rivet_codegen.extraction import typescript_cache as module
from rivet_codegen.extraction.extract import ExtractError, extract
from rivet_codegen.extraction.typescript_cache import installed_typescript
from tests.extract.conftest import ROOT

FAKE_NPM = """#!{python}
import os, shutil, sys, time
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
{body}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """What npm really installs, and what was said about it."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        return installed_typescript(said.append), said


@pytest.fixture
def npm(tmp_path, monkeypatch, installed):
    """Put a script in npm's place; by default it copies the real installation. Returns (set its body, its calls)."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    folder, log = tmp_path / "bin", tmp_path / "npm.log"
    folder.mkdir()
    log.touch()

    def behave(body):
        (folder / "npm").write_text(FAKE_NPM.format(python=sys.executable, log=str(log), body=body))
        (folder / "npm").chmod(0o755)

    behave(f'shutil.copytree({str(installed[0] / "node_modules")!r}, "node_modules")')
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return behave, lambda: log.read_text().splitlines()


def quiet(_line):
    """Say nothing."""


def test_the_real_installation(installed):
    folder, said = installed
    package = json.loads((folder / "node_modules" / "typescript" / "package.json").read_text())
    assert package["version"] == "5.9.3"
    assert said[0] == f"installing TypeScript 5.9.3 from npm into {folder.parent} (once, 23 MB) ..."
    assert re.fullmatch(r"installed TypeScript 5\.9\.3 in \d+ s", said[-1])
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing is left lying about"


def test_the_lock_file_pins_one_package_by_hash_and_names_no_host():
    text = (ROOT / "codegen/rivet_codegen/typescript/package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert set(packages) == {"", "node_modules/typescript"}
    assert packages["node_modules/typescript"]["integrity"].startswith("sha512-")
    assert "://" not in text


def test_the_second_use_is_offline_and_silent(npm):
    behave, calls = npm
    first = installed_typescript(quiet)
    assert [call.split()[:2] for call in calls()] == [["ci", "--ignore-scripts"]]
    behave("sys.exit(1)")
    said = []
    assert installed_typescript(said.append) == first
    assert (said, len(calls())) == ([], 1)


@pytest.mark.parametrize(
    "name",
    ["installed.json", "node_modules/typescript/lib/typescript.js", "node_modules/typescript/lib/lib.d.ts"],
)
@pytest.mark.parametrize("harm", ["removed", "cut short", "changed"])
def test_a_broken_cache_is_replaced(npm, name, harm):
    _, calls = npm
    folder = installed_typescript(quiet)
    file = folder / name
    data = file.read_bytes()
    file.unlink()
    if harm == "cut short":
        file.write_bytes(data[: len(data) // 2])
    elif harm == "changed":
        file.write_bytes(data[:1000].swapcase() + data[1000:])
    assert installed_typescript(quiet) == folder
    assert file.read_bytes() == data
    assert len(calls()) == 2
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_another_lock_file_is_another_folder(npm, tmp_path, monkeypatch):
    _, calls = npm
    first = installed_typescript(quiet)
    project = tmp_path / "typescript"
    shutil.copytree(module._PROJECT, project)
    (project / "package-lock.json").write_text((project / "package-lock.json").read_text() + "\n")
    monkeypatch.setattr(module, "_PROJECT", project)
    second = installed_typescript(quiet)
    assert second != first
    assert len(calls()) == 2
    # Nobody may pass off one installation as the other.
    shutil.rmtree(second)
    shutil.copytree(first, second)
    installed_typescript(quiet)
    assert len(calls()) == 3


def test_several_at_once(npm):
    behave, calls = npm
    script = "import rivet_codegen.extraction.typescript_cache as it; print(it.installed_typescript(lambda line: None))"

    def use(_):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "codegen")}
        return subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout

    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(use, range(4)))
    assert len(folders) == 1
    assert 1 <= len(calls()) <= 4
    behave("sys.exit(1)")
    folder = installed_typescript(quiet)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_npm_fails(npm, tmp_path):
    behave, _ = npm
    behave('print("npm error network is down"); sys.exit(3)')
    with pytest.raises(InstallError) as caught:
        installed_typescript(quiet)
    text = str(caught.value)
    assert "`npm ci` failed with exit code 3" in text
    assert "a mirror that npm is configured for" in text
    assert text.endswith("npm error network is down")
    assert list((tmp_path / "cache").iterdir()) == []


def test_npm_says_a_lot(npm):
    behave, _ = npm
    behave('print("npm error code EUSAGE\\n" + "npm error   --more\\n" * 100); sys.exit(1)')
    with pytest.raises(InstallError, match="npm says:\nnpm error code EUSAGE\n") as caught:
        installed_typescript(quiet)
    assert len(str(caught.value).splitlines()) < 20


def test_without_a_network(tmp_path, monkeypatch):
    """The real npm, which by itself would try for 70 seconds."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    start = time.monotonic()
    with pytest.raises(InstallError, match="ECONNREFUSED"):
        installed_typescript(quiet)
    assert time.monotonic() - start < 60


def test_npm_installs_nothing(npm):
    behave, _ = npm
    behave("pass")
    with pytest.raises(InstallError, match="`npm ci` did not install TypeScript"):
        installed_typescript(quiet)


def test_npm_takes_its_time(npm, monkeypatch, tmp_path):
    behave, _ = npm
    behave("time.sleep(60)")
    monkeypatch.setattr(installation, "_DEADLINE", 2.0)
    monkeypatch.setattr(installation, "_SAY_EVERY", 0.1)
    said = []
    start = time.monotonic()
    with pytest.raises(InstallError, match="`npm ci` has not finished"):
        installed_typescript(said.append)
    assert time.monotonic() - start < 30
    assert said[1].startswith("still installing TypeScript 5.9.3 (")
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_npm(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallError, match="`npm` is not on PATH"):
        installed_typescript(quiet)


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "cache"))
    with pytest.raises(
        InstallError, match=f"cannot install TypeScript 5.9.3 into {tmp_path}/file/cache.*{CACHE_VARIABLE}"
    ):
        installed_typescript(quiet)


def test_extract_passes_the_reason_on(npm, make_project):
    behave, _ = npm
    behave("sys.exit(3)")
    folder = make_project({"registry.ts": "export {};"}, packages=None)
    with pytest.raises(ExtractError, match="`npm ci` failed with exit code 3"):
        extract(folder / "registry.ts")


def test_what_a_killed_installation_left_is_removed_after_a_day(npm, tmp_path):
    old, fresh = (tmp_path / "cache" / f".installing-{name}" for name in ("old", "fresh"))
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    os.utime(old, (1, 1))
    installed_typescript(quiet)
    assert (old.exists(), fresh.exists()) == (False, True)
