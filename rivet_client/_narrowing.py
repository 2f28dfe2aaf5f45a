"""Checks of a value's type after which a strict type checker treats its items as `Any`.

After `isinstance(value, dict)` pyright's strict mode complains about each use of the keys and values: to it they are
unknown. After `is_dict(value)` it does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeGuard

__all__ = ["is_abstract_set", "is_array", "is_dict", "is_mapping", "is_sequence", "is_set"]


def is_array(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Tell whether a value is a list or a tuple."""
    return isinstance(value, (list, tuple))


def is_dict(value: object) -> TypeGuard[dict[Any, Any]]:
    """Tell whether a value is a dict."""
    return isinstance(value, dict)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Tell whether a value is a mapping."""
    return isinstance(value, Mapping)


def is_set(value: object) -> TypeGuard[set[Any] | frozenset[Any]]:
    """Tell whether a value is a set or a frozenset."""
    return isinstance(value, (set, frozenset))


def is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    """Tell whether a value is a sequence; texts and bytes are."""
    return isinstance(value, Sequence)


def is_abstract_set(value: object) -> TypeGuard[AbstractSet[Any]]:
    """Tell whether a value is a set of any kind, such as the keys of a dict."""
    return isinstance(value, AbstractSet)
