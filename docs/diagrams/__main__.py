"""Draws the diagrams of the guides into docs/images.

    python docs/diagrams            writes them
    python docs/diagrams --check    says which of those in docs/images are not what it would write; exit code 1 if any

Each module draws one picture, from the code and the pages where they know what it shows, so a picture cannot become
wrong in silence: either it changes, or this command fails.
"""

from __future__ import annotations

import sys
from pathlib import Path

import call_connection
import call_http
import layers
import retries
import states
import timeouts

IMAGES = Path(__file__).parents[1] / "images"
PICTURES = {
    "call-over-http.svg": call_http.draw,
    "call-over-a-connection.svg": call_connection.draw,
    "states-of-a-connection.svg": states.draw,
    "retry-classes.svg": retries.draw,
    "time-outs.svg": timeouts.draw,
    "layers.svg": layers.draw,
}


def main() -> int:
    """Run the command, and return its exit code."""
    stale = []
    for name, draw in PICTURES.items():
        path, text = IMAGES / name, draw()
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(f"not what `python docs/diagrams` draws: {', '.join(stale)}", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
