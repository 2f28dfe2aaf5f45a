"""examples/fastapi_app.py: its own tests on both engines; and behind a real uvicorn, in front of a real engine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.docs.snippets import ROOT
from tests.support.serving import serving, waited_for


@pytest.fixture(scope="module")
def web(example_engine, tmp_path_factory) -> Iterator[httpx.Client]:
    with serving("fastapi_app:app", example_engine.url, tmp_path_factory.mktemp("service")) as (web, _):
        yield web


def listening(web: httpx.Client, path: str) -> contextlib.AbstractContextManager[Callable[[], str]]:
    """The server-sent events of a path, one for each call."""

    @contextlib.contextmanager
    def open_() -> Iterator[Callable[[], str]]:
        with web.stream("GET", path) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            events = (
                line.removeprefix("data: ") for line in response.iter_lines() if line.startswith("data: ")
            )
            yield lambda: next(events)

    return open_()


@pytest.mark.parametrize("kind", ["fake", "real"])
def test_its_own_tests(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """They pass on both engines; on the fake one without Node."""
    programs = str(tmp_path)  # there are none
    if kind == "real":
        request.getfixturevalue("example_engine")  # sees to the npm packages
        programs = os.environ["PATH"]
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "pytest",
            "-p",
            "rivet",
            "-p",
            "anyio",
            "-p",
            "no:cacheprovider",
            f"--rivet-engine={kind}",
        ],
        cwd=ROOT / "examples",
        env={
            **os.environ,
            "PATH": programs,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def awake(web: httpx.Client, *names: str) -> None:
    """Create counters. A busy engine may need more time for that than the service gives a request."""
    deadline = time.monotonic() + 60
    for name in names:
        while (answer := web.get(f"/counters/{quote(name)}")).status_code in (503, 504):
            assert time.monotonic() < deadline, answer.text


def test_events_reach_every_browser(web, key):
    awake(web, key)
    path = f"/counters/{key}"
    with listening(web, f"{path}/events") as one, listening(web, f"{path}/events") as other:
        assert (one(), other()) == ("0", "0")
        web.post(f"{path}/increment", params={"amount": 3})
        assert (one(), other()) == ("3", "3")
        web.post(f"{path}/increment", params={"amount": 4})
        assert (one(), other()) == ("7", "7")
    with listening(web, f"{path}/events") as late:
        assert late() == "7"


def test_the_page(web):
    assert "EventSource" in web.get("/").text


def test_without_an_engine(tmp_path):
    """The stream's first call, too, becomes a status code."""
    with serving("fastapi_app:app", "http://127.0.0.1:9", tmp_path) as (web, _):
        answer = web.get("/counters/a/events")
        assert (answer.status_code, answer.json()["code"]) in ((503, "unavailable"), (504, "timed_out"))


def test_the_connection_of_a_browser_that_leaves_is_closed(example_engine, key, tmp_path):
    with serving("fastapi_app:app", example_engine.url, tmp_path) as (web, log):
        awake(web, key)
        with listening(web, f"/counters/{key}/events") as stream:
            assert stream() == "0"
            assert " ended" not in log.read_text()
        waited_for(log, r"connection to counter\[.*\] ended\n")
        assert web.get(f"/counters/{key}").json() == {"count": 0}


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_open_stream_does_not_keep_it_from_ending(example_engine, key, tmp_path, stop):
    # uvicorn logs the CancelledError by which it ends the stream.
    service = serving("fastapi_app:app", example_engine.url, tmp_path, stop=stop, patience=1, errors=1)
    with service as (web, _):
        awake(web, key)
        stream = listening(web, f"/counters/{key}/events")
        assert stream.__enter__()() == "0"
    with contextlib.suppress(httpx.HTTPError):
        stream.__exit__(None, None, None)
