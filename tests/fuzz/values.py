"""What is inside messages: CBOR and JSON of a peer, whole or damaged."""

from __future__ import annotations

import json
import random
from typing import Any

import cbor2

from rivet_client._wire import cbor, json_text, values_codec
from rivet_client.errors import DecodeError
from tests.fuzz.mutate import mutated

TAGS = ("$BigInt", "$Uint8Array", "$ArrayBuffer", "$Set", "$Undefined", "$", "$$", "$x")


def case(rng: random.Random) -> None:
    """Read a value whichever way messages are read; the only error is DecodeError."""
    if rng.random() < 0.5:
        tree = make_up(rng, 5, plain=False)
        data = cbor2.dumps(tree)
        rest = rng.choice((b"\0", b"\xff", b"\xff\0", b"\xc6", rng.randbytes(9)))
        assert refused(cbor.decode, data + rest) == len(data), f"{data.hex()} with {rest.hex()} behind it"
        assert refused(cbor.decode, data) is None, data.hex()
        damaged = mutated(rng, data) if rng.random() < 0.9 else rng.randbytes(rng.randrange(30))
        for decode in (cbor.decode, cbor.decode_plain, cbor.loads):
            refused(decode, damaged)
    else:
        text = json.dumps(make_up(rng, 5, plain=True), ensure_ascii=rng.random() < 0.5).encode(
            errors="surrogatepass"
        )
        for data in (text, mutated(rng, text)):
            refused(lambda data: values_codec.from_tree(json_text.loads(data)), data)


def refused(decode: Any, data: bytes) -> int | None:
    """Return where these bytes are refused, or None."""
    try:
        decode(data)
    except DecodeError as error:
        offset = error.offset
    else:
        return None
    assert 0 <= offset <= len(data), f"{offset} of {data.hex()}"
    return offset


def make_up(rng: random.Random, depth: int, *, plain: bool) -> Any:
    """Return a random tree: of what JSON has, or of what CBOR has."""
    scalars: list[Any] = [
        None,
        True,
        0,
        -1,
        2**32,
        2**53 + 1,
        1.5,
        1e300,
        "",
        "é\ud800"[: rng.randrange(2)],
        "$x",
    ]
    if not plain:
        scalars += [b"\xff", 2**64, -(2**70), float("nan"), cbor2.undefined, cbor2.CBORSimpleValue(99)]
    kind = rng.randrange(7 if plain else 9)
    if depth == 0 or kind < 2:
        return rng.choice(scalars)
    if kind == 2:
        return [rng.choice(TAGS), make_up(rng, depth - 1, plain=plain)]
    if kind < 5:
        return [make_up(rng, depth - 1, plain=plain) for _ in range(rng.randrange(4))]
    if kind < 7:
        return {f"k{number}": make_up(rng, depth - 1, plain=plain) for number in range(rng.randrange(4))}
    if kind == 7:
        return {number: make_up(rng, depth - 1, plain=plain) for number in range(rng.randrange(4))}
    return cbor2.CBORTag(
        rng.choice((1, 2, 4, 27, 64, 69, 84, 258, 259, 55799)), make_up(rng, depth - 1, plain=plain)
    )
