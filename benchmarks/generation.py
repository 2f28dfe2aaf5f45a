"""How long does generating a typed package of 50 actors take, measured against the model generator on its models alone?

    python benchmarks/generation.py [--rounds 9]

The rival is datamodel-code-generator, called as the generator calls it: the same models, the same options, nothing
else. Both start from a file and end with files, in fresh processes that run in turns, so that whatever else the machine
does touches both; the ratio of the medians counts. Ours also makes the clients, checks names and runs ruff.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATHS = [str(ROOT), str(ROOT / "generated"), str(ROOT / "codegen")]
sys.path[:0] = PATHS

from turns import race, rounds  # noqa: E402

from rivet_codegen.registry.build import actor_views  # noqa: E402
from rivet_codegen.registry.document import read_document  # noqa: E402
from rivet_codegen.registry.schemas import SchemaConverter  # noqa: E402

ACTORS = 50
LIMIT = 3.0

RIVAL = """
import json, sys
from pathlib import Path
from rivet_codegen.registry.models import generated_models
models, fields = json.loads(Path(sys.argv[1]).read_bytes())
Path(sys.argv[2]).write_text(generated_models(models, fields, are_checked=True))
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
    actor_views(read, converter, [])  # finds the models without a name
    models = folder / "models.json"
    models.write_text(json.dumps([converter.models, converter.fields]))
    return {
        "datamodel-code-generator": [sys.executable, "-c", RIVAL, str(models), str(folder / "models.py")],
        "rivet-client generate": [
            *(sys.executable, "-m", "rivet_client", "generate", str(registry)),
            *("-o", str(folder / "package")),
        ],
    }


def main() -> int:
    count = rounds(__doc__)
    with tempfile.TemporaryDirectory(prefix="rivet-generation-") as name:
        ratio = race(contestants(Path(name)), count, PATHS)
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
