"""Random values, what becomes of them, and the one error that hostile input may cause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from rivet_client.errors import DecodeError


def failure(read: Callable[[Any], object], data: object) -> DecodeError | None:
    """Return the DecodeError that reading `data` ends in, if any; every other error is the test's."""
    try:
        read(data)
    except DecodeError as error:
        return error
    return None


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["$", "$$", "$BigInt", "$Set", "$Undefined", "$x"])
    | st.binary()
)
KEYS = st.text() | st.sampled_from(["$BigInt", "$", ""])
HASHABLE = st.recursive(SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner), max_leaves=5)
# What every encoding can carry.
VALUES = st.recursive(
    SCALARS | st.sets(HASHABLE, max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)

MOMENTS = st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-9, minutes=-30))))

# What the bare encoding can carry.
EVERYTHING = st.recursive(
    VALUES | MOMENTS | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=4)
        | st.dictionaries(HASHABLE | MOMENTS | st.floats(), inner, max_size=4)
    ),
    max_leaves=10,
)

# Whatever JSON text may hold.
JSON_TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just("$Set")
    | st.just("$BigInt"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def back(value: Any) -> Any:
    """Return what `value` comes back as."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000, fold=0)
    if isinstance(value, dict):
        return {back(key): back(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(back(item) for item in value)
    return value
