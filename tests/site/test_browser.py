"""The site in a real browser: how it looks, and what its scripts do. Nothing is loaded from elsewhere."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.pages import Site
from tests.support.browser import Browser, expect


@pytest.fixture
def url(site: Site) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=site.folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def opened(page: Any, flavour: str) -> Any:
    """The labels of the tabs of a flavour whose content is shown."""
    return page.locator(f"input:checked + label[data-sync-id={flavour}]")


async def test_the_site(browser: Browser, url: str) -> None:
    page = await browser.page()
    for path in ("index", "connections-and-events", "reference/handles", "reference/settings"):
        await page.goto(f"{url}/{path}.html")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await browser.screenshots(page, f"site-{path.replace('/', '-')}")

    # Long names in tables hide no column.
    for path in ("in-production", "configuration", "when-something-goes-wrong"):
        await page.goto(f"{url}/{path}.html")
        tables = page.locator(".table-wrapper")
        assert await tables.evaluate_all("all => all.every(it => it.scrollWidth <= it.clientWidth + 1)"), path

    # Who chooses a flavour has it on the next page, too, and in its list of contents.
    await page.goto(f"{url}/actions.html")
    await expect(opened(page, "asyncio")).to_have_count(0)
    await page.get_by_text("asyncio", exact=True).first.click()
    await expect(opened(page, "blocking")).to_have_count(0)
    await page.goto(f"{url}/reference/handles.html")
    await expect(opened(page, "asyncio").first).to_be_visible()
    contents = page.locator(".toc-tree")
    await expect(contents.get_by_text("AsyncActorHandle")).to_have_count(1)
    await expect(contents.get_by_text("ActorHandle", exact=True)).to_be_hidden()

    # An anchor opens the tab that it is in.
    await page.goto(f"{url}/reference/handles.html#rivet_client.ActorHandle.fetch")
    await expect(page.locator("[id='rivet_client.ActorHandle.fetch']")).to_be_visible()


async def test_search(browser: Browser, url: str) -> None:
    page = await browser.page()
    await page.goto(f"{url}/index.html")
    await page.get_by_placeholder("Search").fill("CancelScope")
    await page.keyboard.press("Enter")
    results = page.locator("#search-results li a")
    await expect(results.filter(has_text="rivet_client.CancelScope").first).to_be_visible()
    await expect(results.filter(has_text="Concurrency").first).to_be_visible()
    await browser.screenshots(page, "site-search")

    # What people search for is among the first results.
    for words, guide in {
        "FakeEngine": "testing",
        "typed": "typed-bindings",
        "exceptions": "errors-and-retries",
        "timeout": "configuration",
        "retry": "errors-and-retries",
        "may_have_run": "errors-and-retries",
        "authentication": "parameters",
        "auth": "configuration",
    }.items():
        await page.goto(f"{url}/search.html?q={words}")
        await expect(page.get_by_text("Search finished")).to_be_visible()
        found = await results.evaluate_all("links => links.map(link => link.getAttribute('href'))")
        assert f"{guide}.html" in found[:5], f"{words}: {found[:5]}"


async def test_a_phone(browser: Browser, url: str) -> None:
    page = await browser.page(narrow=True)
    for path in ("index", "actions", "errors-and-retries", "reference/client", "reference/error-codes"):
        await page.goto(f"{url}/{path}.html")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
