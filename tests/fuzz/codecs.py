"""The generated codecs against a second reading of the schemas: the same values, and the same refusals."""

from __future__ import annotations

import contextlib
import random
from typing import Any

from pydantic import BaseModel

from rivet_client.errors import DecodeError, VersionError
from rivet_client_generated.protocol import documents, frames, messages, versions
from tests.fuzz.mutate import mutated
from tests.fuzz.reading import Reading, Refused, snake

READINGS = {version: Reading(version) for version in range(versions.OLDEST, versions.NEWEST + 1)}
NEWEST = READINGS[versions.NEWEST]
NAMES = ["ToClient", "ToServer", *(name for name in NEWEST.types if name.startswith("Http"))]


def case(rng: random.Random) -> None:
    """Decode a message of any version, whole or damaged, and encode it again."""
    name = rng.choice(NAMES)
    reading = rng.choice([reading for reading in READINGS.values() if name in reading.types])
    data = reading.encode(name, reading.make_up(name, rng))
    if rng.random() < 0.7:
        data = mutated(rng, data)
    expected = read(name, data)
    error = found = None
    try:
        found = getattr(frames, f"decode_{snake(name)}")(data)
    except DecodeError as raised:
        error = raised
    if error is not None:
        assert expected is None, f"{name} {data.hex()}: refused ({error}), but it is {expected}"
        assert 0 <= error.offset <= len(data)
        return
    assert expected is not None, f"{name} {data.hex()}: {found} was not refused"
    assert plain(found) == expected, f"{name} {data.hex()}: {found} should be {expected}"
    encode = getattr(frames, f"encode_{snake(name)}")
    assert encode(found) == NEWEST.encode(name, expected)
    older = READINGS[int.from_bytes(data[:2], "little")]
    with contextlib.suppress(VersionError):  # an Init of version 1 has lost its token
        assert encode(found, older.version) == older.encode(name, older.decode(name, data, 2)), data.hex()
    check_document(rng, name, found, expected)


def read(name: str, data: bytes) -> Any:
    """Return what the second reading makes of a message; None if it is none."""
    reading = READINGS.get(int.from_bytes(data[:2], "little")) if len(data) >= 2 else None
    if reading is None or name not in reading.types:
        return None
    try:
        return NEWEST.upgraded(reading.decode(name, data, 2))
    except Refused:
        return None


def plain(value: Any) -> Any:
    """Return a generated message in the form of the second reading."""
    if not isinstance(value, BaseModel):
        return value
    kind = type(value)
    assert kind is getattr(messages, kind.__name__)
    return (kind.__name__, {name: plain(getattr(value, name)) for name in kind.model_fields})


def check_document(rng: random.Random, name: str, message: Any, expected: Any) -> None:
    """The same message as a document, whole, and with something else in one place."""
    decode = getattr(documents, f"decode_{snake(name)}_document")
    document = getattr(documents, f"encode_{snake(name)}_document")(message)
    assert plain(decode(document)) == expected
    places: list[tuple[dict[str, Any], str]] = []
    pending = [document]
    while pending:
        item = pending.pop()
        places += [(item, key) for key in item]
        pending += [value for value in item.values() if isinstance(value, dict)]
    holder, key = rng.choice(places)
    holder[key] = rng.choice(
        (None, 0, -1, 2**64, 1.5, "x", b"x", True, [], ["$BigInt", "1"], ["$BigInt", "x"], {})
    )
    if rng.random() < 0.3:
        del holder[key]
    with contextlib.suppress(DecodeError):
        decode(document)
