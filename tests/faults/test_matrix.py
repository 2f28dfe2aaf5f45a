"""Each fault in each state of a connection: every waiter ends in time, with the right error, and the client goes on.

What a network does is fired between the client and a real engine; what only a broken, overloaded or foreign peer does,
by a stub. The states are those of `_core/session/states.py`: WAITING is here "backoff", OPEN is "idle" or "calls".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from rivet_client._core.limits import Limits
from tests.faults.waiting import Waiters, ends
from tests.support.proxy import Proxy, head, nothing
from tests.support.stub_peer import (
    StubPeer,
    Visit,
    frame,
    html,
    json_body,
    locate,
    problem,
    response,
    serve,
)

BEFORE_OPEN = ("handshake", "init", "backoff")
ALL = (*BEFORE_OPEN, "idle", "calls", "closing")
AFTER_ACCEPTANCE = ("init", "idle", "calls", "closing")
SHORT = {"open_timeout": 1.5, "ping_interval": 0.3, "ping_timeout": 1.0}  # for faults that only time reveals
SHORT_FOR_ENGINE = {"open_timeout": 3.0, "ping_interval": 0.3, "ping_timeout": 2.0}  # which may be busy


class Fault(NamedTuple):
    """What happens, where, and whether the connection is to give up for it, and why."""

    name: str
    act: Callable[[Visit], Awaitable[None]]
    states: tuple[str, ...]
    final: str | None = None


def says(name: str, data: bytes, states: tuple[str, ...], final: str | None = None) -> Fault:
    """The peer sends bytes, and ends the stream."""

    async def act(visit: Visit) -> None:
        await visit.write(data)
        visit.eof()

    return Fault(name, act, states, final)


def closes(code: int, reason: str, final: str | None = None) -> Fault:
    """The peer closes the WebSocket."""

    async def act(visit: Visit) -> None:
        await visit.close(code, reason)

    return Fault(f"{code} {reason}", act, AFTER_ACCEPTANCE, final)


def fails(name: str, final: str | None = None) -> Fault:
    """The actor refuses the connection, first by a message, then by a close frame."""

    async def act(visit: Visit) -> None:
        await visit.fail(name)
        await visit.close(1011, name)

    return Fault(f"error {name}", act, AFTER_ACCEPTANCE, final)


async def eof(visit: Visit) -> None:
    visit.eof()


async def half_close(visit: Visit) -> None:
    visit.half_close()
    await visit.gone()


async def reset(visit: Visit) -> None:
    visit.reset()


async def silence(visit: Visit) -> None:
    await visit.gone()


async def foreign_subprotocol(visit: Visit) -> None:
    await visit.accept(subprotocol="graphql-ws")


async def wrong_key(visit: Visit) -> None:
    await visit.write(visit.acceptance(key="bm90IHRoZSBrZXkgYXQgYWxsIQ=="))


ANSWERED = ("handshake", "backoff")
LOOKED_UP = ("handshake", "backoff", "dialing")
FAULTS = [
    Fault("eof", eof, (*ALL, "dialing")),
    Fault("half close", half_close, (*ALL, "dialing")),
    Fault("reset", reset, (*ALL, "dialing")),
    Fault("silence", silence, (*ALL, "dialing")),
    # Answers to the handshake, or to the look-up before it.
    says("503", response(503), LOOKED_UP),
    says("503 of the gateway", problem(503, "guard.service_unavailable"), LOOKED_UP),
    says("429", response(429), LOOKED_UP),
    says("502 html", html(502), LOOKED_UP),
    says("502 cut short", html(502)[:-5], LOOKED_UP),
    says("401", response(401), LOOKED_UP, "ProtocolError"),
    says("401 of the engine", problem(401, "api.unauthorized"), LOOKED_UP, "api.unauthorized"),
    says("403", problem(403, "auth.forbidden"), LOOKED_UP, "auth.forbidden"),
    says("404 html", html(404), LOOKED_UP, "ProtocolError"),
    says("redirect", response(302, headers={"location": "http://x/"}), LOOKED_UP, "ProtocolError"),
    says("200 html", html(200), LOOKED_UP, "ProtocolError"),
    says("200 of another server", json_body({"hello": "world"}), ("dialing",), "ProtocolError"),
    says("head cut short", b"HTTP/1.1 101 Switching Proto", LOOKED_UP),
    says("not HTTP", b"\x15\x03\x01\x00\x02\x02\x50", ANSWERED, "ProtocolError"),
    says("endless head", b"HTTP/1.1 101 Ok\r\n" + b"a: b\r\n" * 20_000, ANSWERED, "ProtocolError"),
    Fault("foreign subprotocol", foreign_subprotocol, ANSWERED, "ProtocolError"),
    Fault("wrong key", wrong_key, ANSWERED, "ProtocolError"),
    # Bytes that are no frames, and frames that are no messages.
    says("cut frame", frame(b"x" * 100)[:50], AFTER_ACCEPTANCE),
    says("masked", frame(b"\x04\0", masked=True), AFTER_ACCEPTANCE, "ProtocolError"),
    says("reserved bits", b"\xf2\x00", AFTER_ACCEPTANCE, "ProtocolError"),
    says("unknown opcode", frame(b"", 3), AFTER_ACCEPTANCE, "ProtocolError"),
    says("continuation of nothing", frame(b"x", 0), AFTER_ACCEPTANCE, "ProtocolError"),
    says("not UTF-8", frame(b"\xff", 1), AFTER_ACCEPTANCE, "ProtocolError"),
    says("huge", frame(b"x" * 70_000), AFTER_ACCEPTANCE, "ProtocolError"),
    says("undecodable", frame(b"\x04\x00\xff\xff"), AFTER_ACCEPTANCE, "DecodeError"),
    says("future version", frame(b"\x63\x00\x00"), AFTER_ACCEPTANCE, "DecodeError"),
    says("empty message", frame(b""), AFTER_ACCEPTANCE, "DecodeError"),
    # Ends of PROTOCOL.md 5.5.
    fails("user.nope", "user.nope"),
    fails("rivetkit.internal_error", "rivetkit.internal_error"),
    fails("actor.stopping"),
    closes(1000, ""),
    closes(1000, "bye"),
    closes(1001, ""),
    closes(1003, "actor.unsupported_websocket_encoding", "actor.unsupported_websocket_encoding"),
    closes(1008, "ws.message_index_skip"),
    closes(1009, "actor WebSocket message exceeds the maximum size"),
    closes(1011, "actor.not_found#ray"),
    closes(1011, "guard.actor_wake_retries_exceeded#ray"),
    closes(1011, "guard.actor_ready_timeout#ray"),
    closes(1011, "guard.some_new_code#ray"),
    closes(1011, "guard.websocket_closed_before_open#ray"),
    closes(1011, "guard.query_invalid_params#ray", "guard.query_invalid_params"),
    closes(1011, "namespace.not_found#ray", "namespace.not_found"),
    closes(1011, "auth.forbidden", "auth.forbidden"),
    closes(1011, "user.nope", "user.nope"),
    closes(1011, ""),
    closes(4001, "own"),
]


class Stage:
    """Brings a connection to a stub into a state, and keeps it there until the fault is to happen."""

    def __init__(self, state: str, fault: Fault) -> None:
        self.state = state
        self.reached = asyncio.Event()
        self.fire = asyncio.Event()
        self._fault = fault

    @property
    def peer(self) -> StubPeer:
        if self.state == "dialing":
            return StubPeer(metadata=[self._then_fail, locate])
        before = [self._lose] if self.state == "backoff" else []
        return StubPeer(sockets=[*before, self._then_fail, serve])

    async def arrange(self, waiters: Waiters, connection: Any) -> None:
        """Do the client's part: have everybody wait who can."""
        if self.state == "backoff":
            await waiters.status("connected")
            await waiters.status("disconnected")
        if self.state in (*BEFORE_OPEN, "dialing"):
            waiters.begin_opening()
        if self.state in ("calls", "closing"):
            await connection.wait_ready()
            waiters.begin("in flight", connection.increment())

    async def _lose(self, visit: Visit) -> None:
        await visit.open()

    async def _then_fail(self, visit: Visit) -> None:
        if self.state == "init":
            await visit.accept()
        if self.state in ("idle", "calls", "closing"):
            await visit.open()
            await self._reach(visit)
        self.reached.set()
        await self.fire.wait()
        await self._fault.act(visit)

    async def _reach(self, visit: Visit) -> None:
        """Take what the client sends until the state is there, and answer nothing."""
        while not visit.subscriptions:
            await visit.receive()
        if self.state in ("calls", "closing"):
            while not visit.calls:
                await visit.receive()
        while self.state == "closing" and (await visit.receive_frame())[0] != 8:
            pass


CELLS = [
    pytest.param(fault, state, id=f"{fault.name}, {state}") for fault in FAULTS for state in fault.states
]


@pytest.mark.parametrize(("fault", "state"), CELLS)
async def test_peer(flavour, fault, state):
    limits = {"close_timeout": 0.3}
    if fault.name == "huge":
        limits["max_message_bytes"] = 65_536
    if fault.name == "silence":
        limits |= SHORT
    stage = Stage(state, fault)
    async with stage.peer as peer, ends(), flavour.client(peer.url, limits=Limits(**limits)) as client:
        handle = client.stub.get_or_create("k")
        async with handle.connect() as connection:
            waiters = Waiters(connection)
            await stage.arrange(waiters, connection)
            if state == "closing":
                # Threads of the blocking flavour overtake each other.
                await peer.until(lambda: peer.sockets[0].calls)
                waiters.begin("close", connection.close())
            await stage.reached.wait()
            stage.fire.set()
            if state == "closing":
                await waiters.expect_closed()
            elif fault.final:
                await waiters.expect_end(fault.final)
            else:
                if state in ("idle", "calls"):
                    await waiters.status("disconnected")
                await waiters.expect_return()
        waiters.expect_course()
        async with handle.connect() as another:
            assert await another.increment() > 0


@pytest.mark.parametrize("state", [*ALL[:-1], "dialing"])
async def test_close(flavour, state):
    """The user closes, in any state, and the peer says nothing to that: nobody waits for it."""
    stage = Stage(state, Fault("close", eof, ()))
    async with stage.peer as peer, ends(), flavour.client(peer.url) as client:
        async with client.stub.get_or_create("k").connect() as connection:
            waiters = Waiters(connection)
            await stage.arrange(waiters, connection)
            await stage.reached.wait()
            close = asyncio.ensure_future(connection.close())
            await waiters.outcomes()
            stage.fire.set()
            waiters.begin("close", close)
            await waiters.expect_closed()
            waiters.expect_course()


NETWORK = ("cut", "reset", "half_close", "freeze", "cut_frame")


@pytest.mark.parametrize("state", ALL)
@pytest.mark.parametrize("fault", NETWORK)
async def test_network(make_client, engine, key, fault, state):
    gates = {"handshake": nothing, "init": head, "backoff": nothing}
    async with (
        Proxy(engine.url) as proxy,
        ends(),
        make_client(
            proxy.url,
            disable_metadata_lookup=True,
            limits=Limits(close_timeout=1.0, **(SHORT_FOR_ENGINE if fault == "freeze" else {})),
        ) as client,
    ):
        handle = client.counter.get_or_create(key)
        await handle.resolve()  # an actor that has started answers at once
        if state in ("handshake", "init"):
            proxy.down = gates[state]
        async with handle.connect() as connection:
            waiters = Waiters(connection)
            if state == "backoff":
                await waiters.status("connected")
                await proxy.refuse()
                proxy.reset()
                for status in ("disconnected", "connecting", "disconnected"):  # one attempt was refused
                    await waiters.status(status)
                proxy.down = nothing
                await proxy.listen()
            if state in BEFORE_OPEN:
                waiters.begin_opening()
            else:
                await connection.wait_ready()
                await connection.increment()
                await waiters.outcomes()  # the event of that: the subscription has arrived
                waiters.begin_events()
                proxy.down = nothing
            if state in ("calls", "closing"):
                waiters.begin("in flight", connection.increment())
            if state != "idle":
                await proxy.held_back()
            if state == "closing":
                waiters.begin("close", connection.close())
                await waiters.status("idle")
            getattr(proxy, fault)()
            proxy.heal()
            if state == "closing":
                await waiters.expect_closed()
            else:
                if state in ("idle", "calls"):
                    await waiters.status("disconnected")
                await waiters.expect_return()
        waiters.expect_course()
        async with handle.connect() as another:
            assert await another.increment() > 0
