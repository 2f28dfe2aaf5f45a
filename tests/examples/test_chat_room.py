"""examples/chat_room in a real browser, behind a real uvicorn: on a fake engine, and while a real one restarts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from examples.chat_room import app
from rivet_client.testing import FakeEngine
from tests.support.browser import expect
from tests.support.engine import EXAMPLE_REGISTRY
from tests.support.ports import free_port
from tests.support.serving import serving

if TYPE_CHECKING:
    from playwright.async_api import Page

APP = "chat_room.app:app"


@pytest.fixture
def port() -> int:
    """A port that a service can have again."""
    return free_port()


async def come_in(page: Page, url: object, user: str) -> Page:
    await page.goto(f"{url}")
    await page.get_by_label("Your name").fill(user)
    await page.get_by_role("button", name="Come in").click()
    return page


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.get_by_role("button", name="Send").click()


async def shows(page: Page, *, status: str, here: list[str], said: list[str]) -> None:
    """Wait until a page shows all this, and nothing more."""
    await expect(page.get_by_role("status")).to_have_text(status)
    await expect(page.get_by_label("Here now").get_by_role("listitem")).to_contain_text(here)
    await expect(page.locator("#log p")).to_have_text(said)
    await expect(page.locator("#log .pending")).to_have_count(0)


async def test_a_conversation(browser, actors: FakeEngine, tmp_path, key, port):
    with serving(APP, actors.url, tmp_path, port=port) as (web, _):
        room = f"{web.base_url}/rooms/{key}"
        ann = await come_in(await browser.page(), room, "ann")
        bob = await come_in(await browser.page(narrow=True, dark=True), room, "bob")
        await say(ann, "Is the projector in the lobby free?")
        await shows(
            bob, status="Connected", here=["ann", "bob"], said=["Is the projector in the lobby free?"]
        )
        await say(bob, "Yes, until three.")
        said = ["Is the projector in the lobby free?", "Yes, until three."]
        for page in (ann, bob):
            await shows(page, status="Connected", here=["ann", "bob"], said=said)

        await say(ann, "  ")
        await expect(ann.get_by_role("alert")).to_have_text("Not sent: a message needs text.")
        await browser.screenshots(ann, "chat-room")

        mallory = await come_in(await browser.page(), room, "mallory")
        reason = "You cannot come in: mallory is not welcome here."
        await expect(mallory.get_by_role("alert")).to_have_text(reason)

        with actors.unreachable():
            await expect(bob.get_by_role("status")).to_have_text("Reconnecting …")
            await say(bob, "Three is fine.")
            await browser.screenshots(bob, "chat-room-reconnecting")
        said.append("Three is fine.")
        for page in (ann, bob):
            await shows(page, status="Connected", here=["ann", "bob"], said=said)

        await bob.reload()
        await shows(bob, status="Connected", here=["ann", "bob"], said=said)

    browser.allow("ERR_CONNECTION_REFUSED")
    await expect(ann.get_by_role("status")).to_have_text("Reconnecting …")
    await say(ann, "Then I take it now.")
    with actors.client() as client:
        client.chatRoom.get_or_create(["chat", key]).sendMessage("eve", "And the cable?")
    said += ["And the cable?", "Then I take it now."]
    with serving(APP, actors.url, tmp_path, port=port):
        for page in (ann, bob):
            await shows(page, status="Connected", here=["ann", "bob"], said=said)
        await ann.close()
        await shows(bob, status="Connected", here=["bob"], said=said)


def test_a_message_while_the_history_is_on_its_way(monkeypatch, actors: FakeEngine, key):
    """Its event may be handled first, although the history does not have it."""
    answer = app.Visit.answer

    async def late_answer(visit: app.Visit, action: Any, *args: Any) -> Any:
        result = await answer(visit, action, *args)
        if args == (app.HISTORY,):
            await visit.connection.sendMessage("bob", "hello")
        return result

    monkeypatch.setattr(app.Visit, "answer", late_answer)
    monkeypatch.setattr(app, "SIGN_OF_LIFE", 3600)
    monkeypatch.setenv("RIVET_ENDPOINT", actors.url)
    with TestClient(app.app) as web, web.websocket_connect(f"/rooms/{key}/socket?user=ann") as ann:
        while "message" not in (news := ann.receive_json()):
            pass
        assert news["message"]["text"] == "hello"


async def test_engine_and_service_begin_anew(browser, actors: FakeEngine, tmp_path, key, port):
    """As when both are stopped by one Ctrl-C: the pages come back to a room without their messages."""
    browser.allow("ERR_CONNECTION_REFUSED")
    with serving(APP, actors.url, tmp_path, port=port) as (web, _):
        ann = await come_in(await browser.page(), f"{web.base_url}/rooms/{key}", "ann")
        bob = await come_in(await browser.page(), f"{web.base_url}/rooms/{key}", "bob")
        pages = [ann, bob]
        for said in (["one"], ["one", "two"]):
            await say(ann, said[-1])
            for page in pages:
                await shows(page, status="Connected", here=["ann", "bob"], said=said)
    for page in pages:
        await expect(page.get_by_role("status")).to_have_text("Reconnecting …")
    await say(ann, "three")
    actors.reset()
    with serving(APP, actors.url, tmp_path, port=port):
        for page in pages:
            await shows(page, status="Connected", here=["ann", "bob"], said=["three"])
        actors.reset()  # the service stays
        await say(bob, "four")
        for page in pages:
            await shows(page, status="Connected", here=["ann", "bob"], said=["four"])


@pytest.mark.timeout(300)  # the engine may need half a minute to let the host have an actor that ran before
async def test_a_real_engine_restarts(browser, private_engine, tmp_path):
    engine = await asyncio.to_thread(private_engine, EXAMPLE_REGISTRY)
    with serving(APP, engine.url, tmp_path) as (web, _):
        ann = await come_in(await browser.page(), web.base_url, "ann")
        bob = await come_in(await browser.page(), web.base_url, "bob")
        await say(ann, "one")
        await say(bob, "two")
        for page in (ann, bob):
            await shows(page, status="Connected", here=["ann", "bob"], said=["one", "two"])

        for stop in (engine.stop_host, engine.stop_engine):
            await asyncio.to_thread(stop)
        for page in (ann, bob):
            await expect(page.get_by_role("status")).to_have_text("Reconnecting …")
        await say(ann, "three")
        for start in (engine.start_engine, engine.start_host):
            await asyncio.to_thread(start)
        for page in (ann, bob):
            await shows(page, status="Connected", here=["ann", "bob"], said=["one", "two", "three"])
        await say(bob, "four")
        for page in (ann, bob):
            await shows(page, status="Connected", here=["ann", "bob"], said=["one", "two", "three", "four"])
        await ann.close()
        await shows(bob, status="Connected", here=["bob"], said=["one", "two", "three", "four"])

        await asyncio.to_thread(engine.begin_anew)
        await say(bob, "five")
        await shows(bob, status="Connected", here=["bob"], said=["five"])
