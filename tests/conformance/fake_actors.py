"""The actors of tests/server/registry.ts once more, in Python for `FakeEngine`: the same names, and the same answers.

What only TypeScript can do is left out here; differences.py names the scenarios that miss it.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from rivet_client.testing import Failure, FakeEngine, Refused, Response, action, queue
from rivet_client.values import UNDEFINED, ArrayBuffer, BigInt, JsMap, JsSet

__all__ = ["SAMPLES", "make_fake_engine"]


async def pause(milliseconds: float) -> None:
    await asyncio.sleep(milliseconds / 1000)


class Counter:
    """State, events and nested groups."""

    count = 0

    def increment(self, ctx: Any, by: int = 1) -> int:
        self.count += by
        ctx.broadcast("newCount", self.count)
        return self.count

    def get(self, ctx: Any) -> int:
        return self.count

    def burst(self, ctx: Any, n: int, text: str = "") -> int:
        for number in range(n):
            ctx.broadcast("tick", number, text)
        return n

    def whisper(self, ctx: Any, text: str) -> None:
        ctx.conn.send("private", text)

    class admin:
        class users:
            def list(self, ctx: Any) -> list[str]:
                return ["ann", "bob", str(self.count)]  # type: ignore[attr-defined]

        def reset(self, ctx: Any) -> None:
            self.count = 0


class Echo:
    """Values in both directions, and who the actor is."""

    value: object = None

    def echo(self, ctx: Any, value: object) -> object:
        return value

    def args(self, ctx: Any, *values: object) -> tuple[object, ...]:
        return values

    def sample(self, ctx: Any, name: str) -> object:
        return SAMPLES[name]

    def emit(self, ctx: Any, *values: object) -> None:
        ctx.broadcast("value", *values)

    @action("emitSample")
    def emit_sample(self, ctx: Any, name: str) -> None:
        ctx.broadcast("value", SAMPLES[name])

    def store(self, ctx: Any, value: object) -> None:
        self.value = value

    def load(self, ctx: Any) -> object:
        return self.value

    def text(self, ctx: Any, n: int) -> str:
        return "x" * n

    def bytes(self, ctx: Any, n: int) -> bytes:
        return bytes(n)

    def whoami(self, ctx: Any) -> dict[str, object]:
        return {"actorId": ctx.actor_id, "name": ctx.name, "key": list(ctx.key), "region": ctx.region}


SAMPLES: dict[str, object] = {
    "undefined": UNDEFINED,
    "undefinedInside": {"a": UNDEFINED, "b": [UNDEFINED]},
    "hole": [1, UNDEFINED, 3],
    "negativeZero": -0.0,
    "twoTo32": 2**32,
    "maxSafe": 2**53 - 1,
    "large": 1e21,
    "fraction": 0.1,
    "bigint": BigInt(5),
    "hugeBigint": -(2**70),
    "nan": float("nan"),
    "infinity": float("inf"),
    "date": datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC),
    "dateWhole": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    "dateBefore1970": datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    "uint8Array": b"\0\xff",
    "buffer": bytearray(b"hi"),
    "arrayBuffer": ArrayBuffer(b"\1\2"),
    "set": {1, "a"},
    "setOfObjects": JsSet([{"a": 1}]),
    "setOfArrays": {(1, (2,))},
    "setOfTwo": JsSet(["$a", 1]),
    "setMerging": JsSet([1, True]),
    "map": {1: "a", "b": None, None: [2]},
    "mapOfArrays": {(1, 2): 3},
    "mapOfBigints": {BigInt(5): {1}},
    "mapOfBytes": {b"\1": JsMap({1: 2})},
    "dollarPair": ["$x", ["$$y", 1]],
    "dollarLong": ["$x", 1, 2],
    "dollarKey": {"$Set": [1]},
    "emptyText": "",
    "emptyArray": [],
    "emptyObject": {},
}
"""What Python can make of the samples in tests/server/src/describe.ts."""


class Greeter:
    """Creation input."""

    def input(self, ctx: Any) -> object:
        return ctx.input

    @action("gotNone")
    def got_none(self, ctx: Any) -> bool:
        return not ctx.has_input


class Guarded:
    """Connection parameters, and a gate that may reject them."""

    async def on_before_connect(self, ctx: Any, params: Any) -> None:
        params = params if isinstance(params, dict) else {}
        await pause(params.get("delayMs", 0))
        if params.get("crash"):
            raise ValueError("secret detail")
        if "reject" in params:
            metadata = {"user": params.get("user")}
            raise Refused(params["reject"], message="not welcome", metadata=metadata)

    def on_connect(self, ctx: Any, conn: Any) -> None:
        conn.send("welcome", conn.id)  # reaches the client before Init does

    def on_request(self, ctx: Any, request: Any) -> str:
        return "welcome"

    def params(self, ctx: Any) -> object:
        return ctx.conn.params

    @action("connectionId")
    def connection_id(self, ctx: Any) -> str:
        return ctx.conn.id  # type: ignore[no-any-return]

    def connections(self, ctx: Any) -> int:
        return len(ctx.conns)

    def kick(self, ctx: Any, reason: str = "") -> None:
        ctx.conn.disconnect(reason)

    @action("kickOthers")
    def kick_others(self, ctx: Any, reason: str | None = None) -> None:
        for conn in list(ctx.conns.values()):
            if conn.id != ctx.conn.id:
                conn.disconnect(reason or "")


class Faulty:
    """Every way to fail."""

    count = 0

    def can_subscribe(self, ctx: Any, event: str) -> bool:
        return event != "forbidden"

    def user(self, ctx: Any, code: str, metadata: object = None) -> None:
        raise Refused(code, message="you did it", metadata=metadata)

    @action("plainUser")
    def plain_user(self, ctx: Any) -> None:
        raise Refused(message="no code given")

    def internal(self, ctx: Any) -> None:
        raise ValueError("secret detail")

    def custom(self, ctx: Any) -> None:
        raise Failure("shop", "sold_out", message="nothing left", metadata={"left": 0})

    def thrown(self, ctx: Any) -> None:
        raise Exception("secret too")

    @action("passOn")
    def pass_on(self, ctx: Any, group: str, code: str) -> None:
        self.count += 1
        raise Failure(group, code, message="passed on")

    async def nested(self, ctx: Any, name: str, action: str) -> object:
        return await ctx.client().get_or_create(name, [*ctx.key, "nested"]).action(action)

    def unserialisable(self, ctx: Any) -> object:
        return lambda: 1

    @action("tooLong")
    def too_long(self, ctx: Any) -> str:
        return "x" * 1_100_000

    def flaky(self, ctx: Any, failures: int, *_: object) -> int:
        self.count += 1
        if self.count <= failures:
            raise Refused("not_yet", message="not yet")
        return self.count

    def calls(self, ctx: Any) -> int:
        return self.count


class Slow:
    """Actions and starts that take their time."""

    count = 0

    async def on_create(self, ctx: Any) -> None:
        await pause((ctx.input or {}).get("startMs", 0))

    async def sleep(self, ctx: Any, ms: float) -> float:
        await pause(ms)
        self.count += 1
        return ms

    def finished(self, ctx: Any) -> int:
        return self.count


class Worker:
    """Queues: answered, completed without an answer, never completed, refused, and one that fills up."""

    def __init__(self) -> None:
        self.bodies: list[object] = []

    def can_publish(self, ctx: Any, queue: str) -> bool:
        return queue != "forbidden"

    def processed(self, ctx: Any) -> list[object]:
        return self.bodies

    @queue("double")
    def double(self, ctx: Any, body: Any) -> dict[str, int]:
        self.bodies.append(body)
        return {"doubled": body["n"] * 2}

    @queue("silent")
    def silent(self, ctx: Any, body: object) -> None:
        self.bodies.append(body)

    @queue("ignored")
    async def ignored(self, ctx: Any, body: object) -> None:
        await asyncio.Event().wait()

    @queue("forbidden")
    def forbidden(self, ctx: Any, body: object) -> None:
        raise AssertionError("nobody may publish here")


class Raw:
    """Raw HTTP and raw WebSocket."""

    requests = 0

    def hits(self, ctx: Any) -> int:
        return self.requests

    async def on_request(self, ctx: Any, request: Any) -> Any:
        self.requests += 1
        _, route, *rest = request.path.split("/")
        argument = rest[0] if rest else ""
        match route:
            case "status":
                return Response(f"own {argument}", status=int(argument), headers={"x-own": "yes"})
            case "bytes":
                return bytes(n % 256 for n in range(int(argument)))
            case "length":
                return Response.json(len(request.body))
            case "sse":
                events = server_sent_events(int(argument))
                return Response(events, headers={"content-type": "text/event-stream"})
            case "slow":
                await pause(float(argument))
                return "late"
            case "throw":
                raise Refused("raw_failure", message="no such luck", metadata={"route": route})
            case _:
                query = urlsplit(request.url).query
                return {
                    "method": request.method,
                    "url": request.url,
                    "path": request.path,
                    "query": f"?{query}" if query else "",
                    "headers": dict(request.headers),
                    "body": base64.b64encode(request.body).decode(),
                }

    async def on_websocket(self, ctx: Any, socket: Any) -> None:
        async for message in socket:
            match message.split(" ") if isinstance(message, str) else []:
                case ["close", code, *reason]:
                    socket.close(int(code), " ".join(reason))
                case ["url"]:
                    socket.send(socket.request.url)
                case ["text", length]:
                    socket.send("x" * int(length))
                case ["throw"]:
                    pass  # there it ends the handling of this message, here it would end the handler
                case _:
                    socket.send(message)


async def server_sent_events(count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield b"data: %d\n\n" % number
        await pause(50)


class Bare:
    """Has no handlers, no queues, and no actions but one."""

    def ok(self, ctx: Any) -> bool:
        return True


class Sleeper:
    """Falls asleep one second after the last use; counts its starts."""

    wakes = count = 0

    def on_wake(self, ctx: Any) -> None:
        self.wakes += 1

    def starts(self, ctx: Any) -> int:
        return self.wakes

    def increment(self, ctx: Any) -> int:
        self.count += 1
        ctx.broadcast("newCount", self.count)
        return self.count

    @action("sleepNow")
    def sleep_now(self, ctx: Any) -> None:
        ctx.sleep()

    async def work(self, ctx: Any, ms: float) -> float:
        await pause(ms)
        return ms


class Mortal:
    """Can be destroyed by its callers."""

    count = 0

    def increment(self, ctx: Any) -> int:
        self.count += 1
        return self.count

    def end(self, ctx: Any) -> None:
        ctx.destroy()

    def destroy(self, ctx: Any) -> None:
        ctx.destroy()


class Stillborn:
    """Never starts."""

    def on_create(self, ctx: Any) -> None:
        raise ValueError("cannot create")

    def ok(self, ctx: Any) -> bool:
        return True


class Alarm:
    """Acts later, on its own."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def after(self, ctx: Any, ms: float, value: object) -> None:
        ctx.schedule_after(ms / 1000, "fire", value)

    def fire(self, ctx: Any, value: object) -> None:
        self.values.append(value)
        ctx.broadcast("fired", value)

    def fired(self, ctx: Any) -> list[object]:
        return self.values


class Visitor:
    """Tells how each caller came to it: the HTTP request or the WebSocket handshake of its connection."""

    def on_connect(self, ctx: Any, conn: Any) -> None:
        conn.state = {"url": ctx.request.url, "headers": dict(ctx.request.headers)}

    def request(self, ctx: Any) -> object:
        return ctx.conn.state


class Clash:
    """Actions whose names are those of the client's own methods, or no Python names at all."""

    @action("_hidden")
    def hidden(self, ctx: Any) -> str:
        return "_hidden"

    @action("a/b c+d%41é?")
    def odd(self, ctx: Any) -> str:
        return "odd"

    def action(self, ctx: Any) -> str:
        return "action"

    def send(self, ctx: Any) -> str:
        return "send"

    def resolve(self, ctx: Any) -> str:
        return "resolve"

    def connect(self, ctx: Any) -> str:
        return "connect"

    def on(self, ctx: Any) -> str:
        return "on"

    def close(self, ctx: Any) -> str:
        return "close"

    def status(self, ctx: Any) -> str:
        return "status"

    class group:
        def resolve(self, ctx: Any) -> str:
            return "group.resolve"

        @action("x y")
        def odd(self, ctx: Any) -> str:
            return "group.x y"


class Identity:
    """Says who it is, whichever way it is reached."""

    def whoami(self, ctx: Any) -> dict[str, object]:
        return {"actorId": ctx.actor_id, "key": list(ctx.key)}

    def on_request(self, ctx: Any, request: Any) -> dict[str, object]:
        return self.whoami(ctx)

    def on_websocket(self, ctx: Any, socket: Any) -> None:
        socket.send(json.dumps(self.whoami(ctx)))


def make_fake_engine() -> FakeEngine:
    """Make an engine with these actors."""
    engine = FakeEngine()
    for kind in (
        Counter,
        Echo,
        Greeter,
        Guarded,
        Faulty,
        Raw,
        Bare,
        Mortal,
        Stillborn,
        Alarm,
        Visitor,
        Clash,
    ):
        engine.add_actor(kind.__name__.lower(), kind)
    engine.add_actor("slow", Slow, action_timeout=3.0)
    engine.add_actor("worker", Worker, max_queue_size=5)
    engine.add_actor("sleeper", Sleeper)
    # The client has methods of the first name; the second is no Python name.
    engine.add_actor("get", Bare)
    engine.add_actor("odd name/é%41", Bare)
    # For tests with fixed keys, such as the empty one, which nobody else may use.
    engine.add_actor("keyed_blocking", Identity)
    engine.add_actor("keyed_asyncio", Identity)
    return engine
