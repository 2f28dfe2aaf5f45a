"""`with_options` of handles and connections: it holds for each call, and the option of a call comes first."""

from __future__ import annotations

import gc
import inspect
import typing
import warnings
from collections.abc import Coroutine
from typing import Any

import pytest

from rivet_client import (
    ActionTimeoutError,
    ActorConnection,
    ActorHandle,
    AsyncActorConnection,
    AsyncActorHandle,
    AsyncClient,
    Client,
    CommonConnection,
    CommonHandle,
    ConfigError,
    ConnectionStatus,
)
from rivet_client._core.target import make_params, target_by_key


class FakeRuntime:
    """Notes the timeout and the wait of each flow, and runs none."""

    def __init__(self) -> None:
        self.context: Any = None
        self.asked: list[tuple[Any, Any]] = []

    def raw_http(self) -> FakeRuntime:
        return self

    def raw_request(self, *_: Any) -> Any:
        return None

    def run(self, flow: Any) -> Any:
        given = inspect.getgeneratorlocals(flow)
        self.asked.append((given["timeout"], given.get("skip_ready_wait", "takes none")))
        flow.close()
        return FakeAnswer()


class FakeAnswer:
    native: Any = None

    def close(self) -> None:
        pass


FakeAnswer.native = FakeAnswer()


class FakeDriver:
    is_closed = False
    status = ConnectionStatus.CONNECTED

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.is_abandoned = False

    def action(self, name: str, args: tuple[Any, ...], timeout: Any) -> None:
        self.asked.append(timeout)

    def wait_ready(self, timeout: Any) -> None:
        self.asked.append(timeout)

    def abandon(self) -> None:
        self.is_abandoned = True


def make_handle(kind: Any = ActorHandle) -> tuple[Any, FakeRuntime]:
    runtime = FakeRuntime()
    return kind(runtime, target_by_key("get", "game", "k", make_params(None, None), None)), runtime


def stream(handle: Any, **options: Any) -> None:
    with handle.stream("x", **options):
        pass


CALLS: dict[str, Any] = {
    "by attribute": lambda handle: handle.think(1),
    "in a group": lambda handle: handle.admin.think(1),
    "by name": lambda handle, **options: handle.action("think", 1, **options),
    "send": lambda handle, **options: handle.send("moves", 1, **options),
    "fetch": lambda handle, **options: handle.fetch("x", **options),
    "stream": stream,
    "resolve": lambda handle: handle.resolve(),
    "gateway_url": lambda handle: handle.gateway_url(),
    "reload": lambda handle: handle.reload(),
}
GIVES_OPTIONS = {"by name": ("timeout", "skip_ready_wait"), "send": ("timeout",)} | dict.fromkeys(
    ("fetch", "stream"), ("timeout", "skip_ready_wait")
)
TAKES_NO_WAIT = ("resolve", "reload")


@pytest.mark.parametrize("call", CALLS)
def test_options_hold_for_each_call(call: str) -> None:
    handle, runtime = make_handle()
    CALLS[call](handle.with_options(timeout=3, skip_ready_wait=True))
    CALLS[call](handle)
    skips = "takes none" if call in TAKES_NO_WAIT else True
    plain = "takes none" if call in TAKES_NO_WAIT else None
    assert runtime.asked == [(3.0, skips), (None, plain)]


@pytest.mark.parametrize("call", GIVES_OPTIONS)
def test_the_option_of_a_call_comes_first(call: str) -> None:
    handle, runtime = make_handle()
    given = {name: {"timeout": 9.0, "skip_ready_wait": False}[name] for name in GIVES_OPTIONS[call]}
    CALLS[call](handle.with_options(timeout=3, skip_ready_wait=True), **given)
    assert runtime.asked == [(9.0, given.get("skip_ready_wait", True))]


def test_later_options_win_and_none_leaves_them() -> None:
    handle, runtime = make_handle()
    first = handle.with_options(timeout=3)
    second = first.with_options(skip_ready_wait=True)
    for one in (first, second, second.with_options(timeout=0), second.with_options(timeout=None), handle):
        one.think()
    assert runtime.asked == [(3.0, None), (3.0, True), (0.0, True), (3.0, True), (None, None)]


@pytest.mark.parametrize("kind", [ActorHandle, AsyncActorHandle, CommonHandle])
def test_the_copy_is_of_the_same_type(kind: Any) -> None:
    handle, _ = make_handle(kind)
    copy = handle.with_options(timeout=1)
    assert type(copy) is kind
    assert repr(copy) == repr(handle)


def test_wrong_timeouts_are_refused_at_once() -> None:
    handle, _ = make_handle()
    with pytest.raises(ConfigError, match="timeout must be from 0"):
        handle.with_options(timeout=-1)
    with pytest.raises(TypeError, match="timeout must be a number"):
        handle.with_options(timeout="1")


@pytest.mark.parametrize("kind", [ActorConnection, AsyncActorConnection, CommonConnection])
def test_connections_are_shared(kind: Any) -> None:
    handle, _ = make_handle()
    driver = FakeDriver()
    connection = kind(handle.with_options(timeout=2), driver)
    copy = connection.with_options(timeout=3)
    assert type(copy) is kind
    asyncio_kind = kind is AsyncActorConnection
    for one, options in [(connection, {}), (copy, {}), (copy, {"timeout": 9.0})]:
        coroutine = one.action("think", **options)
        if asyncio_kind:
            with pytest.raises(TypeError):  # the fake's answer cannot be awaited
                coroutine.send(None)
    assert driver.asked == [2.0, 3.0, 9.0]
    with pytest.raises(TypeError, match="skip_ready_wait"):
        connection.with_options(skip_ready_wait=True)
    driver.is_closed = True


@pytest.mark.parametrize("first", ["the copy", "the connection"])
def test_a_connection_lasts_as_long_as_a_copy(first: str) -> None:
    handle, _ = make_handle()
    driver = FakeDriver()
    connection = ActorConnection(handle, driver)  # type: ignore[arg-type]
    copy = connection.with_options(timeout=3)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        if first == "the copy":
            del copy
        else:
            del connection
        gc.collect()
        assert not driver.is_abandoned
        if first == "the copy":
            del connection
        else:
            del copy
        gc.collect()
    assert driver.is_abandoned
    assert [one.category for one in seen] == [ResourceWarning]


def test_a_websocket_has_the_timeout() -> None:
    client = Client("http://127.0.0.1:9", disable_metadata_lookup=True)
    with client, pytest.raises(ActionTimeoutError, match="within 0 s"):
        client.game.get_or_create("k").with_options(timeout=0).websocket("x")


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_actions_look_like_functions(make: Any) -> None:
    handle = make().game.get_or_create("k")
    for action, name, path in [
        (handle.remember, "remember", "game.remember"),
        (handle.admin.reset, "reset", "game.admin.reset"),
    ]:
        assert (action.__name__, action.__qualname__) == (name, path)
        assert [*inspect.signature(action).parameters] == ["args"]
        told = inspect.signature(action, eval_str=True).return_annotation
        assert typing.get_origin(told) is (Coroutine if make is AsyncClient else None)
        assert not isinstance(told, str)
        assert [*typing.get_type_hints(action)] == ["args", "return"]
