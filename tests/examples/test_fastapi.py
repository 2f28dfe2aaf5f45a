"""examples/fastapi_app.py behind a real uvicorn, in front of a real engine."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.docs.snippets import ROOT


@contextlib.contextmanager
def serving(endpoint: str) -> Iterator[httpx.Client]:
    """Start the service on a free port; stop it as a deployment would, and see that it ends well."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET_")}
    options = ("--app-dir", str(ROOT / "examples"), "--port", "0", "--timeout-graceful-shutdown", "2")
    server = subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-m", "uvicorn", "fastapi_app:app", *options],
        env={**inherited, "RIVET_ENDPOINT": endpoint, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    log = ""
    try:
        while (running := re.search(r"running on (http://\S+)", log)) is None:
            line = server.stderr.readline()
            assert line, f"uvicorn ended:\n{log}"
            log += line
        with httpx.Client(base_url=running[1], timeout=30) as browser:
            yield browser
        server.send_signal(signal.SIGTERM)
        log += server.communicate(timeout=20)[1]
        assert "Application shutdown complete" in log
        # No traceback, no client or connection left open.
        assert "ERROR" not in log
        assert "Exception ignored" not in log
    finally:
        server.kill()
        server.communicate()


@pytest.fixture(scope="module")
def browser(example_engine) -> Iterator[httpx.Client]:
    with serving(example_engine.url) as browser:
        yield browser


def listening(browser: httpx.Client, path: str) -> contextlib.AbstractContextManager[Callable[[], str]]:
    """The server-sent events of a path, one for each call."""

    @contextlib.contextmanager
    def open_() -> Iterator[Callable[[], str]]:
        with browser.stream("GET", path) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            events = (
                line.removeprefix("data: ") for line in response.iter_lines() if line.startswith("data: ")
            )
            yield lambda: next(events)

    return open_()


def test_calls(browser, key):
    path = f"/counters/{key}"
    assert browser.get(path).json() == {"count": 0}
    assert browser.post(f"{path}/increment").json() == {"count": 1}
    assert browser.post(f"{path}/increment", params={"amount": 4}).json() == {"count": 5}
    assert browser.get(path).json() == {"count": 5}


def test_every_name_is_a_counter_of_its_own(browser, key):
    for amount, name in enumerate((key, f"{key},x", f"{key}\\x", f"{key} x"), 1):
        answer = browser.post(f"/counters/{quote(name)}/increment", params={"amount": amount})
        assert answer.json() == {"count": amount}


def test_events_reach_every_browser(browser, key):
    path = f"/counters/{key}"
    with listening(browser, f"{path}/events") as one, listening(browser, f"{path}/events") as other:
        assert (one(), other()) == ("0", "0")
        browser.post(f"{path}/increment", params={"amount": 3})
        assert (one(), other()) == ("3", "3")
        browser.post(f"{path}/increment", params={"amount": 4})
        assert (one(), other()) == ("7", "7")
    with listening(browser, f"{path}/events") as late:
        assert late() == "7"


def test_errors(browser, key):
    refused = browser.post(f"/counters/{key}/fail", params={"reason": "closed"})
    assert refused.status_code == 400
    assert refused.json() == {
        "code": "user.refused",
        "message": "refused: closed",
        "metadata": {"reason": "closed", "count": 0},
    }
    missing = browser.get(f"/tables/{key}")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_the_page(browser):
    assert "EventSource" in browser.get("/").text


def test_without_an_engine():
    """The stream's first call, too, becomes a status code."""
    with serving("http://127.0.0.1:9") as browser:
        answer = browser.get("/counters/a/events")
        assert (answer.status_code, answer.json()["code"]) in ((503, "unavailable"), (504, "timed_out"))


def test_an_open_stream_does_not_keep_it_from_ending(example_engine, key):
    with serving(example_engine.url) as browser, contextlib.ExitStack() as stack:
        stream = stack.enter_context(listening(browser, f"/counters/{key}/events"))
        assert stream() == "0"
        stack.pop_all()  # still open when the service is told to stop
