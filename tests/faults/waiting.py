"""Everything that can wait on a connection, begun before a fault and judged after it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

import rivet_client
from rivet_client import ActorError, ConnectionClosedError
from tests.support.flavours import Inbox

__all__ = ["ENDED", "Waiters", "ends", "full_backlog", "name_of", "next_event", "open_files", "residue"]

ENDED = "the iterator ended"


def name_of(error: BaseException) -> str:
    """`group.code` of what an actor or the engine said, else the class."""
    return f"{error.group}.{error.code}" if isinstance(error, ActorError) else type(error).__name__


async def next_event(events: Any) -> Any:
    """The next item of an event iterator of either flavour, or `ENDED`."""
    async for args in events:
        return args
    return ENDED


def residue() -> list[Any]:
    """The threads and tasks that clients have running in this process."""
    package = rivet_client.__path__[0]
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("rivet-connection")]
    codes = {task: getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()}
    return [*threads, *(task for task, code in codes.items() if code and package in code.co_filename)]


def open_files() -> int:
    """How many files and sockets this process has open (Linux; elsewhere always 0)."""
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port where the handshake of TCP itself stays unanswered."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full.getsockname()[1]


@contextlib.asynccontextmanager
async def ends(seconds: float = 40.0) -> AsyncIterator[None]:
    """The block ends in time, and the client leaves nothing running: no task, no thread.

    Sockets left open make a warning, and so an error, when tests/conftest.py collects the garbage of the test.
    """
    before = residue()
    async with asyncio.timeout(seconds):
        yield
        while set(residue()).difference(before):
            await asyncio.sleep(0.005)


class Waiters:
    """Those who wait on one connection.

    Args:
        connection: Of either flavour, to an actor with the action `increment` and the event `newCount`.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._tasks: dict[str, asyncio.Future[Any]] = {}
        self.errors = Inbox()
        self.statuses = Inbox()
        self._course: list[str] = []
        connection.on_error(self.errors)
        connection.on_status_change(self.statuses)
        connection.on_status_change(self._course.append)
        connection.on_open(lambda: self._course.append("open"))
        connection.on_close(lambda: self._course.append("close"))
        self.begin_events()

    def begin(self, name: str, waiting: Awaitable[Any]) -> None:
        """Start to wait."""
        self._tasks[name] = asyncio.ensure_future(waiting)

    def begin_events(self) -> None:
        """Wait for an event."""
        self.begin("event", next_event(self._connection.events("newCount")))

    def begin_opening(self) -> None:
        """Wait for a connection, and queue a call for it."""
        self.begin("ready", self._connection.wait_ready())
        self.begin("queued", self._connection.increment())

    async def status(self, wanted: str) -> None:
        """Wait for a status."""
        while (await self.statuses.get())[0] != wanted:
            pass

    async def outcomes(self) -> dict[str, Any]:
        """What each wait came to: its value or its error. All must have ended within the time of the test."""
        ended = await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        return dict(zip(self._tasks, ended, strict=True))

    def expect_course(self) -> None:
        """The connection, now over, has told of its life in the right order and left nothing out."""
        course = " ".join(self._course)
        lost = "(disconnected|connected open disconnected close)"
        over = "(idle|connected open idle close)"
        assert re.fullmatch(f"(connecting )?({lost} connecting )*({lost} )?{over}", course), course

    async def expect_return(self) -> None:
        """The connection has come back by itself, and nobody noticed but the calls in flight."""
        assert await self._connection.increment() > 0
        outcomes = await self.outcomes()
        if "in flight" in outcomes:
            error = outcomes["in flight"]
            assert isinstance(error, ConnectionClosedError)
            assert error.may_have_run
        if "queued" in outcomes:
            assert outcomes["queued"] > 0
            assert outcomes["ready"] is None
        assert outcomes["event"][0] > 0
        assert self.errors.drain() == []
        assert self._connection.status == "connected"

    async def expect_end(self, reason: str) -> None:
        """The connection has given up, and everybody knows why."""
        for name, error in (await self.outcomes()).items():
            assert name_of(error) == reason
            assert error.may_have_run == (name == "in flight")
        (reported,) = await self.errors.get()
        assert name_of(reported) == reason
        assert self._connection.status == "idle"
        for attempt in (self._connection.increment, self._connection.wait_ready):
            with_error = await asyncio.gather(attempt(), return_exceptions=True)
            assert name_of(with_error[0]) == reason
        assert self.errors.drain() == [], "reported once"

    async def expect_closed(self) -> None:
        """`close()` has ended everything, quietly."""
        outcomes = await self.outcomes()
        assert outcomes.pop("close") is None
        assert outcomes.pop("event") == ENDED
        for name, error in outcomes.items():
            assert name_of(error) == "ConnectionClosedError"
            assert error.may_have_run == (name == "in flight")
        assert self.errors.drain() == []
        assert self._connection.status == "idle"
        again = await asyncio.gather(self._connection.increment(), return_exceptions=True)
        assert name_of(again[0]) == "ConnectionClosedError"
