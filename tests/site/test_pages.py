"""The pages of the site: links, titles, tabs, and that nothing is loaded from elsewhere."""

from __future__ import annotations

import re

import pytest

from tests.docs.snippets import ROOT
from tests.site.pages import Site

OWN = ("genindex.html", "search.html", "py-modindex.html")
"""Pages that Sphinx makes."""
PAIR = re.compile(
    r'<label[^>]*data-sync-group="flavour"[^>]*data-sync-id="blocking"[^>]*>\s*Blocking</label>'
    r'.*?<label[^>]*data-sync-group="flavour"[^>]*data-sync-id="asyncio"[^>]*>\s*asyncio</label>',
    re.DOTALL,
)


def test_every_link_leads_somewhere(site: Site) -> None:
    assert len(site.paths) > 50
    dead = [
        f"{path.relative_to(site.folder)}: {link}"
        for path in site.paths
        for link in site.page(path).links
        if site.missing(site.page(path), link)
    ]
    assert dead == []


def test_a_dead_link_is_noticed(site: Site) -> None:
    page = site.page("actions.html")
    assert site.missing(page, "nothing.html")
    assert site.missing(page, "#nothing")
    assert site.missing(page, "reference/client.html#nothing")
    assert not site.missing(page, "reference/client.html#rivet_client.Client.close")


def test_everything_that_is_loaded_is_here(site: Site) -> None:
    for path in site.paths:
        page = site.page(path)
        assert [it for it in page.loaded if it.startswith(("http:", "https:", "//"))] == [], path
        assert [it for it in page.loaded if not it.startswith("data:") and site.missing(page, it)] == [], path


def test_pages_say_what_they_are(site: Site) -> None:
    titles = []
    for path in site.paths:
        page = site.page(path)
        titles.append(page.title)
        if path.name not in OWN and "source" not in path.parts:
            assert page.meta.get("description"), path
    assert len(set(titles)) == len(titles)
    assert all("rivet-client" in title for title in titles)


def test_every_guide_is_in_the_list_of_contents(site: Site) -> None:
    listed = set(site.page("index.html").links)
    guides = {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} - {"README.html"}
    assert guides <= listed


def test_both_flavours_of_an_example_are_tabs(site: Site) -> None:
    for path in (ROOT / "docs").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        pairs = len(re.findall(r"^```python\n(?:(?!^```).*\n)*```\n\n```python asyncio$", text, re.MULTILINE))
        page = site.page("index.html" if path.name == "README.md" else f"{path.stem}.html")
        assert len(PAIR.findall(page.html)) == pairs, path.name


def test_a_block_of_one_flavour_is_no_tab(site: Site) -> None:
    html = site.page("testing.html").html
    before = html[: html.index("actors.py")]
    assert before.count("<label") == before.count("</label>")
    assert "sd-tab-content" not in before[before.rindex("<h2") :]


def test_project_files_are_shown(site: Site) -> None:
    source = site.page("source/examples/registry/registry.ts.html")
    assert "setup(" in source.text
    assert "project/changelog.html" in {link.removeprefix("../") for link in site.page("index.html").links}


@pytest.mark.parametrize(
    ("page", "code", "target"),
    [
        ("concurrency", "websocket.close()", "rivet_client.RawWebSocket.close"),
        (
            "connections-and-events",
            "connection.wait_ready(timeout=10)",
            "rivet_client.ActorConnection.wait_ready",
        ),
        ("testing-faults", "fail_next(name, group, code)", "rivet_client.testing.FakeEngine.fail_next"),
        ("testing-faults", "engine.calls", "rivet_client.testing.FakeEngine.calls"),
        ("performance", "events()", "rivet_client.ActorConnection.events"),
        ("actors-and-keys", "get_or_create(key)", None),  # of a client, or of an accessor
        ("typed-bindings", "action()", None),  # of a handle, or of a connection
    ],
)
def test_calls_in_the_guides_lead_to_the_reference(
    site: Site, page: str, code: str, target: str | None
) -> None:
    html = re.sub(r"</?span[^>]*>", "", site.page(f"{page}.html").html)
    found = re.findall(rf"(?:href=\"[^\"]*#([^\"]*)\"[^>]*>)?<code [^>]*>{re.escape(code)}</code>", html)
    assert set(found) == {target or ""}


def test_what_language_models_read_is_there(site: Site) -> None:
    told = (site.folder / "llms.txt").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", told)
    assert len(links) > 30
    assert [link for link in links if site.missing(site.page("index.html"), link)] == []
    assert "../" not in told
    assert "AsyncClient" in (site.folder / "llms-full.txt").read_text(encoding="utf-8")
    assert "AsyncClient" in (site.folder / "SKILL.md").read_text(encoding="utf-8")


def test_links_of_these_texts_lead_somewhere(site: Site) -> None:
    dead = []
    texts = [*site.folder.glob("*.md"), site.folder / "llms-full.txt"]
    for path in texts:
        text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        links = re.findall(r"\]\(([^)\s#:]+)[)#]", text)
        dead += [f"{path.name}: {link}" for link in links if not (site.folder / link).exists()]
    assert len(texts) > 25
    assert dead == []
