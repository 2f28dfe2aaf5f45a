"""A made-up version 5 of the protocol, which only adds: optional fields, union members, a message.

    python -m tests.support.version_5 FOLDER

writes what is generated from the schemas with it: a folder to put in front of `generated/`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import rivet_client_generated
from rivet_codegen.output.tree import build_tree
from rivet_codegen.protocol.package import render_protocol

__all__ = ["SCHEMA", "add_version_5", "generate_version_5"]

SCHEMA = Path(__file__).parents[2] / "schema"
PACKAGE = Path(rivet_client_generated.__file__).parent
CHANGES = {
    "connectionId: str\n": "connectionId: str\n  # Where the actor runs.\n  regionName: optional<str>\n",
    "  Event\n}": "  Event |\n  Progress\n}",
    "  args: Value\n}\n\n# Start or": "  args: Value\n  priority: optional<u8>\n}\n\n# Start or",
    "  SubscriptionRequest\n}": "  SubscriptionRequest |\n  Pause\n}",
    "  args: Value\n}\n\n# Body of the answer to an action": (
        "  args: Value\n  priority: optional<u8>\n  tags: optional<list<str>>\n}\n\n# Body of the answer to an action"
    ),
    "  output: Value\n}\n\n# Body of a queue": "  output: Value\n  took: optional<u64>\n}\n\n# Body of a queue",
    "  timeout: optional<u64>\n": "  timeout: optional<u64>\n  delay: optional<u64>\n",
}
NEW_TYPES = """
# How far an action is.
type Progress struct { actionId: uint share: u8 notes: list<str> }

type Pause struct { seconds: uint }

type HttpPing struct { sentAt: u64 }
"""


def add_version_5(folder: Path) -> None:
    """Add v5.bare to a folder that has v4.bare."""
    text = (folder / "v4.bare").read_text()
    for old, new in CHANGES.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "v5.bare").write_text(text + NEW_TYPES)


def generate_version_5(folder: Path) -> Path:
    """Generate the package into a new folder, beside its schemas; return what to put into the path of Python."""
    schema, package = folder / "schema", folder / "generated" / "rivet_client_generated"
    shutil.copytree(SCHEMA, schema)
    add_version_5(schema / "client_protocol")
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "protocol"))
    for path, data in build_tree(render_protocol(schema / "client_protocol")).items():
        (package / "protocol").mkdir(exist_ok=True)
        (package / "protocol" / path).write_bytes(data)
    return package.parent


if __name__ == "__main__":
    print(generate_version_5(Path(sys.argv[1])))
