"""Checks of numbers that callers give: durations and sizes. Imports: stdlib and errors."""

from __future__ import annotations

from typing import Final

from rivet_client.errors import ConfigError

__all__ = ["MAX_SECONDS", "check_limit", "check_timeout"]

MAX_SECONDS: Final = 2_000_000
"""About 23 days. The waits of operating systems end at 2^31 milliseconds."""


def check_limit(name: str, value: object) -> int | None:
    """Check a number of bytes; None means no limit.

    Raises:
        TypeError: Not an int.
        ConfigError: Not greater than 0.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int or None, not {type(value).__name__}")
    if value <= 0:
        raise ConfigError(f"{name} must be greater than 0 (None for no limit), not {value}")
    return value


def check_timeout(name: str, value: object) -> float | None:
    """Check a duration in seconds; None means no deadline.

    Raises:
        TypeError: Not a number.
        ConfigError: Negative, not finite, or more than any clock can wait for.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not 0 <= value <= MAX_SECONDS:
        raise ConfigError(
            f"{name} must be from 0 to {MAX_SECONDS} seconds (None for no deadline), not {value!r}"
        )
    return float(value)
