"""Where the parts of a typed package stand: a folder for each actor, which also has the types that only it uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["folder_names", "types_by_home"]

_NO_FILES = frozenset(
    {"aux", "con", "nul", "prn", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
)
"""Names that no file can have on Windows."""

_LONGEST = 60
"""A longer name is cut, in characters. Most file systems take 255 bytes for a name, and a character has up to four."""


def folder_names(attributes: Iterable[str]) -> dict[str, str]:
    """Return the folder of each actor, by its attribute of the client.

    Two folders differ by more than upper and lower case, because on some systems that makes no difference.
    """
    folders: dict[str, str] = {}
    taken = set(_NO_FILES)
    for attribute in sorted(attributes):
        start = name = attribute[:_LONGEST]
        number = 2
        while name.casefold() in taken:
            name, number = f"{start}_{number}", number + 1
        taken.add(name.casefold())
        folders[attribute] = name
    return folders


def types_by_home(
    users: Mapping[str, Iterable[str]], mentions: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """Return the types that belong to each actor, sorted; to "" belong those that several actors use, or none.

    Args:
        users: The types that each actor mentions.
        mentions: The types that each type mentions. Who uses a type uses these, too.
    """
    homes: dict[str, str] = {}

    def use(user: str, types: Iterable[str]) -> None:
        waiting = [*types]
        while waiting:
            name = waiting.pop()
            if homes.get(name) not in ("", user):
                homes[name] = "" if name in homes else user
                waiting += mentions[name]

    for user, types in users.items():
        use(user, types)
    use("", [name for name in mentions if name not in homes])
    found: dict[str, list[str]] = {home: [] for home in ("", *users)}
    for name in sorted(homes):
        found[homes[name]].append(name)
    return found
