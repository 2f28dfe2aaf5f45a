"""examples/flask_app.py and examples/django_site; and which status codes errors become, there and in fastapi_app.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient, Client
from fastapi.testclient import TestClient

from examples import fastapi_app
from rivet_client import AsyncClient as AsyncRivetClient
from rivet_client.testing import FakeEngine
from tests.examples.sites import (
    count_together,
    django_site,
    flask_site,
    rivet,
    served_django,
    served_flask,
    sign_guest_book,
    views,
)
from tests.support.browser import Browser


def test_a_guest_book(endpoint: str) -> None:
    with flask_site(endpoint) as app, app.test_client() as browser:
        assert "Nobody has signed yet." in browser.get("/").text
        answer = browser.post("/", data={"name": "Ann", "text": "1 < 2"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "<p><strong>Ann</strong><br>1 &lt; 2</p>" in browser.get("/").text
        answer = browser.post("/", data={"name": "Ann", "text": " "})
        assert answer.status_code == 400
        assert "a message needs text" in answer.text


async def test_a_live_counter(endpoint: str, key: str) -> None:
    with django_site(endpoint):
        async with rivet.async_client():
            browser = AsyncClient()
            assert "<output>0</output>" in (await browser.get(f"/counters/{key}")).text
            answer = await browser.get(f"/counters/{key}/events")
            assert answer["content-type"] == "text/event-stream"
            events = aiter(answer)
            assert await anext(events) == b"data: 0\n\n"
            answer = await browser.post(f"/counters/{key}/increment")
            assert (answer.status_code, answer["location"]) == (302, f"/counters/{key}")
            assert await anext(events) == b"data: 1\n\n"
            await events.aclose()


def test_django_without_asgi(actors: FakeEngine) -> None:
    with django_site(actors.url):
        browser = Client(enforce_csrf_checks=True)
        assert browser.get("/").status_code == 200
        assert browser.get("/counters/home/events").status_code == 501
        assert browser.post("/counters/home/increment").status_code == 403
        token = {"x-csrftoken": browser.cookies["csrftoken"].value}
        assert browser.post("/counters/home/increment", headers=token).status_code == 302
        assert "<output>1</output>" in browser.get("/").text


STREAMS = pytest.mark.parametrize("changes", [views.changes, fastapi_app.changes])


@STREAMS
async def test_a_stream_shows_no_count_twice_and_ends_with_the_true_one(
    changes: Callable[..., Any], actors: FakeEngine
) -> None:
    """Changes come before the first answer, with the answers, and while the connection is away."""
    actors.delay("getCount", 0.5)  # so that changes come between the subscription and the first answer
    async with AsyncRivetClient(actors.url) as client:
        counter = client.counter.get_or_create("streamed")
        stream = changes(counter)
        first = asyncio.ensure_future(anext(stream))
        await actors.calls.wait_for_async("getCount", running=True, timeout=60)
        await counter.increment(1)
        shown = [await first]
        for amount in (1, 10, 100):
            await counter.increment(amount)
            actors.drop_connections()
            await counter.increment(amount)
            await counter.increment(amount)
            while shown[-1] != f"data: {await counter.getCount()}\n\n":
                shown.append(await anext(stream))
        await stream.aclose()
    counts = [int(it.removeprefix("data: ")) for it in shown]
    assert counts == sorted(set(counts))
    assert counts[-1] == 334


@STREAMS
async def test_a_stream_ends_with_its_client(changes: Callable[..., Any], actors: FakeEngine) -> None:
    async with AsyncRivetClient(actors.url) as client:
        stream = changes(client.counter.get_or_create("streamed"))
        assert await anext(stream) == "data: 0\n\n"
    assert [it async for it in stream] == []


def flask_post(endpoint: str, timeout: float) -> Any:
    with flask_site(endpoint, timeout=timeout) as app:
        return app.test_client().post("/", data={"name": "Ann", "text": "hello"})


def django_post(endpoint: str, timeout: float) -> Any:
    with django_site(endpoint, timeout=timeout):
        return Client().post("/counters/home/increment")


def fastapi_post(endpoint: str, timeout: float) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RIVET_ENDPOINT", endpoint)
        patch.setattr(fastapi_app, "TIMEOUT", timeout)
        with TestClient(fastapi_app.app) as browser:
            return browser.post("/counters/home/increment")


FAULTS: dict[str, tuple[int, Callable[[FakeEngine], object]]] = {
    "refused": (400, lambda engine: engine.fail_next(None, "user", "closed", message="closed today")),
    "has not run": (503, lambda engine: engine.unreachable()),
    "has failed": (502, lambda engine: engine.fail_next(None, "rivetkit", "internal_error")),
    "may have run": (502, lambda engine: engine.lose_answers()),
    "takes too long": (504, lambda engine: engine.delay(None, 3600)),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("site", [flask_post, django_post, fastapi_post])
def test_errors_are_status_codes(site: Callable[..., Any], fault: str, actors: FakeEngine) -> None:
    status, provoke = FAULTS[fault]
    provoke(actors)
    answer = site(actors.url, timeout=3 if fault in ("has not run", "takes too long") else 60)
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)
    assert ("closed today" in answer.text) == (status == 400)
    assert len(actors.calls) == (0 if status == 503 else 1)  # nobody has repeated it


async def test_the_guest_book_in_a_browser(browser: Browser, actors: FakeEngine) -> None:
    with served_flask(actors.url) as url:
        page = await browser.page()
        await sign_guest_book(page, url)
        await browser.screenshots(page, "flask")


async def test_the_counter_in_two_browsers(browser: Browser, actors: FakeEngine) -> None:
    with served_django(actors.url) as url:
        pages = [await browser.page() for _ in range(2)]
        await count_together(pages, url)
        await browser.screenshots(pages[0], "django")
