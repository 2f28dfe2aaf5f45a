"""The pinned TypeScript: installed once, checked on use, healed, shared by processes, and never half there.

The same code installs the generator's tools; tests/codegen/test_tools.py has what differs there. npm itself runs once,
from its configured registry; the other tests put a script in its place that copies what it got.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rivet_codegen.cache import installation, locking
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


def visible(cache):
    """Return the names in a folder, but for the lock."""
    return [path.name for path in cache.iterdir() if path.name != ".lock"]


def test_the_real_installation(installed):
    folder, said = installed
    package = json.loads((folder / "node_modules" / "typescript" / "package.json").read_text())
    assert package["version"] == "5.9.3"
    assert said[0] == f"installing TypeScript 5.9.3 from npm into {folder.parent} (once, 23 MB) ..."
    assert re.fullmatch(r"installed TypeScript 5\.9\.3 in \d+ s", said[-1])
    assert visible(folder.parent) == [folder.name], "nothing is left lying about"


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
    assert visible(folder.parent) == [folder.name]


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


USE = """
import rivet_codegen.extraction.typescript_cache as it
folder = it.installed_typescript(lambda line: None)
assert (folder / "node_modules/typescript/lib/typescript.js").stat().st_size > 1_000_000
print(folder)
"""


@pytest.mark.parametrize("before", ["nothing", "a broken one"])
def test_several_at_once(npm, before):
    """One installs, the others wait, and all use what it has installed."""
    behave, calls = npm
    if before == "a broken one":
        (installed_typescript(quiet) / "node_modules/typescript/package.json").write_text("{")

    def use(_):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "codegen")}
        done = subprocess.run([sys.executable, "-c", USE], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    installed_before = len(calls())
    with ThreadPoolExecutor(6) as pool:
        folders = set(pool.map(use, range(6)))
    assert len(folders) == 1
    assert len(calls()) == installed_before + 1
    behave("sys.exit(1)")
    folder = installed_typescript(quiet)
    assert visible(folder.parent) == [folder.name]


def test_a_process_that_waits_says_so_and_not_for_ever(npm, monkeypatch, tmp_path):
    _, calls = npm
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(locking, "_TELL_EVERY", 0.1)
    monkeypatch.setattr(installation, "_DEADLINE", 0.2)
    said = []
    with locking.locked(tmp_path / "cache" / ".lock", quiet):
        with pytest.raises(InstallError, match=r"another process has held .*\.lock for \d+ s"):
            installed_typescript(said.append)
    assert re.match(r"another process installs; waiting to use TypeScript 5\.9\.3 \(\d+ s\)", said[0])
    assert calls() == []


def test_a_file_system_without_locks(npm, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOSYS, "no locks")

    monkeypatch.setattr("fcntl.flock", flock)
    assert installed_typescript(quiet).is_dir()


def test_npm_fails(npm, tmp_path):
    behave, _ = npm
    behave('print("npm error network is down"); sys.exit(3)')
    with pytest.raises(InstallError) as caught:
        installed_typescript(quiet)
    text = str(caught.value)
    assert "`npm ci` failed with exit code 3" in text
    assert "a mirror that npm is configured for" in text
    assert text.endswith("npm error network is down")
    assert visible(tmp_path / "cache") == []


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
    assert visible(tmp_path / "cache") == []


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


def use_other_lock_file(project, monkeypatch, text):
    """Let the extractor lie in a folder of its own, with a lock file that ends otherwise."""
    if not project.exists():
        shutil.copytree(module._PROJECT, project)
    monkeypatch.setattr(module, "_PROJECT", project)
    with (project / "package-lock.json").open("a") as file:
        file.write(text)


def age(folder):
    """Let nobody have used an installation for a day."""
    for path in folder.iterdir():
        if path.is_file():
            os.utime(path, (1, 1))


def test_what_no_lock_file_needs_any_more_is_removed(npm, tmp_path, monkeypatch):
    """After an update, and when an environment has been removed; what an environment uses stays, however old it is."""
    used = installed_typescript(quiet)
    use_other_lock_file(tmp_path / "updated", monkeypatch, "\n")
    before_update = installed_typescript(quiet)
    use_other_lock_file(tmp_path / "removed", monkeypatch, "\n")
    of_removed = installed_typescript(quiet)
    for folder in (used, before_update, of_removed):
        age(folder)
    use_other_lock_file(tmp_path / "updated", monkeypatch, " ")
    shutil.rmtree(tmp_path / "removed")
    after_update = installed_typescript(quiet)
    assert sorted(visible(used.parent)) == sorted([used.name, after_update.name])
    assert len({used, before_update, of_removed, after_update}) == 4


def test_what_was_used_today_stays(npm, tmp_path, monkeypatch):
    """In two containers with one cache, the same path can be two lock files."""
    use_other_lock_file(tmp_path / "project", monkeypatch, "\n")
    first = installed_typescript(quiet)
    age(first)
    assert installed_typescript(quiet) == first
    use_other_lock_file(tmp_path / "project", monkeypatch, "\n")
    second = installed_typescript(quiet)
    assert sorted(visible(first.parent)) == sorted([first.name, second.name])


@pytest.mark.parametrize("text", ["", "{", "[1]", '["\\u0000", ""]'])
def test_a_note_that_cannot_be_read_keeps_nothing(npm, tmp_path, monkeypatch, text):
    use_other_lock_file(tmp_path / "project", monkeypatch, "\n")
    first = installed_typescript(quiet)
    (note,) = first.glob("needed-by-*")
    note.write_text(text)
    age(first)
    use_other_lock_file(tmp_path / "project", monkeypatch, "\n")
    second = installed_typescript(quiet)
    assert visible(first.parent) == [second.name]
