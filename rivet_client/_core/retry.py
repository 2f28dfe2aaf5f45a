"""Which errors are repeated, and after which delay. Pure: randomness comes in as an argument."""

from __future__ import annotations

from rivet_client._core.core_config import RetryPolicy
from rivet_client.errors import ActorError, RivetError, TransportError
from rivet_client_generated.errors import Retry, lookup

__all__ = ["PATIENCE", "backoff", "is_gone", "lost_race", "next_delay"]

PATIENCE = 3.0
"""After this many seconds of failed attempts, the client warns in the log."""

_GONE = {
    ("actor", "not_found"),
    ("actor", "destroying"),
    ("actor", "destroyed_while_waiting_for_ready"),
    ("actor", "destroyed_during_creation"),
}


def backoff(attempt: int, initial: float, maximum: float, jitter: float) -> float:
    """Delay after the given attempt, in seconds.

    Args:
        attempt: Attempts made so far, from 1.
        initial: Longest delay after the first attempt, in seconds.
        maximum: Longest delay at all, in seconds.
        jitter: A random number from 0 to 1; the delay is scaled by 0.5 to 1.
    """
    # 2**60 is beyond any maximum; the bound keeps a connection that retries for weeks from overflowing a float.
    return min(initial * 2.0 ** min(attempt - 1, 60), maximum) * (0.5 + 0.5 * jitter)


def is_gone(error: BaseException) -> bool:
    """Tell whether the engine says that the actor addressed does not exist (any more).

    An actor itself answers `actor.not_found` for a route that it does not have, but such an error names the actor.
    """
    return isinstance(error, ActorError) and error.actor is None and (error.group, error.code) in _GONE


def lost_race(error: ActorError | TransportError) -> bool:
    """Tell whether the engine gave up making the actor, because another actor has got the key meanwhile."""
    return is_gone(error) and isinstance(error, ActorError) and error.code == "destroyed_during_creation"


def next_delay(
    policy: RetryPolicy, error: RivetError, attempt: int, jitter: float, *, idempotent: bool = False
) -> float | None:
    """Delay before the next attempt, in seconds, or None if the caller gets the error.

    Args:
        policy: The client's policy.
        error: The error of the attempt.
        attempt: Attempts made so far, from 1.
        jitter: A random number from 0 to 1.
        idempotent: Running the request twice does no harm, whatever the policy says.
    """
    if attempt >= policy.max_attempts:
        return None
    if not isinstance(error, (ActorError, TransportError)) or _is_left_to_the_caller(error):
        return None
    if not error.is_retryable or (error.may_have_run and not idempotent and policy.ambiguous == "raise"):
        return None
    return backoff(attempt, policy.initial_delay, policy.max_delay, jitter)


def _is_left_to_the_caller(error: ActorError | TransportError) -> bool:
    info = lookup(error.group, error.code) if isinstance(error, ActorError) else None
    return info is not None and info.retry is Retry.LATER
