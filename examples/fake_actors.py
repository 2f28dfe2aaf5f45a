"""Some actors of registry/registry.ts once more, in Python: an engine for tests, and to try the examples without Node.

    python examples/fake_actors.py python my_script.py

RIVET_ENDPOINT is set for the command. pytest.ini names the engine for the tests in this folder.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from typing import Any

from rivet_client.testing import ActorContext, Conn, FakeEngine, Refused, queue

engine = FakeEngine()


@engine.actor("counter")
class Counter:
    count = 0

    def increment(self, ctx: ActorContext, amount: int) -> int:
        self.count += amount
        ctx.broadcast("newCount", self.count)
        return self.count

    def getCount(self, ctx: ActorContext) -> int:
        return self.count

    def fail(self, ctx: ActorContext, reason: str) -> None:
        raise Refused(
            "refused", message=f"refused: {reason}", metadata={"count": self.count, "reason": reason}
        )

    class admin:
        def reset(self, ctx: ActorContext) -> int:
            before, self.count = self.count, 0
            ctx.broadcast("newCount", 0)
            return before


@engine.actor("account")
class Account:
    balance = 0

    def on_create(self, ctx: ActorContext) -> None:
        self.done: dict[str, int] = {}

    def deposit(self, ctx: ActorContext, id: str, amount: int) -> int:
        if id not in self.done:
            self.balance += amount
            self.done[id] = self.balance
        return self.done[id]

    def getBalance(self, ctx: ActorContext) -> int:
        return self.balance


@engine.actor("chatRoom")
class ChatRoom:
    def on_create(self, ctx: ActorContext) -> None:
        self.messages: list[dict[str, Any]] = []
        self.signs: dict[str, tuple[str, float]] = {}
        self.users: list[str] = []

    def on_before_connect(self, ctx: ActorContext, params: Any) -> None:
        if (params or {}).get("user") == "mallory":
            raise Refused("banned", message="mallory is not welcome here", metadata={"user": "mallory"})

    def on_disconnect(self, ctx: ActorContext, conn: Conn) -> None:
        if self.signs.pop(conn.id, None):
            self.whoIsHere(ctx)

    def sendMessage(self, ctx: ActorContext, sender: str, text: str, id: str | None = None) -> dict[str, Any]:
        if not text.strip():
            raise Refused("empty_message", message="a message needs text", metadata={"sender": sender})
        known = [message for message in self.messages if id and message.get("id") == id]
        return known[0] if known else self._say(ctx, sender, text, id)

    def history(self, ctx: ActorContext, limit: int = 20) -> list[dict[str, Any]]:
        return self.messages[-limit:]

    def messagesAfter(self, ctx: ActorContext, seq: int) -> list[dict[str, Any]]:
        return self.messages[seq:]

    def where(self, ctx: ActorContext) -> dict[str, str]:
        building, room, *_ = (*ctx.key, "", "")
        return {"building": building, "room": room}

    def whoAmI(self, ctx: ActorContext) -> str:
        return (ctx.params or {}).get("user", "guest")

    def iAmHere(self, ctx: ActorContext) -> None:
        assert ctx.conn is not None
        self.signs[ctx.conn.id] = (self.whoAmI(ctx), time.monotonic() + 30)
        ctx.conn.send("presence", self.whoIsHere(ctx))

    def whoIsHere(self, ctx: ActorContext) -> list[str]:
        self.signs = {id: sign for id, sign in self.signs.items() if sign[1] > time.monotonic()}
        before, self.users = self.users, sorted({user for user, _ in self.signs.values()})
        if self.users != before:
            ctx.broadcast("presence", self.users)
        return self.users

    @queue("announcements")
    def announce(self, ctx: ActorContext, body: dict[str, str]) -> None:
        self._say(ctx, "announcement", body["text"])

    def _say(self, ctx: ActorContext, sender: str, text: str, id: str | None = None) -> dict[str, Any]:
        sent_at = int(time.time() * 1000)
        message = {"seq": len(self.messages) + 1, "sender": sender, "text": text, "sentAt": sent_at}
        if id:
            message["id"] = id
        self.messages.append(message)
        ctx.broadcast("message", message)
        return message


@engine.actor("game")
class Game:
    def mode(self, ctx: ActorContext) -> str:
        return (ctx.input or {}).get("mode", "casual")


@engine.actor("arena")
class Arena:
    def on_create(self, ctx: ActorContext) -> None:
        self.balls: dict[str, dict[str, Any]] = {}
        self.ticking: asyncio.Task[None] | None = None

    async def on_connect(self, ctx: ActorContext, conn: Conn) -> None:
        name = (conn.params or {}).get("name", "guest")
        self.balls[conn.id] = {"name": name, "x": 0.5, "y": 0.5, "dx": 0.2, "dy": 0.1}
        if self.ticking is None or self.ticking.done():
            self.ticking = asyncio.create_task(self._tick(ctx))

    def on_disconnect(self, ctx: ActorContext, conn: Conn) -> None:
        self.balls.pop(conn.id, None)

    def steer(self, ctx: ActorContext, dx: float, dy: float) -> None:
        assert ctx.conn is not None
        self.balls[ctx.conn.id].update(dx=dx, dy=dy)

    async def _tick(self, ctx: ActorContext) -> None:
        while self.balls:
            await asyncio.sleep(0.1)
            for ball in self.balls.values():
                for place, speed in (("x", "dx"), ("y", "dy")):
                    to = ball[place] + ball[speed] * 0.1
                    ball[place] = min(max(to, 0), 1)
                    if to != ball[place]:
                        ball[speed] = -ball[speed]
            balls = list(self.balls.values())
            ctx.broadcast("snapshot", {"time": int(time.time() * 1000), "balls": balls})


def main(command: list[str]) -> int:
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C ends the command, and then the engine ends
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # this ends both
    with engine:
        environment = {**os.environ, "RIVET_ENDPOINT": engine.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
