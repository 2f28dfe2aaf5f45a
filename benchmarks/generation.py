"""How long does generating a typed package take, and what does a program pay that uses one actor of a large package?

    python benchmarks/generation.py [--rounds 9]

The first part has a registry of 50 actors. The rival is datamodel-code-generator, called as the generator calls it: the
same options, the models one by one, nothing else. Both start from a file and end with files, in fresh processes that
run in turns, so that whatever else the machine does touches both; the ratio of the medians counts. Ours also makes the
clients, checks names and runs ruff.

The second part has a registry of 200 actors with 20 actions each. Its figures are CPU seconds, with all processes that
were started, and the highest memory of a program that makes its first client and one typed call, Python included.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATHS = [str(ROOT), str(ROOT / "generated"), str(ROOT / "codegen")]
sys.path[:0] = PATHS

from turns import race, rounds  # noqa: E402

from rivet_client._wire import cbor  # noqa: E402
from rivet_client_generated.protocol import frames  # noqa: E402
from rivet_client_generated.protocol.messages import HttpActionResponse  # noqa: E402
from rivet_codegen.registry.build import actor_views  # noqa: E402
from rivet_codegen.registry.document import read_document  # noqa: E402
from rivet_codegen.registry.errors import ErrorClasses  # noqa: E402
from rivet_codegen.registry.schemas import SchemaConverter  # noqa: E402
from tests.support.stub_peer import StubPeer, Visit  # noqa: E402

ACTORS = 50
LIMIT = 3.0
LARGE = {"generating": (8.0, 0.0), "first call, compiling": (0.5, 60.0), "first call, compiled": (0.5, 60.0)}
"""The large package: what its figures should not exceed, in CPU seconds and MB."""

RIVAL = """
import json, sys
from pathlib import Path
from rivet_codegen.registry.models import generated_models
models, fields = json.loads(Path(sys.argv[1]).read_bytes())
Path(sys.argv[2]).write_text(generated_models(models, fields, are_checked=True))
"""


FIRST_CALL = """
import resource, sys, time
from package import Client
with Client(sys.argv[1]) as client:
    page = client.room7.get("k").action3({"name": "n"}, "note")
assert page.item.title == "t"
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.process_time(), most / 1e6 if sys.platform == "darwin" else most / 1e3)
"""


def document() -> dict[str, Any]:
    """A registry of chat rooms, all with types of their own."""
    text, whole = {"type": "string"}, {"type": "integer"}
    actors, definitions = {}, {}
    for number in range(ACTORS):
        member, message = f"Member{number}", f"Message{number}"
        to_member, to_message = ({"$ref": f"#/$defs/{name}"} for name in (member, message))
        definitions[member] = {
            "type": "object",
            "properties": {"displayName": text, "role": {"enum": ["owner", "member"]}, "joinedAt": whole},
            "required": ["displayName", "role"],
            "description": "One person in the room.",
        }
        definitions[message] = {
            "type": "object",
            "properties": {
                "seq": whole,
                "author": to_member,
                "text": text,
                "replyTo": {"anyOf": [whole, {"type": "null"}]},
            },
            "required": ["seq", "author", "text", "replyTo"],
        }
        page = {
            "type": "object",
            "properties": {"items": {"type": "array", "items": to_message}, "next": text},
        }
        params = [("text", text, True), ("replyTo", whole, False)]
        post = {
            "params": [
                {"name": name, "schema": schema, "required": needed} for name, schema, needed in params
            ]
        }
        none = {"params": []}
        actors[f"room{number}"] = {
            "input": {"schema": {"type": "object", "properties": {"topic": text}}, "required": False},
            "connParams": {"schema": to_member, "required": True},
            "actions": {
                "post": {**post, "returns": to_message, "description": "Say something."},
                "history": {**none, "returns": page},
                "members.list": {**none, "returns": {"type": "array", "items": to_member}},
                "count": {**none, "returns": whole},
            },
            "events": {"posted": {"args": [{"name": "message", "schema": to_message, "required": True}]}},
            "queues": {
                "digest": {"message": {"type": "object", "properties": {"limit": whole}}, "complete": page}
            },
        }
    return {"x-rivet-registry": {"formatVersion": 1}, "actors": actors, "$defs": definitions}


def contestants(folder: Path) -> dict[str, list[str]]:
    registry = folder / "registry.json"
    registry.write_text(json.dumps(document()))
    read = read_document(document())
    converter = SchemaConverter(read, [])
    actor_views(read, converter, ErrorClasses(read, []), [])  # finds the models without a name
    models = folder / "models.json"
    models.write_text(json.dumps([converter.models, converter.fields]))
    return {
        "datamodel-code-generator": [sys.executable, "-c", RIVAL, str(models), str(folder / "models.py")],
        "rivet-client generate": [
            *(sys.executable, "-m", "rivet_client", "generate", str(registry)),
            *("-o", str(folder / "package")),
        ],
    }


def large_document() -> dict[str, Any]:
    """A registry of 200 actors with 20 actions each; each action has types of its own, and some types are shared."""
    text, whole = {"type": "string"}, {"type": "integer"}
    definitions = {
        f"User{number}": {
            "type": "object",
            "properties": {"id": text, "tags": {"type": "array", "items": text}},
            "required": ["id"],
        }
        for number in range(20)
    }
    actors = {}
    for number in range(200):
        item = {"$ref": f"#/$defs/Item{number}"}
        definitions[f"Item{number}"] = {
            "type": "object",
            "properties": {
                "title": text,
                "role": {"enum": ["owner", "member"]},
                "by": {"$ref": f"#/$defs/User{number % 20}"},
            },
            "required": ["title", "role"],
        }
        query = {"type": "object", "properties": {"name": text, "limit": whole}, "required": ["name"]}
        page = {"type": "object", "properties": {"item": item, "total": whole}, "required": ["item"]}
        params = [
            {"name": "query", "schema": query, "required": True},
            {"name": "note", "schema": text, "required": False},
        ]
        actors[f"room{number}"] = {
            "actions": {
                f"action{at}": {"params": params, "returns": page, "description": "Do something."}
                for at in range(20)
            },
            "events": {"posted": {"args": [{"name": "item", "schema": item, "required": True}]}},
        }
    return {"x-rivet-registry": {"formatVersion": 1}, "actors": actors, "$defs": definitions}


async def large(folder: Path, count: int) -> dict[str, tuple[float, float]]:
    """Return the figures of the large package, in CPU seconds and MB."""
    (folder / "large.json").write_text(json.dumps(large_document()))
    before = _children()
    _run("-m", "rivet_client", "generate", str(folder / "large.json"), "-o", str(folder / "package"))
    figures = {"generating": (_children() - before, 0.0)}

    async def respond(visit: Visit) -> None:
        output = cbor.encode({"item": {"title": "t", "role": "owner"}})
        await visit.respond(200, frames.encode_http_action_response(HttpActionResponse(output=output)))

    async with StubPeer(requests=[respond]) as peer:
        for name, keeps_compiled in (("first call, compiling", False), ("first call, compiled", True)):
            runs = []
            for _ in range(count + 1):  # the first one compiles, whatever there is to compile
                environment = {
                    "PYTHONPATH": str(folder),
                    "PYTHONDONTWRITEBYTECODE": "" if keeps_compiled else "1",
                }
                out = await asyncio.to_thread(_run, "-c", FIRST_CALL, peer.url, **environment)
                runs.append([float(figure) for figure in out.split()])
            cpu, memory = map(statistics.median, zip(*runs[1:], strict=True))
            figures[name] = (cpu, memory)
    return figures


def _run(*arguments: str, **environment: str) -> str:
    paths = os.pathsep.join([*filter(None, [environment.pop("PYTHONPATH", "")]), *PATHS])
    environment = {**os.environ, **environment, "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def _children() -> float:
    """The CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    count = rounds(__doc__)
    with tempfile.TemporaryDirectory(prefix="rivet-generation-") as name:
        ratio = race(contestants(Path(name)), count, PATHS)
        figures = asyncio.run(large(Path(name), count))
    is_good = ratio <= LIMIT
    for name, (cpu, memory) in figures.items():
        most_cpu, most_memory = LARGE[name]
        is_good = is_good and cpu <= most_cpu and memory <= most_memory
        print(f"200 actors: {name:24} {cpu:5.2f} CPU s (at most {most_cpu})", end="")
        print(f", {memory:.0f} MB (at most {most_memory:.0f})" if most_memory else "")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
