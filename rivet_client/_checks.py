"""Checks of what callers give: durations, sizes, and how WebSockets are closed. Imports: stdlib and errors."""

from __future__ import annotations

from typing import Final

from rivet_client.errors import ConfigError

__all__ = ["MAX_SECONDS", "check_close", "check_limit", "check_timeout"]

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


def check_close(code: object, reason: object) -> None:
    """Check the code and the reason that a user closes with.

    Raises:
        TypeError: A wrong type.
        ConfigError: A code that may not be sent, or a reason over 123 bytes (RFC 6455, 5.5 and 7.4) or not encodable.
    """
    if isinstance(code, bool) or not isinstance(code, int):
        raise TypeError(f"code must be an int, not {type(code).__name__}")
    if not isinstance(reason, str):
        raise TypeError(f"reason must be a str, not {type(reason).__name__}")
    if not (code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011) or 3000 <= code <= 4999):
        raise ConfigError(f"code {code} must not be sent; use 1000, or 3000 to 4999 for your own meanings")
    try:
        size = len(reason.encode())
    except UnicodeEncodeError:
        raise ConfigError("reason contains a lone surrogate; use text that UTF-8 can encode") from None
    if size > 123:
        raise ConfigError("reason is over 123 bytes; shorten it")
