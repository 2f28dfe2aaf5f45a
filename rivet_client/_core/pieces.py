"""Bytes in pieces: those of a message, of the body of an answer, or of the body of a request."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["BLOCK", "Blocks", "Pieces", "cut"]

BLOCK: Final = 64 * 1024
"""Most bytes of a request's body that are written at once."""

_LARGE = 64 * 1024
_SMALL = 4 * 1024
"""Pieces shorter than this are copied into one buffer."""


class Pieces:
    """Bytes that come in pieces. The pieces and the result take at most twice their size in memory."""

    def __init__(self) -> None:
        self._pieces: list[bytes | bytearray] = []

    def add(self, data: bytes) -> None:
        """Add the next piece."""
        pieces = self._pieces
        if not pieces or len(data) >= _SMALL:
            pieces.append(data)
        elif len(last := pieces[-1]) < _LARGE and isinstance(last, bytearray):
            last += data  # an object for each of many small pieces would take many times their size
        else:
            pieces.append(bytearray(data))

    def take_bytes(self) -> bytes:
        """Return all the bytes, once."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def take_text(self) -> str:
        """Return all the bytes as text, once.

        The bytes are decoded in parts: text that is not ASCII would otherwise take three times its size in memory.

        Raises:
            UnicodeDecodeError: The bytes are not UTF-8.
        """
        pieces, self._pieces = self._pieces, []
        decoder = getincrementaldecoder("utf-8")()
        texts = [decoder.decode(part) for piece in pieces for part in cut(piece, _LARGE)]
        texts.append(decoder.decode(b"", final=True))
        pieces.clear()
        return "".join(texts)


def cut(data: bytes | bytearray, size: int) -> Iterable[bytes]:
    """Return the same bytes in pieces of at most `size` bytes."""
    return (bytes(data[at : at + size]) for at in range(0, len(data), size))


class Blocks:
    """The pieces of a request's body as blocks to write: small pieces are joined, and large ones are cut.

    What `add` does not return waits for the next piece. The driver writes what waits, if the next piece does not come.
    """

    _LONGEST_WAIT: Final = 0.1
    """Longest time, in seconds, that a piece waits while others come."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._since = 0.0

    def __bool__(self) -> bool:
        """Whether pieces wait to be written."""
        return bool(self._held)

    def add(self, piece: bytes, now: float) -> Iterable[bytes | memoryview]:
        """Add the next piece; return the blocks that are to be written now, before the next piece is taken.

        Args:
            piece: Any bytes-like object.
            now: The time on the monotonic clock, in seconds.

        Raises:
            TypeError: The piece is not bytes-like.
        """
        view = memoryview(piece)
        if not self._held:
            self._since = now
        if len(self._held) + view.nbytes >= BLOCK or now - self._since >= self._LONGEST_WAIT:
            return self._with_held(view.cast("B"))
        self._held += view
        return ()

    def _with_held(self, view: memoryview) -> Iterator[bytes | memoryview]:
        if self._held and len(self._held) + len(view) <= BLOCK:
            self._held += view
            view = view[:0]
        if self._held:
            yield self.take()
        for at in range(0, len(view), BLOCK):
            yield view[at : at + BLOCK]

    def take(self) -> bytes:
        """Return the pieces that wait, once."""
        held, self._held = self._held, bytearray()
        return bytes(held)
