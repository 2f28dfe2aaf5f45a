"""Builds the site into build/site; warnings are errors. Pages that have not changed are not built again.

python docs/site/build.py            every link within the site is checked
python docs/site/build.py --links    and every other one, which needs a network
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"


def build(builder: str = "html", output: Path = SITE) -> int:
    """Run Sphinx, and return its exit code."""
    options = ("--quiet", "--nitpicky", "--fail-on-warning", "--keep-going", "--jobs=auto", "--color")
    folders = ("-c", str(ROOT / "docs" / "site"), "-d", str(ROOT / "build" / "site-pages"))
    command = (sys.executable, "-m", "sphinx", "-b", builder, *options, *folders)
    return subprocess.run([*command, str(ROOT / "docs"), str(output)], check=False).returncode


def main() -> int:
    """Build, and say where the site is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", action="store_true", help="check links to other hosts, too")
    arguments = parser.parse_args()
    code = build()
    if not code and arguments.links:
        code = build("linkcheck", ROOT / "build" / "site-links")
    if not code:
        print(f"built {SITE / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
