"""Bytes as a stream may bring them: at once, or in pieces."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest

Cut = Callable[[bytes], list[bytes]]

ENDS = 500


def in_steps(data: bytes, step: int) -> list[bytes]:
    """Cut data into pieces of `step` bytes; the last one may be shorter."""
    return [data[at : at + step] for at in range(0, len(data), step)]


def in_pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Cut data at places that may lie beyond its end: counting goes on at its beginning."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def whole(data: bytes) -> list[bytes]:
    """Leave data in one piece."""
    return [data]


def bytewise(data: bytes) -> list[bytes]:
    """Make each byte a piece. What is long is so cut at both ends, where heads and limits end, and coarsely between."""
    middle = max(ENDS, len(data) - ENDS)
    return in_steps(data[:ENDS], 1) + in_steps(data[ENDS:middle], 1000) + in_steps(data[middle:], 1)


WHOLE_AND_BYTEWISE = pytest.mark.parametrize("cut", [whole, bytewise])
