"""Some actors of registry/registry.ts once more, in Python: an engine for tests, and to try the examples without Node.

    python examples/fake_actors.py python my_script.py

RIVET_ENDPOINT is set for the command. pytest.ini names the engine for the tests in this folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

from rivet_client.testing import ActorContext, FakeEngine, Refused, queue

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
            "refused", message=f"refused: {reason}", metadata={"reason": reason, "count": self.count}
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

    def sendMessage(self, ctx: ActorContext, sender: str, text: str) -> dict[str, Any]:
        if not text.strip():
            raise Refused("empty_message", message="a message needs text", metadata={"sender": sender})
        return self._say(ctx, sender, text)

    def history(self, ctx: ActorContext, limit: int = 20) -> list[dict[str, Any]]:
        return self.messages[-limit:]

    @queue("announcements")
    def announce(self, ctx: ActorContext, body: dict[str, str]) -> None:
        self._say(ctx, "announcement", body["text"])

    def _say(self, ctx: ActorContext, sender: str, text: str) -> dict[str, Any]:
        sent_at = int(time.time() * 1000)
        message = {"seq": len(self.messages) + 1, "sender": sender, "text": text, "sentAt": sent_at}
        self.messages.append(message)
        ctx.broadcast("message", message)
        return message


@engine.actor("game")
class Game:
    def mode(self, ctx: ActorContext) -> str:
        return (ctx.input or {}).get("mode", "casual")


def main(command: list[str]) -> int:
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C ends the command, and then the engine ends
    with engine:
        environment = {**os.environ, "RIVET_ENDPOINT": engine.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
