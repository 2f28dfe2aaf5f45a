"""Counting the bytes of a body, so that no answer is longer than its reader allows."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

from rivet_client._core.http1 import body_too_long
from rivet_client.errors import ProtocolError

__all__ = ["Meter"]

_WINDOW_BITS: Final = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
"""The codings that can be decoded here, with the setting of zlib for each."""
_PIECE: Final = 64 * 1024
"""Most bytes that are decoded at a time."""


class _Decompressor(Protocol):
    """What `zlib.decompressobj` makes."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Meter:
    """Counts the bytes of a body and refuses those beyond a limit.

    Args:
        status: Of the answer.
        limit: Most bytes, or None.
        coding: Coding of the body, if decoded bytes are counted. They are decoded in small pieces and not kept.
    """

    def __init__(self, status: int, limit: int | None, coding: str = "identity") -> None:
        self._status = status
        self._limit = limit
        self._count = 0
        self._coding = coding.strip().lower()
        bits = _WINDOW_BITS.get(self._coding)
        self._decompressor: _Decompressor | None = None if bits is None else zlib.decompressobj(bits)
        self._may_lack_header = self._coding == "deflate"  # some peers leave it out

    def take(self, chunk: bytes) -> bytes:
        """Return a chunk of the body, once it is counted.

        Raises:
            ProtocolError: The limit is exceeded, or the coding is one whose bytes cannot be counted.
        """
        if self._limit is None:
            return chunk
        if self._decompressor is not None:
            self._count_decoded(self._decompressor, chunk, self._limit)
        elif self._coding in ("", "identity"):
            self._count += len(chunk)
        else:
            raise ProtocolError(
                f"the body of an answer (HTTP {self._status}) is in the coding {self._coding!r}, for which "
                f"max_body_bytes={self._limit} cannot be kept; have the actor's handler use gzip or none, "
                "or pass max_body_bytes=None"
            )
        if self._count > self._limit:
            raise body_too_long(self._status, self._limit)
        return chunk

    def _count_decoded(self, decompressor: _Decompressor, data: bytes, limit: int) -> None:
        while data and self._count <= limit:
            try:
                self._count += len(decompressor.decompress(data, _PIECE))
                data = decompressor.unconsumed_tail
            except zlib.error:
                if not self._may_lack_header:
                    return  # the code that decodes the body raises the error
                self._decompressor = decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
            self._may_lack_header = False
