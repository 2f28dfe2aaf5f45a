"""The pictures of the guides are what the command draws, and can be seen and read by everybody."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree

from tests.docs.snippets import ROOT

DOCS = ROOT / "docs"
MAX_BYTES = 150_000


def test_the_diagrams_are_what_the_command_draws() -> None:
    done = subprocess.run(
        [sys.executable, "docs/diagrams", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_picture_is_shown_and_has_words_for_those_who_do_not_see_it() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in [ROOT / "README.md", *DOCS.glob("*.md")])
    shown = {name: words for words, name in re.findall(r"!\[([^\]]*)\]\([^)]*\bimages/([^)]+)\)", pages)}
    pictures = [path for path in (DOCS / "images").iterdir() if path.suffix in (".svg", ".png")]
    assert {path.name for path in pictures} == shown.keys()
    assert all(len(words) > 40 for words in shown.values())
    assert all(path.stat().st_size < MAX_BYTES for path in pictures)


def test_a_diagram_needs_nothing_from_elsewhere() -> None:
    for path in (DOCS / "images").glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"https?://[^\s\"]+", text) == ["http://www.w3.org/2000/svg"], path.name
        assert "prefers-color-scheme:dark" in text, path.name
        root = ElementTree.fromstring(text)
        assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "desc"], path.name
