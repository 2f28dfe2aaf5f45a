"""A lock that is free after its `with` block, whatever a signal handler raises."""

from __future__ import annotations

import sys
import threading

__all__ = ["Lock"]

if sys.version_info < (3, 14):
    Lock = threading.RLock

else:
    from _thread import RLock

    class Lock(RLock):
        """As `threading.RLock`.

        From Python 3.14 on, signals are handled between the start of a `with` statement, which takes the lock, and its
        block. A handler that raises there would leave the lock taken. In a method of Python they are not handled after
        its last call, so that this one returns with the lock, or raises without.
        """

        def __enter__(self) -> bool:
            """Take the lock."""
            before = self._recursion_count()
            try:
                return self.acquire()
            except BaseException:
                if self._recursion_count() > before:
                    self.release()
                raise
