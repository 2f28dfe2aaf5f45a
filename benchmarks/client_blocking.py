"""`rivet_client.Client`, doing each job against the stub. Usage: see measure.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from measure import JOB, SETTINGS, microseconds, report, resident_bytes

from rivet_client import Client

if TYPE_CHECKING:
    from rivet_client import ActorHandle

EVENTS = SETTINGS["events"]


def actions(target: Any, workers: int = 1) -> float:
    """`target` is a handle (HTTP) or a connection (WebSocket)."""

    def once() -> int:
        target.echo(7)
        return 1

    return microseconds(once, workers)


def events_callback(actor: ActorHandle) -> float:
    from threading import Event

    left = EVENTS
    finished = Event()

    def tick(number: int, text: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            finished.set()

    def once() -> int:
        nonlocal left
        left = EVENTS
        finished.clear()
        connection.burst(EVENTS)
        if not finished.wait(60):
            raise SystemExit(f"{left} events are missing")
        return EVENTS

    with actor.connect() as connection:
        connection.on("tick", tick)
        return microseconds(once)


def events_iterator(actor: ActorHandle) -> float:
    from threading import Thread

    with actor.connect() as connection:
        connection.wait_ready(10)
        ticks = connection.events("tick", timeout=60)

        def once() -> int:
            burst = Thread(target=connection.burst, args=(EVENTS,))
            burst.start()
            for _, _ in zip(range(EVENTS), ticks, strict=False):
                pass
            burst.join()
            return EVENTS

        return microseconds(once)


def memory(actor: ActorHandle) -> dict[str, float]:
    actor.echo(7)

    def opened() -> Any:
        connection = actor.connect()
        connection.echo(7)
        return connection

    held = [opened()]
    before = resident_bytes()
    held += [opened() for _ in range(SETTINGS["connections"])]
    return {"memory_base": before, "memory": (resident_bytes() - before) / SETTINGS["connections"]}


def main() -> None:
    with Client(SETTINGS["endpoint"]) as client:
        actor = client.get_or_create("bench", "bench")
        match JOB:
            case "http_seq":
                report({JOB: actions(actor)})
            case "http_32":
                report({JOB: actions(actor, 32)})
            case "ws_seq":
                report({JOB: actions(actor.connect())})
            case "ws_64":
                report({JOB: actions(actor.connect(), 64)})
            case "events_callback":
                report({JOB: events_callback(actor)})
            case "events_iterator":
                report({JOB: events_iterator(actor)})
            case "first_call":
                actor.echo(7)
                report({})
            case "memory":
                report(memory(actor))


main()
