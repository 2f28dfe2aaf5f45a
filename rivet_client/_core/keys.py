"""Actor keys: checking them, and their serialised form (PROTOCOL.md 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from rivet_client.errors import ConfigError

__all__ = ["MAX_KEY_BYTES", "check_name", "fits_query", "normalize_key", "serialize_key"]

MAX_KEY_BYTES = 1024
"""Most bytes of a serialised key; to a longer one the engine answers `actor.key_too_large`."""


def normalize_key(key: object) -> tuple[str, ...]:
    """Return `key` as a tuple of its components.

    Args:
        key: A str (one component) or a sequence of str.

    Raises:
        TypeError: Neither of these.
        ConfigError: Too long, or not encodable as UTF-8.
    """
    parts = (key,) if isinstance(key, str) else _components(key)
    try:
        size = len(serialize_key(parts).encode())
    except UnicodeEncodeError:
        raise ConfigError(
            f"key {parts!r} contains a lone surrogate; use text that UTF-8 can encode"
        ) from None
    if size > MAX_KEY_BYTES:
        raise ConfigError(
            f"key is {size} bytes long when serialised, over the limit of {MAX_KEY_BYTES}; shorten it"
        )
    return parts


def _components(key: object) -> tuple[str, ...]:
    kind = type(key).__name__
    if not isinstance(key, Sequence) or isinstance(key, (bytes, bytearray, memoryview)):
        raise TypeError(f"key must be a str or a sequence of str, not {kind}")
    parts: list[str] = []
    for index, part in enumerate(cast("Sequence[object]", key)):
        if not isinstance(part, str):
            raise TypeError(
                f"key[{index}] must be a str, not {type(part).__name__}; "
                f"write it as a string, for example {str(part)!r}"
            )
        parts.append(part)
    return tuple(parts)


def serialize_key(parts: Sequence[str]) -> str:
    """Return the one string that stands for a key: components joined by "/", escaped, so that no two collide."""
    if not parts:
        return "/"
    return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") if part else "\\0" for part in parts)


def fits_query(parts: Sequence[str]) -> bool:
    """Tell whether a URL of the gateway, where commas join components, can mean this key only (PROTOCOL.md 3.3).

    The gateway splits a component that has a comma, and may drop an empty one.
    """
    return all(part and "," not in part for part in parts)


def check_name(what: str, name: object) -> str:
    """Check the name of an actor, action, queue or event.

    Raises:
        TypeError: Not a str.
        ConfigError: Empty, "." or "..", or not encodable as UTF-8.
    """
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a str, not {type(name).__name__}")
    if not name:
        raise ConfigError(f"{what} must not be empty")
    if name in (".", ".."):
        raise ConfigError(f"{what} must not be {name!r}: it has a meaning of its own in a URL")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ConfigError(
            f"{what} {name!r} contains a lone surrogate; use text that UTF-8 can encode"
        ) from None
    return name
