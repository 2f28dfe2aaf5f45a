"""Who may import whom: docs/architecture.md says it, a row for each room, and here the code is compared with it."""

from __future__ import annotations

import pytest

from tests.support.rooms import ROOT, differences, files_of_index, files_of_repository, rooms_of_page

PAGE = (ROOT / "docs/architecture.md").read_text()
FILES = files_of_repository()


def test_the_page_says_what_the_code_imports() -> None:
    assert differences(rooms_of_page(PAGE), FILES) == []


def test_the_index_leads_to_files() -> None:
    files = files_of_index(PAGE)
    assert len(files) >= 20
    assert set(files) <= FILES.keys()


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("rivet_client/_core/flows/actions.py", "import time"),
        ("rivet_client/_core/flows/actions.py", "def f():\n    import httpx"),
        ("rivet_client/_core/session/calls.py", "from wsproto import WSConnection"),
        ("rivet_client/_core/websocket.py", "import h11"),
        ("rivet_client/_core/session/calls.py", "from rivet_client.config import ClientConfig"),
        ("rivet_client/_core/gateway.py", "from rivet_client._core.flows import resolve"),
        ("rivet_client/_core/session/calls.py", "from asyncio import sleep"),
        ("rivet_client/_core/session/calls.py", "__import__('socket')"),
        ("rivet_client/_blocking/run.py", "import asyncio"),
        ("rivet_client/_blocking/run.py", "import httpx"),
        ("rivet_client/_blocking/run.py", "from rivet_client._asyncio.run import Runtime"),
        ("rivet_client/_asyncio/run.py", "import threading"),
        ("rivet_client/_asyncio/http.py", "def f():\n    import httpx"),
        ("rivet_client/_asyncio/run.py", "import rivet_client._blocking.run"),
        ("rivet_client/_wire/cbor.py", "import pydantic"),
        ("rivet_client/errors.py", "from rivet_client.values import UNDEFINED"),
        ("rivet_client/cli/call.py", "from rivet_client._core import flows"),
        ("rivet_client/cli/call.py", "import httpx"),
        ("rivet_client/cli/call.py", "from rivet_client import engine"),
        ("generated/rivet_client_generated/protocol/v4.py", "from rivet_client._core.flows import resolve"),
        (
            "generated/rivet_client_generated/facade/asyncio.py",
            "from rivet_client._blocking.run import Runtime",
        ),
        ("generated/rivet_client_generated/facade/blocking.py", "from rivet_client._core import flows"),
        ("rivet_client/typed/annotations.py", "from rivet_client._wire import cbor"),
        ("rivet_client/typed/actors.py", "from rivet_client import Client"),
        ("codegen/rivet_codegen/names.py", "import rivet_client"),
        ("codegen/rivet_codegen/names.py", "from rivet_codegen.protocol.ir import Field"),
        ("codegen/rivet_codegen/output/templating.py", "from rivet_codegen.registry.kinds import Scope"),
        ("codegen/rivet_codegen/engine_api/openapi.py", "from rivet_codegen.protocol.messages import alias"),
        ("codegen/rivet_codegen/registry/schemas.py", "from rivet_client import typed"),
    ],
)
def test_an_import_that_the_page_does_not_name_is_told(path: str, source: str) -> None:
    told = differences(rooms_of_page(PAGE), FILES | {path: f"{FILES[path]}\n{source}"})
    assert len(told) == 1
    assert told[0].startswith(f"{path} imports ")


def test_a_row_that_is_not_true_is_told() -> None:
    page = """
## The rooms

### The ground floor

| Room | What | May import |
|---|---|---|
| `errors.py` | what is raised | |

### Above it

| Room | What | May import |
|---|---|---|
| `_core/` | decides | `h11` |
| `_core/clock.py` | tells the time | `time` |
| `_blocking/`, `_asyncio/` | do I/O | `_core/` |

## The seam
"""
    files = {
        "rivet_client/errors.py": "",
        "rivet_client/_core/http.py": "import json, h11\nfrom rivet_client._core import clock",
        "rivet_client/_core/clock.py": "import time\nfrom rivet_client.errors import RivetError",
        "rivet_client/_blocking/run.py": "from rivet_client._core import http",
        "rivet_client/_asyncio/run.py": "from rivet_client._core.http import parse",
    }

    def told(page: str, files: dict[str, str]) -> list[str]:
        return differences(rooms_of_page(page), files)

    assert told(page, files) == []
    assert told(page, files | {"rivet_client/_core/http.py": ""}) == [
        "The row of rivet_client/_core/ names h11, which nothing there imports"
    ]
    assert told(page, files | {"rivet_client/_asyncio/run.py": ""}) == [
        "The row of rivet_client/_asyncio/ names _core/, which nothing there imports"
    ]
    assert told(page, files | {"rivet_client/new.py": ""}) == [
        "rivet_client/new.py has no row, nor has its folder"
    ]
    assert told(page, files | {"rivet_client/_core/flows/calls.py": ""}) == [
        "rivet_client/_core/flows/calls.py has no row, nor has its folder"
    ]
    assert told(page.replace("_core/clock.py", "_core/time.py").replace("`time`", ""), files) == [
        "rivet_client/_core/time.py has a row, but no file",
        "rivet_client/_core/clock.py imports time, which the row of rivet_client/_core/ does not name",
    ]
    assert told(page.replace("`_core/clock.py`", "`_core/clock.py`, `errors.py`"), files)[0] == (
        "rivet_client/errors.py has two rows"
    )
    assert told("", files)[0] == "rivet_client/errors.py has no row, nor has its folder"
