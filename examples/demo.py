"""The whole thing once: a real engine, the bindings regenerated, a blocking and an asyncio program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from rivet_client.testing import EngineError, LocalEngine

EXAMPLES = Path(__file__).parent
REGISTRY = EXAMPLES / "registry" / "registry.ts"


def main() -> int:
    # A plain SIGTERM ends like Ctrl-C: through the `with` below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with LocalEngine(REGISTRY, install=True, say=say) as engine:
            say(f"the engine answers at {engine.url}")
            heading("Regenerating the bindings from schema/")
            run("-m", "rivet_codegen", "--check")
            for script in ("blocking_counter.py", "asyncio_chat.py"):
                heading(f"examples/{script}")
                run(str(EXAMPLES / script), RIVET_ENDPOINT=engine.url)
            heading("Stopping the engine")
    except KeyboardInterrupt:
        say("interrupted; the engine is stopped")
        return 128 + signal.SIGINT
    except subprocess.CalledProcessError as error:
        say(f"failed with exit code {error.returncode}; the engine is stopped")
        return error.returncode
    except EngineError as error:
        say(f"error: {error}")
        return 1
    say("done: everything that was started is stopped")
    return 0


def run(*arguments: str, **env: str) -> None:
    # The programs must not get the settings or the proxy of the person who runs this.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RIVET_") and not name.lower().endswith("_proxy")
    }
    # In a group of its own: Ctrl-C reaches this program alone, which then ends that one.
    subprocess.run([sys.executable, *arguments], env={**inherited, **env}, check=True, process_group=0)


def heading(text: str) -> None:
    print(f"\n=== {text}", flush=True)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
