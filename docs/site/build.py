"""Builds the site into build/site; warnings are errors. Pages that have not changed are not built again.

python docs/site/build.py            every link within the site is checked
python docs/site/build.py --links    and every other one, which needs a network
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["SITE", "build", "is_fresh", "only_one"]

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"

_PAGES = ROOT / "build" / "site-pages"
_STAMP = _PAGES / "built-from"
_HIDDEN = re.compile(r"(^|[/\\])(\.|__pycache__|node_modules)")
_SOURCES = ("docs", "examples", "generated", "rivet_client", "schema", "*.md")


def build(builder: str = "html", output: Path = SITE) -> int:
    """Run Sphinx, and return its exit code."""
    _STAMP.unlink(missing_ok=True)
    sources = _fingerprint()
    options = ("--quiet", "--nitpicky", "--fail-on-warning", "--keep-going", "--jobs=auto")
    folders = ("-c", str(ROOT / "docs" / "site"), "-d", str(_PAGES), str(ROOT / "docs"), str(output))
    command = (sys.executable, "-m", "sphinx", "-b", builder, *options, *folders)
    code = subprocess.run(command, check=False).returncode
    if code == 0:
        _STAMP.write_text(sources)
    return code


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Wait until no other process of this project builds or looks at the site."""
    _PAGES.mkdir(parents=True, exist_ok=True)
    with open(_PAGES / "lock", "w") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_fresh() -> bool:
    """Whether the site was built from what its sources are now."""
    return _STAMP.exists() and _STAMP.read_text() == _fingerprint() and (SITE / "index.html").exists()


def _fingerprint() -> str:
    """Return what changes when a file does that the site may be made of."""
    found = (
        file for pattern in _SOURCES for place in ROOT.glob(pattern) for file in (place, *place.rglob("*"))
    )
    files = sorted(it for it in found if it.is_file() and not _HIDDEN.search(str(it.relative_to(ROOT))))
    told = (f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}\n" for file in files)
    return hashlib.sha256("".join(told).encode()).hexdigest()


def main() -> int:
    """Build, and say where the site is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", action="store_true", help="check links to other hosts, too")
    arguments = parser.parse_args()
    with only_one():
        code = build()
        if not code and arguments.links:
            code = build("linkcheck", ROOT / "build" / "site-links")
    if not code:
        print(f"built {SITE / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
