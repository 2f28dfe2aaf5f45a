"""How long a connection waits before the next attempt, and when somebody is warned of an outage."""

from __future__ import annotations

from rivet_client._core.session.attempts import Attempts, Pause


def attempts(jitter: float = 1.0) -> Attempts:
    return Attempts(follows_key=True, has_params=False, jitter=lambda: jitter)


def test_delays_grow_and_are_jittered() -> None:
    for jitter, factor in ((1.0, 1.0), (0.0, 0.5)):
        made = attempts(jitter)
        delays = [made.pause(0.0, was_open=False).seconds / factor for _ in range(10)]
        assert delays == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_an_outage_is_warned_of_once() -> None:
    made, now = attempts(), 0.0
    made.start(now)
    for _ in range(2):
        for warns in (False, False, False, False, True, False):  # after 0, 0.25, 0.75, 1.75, 3.75 and 7.75 s
            pause = made.pause(now, was_open=False)
            assert pause.is_warning is warns
            now += pause.seconds
        made.succeed(now)
        now += 5
        assert made.pause(now, was_open=True) == Pause(0.0, is_warning=False)


def test_a_stable_connection_comes_back_at_once() -> None:
    made = attempts()
    assert [made.pause(0.0, was_open=False).seconds for _ in range(2)] == [0.25, 0.5]
    made.succeed(1.0)
    assert made.pause(6.0, was_open=True).seconds == 0
    assert made.pause(6.0, was_open=False).seconds == 0.25


def test_a_connection_that_breaks_at_once_backs_off() -> None:
    """Else a server that accepts and drops would be dialed in a busy loop."""
    made = attempts()
    delays = []
    for now in range(4):
        made.succeed(now)
        delays.append(made.pause(now + 0.1, was_open=True).seconds)
    assert delays == [0.25, 0.5, 1, 2]
