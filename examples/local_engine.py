"""A local engine with the actors of examples/registry, from a shell. Needs Node 20.6 or newer and npm.

    python examples/local_engine.py                       # until Ctrl-C
    python examples/local_engine.py python my_script.py   # RIVET_ENDPOINT is set for the command

From Python: `with rivet_client.testing.LocalEngine("path/to/registry.ts") as engine:` and `engine.url`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rivet_client.testing.local.__main__ import main

EXAMPLE_REGISTRY = Path(__file__).parent / "registry" / "registry.ts"

if __name__ == "__main__":
    sys.exit(main(["--install", "--registry", str(EXAMPLE_REGISTRY), *sys.argv[1:]]))
