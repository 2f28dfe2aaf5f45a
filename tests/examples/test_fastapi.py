"""examples/fastapi_app.py: its own tests on both engines; and behind a real uvicorn, in front of a real engine."""

from __future__ import annotations

import contextlib
import json
import os
import re
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

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
}


@contextlib.contextmanager
def serving(
    endpoint: str, folder: Path, *, stop: signal.Signals = signal.SIGTERM, errors: int = 0
) -> Iterator[tuple[httpx.Client, Path]]:
    """Start the service on a free port; stop it as a deployment would, and see that it ends well.

    Yields a browser, and the file into which the service writes what it logs, INFO included.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET_")}
    log, config = folder / "log", folder / "logging.json"
    config.write_text(json.dumps(LOGGING))
    options = ("--app-dir", ROOT / "examples", "--port", "0", "--timeout-graceful-shutdown", "2")
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "uvicorn", "fastapi_app:app"]
    with log.open("w") as stderr:
        server = subprocess.Popen(
            [*command, *map(str, options), "--log-config", str(config)],
            env={**inherited, "RIVET_ENDPOINT": endpoint, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    try:
        running = waited_for(log, r"running on (http://\S+)")
        with httpx.Client(base_url=running[1], timeout=60) as browser:
            yield browser, log
            server.send_signal(stop)
            server.wait(timeout=50)
        told = log.read_text()
        assert "Application shutdown complete" in told
        # No traceback, no client or connection left open.
        assert told.count("Traceback") == errors, told
        assert "Exception ignored" not in told
        assert told.count("connected to ") == told.count(" ended\n")
    finally:
        server.kill()
        server.wait()


def waited_for(log: Path, pattern: str) -> re.Match[str]:
    """The first place in the log where a pattern matches, sooner or later."""
    deadline = time.monotonic() + 60
    while (found := re.search(pattern, log.read_text())) is None:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def browser(example_engine, tmp_path_factory) -> Iterator[httpx.Client]:
    with serving(example_engine.url, tmp_path_factory.mktemp("service")) as (browser, _):
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


def awake(browser: httpx.Client, *names: str) -> None:
    """Create counters. A busy engine may need more time for that than the service gives a request."""
    deadline = time.monotonic() + 60
    for name in names:
        while (answer := browser.get(f"/counters/{quote(name)}")).status_code in (503, 504):
            assert time.monotonic() < deadline, answer.text


def test_events_reach_every_browser(browser, key):
    awake(browser, key)
    path = f"/counters/{key}"
    with listening(browser, f"{path}/events") as one, listening(browser, f"{path}/events") as other:
        assert (one(), other()) == ("0", "0")
        browser.post(f"{path}/increment", params={"amount": 3})
        assert (one(), other()) == ("3", "3")
        browser.post(f"{path}/increment", params={"amount": 4})
        assert (one(), other()) == ("7", "7")
    with listening(browser, f"{path}/events") as late:
        assert late() == "7"


def test_the_page(browser):
    assert "EventSource" in browser.get("/").text


def test_without_an_engine(tmp_path):
    """The stream's first call, too, becomes a status code."""
    with serving("http://127.0.0.1:9", tmp_path) as (browser, _):
        answer = browser.get("/counters/a/events")
        assert (answer.status_code, answer.json()["code"]) in ((503, "unavailable"), (504, "timed_out"))


def test_the_connection_of_a_browser_that_leaves_is_closed(example_engine, key, tmp_path):
    with serving(example_engine.url, tmp_path) as (browser, log):
        awake(browser, key)
        with listening(browser, f"/counters/{key}/events") as stream:
            assert stream() == "0"
            assert " ended" not in log.read_text()
        waited_for(log, r"connection to counter\[.*\] ended\n")
        assert browser.get(f"/counters/{key}").json() == {"count": 0}


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_open_stream_does_not_keep_it_from_ending(example_engine, key, tmp_path, stop):
    # uvicorn logs the CancelledError by which it ends the stream.
    with serving(example_engine.url, tmp_path, stop=stop, errors=1) as (browser, _):
        awake(browser, key)
        stream = listening(browser, f"/counters/{key}/events")
        assert stream.__enter__()() == "0"
    with contextlib.suppress(httpx.HTTPError):
        stream.__exit__(None, None, None)
