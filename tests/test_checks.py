"""Durations that callers give."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._checks import check_timeout
from rivet_client.errors import ConfigError


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), (0, 0.0), (5, 5.0), (0.5, 0.5), (2_000_000, 2e6)]
)
def test_timeouts(value: Any, expected: float | None) -> None:
    found = check_timeout("timeout", value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (-1, ConfigError),
        (-0.001, ConfigError),
        (float("nan"), ConfigError),
        (float("inf"), ConfigError),
        (2_000_001, ConfigError),  # the waits of operating systems end there
        (10**400, ConfigError),
        (True, TypeError),
        ("5", TypeError),
        ([5], TypeError),
    ],
)
def test_bad_timeouts(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="wait must be"):
        check_timeout("wait", value)
