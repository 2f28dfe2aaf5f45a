"""The generator's tools in a folder of their own, which pip or uv fills once from the lock file beside this module.

The folder is made for one Python and one kind of machine, because some of the tools are compiled.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rivet_codegen.cache.installation import Installation, InstallError, Say, installed

__all__ = ["are_installed_here", "installed_tools"]

_PACKAGES: Final = "packages"
_LOCK: Final = Path(__file__).with_name("requirements.txt")
_DECISIVE: Final = ("datamodel-code-generator", "ruff")
"""The tools that decide the bytes of generated files."""
_EXACTLY: Final = (
    "--quiet",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    f"--requirement={_LOCK}",
)
_FOR_OTHER_ENVIRONMENTS: Final = ("PIP_CONSTRAINT", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "UV_CONSTRAINT")


def are_installed_here() -> bool:
    """Whether this Python has the tools, in the versions of the lock file."""
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", _LOCK.read_text(), re.MULTILINE))
    try:
        return all(version(name) == pins[name] for name in _DECISIVE)
    except PackageNotFoundError:
        return False


def installed_tools(say: Say) -> Path:
    """Return a folder from which this Python can import the tools. If there is none, install them first.

    Args:
        say: Receives lines about an installation.

    Raises:
        InstallError: There is neither pip nor uv, or it failed, or the folder cannot be written.
    """
    machine = f"{sysconfig.get_config_var('EXT_SUFFIX')} {platform.machine()}"
    tools = Installation(
        name="the generator's tools",
        size="55 MB",
        source="PyPI",
        program="pip install" if _has_pip() else "uv pip install",
        folder="tools",
        key=_LOCK.read_bytes() + machine.encode(),
        lock_file=_LOCK,
        prepare=_prepare,
        contents=_contents,
        environment={name: it for name, it in os.environ.items() if name not in _FOR_OTHER_ENVIRONMENTS},
    )
    return installed(tools, say) / _PACKAGES


def _has_pip() -> bool:
    return find_spec("pip") is not None


def _prepare(folder: Path) -> Sequence[str]:
    target = f"--target={folder / _PACKAGES}"
    if _has_pip():
        # Python compiles what is used; to compile all of it would take as long as the rest of the installation.
        options = ("--no-user", "--no-compile", "--disable-pip-version-check", "--retries=2")
        return [sys.executable, "-m", "pip", "install", *options, *_EXACTLY, target]
    uv = shutil.which("uv")
    if uv is None:
        raise InstallError(
            "the generator's tools have to be installed once, and there is neither pip in this environment nor `uv` on "
            f"PATH; `{sys.executable} -m ensurepip` installs pip (Debian, Ubuntu: after `apt install python3-venv`)"
        )
    return [uv, "pip", "install", f"--python={sys.executable}", *_EXACTLY, target]


def _contents(folder: Path) -> Mapping[str, int]:
    """Return the sizes of all files: whatever cleans up or fills a disk removes files or cuts them short."""
    return {
        os.path.relpath(os.path.join(place, name), folder): os.path.getsize(os.path.join(place, name))
        for place, _, names in os.walk(folder / _PACKAGES)
        if os.path.basename(place) != "__pycache__"
        for name in names
    }
