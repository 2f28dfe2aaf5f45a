"""The browser of the tests: what it notices, and that it leaves other tests alone."""

from __future__ import annotations

import asyncio
import functools
import http.server
import re
import threading
from collections.abc import Iterator

import pytest

from tests.support.browser import SCREENSHOTS, Browser, expect, fresh_chromium

PAGE = """<!doctype html>
<link rel="icon" href="data:,">
<h1>Hello</h1>
<script>%s</script>
"""


@pytest.fixture
def site(tmp_path) -> Iterator[str]:
    (tmp_path / "good.html").write_text(PAGE % "console.info('fine')")
    (tmp_path / "throws.html").write_text(PAGE % "throw new Error('a defect')")
    (tmp_path / "complains.html").write_text(PAGE % "console.error('it is broken')")
    (tmp_path / "remote.html").write_text(PAGE % "fetch('http://example.com/font').catch(() => 0)")
    (tmp_path / "missing.html").write_text(PAGE % "fetch('/nothing')")
    handler = functools.partial(QuietHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


async def test_a_page_and_its_pictures(browser, site):
    page = await browser.page(dark=True)
    await page.goto(f"{site}/good.html")
    await expect(page.get_by_role("heading")).to_have_text("Hello")
    pictures = [SCREENSHOTS / f"browser-{kind}.png" for kind in ("light", "dark", "narrow")]
    for picture in pictures:
        picture.unlink(missing_ok=True)
    await browser.screenshots(page, "browser")
    assert all(picture.stat().st_size for picture in pictures)
    assert await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert page.viewport_size == {"width": 1280, "height": 800}


PROBLEMS = {
    "throws": "exception: .*a defect",
    "complains": "console: it is broken",
    "remote": "request to another host: http://example.com/font",
    "missing": "console: .*404.*/nothing",
}


def test_what_goes_wrong_unseen_fails_the_test(chromium, site):
    async def visits(browser: Browser) -> None:
        for name, problem in PROBLEMS.items():
            page = await browser.page()
            await page.goto(f"{site}/{name}.html")
            while not re.search(problem, str(browser.problems)):
                await asyncio.sleep(0.01)

    browser = Browser(chromium)
    with pytest.raises(AssertionError) as failed:
        browser.run(visits(browser))
    assert all(re.search(problem, str(failed.value)) for problem in PROBLEMS.values())

    browser = Browser(chromium)
    for problem in (*PROBLEMS.values(), "ERR_NAME_NOT_RESOLVED"):
        browser.allow(problem)
    browser.run(visits(browser))


def test_between_tests_with_a_browser_no_event_loop_runs(chromium):
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
    asyncio.run(asyncio.sleep(0))


def test_without_a_browser(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("RIVET_TESTS_NEED_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        next(fresh_chromium())
    monkeypatch.setenv("RIVET_TESTS_NEED_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        next(fresh_chromium())
