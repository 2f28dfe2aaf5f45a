"""Some actors of registry/registry.ts once more, in Python: the tests of fastapi_app.py run on them, without Node."""

from __future__ import annotations

from rivet_client.testing import ActorContext, FakeEngine, Refused

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


@engine.actor("game")
class Game:
    def mode(self, ctx: ActorContext) -> str:
        return (ctx.input or {}).get("mode", "casual")
