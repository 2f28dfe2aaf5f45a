"""A file that one process holds at a time. The system lets go of it when that process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, Final

__all__ = ["locked"]

_POLL: Final = 0.05
_TELL_EVERY: Final = 5.0
_HELD: Final = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[float], None]) -> Generator[None]:
    """Keep other processes, and other threads, waiting until the block ends.

    Where the file system knows no locks, nobody waits.

    Args:
        path: The file. It is made if need be, and stays.
        waiting: Receives the seconds that have passed, when others hold the file, every 5 seconds. What it raises ends
            the wait.

    Raises:
        OSError: The file cannot be written.
    """
    start = time.monotonic()
    told = 0.0
    with path.open("ab") as file:
        while not _take(file):
            passed = time.monotonic() - start
            if passed > told + _TELL_EVERY:
                told = passed
                waiting(passed)
            time.sleep(_POLL)
        yield  # closing the file lets go of it


def _take(file: IO[bytes]) -> bool:
    """Try to hold a file, and return whether nobody else does."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD
    return True
