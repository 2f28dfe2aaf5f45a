"""One scenario for all flavours: written with `await`, run against the asyncio client and the blocking one.

    async def test_counter(make_client, key):
        async with make_client() as client:
            counter = client.counter.get_or_create(key)
            assert await counter.increment(2) == 2

For the blocking flavour, each object is wrapped in `Blocking`. It runs a method in a thread if the method of the
asyncio twin is awaited, and runs any other method at once. So a method that is a coroutine in only one flavour fails
its scenario.

The asyncio flavour also comes on other event loops than asyncio's own in its ordinary state: on uvloop, with eager
tasks, and in debug mode. The whole scenario runs in that loop, and so do the peers and proxies of the tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import importlib
import inspect
import queue
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_origin

import pytest

import rivet_client
from rivet_client._asyncio.connection import AsyncEventIterator, Connection
from rivet_client._asyncio.websocket import OpeningWebSocket
from rivet_client._core.limits import Limits

__all__ = [
    "ASYNCIO_LOOPS",
    "FLAVOURS",
    "FLAVOURS_AND_UVLOOP",
    "Blocking",
    "Flavour",
    "Inbox",
    "in_thread",
    "use_pythons_hooks",
]

T = TypeVar("T")

# What annotations of the asyncio facade name, and it loads when it is needed.
LOADED_LATE = {kind.__name__: kind for kind in (OpeningWebSocket, Connection, AsyncEventIterator)}


@dataclass(frozen=True)
class Flavour:
    """Which client a scenario gets."""

    name: Literal["blocking", "asyncio"]
    loop: Literal["plain", "uvloop", "eager", "debug"] = "plain"

    def run(self, scenario: Coroutine[Any, Any, T]) -> T:
        """Run a scenario in a new event loop; what only the loop is told of fails it, too."""
        factory = None
        if self.loop == "uvloop":
            import uvloop

            factory = uvloop.new_event_loop
        with asyncio.Runner(debug=self.loop == "debug" or None, loop_factory=factory) as runner:
            if self.loop == "eager" and sys.version_info >= (3, 12):
                runner.get_loop().set_task_factory(asyncio.eager_task_factory)
            told: list[dict[str, Any]] = []
            runner.get_loop().set_exception_handler(lambda _loop, context: told.append(context))
            result = runner.run(scenario)
            gc.collect()  # tasks tell when they are forgotten
            assert not told, f"the event loop was told of {told}"
            return result

    def client(self, *args: Any, limits: Limits | None = None, **options: Any) -> Any:
        """Make a client, to be used with `async with` and `await` in either flavour; `limits` are those of a test."""
        kind = rivet_client.AsyncClient if self.name == "asyncio" else rivet_client.Client
        client = kind(*args, **options)
        if limits is not None:
            client._runtime.context.limits = limits
        return client if self.name == "asyncio" else Blocking(client, rivet_client.AsyncClient)

    def __str__(self) -> str:
        return self.name if self.loop == "plain" else self.loop


FLAVOURS = (Flavour("blocking"), Flavour("asyncio"))

_UVLOOP = () if sys.platform == "win32" else (Flavour("asyncio", "uvloop"),)
_EAGER = (Flavour("asyncio", "eager"),) if sys.version_info >= (3, 12) else ()

FLAVOURS_AND_UVLOOP = (*FLAVOURS, *_UVLOOP)
"""What every scenario of the conformance and fault suites runs in."""

ASYNCIO_LOOPS = (FLAVOURS[1], *_UVLOOP, *_EAGER, Flavour("asyncio", "debug"))
"""The asyncio client in every kind of event loop."""


def use_pythons_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show errors that no caller gets as a program does that has set no hook. Without this, they fail the test."""
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    asyncio.get_running_loop().set_exception_handler(None)


class Blocking:
    """A blocking object, used as if it were its asyncio twin."""

    def __init__(self, target: Any, twin: type) -> None:
        self._target = target
        self._twin = twin

    def __repr__(self) -> str:
        return repr(self._target)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not inspect.isroutine(value):
            return _wrapped(value)
        return _like(getattr(self._twin, name, None), value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _like(getattr(self._twin, "__call__"), self._target)(*args, **kwargs)  # noqa: B004, B009

    async def __aenter__(self) -> Any:
        # It waits for nothing, and a pause here would let a connection open before the scenario listens to it.
        entered = self._target.__enter__()
        return self if entered is self._target else _wrapped(entered)

    async def __aexit__(self, *exc_info: Any) -> Any:
        return await in_thread(self._target.__exit__, *exc_info)

    def __aiter__(self) -> AsyncIterator[Any]:
        return _iterated(iter(self._target))


class Opening:
    """What a blocking call opens, for a twin that can be awaited or entered."""

    def __init__(self, open_: Callable[[], Awaitable[Any]]) -> None:
        self._open = open_

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._open().__await__()

    async def __aenter__(self) -> Any:
        self._opened = await self
        return await self._opened.__aenter__()

    async def __aexit__(self, *exc_info: Any) -> Any:
        return await self._opened.__aexit__(*exc_info)


class Inbox:
    """A callback that keeps what it is called with until the scenario asks, from whatever thread it is called."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()

    def __call__(self, *args: Any) -> None:
        self._calls.put(args)

    async def get(self, timeout: float = 30.0) -> tuple[Any, ...]:
        """Return the arguments of the next call, waiting for it.

        Raises:
            queue.Empty: It did not come in time.
        """
        return await in_thread(self._calls.get, True, timeout)  # type: ignore[no-any-return]

    def drain(self) -> list[tuple[Any, ...]]:
        """Return the arguments of all calls so far."""
        calls = []
        with contextlib.suppress(queue.Empty):
            while True:
                calls.append(self._calls.get_nowait())
        return calls


async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Run a function in a thread of its own. If the thread hangs, the test still ends."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(error: BaseException | None, result: Any) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(result)

    def run() -> None:
        result, error = None, None
        try:
            result = function(*args)
        except BaseException as caught:
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, error, result)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    return await future


def _like(twin: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """Make `function` awaited if its twin is awaited. A function without a twin is an action, and is awaited."""

    async def awaited(*args: Any, **kwargs: Any) -> Any:
        return _wrapped(await in_thread(lambda: function(*args, **kwargs)))

    # Before Python 3.12 the decorator `deprecated` hides what is a coroutine function.
    if twin is None or inspect.iscoroutinefunction(inspect.unwrap(twin)):
        return awaited
    returned = inspect.signature(twin, eval_str=True, locals=LOADED_LATE).return_annotation
    if get_origin(returned) is Coroutine:
        return awaited
    if inspect.isclass(returned) and hasattr(returned, "__await__"):
        return lambda *args, **kwargs: Opening(lambda: awaited(*args, **kwargs))
    return lambda *args, **kwargs: _wrapped(function(*args, **kwargs))


def _wrapped(value: Any) -> Any:
    twin = _twin(type(value))
    if twin is not None:
        return Blocking(value, twin)
    return _iterated(value) if isinstance(value, Iterator) else value


def _twin(cls: type) -> type | None:
    """Find the class of the asyncio flavour that corresponds to `cls`: same module path, same name but for Async."""
    package, _, rest = cls.__module__.partition("blocking")
    if not cls.__module__.startswith("rivet_client") or package == cls.__module__:
        return None
    module = importlib.import_module(f"{package}asyncio{rest}")
    twin: type = getattr(module, f"Async{cls.__name__}", None) or getattr(module, cls.__name__)
    return twin


async def _iterated(iterator: Iterator[Any]) -> AsyncIterator[Any]:
    end = object()
    while (item := await in_thread(next, iterator, end)) is not end:
        yield _wrapped(item)
