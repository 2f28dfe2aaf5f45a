"""`listen`: events, Ctrl-C, lost connections."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rivet_client import Client
from tests.cli.command import INTERRUPTIBLE, environment, run, run_beside, run_on_terminal
from tests.support.engine import SharedEngine
from tests.support.stub_peer import StubPeer, Visit, locate, serve


class Listener:
    """A `listen` that runs."""

    def __init__(self, *args: str, **env: str) -> None:
        self.process = subprocess.Popen(
            [*INTERRUPTIBLE, "listen", *args],
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, text: str) -> str:
        """Return what it writes to standard error up to a line with a text."""
        assert self.process.stderr is not None
        told = ""
        for line in self.process.stderr:
            told += line
            if text in line:
                return told
        raise AssertionError(f"no {text!r} in {told!r}")

    def event(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def hear(self, say: Callable[[], object]) -> None:
        """Have the actor say something until it is heard: nobody tells when the subscription has arrived."""
        say()
        while not select.select([self.process.stdout], [], [], 5)[0]:
            say()

    def interrupt(self) -> tuple[int, str, str]:
        """Send Ctrl-C; return the exit code and what else it wrote."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    with contextlib.ExitStack() as started:

        def start(*args: str, **env: str) -> Listener:
            listener = Listener(*args, **env)
            started.enter_context(listener.process)
            started.callback(listener.process.kill)
            guard = threading.Timer(100, listener.process.kill)  # a read that would wait for ever
            started.callback(guard.cancel)
            guard.start()
            return listener

        yield start


def test_events_until_ctrl_c(engine: SharedEngine, key: str, listen: Callable[..., Listener]) -> None:
    listener = listen("counter", key, "tick", RIVET_ENDPOINT=engine.url)
    assert listener.until("connected") == f"connected to counter[{key!r}]\n"
    with Client(engine.url) as client:
        listener.hear(lambda: client.counter.get(key).burst(2, "x"))
    assert listener.event() == {"event": "tick", "args": [0, "x"]}
    assert listener.event() == {"event": "tick", "args": [1, "x"]}
    code, out, err = listener.interrupt()
    assert (code, out) == (130, "")
    assert err == f"connection to counter[{key!r}] ended\ninterrupted\n"


def test_ctrl_c_before_the_connection(listen: Callable[..., Listener]) -> None:
    listener = listen("counter", "k", "tick", "--timeout", "40", "--endpoint", "http://127.0.0.1:1")
    listener.until("no engine yet at http://127.0.0.1:1, trying again")
    code, out, err = listener.interrupt()
    assert (code, out) == (130, "")
    assert err.endswith("interrupted\n")


def test_a_number_of_events(engine: SharedEngine, key: str, listen: Callable[..., Listener]) -> None:
    listener = listen("counter", key, "newCount", "--count", "1", RIVET_ENDPOINT=engine.url)
    listener.until("connected")
    with Client(engine.url) as client:
        listener.hear(lambda: client.counter.get(key).increment(3))
    out, _ = listener.process.communicate(timeout=60)
    assert listener.process.returncode == 0
    assert re.fullmatch(r'{"event":"newCount","args":\[[369]\]}\n', out)


def test_no_events_in_time(engine: SharedEngine, key: str) -> None:
    with Client(engine.url) as client:
        client.counter.get_or_create(key).get()  # an actor that has started answers at once
    args = ("listen", "counter", key, "tick", "--timeout", "0.5")
    done = run(*args, RIVET_ENDPOINT=engine.url)
    assert (done.code, done.out) == (0, "")
    done = run(*args, "--count", "2", RIVET_ENDPOINT=engine.url)
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("error: 0 of 2 events came; then none for 0.5 s\n")


def test_a_refused_connection(engine: SharedEngine, key: str) -> None:
    done = run(
        "listen", "guarded", key, "welcome", "--params", '{"reject": "out"}', RIVET_ENDPOINT=engine.url
    )
    assert (done.code, done.out) == (1, "")
    assert re.match(r'error: user\.out: not welcome \(ray \w+\)\nmetadata: {"user": null}\n', done.err), (
        done.err
    )


@pytest.mark.parametrize(
    ("actor", "said", "hint"),
    [
        (
            "stillborn",
            r"no connection to .*; what went wrong last: guard\.actor_wake_retries_exceeded: .*",
            "the actor fails while it starts: mend it",
        ),
        (
            "no_such_actor",
            "no actor named 'no_such_actor'; there are: .*",
            "check the spelling, or start the registry that has it",
        ),  # nothing to wait for
    ],
)
def test_an_actor_that_does_not_start(
    engine: SharedEngine, key: str, actor: str, said: str, hint: str
) -> None:
    done = run("listen", actor, key, "tick", "--timeout", "12", RIVET_ENDPOINT=engine.url)
    assert (done.code, done.out) == (1, "")
    assert re.search(rf"error: {said}\nhint: {hint}", done.err), done.err


def test_on_a_terminal(engine: SharedEngine, key: str) -> None:
    done = run_on_terminal(
        "listen", "guarded", key, "welcome", "--count", "1", RIVET_ENDPOINT=engine.url, NO_COLOR="1"
    )
    assert done.code == 0
    assert re.search(r'^(\x1b\[2m)?\d\d:\d\d:\d\d welcome (\x1b\[0m)?"[\w-]+"$', done.out, re.MULTILINE), (
        done.out
    )


def test_a_reader_that_leaves(engine: SharedEngine, key: str, listen: Callable[..., Listener]) -> None:
    listener = listen("counter", key, "tick", RIVET_ENDPOINT=engine.url)
    listener.until("connected")
    with Client(engine.url) as client:
        counter = client.counter.get(key)
        listener.hear(lambda: counter.burst(1))
        listener.event()
        assert listener.process.stdout is not None
        listener.process.stdout.close()
        counter.burst(2)
    assert listener.process.wait(60) == 0
    assert listener.process.stderr is not None
    assert "rror" not in listener.process.stderr.read()


async def test_the_timeout_is_that_of_events() -> None:
    async def slow(visit: Visit) -> None:
        await asyncio.sleep(0.6)
        await (serve if visit.is_socket else locate)(visit)

    args = ("listen", "stub", "k", "tick", "--timeout", "0.3")
    async with StubPeer(metadata=[slow], sockets=[slow]) as peer:
        done = await run_beside(*args, RIVET_ENDPOINT=peer.url)
    assert (done.code, done.err) == (0, "connected to stub['k']\nconnection to stub['k'] ended\n")


async def test_a_lost_connection_comes_back(listen: Callable[..., Listener]) -> None:
    async def greet(visit: Visit) -> None:
        await visit.open()
        await visit.receive()
        await visit.emit("hello", 1)
        visit.eof()

    async def greet_again(visit: Visit) -> None:
        await visit.open()
        await visit.receive()
        await visit.emit("hello", 2)
        await visit.attend()

    async with StubPeer(sockets=[greet, greet_again, serve]) as peer:
        listener = listen("stub", "k", "hello", "--count", "2", "--endpoint", peer.url)
        out, err = await asyncio.to_thread(listener.process.communicate, timeout=60)
        assert [json.loads(line)["args"] for line in out.splitlines()] == [[1], [2]]
        assert listener.process.returncode == 0
        assert err.count("connected to stub['k']") == 2
