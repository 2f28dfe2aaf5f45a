"""A blocking program: one counter, through actions and through a connection with events.

Needs an engine with the example registry: `python examples/local_engine.py python examples/blocking_counter.py`.
"""

from __future__ import annotations

import queue
import time

from rivet_client import ActorError, Client


def main() -> None:
    # The endpoint comes from RIVET_ENDPOINT, or is http://localhost:6420.
    with Client() as client:
        # A key of several parts names one actor; nothing happens until the first call.
        counter = client.counter.get_or_create(["example", f"blocking-{time.time_ns()}"])
        print("actor id:       ", counter.resolve())

        # Actions are methods. Each call is one HTTP request.
        print("increment(2):   ", counter.increment(2))
        print("increment(40):  ", counter.increment(40))

        # A name that is not a Python attribute, or comes from elsewhere, goes through action().
        print("getCount:       ", counter.action("getCount"))

        # Grouped actions are reached by their path.
        print("admin.reset():  ", counter.admin.reset())

        # What the actor throws on purpose arrives as it was thrown.
        try:
            counter.fail("just showing")
        except ActorError as error:
            print(
                "fail():         ", f"{error.group}.{error.code}: {error.message}; metadata {error.metadata}"
            )

        # A connection stays open: actions are cheaper, and the actor can speak first.
        with counter.connect() as connection:
            counts: queue.Queue[int] = queue.Queue()
            connection.on("newCount", counts.put)  # runs on the connection's thread
            connection.wait_ready(timeout=10)
            for amount in (1, 2, 3):
                print(f"increment({amount}):   ", connection.increment(amount))
            print("events received:", [counts.get(timeout=10) for _ in range(3)])


if __name__ == "__main__":
    main()
