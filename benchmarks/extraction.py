"""How long does reading a registry take, measured against the compiler on the same files?

    python benchmarks/extraction.py [--rounds 9]

One registry has one actor with two actions, the other 200 actors with 20 actions each. The rival is `tsc --noEmit` of
the same TypeScript on the same files, as a project of these files and nothing else. The contestants run in turns, so
that whatever else the machine does touches all of them; the ratio of the medians counts. "unchanged" is answered from
the cache. Needs the npm packages of tests/registries.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "codegen")]

from turns import race, rounds  # noqa: E402

from rivet_client.testing.local.npm import install  # noqa: E402
from rivet_codegen.extraction import extract as extraction  # noqa: E402
from rivet_codegen.extraction.typescript_cache import installed_typescript  # noqa: E402

REGISTRIES = ROOT / "tests" / "registries"
LIMIT = 1.3  # of one actor
LIMIT_OF_MANY = 0.8
ACTORS, ACTIONS = 200, 20

REGISTRY = """import { actor, event, setup } from "rivetkit";

/** A number that everybody with the same key shares. */
export const counter = actor({
  state: { count: 0 },
  events: { newCount: event<number>() },
  actions: {
    /** Add to the count. */
    increment: (c, amount: number): number => {
      c.state.count += amount;
      c.broadcast("newCount", c.state.count);
      return c.state.count;
    },
    getCount: (c): number => c.state.count,
  },
});

export const registry = setup({ use: { counter } });
"""
IMPORTS = 'import { actor, event, queue, setup } from "rivetkit";\n'
ROOM = """
/** A person in a room. */
export interface Member { id: string; name: string; role: "owner" | "guest"; joinedAt: Date | null; tags: string[] }
/** What somebody said. */
export interface Message { seq: number; author: Member; text: string; meta?: Record<string, string | number> }
export type Change = { kind: "joined"; who: Member } | { kind: "left"; id: string } | { kind: "said"; what: Message };
export const room = actor({
  createState: (_c: unknown, input: { topic: string; limit?: number }) => ({
    topic: input.topic, members: [] as Member[], messages: [] as Message[],
  }),
  createConnState: (_c: unknown, params: { name: string }) => ({ name: params.name }),
  events: { posted: event<Message>(), changed: event<Change>() },
  queues: { jobs: queue<{ id: string; change: Change }, { ok: boolean }>() },
  actions: {
    %s
  },
});
"""
KINDS = (
    "(c, text: string, to?: number): Message => ({ seq: to ?? 0, author: c.state.members[0]!, text }),",
    "async (c, limit: number = 20): Promise<{ items: Message[] }> => ({ items: c.state.messages.slice(limit) }),",
    "(c, by: { role?: string; since?: Date }) => c.state.members.filter((member) => member.role === by.role),",
    "(c) => ({ members: c.state.members.length, latest: c.state.messages.at(-1) ?? null }),",
    "(c, change: Change, ...tags: string[]): boolean => change.kind === 'left' && tags.length > 0,",
)
OPTIONS = {
    "target": "es2022",
    "module": "nodenext",
    "strict": True,
    "skipLibCheck": True,
    "types": ["node"],
    "allowImportingTsExtensions": True,
    "noEmit": True,
}


def many_rooms() -> dict[str, str]:
    """A registry of many actors, each in a file of its own with types of its own."""
    actions = "\n".join(f"action{at}: {KINDS[at % len(KINDS)]}" for at in range(ACTIONS))
    rooms = [f"room{number}" for number in range(ACTORS)]
    files = {f"{name}.ts": IMPORTS + ROOM % actions for name in rooms}
    imports = "".join(f'import {{ room as {name} }} from "./{name}.ts";\n' for name in rooms)
    use = f"export const registry = setup({{ use: {{ {', '.join(rooms)} }} }});\n"
    return {**files, "registry.ts": IMPORTS + imports + use}


def contestants(folder: Path, files: dict[str, str]) -> dict[str, list[str]]:
    folder.mkdir()
    (folder / "node_modules").symlink_to(REGISTRIES / "node_modules")
    config = json.dumps({"compilerOptions": OPTIONS, "files": ["registry.ts"]})
    for name, text in {"package.json": '{"type": "module"}', "tsconfig.json": config, **files}.items():
        (folder / name).write_text(text)
    typescript = installed_typescript(print)
    os.environ["RIVET_TYPESCRIPT"] = str(typescript)
    os.environ["NODE_COMPILE_CACHE"] = str(folder / "compiled")
    script = Path(extraction.__file__).parents[1] / "typescript" / "extract.mjs"
    program = (
        "import sys, pathlib, rivet_codegen.extraction.extract as it; "
        "it.extract(pathlib.Path(sys.argv[1]), cache={})"
    )
    registry = str(folder / "registry.ts")
    return {
        "tsc": ["node", str(typescript / "node_modules/typescript/bin/tsc"), "--noEmit", "-p", str(folder)],
        "extract.mjs": ["node", str(script), registry],
        "unchanged": [sys.executable, "-c", program.format(True), registry],
        "with Python": [sys.executable, "-c", program.format(False), registry],
    }


def main() -> int:
    count = rounds(__doc__)
    install(REGISTRIES, say=print)
    paths = [str(ROOT / "codegen")]
    with tempfile.TemporaryDirectory(prefix="rivet-extraction-") as name:
        print("1 actor, 2 actions")
        one = race(contestants(Path(name) / "one", {"registry.ts": REGISTRY}), count, paths)
        print(f"{ACTORS} actors, {ACTIONS} actions each")
        many = race(contestants(Path(name) / "many", many_rooms()), max(1, count // 3), paths)
    return 0 if one <= LIMIT and many <= LIMIT_OF_MANY else 1


if __name__ == "__main__":
    sys.exit(main())
