"""examples/flask_app.py and examples/django_site in this process; and what somebody does there in a browser."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import pytest
import uvicorn
from django.conf import settings
from django.test import override_settings
from flask import Flask
from playwright.async_api import Page
from werkzeug.serving import make_server

from examples import flask_app
from tests.docs.snippets import ROOT
from tests.support.browser import expect

sys.path.append(str(ROOT / "examples" / "django_site"))
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("DJANGO_SETTINGS_MODULE", "mysite.settings")
    patch.setenv("TZ", "UTC")  # Django sets it for the whole process
    from counters import rivet, views
    from mysite.asgi import application
time.tzset()

__all__ = [
    "count_together",
    "django_site",
    "flask_site",
    "rivet",
    "served_django",
    "served_flask",
    "sign_guest_book",
    "views",
]


@contextlib.contextmanager
def flask_site(endpoint: str, *, timeout: float = 60) -> Iterator[Flask]:
    app = flask_app.create_app({"RIVET_ENDPOINT": endpoint, "RIVET_TIMEOUT": timeout})
    with app.extensions["rivet"]:
        yield app


@contextlib.contextmanager
def django_site(endpoint: str, *, timeout: float = 60) -> Iterator[None]:
    hosts = [*settings.ALLOWED_HOSTS, "testserver"]  # which Django's test client asks for
    changed = override_settings(RIVET_TIMEOUT=timeout, ALLOWED_HOSTS=hosts)
    with changed, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RIVET_ENDPOINT", endpoint)
        with rivet.client():
            yield
        rivet.client.cache_clear()
        rivet.async_client.cache_clear()


@contextlib.contextmanager
def served_flask(endpoint: str) -> Iterator[str]:
    with flask_site(endpoint) as app:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@contextlib.contextmanager
def served_django(endpoint: str) -> Iterator[str]:
    with django_site(endpoint), socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(application, lifespan="off", log_level="critical", timeout_graceful_shutdown=10)
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


async def sign_guest_book(page: Page, url: str) -> None:
    await page.goto(url)
    for name, text in (("Ann", "Lovely place. We will come again!"), ("Bob", "The soup was <hot>.")):
        await page.get_by_label("name").fill(name)
        await page.get_by_label("text").fill(text)
        await page.get_by_role("button").click()
        await expect(page.get_by_text(text)).to_be_visible()


async def count_together(pages: Sequence[Page], url: str) -> None:
    for page in pages:
        await page.goto(url)
        await page.wait_for_function("events.readyState === EventSource.OPEN")
    for number, page in enumerate((*pages, *pages, *pages), 1):
        await page.get_by_role("button").click()
        for each in pages:
            await expect(each.get_by_role("status")).to_have_text(str(number))
    for page in pages:  # the streams would keep the server
        await page.evaluate("events.close()")
