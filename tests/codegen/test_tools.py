"""The generator's tools in an environment of their own: the same bytes as here, and nothing of anybody else's.

tests/extract/test_typescript_cache.py has the tests of the code that installs both, and tests/test_wheel.py installs
the tools from the index. Here, a module in the place of pip links what this environment has.
"""

import json
import os
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_path

import pytest

from rivet_client import __version__
from rivet_codegen.cache.installation import CACHE_VARIABLE, InstallError
from rivet_codegen.output.tree import compare_tree
from rivet_codegen.registry.typed_package import RegistryError, render_typed_package
from rivet_codegen.tools import environment, run
from rivet_codegen.tools.run import run_with_tools

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "codegen/rivet_codegen/tools/requirements.txt").read_text()
GOLDEN = ROOT / "tests/typed/golden"
FAKE_PIP = f"""
import os, sys
with open({{log!r}}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
(target,) = (it.removeprefix("--target=") for it in sys.argv if it.startswith("--target="))
os.makedirs(target + "/bin")
os.symlink({get_path("scripts") + "/ruff"!r}, target + "/bin/ruff")
here = {get_path("purelib")!r}
for name in os.listdir(here):
    if name not in ("pip", "pytest"):
        os.symlink(here + "/" + name, target + "/" + name)
"""


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """Let no tools be here, and put a module in pip's place. Returns the lines of its calls."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(run, "are_installed_here", lambda: False)
    folder, log = tmp_path / "modules", tmp_path / "pip.log"
    (folder / "pip").mkdir(parents=True)
    log.touch()
    (folder / "pip" / "__init__.py").touch()
    (folder / "pip" / "__main__.py").write_text(FAKE_PIP.format(log=str(log)))
    (folder / "jinja2.py").write_text("raise AssertionError('a module of the user')")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return lambda: log.read_text().splitlines()


def quiet(_line):
    """Say nothing."""


def test_the_lock_file_pins_all_by_hash_and_names_no_host():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", LOCK, re.MULTILINE))
    for requirement in project["optional-dependencies"]["codegen"]:
        name, _, exact = requirement.partition("==")
        assert exact in ("", pins[re.split(r"[<>=]", name)[0]])
    blocks = re.findall(r"^\w.*(?:\n .*)*", LOCK, re.MULTILINE)
    assert len(blocks) == len(pins) > 10
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK


def test_12_12_the_golden_package_is_the_same_from_there(pip):
    said = []
    golden = json.loads((GOLDEN / "registry.json").read_text())
    options = {"package": "counters", "version": __version__}
    rendered = run_with_tools(said.append, render_typed_package, golden, **options)
    assert compare_tree(rendered.tree, GOLDEN / "expected") == []
    assert rendered.renames
    assert re.fullmatch(r"installing the generator's tools from PyPI into .* \(once, 55 MB\) \.\.\.", said[0])
    assert re.fullmatch(r"installed the generator's tools in \d+ s", said[-1])

    # The second time it is there, silently. Whatever the generator raises comes from there as from here.
    with pytest.raises(RegistryError, match=re.escape("$: 'x-rivet-registry' is missing")):
        run_with_tools(said.append, render_typed_package, {}, package="counters")
    with pytest.raises(RuntimeError, match="TypeError: .*unexpected") as caught:
        run_with_tools(said.append, render_typed_package, golden, package="counters", more=1)
    assert "Traceback" in caught.value.__notes__[0]
    assert len(said) == 2
    assert run_with_tools(quiet, find_spec, "pytest") is None, "no site-packages but their own"
    (call,) = pip()
    assert call.startswith("install --no-user ")
    for option in ("--require-hashes", "--no-deps", "--only-binary=:all:"):
        assert option in call

    # What something removed or cut short is made anew.
    folder = environment.installed_tools(quiet)
    assert len(pip()) == 1
    (folder / "typing_extensions.py").unlink()
    assert environment.installed_tools(quiet) == folder
    assert (folder / "typing_extensions.py").exists()
    assert len(pip()) == 2


def test_another_python_or_machine_has_a_folder_of_its_own(pip, monkeypatch):
    first = environment.installed_tools(quiet)
    monkeypatch.setattr(environment.platform, "machine", lambda: "abacus")
    assert environment.installed_tools(quiet).parent != first.parent


def test_the_tools_here_are_used_in_exactly_these_versions(monkeypatch):
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", LOCK, re.MULTILINE))
    assert environment.are_installed_here()
    monkeypatch.setattr(environment, "version", pins.get)
    assert environment.are_installed_here()
    monkeypatch.setattr(environment, "version", {**pins, "ruff": "0.17.5"}.get)
    assert not environment.are_installed_here()

    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(environment, "version", missing)
    assert not environment.are_installed_here()


def test_uv_where_there_is_no_pip(pip, tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "_has_pip", lambda: False)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(
        InstallError, match="neither pip in this environment nor `uv` on PATH; `.* -m ensurepip`"
    ):
        environment.installed_tools(quiet)
    (folder / "uv").write_text(f'#!/bin/sh\nexec {sys.executable} -m pip "$@"\n')
    (folder / "uv").chmod(0o755)
    environment.installed_tools(quiet)
    (call,) = pip()
    assert call.startswith(f"pip install --python={sys.executable} --quiet --no-deps ")


def test_without_a_network(tmp_path, monkeypatch):
    """The real pip."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_CONSTRAINT", "of-another-environment.txt")
    with pytest.raises(InstallError) as caught:
        environment.installed_tools(quiet)
    text = str(caught.value)
    assert (
        "`pip install` failed with exit code 1. This is needed once, from PyPI or a mirror that pip is"
        in text
    )
    assert "pip says:\n" in text
    assert "No matching distribution found for" in text.splitlines()[-1]
    assert len(text.splitlines()) < 20
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [".lock"]
