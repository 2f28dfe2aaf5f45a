"""`import rivet_client` is cheap: asserted by what it loads, not by a stopwatch."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("anyio", "asyncio", "cbor2", "certifi", "h11", "httpcore", "httpx", "pydantic", "ssl", "wsproto")


def loaded_after(code: str) -> set[str]:
    script = f"import sys; {code}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def test_nothing_heavy_is_loaded() -> None:
    assert loaded_after("import rivet_client; dir(rivet_client)") == set()


@pytest.mark.parametrize("name", ["ActorError", "RetryPolicy", "UNDEFINED"])
def test_nor_for_what_needs_none_of_it(name: str) -> None:
    assert loaded_after(f"from rivet_client import {name}") == set()


CALLS = {
    "blocking": "rivet_client.Client({0}).counter.get('a').increment(1)",
    "asyncio": "import asyncio; asyncio.run(rivet_client.AsyncClient({0}).counter.get('a').action('increment', 1))",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_action_needs_no_http_library(call: str) -> None:
    settings = "'http://127.0.0.1:1', retry=rivet_client.RetryPolicy(max_attempts=1), timeout=20"
    script = (
        f"import contextlib, rivet_client\nwith contextlib.suppress(rivet_client.TransportError):\n    {call}"
    )
    loaded = loaded_after(f"exec({script.format(settings)!r})")
    assert "h11" in loaded, "it did not come so far"
    assert not loaded & {"anyio", "certifi", "httpcore", "httpx"}


def test_unknown_names_are_attribute_errors() -> None:
    import rivet_client

    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        rivet_client.Nope  # noqa: B018
