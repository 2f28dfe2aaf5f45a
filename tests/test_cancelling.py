"""`CancelScope` itself: what its life, its order and other threads do to it. No network."""

from __future__ import annotations

import contextvars
import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from rivet_client import CallCancelledError, CancelScope
from rivet_client.cancelling import active_scopes, check_cancelled, is_cancelled, woken_on_cancel
from tests.support.injection import at_line


def test_its_life() -> None:
    with CancelScope() as scope:
        check_cancelled()
        assert not scope.is_cancelled
        assert repr(scope) == "<CancelScope active>"
        scope.cancel()
        scope.cancel()
        assert scope.is_cancelled
        assert repr(scope) == "<CancelScope cancelled>"
        with pytest.raises(CallCancelledError) as caught:
            check_cancelled()
        assert not caught.value.may_have_run
        assert str(caught.value) == "the call was cancelled by a CancelScope"
    check_cancelled()
    assert not active_scopes()


def test_the_error_leaves_the_block() -> None:
    scope = CancelScope()
    with pytest.raises(CallCancelledError), scope:
        scope.cancel()
        check_cancelled()
    assert not active_scopes()


def test_before_and_after() -> None:
    early = CancelScope()
    early.cancel()
    late = CancelScope()
    with late:
        pass
    late.cancel()
    for scope in (early, late):
        with scope:
            assert is_cancelled()
        with scope:
            assert is_cancelled(), "it stays so"


@pytest.mark.parametrize("which", ["outer", "inner"])
def test_nesting(which: str) -> None:
    scopes = {"outer": CancelScope(), "inner": CancelScope()}
    with scopes["outer"]:
        with scopes["inner"]:
            scopes[which].cancel()
            assert is_cancelled()
        assert is_cancelled() == (which == "outer")
    assert not is_cancelled()


def test_entered_twice() -> None:
    scope = CancelScope()
    with scope:
        with scope, CancelScope():
            pass
        scope.cancel()
        assert is_cancelled()
    assert not active_scopes()


def test_ends_in_another_order_and_in_another_context() -> None:
    def entered(scope: CancelScope) -> Iterator[None]:
        with scope:
            yield

    first, second = CancelScope(), CancelScope()
    blocks = [entered(first), entered(second)]
    for block in blocks:
        next(block)
    next(blocks[0], None)
    first.cancel()
    assert not is_cancelled()
    contextvars.Context().run(next, blocks[1], None)
    second.cancel()
    assert is_cancelled()
    second.__exit__(None, None, None)
    assert not active_scopes()


def test_other_threads_are_in_no_scope() -> None:
    found: list[object] = []
    with CancelScope() as scope:
        scope.cancel()
        # In an empty context, as threads have it before Python 3.14.
        thread = threading.Thread(
            target=contextvars.Context().run, args=(lambda: found.append(is_cancelled()),)
        )
        thread.start()
        thread.join()
    assert found == [False]


def test_who_is_woken() -> None:
    woken: list[str] = []
    with CancelScope() as outer:
        with CancelScope() as inner, woken_on_cancel(lambda: woken.append("first")):
            inner.cancel()
            assert woken == ["first"]
            with woken_on_cancel(lambda: woken.append("late")):
                assert woken == ["first", "late"], "it was cancelled before"
            outer.cancel()
            assert woken == ["first", "late", "first"]
            outer.cancel()
        woken.clear()
        inner.cancel()
        outer.cancel()
    with woken_on_cancel(lambda: woken.append("outside")):
        inner.cancel()
    assert woken == []


def test_two_who_are_woken_in_the_same_way() -> None:
    """As two threads that wait for one WebSocket: the end of one wait does not end the other."""
    woken: list[int] = []

    def wake() -> None:
        woken.append(1)

    with CancelScope() as scope, woken_on_cancel(wake):
        with woken_on_cancel(wake):
            pass
        scope.cancel()
    assert woken == [1]


def test_a_signal_handler_may_cancel_at_any_line() -> None:
    """It never waits for a lock that its own thread holds, and whoever waits from then on is woken."""

    def operation() -> None:
        with woken_on_cancel(lambda: woken.append(1)):
            pass
        scope.cancel()

    for number in itertools.count(1):
        woken: list[int] = []
        with CancelScope() as scope:
            outcome = at_line(number, scope.cancel, operation)
        assert outcome.error is None, outcome
        if outcome.where is None:
            break
    assert number > 10


def test_nobody_is_woken_after_the_wait() -> None:
    """By then the stream that is aborted to wake the caller may carry another call."""
    order: list[str] = []
    began = threading.Event()

    def wake() -> None:
        began.set()
        time.sleep(0.05)
        order.append("woken")

    with CancelScope() as scope:
        thread = threading.Thread(target=scope.cancel)
        with woken_on_cancel(wake):
            thread.start()
            began.wait()
        order.append("left")
        thread.join()
    assert order == ["woken", "left"]
