"""What has changed in the public API since the last release, and what of it the changelog does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["UNRELEASED", "Change", "changes", "complaint", "newest_version", "read", "untold", "written"]

UNRELEASED = "Unreleased"
_HEAD = "# The public API as of {}. `python3 noxfile.py api -- --write` writes this file: see docs/development.md."


class Change(NamedTuple):
    """One item that is not what it was, or not there any more, or new."""

    item: str
    was: str | None
    now: str | None

    @property
    def is_breaking(self) -> bool:
        """Whether a program that worked may need a change; `docs/versions.md` has the rules."""
        is_parameter, needs_value = self.item.endswith(")"), not re.search(r" = |^variadic", self.now or "")
        return self.was is not None or (is_parameter and needs_value)

    @property
    def names(self) -> frozenset[str]:
        """What an entry has to name: the item by its last name, and with a parameter also its function or class."""
        path, _, parameter = self.item.removesuffix(")").partition("(")
        own = re.split(r"[. \[]", path.removesuffix("]"))[-1]
        return frozenset({own.removeprefix("Async"), parameter} - {""})

    def __str__(self) -> str:
        what = [text for text in (self.was, self.now) if text is not None]
        kind = "new" if self.was is None else "removed" if self.now is None else "changed"
        return f"{kind}{' (breaking)' if self.is_breaking else ''}: {self.item}  {'  ->  '.join(what)}"


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Compare two surfaces. What comes or goes with its class, function or command is no change of its own."""
    found: list[Change] = []
    for item in sorted(old.keys() | new.keys()):
        was, now = old.get(item), new.get(item)
        if was != now and not any(_comes_with(item, was, now, other) for other in found):
            found.append(Change(item, was, now))
    return found


def _comes_with(item: str, was: str | None, now: str | None, parent: Change) -> bool:
    is_below = item.startswith(parent.item) and item[len(parent.item)] in ".( "
    return is_below and (was is parent.was is None or now is parent.now is None)


def newest_version(changelog: str) -> str:
    """Return the newest version that has a section in the changelog, or "Unreleased" if there is none."""
    versions = re.findall(r"^## \[?([0-9][^\]\s]*)", changelog, re.MULTILINE)
    return versions[0] if versions else UNRELEASED


def entries(changelog: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Return the entries of what is unreleased: the kind of change (Added …), and the names in the entry's code."""
    unreleased = re.search(rf"^## \[?{UNRELEASED}\b(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    for section in re.split(r"^### ", unreleased[1] if unreleased else "", flags=re.MULTILINE)[1:]:
        kind, _, rest = section.partition("\n")
        for entry in re.split(r"^- ", rest, flags=re.MULTILINE)[1:]:
            names = re.findall(r"-*\w[\w-]*", " ".join(re.findall(r"`+([^`]+)`+", entry)))
            yield kind.strip(), frozenset(name.removeprefix("Async") for name in names)


def untold(found: list[Change], changelog: str) -> list[Change]:
    """Return the changes that have no entry. What breaks needs one under "Changed" or "Removed"."""
    told = list(entries(changelog))

    def is_told(change: Change) -> bool:
        fitting = (names for kind, names in told if kind in ("Changed", "Removed") or not change.is_breaking)
        return any(change.names <= names for names in fitting)

    return [change for change in found if not is_told(change)]


def complaint(missing: list[Change]) -> str:
    """Say what to do about changes that have no entry."""
    lines = [f"  {change}\n      to be named: {', '.join(sorted(change.names))}" for change in missing]
    return "\n".join(
        [
            f"CHANGELOG.md does not tell of {len(missing)} changes of the public API:",
            *lines,
            "Write an entry under Unreleased for each, with these names as code. What is breaking belongs under",
            "Changed or Removed: is there a way without it, such as a deprecation (docs/versions.md)?",
            "Before the first release, `python3 noxfile.py api -- --write` is enough; read the diff then.",
        ]
    )


def read(text: str) -> tuple[str, dict[str, str]]:
    """Read a snapshot: the version, and the surface."""
    head, *lines = text.splitlines()
    before, after = _HEAD.split("{}")
    version = head.removeprefix(before).removesuffix(after)
    return version, dict(re.split("  ", line, maxsplit=1) for line in lines)


def written(version: str, items: Mapping[str, str]) -> str:
    """Return the text of a snapshot."""
    return "\n".join([_HEAD.format(version), *(f"{item}  {holds}" for item, holds in items.items()), ""])
