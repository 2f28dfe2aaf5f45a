"""Some actors of registry/registry.ts once more, in Python: an engine for tests, and to try the examples without Node.

    python examples/fake_actors.py python my_script.py

RIVET_ENDPOINT is set for the command. pytest.ini names the engine for the tests in this folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

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


def main(command: list[str]) -> int:
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C ends the command, and then the engine ends
    with engine:
        environment = {**os.environ, "RIVET_ENDPOINT": engine.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
