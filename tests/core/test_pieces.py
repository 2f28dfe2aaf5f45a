"""The pieces of a request's body as blocks to write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._core.pieces import BLOCK, Blocks

SIZES = st.sampled_from([0, 1, 2, 1000, BLOCK // 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])


@given(st.lists(st.tuples(SIZES, st.sampled_from([0.0, 0.001, 1.0]))))
def test_blocks_are_the_pieces(pieces: list[tuple[int, float]]) -> None:
    """Nothing is lost, no block is too long, and what waits is less than a block."""
    blocks, now, given, written = Blocks(), 100.0, bytearray(), bytearray()
    for number, (size, pause) in enumerate(pieces):
        now += pause
        piece = bytes([number % 256]) * size
        given += piece
        for block in blocks.add(piece, now):
            assert 0 < len(block) <= BLOCK
            written += block
        assert len(given) - len(written) < BLOCK
        assert bool(blocks) is (written != given)
    assert written + blocks.take() == given
    assert not blocks


def test_small_pieces_become_whole_blocks() -> None:
    blocks = Blocks()
    sizes = [len(block) for _ in range(BLOCK) for block in blocks.add(b"xx", 0.0)]
    assert sizes == [BLOCK, BLOCK]


def test_no_piece_waits_long() -> None:
    blocks = Blocks()
    assert [*blocks.add(b"a", 5.0)] == [*blocks.add(b"b", 5.09)] == []
    assert [*blocks.add(b"c", 5.11)] == [b"abc"]


@pytest.mark.parametrize(
    "piece", [bytearray(b"ab"), memoryview(b"ab"), memoryview(b"ab").cast("H")], ids=[1, 2, 3]
)
def test_pieces_are_bytes_like(piece: Any) -> None:
    blocks = Blocks()
    assert not [*blocks.add(piece, 0.0)]
    assert blocks.take() == b"ab"


@pytest.mark.parametrize("piece", ["ab", [1, 2], 3, None])
def test_what_is_no_piece(piece: Any) -> None:
    with pytest.raises(TypeError):
        Blocks().add(piece, 0.0)


def test_a_piece_may_change_after_it_was_taken() -> None:
    """Some iterators fill one buffer again and again."""
    blocks, piece = Blocks(), bytearray(b"ab")
    assert not [*blocks.add(piece, 0.0)]
    piece[:] = b"cd"
    assert blocks.take() == b"ab"
