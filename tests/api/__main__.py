"""Tells what has changed in the public API since the last release.

    python -m tests.api            # what has changed; the exit code is 1 if the changelog does not tell all of it
    python -m tests.api --write    # at a release: write `public.txt` anew

`docs/development.md` says when to do what.
"""

from __future__ import annotations

import sys

from tests.api.changes import UNRELEASED, changes, complaint, newest_version, read, untold, written
from tests.api.surface import surface
from tests.support.public_api import ROOT

SNAPSHOT = ROOT / "tests" / "api" / "public.txt"
CHANGELOG = ROOT / "CHANGELOG.md"


def main(arguments: list[str]) -> int:
    changelog = CHANGELOG.read_text(encoding="utf-8")
    version, old = read(SNAPSHOT.read_text(encoding="utf-8"))
    if arguments == ["--write"]:
        newest = newest_version(changelog)
        if version == newest != UNRELEASED:
            sys.exit(
                f"error: {version} is released; only a new version's section in {CHANGELOG.name} changes this"
            )
        SNAPSHOT.write_text(written(newest, surface()), encoding="utf-8")
        return 0
    found = changes(old, surface())
    print(f"{len(found)} changes since {version}", *found, sep="\n")
    missing = untold(found, changelog)
    if missing:
        print(complaint(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
