"""A blocking HTTP call that an exception out of a signal handler ends, at any line of any module that it runs.

Ctrl-C is one, and so is what `signal.alarm` is used for. No socket is left open, and the next call works.
"""

from __future__ import annotations

import contextlib
import gc
import socket
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from rivet_client import ActorError, CancelScope, Client, RetryPolicy, TransportError
from tests.faults.waiting import ends
from tests.support.flavours import in_thread
from tests.support.injection import Outcome, at_line, raising
from tests.support.stub_peer import StubPeer, answer, problem

ONCE = RetryPolicy(max_attempts=1)
STRIKES = 60
"""About this many lines of each operation are interrupted. The first of them differs from operation to operation."""


class Expired(Exception):
    """What the handler of an alarm raises."""


def action(client):
    assert client.stub.get_or_create("k").echo(1) == 1


def fetch(client):
    assert client.stub.get_or_create("k").fetch("x", method="POST", content=b"ab").content == b"ab"


def stream(client):
    with client.stub.get_or_create("k").stream("x") as answered:
        assert b"".join(answered.iter_bytes()) == b"stub"


def stream_left_early(client):
    with client.stub.get_or_create("k").stream("x"):
        pass


def in_scope(client):
    with CancelScope():
        action(client)


def failure(client):
    with contextlib.suppress(ActorError):
        client.stub.get_or_create("k").action("user.failed")


def refusal(client):
    """An answer after which the stream is not used again."""
    with contextlib.suppress(ActorError):
        client.stub.get_or_create("k").fetch("refuse")


def cut_short(client):
    with contextlib.suppress(TransportError):
        client.stub.get_or_create("k").fetch("cut")


async def answers(visit):
    if visit.path.endswith("/refuse"):
        await visit.write(problem(404, "guard.no_route"))
    elif visit.path.endswith("/cut"):
        await visit.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut")
        visit.eof()
    else:
        await answer(visit)


OPERATIONS = [action, fetch, stream, stream_left_early, in_scope, failure, refusal, cut_short]


def strike_everywhere(
    url: str, operation: Callable[[Client], None], sockets: Sockets, *, is_new: bool, everywhere: bool
) -> list[str]:
    """Strike an operation at many lines, and return where that left something behind."""

    def begin() -> Client:
        client = Client(url, retry=ONCE, timeout=20)
        if not is_new:
            action(client)
        return client

    def run(client: Client, number: int, error: type[BaseException] = KeyboardInterrupt) -> Outcome:
        return at_line(number, raising(error), lambda: operation(client), everywhere=everywhere)

    for _ in range(2):  # what is loaded, and kept, at the first use is there at the second
        with begin() as client:
            lines = run(client, sys.maxsize).lines
    stride = max(1, lines // STRIKES) if everywhere else 1
    left_behind = []
    elsewhere = ThreadPoolExecutor(1)
    for number in range(1 + len(operation.__name__) % stride, lines + 1, stride):
        with begin() as client:
            where = run(client, number, (KeyboardInterrupt, Expired)[number % 2]).where
            try:
                elsewhere.submit(action, client).result()  # where no thread passes as the one that was struck
            except Exception as error:
                left_behind.append(f"{where}: the next call raises {error!r}")
            if len(sockets.open()) != 1:
                left_behind.append(f"{where}: {len(sockets.open())} sockets are open, not the one that waits")
        if sockets.open():
            left_behind.append(f"{where}: a socket is open after the client was closed")
            sockets.forget()
    elsewhere.shutdown()
    return left_behind


class Sockets:
    """The sockets that this process has connected to a port, while they live."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        self._seen: list[weakref.ref[socket.socket]] = []
        connect = socket.socket.connect

        def noted(sock: socket.socket, address: Any) -> None:
            if address[1] == port:
                self._seen.append(weakref.ref(sock))
            connect(sock, address)

        monkeypatch.setattr(socket.socket, "connect", noted)

    def open(self) -> list[socket.socket]:
        """Those that are still open."""
        found = self._open()
        if len(found) > 1:
            gc.collect()
            found = self._open()
        return found

    def _open(self) -> list[socket.socket]:
        self._seen = [one for one in self._seen if (sock := one()) is not None and sock.fileno() >= 0]
        return [sock for one in self._seen if (sock := one()) is not None]

    def forget(self) -> None:
        """Do not speak of them any more."""
        self._seen.clear()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("is_new", [False, True], ids=["again", "for the first time"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
async def test_any_line(monkeypatch, operation, is_new):
    await strike(monkeypatch, operation, is_new=is_new, everywhere=True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_each_line_of_our_own(monkeypatch):
    await strike(monkeypatch, action, is_new=True, everywhere=False)


async def strike(monkeypatch, operation, **how):
    async with StubPeer(requests=[answers]) as peer, ends(50):
        sockets = Sockets(monkeypatch, urlsplit(peer.url).port)
        assert await in_thread(lambda: strike_everywhere(peer.url, operation, sockets, **how)) == []


async def test_a_call_of_the_handler_itself():
    """It works, or it is told at once that it cannot: it does not wait for the call that it interrupts."""

    def handler():
        with contextlib.suppress(RuntimeError):  # it says so
            action(client)

    def strike(url):
        nonlocal client
        with Client(url) as client:
            lines = at_line(sys.maxsize, handler, lambda: action(client)).lines
        for number in range(1, lines + 1, 5):
            with Client(url, timeout=20) as client:
                outcome = at_line(number, handler, lambda: action(client))
                assert outcome.error is None, outcome

    client = None
    async with StubPeer() as peer, ends(50):
        await in_thread(lambda: strike(peer.url))
