"""The issue forms are what GitHub takes; a form with a mistake would silently not be offered."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.docs.snippets import ROOT

FOLDER = ROOT / ".github" / "ISSUE_TEMPLATE"
FORMS = sorted(set(FOLDER.glob("*.yml")) - {FOLDER / "config.yml"})
# Attributes of each type of element: those that it must have, and those that it may have.
ELEMENTS = {
    "markdown": ({"value"}, set()),
    "input": ({"label"}, {"description", "placeholder", "value"}),
    "textarea": ({"label"}, {"description", "placeholder", "value", "render"}),
    "dropdown": ({"label", "options"}, {"description", "multiple", "default"}),
    "checkboxes": ({"label", "options"}, {"description"}),
}


def loaded(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [form.name for form in FORMS])
def test_form(name: str) -> None:
    form = loaded(name)
    assert (
        {"name", "description", "body"} <= form.keys() <= {"name", "description", "body", "title", "labels"}
    )
    assert any(element["type"] != "markdown" for element in form["body"])
    for element in form["body"]:
        needed, possible = ELEMENTS[element["type"]]
        attributes = element["attributes"]
        assert needed <= attributes.keys() <= needed | possible
        assert all(isinstance(value, (str, bool, list)) and value for value in attributes.values())
        assert element.keys() <= {"type", "id", "attributes", "validations"}
        assert element.get("validations", {"required": True}) == {"required": True}
    asked = [element for element in form["body"] if element["type"] != "markdown"]
    assert all(re.fullmatch(r"[\w-]+", element["id"]) for element in asked)
    for distinct in ([one["id"] for one in asked], [one["attributes"]["label"] for one in asked]):
        assert len(set(distinct)) == len(distinct)


def test_the_forms_together() -> None:
    assert len({loaded(form.name)["name"] for form in FORMS}) == len(FORMS) > 1
    assert loaded("config.yml").keys() <= {"blank_issues_enabled", "contact_links"}


def test_a_bug_report_asks_for_what_helps() -> None:
    asked = str(loaded("bug.yml"))
    for word in ("rivet-client doctor", "Ray id", "Versions", "FakeEngine", "SECURITY.md"):
        assert word in asked
