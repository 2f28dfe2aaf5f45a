"""What the conformance scenarios share: engines, encodings, the two ways to call an actor, a relay, patience.

Each scenario runs on the real engine and on `FakeEngine`; `--engine=real` or `--engine=fake` takes one of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rivet_client._core.session import ActorSession
from rivet_client.testing import FakeEngine
from tests.conformance import differences
from tests.conformance.fake_actors import make_fake_engine
from tests.conformance.relay import Relay
from tests.support.engine import SharedEngine
from tests.support.flavours import FLAVOURS, FLAVOURS_AND_UVLOOP, Blocking, Flavour

LANES = ("http", "connection")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the engines that are asked for, and for the fake one only the flavours that can make a difference."""
    wanted, others = [], []
    for item in items:
        params: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
        kind = params.get("engine_kind")
        is_wanted = kind is None or config.getoption("--engine") in ("both", kind)
        if kind == "fake":
            differences.mark(item)
            is_wanted &= params.get("flavour", FLAVOURS[0]) in FLAVOURS
        (wanted if is_wanted else others).append(item)
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = wanted


@pytest.fixture(scope="session", params=("real", "fake"))
def engine_kind(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def engine(engine_kind: str, this_run: Path) -> Iterator[SharedEngine]:
    """The real engine that the whole run shares, or a fake one of this process."""
    if engine_kind == "real":
        yield SharedEngine.of_run(this_run)
    else:
        with make_fake_engine() as fake:
            yield SharedEngine(fake.url)


@pytest.fixture(params=FLAVOURS_AND_UVLOOP, ids=str)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """All flavours, one after the other."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=("bare", "cbor", "json"))
def encoding(request: pytest.FixtureRequest) -> str:
    """Each encoding in turn."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Both ways to call: `async with lane(handle) as caller:` gives the handle itself, or a connection of it."""

    @contextlib.asynccontextmanager
    async def open_(handle: Any, **options: Any) -> AsyncIterator[Any]:
        if request.param == "http":
            yield handle
        else:
            async with handle.connect(**options) as connection:
                yield connection

    open_.name = request.param  # type: ignore[attr-defined]
    return open_


@pytest.fixture
def relay(engine: Any) -> Callable[[], Relay]:
    """A relay to the shared engine, to be entered: `async with relay() as proxy: make_client(proxy.url)`."""
    return lambda: Relay(engine.url)


class FakePrivateEngine:
    """A fake engine that one test may stop and start again, as `PrivateEngine` is a real one."""

    def __init__(self, fake: FakeEngine) -> None:
        self.url = fake.url
        self._fake = fake
        self._outage = contextlib.ExitStack()

    def stop_engine(self) -> None:
        self._outage.enter_context(self._fake.unreachable())

    kill_engine = stop_engine

    def start_engine(self) -> None:
        self._outage.close()


@pytest.fixture
def private_engine(engine_kind: str, private_engine: Any) -> Iterator[Callable[[], Any]]:
    """Start an engine for this test alone."""
    if engine_kind == "real":
        yield private_engine
    else:
        with make_fake_engine() as fake:
            yield lambda: FakePrivateEngine(fake)


class _Direct:
    """A blocking object with the methods of its asyncio twin; each runs at once, on the thread that calls it."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return getattr(self._target, name)(*args, **kwargs)

        return call


@pytest.fixture
def in_callback(flavour: Flavour) -> Callable[..., Callable[..., Any]]:
    """Make `async def scenario(connection, *args)` a callback of the flavour, which runs where callbacks run.

    Of the connection it gets, only what is awaited in the asyncio flavour may be used.
    """

    def make(scenario: Callable[..., Any], subject: Any) -> Callable[..., Any]:
        if not isinstance(subject, Blocking):
            return lambda *args: scenario(subject, *args)

        def callback(*args: Any) -> None:
            coroutine = scenario(_Direct(subject._target), *args)
            with contextlib.suppress(StopIteration):
                coroutine.send(None)
                raise AssertionError("the scenario waited for something other than the connection")

        return callback

    return make


@pytest.fixture
def sent(sessions: list[ActorSession]) -> Callable[..., Any]:
    """Wait until `count` calls over connections have no answer yet, because threads that call overtake each other."""

    async def wait(count: int = 1) -> None:
        async with asyncio.timeout(30):
            while sum(len(session.calls.sent) for session in sessions) < count:
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Ask again until the answer is the expected one, for what no event announces: `await eventually(ask, 3)`."""

    async def wait(ask: Callable[[], Awaitable[Any]], expected: object, timeout: float = 30.0) -> None:
        deadline = time.monotonic() + timeout
        while (answer := await ask()) != expected:
            assert time.monotonic() < deadline, f"still {answer!r}, not {expected!r}"
            await asyncio.sleep(0.05)

    return wait
