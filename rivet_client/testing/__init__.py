"""For the tests of programs that use actors: `FakeEngine` has actors in Python, and needs neither Node nor a network.

    from rivet_client.testing import FakeEngine

    engine = FakeEngine()

    @engine.actor("counter")
    class Counter:
        count = 0

        def increment(self, ctx, amount):
            self.count += amount
            ctx.broadcast("newCount", self.count)
            return self.count

    with engine, engine.client() as client:
        assert client.counter.get_or_create("a").increment(2) == 2

`LocalEngine("registry.ts")` is the real engine, on this machine, with the actors of a registry. It is used alike.

Nothing is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rivet_client._objects import late_imports

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivet_client.testing.errors import EngineError
    from rivet_client.testing.fake.context import ActorContext, Conn
    from rivet_client.testing.fake.definition import action, queue
    from rivet_client.testing.fake.engine import FakeEngine
    from rivet_client.testing.fake.failures import Failure, Refused
    from rivet_client.testing.fake.faults import Fault
    from rivet_client.testing.fake.raw import Request, Response, WebSocket
    from rivet_client.testing.fake.record import Record, Records
    from rivet_client.testing.local.engine import LocalEngine

__all__ = [
    "ActorContext",
    "Conn",
    "EngineError",
    "Failure",
    "FakeEngine",
    "Fault",
    "LocalEngine",
    "Record",
    "Records",
    "Refused",
    "Request",
    "Response",
    "WebSocket",
    "action",
    "queue",
]

__getattr__: Callable[[str], Any]
__dir__: Callable[[], list[str]]
__getattr__, __dir__ = late_imports(
    __name__,
    {
        "rivet_client.testing.errors": ("EngineError",),
        "rivet_client.testing.fake.context": ("ActorContext", "Conn"),
        "rivet_client.testing.fake.definition": ("action", "queue"),
        "rivet_client.testing.fake.engine": ("FakeEngine",),
        "rivet_client.testing.fake.failures": ("Failure", "Refused"),
        "rivet_client.testing.fake.faults": ("Fault",),
        "rivet_client.testing.fake.raw": ("Request", "Response", "WebSocket"),
        "rivet_client.testing.fake.record": ("Record", "Records"),
        "rivet_client.testing.local.engine": ("LocalEngine",),
    },
)
