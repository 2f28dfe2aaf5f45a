"""What a fake was asked, and what came of it. The engine writes on its own thread; tests read on any."""

from __future__ import annotations

import asyncio
import copy
import itertools
import reprlib
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from textwrap import indent
from typing import Any, Final, Literal, TypeAlias, overload

from rivet_client.testing.fake.failures import ShownError
from rivet_client.testing.fake.names import Names, key_parts
from rivet_client.testing.wording import asked, newest

__all__ = ["LIMIT", "Kind", "Lane", "Log", "Record", "Records", "as_it_is"]

Kind: TypeAlias = Literal["action", "queue", "request", "connect", "websocket"]
Lane: TypeAlias = Literal["http", "connection"]

LIMIT: Final = 10_000
"""Most records that are kept. The oldest ones go first."""

_CONSTANT: Final = frozenset({type(None), bool, int, float, str, bytes})

_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 80
_shown.maxlevel = 3


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One thing that an actor was asked. A record does not change; one that has ended takes the place of the earlier.

    Attributes:
        kind: "action", "queue" (a message), "request" (raw HTTP), "connect", or "websocket" (a raw one).
        actor: The actor's name.
        key: Its key.
        name: Of the action or queue; the path of a raw request or WebSocket; "" for a connection.
        args: The arguments; of a message, its body alone.
        over: "connection" for what came over a connection of the actor, else "http".
        outcome: "running", "returned", "failed", or "lost": it ran, and the caller got no answer.
        result: What was returned: the result, or the reply to a message.
        error: What the caller was told, if it failed: `group`, `code`, `message` and `metadata`.
        exception: What the code of the fake has raised. A client never sees that of an internal error.
        actor_id: The actor's id.
        connection_id: Of the connection that it came over; None if none did.
        params: The parameters of that connection or request.
    """

    kind: Kind
    actor: str
    key: tuple[str, ...]
    name: str = ""
    args: tuple[Any, ...] = ()
    over: Lane = "http"
    outcome: Literal["running", "returned", "failed", "lost"] = "running"
    result: Any = None
    error: ShownError | None = None
    exception: BaseException | None = field(default=None, compare=False)
    actor_id: str = ""
    connection_id: str | None = None
    params: Any = None

    @property
    def body(self) -> Any:
        """The body of a message."""
        return self.args[0]

    @property
    def traceback(self) -> str:
        """The traceback of `exception`; "" if there is none."""
        return "" if self.exception is None else "".join(traceback.format_exception(self.exception))

    def __repr__(self) -> str:
        over = " over a connection" if self.over == "connection" and self.kind != "connect" else ""
        return f"{self._asked()}{over}{self._came_of_it()}"

    def _asked(self) -> str:
        args = ", ".join(map(_shown.repr, self.args))
        return asked(self.kind, self.actor, self.key, self.name, args)

    def _came_of_it(self) -> str:
        match self.outcome:
            case "running":
                return " …"
            case "failed":
                is_told = self.error is not None and self.error.message == getattr(
                    self.exception, "message", None
                )
                own = (
                    ""
                    if is_told or self.exception is None
                    else f" (in the fake: {_shown.repr(self.exception)})"
                )
                return f" failed: {self.error}{own}"
            case "lost":
                return f" -> {_shown.repr(self.result)}, and the answer was lost"
            case "returned":
                has_result = self.kind in ("action", "queue")
                return f" -> {_shown.repr(self.result)}" if has_result else " done"


def as_it_is(value: Any) -> Any:
    """Return a copy of a value that does not change when the code of the fake goes on with it."""
    if type(value) in _CONSTANT:
        return value
    try:
        return copy.deepcopy(value)
    except Exception:  # what cannot be copied is no value that a client gets
        return value


class Log:
    """All records, in the order in which they began."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._changed = threading.Condition()
        self._records: dict[int, Record] = {}
        self._numbers = itertools.count()
        self._watchers: list[Callable[[], None]] = []

    def begin(self, record: Record) -> int:
        """Add a record, and return its number."""
        with self._changed:
            number = next(self._numbers)
            self._records[number] = record
            if len(self._records) > self._limit:
                del self._records[next(iter(self._records))]
            self._tell()
        return number

    def end(self, number: int, **changes: Any) -> None:
        """Note what has become of something. It may have been cleared meanwhile."""
        with self._changed:
            if number in self._records:
                self._records[number] = replace(self._records[number], **changes)
                self._tell()

    def _tell(self) -> None:
        self._changed.notify_all()
        for watcher in self._watchers:
            watcher()

    def read(self) -> list[Record]:
        """Return all records."""
        with self._changed:
            return list(self._records.values())

    def clear(self, accepts: Callable[[Record], bool] = lambda _: True) -> None:
        """Forget the records that `accepts` takes."""
        with self._changed:
            self._records = {at: it for at, it in self._records.items() if not accepts(it)}

    def wait(self, until: Callable[[], bool], timeout: float) -> None:
        """Wait until something holds of the records, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not until() and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)

    async def wait_async(self, until: Callable[[], bool], timeout: float) -> None:
        """Do the same for asyncio."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def watch() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(changed.set)

        with self._changed:
            self._watchers.append(watch)
        try:
            async with asyncio.timeout(timeout):
                while not until():
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            pass  # the caller looks what has come
        finally:
            with self._changed:
                self._watchers.remove(watch)


class Records(Sequence[Record]):
    """Records, as a list that grows. It may be read on any thread, while the engine runs.

    `to` and `named` give lists that hold only some of the records, and grow with the first one.
    """

    def __init__(
        self,
        log: Log,
        what: str,
        accepts: Callable[[Record], bool] = lambda _: True,
        of: str = "",
        *,
        names: Names | None = None,
        name: str | None = None,
    ) -> None:
        self._log = log
        self._what = what
        self._accepts = accepts
        self._of = of
        self._names = names  # None where names are those of no action and no queue
        self._name = name  # the one that all of them have

    def _read(self) -> list[Record]:
        return list(filter(self._accepts, self._log.read()))

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Record]:
        return iter(self._read())

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        return self._read()[index]

    def __repr__(self) -> str:
        return repr(self._read())

    def __str__(self) -> str:
        """Show the newest records, a line each."""
        return newest(self._read(), repr)

    @property
    def last(self) -> Record:
        """The newest record.

        Raises:
            AssertionError: There is none.
        """
        return self.assert_any()

    def to(self, actor: str, key: str | Sequence[str] | None = None) -> Records:
        """Return those of the actors of a name, or of one actor.

        Args:
            actor: The name.
            key: The key; None for all keys.
        """
        parts = None if key is None else key_parts(key)
        of = f"{actor}{'' if parts is None else list(parts)}"
        return self._some(lambda it: it.actor == actor and parts in (None, it.key), f" to {of}")

    def named(self, name: str) -> Records:
        """Return those of one action or queue.

        Args:
            name: The action or queue, on the wire or in the typed package of `from_registry`.
        """
        return self._some(lambda it: self._has_name(it, name), f" named {name!r}", name)

    def _some(self, accepts: Callable[[Record], bool], of: str, name: str | None = None) -> Records:
        mine = self._accepts
        return Records(
            self._log,
            self._what,
            lambda it: mine(it) and accepts(it),
            self._of + of,
            names=self._names,
            name=name or self._name,
        )

    def _has_name(self, record: Record, name: str) -> bool:
        return record.name == (name if self._names is None else self._names.on_wire(record.actor, name))

    def clear(self) -> None:
        """Forget the records in this list."""
        self._log.clear(self._accepts)

    # --- Assertions ------------------------------------------------------------------------------------------------

    def assert_one(self, name: str | None = None, *args: Any) -> Record:
        """Check that there is exactly one record like this, and return it.

        Args:
            name: Of the action or queue, on the wire or in the typed package of `from_registry`; None for any.
            args: The arguments, or the body of the message. If none are given, any will do.

        Raises:
            AssertionError: There is none, or more. The text lists what came instead.
        """
        found = self._like(name, args)
        if len(found) != 1:
            count = f"are {len(found)}" if found else "is none"
            raise AssertionError(
                self._said(f"expected one {self._wanted(name, args)}, and there {count}", name)
            )
        return found[0]

    def assert_any(self, name: str | None = None, *args: Any) -> Record:
        """Check that there is at least one record like this, and return the newest.

        Args:
            name: Of the action or queue, on the wire or in the typed package of `from_registry`; None for any.
            args: The arguments, or the body of the message. If none are given, any will do.

        Raises:
            AssertionError: There is none. The text lists what came instead.
        """
        found = self._like(name, args)
        if not found:
            raise AssertionError(
                self._said(f"expected a {self._wanted(name, args)}, and there is none", name)
            )
        return found[-1]

    def assert_none(self, name: str | None = None, *args: Any) -> None:
        """Check that there is no record like this.

        Args:
            name: Of the action or queue, on the wire or in the typed package of `from_registry`; None for any.
            args: The arguments, or the body of the message. If none are given, any will do.

        Raises:
            AssertionError: There is one. The text lists what came.
        """
        if self._like(name, args):
            raise AssertionError(self._said(f"expected no {self._wanted(name, args)}", name))

    def wait_for(
        self, name: str | None = None, *args: Any, count: int = 1, running: bool = False, timeout: float = 5.0
    ) -> Record:
        """Wait until something like this has come and ended, and return its record. It may have come already.

        In asyncio, use `wait_for_async`.

        Args:
            name: Of the action or queue, on the wire or in the typed package of `from_registry`; None for any.
            args: The arguments, or the body of the message. If none are given, any will do.
            count: How many must have come. The record is that of the last one of them.
            running: Whether to take what has not ended yet, too.
            timeout: Seconds.

        Raises:
            TimeoutError: It has not come in time. The text lists what came instead.
        """
        self._log.wait(lambda: len(self._like(name, args, running)) >= count, timeout)
        return self._waited(name, args, count, running, timeout)

    async def wait_for_async(
        self, name: str | None = None, *args: Any, count: int = 1, running: bool = False, timeout: float = 5.0
    ) -> Record:
        """Do the same as `wait_for`, in asyncio.

        Args:
            name: Of the action or queue, on the wire or in the typed package of `from_registry`; None for any.
            args: The arguments, or the body of the message. If none are given, any will do.
            count: How many must have come. The record is that of the last one of them.
            running: Whether to take what has not ended yet, too.
            timeout: Seconds.

        Raises:
            TimeoutError: It has not come in time. The text lists what came instead.
        """
        await self._log.wait_async(lambda: len(self._like(name, args, running)) >= count, timeout)
        return self._waited(name, args, count, running, timeout)

    def _waited(
        self, name: str | None, args: tuple[Any, ...], count: int, running: bool, timeout: float
    ) -> Record:
        found = self._like(name, args, running)
        if len(found) < count:
            many = f"{count} times " if count > 1 else ""
            raise TimeoutError(
                self._said(f"waited {timeout:g} s {many}for a {self._wanted(name, args)}", name)
            )
        return found[count - 1]

    def _like(self, name: str | None, args: tuple[Any, ...], running: bool = True) -> list[Record]:
        return [
            it
            for it in self._read()
            if (name is None or self._has_name(it, name))
            and (not args or it.args == args)
            and (running or it.outcome != "running")
        ]

    def _wanted(self, name: str | None, args: tuple[Any, ...]) -> str:
        text = "" if name is None else f" {name}"
        shown = f"({', '.join(map(_shown.repr, args))})" if args else ""
        return f"{self._what}{text}{shown}{self._of}"

    def _said(self, problem: str, name: str | None) -> str:
        asked = self._name if name is None else name
        hint = "" if self._names is None or asked is None else self._names.hint(asked)
        records = str(self)
        came = f"This came:\n{indent(records, '  ')}" if records else "Nothing came."
        return f"{problem}{hint or '.'} {came}"
