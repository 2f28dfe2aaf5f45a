"""`import rivet_client` is cheap: asserted by what it loads, not by a stopwatch."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from tests.support.stub_peer import StubPeer

HEAVY = {"asyncio", "cbor2", "h11", "httpx", "pydantic", "ssl", "wsproto"}

# What an action over HTTP is made without: other libraries and what they bring, connections, older protocols.
NOT_FOR_AN_ACTION = {
    "certifi", "h11", "httpx", "httpx2", "httpcore", "anyio", "python_socks", "rich", "wsproto",
    "pydantic",  # messages are models; an action is made without a message
    "rivet_client._core.session", "rivet_client._core.websocket", "rivet_client.typed", "rivet_client.engine",
    "rivet_client.observers", "rivet_client._common.logs", "opentelemetry",  # nobody observes
    "rivet_client_generated.engine_api",
    "rivet_client_generated.protocol.upgrade",
}  # fmt: skip
# An AsyncClient loads these with itself: a program asks for a connection while its event loop runs.
WITH_AN_ASYNC_CLIENT = {
    "rivet_client._core.session",
    "rivet_client._core.websocket",
    "rivet_client.observers",
    "rivet_client._common.logs",
}
ACTION = {
    "blocking": """
from rivet_client import Client
with Client({url!r}) as client:
    assert client.stub.get_or_create("k").echo(7) == 7
""",
    "asyncio": """
import asyncio
from rivet_client import AsyncClient
async def main():
    async with AsyncClient({url!r}) as client:
        assert await client.stub.get_or_create("k").echo(7) == 7
asyncio.run(main())
""",
}


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def test_nothing_heavy_is_loaded() -> None:
    assert not HEAVY & loaded_after("import rivet_client; dir(rivet_client)")


@pytest.mark.parametrize("name", ["ActorError", "RetryPolicy", "UNDEFINED"])
def test_nor_for_what_needs_none_of_it(name: str) -> None:
    assert not HEAVY & loaded_after(f"from rivet_client import {name}")


@pytest.mark.parametrize("kind", ACTION)
async def test_an_action_is_made_without_what_it_does_not_need(kind: str) -> None:
    async with StubPeer() as stub:
        loaded = await asyncio.to_thread(loaded_after, ACTION[kind].format(url=stub.url))
    early = WITH_AN_ASYNC_CLIENT if kind == "asyncio" else set()
    assert not (NOT_FOR_AN_ACTION - early) & loaded
    assert ("asyncio" in loaded) == (kind == "asyncio")


def test_a_client_of_httpx2_needs_no_httpx() -> None:
    code = (
        "import httpx2; from rivet_client import Client; from rivet_client._secret import Secret; "
        "http = Client(http_client=httpx2.Client())._runtime.http; http.raw_request(None, 'x', Secret({}))"
    )
    assert "httpx" not in loaded_after(code)


def test_the_generator_needs_no_tools_until_it_renders() -> None:
    generator = ("extraction.extract", "tools.run", "registry.typed_package")
    modules = ("rivet_client.cli.generate", *(f"rivet_codegen.{name}" for name in generator))
    tools = {"datamodel_code_generator", "jinja2", "ruff", "yaml", "pydantic"}
    assert not tools & loaded_after(f"import {', '.join(modules)}")


def test_unknown_names_are_attribute_errors() -> None:
    import rivet_client

    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        rivet_client.Nope  # noqa: B018
