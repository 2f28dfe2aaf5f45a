"""Each change of the public API since the last release has an entry in the changelog."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.api.__main__ import CHANGELOG, SNAPSHOT
from tests.api.changes import UNRELEASED, changes, complaint, newest_version, read, untold, written
from tests.api.surface import surface
from tests.support.public_api import MODULES


def test_every_change_has_an_entry() -> None:
    _, old = read(SNAPSHOT.read_text())
    missing = untold(changes(old, surface()), CHANGELOG.read_text())
    assert not missing, complaint(missing)


def test_the_snapshot_is_that_of_the_newest_version() -> None:
    version, items = read(SNAPSHOT.read_text())
    assert version == newest_version(CHANGELOG.read_text())
    assert written(version, dict(sorted(items.items()))) == SNAPSHOT.read_text()


def test_nothing_public_is_missing() -> None:
    """The surface is read from the sources; this is what Python finds."""
    items = surface()
    modules = {name: import_module(name) for name in MODULES}
    exported = {
        f"{name}.{one}"
        for name, module in modules.items()
        for one in getattr(module, "__all__", [one for one in vars(module) if one[0].isupper()])
    }
    assert {item for item in items if item.rpartition(".")[0] in MODULES and "(" not in item} == exported
    for item in (
        "rivet_client.Client(timeout)", "rivet_client.AsyncActorHandle.fetch(method)",
        "rivet_client.ActorConnection.status", "rivet_client.RetryPolicy(max_attempts)",
        "rivet_client.ConnectionStatus.IDLE", "rivet_client.testing.FakeEngine.fail_next(code)",
        "rivet_client.observers.Failure.code", "rivet-client --endpoint", "rivet-client call --get",
        "pytest --rivet-engine", "pytest rivet_actors", "RIVET_TOKEN", "RIVET_LOG", "rivet-client[cli]",
    ):  # fmt: skip
        assert item in items


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    _, *versions = re.split(r"^## ", CHANGELOG.read_text(), flags=re.MULTILINE)
    heads = [version.partition("\n")[0] for version in versions]
    assert heads[0] == UNRELEASED
    released = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) - \d{4}-\d\d-\d\d", head) for head in heads[1:]]
    numbers = [tuple(map(int, one.groups())) for one in released if one]
    assert len(numbers) == len(released)
    assert numbers == sorted(numbers, reverse=True)
    for version in versions:
        kinds = re.findall(r"^### (.*)$", version, re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds]
        for entry in re.findall(r"^- .*(?:\n  .*)*", version, re.MULTILINE):
            assert re.search(r"\]\((docs/[\w-]+|[A-Z]+)\.md(#[\w-]+)?\)", entry), (
                f"no link to a page: {entry}"
            )


KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
OLD = """\
# The public API as of 1.0.0. `python3 noxfile.py api -- --write` writes this file: see docs/development.md.
RIVET_OLD  environment variable
rivet-client call --get  option: flag
rivet_client.AsyncClient  class()
rivet_client.AsyncClient.get  function -> AsyncActorHandle
rivet_client.AsyncClient.get(key)  positional or keyword 1: str
rivet_client.AsyncClient.get(params)  keyword-only: ActorValue = None
"""
GET = "rivet_client.AsyncClient.get"
# Removed lines and added ones, what is untold without an entry, and an entry that tells it.
CASES = [
    ([f"{GET}(params)  "], [], f"removed (breaking): {GET}(params)", "Removed: `client.get(params=…)` is gone."),
    (["RIVET_OLD"], [], "removed (breaking): RIVET_OLD", "Removed: `RIVET_OLD` is not read."),
    (["rivet-client call --get"], [], "removed (breaking): rivet-client call", "Removed: `call --get`."),
    ([GET], [], f"removed (breaking): {GET}  function", "Removed: `Client.get`; use `get_or_create`."),
    (["rivet_client"], [], "removed (breaking): rivet_client.AsyncClient  class", "Removed: `Client`."),
    (
        [f"{GET}(key)"], [f"{GET}(key)  positional or keyword 1: str = ''"],
        f"changed (breaking): {GET}(key)", "Changed: `get` needs no `key`.",
    ),
    ([], [f"{GET}(region)  keyword-only: str"], f"new (breaking): {GET}(region)", "Changed: `get` asks for `region`."),
    ([], [f"{GET}(region)  keyword-only: str = ''"], f"new: {GET}(region)", "Added: `get` takes a `region`."),
    ([], [f"{GET}(rest)  variadic keyword: str"], f"new: {GET}(rest)", "Added: `get` takes any `rest`."),
    (
        [], ["rivet_client.AsyncNew  class()", "rivet_client.AsyncNew(name)  positional or keyword 1: str"],
        "new: rivet_client.AsyncNew", "Added: `New` and\n  `AsyncNew`, which are new.",
    ),
    ([], ["rivet-client[new]  extra"], "new: rivet-client[new]", "Added: the extra `new`."),
]  # fmt: skip


@pytest.mark.parametrize(("gone", "come", "told", "entry"), CASES)
def test_changes(gone: list[str], come: list[str], told: str, entry: str) -> None:
    version, old = read(OLD)
    assert version == "1.0.0"
    kept = [line for line in OLD.splitlines() if not line.startswith(tuple(gone))]
    _, new = read("\n".join([*kept, *come]))
    found = changes(old, new)
    assert len(found) == 1
    kind, _, text = entry.partition(": ")

    def changelog(kind: str, text: str) -> str:
        unreleased = f"## [Unreleased]\n\n### {kind}\n\n- Other.\n- {text}\n\n"
        return f"# Changelog\n\n{unreleased}## [1.0.0] - 2026-01-01\n\n### Removed\n\n- {entry}\n"

    assert complaint(untold(found, changelog("Added", "`nothing`"))).splitlines()[1].startswith(f"  {told}")
    assert not untold(found, changelog(kind, text))
    assert untold(found, changelog("Fixed", text)) == [one for one in found if one.is_breaking]
    assert newest_version(changelog(kind, text)) == "1.0.0"


def test_nothing_has_changed() -> None:
    _, old = read(OLD)
    assert changes(old, old) == []
