"""The reference has everything that users can name, under the names that they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import yaml

from tests.api.surface import surface
from tests.docs.snippets import ROOT
from tests.site.pages import Site
from tests.support.public_api import HANDED_OUT, MODULES, TYPED, exports, sources

GIVEN = {"AwareDatetime", "JsonValue", "UndefinedType", "deprecated"}
"""Names that `rivet_client.typed` only passes on."""


def public() -> Iterator[tuple[str, Any]]:
    for module in MODULES:
        for name in exports(module):
            if module != TYPED or name not in GIVEN:
                yield f"{module}.{name}", sources()[f"{module}.{name}"]


def documented(site: Site, path: str) -> bool:
    """Whether something is documented, maybe under the name of another module that has it, too."""
    module, _, name = path.rpartition(".")
    thing = getattr(import_module(module), name)
    homes = (it for it in MODULES if getattr(import_module(it), name, None) is thing)
    return any(f"{home}.{name}" in site.names("py:") for home in homes)


def test_every_public_name_has_an_entry(site: Site) -> None:
    missing = {
        path
        for path, _ in public()
        if not path.startswith("rivet_client.testing.pytest_plugin") and not documented(site, path)
    }
    assert missing == set()
    plugin = {path.rpartition(".")[2] for path, _ in public() if "pytest_plugin" in path}
    assert plugin <= site.names("std:fixture")


def test_every_method_and_parameter_has_an_entry(site: Site) -> None:
    # What several modules have counts once, under the name of the first of them.
    classes = {home(it): (path, it) for path, it in reversed([*public()]) if it.is_class}
    documented = [(path, cls) for path, cls in classes.values() if TYPED not in path]
    assert len(documented) > 70
    assert sorted({it for path, cls in documented for it in untold(site, path, cls)}) == []


def home(thing: Any) -> str:
    return thing.final_target.path if thing.is_alias else thing.path


def untold(site: Site, path: str, cls: Any) -> Iterator[str]:
    """The members and parameters of a class that have no entry, neither there nor at one of its bases."""
    names = site.names("py:")
    made = [it.members["__init__"] for it in (cls, *cls.mro()) if "__init__" in it.members]
    if made and not HANDED_OUT.fullmatch(cls.name):
        yield from unsaid(site, path, made[0])
    parameters = {parameter.name for it in made for parameter in it.parameters}
    places = [path, *(f"rivet_client.{base.name}" for base in cls.mro())]
    for name, member in cls.all_members.items():
        is_ours = member.path.startswith("rivet_client") and name != "model_config"
        if name.startswith("_") or not is_ours or name in parameters:
            continue
        entry = next((f"{place}.{name}" for place in places if f"{place}.{name}" in names), None)
        if entry is None:
            yield f"{path}.{name}"
        elif member.is_function:
            yield from unsaid(site, entry, member)


def unsaid(site: Site, path: str, function: Any) -> Iterator[str]:
    """The parameters that the signature on the page does not have."""
    signature = site.signature(path)
    for parameter in function.parameters:
        is_given = parameter.name not in ("self", "cls") and str(parameter.annotation) != "Never"
        if is_given and not re.search(rf"\b{parameter.name}\b", signature):
            yield f"{path}({parameter.name})"


def test_nothing_private_is_shown(site: Site) -> None:
    for path in (site.folder / "reference").glob("*.html"):
        found = re.findall(r"rivet_client\._\w+|rivet_client_generated[\w.]*", site.page(path).text)
        assert found == [], path.name


def test_options_variables_and_codes_have_entries(site: Site) -> None:
    known = surface()
    variables = {name for name, kind in known.items() if kind == "environment variable"}
    assert variables <= site.names("std:envvar")
    options = {name for name in known if re.match(r"rivet-client.* -", name)}
    assert len(options) > 50
    assert {name.replace(" -", ".-").replace(" ", "-") for name in options} <= site.names("std:cmdoption")
    settings = {
        name.removeprefix("pytest ") for name, kind in known.items() if kind.startswith("ini setting")
    }
    assert settings <= site.names("std:confval")
    catalogue = yaml.safe_load((ROOT / "schema" / "errors.yaml").read_text(encoding="utf-8"))
    codes = {
        f"{group}.{code}"
        for group, speakers in catalogue.items()
        for classes in speakers.values()
        for found in classes.values()
        for code in found
    }
    assert codes == site.names("std:errorcode")


@pytest.mark.parametrize(
    ("page", "code", "target"),
    [
        ("actions", "connect()", "reference/handles.html#rivet_client.ActorHandle.connect"),
        ("actions", "actor.action_not_found", "reference/error-codes.html#code-actor.action_not_found"),
        ("concurrency", "CancelScope", "reference/calls.html#rivet_client.CancelScope"),
        ("configuration", "AsyncClient", "reference/client.html#rivet_client.AsyncClient"),
        ("configuration", "RIVET_ENDPOINT", "reference/settings.html#envvar-RIVET_ENDPOINT"),
        ("actions", "close", ""),  # there are several
        ("actions", "json", ""),
        ("reference/client", "Observer", "observers.html#rivet_client.Observer"),
    ],
)
def test_inline_code_leads_to_the_reference(site: Site, page: str, code: str, target: str) -> None:
    assert site.page(f"{page}.html").links_of(code) == {target}


def test_headings_have_no_links_but_their_own(site: Site) -> None:
    for path in site.paths:
        for heading in re.findall(r"<h[1-6]>.*?</h[1-6]>", site.page(path).html, re.DOTALL):
            assert heading.count("<a ") <= 1, path
