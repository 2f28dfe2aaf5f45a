"""What is told while a command waits: one line on a terminal, one plain line elsewhere, nothing if it is quick."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rivet_client.cli import waiting
from rivet_client.cli.output import message_console
from rivet_client.cli.waiting import Waiting
from rivet_client.observers import (
    Call,
    CallEnded,
    CallStarted,
    Connecting,
    Connection,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionOpened,
    Failure,
    Reconnecting,
    RetryScheduled,
)
from rivet_client.testing import ActorContext, FakeEngine
from tests.cli.command import INTERRUPTIBLE, environment
from tests.support.ports import free_port

URL = "http://localhost:6420"
CONNECTION = Connection(1, "stub", ("k",), "stub['k']", URL)
ASKING = Call(1, "control", "metadata_get", None, None, URL)
CALLING = Call(2, "action", "getCount", "counter", ("a", "b"), URL)
REFUSED = Failure("TransportError", None, "request failed")
BUSY = Failure("ActorError", "guard.service_unavailable", "busy")


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def until(ours: int, pattern: str, shown: str = "") -> str:
    """Return what is on the terminal once a pattern matches there."""
    deadline = time.monotonic() + 60
    while not re.search(pattern, shown):
        assert time.monotonic() < deadline, shown[-500:]
        if select.select([ours], [], [], 1)[0]:
            shown += re.sub(r"\x1b\[\d*m", "", os.read(ours, 65536).decode(errors="replace"))
    return shown


@pytest.mark.parametrize(
    ("call", "error", "line"),
    [
        (ASKING, None, f"waiting for the engine at {URL}"),
        (ASKING, REFUSED, f"no engine yet at {URL}"),
        (ASKING, BUSY, f"waiting for the engine at {URL}: gu..."),
        (CALLING, None, "waiting for counter['a', 'b'].getCount"),
        (CALLING, REFUSED, "waiting for counter['a', 'b'].getCount: not reachable"),
    ],
)
def test_the_line_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, call: Call, error: Failure | None, line: str
) -> None:
    monkeypatch.setattr(waiting, "_QUICK", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal() as (ours, theirs), open(theirs, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        message_console.cache_clear()  # it looks at its terminal once
        try:
            told = Waiting(tells_connections=True)
            told.call_started(CallStarted(call))
            if error is not None:
                told.retry_scheduled(RetryScheduled(call, 1, 0.1, error, False, ""))
            shown = until(ours, rf"{re.escape(line)} 0:00:\d\d Ctrl-C ends it")
            told.call_ended(CallEnded(call, "ok", 0.1, 1, True, None))
            stderr.write("the end")
            stderr.flush()
            shown = until(ours, "the end", shown)
        finally:
            message_console.cache_clear()
    assert shown.rpartition("\x1b[2K")[2] == "the end"  # the line is gone
    assert "\x1b[?25l" not in shown  # nothing hides the cursor, which would stay so if the process is killed


def trouble(told: Waiting, call: Call, *delays: float) -> None:
    told.call_started(CallStarted(call))
    for delay in delays:
        told.retry_scheduled(RetryScheduled(None, 1, delay, REFUSED, False, ""))
    told.call_ended(CallEnded(call, "ok", 0.1, 1, True, None))


def test_elsewhere_there_is_one_line_at_most(capfd: pytest.CaptureFixture[str]) -> None:
    told = Waiting(tells_connections=True)
    trouble(told, ASKING)
    trouble(told, ASKING, 0.0, 0.1)
    assert capfd.readouterr().err == ""
    trouble(told, ASKING, 0.1, 5.0, 5.0)
    trouble(told, CALLING, 2.0)
    assert capfd.readouterr().err.splitlines() == [
        f"no engine yet at {URL}, trying again ...",
        "waiting for counter['a', 'b'].getCount: not reachable, trying again ...",
    ]
    told.retry_scheduled(RetryScheduled(None, 1, 5.0, REFUSED, False, ""))  # nobody waits
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("tells", [True, False])
def test_what_becomes_of_a_connection(capfd: pytest.CaptureFixture[str], *, tells: bool) -> None:
    told = Waiting(tells_connections=tells)
    told.connecting(Connecting(CONNECTION, 1))
    told.connection_opened(ConnectionOpened(CONNECTION, 1, 0.1, None, None))
    told.connection_failed(ConnectionFailed(CONNECTION, BUSY, is_final=False))
    told.connection_lost(ConnectionLost(CONNECTION, 1.0))
    told.reconnecting(Reconnecting(CONNECTION, 3.0, BUSY, is_warning=False))
    told.call_started(CallStarted(ASKING))  # a part of connecting
    told.call_ended(CallEnded(ASKING, "ok", 0.1, 1, True, None))
    told.connecting(Connecting(CONNECTION, 2))
    told.reconnecting(Reconnecting(CONNECTION, 3.0, BUSY, is_warning=False))
    told.connection_failed(ConnectionFailed(CONNECTION, BUSY, is_final=True))
    told.connection_closed(ConnectionClosed(CONNECTION))
    outage = "connecting to stub['k']: guard.service_unavailable, trying again ..."
    others = ["connected to stub['k']", "stub['k']: busy", "connection to stub['k'] ended"]
    assert capfd.readouterr().err.splitlines() == [*(others if tells else []), outage]


@contextmanager
def call_without_engine(*options: str) -> Iterator[tuple[subprocess.Popen[str], int, FakeEngine]]:
    """A `call` on a terminal, for an engine that has not started; its standard output is a pipe."""
    port = free_port()
    engine = FakeEngine(port)

    @engine.actor("counter")
    class Counter:
        def getCount(self, ctx: ActorContext) -> int:
            return 7

    args = ("call", "counter", "a", "getCount", "--endpoint", f"http://127.0.0.1:{port}", *options)
    with terminal() as (ours, theirs):
        process = subprocess.Popen(
            [*INTERRUPTIBLE, *args],
            env=environment(COLUMNS="80", NO_COLOR="1"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
        os.close(theirs)
        try:
            yield process, ours, engine
        finally:
            process.kill()
            process.communicate()


def rest(ours: int) -> str:
    """What else is on the terminal, up to the end of the process."""
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            piece = b""
        if not piece:
            return shown.decode()
        shown += piece


def test_an_engine_that_starts_meanwhile() -> None:
    with call_without_engine("--timeout", "60") as (process, ours, engine):
        until(ours, "no engine yet at http://127.0.0.1:")
        with engine:
            out, _ = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, "7\n")
        assert rest(ours).endswith("\x1b[1A\x1b[2K")  # the line is gone, and nothing else was written


def test_ctrl_c_while_it_waits() -> None:
    with call_without_engine("--timeout", "60") as (process, ours, _):
        until(ours, "Ctrl-C ends it")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert (process.returncode, out) == (130, "")
        assert rest(ours).endswith("\x1b[2Kinterrupted\r\n")
