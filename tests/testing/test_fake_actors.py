"""What actors of a `FakeEngine` can do besides actions: hooks, queues, raw HTTP, raw WebSockets, sleep, destruction."""

from __future__ import annotations

import asyncio
import json

import pytest

from rivet_client import ActorError, ConfigError, ConnectionClosedError, RetryPolicy
from rivet_client.engine import ActorsCreateRequest
from rivet_client.testing import FakeEngine, Refused, Response, queue
from tests.support.flavours import Inbox


class Room:
    """Notes each hook."""

    def __init__(self):
        self.noted = []
        self.closed = asyncio.Event()

    def on_create(self, ctx):
        self.noted.append("create")

    async def on_wake(self, ctx):
        await asyncio.sleep(0)
        self.noted.append("wake")

    def on_sleep(self, ctx):
        self.noted.append("sleep")

    def on_destroy(self, ctx):
        ctx.broadcast("gone", "for good")

    def on_before_connect(self, ctx, params):
        if params == "crash":
            raise KeyError("secret")
        if params == "late":
            raise TimeoutError("my own")
        if params is not None and params.get("refuse"):
            raise Refused("unauthorized", message="not you", metadata={"user": params["user"]})

    def on_connect(self, ctx, conn):
        conn.state.user = (conn.params or {}).get("user")
        conn.send("welcome", conn.id)

    async def on_disconnect(self, ctx, conn):
        if conn.state.user is not None:
            self.noted.append(f"{conn.state.user} left")

    def who(self, ctx):
        return [ctx.conn.state.user, ctx.conn.id, ctx.params]

    def set_var(self, ctx, value):
        ctx.vars.value = value

    def look(self, ctx):
        return [self.noted, getattr(ctx.vars, "value", None)]

    def kick(self, ctx, reason):
        for conn in ctx.conns.values():
            conn.disconnect(reason)

    def sleep(self, ctx):
        ctx.sleep()

    def destroy(self, ctx):
        ctx.destroy()

    def shout(self, ctx, text):
        ctx.broadcast("shout", text)

    async def ask_other(self, ctx, key):
        return await ctx.client().room.get_or_create(key).who()

    def too_long(self, ctx):
        return "x" * 1_100_000

    def shout_too_long(self, ctx):
        ctx.broadcast("shout", "x" * 1_100_000)

    def quit(self, ctx):
        raise SystemExit("never mind")

    # --- Queues

    @queue("double")
    async def double(self, ctx, body):
        await asyncio.sleep(0)
        return {"doubled": body["n"] * 2}

    @queue("silent")
    def silent(self, ctx, body):
        self.noted.append(body)

    @queue("broken")
    def broken(self, ctx, body):
        raise KeyError("secret")

    # --- Raw

    async def on_request(self, ctx, request):
        _, route, *rest = request.path.split("/")
        if route == "stream":
            return Response(self._pieces(), headers={"content-type": "text/event-stream"})
        if route == "status":
            return Response("own", status=int(rest[0]), headers={"X-Own": "yes", "content-length": "7"})
        if route == "refuse":
            raise Refused("no", message="no such luck")
        if route == "nothing":
            return None
        return {
            "method": request.method,
            "url": request.url,
            "query": request.query,
            "text": request.text,
            "own": request.headers.get("x-own"),
        }

    async def _pieces(self):
        for number in range(3):
            yield f"data: {number}\n\n".encode()
            await asyncio.sleep(0)

    async def on_websocket(self, ctx, websocket):
        if websocket.request.path.endswith("/crash"):
            raise KeyError("secret")
        websocket.send(json.dumps([websocket.request.url, websocket.subprotocols, ctx.params]))
        async for message in websocket:
            if message == "close":
                with pytest.raises(TypeError, match="must be str or bytes, not int"):
                    websocket.send(5)
                websocket.close(4001, "bye")
            else:
                websocket.send(message)
        self.noted.append([websocket.close_code, websocket.close_reason])
        self.closed.set()

    async def wait_closed(self, ctx):
        await self.closed.wait()
        return next(each for each in self.noted if isinstance(each, list))


class Plain:
    """Has one action."""

    def ok(self, ctx):
        return True


class Stillborn:
    def on_create(self, ctx):
        raise LookupError("cannot create")


@pytest.fixture(scope="module")
def fake():
    engine = FakeEngine()
    engine.add_actor("room", Room)
    engine.add_actor("hasty", Room, action_timeout=0.05)
    engine.add_actor("plain", Plain)
    engine.add_actor("stillborn", Stillborn)
    with engine:
        yield engine


@pytest.fixture
def client(fake, flavour):
    return flavour.client(fake.url, timeout=30.0)


async def actor_error(awaitable):
    with pytest.raises(ActorError) as caught:
        await awaitable
    return caught.value


def logged(caplog):
    """What the engine has logged, and not what the client has."""
    records = [record for record in caplog.records if record.name == "rivet_client.testing"]
    return "\n".join(caplog.handler.format(record) for record in records)


# --- Hooks and connections ---------------------------------------------------------------------------------------


async def test_hooks(client, key):
    async with client:
        room = client.room.get_or_create(key, params={"user": "ann"})
        assert (await room.who())[0] == "ann"
        assert await room.look() == [["create", "wake", "ann left"], None]  # said before this caller leaves
        async with room.connect(params={"user": "bob"}) as connection:
            user, connection_id, params = await connection.who()
            assert (user, connection_id, params) == ("bob", connection.connection_id, {"user": "bob"})
        assert "bob left" in (await room.look())[0]


@pytest.mark.parametrize("encoding", ["bare", "json"])
async def test_refused_at_the_door(fake, flavour, key, encoding, caplog):
    async with flavour.client(fake.url, timeout=30.0, encoding=encoding) as client:
        room = client.room.get_or_create(key, params={"user": "eve", "refuse": True})
        for call in (room.who, room.connect().who):
            error = await actor_error(call())
            assert (error.group, error.code, error.message) == ("user", "unauthorized", "not you")
            assert error.metadata == {"user": "eve"}
        response = await room.fetch("x")
        assert (response.status_code, response.json()["code"]) == (500, "unauthorized")
        with pytest.raises(ActorError, match="unauthorized"):
            async with room.websocket("x") as websocket:
                await websocket.receive(timeout=30.0)
        assert logged(caplog) == ""
        for params in ("crash", "late"):
            crash = client.room.get_or_create(key, params=params)
            for call in (crash.who, crash.connect().who):
                error = await actor_error(call())
                assert (error.group, error.code) == ("rivetkit", "internal_error")
        assert "KeyError: 'secret'" in logged(caplog)


async def test_disconnected_by_the_actor(client, key):
    """And what `on_connect` sends comes before the connection is open."""
    async with client, client.room.get_or_create(key).connect() as connection:
        await connection.wait_ready()
        ended, welcome = Inbox(), Inbox()
        connection.on_close(ended)
        connection.on("welcome", welcome)
        with pytest.raises(ConnectionClosedError, match=r"the server closed the connection \(1000: enough\)"):
            await connection.kick("enough")
        await ended.get()
        assert (await connection.who())[1] == connection.connection_id
        assert await welcome.get() == (connection.connection_id,)


async def test_actors_call_each_other(client, key):
    async with client:
        assert (await client.room.get_or_create(key).ask_other([key, "other"]))[0] is None


async def test_what_is_no_exception_ends_a_call_only(client, key, caplog):
    async with client:
        room = client.room.get_or_create(key)
        for caller in (room, room.connect()):
            error = await actor_error(caller.quit())
            assert (error.group, error.code) == ("rivetkit", "internal_error")
        assert "SystemExit came out of an actor: never mind" in logged(caplog)
        assert await room.who()


async def test_an_actor_that_does_not_start(fake, flavour, key, caplog):
    async with flavour.client(fake.url, retry=RetryPolicy(max_attempts=1)) as client:
        error = await actor_error(client.stillborn.get_or_create(key).ok())
        assert (error.group, error.code) == ("guard", "actor_wake_retries_exceeded")
        assert error.metadata["details"] == {"crashed": {"message": "cannot create"}}
        made = await client.engine.actors_create(
            ActorsCreateRequest(
                name="plain", runner_name_selector="default", input="no base64", crash_policy="sleep"
            )
        )
        error = await actor_error(client.plain.get_for_id(made.actor.actor_id).ok())
        assert (error.group, error.code) == ("guard", "actor_wake_retries_exceeded")
        assert "LookupError: cannot create" in logged(caplog)


# --- Sleep and destruction ---------------------------------------------------------------------------------------


async def test_sleep(client, fake, key):
    async with client:
        room = client.room.get_or_create(key)
        async with room.connect() as connection, room.websocket("x") as websocket:
            await websocket.receive(timeout=30.0)
            got = Inbox()
            connection.on("shout", got)
            await connection.set_var("v")
            assert await connection.look() == [["create", "wake"], "v"]
            await client.engine.actors_sleep(await room.resolve())
            # A raw WebSocket does not outlast that. A connection does, and wakes the actor.
            with pytest.raises(ConnectionClosedError, match=r"actor\.stopped"):
                await websocket.receive(timeout=30.0)
            before = connection.connection_id
            await connection.shout("still here")
            assert await got.get() == ("still here",)
            assert await connection.look() == [
                ["create", "wake", "sleep", [1000, "actor.stopped"], "wake"],
                None,
            ]
            await room.sleep()
            await room.shout("by http")
            assert await got.get() == ("by http",)
            assert (await connection.who())[1] == before
            with pytest.raises(ActorError) as caught:
                await connection.nothing()
            assert caught.value.actor.generation == 3


@pytest.mark.parametrize("how", ["api", "itself"])
async def test_destruction(client, key, how):
    async with client:
        room = client.room.get_or_create(key)
        first = await room.resolve()
        async with room.connect() as connection:
            gone, ended = Inbox(), Inbox()
            connection.on("gone", gone)
            await connection.who()
            connection.on_close(ended)
            if how == "api":
                await client.engine.actors_destroy(first)
            else:
                await room.destroy()
            assert await gone.get() == ("for good",)
            await ended.get()
            # The connection comes back to the next actor that has the key.
            await connection.who()
            assert connection.actor_id != first
        with pytest.raises(ActorError, match=r"actor\.not_found"):
            await client.room.get_for_id(first).who()
        assert await room.look() == [["create", "wake"], None]


async def test_destroyed_asleep(client, key):
    async with client:
        room = client.room.get_or_create(key)
        async with room.connect() as connection:
            await connection.who()
            first = connection.actor_id
            await client.engine.actors_sleep(first)
            await client.engine.actors_destroy(first)
            with pytest.raises(ConnectionClosedError, match=r"actor\.not_found"):
                await connection.who()
            assert (await connection.who())[0] is None
            assert connection.actor_id != first


# --- Queues ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["bare", "cbor", "json"])
async def test_queues(fake, flavour, key, encoding):
    async with flavour.client(fake.url, timeout=30.0, encoding=encoding) as client:
        room = client.room.get_or_create(key)
        answered = await room.send("double", {"n": 4}, wait=True)
        assert (answered.status, answered.response) == ("completed", {"doubled": 8})
        assert await room.send("silent", "a") is None
        assert (await room.send("silent", "b", wait=True)).response is None
        assert (await room.look())[0][2:] == ["a", "b"]
        assert (await room.send("broken", 1, wait=True, timeout=0.05)).status == "timedOut"
        assert (await room.send("unknown", 1, wait=True)).status == "completed"
        error = await actor_error(client.hasty.get_or_create(key).send("broken", 1, wait=True))
        assert (error.group, error.code) == ("actor", "action_timed_out")


# --- Raw HTTP and raw WebSockets ---------------------------------------------------------------------------------


async def test_raw_http(client, key):
    async with client:
        room = client.room.get_or_create([key, "a,b"])
        told = (
            await room.fetch("a/b%20c?x=1&y=%C3%A9", method="PUT", content="body", headers={"x-own": "1"})
        ).json()
        assert told == {
            "method": "PUT",
            "url": "http://127.0.0.1/a/b%20c?x=1&y=%C3%A9",
            "query": {"x": "1", "y": "é"},
            "text": "body",
            "own": "1",
        }
        response = await room.fetch("status/404")
        assert (response.status_code, response.text, response.headers["x-own"]) == (404, "own", "yes")
        assert (await room.fetch("stream")).text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"
        assert (await room.fetch("status/204", method="HEAD")).content == b""
        response = await room.fetch("refuse")
        assert (response.status_code, response.json()["group"], response.json()["code"]) == (
            500,
            "user",
            "no",
        )
        response = await room.fetch("nothing")
        assert (response.status_code, response.json()["code"]) == (500, "internal_error")
        response = await client.plain.get_or_create(key).fetch("x")
        assert (response.status_code, response.content) == (404, b"")


async def test_raw_websockets(client, key):
    async with client:
        room = client.room.get_or_create(key, params={"user": "ann"})
        async with room.websocket("a/b?x=1", subprotocols=["mine"]) as websocket:
            told = json.loads(await websocket.receive(timeout=30.0))
            assert told == ["http://127.0.0.1/websocket/a/b?x=1", ["mine"], {"user": "ann"}]
            for message in ("text", b"binary", "x" * 100_000, ""):
                await websocket.send(message)
                assert await websocket.receive(timeout=30.0) == message
            await websocket.send("close")
            with pytest.raises(ConnectionClosedError, match="4001: bye"):
                await websocket.receive(timeout=30.0)
        assert await room.wait_closed() == [4001, "bye"]
        async with client.room.get_or_create([key, "2"]).websocket("x") as websocket:
            await websocket.receive(timeout=30.0)
            await websocket.close(4002, "mine")
        assert await client.room.get_or_create([key, "2"]).wait_closed() == [4002, "mine"]
        with pytest.raises(ActorError, match=r"rivetkit\.internal_error"):
            async with room.websocket("crash") as websocket:
                await websocket.receive(timeout=30.0)


# --- Limits ------------------------------------------------------------------------------------------------------


async def test_sizes(client, key):
    async with client:
        room = client.room.get_or_create(key)
        async with room.connect() as connection:
            for caller in (room, connection):
                assert "outgoing_too_long" in str(await actor_error(caller.too_long()))
                assert "incoming_too_long" in str(await actor_error(caller.shout("x" * 70_000)))
            assert "incoming_too_long" in str(await actor_error(room.send("silent", "x" * 70_000)))
            got = Inbox()
            await connection.wait_ready()
            connection.on_close(got)
            connection.on("shout", print)
            with pytest.raises(ActorError, match="outgoing_too_long"):
                await connection.shout_too_long()
            await got.get()


# --- Settings, and what the actor does later ---------------------------------------------------------------------


def test_wrong_settings():
    engine = FakeEngine()
    for kind, text, options in (
        (ConfigError, "action_timeout must be from 0", {"action_timeout": -1}),
        (TypeError, "action_timeout must be a number", {"action_timeout": "1"}),
        (ConfigError, "max_queue_size must be greater than 0", {"max_queue_size": 0}),
        (TypeError, "sleep_timeout", {"sleep_timeout": 1}),
    ):
        with pytest.raises(kind, match=text):
            engine.add_actor("plain", Plain, **options)
    engine.add_actor("plain", Plain)  # none of them has taken the name


async def test_time_limits_of_actions(key):
    class Limited:
        async def wait(self, ctx, seconds):
            await asyncio.sleep(seconds)

        def give_up(self, ctx):
            raise TimeoutError("of its own")

    engine = FakeEngine()
    engine.actor("limited", action_timeout=0.05)(Limited)
    engine.add_actor("patient", Limited, action_timeout=None)
    with engine:
        async with engine.async_client() as client:
            limited = client.limited.get_or_create(key)
            async with limited.connect() as connection:
                for caller in (limited, connection):
                    assert "actor.action_timed_out" in str(await actor_error(caller.wait(30)))
                    assert "rivetkit.internal_error" in str(await actor_error(caller.give_up()))
            await client.patient.get_or_create(key).wait(0.06)


async def test_scheduled_actions(key, caplog):
    class Alarm:
        def set(self, ctx, action):
            ctx.schedule_after(0.01, action, action)

        def ring(self, ctx, name):
            ctx.broadcast("rang", name, ctx.conn is None)

        def fail(self, ctx, name):
            raise KeyError(name)

    engine = FakeEngine()
    engine.add_actor("alarm", Alarm)
    with engine:
        async with engine.async_client() as client, client.alarm.get_or_create(key).connect() as alarm:
            rang = alarm.events("rang", timeout=30.0)
            await alarm.set("fail")
            await alarm.set("ring")
            engine.sleep("alarm", key)  # it wakes for what is scheduled
            assert await anext(rang) == ("ring", True)
            assert "internal_error" in str(await actor_error(alarm.set("rnig")))
    assert "the scheduled action 'fail'" in caplog.text
    assert "no action 'rnig' that could be scheduled" in caplog.text
