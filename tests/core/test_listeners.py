"""Who hears of what on a connection."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from rivet_client._core.session import ErrorReported, HangUp, Lost, Opened, SessionEvent, StatusChanged
from rivet_client._core.session.listeners import READ_AHEAD, Buffer, Callback, LifecycleCallbacks, Listeners
from rivet_client.errors import ConfigError, RivetError
from rivet_client.values import ConnectionStatus
from tests.support.wire_pair import WirePair

ERROR = RivetError("x")


def make() -> tuple[WirePair, Listeners]:
    pair = WirePair().open()
    return pair, Listeners(pair.session)


def test_a_name_is_subscribed_while_anybody_listens() -> None:
    pair, listeners = make()
    first, second, other = Callback(print), Buffer(5), Callback(print)
    listeners.add("news", first)
    listeners.add("news", second)
    listeners.add("other", other)
    assert listeners.find("news") == (first, second)
    assert listeners.buffers == (second,)
    assert listeners.remove("news", first)
    assert listeners.remove("news", second)
    pair.settle()
    assert pair.subscriptions_received == [("news", True), ("other", True), ("news", False)]
    assert listeners.find("news") == ()
    assert listeners.buffers == ()


def test_removing_twice() -> None:
    pair, listeners = make()
    listener, other = Callback(print), Callback(print)
    listeners.add("news", listener)
    assert not listeners.remove("news", other)
    assert not listeners.remove("never", other)
    assert listeners.remove("news", listener)
    assert not listeners.remove("news", listener)
    pair.settle()
    assert pair.subscriptions_received == [("news", True), ("news", False)]


def test_the_same_function_twice_is_two_listeners() -> None:
    _, listeners = make()
    one, two = Callback(print), Callback(print)
    listeners.add("news", one)
    listeners.add("news", two)
    listeners.remove("news", one)
    assert listeners.find("news") == (two,)


def test_what_was_found_does_not_change() -> None:
    """A callback may add and remove listeners while an event is being delivered."""
    _, listeners = make()
    one = Callback(print)
    listeners.add("news", one)
    found = listeners.find("news")
    listeners.add("news", Callback(print))
    listeners.remove("news", one)
    assert found == (one,)


def test_buffers_fill() -> None:
    buffer = Buffer(2)
    assert not buffer.is_full
    buffer.items.extend([(1,), (2,)])
    assert buffer.is_full


@pytest.mark.parametrize("function", [None, 5, "name"])
def test_callbacks_must_be_callable(function: Any) -> None:
    with pytest.raises(TypeError, match="callback must be callable, not"):
        Callback(function)


@pytest.mark.parametrize(
    ("size", "error"),
    [(0, ConfigError), (-1, ConfigError), (1.5, TypeError), (True, TypeError), (None, TypeError)],
)
def test_bad_buffer_sizes(size: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_buffer must be"):
        Buffer(size)


@pytest.mark.parametrize(
    ("event", "kind", "args"),
    [
        (StatusChanged(ConnectionStatus.CONNECTED), "status_change", (ConnectionStatus.CONNECTED,)),
        (Opened(), "open", ()),
        (Lost(), "close", ()),
        (ErrorReported(ERROR, final=False), "error", (ERROR,)),
        (HangUp([]), "", ()),
    ],
)
def test_lifecycle_callbacks(event: SessionEvent, kind: str, args: object) -> None:
    callbacks = LifecycleCallbacks()
    for each in ("status_change", "open", "close", "error"):
        assert callbacks.add(each, print) is None
    assert callbacks.find(event) == (kind, (print,) if kind else (), args)


def test_a_lifecycle_callback_that_is_removed() -> None:
    callbacks = LifecycleCallbacks()
    for _ in range(2):
        callbacks.add("open", print)
    callbacks.remove("open", print)
    assert callbacks.find(Opened()) == ("open", (print,), ())
    for _ in range(2):
        callbacks.remove("open", print)
    assert callbacks.find(Opened()) == ("open", (), ())


def test_who_comes_after_the_final_error_is_told() -> None:
    callbacks = LifecycleCallbacks()
    callbacks.find(ErrorReported(RivetError("passes"), final=False))
    assert callbacks.add("error", print) is None
    callbacks.find(ErrorReported(ERROR, final=True))
    assert callbacks.add("error", print) is ERROR
    assert callbacks.add("close", print) is None


# --- When an iteration ends ------------------------------------------------------------------------------------


def test_an_iteration_goes_on_while_the_connection_may_come_back() -> None:
    pair, listeners = make()
    pair.eof()
    assert not listeners.has_ended(Buffer(1))
    listeners.is_end_told = True
    assert not listeners.has_ended(Buffer(1))


def test_an_iteration_ends_at_once_when_the_user_closes() -> None:
    pair, listeners = make()
    assert not listeners.are_unwanted
    buffer = Buffer(1)
    buffer.is_closed = True
    assert listeners.has_ended(buffer)
    pair.user_closes()
    assert listeners.has_ended(Buffer(1))
    assert listeners.are_unwanted


def test_an_iteration_is_told_of_a_failure_behind_the_last_event() -> None:
    pair, listeners = make()
    pair.session.fail(ValueError("a defect"), pair.clock.now)
    assert not listeners.has_ended(Buffer(1)), "events that came before may still be delivered"
    assert not listeners.are_unwanted
    listeners.is_end_told = True
    for _ in range(2):
        with pytest.raises(RivetError, match="a defect"):
            listeners.has_ended(Buffer(1))
    buffer = Buffer(1)
    buffer.is_closed = True
    assert listeners.has_ended(buffer)


# --- Backpressure ----------------------------------------------------------------------------------------------


def events(count: int) -> deque[tuple[int]]:
    return deque((number,) for number in range(count))


def test_reading_stops_at_a_full_buffer_unless_a_call_waits() -> None:
    pair, listeners = make()
    buffer, other = Buffer(2), Buffer(2)
    listeners.add("news", buffer)
    listeners.add("other", other)
    buffer.fill(events(1), is_limited=False)
    assert not listeners.must_pause(buffer)
    assert listeners.may_resume()
    buffer.fill(events(1), is_limited=False)
    assert listeners.must_pause(buffer)
    assert not listeners.may_resume()
    assert listeners.may_resume(freeing=buffer), "an item of it is about to be taken"
    assert not listeners.may_resume(freeing=other)
    pair.call("add")
    assert not listeners.must_pause(buffer), "the answer comes behind"
    assert listeners.may_resume_for_call()
    buffer.fill(events(READ_AHEAD), is_limited=False)
    assert listeners.must_pause(buffer)
    assert not listeners.may_resume_for_call()
    assert not listeners.may_resume(freeing=buffer), "with one item less it is still full"


def test_a_buffer_takes_what_has_been_read_but_no_more_than_that_at_the_end() -> None:
    buffer = Buffer(1)
    more = events(READ_AHEAD + 5)
    buffer.fill(more, is_limited=False)
    assert not more
    assert len(buffer.items) == READ_AHEAD + 5
    buffer.fill(events(3), is_limited=True)
    assert len(buffer.items) == READ_AHEAD + 5
    buffer.items.clear()
    buffer.fill(events(READ_AHEAD + 5), is_limited=True)
    assert len(buffer.items) == READ_AHEAD + 1


def test_how_full_a_buffer_is():
    buffer = Buffer(2)
    seen = []
    for number in range(READ_AHEAD + 2):
        seen.append((buffer.is_full, buffer.is_overfull))
        buffer.items.append((number,))
    assert seen == [(False, False)] * 2 + [(True, False)] * READ_AHEAD
    assert (buffer.is_full, buffer.is_overfull) == (True, True)
    owner = Buffer(1)
    owners = [owner]
    buffer.owner = lambda: owners[0] if owners else None
    assert (buffer.is_full, buffer.is_orphaned) == (True, False)
    owners.clear()
    assert (buffer.is_full, buffer.is_orphaned) == (False, True)
    buffer.owner = None
    buffer.is_closed = True
    assert (buffer.is_full, buffer.is_overfull) == (False, False)
