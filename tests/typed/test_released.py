"""Generated packages use public names only; packages that were made before still work, or say in one line what to do.

The folders of `released` are packages as some version wrote them, each named after its format, and are not made anew:
Format 0 is from before there was a number. Until the first release the one of format 1 may still change:
`python -m tests.typed.test_released` writes it.
"""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import rivet_client
from rivet_client import ActorError
from rivet_client.errors import VersionError
from rivet_client.testing import ActorContext, FakeEngine, Refused, queue
from rivet_client.typed import PACKAGE_FORMAT, PackageVersionError
from rivet_codegen.output.tree import Tree, write_tree
from rivet_codegen.registry.typed_package import render_typed_package
from tests.support.flavours import Flavour
from tests.typed.support import odd_document, typed_client

HERE = Path(__file__).parent
RELEASED = HERE / "released"
COUNTER = json.loads((HERE / "golden" / "registry.json").read_text())
COUNTER["actors"] = {"counter": COUNTER["actors"]["counter"]}
ROOM = json.loads((HERE / "room.json").read_text())


# --- Public names ----------------------------------------------------------------------------------------------


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_uses(source: str) -> list[str]:
    """What a module uses of ours that begins with an underscore.

    The package's own are: what it imports from itself or assigns at its top, and the `__slots__` of its classes.
    """
    tree = ast.parse(source)
    slots = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__"
        for name in ast.literal_eval(node.value)
    }
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [part for alias in node.names for part in alias.name.split(".")]
        elif isinstance(node, ast.Attribute):
            names = [] if node.attr in slots else [node.attr]
        elif isinstance(node, ast.ClassDef):
            members = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            names = [member.name for member in members if node.bases]
        else:
            names = []
        found += [name for name in names if is_private(name)]
    return found


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("document", [COUNTER, ROOM, odd_document()], ids=["counter", "room", "odd"])
def test_only_public_names_are_used(document: dict[str, Any], validate: bool) -> None:
    tree = render_typed_package(document, package="made", validate=validate).tree
    sources = {name: data.decode() for name, data in tree.items() if name.endswith(".py")}
    assert {name: used for name, source in sources.items() if (used := private_uses(source))} == {}


def test_private_names_are_found() -> None:
    """The check finds all that the packages of format 0 use."""
    sources = [path.read_text() for path in (RELEASED / "rivet_client_format_0").rglob("*.py")]
    assert {name for source in sources for name in private_uses(source)} == {
        *("_objects", "_secret", "_error_classes"),
        *("_by_id", "_by_key", "_connect", "_create", "_driver", "_runtime", "_send"),
    }


# --- Packages of before ----------------------------------------------------------------------------------------


@pytest.fixture(params=sorted(path.name for path in RELEASED.glob("rivet_client_format_*")))
def released(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    sys.path.insert(0, str(RELEASED))
    try:
        yield importlib.import_module(request.param)
    finally:
        sys.path.remove(str(RELEASED))
        for name in [name for name in sys.modules if name.partition(".")[0] == request.param]:
            del sys.modules[name]


class Counter:
    """The actor of the released packages."""

    count = 0

    def increment(self, ctx: ActorContext, by: int = 1) -> int:
        if by > 100:
            raise Refused("too_much", message="too large", metadata=100)
        self.count += by
        ctx.broadcast("changed", {"kind": "increment", "byHowMuch": by, "at": "2026-01-02T03:04:05Z"})
        return self.count

    @queue("resets")
    def reset(self, ctx: ActorContext, body: dict[str, int]) -> bool:
        self.count = body["to"]
        return True


async def test_a_released_package_works(released: ModuleType, flavour: Flavour) -> None:
    if flavour.name not in ("blocking", "asyncio"):
        pytest.skip("a flavour of the event loop, not of the package")
    engine = FakeEngine()
    engine.actor("counter")(Counter)
    with engine:
        async with typed_client(released, flavour, engine.url) as client:
            counter = client.counter.get_or_create("k")
            assert await counter.increment(by=2) == 2
            with pytest.raises(released.errors.TooMuch) as caught:
                await counter.increment(by=101)
            assert isinstance(caught.value, ActorError)
            assert caught.value.metadata == 100
            made = await client.counter.create("new", input=released.models.Options(class_=None, start=5))
            assert await made.increment() == 1
            again = client.counter.get_for_id(await made.resolve())
            assert await again.increment() == 2
            done = await counter.send("resets", {"to": 7}, wait=True)
            assert (done.status, done.response) == ("completed", True)
            async with client.counter.get("k").connect() as connection:
                assert await connection.increment() == 8


def made_for(format: int) -> Tree:
    tree = render_typed_package(COUNTER, package="other", version="7.8.9").tree
    source = tree["__init__.py"]
    changed = source.replace(b"format=%d" % PACKAGE_FORMAT, b"format=%d" % format)
    assert changed != source
    return {**tree, "__init__.py": changed}


@pytest.mark.parametrize("format", [PACKAGE_FORMAT - 1, PACKAGE_FORMAT + 1])
def test_a_package_of_another_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: int) -> None:
    write_tree(made_for(format), tmp_path / "other")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError) as caught:
        importlib.import_module("other")
    error = caught.value
    assert isinstance(error, PackageVersionError)
    assert isinstance(error, VersionError)
    assert error.version == format
    anew = f"make it anew: rivet-client generate registry.ts -o {tmp_path / 'other'}"
    update = "update the client to 7.8.9 or newer; or "
    assert str(error) == (
        f"the typed package other was made by rivet-client 7.8.9 (package format {format}), and this is rivet-client "
        f"{rivet_client.__version__} (package format {PACKAGE_FORMAT}); "
        f"{update if format > PACKAGE_FORMAT else ''}{anew}"
    )


if __name__ == "__main__":
    made = render_typed_package(
        COUNTER, package=f"rivet_client_format_{PACKAGE_FORMAT}", version=rivet_client.__version__
    )
    write_tree(made.tree, RELEASED / f"rivet_client_format_{PACKAGE_FORMAT}")
