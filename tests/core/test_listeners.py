"""Who hears of what on a connection."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core.session import CallSucceeded, ErrorReported, HangUp, Lost, Opened, StatusChanged
from rivet_client._core.session.listeners import READ_AHEAD, Buffer, Callback, Listeners, lifecycle_key
from rivet_client.errors import ConfigError, RivetError
from rivet_client.values import ConnectionStatus
from tests.support.wire_pair import WirePair


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
    ("event", "expected"),
    [
        (StatusChanged(ConnectionStatus.CONNECTED), ("status_change", (ConnectionStatus.CONNECTED,))),
        (Opened(), ("open", ())),
        (Lost(), ("close", ())),
        (CallSucceeded("x", 1), None),
        (HangUp([]), None),
    ],
)
def test_lifecycle_callbacks(event: object, expected: object) -> None:
    assert lifecycle_key(event) == expected


def test_errors_are_for_on_error() -> None:
    error = RivetError("x")
    assert lifecycle_key(ErrorReported(error, final=True)) == ("error", (error,))


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
