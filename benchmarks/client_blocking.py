"""The blocking client, doing a job. Usage: see measure.py."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from measure import JOB, VALUE, Figures, Holding, Rounds, client, report, started

if TYPE_CHECKING:
    from collections.abc import Callable


def timed(once: Callable[[], object], operations: int = 1) -> Figures:
    rounds = Rounds(operations)
    for deadline in rounds:

        def loop(deadline: float = deadline) -> None:
            count = 0
            while not count or time.perf_counter() < deadline:
                once()
                count += 1
            rounds.done.append(count)

        if JOB.workers == 1:
            loop()
            continue
        from threading import Thread

        threads = [Thread(target=loop) for _ in range(JOB.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(rounds.done) != JOB.workers:
            raise SystemExit("a worker failed; its traceback is above")
    return rounds.figures


def calls(handle: Any) -> Figures:
    target = handle.connect() if JOB.transport == "ws" else handle
    return timed(lambda: target.echo(VALUE))


def listener(handle: Any) -> Figures:
    from threading import Event

    left, finished = 0, Event()

    def tick(number: int, text: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            finished.set()

    def once() -> None:
        nonlocal left
        left = JOB.events
        finished.clear()
        connection.burst(JOB.events)
        if not finished.wait(60):
            raise SystemExit(f"{left} events are missing")

    connection = handle.connect()
    connection.on("tick", tick)
    return timed(once, JOB.events)


def iterator(handle: Any) -> Figures:
    from threading import Thread

    def once() -> None:
        burst = Thread(target=connection.burst, args=(JOB.events,))
        burst.start()
        left = JOB.events
        for _ in ticks:
            left -= 1
            if not left:
                break
        burst.join()

    connection = handle.connect()
    connection.wait_ready(10)
    ticks = connection.events("tick", timeout=60)
    return timed(once, JOB.events)


def start(handle: Any) -> Figures:
    handle.echo(7)
    return started()


def hold(handle: Any) -> Figures:
    def open_connection() -> Any:
        connection = handle.connect()
        connection.echo(7)
        return connection

    held = [open_connection() for _ in range(JOB.before)]
    holding = Holding()
    held += [open_connection() for _ in range(JOB.connections)]
    return holding.figures()


def cycle(handle: Any) -> Figures:
    from measure import fake_engine

    return timed(lambda: fake_engine().stop())


with client("Client") as opened:
    report(globals()[JOB.kind](getattr(opened, JOB.actor).get_or_create(JOB.key)))
