"""Joins the small pieces of a body that blocking code sends, and writes them late rather than never."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Final

from rivet_client._blocking.stream import Stream
from rivet_client._core.http1 import Http1
from rivet_client._core.pieces import Blocks
from rivet_client._locks import Lock
from rivet_client.errors import ConfigError

__all__ = ["LateWriter"]

_PAUSE: Final = 0.005
"""Time without a piece, in seconds, after which the pieces that wait are written."""
_FEW: Final = 4
"""So many pieces are written at once before pieces that come quickly are joined."""


class LateWriter:
    """Joins the pieces of a body that come quickly one after the other.

    An iterator may take any time for its next piece, and until then it has the caller's thread. So a thread of this
    object writes the pieces that wait. The thread exists only if pieces have waited, and ends with the body.

    Args:
        stream: Where the body goes.
        http1: The form of the body on the stream.

    Attributes:
        lock: Held by whoever uses the stream or `http1`, but not while the iterator works.
    """

    def __init__(self, stream: Stream, http1: Http1) -> None:
        self.lock = Lock()
        self._stream = stream
        self._http1 = http1
        self._blocks = Blocks()
        self._added_at = 0.0
        self._quick = 0  # how many pieces came quickly
        self._thread: threading.Thread | None = None
        self._error: ConfigError | None = None
        self._waits, self._is_over = threading.Event(), threading.Event()

    def __enter__(self) -> LateWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._waits.set()
        if self._thread is not None:
            self._thread.join()

    def add(self, piece: bytes) -> Iterable[bytes | memoryview]:
        """Add the next piece; return the blocks that are to be written now, with the lock held.

        Raises:
            TypeError: The piece is not bytes-like.
            ConfigError: The thread found that the body is too long.
        """
        if self._error is not None:
            raise self._error
        now, blocks = time.monotonic(), self._blocks
        self._quick = self._quick + 1 if now - self._added_at < _PAUSE else 0
        self._added_at = now
        waited = bool(blocks)
        ready = blocks.add(piece, now)
        if ready or not blocks:
            return ready
        if not waited:
            if self._quick < _FEW or not self._is_watched():
                return (blocks.take(),)
            self._waits.set()
        return ()

    def take(self) -> bytes:
        """Return the pieces that wait, at the end of the body."""
        if self._error is not None:
            raise self._error
        return self._blocks.take()

    def _is_watched(self) -> bool:
        """Start the thread, if it is not there yet; return whether it runs."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="rivet-client upload", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread can be started, as at the end of the interpreter
                return False
            self._thread = thread
        return True

    def _run(self) -> None:
        while self._waits.wait() and not self._is_over.is_set():
            self._waits.clear()
            while not self._is_over.wait(_PAUSE) and self._write_late():
                pass

    def _write_late(self) -> bool:
        """Write the pieces that have waited long enough, and return whether there is more to write."""
        with self.lock:
            try:
                if self._blocks and time.monotonic() - self._added_at >= _PAUSE:
                    self._http1.send_body(self._blocks.take())
                    self._stream.write(self._http1.data_to_send())
                else:
                    self._stream.flush()
            except ConfigError as error:
                self._error = error
            except OSError:
                return False  # the caller's thread meets the same end
            return bool(self._blocks) or self._stream.has_unsent
