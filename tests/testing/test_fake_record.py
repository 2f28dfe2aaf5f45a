"""The record of what a fake was asked: lists that grow, assertions with readable texts, and waiting."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from unittest.mock import ANY

import pytest

from rivet_client.testing.fake.failures import ShownError
from rivet_client.testing.fake.record import Log, Record, Records, as_it_is

REFUSED = ShownError("user", "full", "no room")


def call(name: str, *args: Any, key: tuple[str, ...] = ("a",), **fields: Any) -> Record:
    return Record("action", "counter", key, name, args, **{"outcome": "returned", **fields})


def records(*some: Record) -> Records:
    log = Log()
    for record in some:
        log.begin(record)
    return Records(log, "call")


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (call("get", result=5), "counter('a').get() -> 5"),
        (call("put", 1, "x", key=("a", "b")), "counter(['a', 'b']).put(1, 'x') -> None"),
        (call("get", key=(), over="connection", result=1), "counter([]).get() over a connection -> 1"),
        (call("get", outcome="running"), "counter('a').get() …"),
        (call("get", outcome="lost", result=1), "counter('a').get() -> 1, and the answer was lost"),
        (call("put", outcome="failed", error=REFUSED), "counter('a').put() failed: user.full: no room"),
        (
            call("put", outcome="failed", error=REFUSED, exception=KeyError("x")),
            "counter('a').put() failed: user.full: no room (in the fake: KeyError('x'))",
        ),
        (Record("queue", "w", ("a",), "jobs", ({"n": 1},)), "w('a').send('jobs', {'n': 1}) …"),
        (
            Record("connect", "w", ("a",), outcome="returned", params={"token": "hunter2"}),
            "w('a').connect() done",
        ),
        (Record("request", "w", ("a",), "/x", outcome="returned"), "w('a').fetch('/x') done"),
        (Record("websocket", "w", ("a",), "/x"), "w('a').websocket('/x') …"),
    ],
    ids=lambda it: it.kind if isinstance(it, Record) else "",
)
def test_a_record_reads_as_what_was_asked_and_what_came_of_it(record: Record, shown: str) -> None:
    assert repr(record) == shown


def test_long_arguments_are_shown_in_part() -> None:
    assert len(repr(call("put", "x" * 10_000, [0] * 10_000))) < 300


def test_a_record_has_the_traceback_of_what_the_fake_raised() -> None:
    try:
        raise KeyError("x")
    except KeyError as error:
        failed = call("get", exception=error)
    assert "in test_a_record_has_the_traceback" in failed.traceback
    assert call("get").traceback == ""
    assert Record("queue", "w", (), "jobs", ({"n": 1},)).body == {"n": 1}


def test_records_are_a_list_that_grows() -> None:
    log = Log()
    calls = Records(log, "call")
    gets, to_b = calls.named("get"), calls.to("counter", "b")
    assert not calls
    for key in ("a", "b"):
        log.begin(call("get", key=(key,)))
    log.begin(call("put", 1, key=("b",)))
    assert (len(calls), len(gets), len(to_b), len(calls.to("other"))) == (3, 2, 2, 0)
    assert [it.key for it in calls.to("counter", ["a"])] == [("a",)]
    assert calls.last is calls[-1] is to_b[1]
    assert calls[:2] == list(gets)
    assert repr(to_b) == "[counter('b').get() -> None, counter('b').put(1) -> None]"
    assert str(to_b) == "counter('b').get() -> None\ncounter('b').put(1) -> None"
    to_b.clear()
    assert list(calls) == [call("get")]
    calls.clear()
    assert not calls


def test_a_record_that_ends_takes_the_place_of_the_one_that_began() -> None:
    log = Log()
    first, second = (log.begin(call(name, outcome="running")) for name in ("get", "put"))
    log.end(first, outcome="returned", result=1)
    assert [it.outcome for it in Records(log, "call")] == ["returned", "running"]
    log.clear()
    log.end(second, outcome="returned")
    assert log.read() == []


def test_the_oldest_records_go_first() -> None:
    log = Log(limit=3)
    for n in range(10):
        log.begin(call("put", n))
    assert [it.args for it in log.read()] == [(7,), (8,), (9,)]


def test_assertions_return_the_record_that_they_found() -> None:
    calls = records(call("get", result=1), call("put", {"n": 1}), call("put", 2))
    assert calls.assert_one("get").result == 1
    assert calls.assert_one("put", {"n": ANY}).args == ({"n": 1},)
    assert calls.assert_any("put").args == (2,)
    calls.assert_none("reset")
    calls.assert_none("put", 3)


def test_assertions_tell_what_came_instead() -> None:
    calls = records(call("get", result=1), call("put", 2))
    with pytest.raises(AssertionError) as caught:
        calls.assert_one("put", 1)
    assert str(caught.value) == (
        "expected one call put(1), and there is none. This came:\n"
        "  counter('a').get() -> 1\n"
        "  counter('a').put(2) -> None"
    )
    of_b = calls.to("counter", "b")
    for check, said in (
        (lambda: calls.assert_one(), "expected one call, and there are 2. This came:"),
        (lambda: calls.assert_any("reset"), "expected a call reset, and there is none. This came:"),
        (lambda: calls.assert_none("get"), "expected no call get. This came:"),
        (
            lambda: of_b.assert_one("get"),
            "expected one call get to counter['b'], and there is none. Nothing came.",
        ),
        (
            lambda: calls.named("reset").last,
            "expected a call named 'reset', and there is none. Nothing came.",
        ),
    ):
        with pytest.raises(AssertionError) as caught:
            check()
        assert str(caught.value).startswith(said)


def test_of_many_records_an_assertion_lists_the_newest() -> None:
    calls = records(*(call("put", n) for n in range(30)))
    with pytest.raises(AssertionError) as caught:
        calls.assert_one("get")
    lines = str(caught.value).splitlines()
    assert lines[1] == "  … 10 earlier ones"
    assert lines[-1] == "  counter('a').put(29) -> None"
    assert len(lines) == 22


@pytest.fixture(params=["blocking", "asyncio"])
def wait(request: pytest.FixtureRequest) -> Any:
    def wait_for(calls: Records, *args: Any, **options: Any) -> Record:
        if request.param == "blocking":
            return calls.wait_for(*args, **options)
        return asyncio.run(calls.wait_for_async(*args, **options))

    return wait_for


def test_waiting_ends_with_the_end_of_what_comes(wait: Any) -> None:
    log = Log()
    calls = Records(log, "call")
    may_end = threading.Event()

    def run() -> None:
        number = log.begin(call("get", outcome="running"))
        may_end.wait(60)
        log.end(number, outcome="returned", result=1)

    thread = threading.Thread(target=run)
    thread.start()
    assert wait(calls, "get", running=True, timeout=1000).outcome == "running"
    may_end.set()
    assert wait(calls, "get", timeout=1000).result == 1
    thread.join(60)
    log.begin(call("get", result=2))
    assert wait(calls, "get", count=2, timeout=1000).result == 2


def test_waiting_begins_before_anything_comes(wait: Any) -> None:
    log, asked = Log(), [threading.Event(), threading.Event()]
    log.begin(call("put"))
    phase = 0

    def accepts(record: Record) -> bool:
        asked[phase].set()
        return True

    def run() -> None:
        asked[0].wait(60)
        number = log.begin(call("get", outcome="running"))
        asked[1].wait(60)
        log.end(number, outcome="returned", result=1)

    thread = threading.Thread(target=run)
    thread.start()
    calls = Records(log, "call", accepts)
    assert wait(calls, "get", running=True, timeout=1000).outcome == "running"
    phase = 1
    assert wait(calls, "get", timeout=1000).result == 1
    thread.join(60)


def test_waiting_in_vain_tells_what_came_instead(wait: Any) -> None:
    calls = records(call("put", 2), call("get", outcome="running"))
    with pytest.raises(TimeoutError) as caught:
        wait(calls, "get", timeout=0.01)
    assert str(caught.value).startswith(
        "waited 0.01 s for a call get. This came:\n  counter('a').put(2) -> None"
    )
    with pytest.raises(TimeoutError, match=r"^waited 0 s 2 times for a call put\(2\)\. This came:"):
        wait(calls, "put", 2, count=2, timeout=0)


def test_what_is_recorded_does_not_change_with_the_state_of_the_fake() -> None:
    items = [1]
    kept = as_it_is(items)
    items.append(2)
    assert kept == [1]
    lock = threading.Lock()
    assert as_it_is(lock) is lock
