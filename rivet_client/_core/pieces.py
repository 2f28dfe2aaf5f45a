"""Bytes that come bit by bit: of a message, or of the body of an answer."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterable

__all__ = ["Pieces", "cut"]

_LARGE = 64 * 1024
# Bytes that are worth an object of their own.
_SMALL = 4 * 1024


class Pieces:
    """Bytes that come bit by bit. They and what is made of them never take more than twice their size."""

    def __init__(self) -> None:
        self._pieces: list[bytes | bytearray] = []

    def add(self, data: bytes) -> None:
        """Add the next of them."""
        pieces = self._pieces
        if not pieces or len(data) >= _SMALL:
            pieces.append(data)
        elif len(last := pieces[-1]) < _LARGE and isinstance(last, bytearray):
            last += data  # an object for each of many small ones would take many times their size
        else:
            pieces.append(bytearray(data))

    def take_bytes(self) -> bytes:
        """Return all of them, once."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def take_text(self) -> str:
        """Return all of them decoded; bit by bit, for in one go that takes three times the size of what is not ASCII.

        Raises:
            UnicodeDecodeError: They are not UTF-8.
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
