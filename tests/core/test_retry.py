"""Which errors are repeated, after which delay: the decision alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.failures import actor_error, error_from_message
from rivet_client._core.retry import backoff, is_gone, next_delay
from rivet_client._core.wording import Asked
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ActorSpecifier,
    ConfigError,
    ConnectionClosedError,
    DecodeError,
    RivetError,
    TransportError,
)
from rivet_client_generated.errors import ERRORS, RaisedBy, Retry
from rivet_client_generated.protocol import messages

HOST = ActorSpecifier("a" * 30, 1)


@pytest.mark.parametrize(
    ("attempt", "jitter", "delay"),
    [
        (1, 1.0, 1),
        (2, 1.0, 2),
        (3, 1.0, 4),
        (4, 1.0, 5),
        (99, 1.0, 5),
        (1, 0.0, 0.5),
        (3, 0.5, 3),
        (99, 0.0, 2.5),
    ],
)
def test_backoff(attempt: int, jitter: float, delay: float) -> None:
    assert backoff(attempt, 1, 5, jitter) == delay


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_backoff_stays_within_bounds(attempt: int, jitter: float) -> None:
    assert 0.125 <= backoff(attempt, 0.25, 30, jitter) <= 30


def safe() -> ActorError:
    return actor_error("guard", "rate_limit", "")


def ambiguous() -> ActorError:
    return actor_error("guard", "tunnel_request_aborted", "")


def final() -> ActorError:
    return actor_error("auth", "forbidden", "")


@pytest.mark.parametrize(
    ("error", "by_default", "with_retry", "idempotent"),
    [
        (safe(), True, True, True),
        (ambiguous(), False, True, True),
        (final(), False, False, False),
        (actor_error("queue", "full", ""), False, False, False),
        (TransportError("", may_have_run=False), True, True, True),
        (TransportError("", may_have_run=False, is_retryable=False), False, False, False),
        (TransportError("", may_have_run=True), False, True, True),
        (ConnectionClosedError("", may_have_run=True), False, True, True),
        (ActionTimeoutError(""), False, False, False),
        (DecodeError(0, "x"), False, False, False),
        (RivetError(""), False, False, False),
    ],
)
def test_what_is_repeated(error: RivetError, by_default: bool, with_retry: bool, idempotent: bool) -> None:
    raising, retrying = RetryPolicy(), RetryPolicy(ambiguous="retry")
    assert (next_delay(raising, error, 1, 1.0) is not None) == by_default
    assert (next_delay(retrying, error, 1, 1.0) is not None) == with_retry
    assert (next_delay(raising, error, 1, 1.0, idempotent=True) is not None) == idempotent


@pytest.mark.parametrize(
    ("attempts", "attempt", "delay"), [(1, 1, None), (3, 2, 0.1), (3, 3, None), (3, 4, None)]
)
def test_how_often(attempts: int, attempt: int, delay: float | None) -> None:
    assert next_delay(RetryPolicy(max_attempts=attempts), safe(), attempt, 1.0) == delay


@pytest.mark.parametrize(
    ("error", "gone"),
    [
        (actor_error("actor", "not_found", ""), True),
        (actor_error("actor", "destroying", ""), True),
        (actor_error("actor", "destroyed_while_waiting_for_ready", ""), True),
        (actor_error("actor", "destroyed_during_creation", ""), True),
        (actor_error("actor", "not_found", "no such route", actor=HOST), False),
        (actor_error("actor", "stopping", ""), False),
        (actor_error("namespace", "not_found", ""), False),
        (TransportError("actor.not_found"), False),
    ],
)
def test_what_is_gone(error: RivetError, gone: bool) -> None:
    assert is_gone(error) is gone


def told(
    name: tuple[str, str], *, actor: ActorSpecifier | None = None, answered_by: str, to_queue: bool = False
) -> ActorError:
    """The error of a message that answers."""
    who = None if actor is None else messages.ActorSpecifier(actor_id=actor.actor_id, generation=1)
    message = messages.HttpResponseError(group=name[0], code=name[1], message="m", actor=who)
    return error_from_message(message, bytes, Asked(to_queue=to_queue), answered_by=answered_by)


def test_flags_come_from_the_catalogue() -> None:
    for name, info in ERRORS.items():
        may_run = info.retry in (Retry.AMBIGUOUS, Retry.FINAL)
        # Of the engine, or of a host that names no actor.
        error = told(name, answered_by=HOST.actor_id)
        assert error.is_retryable == (info.retry not in (Retry.REFUSED, Retry.FINAL)), name
        assert error.may_have_run == may_run, name
        # Of the actor's own host, or passed on by the actor: where only that can be, the call has run.
        passed_on = {RaisedBy.ENGINE, RaisedBy.CLIENT, RaisedBy.QUEUE}
        for to_queue in (False, True):
            error = told(name, actor=HOST, answered_by=HOST.actor_id, to_queue=to_queue)
            assert error.may_have_run == (may_run or info.raised_by in passed_on), name
            passed_on.discard(RaisedBy.QUEUE)
        # Of another actor.
        assert told(name, actor=HOST, answered_by="b" * 30).may_have_run, name


def test_errors_that_nobody_knows_are_final() -> None:
    assert not actor_error("foo", "bar", "").is_retryable
    assert actor_error("foo", "bar", "").may_have_run
    assert told(("foo", "bar"), actor=HOST, answered_by=HOST.actor_id).may_have_run


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
