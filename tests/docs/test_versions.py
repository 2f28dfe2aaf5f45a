"""What is said of versions is true as far as files can tell: what works together, and what is public."""

from __future__ import annotations

import json
import re
import tomllib

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from rivet_client.cli.checks import TESTED
from rivet_client.config import PROTOCOL_VERSIONS
from tests.docs.snippets import ROOT
from tests.support.public_api import MODULES

PAGE = (ROOT / "docs" / "versions.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def rows(heading: str) -> dict[str, list[str]]:
    """The tables below a heading: what a row is about, and its other cells."""
    section = re.split(r"^#+ ", PAGE.split(f"# {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {cells[0].strip("` "): [cell.strip("` ") for cell in cells[1:]] for cells in lines}


def test_what_it_works_with() -> None:
    in_ci, (passed, what_does_not) = list(rows("RivetKit, the engine and the protocol").items())[1]
    for project in "tests/server", "tests/registries", "examples/registry":
        assert json.loads((ROOT / project / "package.json").read_text())["dependencies"]["rivetkit"] == in_ci
    assert in_ci.startswith(f"{TESTED}.")
    assert f"has {passed} tests" in PAGE
    assert what_does_not.startswith("nothing")
    *others, newest = map(str, PROTOCOL_VERSIONS)
    assert f"versions {', '.join(others)} and {newest} of the client protocol" in PAGE


def test_pythons() -> None:
    said = re.findall(
        r"^Programming Language :: Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE
    )
    ran = [row for row in rows("Python and systems") if re.fullmatch(r"3\.\d+", row)]
    assert said == ran
    assert f">={ran[0]}" == PROJECT["requires-python"]


def test_packages() -> None:
    wanted = [Requirement(one) for one in PROJECT["dependencies"]]
    wanted += [Requirement(one) for more in PROJECT["optional-dependencies"].values() for one in more]
    table = rows("Packages")
    assert {one.name for one in wanted} == table.keys() - {"Package"}
    for one in wanted:
        allowed, oldest, newest, *_ = table[one.name]
        assert SpecifierSet("" if allowed == "any" else allowed) == one.specifier, one
        assert {oldest, newest} <= {*one.specifier.filter([oldest, newest])}, one
        for bound in one.specifier:
            if bound.operator == ">=":  # the oldest that is allowed has passed
                assert SpecifierSet(f"=={bound.version}.*").contains(oldest), one


def test_public_modules() -> None:
    listed = PAGE.split("## What is public")[1].split("\n- ")[1]
    assert tuple(re.findall(r"`(rivet_client[\w.]*)`", listed)) == MODULES
