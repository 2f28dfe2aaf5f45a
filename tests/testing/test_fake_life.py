"""The life of a `FakeEngine`: bad input, ports, starts and stops, threads, forks, and the end of the process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import rivet_client
from rivet_client import ActorError, AsyncClient, Client, ConfigError, RivetError
from rivet_client.testing import EngineError, FakeEngine, action, queue


class Plain:
    def ok(self, ctx: Any) -> bool:
        return True


def in_thread(call: Callable[[], Any]) -> threading.Thread:
    """Begin a call that may fail."""

    def run() -> None:
        with contextlib.suppress(RivetError):
            call()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# --- Classes that cannot be those of actors --------------------------------------------------------------------------


class NeedsArguments:
    def __init__(self, start: int) -> None: ...


class NoContext:
    def get(self) -> int:
        return 1


class NoParams:
    def on_before_connect(self, ctx: Any) -> None: ...


class NoMethod:
    on_create = 5


class NoBody:
    @queue("jobs")
    def jobs(self, ctx: Any) -> None: ...


class Static:
    @staticmethod
    def get(ctx: Any) -> int:
        return 1


class Twice:
    @action("get")
    def one(self, ctx: Any) -> None: ...
    def get(self, ctx: Any) -> None: ...


class InAGroup:
    class admin:
        def reset(self) -> None: ...


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            {"get": 1},
            "actor 'a': {'get': 1} is no class; write a class whose methods are the actor's actions",
        ),
        (Plain(), "is no class"),
        (
            NeedsArguments,
            r"actor 'a': NeedsArguments() must take no arguments (missing a required argument: 'start')",
        ),
        (NoContext, "NoContext.get() cannot take ctx: write def get(self, ctx, …)"),
        (NoParams, "cannot take ctx, params: write def on_before_connect(self, ctx, params)"),
        (NoMethod, "NoMethod.on_create must be a method: write def on_create(self, ctx, …)"),
        (NoBody, "NoBody.jobs() cannot take ctx, body: write def jobs(self, ctx, body)"),
        (Static, "Static.get is a staticmethod, and cannot be an action; write def get(self, ctx, …)"),
        (Twice, "Twice has two functions for the action 'get': Twice.one and Twice.get; rename one"),
        (InAGroup, "InAGroup.admin.reset() cannot take ctx: write def reset(self, ctx, …)"),
    ],
)
def test_classes_that_are_refused(kind: Any, text: str) -> None:
    engine = FakeEngine()
    with pytest.raises((TypeError, ConfigError), match=re.escape(text)):
        engine.add_actor("a", kind)
    engine.add_actor("a", Plain)  # the name is still free


def test_names_and_numbers_that_are_refused() -> None:
    engine = FakeEngine()
    engine.actor("plain")(Plain)
    for wrong, text in [
        (lambda: engine.actor("plain")(Plain), "actor 'plain' is registered already, as Plain"),
        (lambda: engine.actor(Plain), "the name of an actor must be a str, not a type: write it in quotes"),
        (lambda: engine.actor(""), "the name of an actor must not be empty"),
        (lambda: action(len), "the name in @action must be a str"),
        (lambda: queue(""), "the name in @queue must not be empty"),
        (lambda: FakeEngine(70_000), "port must be 0 to 65535, not 70000"),
        (lambda: FakeEngine("8080"), "port must be an int, not str"),
        (lambda: FakeEngine(protocol_version=5), "protocol_version must be 1 to 4, not 5"),
        (
            lambda: engine.client(rivet_client),
            "a class of blocking clients is needed, such as my_actors.Client, not <module",
        ),
        (lambda: engine.client(AsyncClient), "a class of blocking clients is needed"),
        (
            lambda: engine.async_client(Client),
            "a class of asyncio clients is needed, such as my_actors.AsyncClient",
        ),
    ]:
        with pytest.raises((TypeError, ConfigError), match=re.escape(text)):
            wrong()  # type: ignore[no-untyped-call]


def test_what_is_no_action() -> None:
    class Base:
        def inherited(self, ctx: Any) -> str:
            return "inherited"

    class Odd(Base):
        limit = 3

        class Error(Exception):
            def explain(self) -> None: ...

        @dataclass
        class Item:
            name: str = ""

            def show(self) -> None: ...

        def __len__(self) -> int:
            return 0

        @property
        def size(self) -> int:
            return 1

    engine = FakeEngine()
    engine.add_actor("odd", Odd)
    engine.add_actor("none", type("Nothing", (), {}))
    with engine, engine.client() as client:
        assert client.odd.get_or_create("k").inherited() == "inherited"
        for name in ("Error.explain", "Item.show", "__len__", "size", "limit"):
            with pytest.raises(ActorError, match="action_not_found"):
                client.odd.get_or_create("k").action(name)


# --- Starts and stops ------------------------------------------------------------------------------------------------


def test_starts_and_stops() -> None:
    engine = FakeEngine()
    engine.add_actor("plain", Plain)
    with pytest.raises(EngineError, match="does not run: enter it"):
        engine.async_client()
    engine.stop()
    for _ in range(2):
        with engine, engine.client() as client:
            port = int(engine.url.rpartition(":")[2])
            with pytest.raises(EngineError, match="runs already, at http"):
                engine.start()
            with pytest.raises(
                EngineError, match=f"cannot listen on port {port} of 127.0.0.1: .*; leave the port"
            ):
                FakeEngine(port).start()
            assert client.plain.get_or_create("k").ok()
    assert "stopped" in repr(engine)
    with FakeEngine(port) as other:  # the port is free again
        assert other.url == f"http://127.0.0.1:{port}"


def test_stops_at_once_from_many_threads() -> None:
    engine = FakeEngine().start()
    threads = [threading.Thread(target=engine.stop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(
        thread.is_alive() for thread in [*threads, *threading.enumerate()] if "rivet" in thread.name
    )


def test_a_call_that_runs_does_not_keep_it_from_stopping(caplog: pytest.LogCaptureFixture) -> None:
    class Slow:
        async def wait(self, ctx: Any) -> None:
            await asyncio.sleep(600)

        async def stubborn(self, ctx: Any) -> None:
            for _ in range(2):
                try:
                    await asyncio.sleep(3)
                except asyncio.CancelledError:
                    began.set()

        async def on_websocket(self, ctx: Any, websocket: Any) -> None:
            async for _ in websocket:
                pass

    began = threading.Event()
    engine = FakeEngine()
    engine.add_actor("slow", Slow)
    with engine:
        client = engine.client(timeout=60.0)
        handle = client.slow.get_or_create("k")
        websocket = handle.websocket("x")
        callers = [in_thread(lambda: handle.wait()), in_thread(lambda: handle.stubborn())]
        until(lambda: len(engine.calls) == 2)
    assert began.is_set()
    for caller in callers:
        caller.join(30)
        assert not caller.is_alive()
    websocket.close()
    client.close()
    assert "the FakeEngine stops, and this does not" in caplog.text


def test_code_of_actors_must_not_wait_for_its_own_engine(caplog: pytest.LogCaptureFixture) -> None:
    engine = FakeEngine()
    held = threading.Event()

    @engine.actor("blocking")
    class Blocking:
        def own_client(self, ctx: Any) -> None:
            engine.client()

        def stop(self, ctx: Any) -> None:
            engine.stop()

        def reset(self, ctx: Any) -> None:
            engine.reset()

        def block(self, ctx: Any) -> None:
            held.wait(60)

    with engine, engine.client() as client:
        handle = client.blocking.get_or_create("k")
        for name, text in [
            ("own_client", "cannot use a blocking client of its own FakeEngine"),
            ("stop", "cannot stop the FakeEngine that it runs in"),
            ("reset", "from outside the code of actors only"),
        ]:
            with pytest.raises(ActorError, match="internal_error"):
                handle.action(name)
            assert text in caplog.text
        caller = in_thread(lambda: handle.block())
        until(lambda: len(engine.calls) == 4)
        runner = engine._runner
        assert runner is not None
        with pytest.raises(
            EngineError,
            match=r"did not do that within 0\.1 s: its thread is at .*test_fake_life.py:\d+, in block",
        ):
            runner.run(asyncio.sleep(0), 0.1)
        held.set()
        caller.join(30)


# --- Processes -------------------------------------------------------------------------------------------------------


def _in_a_fork(engine: FakeEngine, url: str, is_stopped_first: bool) -> None:
    with Client(url) as client:
        assert client.plain.get_or_create("k").ok()
    with pytest.raises(EngineError, match="forked"):
        engine.reset()
    if is_stopped_first:
        engine.stop()
    with engine, engine.client() as client:
        assert client.plain.get_or_create("k").ok()


@pytest.mark.parametrize("is_stopped_first", [True, False])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_uses_it_and_has_one_of_its_own(is_stopped_first: bool) -> None:
    engine = FakeEngine()
    engine.add_actor("plain", Plain)
    with engine, engine.client(timeout=10) as client, client.plain.get_or_create("k").connect() as connection:
        assert connection.ok()
        arguments = (engine, engine.url, is_stopped_first)
        child = multiprocessing.get_context("fork").Process(target=_in_a_fork, args=arguments)
        child.start()
        child.join(60)
        assert child.exitcode == 0
        assert client.plain.get_or_create("k").ok()
        assert connection.ok()


ENDS = """
from rivet_client.testing import FakeEngine
engine = FakeEngine()
@engine.actor("plain")
class Plain:
    def ok(self, ctx):
        return True
engine.start()
client = engine.client()
assert client.plain.get_or_create("k").ok()
connection = client.plain.get_or_create("k").connect()
assert connection.ok()
"""


def test_the_process_ends_without_a_stop() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ENDS], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


class Twice:
    async def call(self, ctx: Any) -> Any:
        return await ctx.client().plain.get_or_create("other").ok()


@pytest.mark.parametrize("is_used", [False, True])
def test_an_engine_that_is_dropped_says_so_and_leaves_nothing(is_used: bool) -> None:
    gc.collect()
    threads, descriptors = set(threading.enumerate()), open_descriptors()
    engine = FakeEngine().start()
    engine.add_actor("plain", Plain)
    engine.add_actor("twice", Twice)
    (thread,) = set(threading.enumerate()) - threads
    if is_used:
        with engine.client() as client:
            assert client.twice.get_or_create("a").call()
            with client.plain.get_or_create("a").connect() as connection:
                assert connection.ok()
    with pytest.warns(ResourceWarning, match="<FakeEngine http.* was not stopped"):
        del engine
        gc.collect()
    thread.join(30)
    assert not thread.is_alive()
    gc.collect()
    assert open_descriptors() <= descriptors


def open_descriptors() -> int:
    """How many descriptors this process has, where that can be counted."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0
