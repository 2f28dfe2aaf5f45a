"""How long does reading a registry with one actor take, measured against the compiler on that file alone?

    python benchmarks/extraction.py [--rounds 9]

The rival is `tsc --noEmit` of the same TypeScript on the same file, as a project of that file and nothing else. The
contestants run in turns, so that whatever else the machine does touches all of them; the ratio of the medians counts.
Needs the npm packages of tests/registries.
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

from examples.local_engine import install  # noqa: E402
from rivet_codegen.extraction import extract as extraction  # noqa: E402
from rivet_codegen.extraction.typescript_cache import installed_typescript  # noqa: E402

REGISTRIES = ROOT / "tests" / "registries"
LIMIT = 1.3

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
OPTIONS = {"target": "es2022", "module": "nodenext", "strict": True, "skipLibCheck": True, "types": ["node"]}


def contestants(folder: Path) -> dict[str, list[str]]:
    typescript = installed_typescript(print)
    os.environ["RIVET_TYPESCRIPT"] = str(typescript)
    os.environ["NODE_COMPILE_CACHE"] = str(folder / "compiled")
    script = Path(extraction.__file__).parents[1] / "typescript" / "extract.mjs"
    program = (
        "import sys, pathlib, rivet_codegen.extraction.extract as e; e.extract(pathlib.Path(sys.argv[1]))"
    )
    return {
        "tsc": ["node", str(typescript / "node_modules/typescript/bin/tsc"), "--noEmit", "-p", str(folder)],
        "extract.mjs": ["node", str(script), str(folder / "registry.ts")],
        "with Python": [sys.executable, "-c", program, str(folder / "registry.ts")],
    }


def main() -> int:
    count = rounds(__doc__)
    install(REGISTRIES, say=print)
    with tempfile.TemporaryDirectory(prefix="rivet-extraction-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(REGISTRIES / "node_modules")
        (folder / "package.json").write_text('{"type": "module"}')
        (folder / "tsconfig.json").write_text(
            json.dumps({"compilerOptions": OPTIONS, "files": ["registry.ts"]})
        )
        (folder / "registry.ts").write_text(REGISTRY)
        ratio = race(contestants(folder), count, [str(ROOT / "codegen")])
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
