"""Who may import whom: the layers, enforced. Imports inside functions and under TYPE_CHECKING count too."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STDLIB = frozenset(sys.stdlib_module_names)
IO = frozenset({"asyncio", "concurrent", "http", "multiprocessing", "queue", "random", "secrets", "select"}) | {
    "selectors", "signal", "socket", "ssl", "subprocess", "threading", "time", "urllib.request",
}  # fmt: skip
CLIENT = "rivet_client"
GENERATED = "rivet_client_generated"
CODEGEN = "codegen/rivet_codegen"
SHOWN = {f"{CLIENT}._secret", f"{CLIENT}._text"}  # what may be shown, and how

# Folder or file -> what it may import besides its own folder. "stdlib" means without I/O, clock or randomness.
LAYERS: dict[str, set[str]] = {
    f"{CLIENT}/__init__.py": {
        "stdlib", f"{CLIENT}.config", f"{CLIENT}.errors", f"{CLIENT}.values", f"{GENERATED}.facade",
    },
    f"{CLIENT}/_text.py": {"stdlib"},
    f"{CLIENT}/errors.py": {"stdlib", f"{CLIENT}._text"},
    f"{CLIENT}/values.py": {"stdlib"},
    f"{CLIENT}/_checks.py": {"stdlib", f"{CLIENT}.errors"},
    f"{CLIENT}/_hints.py": {"stdlib"},
    f"{CLIENT}/_peer.py": {"stdlib"},
    f"{CLIENT}/_objects.py": {"stdlib"},
    f"{CLIENT}/_network.py": {
        "stdlib", "socket", "ssl", f"{CLIENT}._hints", f"{CLIENT}._peer", f"{CLIENT}.errors",
    },
    f"{CLIENT}/_secret.py": {"stdlib", f"{CLIENT}.values"},
    f"{CLIENT}/types.py": {
        "stdlib", "pydantic", "pydantic_core", "typing_extensions", f"{CLIENT}._wire.values_codec", f"{CLIENT}.values",
    },
    f"{CLIENT}/_typed.py": {
        *SHOWN, "stdlib", "pydantic", f"{CLIENT}._objects", f"{CLIENT}._wire.values_codec",
        f"{CLIENT}.errors", f"{CLIENT}.types", f"{CLIENT}.values",
    },
    f"{CLIENT}/engine.py": {f"{GENERATED}.engine_api"},
    f"{CLIENT}/config.py": {
        *SHOWN, "stdlib", "ssl", "urllib.request", f"{CLIENT}._checks", f"{CLIENT}._core.endpoint",
        f"{CLIENT}._core.proxy", f"{CLIENT}._core.retry", f"{CLIENT}.errors", f"{CLIENT}.values",
    },
    f"{CLIENT}/_wire": {"stdlib", "cbor2", f"{CLIENT}.errors", f"{CLIENT}.values"},
    f"{CLIENT}/_core": {
        *SHOWN, "stdlib", f"{CLIENT}._checks", f"{CLIENT}._hints", f"{CLIENT}._wire", f"{CLIENT}.errors",
        f"{CLIENT}.values", f"{GENERATED}.protocol", f"{GENERATED}.errors",
    },
    f"{CLIENT}/_core/flows/": {
        *SHOWN, "stdlib", f"{CLIENT}._checks", f"{CLIENT}._core", f"{CLIENT}._hints", f"{CLIENT}.errors",
        f"{CLIENT}.values", f"{GENERATED}.protocol",
    },
    f"{CLIENT}/_core/websocket.py": {*SHOWN, "stdlib", "wsproto", f"{CLIENT}.errors"},
    f"{CLIENT}/_core/http1.py": {*SHOWN, "stdlib", "h11", f"{CLIENT}._peer", f"{CLIENT}.errors"},
    f"{CLIENT}/_common": {
        *SHOWN, "stdlib", f"{CLIENT}._checks", f"{CLIENT}._core", f"{CLIENT}._network", f"{CLIENT}._objects",
        f"{CLIENT}.errors", f"{CLIENT}.values",
    },
    f"{CLIENT}/_common/http.py": {
        *SHOWN, "stdlib", "certifi", "ssl", CLIENT, f"{CLIENT}._core", f"{CLIENT}._network", f"{CLIENT}._peer",
        f"{CLIENT}.errors",
    },
    f"{CLIENT}/_common/httpx_adapter.py": {
        *SHOWN, "stdlib", "httpx", f"{CLIENT}._core", f"{CLIENT}._network", f"{CLIENT}._peer", f"{CLIENT}.errors",
    },
    f"{CLIENT}/_common/route.py": {*SHOWN, "stdlib", "ssl", f"{CLIENT}._core"},
    f"{CLIENT}/_common/socks.py": {*SHOWN, "stdlib", "python_socks", f"{CLIENT}._core", f"{CLIENT}.errors"},
    f"{CLIENT}/_blocking/proxy.py": {
        *SHOWN, "stdlib", "python_socks", f"{CLIENT}._blocking", f"{CLIENT}._common", f"{CLIENT}._core",
        f"{CLIENT}.errors",
    },
    f"{CLIENT}/_asyncio/dialing.py": {"stdlib", "asyncio", "socket", "ssl", f"{CLIENT}._common"},
    f"{CLIENT}/_asyncio/proxy.py": {
        *SHOWN, "stdlib", "asyncio", "python_socks", f"{CLIENT}._common", f"{CLIENT}._core", f"{CLIENT}._network",
        f"{CLIENT}.errors",
    },
    f"{CLIENT}/_blocking": {
        *SHOWN, "stdlib", "random", "select", "selectors", "socket", "ssl", "threading", "time", f"{CLIENT}._checks",
        f"{CLIENT}._common", f"{CLIENT}._core", f"{CLIENT}._network", f"{CLIENT}._objects", f"{CLIENT}.config",
        f"{CLIENT}.errors", f"{CLIENT}.values", f"{GENERATED}.protocol",
    },
    f"{CLIENT}/_asyncio": {
        *SHOWN, "stdlib", "asyncio", "random", "select", "ssl", "time", f"{CLIENT}._checks", f"{CLIENT}._common",
        f"{CLIENT}._core", f"{CLIENT}._network", f"{CLIENT}._objects", f"{CLIENT}.config", f"{CLIENT}.errors",
        f"{CLIENT}.values", f"{GENERATED}.protocol",
    },
    f"{CLIENT}/__main__.py": {f"{CLIENT}.cli"},
    f"{CLIENT}/cli": {
        *SHOWN, "stdlib", "click", "rich", "rivet_codegen", "time", f"{CLIENT}.Client", f"{CLIENT}.ActorHandle",
        CLIENT, f"{CLIENT}._hints", f"{CLIENT}._network", f"{CLIENT}.config", f"{CLIENT}.errors",
        f"{CLIENT}.values",
    },
    f"generated/{GENERATED}/protocol": {"stdlib", "pydantic", f"{CLIENT}._wire", f"{CLIENT}.errors"},
    f"generated/{GENERATED}/engine_api": {"stdlib", "pydantic"},
    f"generated/{GENERATED}/errors.py": {"stdlib"},
    f"generated/{GENERATED}/facade/blocking": {
        *SHOWN, "stdlib", "ssl", f"{CLIENT}._blocking", f"{CLIENT}._common.httpx_adapter", f"{CLIENT}._hints",
        f"{CLIENT}._objects", f"{CLIENT}.config", f"{CLIENT}.errors", f"{CLIENT}.values",
        f"{GENERATED}.engine_api", f"{GENERATED}.facade.blocking_engine",
    },
    f"generated/{GENERATED}/facade/asyncio": {
        *SHOWN, "stdlib", "ssl", f"{CLIENT}._asyncio", f"{CLIENT}._common.httpx_adapter", f"{CLIENT}._hints",
        f"{CLIENT}._objects", f"{CLIENT}.config", f"{CLIENT}.errors", f"{CLIENT}.values",
        f"{GENERATED}.engine_api", f"{GENERATED}.facade.asyncio_engine",
    },
    # The generator: each room of what is generated knows the shared parts, and these know none of the rooms.
    f"{CODEGEN}/__main__.py": {
        "stdlib", "rivet_codegen.generate", "rivet_codegen.output", "rivet_codegen.schema_error",
    },
    f"{CODEGEN}/generate.py": {
        "stdlib", "rivet_codegen.engine_api", "rivet_codegen.errors", "rivet_codegen.facade",
        "rivet_codegen.output", "rivet_codegen.protocol",
    },
    f"{CODEGEN}/protocol": {
        "stdlib", "rivet_codegen.names", "rivet_codegen.output", "rivet_codegen.schema_error",
    },
    f"{CODEGEN}/engine_api": {
        "stdlib", "yaml", "rivet_codegen.names", "rivet_codegen.output", "rivet_codegen.schema_error",
    },
    f"{CODEGEN}/errors": {"stdlib", "yaml", "rivet_codegen.output", "rivet_codegen.schema_error"},
    f"{CODEGEN}/facade": {"stdlib", "rivet_codegen.output"},
    f"{CODEGEN}/registry": {
        "stdlib", "rivet_codegen.facade.flavours", "rivet_codegen.names", "rivet_codegen.output",
    },
    f"{CODEGEN}/extraction": {"stdlib", "platformdirs", "subprocess", "time"},
    f"{CODEGEN}/output": {"stdlib", "datamodel_code_generator", "jinja2", "ruff", "subprocess"},
    f"{CODEGEN}/schema_error.py": {"stdlib", "yaml"},
    f"{CODEGEN}/names.py": {"stdlib"},
    f"{CODEGEN}/__init__.py": set(),
}  # fmt: skip


def imports(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the layer"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name == "__import__":
                found.append("__import__")
    return found


def is_allowed(name: str, own: str, allowed: set[str]) -> bool:
    if own and (name == own or name.startswith(f"{own}.")):
        return True
    if any(name == one or name.startswith(f"{one}.") for one in allowed - {CLIENT}):
        return True
    if CLIENT in allowed and name == f"{CLIENT}.__version__":
        return True
    if any(name == one or name.startswith(f"{one}.") for one in IO):
        return False
    return "stdlib" in allowed and name.partition(".")[0] in STDLIB


def violations(path: str, source: str) -> list[str]:
    layer = max((prefix for prefix in LAYERS if path.startswith(prefix)), key=len)
    folder = path.removeprefix("generated/").removeprefix("codegen/").rpartition("/")[0].replace("/", ".")
    own = "" if folder in (CLIENT, GENERATED, f"{GENERATED}.facade", "rivet_codegen") else folder
    return [name for name in imports(source) if not is_allowed(name, own, LAYERS[layer])]


def modules() -> list[str]:
    folders = (CLIENT, f"generated/{GENERATED}", CODEGEN)
    return sorted(str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", modules())
def test_layers(path: str) -> None:
    if path in (f"generated/{GENERATED}/__init__.py", f"generated/{GENERATED}/facade/__init__.py"):
        assert imports((ROOT / path).read_text()) == []
        return
    assert violations(path, (ROOT / path).read_text()) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (f"{CLIENT}/_core/flows/calls.py", "import time"),
        (f"{CLIENT}/_core/flows/calls.py", "def f():\n    import httpx"),
        (f"{CLIENT}/_core/session.py", "from wsproto import WSConnection"),
        (f"{CLIENT}/_core/websocket.py", "import h11"),
        (f"{CLIENT}/_core/session.py", f"from {CLIENT}.config import ClientConfig"),
        (f"{CLIENT}/_core/session.py", "from asyncio import sleep"),
        (f"{CLIENT}/_core/session.py", "__import__('socket')"),
        (f"{CLIENT}/_blocking/run.py", "import asyncio"),
        (f"{CLIENT}/_blocking/run.py", "import httpx"),
        (f"{CLIENT}/_blocking/run.py", f"from {CLIENT}._asyncio.run import Runtime"),
        (f"{CLIENT}/_asyncio/run.py", "import threading"),
        (f"{CLIENT}/_asyncio/http.py", "def f():\n    import httpx"),
        (f"{CLIENT}/_asyncio/run.py", f"import {CLIENT}._blocking.run"),
        (f"{CLIENT}/_wire/cbor.py", "import pydantic"),
        (f"{CLIENT}/errors.py", f"from {CLIENT}.values import UNDEFINED"),
        (f"{CLIENT}/cli/call.py", f"from {CLIENT}._core import flows"),
        (f"{CLIENT}/cli/call.py", "import httpx"),
        (f"generated/{GENERATED}/protocol/v4.py", f"from {CLIENT}._core.flows import resolve"),
        (f"generated/{GENERATED}/facade/asyncio.py", f"from {CLIENT}._blocking.run import Runtime"),
        (f"generated/{GENERATED}/facade/blocking.py", f"from {CLIENT}._core import flows"),
        (f"{CLIENT}/types.py", f"from {CLIENT}._wire import cbor"),
        (f"{CLIENT}/_typed.py", f"from {CLIENT} import Client"),
        (f"{CODEGEN}/names.py", f"import {CLIENT}"),
        (f"{CODEGEN}/names.py", "from rivet_codegen.protocol.ir import Field"),
        (f"{CODEGEN}/output/templating.py", "from rivet_codegen.registry.texts import paragraphs"),
        (f"{CODEGEN}/engine_api/openapi.py", "from rivet_codegen.protocol.messages import alias"),
        (f"{CODEGEN}/registry/schemas.py", f"from {CLIENT} import types"),
    ],
)
def test_a_breach_is_seen(path: str, source: str) -> None:
    assert violations(path, source)
