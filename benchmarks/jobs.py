"""What is measured, who is measured, and what is expected: data only. run.py does the rest."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NODE = shutil.which("node") or "node"


@dataclass(frozen=True)
class Contestant:
    """A program that does jobs.

    Attributes:
        command: What to run; the job is appended.
        loop: Of a Python program: "none" for blocking code, else the event loop.
    """

    title: str
    command: tuple[str, ...]
    loop: str = "none"


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / script))


REFERENCE = "reference"
CONTESTANTS = {
    "blocking": Contestant("blocking", python("client_blocking.py")),
    "asyncio": Contestant("asyncio", python("client_asyncio.py"), "asyncio"),
    "uvloop": Contestant("on uvloop", python("client_asyncio.py"), "uvloop"),
    REFERENCE: Contestant("TypeScript", (NODE, "--expose-gc", str(HERE / "rival.mjs"))),
    "floor-blocking": Contestant("bare blocking", python("floor.py")),
    "floor-asyncio": Contestant("bare asyncio", python("floor.py"), "asyncio"),
}
ALL = tuple(CONTESTANTS)
CLIENTS = ALL[:4]


@dataclass(frozen=True)
class Job:
    """One thing to do, the same for everybody.

    Attributes:
        kind: `calls` of the action `echo`; a burst of events to a `listener` or from an `iterator`; the `start` of a
            process until its first call has returned; to open and `hold` connections; to start and stop a `FakeEngine`,
            a `cycle`.
        unit: Of the times that are shown: "µs" or "ms", for one operation.
        workers: Threads or tasks that call at a time.
        value: What `echo` gets.
        size: Instead of `value`: the size of a text, in bytes.
        events: Of a burst.
        connections: How many to open and hold.
        before: How many more connections are open before. The first ones fill memory that the start of a process has
            left free, and make the heap of Node grow. Only the later ones show what a connection costs.
        beside: The same job in another way. The goals compare the two jobs, and not the job with the reference.
        typed: The calls are those of a typed package.
        peer: "stub"; or "engine", a real one with an actor host; or "fake", a `FakeEngine` in the contestant's process.
    """

    title: str
    kind: str = "calls"
    unit: str = "µs"
    contestants: tuple[str, ...] = ALL
    transport: str = "http"
    workers: int = 1
    value: Any = 7
    size: int = 0
    events: int = 50_000
    connections: int = 0
    before: int = 1
    beside: str = ""
    typed: bool = False
    tls: bool = False
    peer: str = "stub"


http, ws = Job, partial(Job, transport="ws")
held = partial(ws, kind="hold", unit="ms", contestants=CLIENTS, before=200)
OBJECT = {"id": 7, "text": "hello", "urgent": False}
OURS = CLIENTS[:3]  # TypeScript has no typed calls of its own, and refuses 100 MB
MB = 1_000_000

JOBS = {
    "http": http("HTTP call, one at a time"),
    "http-32": http("HTTP calls, 32 at a time", workers=32),
    "ws": ws("WebSocket call, one at a time"),
    "ws-64": ws("WebSocket calls, 64 in flight", workers=64),
    "listener": ws("event to a listener", "listener"),
    "iterator": ws("event from `events()`", "iterator", contestants=CLIENTS),
    "start": http("process start to first HTTP call", "start", "ms"),
    "https": http("HTTP call over TLS", tls=True),
    "wss": ws("WebSocket call over TLS", tls=True),
    "http-object": http("HTTP call, an object", value=OBJECT, contestants=CLIENTS),
    "http-typed": http("the same, typed", value=OBJECT, contestants=OURS, typed=True, beside="http-object"),
    "ws-object": ws("WebSocket call, an object", value=OBJECT, contestants=CLIENTS),
    "ws-typed": ws("the same, typed", value=OBJECT, contestants=OURS, typed=True, beside="ws-object"),
    "http-1mb": http("HTTP call, 1 MB each way", unit="ms", size=MB),
    "http-10mb": http("HTTP call, 10 MB each way", unit="ms", size=10 * MB, contestants=CLIENTS),
    "http-100mb": http("HTTP call, 100 MB each way", unit="ms", size=100 * MB, contestants=OURS),
    "ws-1mb": ws("WebSocket call, 1 MB each way", unit="ms", size=MB),
    "ws-10mb": ws("WebSocket call, 10 MB each way", unit="ms", size=10 * MB, contestants=CLIENTS),
    "ws-100mb": ws("WebSocket call, 100 MB each way", unit="ms", size=100 * MB, contestants=OURS),
    "hold": held("opening one of the first 100 connections", connections=100, before=1),
    "hold-100": held("opening one of 100 more connections", connections=100),
    "hold-250": held("opening one of 250 more connections", connections=250),
    "hold-500": held("opening one of 500 more connections", connections=500),
    "engine-http": http("HTTP call, one at a time", peer="engine", contestants=CLIENTS),
    "engine-http-32": http("HTTP calls, 32 at a time", workers=32, peer="engine", contestants=CLIENTS),
    "engine-ws": ws("WebSocket call, one at a time", peer="engine", contestants=CLIENTS),
    "engine-ws-64": ws("WebSocket calls, 64 in flight", workers=64, peer="engine", contestants=CLIENTS),
    "engine-listener": ws("event to a listener", "listener", events=500, peer="engine", contestants=CLIENTS),
    "fake-http": http("HTTP call, one at a time", peer="fake", contestants=OURS, beside="http"),
    "fake-ws": ws("WebSocket call, one at a time", peer="fake", contestants=OURS, beside="ws"),
    "fake-start": http(
        "process start to first HTTP call", "start", "ms", peer="fake", contestants=OURS, beside="start"
    ),
    "fake-cycle": http("to start and stop one", "cycle", "ms", peer="fake", contestants=CLIENTS[:1]),
}

# The reference client's cost divided by ours must be at least this. For connections that are held, the cost is memory.
GOALS = {
    "http": {"blocking": 3.0, "asyncio": 2.2},
    "http-32": {"blocking": 2.0, "asyncio": 3.5},
    "ws": {"blocking": 1.0, "asyncio": 0.75, "uvloop": 1.0},
    "ws-64": {"blocking": 0.35, "asyncio": 1.3},
    "listener": {"blocking": 1.3, "asyncio": 1.3},
    "iterator": {"blocking": 1.1, "asyncio": 1.1},
    "start": {"blocking": 1.5, "asyncio": 1.5},
    "hold": {"blocking": 1.0, "asyncio": 2.0},
    "http-typed": {"blocking": 0.87, "asyncio": 0.87},  # 15 % dearer than dynamic calls, at most
    "ws-typed": {"blocking": 0.87, "asyncio": 0.87},
    "fake-http": {"blocking": 0.33, "asyncio": 0.33},  # three times as dear as with the stub, at most
}

# From step to step, the cost of a byte, or of a connection, should stay what it was.
SERIES = {
    "HTTP, 1 to 10 to 100 MB": ("http-1mb", "http-10mb", "http-100mb"),
    "WebSocket, 1 to 10 to 100 MB": ("ws-1mb", "ws-10mb", "ws-100mb"),
    "100 to 250 to 500 connections": ("hold-100", "hold-250", "hold-500"),
}
