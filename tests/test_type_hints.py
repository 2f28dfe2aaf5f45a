"""Tools that ask for the types of a signature get them, though their modules are loaded late."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import rivet_client
from rivet_client import config, engine, testing, typed, values
from rivet_client_generated.facade import asyncio_engine, blocking_engine


def public_classes() -> list[type]:
    found = [getattr(rivet_client, name) for name in [*rivet_client._HOME_OF, *rivet_client.__all__]]
    for module in (config, engine, testing, typed, values, asyncio_engine, blocking_engine):
        found += [getattr(module, name) for name in getattr(module, "__all__", dir(module))]
    return sorted({it for it in found if isinstance(it, type)}, key=lambda it: (it.__module__, it.__name__))


def signatures(cls: type) -> Iterator[Any]:
    """The methods and properties that the library itself defines, `__init__` and the like included."""
    for name, member in inspect.getmembers_static(cls):
        function = getattr(member, "fget", getattr(member, "__func__", member))
        is_ours = inspect.isfunction(function) and function.__module__.startswith("rivet_client")
        if is_ours and (not name.startswith("_") or name.endswith("__")):
            yield function


@pytest.mark.parametrize("cls", public_classes(), ids=lambda cls: cls.__qualname__)
def test_types_can_be_asked_for(cls: type) -> None:
    for function in signatures(cls):
        hints = typing.get_type_hints(function)
        assert "ForwardRef" not in repr(hints), function


def test_they_are_the_classes_themselves() -> None:
    fetch, client = rivet_client.ActorHandle.fetch, rivet_client.AsyncClient.__init__
    assert typing.get_type_hints(fetch)["return"] is httpx.Response
    assert typing.get_type_hints(rivet_client.Client.engine.fget)["return"] is blocking_engine.EngineApi
    assert typing.get_type_hints(client)["http_client"].__args__[0].__name__ == "AsyncClientLike"
