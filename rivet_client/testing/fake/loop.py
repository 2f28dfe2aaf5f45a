"""An event loop in a thread of its own, from start to stop. No wait for it is without end."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeVar

from rivet_client.testing.errors import EngineError
from rivet_client.testing.fake.failures import log

__all__ = ["LoopThread"]

T = TypeVar("T")

TIMEOUT: Final = 30.0
"""How long others wait for what runs in the loop, in seconds."""

_STOP_TIMEOUT = 5.0
_CANCEL_TIMEOUT = 1.0


_NOT_AN_ACTORS = (str(Path(os.__file__).parent), str(Path(__file__).parents[2]))
"""Where there is no code of actors: Python's own library, and this package."""


class LoopThread:
    """A loop, and the daemon thread that it runs in. It is started once."""

    def __init__(self, name: str) -> None:
        self._pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._last: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    @property
    def is_current(self) -> bool:
        """Whether this is the thread of the loop."""
        return threading.current_thread() is self._thread

    @property
    def is_lost(self) -> bool:
        """Whether this process was forked from the one in which the loop runs."""
        return os.getpid() != self._pid

    def run(self, work: Coroutine[Any, Any, T], timeout: float = TIMEOUT) -> T:
        """Run something in the loop, from another thread, and return what it returns.

        Raises:
            EngineError: It cannot run there, or takes too long. The text says which code has the loop.
        """
        problem = None
        if self.is_lost:
            problem = (
                "this FakeEngine runs in the process that this one was forked from; make another one here"
            )
        elif self.is_current:
            problem = "this can be done from outside the code of actors only"
        if problem is not None:
            work.close()
            raise EngineError(problem)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return self._awaited(future, timeout)
        except BaseException:
            future.cancel()
            raise

    def _awaited(self, future: Future[T], timeout: float) -> T:
        try:
            return future.result(timeout)
        except TimeoutError:
            if future.done():
                raise  # what ran there has raised it
            raise EngineError(
                f"the FakeEngine did not do that within {timeout:g} s: its thread is at {self._place()}; "
                "code of actors must not block: make it `async def`, and call other actors by ctx.client()"
            ) from None

    def stop(self, shut_down: Coroutine[Any, Any, None]) -> None:
        """Run something for the last time, cancel what still runs, and end the thread.

        Raises:
            EngineError: The code of an actor does not let go. The thread is left to itself.
        """
        self.run(self._wound_up(shut_down), _STOP_TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_TIMEOUT)

    def stop_soon(self, shut_down: Coroutine[Any, Any, None]) -> None:
        """Do the same without waiting for it. For finalisers, which may run anywhere, in the thread itself, too."""

        async def last() -> None:
            try:
                await self._wound_up(shut_down)
            finally:
                self._loop.stop()

        def begin() -> None:
            self._last = self._loop.create_task(last())  # the loop itself holds tasks weakly

        self._loop.call_soon_threadsafe(begin)

    async def _wound_up(self, shut_down: Coroutine[Any, Any, None]) -> None:
        await shut_down
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            _, pending = await asyncio.wait(others, timeout=_CANCEL_TIMEOUT)
            for task in pending:
                log.error("the FakeEngine stops, and this does not: %r", task)
        await self._loop.shutdown_asyncgens()

    def _place(self) -> str:
        """Where the thread is, in the code of actors if it is there."""
        frame: FrameType | None = sys._current_frames().get(self._thread.ident or 0)  # pyright: ignore[reportPrivateUsage]
        stack = traceback.extract_stack(frame)
        place = [one for one in stack if not one.filename.startswith(_NOT_AN_ACTORS)][-1:] or stack[-1:]
        return "".join(f"{one.filename}:{one.lineno}, in {one.name}" for one in place)
