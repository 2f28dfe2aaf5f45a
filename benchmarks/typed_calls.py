"""What does a typed call cost, measured against a dynamic one?

    python benchmarks/typed_calls.py [--rounds 40]

Counts the CPU time of the client's process, all its threads included, for calls to the stub peer with small payloads: a
number, and an object of three fields, which a typed call takes and gives as a model. Each case has a process of its
own, in which dynamic and typed calls take turns, so that whatever else the machine does touches both; the ratio of the
medians counts. Needs Node; the stub's npm packages are not needed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "generated"), str(ROOT / "codegen")]

LIMIT = 1.15
SECONDS = 0.05  # of a turn
WARM_UP = 5  # turns
PACKAGE = "typed_calls_package"
OBJECT = {"id": 7, "text": "hello", "urgent": False}

Costs = dict[str, list[float]]  # of each contestant: microseconds per call, by turn


def document() -> dict[str, Any]:
    """A registry with an actor for each payload, whose action `echo` returns what it gets."""
    fields = {"id": {"type": "integer"}, "text": {"type": "string"}, "urgent": {"type": "boolean"}}
    line = {"type": "object", "properties": fields, "required": list(fields)}
    actors = {}
    for payload, schema in {"number": {"type": "number"}, "object": {"$ref": "#/$defs/Line"}}.items():
        echo = {"params": [{"name": "value", "schema": schema, "required": True}], "returns": schema}
        actors[payload] = {"actions": {"echo": echo}}
    return {"x-rivet-registry": {"formatVersion": 1}, "actors": actors, "$defs": {"Line": line}}


def contestants(payload: str) -> dict[str, tuple[Any, Any]]:
    """The module of each, and what it sends."""
    import rivet_client

    typed = importlib.import_module(PACKAGE)
    if payload == "number":
        return {"dynamic": (rivet_client, 7), "typed": (typed, 7)}
    return {"dynamic": (rivet_client, OBJECT), "typed": (typed, typed.models.Line(**OBJECT))}


def echo(target: Any, value: Any) -> Any:
    return target.echo(value)


def blocking(endpoint: str, transport: str, payload: str, rounds: int) -> Costs:
    with ExitStack() as stack:
        calls = {}
        for name, (module, value) in contestants(payload).items():
            client = stack.enter_context(module.Client(endpoint))
            handle = getattr(client, payload).get_or_create("bench")
            target = stack.enter_context(handle.connect()) if transport == "WebSocket" else handle
            calls[name] = partial(echo, target, value)
        costs: Costs = {name: [] for name in calls}
        for _ in range(WARM_UP + rounds):
            for name, call in calls.items():
                costs[name].append(turn(call))
        return costs


def turn(call: Callable[[], object]) -> float:
    count, start, deadline = 0, time.process_time(), time.perf_counter() + SECONDS
    while time.perf_counter() < deadline:
        call()
        count += 1
    return (time.process_time() - start) / count * 1e6


async def in_asyncio(endpoint: str, transport: str, payload: str, rounds: int) -> Costs:
    async with AsyncExitStack() as stack:
        calls = {}
        for name, (module, value) in contestants(payload).items():
            client = await stack.enter_async_context(module.AsyncClient(endpoint))
            handle = getattr(client, payload).get_or_create("bench")
            target = await stack.enter_async_context(handle.connect()) if transport == "WebSocket" else handle
            calls[name] = partial(echo, target, value)
        costs: Costs = {name: [] for name in calls}
        for _ in range(WARM_UP + rounds):
            for name, call in calls.items():
                costs[name].append(await turn_in_asyncio(call))
        return costs


async def turn_in_asyncio(call: Callable[[], Awaitable[object]]) -> float:
    count, start, deadline = 0, time.process_time(), time.perf_counter() + SECONDS
    while time.perf_counter() < deadline:
        await call()
        count += 1
    return (time.process_time() - start) / count * 1e6


def measure(folder: str, flavour: str, *case: str) -> None:
    """Print the costs of one case as JSON."""
    sys.path.insert(0, folder)
    endpoint, transport, payload, rounds = case
    if flavour == "asyncio":
        costs = asyncio.run(in_asyncio(endpoint, transport, payload, int(rounds)))
    else:
        costs = blocking(endpoint, transport, payload, int(rounds))
    print(json.dumps({name: turns[WARM_UP:] for name, turns in costs.items()}))


def main() -> int:
    from run import stub

    from rivet_codegen.tree import write_tree
    from rivet_codegen.typed_package import render

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=40, help="turns of each, after some to warm up")
    rounds: int = parser.parse_args().rounds
    ratios = []
    with tempfile.TemporaryDirectory(prefix="rivet-typed-") as folder, stub(1) as (_, peer):
        write_tree(render(document(), package=PACKAGE).tree, Path(folder) / PACKAGE)
        for payload, transport, flavour in product(
            ("number", "object"), ("HTTP", "WebSocket"), ("blocking", "asyncio")
        ):
            case = (folder, flavour, peer["endpoint"], transport, payload, str(rounds))
            command = [sys.executable, __file__, "--measure", *case]
            costs = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
            dynamic, typed = (statistics.median(costs[name]) for name in ("dynamic", "typed"))
            ratios.append(typed / dynamic)
            print(
                f"{transport:9}  {payload:6}  {flavour:8}  dynamic {dynamic:5.1f} µs, typed {typed:5.1f} µs:"
                f"  {ratios[-1]:.2f} x",
                flush=True,
            )
    return 0 if max(ratios) <= LIMIT else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        sys.exit(main())
