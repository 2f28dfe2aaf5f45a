"""The command `rivet-client`. Its libraries are the extra `cli`; without them it says what to install."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> None:
    """Run the command with the arguments of the process, and exit."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            null = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, open(null, "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    missing = [name for name in ("click", "platformdirs", "rich", "watchfiles") if find_spec(name) is None]
    if missing:
        sys.exit(
            f"error: the command rivet-client needs packages that are not installed: {', '.join(missing)}\n"
            f"hint: they are in the extra cli of rivet-client: pip install {' '.join(missing)}"
        )
    try:
        from rivet_client.cli.app import root

        root.main(prog_name="rivet-client")
    except KeyboardInterrupt:  # before or after a command, when no command handles it
        sys.exit(130)
