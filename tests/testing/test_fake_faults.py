"""Faults that a test sets, as clients of both flavours meet them: PROTOCOL.md 4.9, 4.10, 5.4, 5.5, 8 and 11."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    ConfigError,
    ConnectionClosedError,
    ConnectionStatus,
    ProtocolError,
    RetryPolicy,
    TransportError,
)
from rivet_client._core.session import liveness
from rivet_client.testing import EngineError, FakeEngine, Refused, queue
from rivet_client.testing.fake import calls
from tests.support.flavours import Flavour, Inbox, in_thread


class Counter:
    count = 0

    def increment(self, ctx: Any, amount: int = 1) -> int:
        self.count += amount
        return self.count

    def get(self, ctx: Any) -> int:
        return self.count

    def remember(self, ctx: Any) -> bool:
        known = hasattr(ctx.vars, "met")
        ctx.vars.met = True
        return known

    @queue("jobs")
    async def work(self, ctx: Any, body: Any) -> Any:
        if body == "fail":
            raise KeyError("in the consumer")
        return {"done": body}


class Other:
    def get(self, ctx: Any) -> str:
        return "other"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeEngine]:
    engine = FakeEngine()
    engine.add_actor("counter", Counter)
    engine.add_actor("other", Other)
    with engine:
        yield engine


@pytest.fixture
def fake(running: FakeEngine) -> Iterator[FakeEngine]:
    yield running
    running.reset()


@pytest.fixture
def client(fake: FakeEngine, flavour: Flavour) -> Any:
    return flavour.client(fake.url, retry=RetryPolicy(max_attempts=1), timeout=30.0)


@pytest.fixture(params=["http", "connection"])
def lane(request: pytest.FixtureRequest) -> Any:
    return request.param


MASKED = "An internal error occurred"


@pytest.mark.parametrize(
    ("group", "code", "fields", "may_have_run"),
    [
        ("user", "full", ("no room", {"n": 1}, True), True),
        ("queue", "full", ("no room", {"n": 1}, True), True),
        ("actor", "dropped_reply", (MASKED, None, True), True),
        ("actor", "overloaded", (MASKED, None, True), False),
        ("guard", "service_unavailable", ("no room", {"n": 1}, False), False),
        ("guard", "actor_stopped_while_waiting", ("no room", {"n": 1}, False), True),
    ],
)
async def test_the_next_call_fails(
    fake: FakeEngine, client: Any, key: str, group: str, code: str, fields: Any, may_have_run: bool
) -> None:
    """An error of the engine names no actor, and ends a connection: 4.9 and 5.5."""
    async with client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn:
            await conn.get()
            for caller in (handle, conn):
                fake.fail_next("increment", group, code, message="no room", metadata={"n": 1})
                if group == "guard" and caller is conn:
                    with pytest.raises(ConnectionClosedError, match=f"{group}.{code}"):
                        await caller.increment()
                    continue
                with pytest.raises(ActorError) as caught:
                    await caller.increment()
                error = caught.value
                assert (error.group, error.code) == (group, code)
                assert (error.message, error.metadata, error.actor is not None) == fields
                assert error.may_have_run == may_have_run
        assert await handle.increment() == 1
        failed = fake.calls.to("counter", key).named("increment")[0]
        assert (failed.error.group, failed.error.code, failed.exception) == (group, code, None)
        fake.assert_faults_used()


async def test_a_call_may_run_before_it_fails(fake: FakeEngine, client: Any, key: str, lane: str) -> None:
    async with client:
        handle = client.counter.get_or_create(key)
        caller = handle if lane == "http" else handle.connect()
        fake.fail_next("increment", "actor", "dropped_reply", ran=True)
        with pytest.raises(ActorError, match="dropped_reply"):
            await caller.increment()
        assert await caller.get() == 1


async def test_a_client_repeats_what_did_not_run(fake: FakeEngine, flavour: Flavour, key: str) -> None:
    retry = RetryPolicy(max_attempts=3, initial_delay=0.001)
    async with flavour.client(fake.url, retry=retry) as client:
        counter = client.counter.get_or_create(key)
        fault = fake.fail_next("increment", "guard", "service_unavailable", times=2)
        assert await counter.increment() == 1
        assert fault.used == 2
        fake.fail_next("increment", "guard", "service_unavailable", times=None)
        with pytest.raises(ActorError, match="service_unavailable"):
            await counter.increment()
        assert len(fake.calls.to("counter", key)) == 3 + 3
        fake.clear_faults()
        assert await counter.increment() == 2


async def test_a_fault_that_is_met_again_and_again_does_not_grow(
    fake: FakeEngine, client: Any, key: str
) -> None:
    fault = fake.fail_next("get", "user", "no", times=None)
    depths = []
    async with client:
        for _ in range(3):
            with pytest.raises(ActorError, match=r"user\.no"):
                await client.counter.get_or_create(key).get()
            depths.append(len(traceback.extract_tb(fault.value[0].__traceback__)))
    assert len({*depths}) == 1


async def test_faults_are_for_the_actors_that_they_name(fake: FakeEngine, client: Any, key: str) -> None:
    async with client:
        fake.fail_next("get", "user", "no", actor="counter", key=[key, "b"])
        assert await client.other.get_or_create(key).get() == "other"
        assert await client.counter.get_or_create(key).get() == 0
        with pytest.raises(ActorError, match=r"user\.no"):
            await client.counter.get_or_create([key, "b"]).get()


async def test_a_call_that_is_delayed_runs_after_its_client_has_given_up(
    fake: FakeEngine, client: Any, key: str, lane: str
) -> None:
    """4.10"""
    async with client:
        handle = client.counter.get_or_create(key)
        caller = handle if lane == "http" else handle.connect()
        assert await caller.get() == 0
        fake.delay("increment", 1.0)
        with pytest.raises(ActionTimeoutError) as caught:
            await caller.action("increment", timeout=0.3)
        assert caught.value.may_have_run
        calls = fake.calls.to("counter", key)
        record = await calls.wait_for_async("increment", timeout=60)
        assert (record.outcome, record.result, record.over) == ("returned", 1, lane)
        fake.delay("get", 0.01)
        assert await caller.get() == 1


async def test_an_answer_that_is_lost_hides_that_the_call_ran(
    fake: FakeEngine, client: Any, key: str, lane: str
) -> None:
    async with client:
        handle = client.counter.get_or_create(key)
        caller = handle if lane == "http" else handle.connect()
        assert await caller.get() == 0
        fake.lose_answers("increment")
        with pytest.raises(TransportError) as caught:
            await caller.increment()
        assert caught.value.may_have_run
        assert await handle.get() == 1
        record = fake.calls.to("counter", key).named("increment").last
        assert (record.outcome, record.result) == ("lost", 1)


async def test_an_answer_may_never_come(fake: FakeEngine, client: Any, key: str, lane: str) -> None:
    """5.4"""
    async with client:
        handle = client.counter.get_or_create(key)
        caller = handle if lane == "http" else handle.connect()
        assert await caller.get() == 0
        fake.lose_answers("increment", silently=True)
        with pytest.raises(ActionTimeoutError) as caught:
            await caller.action("increment", timeout=0.3)
        assert caught.value.may_have_run
        assert await caller.get() == 1


async def test_actors_are_not_created(fake: FakeEngine, client: Any, key: str) -> None:
    async with client:
        fake.fail_creations("actor", "creation_rate_limit", actor="counter", key=key, times=2)
        assert await client.other.get_or_create(key).get() == "other"
        with pytest.raises(ActorError) as caught:
            await client.counter.get_or_create(key).get()
        assert (caught.value.code, caught.value.may_have_run) == ("creation_rate_limit", False)
        with pytest.raises(ActorError, match="creation_rate_limit"):
            await client.counter.create(key)
        assert await client.counter.get_or_create(key).get() == 0
        fake.assert_faults_used()


async def test_messages_meet_faults_as_calls_do(fake: FakeEngine, client: Any, key: str) -> None:
    async with client:
        counter = client.counter.get_or_create(key)
        fake.fail_next("jobs", "queue", "full", metadata={"limit": 3})
        with pytest.raises(ActorError) as caught:
            await counter.send("jobs", 1)
        assert (caught.value.code, caught.value.metadata, caught.value.may_have_run) == (
            "full",
            {"limit": 3},
            False,
        )
        fake.lose_answers("jobs")
        with pytest.raises(TransportError):
            await counter.send("jobs", 2, wait=True)
        assert (await counter.send("jobs", 3, wait=True)).response == {"done": 3}
        assert await counter.send("jobs", 4) is None
        await counter.send("jobs", "fail")
        messages = fake.messages.to("counter", key)
        failed = await messages.wait_for_async("jobs", "fail", timeout=60)
        assert failed.outcome == "failed"
        assert "KeyError: 'in the consumer'" in failed.traceback
        assert (await messages.wait_for_async("jobs", 4, timeout=60)).result == {"done": 4}
        assert [it.outcome for it in messages] == ["failed", "lost", "returned", "returned", "failed"]
        assert await counter.get() == 0
        assert [it.kind for it in fake.records.to("counter", key)] == ["queue"] * 5 + ["action"]


async def test_a_fault_without_a_name_is_for_any_call_or_message(
    fake: FakeEngine, client: Any, key: str
) -> None:
    async with client:
        counter = client.counter.get_or_create(key)
        lost = fake.lose_answers(times=2)
        assert (await counter.fetch("/x")).status_code == 404
        async with counter.connect() as connection:
            await connection.wait_ready()
            assert lost.used == 0
            with pytest.raises(TransportError):
                await connection.increment()
        with pytest.raises(TransportError):
            await counter.send("jobs", 1)
        assert [it.outcome for it in fake.records.to("counter", key)] == ["returned"] * 2 + ["lost"] * 2
        fake.delay(None, 0.01)
        fake.fail_next(None, "user", "no")
        with pytest.raises(ActorError, match=r"user\.no"):
            await counter.get()
        fake.assert_faults_used()
        fake.refuse_connections("user", "no")
        assert await counter.get() == 1


async def test_connections_are_refused(fake: FakeEngine, client: Any, key: str) -> None:
    async with client:
        handle = client.counter.get_or_create(key)
        fake.refuse_connections("user", "banned", message="go away", metadata={"n": 1}, actor="counter")
        async with handle.connect() as conn:
            with pytest.raises(ActorError) as caught:
                await conn.wait_ready(30)
        assert (caught.value.code, caught.value.message, caught.value.metadata) == (
            "banned",
            "go away",
            {"n": 1},
        )
        fake.refuse_connections("guard", "actor_ready_timeout")
        async with handle.connect() as conn:
            await conn.wait_ready(30)  # by a second attempt
        opened = fake.connections.to("counter", key)
        assert [it.outcome for it in opened] == ["failed", "failed", "returned"]
        assert [str(it.error).partition(":")[0] for it in opened[:2]] == [
            "user.banned",
            "guard.actor_ready_timeout",
        ]


@pytest.mark.parametrize("end", ["drop", "mid_frame", "close", "restart"])
async def test_connections_end_and_come_back(fake: FakeEngine, client: Any, key: str, end: str) -> None:
    """5.5, and 11 for the restart: state stays, and what the actor keeps until it sleeps is gone."""
    async with client:
        handle = client.counter.get_or_create(key)
        async with handle.connect() as conn, client.other.get_or_create(key).connect() as other:
            await other.wait_ready(30)
            assert await conn.increment() == 1
            assert not await conn.remember()
            closes = Inbox()
            conn.on_close(closes)
            match end:
                case "close":
                    assert fake.close_connections(1008, "ws.message_index_skip", actor="counter") == 1
                case "restart":
                    fake.restart()
                case _:
                    assert fake.drop_connections(mid_frame=end == "mid_frame", actor="counter", key=key) == 1
            await closes.get()
            assert await conn.get() == 1
            assert await conn.remember() == (end != "restart")
            if end != "restart":
                assert other.status == ConnectionStatus.CONNECTED


def test_a_connection_may_end_within_a_frame(fake: FakeEngine, key: str) -> None:
    with fake.client() as client:
        path = (
            client.counter.get_or_create(key).gateway_url().removeprefix(fake.url).replace("?", "/connect?")
        )
    upgrade = {
        "Host": "x",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "rivet",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in upgrade.items())
    with socket.create_connection(("127.0.0.1", int(fake.url.rpartition(":")[2])), timeout=30) as stream:
        stream.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        received = b""
        while b'"Init"' not in received:
            received += stream.recv(65536)
        assert fake.drop_connections(mid_frame=True) == 1
        ending = b""
        while data := stream.recv(65536):
            ending += data
    assert ending[:2] == b"\x82\x7e"  # the head of a longer frame than what follows
    assert int.from_bytes(ending[2:4]) > len(ending[4:]) > 0


async def test_an_actor_sleeps_under_its_connection(fake: FakeEngine, client: Any, key: str) -> None:
    """5.4"""
    async with client:
        counter = client.counter.get_or_create(key)
        async with counter.connect() as conn:
            assert await conn.increment() == 1
            assert not await conn.remember()
            first, statuses = conn.connection_id, Inbox()
            conn.on_status_change(statuses)
            fake.sleep("counter", key)
            assert await conn.increment() == 2
            assert not await conn.remember()
            assert conn.connection_id == first
            assert statuses.drain() == []


async def test_an_engine_that_cannot_be_reached(fake: FakeEngine, client: Any, key: str) -> None:
    async with client:
        counter = client.counter.get_or_create(key)
        assert await counter.increment() == 1
        with fake.unreachable():
            with pytest.raises(TransportError, match="nothing listens there") as caught:
                await counter.increment()
            assert not caught.value.may_have_run
        assert await counter.increment() == 2


async def test_an_engine_that_is_silent(fake: FakeEngine, client: Any, key: str, lane: str) -> None:
    async with client:
        handle = client.counter.get_or_create(key)
        caller = handle if lane == "http" else handle.connect()
        assert await caller.get() == 0
        with fake.silent():
            with pytest.raises(ActionTimeoutError) as caught:
                await caller.action("increment", timeout=0.3)
            assert caught.value.may_have_run
        assert (await fake.calls.to("counter", key).wait_for_async("increment", timeout=60)).result == 1
        assert await caller.get() == 1


async def test_something_before_the_engine_answers(fake: FakeEngine, client: Any, key: str) -> None:
    async with client:
        counter = client.counter.get_or_create(key)
        assert await counter.get() == 0
        fake.answer_instead(502, "Bad Gateway")
        with pytest.raises(TransportError, match="answered HTTP 502: 'Bad Gateway'") as caught:
            await counter.get()
        assert caught.value.may_have_run
        fake.answer_instead(403, "no", websockets=True)
        assert await counter.get() == 0
        async with counter.connect() as conn:
            with pytest.raises(ProtocolError, match="answered HTTP 403: 'no'"):
                await conn.wait_ready(30)
        fake.answer_instead(503, websockets=True)
        async with counter.connect() as conn:
            await conn.wait_ready(30)
        fake.assert_faults_used()


def test_an_assertion_with_a_name_that_nothing_has_says_which_was_meant(fake: FakeEngine) -> None:
    """One of an action that nobody has called yet is none of those."""
    none = "expected a call incremnt, and there is none"
    for check, said in (
        (lambda: fake.calls.assert_any("incremnt"), f"{none}; did you mean 'increment'? Nothing came."),
        (
            lambda: fake.calls.assert_one("increment"),
            "expected one call increment, and there is none. Nothing",
        ),
        (lambda: fake.calls.assert_any("zz"), "expected a call zz, and there is none. Nothing"),
        (
            lambda: fake.messages.named("job").last,
            "expected a message named 'job', and there is none; did you mean 'jobs'? Nothing",
        ),
        (lambda: fake.records.wait_for("Get", timeout=0), "waited 0 s for a record Get; did you mean 'get'?"),
        (lambda: fake.requests.assert_any("gat"), "expected a request gat, and there is none. Nothing"),
        (lambda: fake.records.assert_any("/get"), "expected a record /get, and there is none. Nothing"),
    ):
        with pytest.raises((AssertionError, TimeoutError)) as caught:
            check()
        assert str(caught.value).startswith(said)


def test_a_fault_for_what_is_not_there_is_an_error_at_once(fake: FakeEngine) -> None:
    def unknown(name: str) -> str:
        return f"no actor of this engine has an action or queue {name!r}"

    no_actor = "this engine has no actors"
    for fault, said in (
        (
            lambda: fake.fail_next("incremnt", "user", "x"),
            f"{unknown('incremnt')}; did you mean 'increment'?",
        ),
        (lambda: fake.delay("zz", 1), f"{unknown('zz')}; there are: get, increment, jobs, remember"),
        (
            lambda: fake.delay("increment", 1, actor="other"),
            "actor 'other' does not have an action or queue 'increment'; there are: get",
        ),
        (lambda: fake.lose_answers("get", actor="othr"), f"{no_actor} 'othr'; did you mean 'other'?"),
        (
            lambda: fake.refuse_connections("user", "x", actor="zz"),
            f"{no_actor} 'zz'; there are: counter, other",
        ),
        (lambda: fake.drop_connections(actor="zz"), f"{no_actor} 'zz'"),
        (lambda: fake.fail_creations("user", "x", actor="zz"), f"{no_actor} 'zz'"),
        (lambda: fake.sleep("zz"), f"{no_actor} 'zz'"),
        (lambda: fake.sleep("counter", "x"), "no actor counter['x'] has been created; there are: none"),
        (lambda: fake.delay("get", -1), "seconds must be from 0"),
        (lambda: fake.fail_next("get", "user", "x", times=0), "times must be greater than 0"),
    ):
        with pytest.raises(ConfigError) as caught:
            fault()
        assert str(caught.value).startswith(said)


def test_faults_that_nobody_met_are_told(fake: FakeEngine) -> None:
    fake.assert_faults_used()
    fake.fail_next("get", "user", "x", times=2)
    fake.delay("get", 0.5, times=None)
    fake.lose_answers()
    fake.answer_instead(502)
    with fake.client(retry=RetryPolicy(max_attempts=1)) as client, pytest.raises(TransportError):
        client.counter.get_or_create("a").get()
    with pytest.raises(AssertionError) as caught:
        fake.assert_faults_used()
    assert str(caught.value).splitlines() == [
        "not all faults have been met:",
        "  <Fault fail_next('get', 'user', 'x'): met 0 of 2 times>",
        "  <Fault delay('get', 0.5): met 0 times>",
        "  <Fault lose_answers(): met 0 of 1 times>",
    ]
    fake.clear_faults()
    fake.assert_faults_used()


async def test_a_reset_leaves_nothing_but_the_classes(fake: FakeEngine, client: Any, key: str) -> None:
    async with client:
        counter = client.counter.get_or_create(key)
        assert await counter.increment() == 1
        fake.delay("get", 3600)
        waiting = asyncio.ensure_future(counter.get())
        await fake.calls.wait_for_async("get", running=True, timeout=60)
        fake.fail_next("increment", "user", "x")
        await in_thread(fake.reset)
        with pytest.raises(TransportError):
            await waiting
        assert list(fake.calls) == []
        fake.assert_faults_used()
        assert await counter.increment() == 1


def test_an_engine_stops_while_a_call_is_delayed(key: str) -> None:
    engine = FakeEngine()
    engine.add_actor("counter", Counter)
    with engine:
        engine.delay("get", 3600)
        client = engine.client(retry=RetryPolicy(max_attempts=1))

        def call() -> None:
            with client, pytest.raises(TransportError):
                client.counter.get_or_create(key).get()

        thread = threading.Thread(target=call)
        thread.start()
        engine.calls.wait_for("get", running=True, timeout=60)
    thread.join(60)
    assert not thread.is_alive()


async def test_what_waits_for_the_engine_is_refused_where_it_would_wait_for_ever(
    flavour: Flavour, key: str
) -> None:
    engine = FakeEngine()

    @engine.actor("meddler")
    class Meddler:
        def drop(self, ctx: Any) -> int:
            return engine.drop_connections()

        def fail(self, ctx: Any) -> None:
            engine.fail_next("drop", "user", "no")

    with pytest.raises(EngineError, match="^this can be done while the FakeEngine runs only$"):
        engine.restart()
    async with engine, flavour.client(engine.url) as client:
        meddler = client.meddler.get_or_create(key)
        with pytest.raises(ActorError, match="internal_error"):
            await meddler.drop()
        assert (
            "EngineError: this can be done from outside the code of actors only"
            in engine.calls.last.traceback
        )
        await meddler.fail()
        with pytest.raises(ActorError, match=r"user\.no"):
            await meddler.drop()


@pytest.mark.parametrize("clear", [FakeEngine.clear_faults, FakeEngine.reset])
def test_an_outage_without_with_lasts_until_the_faults_are_cleared(
    clear: Callable[[FakeEngine], None],
) -> None:
    engine = FakeEngine()
    engine.add_actor("counter", Counter)
    with engine, engine.client(retry=RetryPolicy(max_attempts=1)) as client:
        counter = client.counter.get_or_create("a")
        assert counter.get() == 0
        engine.silent()
        with pytest.raises(ActionTimeoutError):
            counter.action("get", timeout=0.2)
        with engine.unreachable():
            clear(engine)
            assert counter.get() == 0
        engine.unreachable()
        with pytest.raises(TransportError, match="nothing listens there"):
            counter.get()
        clear(engine)
        assert counter.get() == 0


@pytest.mark.parametrize(
    ("code", "reason", "error", "text"),
    [
        ("1000", "", TypeError, "code must be an int, not str"),
        (1005, "", ConfigError, "code 1005 must not be sent"),
        (4000, "é" * 62, ConfigError, "reason is over 123 bytes"),
    ],
)
def test_an_engine_cannot_close_like_this(code: Any, reason: str, error: type[Exception], text: str) -> None:
    with FakeEngine() as engine, pytest.raises(error, match=text):
        engine.close_connections(code, reason)


def test_an_engine_may_stop_while_it_cannot_be_reached() -> None:
    engine = FakeEngine().start()
    with engine.unreachable(), engine.silent():
        engine.stop()
    with engine, engine.client() as client, pytest.raises(ActorError, match="no host knows"):
        client.counter.get_or_create("a").get()


def test_the_question_whether_a_connection_is_alive_is_no_call_of_a_test() -> None:
    assert calls._PROBE == liveness.PROBE


@pytest.mark.parametrize(
    "made", [Refused, lambda code, **more: FakeEngine().fail_next("x", "user", code, **more)]
)
def test_metadata_that_no_answer_can_have_is_refused_where_it_is_given(made: Callable[..., object]) -> None:
    with pytest.raises(
        TypeError, match=r"^metadata must be what JSON can say: metadata\.at\[1\]: nan cannot"
    ):
        made("no", metadata={"at": [1, math.nan]})
