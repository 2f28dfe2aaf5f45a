"""The public surface: the two flavours agree in names, parameters, defaults and docstrings; errors pickle."""

from __future__ import annotations

import inspect
import pickle
import re
from typing import Any

import pytest

import rivet_client
from rivet_client_generated.facade import asyncio_engine, blocking_engine

PAIRS = [
    (getattr(rivet_client, name), getattr(rivet_client, f"Async{name}"))
    for name in ("Client", "ActorAccessor", "ActorHandle", "ActorConnection")
] + [(blocking_engine.EngineApi, asyncio_engine.AsyncEngineApi)]
SAME = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
SAME |= {theirs: ours for ours, theirs in SAME.items()}  # each flavour has the other's, to say what to write


def inherited(cls: type) -> dict[str, Any]:
    """What a class has of its own and from its bases, these first."""
    return {name: value for base in cls.__mro__[-2::-1] for name, value in vars(base).items()}


def members(cls: type) -> dict[str, Any]:
    return {
        name: value
        for name, value in inherited(cls).items()
        if (not name.startswith("_") or name in {*SAME, "__init__", "__getattr__"})
    }


def plain(text: str | None) -> str:
    """A docstring without what must differ."""
    text = re.sub(r"\bAsync(?=[A-Z])", "", text or "")
    for asyncio_words, words in (
        ("; may be `async def`", ""),
        ("It may be `async def`.", "It runs on the connection's thread."),
        (": `await` it, or enter it with `async with`", ""),
        ("aiter_", "iter_"),
    ):
        text = text.replace(asyncio_words, words)
    return " ".join(text.split())


def shape(function: Any) -> list[tuple[str, Any, Any]]:
    return [(it.name, it.kind, it.default) for it in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(("blocking", "asyncio"), PAIRS, ids=lambda cls: cls.__name__)
def test_flavours_agree(blocking: type, asyncio: type) -> None:
    ours, theirs = members(blocking), members(asyncio)
    assert [SAME.get(name, name) for name in ours] == list(theirs)
    assert plain(blocking.__doc__) == plain(asyncio.__doc__)
    for (name, mine), other in zip(ours.items(), theirs.values(), strict=True):
        assert plain(mine.__doc__) == plain(other.__doc__), name
        if not isinstance(mine, property):
            assert shape(mine) == shape(other), name


def test_only_io_is_awaited() -> None:
    """What is a coroutine in the asyncio flavour is what does I/O, by DESIGN's table."""
    waits = {
        name
        for _, cls in PAIRS[:4]
        for name, value in members(cls).items()
        if inspect.iscoroutinefunction(value) and not name.startswith("_")
    }
    assert waits == {
        "action", "close", "create", "fetch", "gateway_url", "reload", "resolve", "send", "wait_ready",
    }  # fmt: skip


def test_all_is_sorted_unique_and_true() -> None:
    names = rivet_client.__all__
    assert names == sorted(set(names))
    assert all(getattr(rivet_client, name) is not None for name in names)
    assert set(names) <= set(dir(rivet_client))


ERRORS = [
    rivet_client.RivetError("text"),
    rivet_client.ConfigError("text"),
    rivet_client.ProtocolError("text"),
    rivet_client.DecodeError(3, "a bool"),
    rivet_client.VersionError(3, "has no message X"),
    rivet_client.TransportError("text", may_have_run=False),
    rivet_client.ConnectionClosedError("text", code=1011, reason="x.y", may_have_run=True),
    rivet_client.ActionTimeoutError("text", timeout=1.5, may_have_run=False),
    rivet_client.CallCancelledError(may_have_run=True),
    rivet_client.ActorError(
        "user", "code", "text", metadata={"a": 1}, ray_id="ray", actor=rivet_client.ActorSpecifier("id", 2, "key"),
        is_retryable=True, may_have_run=True,
    ),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_pickle(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_every_error_is_covered_above() -> None:
    public = {
        value for name in rivet_client.__all__ if isinstance(value := getattr(rivet_client, name), type)
    }
    assert {cls for cls in public if issubclass(cls, Exception)} == {type(error) for error in ERRORS}
    assert all(isinstance(error, rivet_client.RivetError) for error in ERRORS)
