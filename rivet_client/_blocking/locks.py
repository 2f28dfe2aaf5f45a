"""Who must not use an object: a signal handler inside a call of it, and a forked child.

Locks are reentrant, so that a signal handler, or a finaliser, can find out that it has interrupted the code that holds
the lock. The handler gets an error at once. With plain locks it would wait for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import cast

from rivet_client.errors import ConnectionClosedError

__all__ = ["LastWait", "check_not_owned", "inherited_error", "interrupted_error", "is_owned"]


def is_owned(lock: AbstractContextManager[object]) -> bool:
    """Whether the calling thread holds the lock."""
    return cast(bool, lock._is_owned())  # type: ignore[attr-defined]  # as threading.Condition does


def check_not_owned(lock: AbstractContextManager[object], what: str) -> None:
    """Raise in a signal handler that interrupted its own thread inside the lock.

    Args:
        lock: The lock.
        what: What the lock is around, for the text.

    Raises:
        RuntimeError: The calling thread holds the lock.
    """
    if is_owned(lock):
        raise interrupted_error(what)


def interrupted_error(what: str) -> RuntimeError:
    """The error for a signal handler that cannot use what it has interrupted."""
    return RuntimeError(
        f"this {what} cannot be used here: a signal handler (or a finaliser) has interrupted a call of the same "
        f"{what}; close it or set a flag in the handler, and make calls elsewhere"
    )


def inherited_error(what: str) -> ConnectionClosedError:
    """The error for a forked child that uses what belongs to its parent."""
    return ConnectionClosedError(f"this {what} belongs to the parent process; open a new one after os.fork()")


class LastWait:
    """The wait for something to end, at most once in each thread at a time.

    A signal handler that closes what its own thread is closing does not wait: the wait that it has interrupted goes on
    afterwards. Otherwise, while signals keep coming, each handler would wait anew inside the handler before it.
    """

    def __init__(self) -> None:
        self._waiting: set[int] = set()

    def run(self, wait: Callable[[], None]) -> None:
        """Call `wait`, unless the calling thread is in such a call already."""
        thread = threading.get_ident()
        if thread in self._waiting:
            return
        try:
            self._waiting.add(thread)
            wait()
        finally:
            self._waiting.discard(thread)
