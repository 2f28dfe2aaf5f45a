"""What random peers do to bytes."""

from __future__ import annotations

import random

from tests.support.pieces import in_pieces, in_steps


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Return bytes that differ from these in a few places, if any."""
    changed = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0:
                changed[at : at + 1] = rng.randbytes(1)
            case 1:
                changed[at : at + 1] = bytes((rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, 10, 13, 32)),))
            case 2:
                del changed[at : at + rng.randrange(1, 9)]
            case 3:
                changed[at:at] = rng.randbytes(rng.randrange(1, 9))
            case _:
                changed[at:at] = changed[at : at + rng.randrange(40)]
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> list[bytes]:
    """Return the same bytes in pieces."""
    match rng.randrange(4):
        case 0:
            return [data]
        case 1:
            return in_steps(data, 1 + len(data) // 2000)  # mostly single bytes
        case 2:
            return in_steps(data, rng.randrange(1, 40))
        case _:
            return in_pieces(data, (rng.randrange(len(data) + 1) for _ in range(rng.randrange(8))))
