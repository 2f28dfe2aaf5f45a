"""What is said of versions is true as far as files can tell: what works together, and what is public."""

from __future__ import annotations

import json
import re

from rivet_client.cli.checks import TESTED
from rivet_client.config import PROTOCOL_VERSIONS
from tests.docs.snippets import ROOT
from tests.support.public_api import MODULES

PAGE = (ROOT / "docs" / "versions.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The tables below a heading: what a row is about, and its other cells."""
    section = re.split(r"^#+ ", PAGE.split(f"# {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {cells[0].strip("` "): [cell.strip("` ") for cell in cells[1:]] for cells in lines}


def test_what_it_works_with() -> None:
    table = rows("RivetKit, the engine and the protocol")
    in_ci = table["RivetKit, and the engine of the same version"][0]
    for project in "tests/server", "tests/registries", "examples/registry":
        assert json.loads((ROOT / project / "package.json").read_text())["dependencies"]["rivetkit"] == in_ci
    assert in_ci.startswith(f"{TESTED}.")
    assert table["Client protocol"][0] == ", ".join(map(str, PROTOCOL_VERSIONS))


def test_public_modules() -> None:
    listed = PAGE.split("## What is public")[1].split("\n- ")[1]
    assert tuple(re.findall(r"`(rivet_client[\w.]*)`", listed)) == MODULES
