"""What the calls of clients read like, where an engine keeps no record."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from rivet_client.observers import Call, CallEnded, CallStarted, Connection
from rivet_client.testing import asked
from rivet_client.testing.asked import Asked

NUMBERS = count()


def call(kind: Any, name: str, key: tuple[str, ...] | None = ("a",), over: Connection | None = None) -> Call:
    return Call(next(NUMBERS), kind, name, "w", key, "http://e", over)


def test_a_call_reads_as_what_was_asked_and_what_came_of_it() -> None:
    seen = Asked()
    assert str(seen) == ""
    over = Connection(1, "w", ("a",), "w['a']", "http://e")
    calls = [
        call("action", "get", over=over), call("queue", "jobs", ("a", "b")), call("fetch", "GET", ()),
        call("websocket", "/x", None), call("control", "resolve"), call("control", "list")._replace(actor=None),
    ]  # fmt: skip
    for each in calls:
        seen.call_started(CallStarted(each))
    seen.call_ended(CallEnded(calls[1], "cancelled", 0.0123, 1, True, None))
    seen.call_ended(CallEnded(calls[4], "ok", 1.5, 1, True, "r4y"))
    assert str(seen).splitlines() == [
        "w('a').get(…) over a connection …",
        "w(['a', 'b']).send('jobs', …) was cancelled after 12 ms",
        "w([]).fetch('GET') …",
        "w.websocket('/x') …",
        "the engine: resolve w('a') returned after 1500 ms (ray r4y)",
        "the engine: list …",
    ]


def test_the_oldest_calls_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_LIMIT", 2)
    seen = Asked()
    calls = [call("action", name) for name in ("one", "two", "three")]
    for each in calls:
        seen.call_started(CallStarted(each))
    seen.call_ended(CallEnded(calls[0], "ok", 0.0, 1, True, None))
    assert str(seen).splitlines() == ["w('a').two(…) …", "w('a').three(…) …"]
