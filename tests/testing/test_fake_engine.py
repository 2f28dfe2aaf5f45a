"""`FakeEngine` as a test uses it: actions over HTTP and over connections, events, creation, and what goes wrong."""

from __future__ import annotations

import asyncio
import socket

import pytest

from rivet_client import ActorError, RetryPolicy
from rivet_client.testing import EngineError, Failure, FakeEngine, Refused, action
from tests.support.flavours import Inbox


class Counter:
    count = 0
    amounts: list[int] = []  # noqa: RUF012 (each actor has its own)

    def increment(self, ctx, amount=1):
        self.count += amount
        self.amounts.append(amount)
        ctx.broadcast("newCount", self.count)
        return self.count

    async def pause(self, ctx, seconds):
        await asyncio.sleep(seconds)
        return self.count

    def whoami(self, ctx):
        return [ctx.actor_id, ctx.name, list(ctx.key), ctx.input, ctx.has_input, ctx.params]

    def remember(self, ctx, value):
        ctx.state.value = ctx.vars.value = value
        return [ctx.state.value, ctx.vars.value, len(ctx.conns)]

    def amounts_so_far(self, ctx):
        return self.amounts

    @action("getCount")
    def get(self, ctx):
        return self.count

    def fail(self, ctx, reason):
        raise Refused("refused", message=reason, metadata={"count": self.count, "tag": ["$foo", 1]})

    def sold_out(self, ctx):
        raise Failure("shop", "sold_out", message="nothing left", metadata={"left": 0})

    def passed_on(self, ctx):
        raise Failure("guard", "actor_ready_timeout")

    def unavailable(self, ctx):
        raise Failure("guard", "service_unavailable", by_engine=True)

    def crash(self, ctx):
        raise KeyError("secret")

    def _private(self, ctx):
        raise AssertionError

    class admin:
        def reset(self, ctx):
            self.count = 0

        class users:
            def list(self, ctx):
                return ["ann", self.count]


@pytest.fixture(scope="module")
def fake():
    engine = FakeEngine()
    engine.add_actor("counter", Counter)
    with engine:
        yield engine


@pytest.fixture(params=("bare", "cbor", "json"))
def encoding(request):
    return request.param


@pytest.fixture
def client(fake, flavour, encoding):
    return flavour.client(fake.url, encoding=encoding, timeout=30.0)


@pytest.mark.parametrize("lane", ["http", "connection"])
async def test_actions(client, key, lane):
    async with client:
        handle = client.counter.get_or_create([key, "b/c"])
        caller = handle if lane == "http" else handle.connect()
        assert await caller.increment(2) == 2
        assert await caller.increment() == 3
        assert await caller.pause(0.01) == 3
        assert await caller.admin.users.list() == ["ann", 3]
        assert await caller.admin.reset() is None
        assert await caller.getCount() == 0
        assert await caller.amounts_so_far() == [2, 1]
        assert await client.counter.get_or_create([key, "other"]).amounts_so_far() == []
        assert await caller.remember("x") == ["x", "x", 1]
        value = [1, "é", None, True, 2**60, b"bytes", {"a": [1.5]}]
        assert (await caller.remember(value))[0] == value
        if lane == "connection":
            await caller.close()


@pytest.mark.parametrize("lane", ["http", "connection"])
async def test_errors(client, key, lane, caplog):
    async with client:
        handle = client.counter.get_or_create(key)
        caller = handle if lane == "http" else handle.connect()

        async def error(name, *args):
            with pytest.raises(ActorError) as caught:
                await caller.action(name, *args)
            found = caught.value
            if found.actor is not None:
                assert (found.actor.actor_id, found.actor.generation, found.actor.key) == (
                    (await handle.resolve()),
                    1,
                    key,
                )
            assert found.ray_id is not None
            return found.group, found.code, found.message, found.metadata, found.actor is not None

        assert await error("fail", "no") == ("user", "refused", "no", {"count": 0, "tag": ["$foo", 1]}, True)
        masked = "An internal error occurred"
        assert await error("sold_out") == ("shop", "sold_out", masked, None, True)
        masked_by = await error("passed_on")
        assert masked_by == ("guard", "actor_ready_timeout", masked, None, True)
        assert caplog.text == ""
        assert await error("crash") == ("rivetkit", "internal_error", masked, None, True)
        assert "KeyError: 'secret'" in caplog.text
        assert await error("fail", 7) == ("rivetkit", "internal_error", masked, None, True)
        assert "TypeError: message of a failure must be a str, not int" in caplog.text
        assert await error("increment", 1, 2) == ("rivetkit", "internal_error", masked, None, True)
        assert "takes from 2 to 3 positional arguments but 4 were given" in caplog.text
        for name in ("nope", "_private", "admin"):
            group, code, *_ = await error(name)
            assert (group, code) == ("actor", "action_not_found")
        if lane == "connection":
            await caller.close()


async def test_an_error_of_the_engine(flavour, fake, key):
    async with flavour.client(fake.url, retry=RetryPolicy(max_attempts=1)) as client:
        handle = client.counter.get_or_create(key)
        with pytest.raises(ActorError) as caught:
            await handle.unavailable()
        assert (caught.value.group, caught.value.code) == ("guard", "service_unavailable")
        assert caught.value.actor is None


async def test_events(client, key):
    async with client:
        counter = client.counter.get_or_create(key)
        async with counter.connect() as connection:
            got = Inbox()
            stop = connection.on("newCount", got)
            await connection.increment(2)
            await counter.increment(3)
            assert [await got.get(), await got.get()] == [(2,), (5,)]
            stop()
            events = connection.events("newCount", timeout=30.0)
            await connection.increment(4)
            async for count in events:
                assert count == (9,)
                break
            assert got.drain() == []


async def test_creation(client, key):
    async with client:
        made = await client.counter.create([key], input={"start": 5}, params={"user": "ann"})
        actor_id, name, found_key, given, has_input, params = await made.whoami()
        assert (name, found_key, given, has_input, params) == (
            "counter",
            [key],
            {"start": 5},
            True,
            {"user": "ann"},
        )
        assert await client.counter.get_for_id(actor_id).increment() == 1
        assert await client.counter.get([key]).increment() == 2
        with pytest.raises(ActorError, match="duplicate_key"):
            await client.counter.create([key])
        by_query = client.counter.get_or_create([key, "q"], create_with_input=None)
        assert (await by_query.whoami())[2:5] == [[key, "q"], None, True]
        odd = client.counter.get_or_create([key, "a,b", ""])
        assert (await odd.whoami())[2:5] == [[key, "a,b", ""], None, False]
        with pytest.raises(ActorError, match=r"actor\.not_found: no actor counter\['nobody'\] exists"):
            await client.counter.get("nobody").increment()
        with pytest.raises(ActorError, match="no host knows an actor 'conter'; did you mean 'counter'"):
            await client.conter.get_or_create("x").increment()


async def test_a_client_of_each_kind(fake, key):
    with fake.client(encoding="json") as client:
        assert client.counter.get_or_create(key).increment() == 1
    async with fake.async_client() as client:
        assert await client.counter.get_or_create(key).increment() == 2


async def test_an_answer_behind_an_event_does_not_wait_for_its_acknowledgement(fake, key):
    async with fake.async_client() as client, client.counter.get_or_create(key).connect() as connection:
        await connection.increment()
        (stream,) = (stream for stream in fake._server.streams if stream._socket is not None)
        server_end = stream._transport.get_extra_info("socket")
        assert server_end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_start_and_stop(key):
    engine = FakeEngine()
    engine.actor("counter")(Counter)
    with pytest.raises(EngineError, match="does not run"):
        engine.client()
    for _ in range(2):  # actors do not outlast a run
        async with engine, engine.async_client() as client:
            assert await client.counter.get_or_create(key).increment() == 1
            with pytest.raises(EngineError, match="runs already"):
                engine.start()
            with pytest.raises(EngineError, match="leave the port out"):
                FakeEngine(int(engine.url.rpartition(":")[2])).start()
    engine.stop()
