"""What the generator's tests share: generating into a folder, and importing what came out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rivet_codegen.output.tree import build_tree
from rivet_codegen.protocol.package import render_protocol

PACKAGE = "rivet_client_generated"


@pytest.fixture
def schema_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write protocol versions: `schema_folder(v1="type A struct { a: u8 }", v2=…)`."""

    def write(**versions: str) -> Path:
        folder = tmp_path / "client_protocol"
        folder.mkdir(exist_ok=True)
        for name, text in versions.items():
            (folder / f"{name}.bare").write_text(text)
        return folder

    return write


@pytest.fixture
def generated(tmp_path: Path) -> Iterator[Callable[[Path], Callable[[str], ModuleType]]]:
    """Generate a protocol and import it: `generated(folder)("v1")` is its module v1."""
    saved = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == PACKAGE}

    def generate(folder: Path) -> Callable[[str], ModuleType]:
        package = tmp_path / "out" / PACKAGE
        sources = {f"protocol/{name}": source for name, source in render_protocol(folder).items()}
        for name, data in build_tree({"__init__.py": '"""Made for a test."""\n', **sources}).items():
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / name).write_bytes(data)
        sys.path.insert(0, str(package.parent))
        importlib.invalidate_caches()
        return lambda name: importlib.import_module(f"{PACKAGE}.protocol.{name}")

    path = sys.path.copy()
    yield generate
    sys.path[:] = path
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    sys.modules.update(saved)
