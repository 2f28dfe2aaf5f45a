"""A template is read like what it makes: it is short, and decides nothing."""

import re
from pathlib import Path

import pytest

import rivet_codegen

TEMPLATES = Path(rivet_codegen.__file__).with_name("templates")


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.jinja")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_templates_are_short_and_simple(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 120
    tags = set(re.findall(r"{%-? *(\w+)", text))
    assert tags <= {"for", "endfor", "if", "elif", "else", "endif", "include"}
