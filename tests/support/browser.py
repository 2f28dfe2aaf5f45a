"""A real browser for tests: chromium without a window, driven by playwright.

A test that has the fixture `browser` is an `async def`, and runs in the browser's own event loop:

    async def test_the_page(browser):
        page = await browser.page()
        await page.goto(url)
        await expect(page.get_by_role("heading")).to_have_text("Lobby")
        await browser.screenshots(page, "lobby")

Whatever goes wrong in its pages unseen fails it: see `Browser.problems`. Outside of tests, a script makes pictures:

    with Chromium() as chromium:
        browser = Browser(chromium)
        browser.run(pictures(browser))
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from playwright import async_api as playwright

__all__ = ["SCREENSHOTS", "Browser", "Chromium", "expect", "fresh_chromium"]

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing is fetched from elsewhere, not even by mistake, so a test that would try does not wait.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}  # a phone
PATIENCE = 100_000  # ms, for each step of a test; the machine may be busy

expect = playwright.expect
expect.set_options(timeout=PATIENCE)


def find() -> str | None:
    """The path of a chromium, if there is one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Chromium:
    """A running chromium, with a profile that vanishes, and the event loop in which it is driven.

    The loop runs only while a test with a browser does, so tests with event loops of their own do not notice it.
    """

    def __init__(self) -> None:
        self.loop = asyncio.Runner()

    def __enter__(self) -> Self:
        self.loop.__enter__()
        self.loop.run(self._start())
        return self

    async def _start(self) -> None:
        self._driver = await playwright.async_playwright().start()
        self.program = await self._driver.chromium.launch(
            executable_path=find(), args=OPTIONS, timeout=PATIENCE
        )

    def __exit__(self, *exc_info: object) -> None:
        self.loop.run(self._stop())
        self.loop.__exit__(*exc_info)

    async def _stop(self) -> None:
        await self.program.close()
        await self._driver.stop()


class Browser:
    """The pages of one test.

    Attributes:
        problems: What went wrong: exceptions in a page or in the event loop, errors on the console, requests that
            failed, and requests to other hosts than 127.0.0.1. At the end there must be none but those that the
            test has allowed.
    """

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium
        self._contexts: list[playwright.BrowserContext] = []
        self._allowed: list[str] = []
        self.problems: list[str] = []

    def run(self, scenario: Coroutine[Any, Any, None]) -> None:
        """Run a scenario, close its pages, and look at their problems."""
        loop = self._chromium.loop
        loop.get_loop().set_exception_handler(lambda _, told: self.problems.append(f"event loop: {told}"))
        loop.run(self._run(scenario))

    async def _run(self, scenario: Coroutine[Any, Any, None]) -> None:
        try:
            await scenario
        except BaseException as error:
            error.add_note(f"problems of the pages: {self._unexpected()}")
            raise
        else:
            assert not self._unexpected(), f"problems of the pages: {self._unexpected()}"
        finally:
            for context in self._contexts:
                await context.close()

    async def page(
        self,
        *,
        narrow: bool = False,
        dark: bool = False,
        visitor: playwright.Page | None = None,
        **options: Any,
    ) -> playwright.Page:
        """Open an empty page; of a new visitor, without cookies or storage, or of the one who has another page.

        `options` are those of playwright's `new_context`.
        """
        if visitor is not None:
            return await visitor.context.new_page()
        context = await self._chromium.program.new_context(
            viewport=NARROW if narrow else WIDE,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"exception: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._request_failed)
        return await context.new_page()

    def allow(self, pattern: str) -> None:
        """Let problems that a pattern is found in be none: those that the test makes itself."""
        self._allowed.append(pattern)

    async def screenshots(self, page: playwright.Page, name: str, **options: Any) -> None:
        """Save how a page looks: light and dark on a desk, and light on a phone. `options` are those of playwright."""
        size_before = page.viewport_size
        scheme_before = await page.evaluate(
            "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
        )
        for kind, scheme, size in (
            ("light", "light", WIDE),
            ("dark", "dark", WIDE),
            ("narrow", "light", NARROW),
        ):
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size(size)
            await page.screenshot(path=SCREENSHOTS / f"{name}-{kind}.png", animations="disabled", **options)
        await page.emulate_media(color_scheme=scheme_before)
        await page.set_viewport_size(size_before)

    def _unexpected(self) -> list[str]:
        return [
            problem for problem in self.problems if not any(re.search(one, problem) for one in self._allowed)
        ]

    def _console(self, message: playwright.ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text} ({message.location['url']})")

    def _request(self, request: playwright.Request) -> None:
        host = urlsplit(request.url).hostname  # None for file:, data: and blob:
        if host not in (None, "127.0.0.1"):
            self.problems.append(f"request to another host: {request.url}")

    def _request_failed(self, request: playwright.Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # by the page itself, or because it was left
            self.problems.append(f"request failed: {request.method} {request.url}: {request.failure}")


def fresh_chromium() -> Iterator[Chromium]:
    """The fixture `chromium`: one for all tests of a process, if there is one on this machine."""
    if find() is None:
        reason = f"there is none of {', '.join(PROGRAMS)}; on Debian, `apt-get install chromium` gives one"
        if os.environ.get("RIVET_TESTS_NEED_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with Chromium() as chromium:
        yield chromium
