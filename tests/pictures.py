"""Takes the pictures of the examples that docs/ shows: `python -m tests.pictures [NAME...]`. Needs chromium."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import sys
import tempfile
from pathlib import Path

import nbconvert
from playwright.async_api import Page
from textual.app import App

from examples.arena import Arena
from examples.fake_actors import engine
from examples.terminal_chat import Chat
from tests.examples.notebook import NOTEBOOK
from tests.examples.sites import count_together, served_django, served_flask, sign_guest_book
from tests.examples.test_chat_room import APP, come_in, say
from tests.support.browser import Browser, Chromium, expect
from tests.support.serving import serving

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SHARPNESS = {"device_scale_factor": 1.5}

# Whole pixels, so that nothing is blurred.
SCENE = """
<style>
  body {{ margin: 8px; }}
  main {{ display: inline-flex; gap: 20px; padding: 2px; }}
  img {{ height: {height}px; border-radius: 12px; box-shadow: 0 0 0 1px #8886; }}
</style>
<main>{images}</main>
"""


async def side_by_side(browser: Browser, pages: list[Page], name: str) -> None:
    """Save one picture of several pages."""
    shots = [base64.b64encode(await page.screenshot()).decode() for page in pages]
    scene = await browser.page(**SHARPNESS)
    images = "".join(f'<img src="data:image/png;base64,{shot}">' for shot in shots)
    await scene.set_content(SCENE.format(images=images, height=pages[0].viewport_size["height"]))
    await scene.get_by_role("main").screenshot(path=IMAGES / f"{name}.png", omit_background=True)


async def chat_room(browser: Browser) -> None:
    with engine, tempfile.TemporaryDirectory() as folder, serving(APP, engine.url, Path(folder)) as (web, _):
        ann = await come_in(await browser.page(**SHARPNESS, locale="en-GB"), web.base_url, "ann")
        bob = await come_in(await browser.page(**SHARPNESS, dark=True, locale="en-GB"), web.base_url, "bob")
        zoe = await come_in(await browser.page(), web.base_url, "zoë")
        await ann.set_viewport_size({"width": 700, "height": 520})
        await bob.set_viewport_size({"width": 300, "height": 520})
        for page, text in (
            (ann, "Is the projector in the lobby working?"),
            (bob, "It is, since yesterday."),
            (bob, "The cable is in the drawer below it."),
            (zoe, "I would like to use it at three, is that all right?"),
            (ann, "Of course. I will be done by half past two."),
        ):
            await say(page, text)
            for other in (ann, bob):
                await expect(other.get_by_role("log")).to_contain_text(text)
                await expect(other.locator(".pending")).to_have_count(0)
        await side_by_side(browser, [ann, bob], "chat-room")


async def flask(browser: Browser) -> None:
    with engine, served_flask(engine.url) as url:
        page = await browser.page(**SHARPNESS)
        await page.set_viewport_size({"width": 640, "height": 320})
        await sign_guest_book(page, url)
        await side_by_side(browser, [page], "flask")


async def django(browser: Browser) -> None:
    with engine, served_django(engine.url) as url:
        pages = [await browser.page(**SHARPNESS, dark=dark) for dark in (False, True)]
        for page in pages:
            await page.set_viewport_size({"width": 320, "height": 300})
        await count_together(pages, url)
        await side_by_side(browser, pages, "django")


async def notebook(browser: Browser) -> None:
    """The part about events, as JupyterLab shows it."""
    text, _ = nbconvert.HTMLExporter().from_filename(str(NOTEBOOK))
    page = await browser.page(**SHARPNESS, java_script_enabled=False)  # it would fetch some from elsewhere
    await page.set_viewport_size({"width": 720, "height": 660})
    await page.set_content(text)
    await page.get_by_role("heading", name="Events").evaluate(
        "heading => heading.parentElement.scrollIntoView()"
    )
    await page.screenshot(path=IMAGES / "notebook.png")


async def screen(browser: Browser, app: App[None], title: str, name: str) -> None:
    """Save a picture of a program in a terminal."""
    svg = re.sub(
        r"@font-face \{.*?\}", "", app.export_screenshot(title=title), flags=re.DOTALL
    )  # they are elsewhere
    page = await browser.page(device_scale_factor=1)
    await page.set_content(svg)
    await page.locator("svg").screenshot(path=IMAGES / f"{name}.png", omit_background=True)


async def terminal_chat(browser: Browser) -> None:
    with engine:
        async with engine.async_client() as client:
            room = client.chatRoom.get_or_create(["chat", "lobby"])
            async with (
                room.connect(params={"user": "ann"}) as ann,
                room.connect(params={"user": "bob"}) as bob,
                room.connect(params={"user": "mia"}) as mia,
            ):
                await bob.iAmHere()
                await mia.iAmHere()
                async with Chat("ann", "lobby", ann).run_test(size=(64, 14)) as pilot:
                    for user, text in (
                        ("ann", "Is the projector in the lobby working?"),
                        ("bob", "It is, since yesterday."),
                        ("bob", "The cable is in the drawer below it."),
                        ("mia", "I would like to use it at three, is that all right?"),
                        ("ann", "Of course. I will be done by half past two."),
                    ):
                        await room.sendMessage(user, text)
                    while pilot.app.last != 5:  # type: ignore[attr-defined]
                        await pilot.pause(0.05)
                    await pilot.press(*"Until t")
                    await screen(browser, pilot.app, "terminal_chat.py ann", "terminal-chat")


async def arena(browser: Browser) -> None:
    with engine:
        async with engine.async_client() as client, contextlib.AsyncExitStack() as players:
            field = client.arena.get_or_create("lobby")
            for name, dx, dy in (("bob", 0.5, -0.3), ("cat", -0.2, 0.5), ("mia", -0.6, -0.6)):
                player = await players.enter_async_context(field.connect(params={"name": name}))
                await player.steer(dx, dy)
            async with (
                field.connect(params={"name": "ann"}) as ann,
                Arena(ann).run_test(size=(64, 18)) as pilot,
            ):
                await pilot.press("right")
                await asyncio.sleep(0.8)
                await screen(browser, pilot.app, "arena.py ann", "arena")


PICTURES = (chat_room, terminal_chat, arena, notebook, flask, django)


def main(names: list[str]) -> None:
    with Chromium() as chromium:
        for picture in PICTURES:
            if not names or picture.__name__ in names:
                browser = Browser(chromium)
                browser.run(picture(browser))


if __name__ == "__main__":
    main(sys.argv[1:])
