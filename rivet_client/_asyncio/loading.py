"""Work that would hold the event loop for long is done in a thread: imports, and reading certificates."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

__all__ = ["in_thread", "load"]

T = TypeVar("T")

_loaded: set[str] = set()  # not sys.modules, which has a module before it is whole


async def load(*modules: str) -> None:
    """Import modules, if that was not done yet. One that is missing is left to the code that needs it."""
    missing = [name for name in modules if name not in _loaded]
    if missing:
        await in_thread(lambda: _import(missing))


def _import(modules: list[str]) -> None:
    for name in modules:
        with contextlib.suppress(ImportError):
            import_module(name)
            _loaded.add(name)


async def in_thread(function: Callable[[], T]) -> T:
    """Call a function in a thread of its own: those of the loop's executor may all be busy for long.

    If the caller is cancelled, the thread still comes to its end, and the interpreter waits for that.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def finish(value: T | None, error: BaseException | None) -> None:
        if future.done():  # cancelled
            return
        future.set_result(value) if error is None else future.set_exception(error)  # type: ignore[arg-type]

    def work() -> None:
        value, raised = None, None
        try:
            value = function()
        except BaseException as error:
            raised = error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(finish, value, raised)

    threading.Thread(target=work, name="rivet-loading", daemon=False).start()
    return await future
