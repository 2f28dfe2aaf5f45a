"""What the pages say about the code is true of the code: links, names, settings, error classes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import yaml

import rivet_client
from rivet_client_generated.errors import lookup
from tests.docs.snippets import ROOT, fences
from tests.docs.test_snippets import PAGES

DOCS = ROOT / "docs"
FENCES = {
    "nginx",
    "python",
    "python asyncio",
    "python file",
    "python pytest",
    "sh",
    "text",
    "toml",
    "toml pytest",
    "ts",
    "yaml",
}
"""`python` blocks run; a block that must not says what else it is. tests/docs/snippets.py tells of the others."""

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def tables(page: Path) -> str:
    return "\n".join(line for line in prose(page).splitlines() if line.startswith("|"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    for link in _LINK.findall(prose(page)):
        if link.startswith("https://"):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert target.is_relative_to(ROOT), f"{link}: outside the repository"
        assert not fragment or fragment in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_fences_are_of_a_known_kind(page: Path) -> None:
    assert {info for _, info, _ in fences(page)} <= FENCES


def test_the_index_lists_every_page() -> None:
    linked = set(_LINK.findall(prose(DOCS / "README.md")))
    assert {page.name for page in DOCS.glob("*.md")} - {"README.md"} <= linked


def test_skill_has_front_matter() -> None:
    _, front, _ = (DOCS / "SKILL.md").read_text(encoding="utf-8").split("---\n", 2)
    meta = yaml.safe_load(front)
    assert set(meta) == {"name", "description"}
    assert re.fullmatch(r"[a-z0-9-]{1,64}", meta["name"])
    assert 0 < len(meta["description"]) <= 1024


def test_files_of_the_skill_are_those_of_the_recipes_which_run() -> None:
    recipes, files = (
        {code for _, info, code in fences(DOCS / name) if info == "python file"}
        for name in ("in-production.md", "SKILL.md")
    )
    assert files
    assert files <= recipes


def test_the_configuration_page_has_every_setting_and_its_default() -> None:
    table = tables(DOCS / "configuration.md")
    for name, parameter in inspect.signature(rivet_client.Client).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue  # what there is not
        row = re.search(rf"^\| `{name}` \|[^|]*\| ([^|]*) \|", table, re.MULTILINE)
        assert row, f"{name} is missing"
        if isinstance(parameter.default, (bool, int, float)):
            assert row[1].strip("`") == str(parameter.default)
    source = inspect.getsource(rivet_client.config)
    for variable in re.findall(r'"(RIVET_\w+)"', source):
        assert f"`{variable}`" in table, f"{variable} is missing"


def test_the_retry_table_has_every_setting_and_its_default() -> None:
    table = tables(DOCS / "errors-and-retries.md")
    for name, parameter in inspect.signature(rivet_client.RetryPolicy).parameters.items():
        default = f'"{parameter.default}"' if isinstance(parameter.default, str) else parameter.default
        assert re.search(rf"^\| `{name}` \| `?{default}`? \|", table, re.MULTILINE), (
            f"{name} is wrong or missing"
        )


def test_errors_are_classed_as_in_the_catalogue() -> None:
    rows = re.findall(
        r"^\| ((?:`\w+\.\w+`(?:, )?)+) \| (\w+) \|", tables(DOCS / "errors-and-retries.md"), re.MULTILINE
    )
    assert len(rows) > 15
    for names, retry in rows:
        for group, code in re.findall(r"`(\w+)\.(\w+)`", names):
            info = lookup(group, code)
            assert info is not None, f"{group}.{code} is not in the catalogue"
            assert info.retry == retry, f"{group}.{code} is {info.retry}"


def test_every_error_that_is_named_exists() -> None:
    groups = {"actor", "guard", "queue", "message", "api", "auth"}
    for page in DOCS.glob("*.md"):
        for group, code in re.findall(r"`(\w+)\.([a-z_]+)`", prose(page)):
            if group in groups:
                assert lookup(group, code), f"{page.name}: {group}.{code}"


@pytest.mark.parametrize(
    "cls",
    [
        rivet_client.Client,
        rivet_client.ActorAccessor,
        rivet_client.ActorHandle,
        rivet_client.ActorConnection,
        type(rivet_client.Client().engine),
    ],
    ids=lambda cls: cls.__name__,
)
def test_every_public_method_is_documented(cls: type) -> None:
    told = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    for name in vars(cls):
        if not name.startswith("_"):
            assert re.search(rf"\b{name}\b", told), f"{cls.__name__}.{name}"


def test_every_public_name_is_documented() -> None:
    told = "\n".join(page.read_text(encoding="utf-8") for page in [*DOCS.glob("*.md"), ROOT / "README.md"])
    # Seen only in annotations, or the asyncio twin of one that is told.
    quiet = {"ActorAccessor", "ActorHandle", "ActorConnection", "ActorSpecifier"}
    for name in set(rivet_client.__all__) - quiet:
        if not (name.startswith("Async") and name.removeprefix("Async") in quiet):
            assert re.search(rf"\b{name}\b", told), name
