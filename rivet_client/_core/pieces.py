"""Bytes that come in pieces: those of a message, or of the body of an answer."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterable

__all__ = ["Pieces", "cut"]

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
