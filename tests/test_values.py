"""The value types that callers see."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from rivet_client.errors import ConfigError
from rivet_client.values import (
    UNDEFINED,
    BigInt,
    ConnectionStatus,
    QueueSendResult,
    RetryPolicy,
    UndefinedType,
    check_timeout,
)


def test_there_is_one_undefined() -> None:
    assert UndefinedType() is UNDEFINED
    assert (
        copy.copy(UNDEFINED) is copy.deepcopy(UNDEFINED) is pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED
    )
    assert not UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"


def test_big_ints_are_ints() -> None:
    number = BigInt(5)
    assert number == 5
    assert repr(number) == "BigInt(5)"
    for way in (copy.copy, lambda value: pickle.loads(pickle.dumps(value))):
        assert type(way(number)) is BigInt
        assert way(number) == 5
    assert type(number + 1) is int


def test_statuses_are_texts() -> None:
    assert [str(status) for status in ConnectionStatus] == ["idle", "connecting", "connected", "disconnected"]
    assert ConnectionStatus.CONNECTED == "connected"


def test_queue_results() -> None:
    assert QueueSendResult("completed") == QueueSendResult("completed", None)
    assert pickle.loads(pickle.dumps(QueueSendResult("completed", [1]))) == QueueSendResult("completed", [1])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"max_attempts": 0}, ConfigError, r"max_attempts must be at least 1 \(1: no retries\), not 0"),
        ({"max_attempts": 1.0}, TypeError, "max_attempts must be an int, not float"),
        ({"max_attempts": True}, TypeError, "max_attempts must be an int, not bool"),
        ({"initial_delay": -0.1}, ConfigError, "initial_delay must be from 0 to 2000000 seconds, not -0.1"),
        ({"initial_delay": "1"}, TypeError, "initial_delay must be a number of seconds, not str"),
        ({"initial_delay": None}, TypeError, "initial_delay must be a number of seconds, not NoneType"),
        ({"max_delay": float("inf")}, ConfigError, "max_delay must be from 0 to 2000000 seconds, not inf"),
        ({"max_delay": float("nan")}, ConfigError, "max_delay"),
        ({"max_delay": True}, TypeError, "max_delay must be a number of seconds, not bool"),
        ({"ambiguous": "ask"}, ConfigError, "ambiguous must be 'raise' or 'retry', not 'ask'"),
        ({"ambiguous": None}, ConfigError, "ambiguous"),
    ],
)
def test_bad_policies(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        RetryPolicy(**options)


def test_policies() -> None:
    assert RetryPolicy() == RetryPolicy(max_attempts=8, initial_delay=0.05, max_delay=2.0, ambiguous="raise")
    RetryPolicy(max_attempts=1, initial_delay=0, max_delay=0, ambiguous="retry")


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
