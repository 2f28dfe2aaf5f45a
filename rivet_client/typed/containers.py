"""What callers may give in the place of a list, dict, set or bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from pydantic import ValidationError
from typing_extensions import TypeAliasType

from rivet_client._narrowing import is_abstract_set, is_mapping, is_sequence

__all__ = ["BytesLike", "JsonLike", "check_plain", "plain"]

T = TypeVar("T")

BytesLike: TypeAlias = bytes | bytearray | memoryview
"""What a parameter takes as bytes."""

JsonLike = TypeAliasType(
    "JsonLike", "Sequence[JsonLike] | Mapping[str, JsonLike] | str | bool | int | float | None"
)
"""What a parameter takes as JSON. In an alias of the other kind, `typing.get_type_hints` would look for the inner name
among those of the package."""


def check_plain(check: Callable[..., T], value: Any, **options: Any) -> T:
    """Check what a refused value is like. Most values are taken at once, and cost nothing more.

    Raises:
        ValidationError: That is refused, too.
    """
    try:
        return check(plain(value), **options)
    except ValidationError as error:
        raise error from None  # one complaint is enough


def plain(value: Any) -> Any:
    """Return a value with lists, dicts, sets and bytes in the place of what is like them, at every depth.

    The actor gets the same from both. Nothing changes inside sets and the keys of dicts, where no list can be.
    """
    try:
        return _plain(value)
    except RecursionError:  # a cycle, or too deep; the checks say so
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)  # pyright: ignore[reportUnknownArgumentType]  of a memoryview's items
    if is_sequence(value):
        return [_plain(item) for item in value]
    if is_mapping(value):
        return {key: _plain(item) for key, item in value.items()}
    return set(value) if is_abstract_set(value) else value
