"""`import rivet_client` is cheap: asserted by what it loads, not by a stopwatch."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("asyncio", "cbor2", "h11", "httpx", "pydantic", "ssl", "wsproto")


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


def test_a_client_that_has_sent_nothing_has_no_http_library() -> None:
    assert "httpx" not in loaded_after("from rivet_client import Client; Client().counter.get('a')")


def test_unknown_names_are_attribute_errors() -> None:
    import rivet_client

    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        rivet_client.Nope  # noqa: B018
