"""The recipes of docs/in-production.md: its files are saved, and its commands run, in front of a fake engine."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from rivet_client.testing import FakeEngine
from tests.docs.snippets import ROOT, fences
from tests.support.ports import free_port

PAGE = ROOT / "docs" / "in-production.md"
LINES = PAGE.read_text(encoding="utf-8").splitlines()
BLOCKS = list(fences(PAGE))
COMMANDS = [
    line
    for _, info, text in BLOCKS
    if info == "sh"
    for line in text.splitlines()
    if "rivet-client" not in line
]

ASK = """
from celery import group
from tasks import announce, deposit
announce.delay("lobby", "lunch").get(timeout=50)
print(sorted(group(deposit.s("ann", 1) for _ in range(4))().get(timeout=50)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the page and of the examples that it tells of."""
    examples = ROOT / "examples"
    shutil.copy(examples / "flask_app.py", tmp_path)
    for name in ("django_site", "celery_worker"):
        shutil.copytree(
            examples / name, tmp_path, ignore=shutil.ignore_patterns("run", "__pycache__"), dirs_exist_ok=True
        )
    for line, info, text in BLOCKS:
        if info == "python file" and (name := re.match(r"Save this as `([\w.]+)`:$", LINES[line - 3])):
            (tmp_path / name[1]).write_text(text)
    return tmp_path


def test_what_the_page_shows_of_the_examples_stands_in_them() -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = re.findall(
        r"^From \[(\S+)\]\([^`]*?:\n\n```python file\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    assert len(shown) == 2
    for name, block in shown:
        assert block in (ROOT / name).read_text(encoding="utf-8"), name


def environment(engine: FakeEngine) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET_")}
    return {**inherited, "RIVET_ENDPOINT": engine.url, "PYTHONPATH": os.pathsep.join([".", *sys.path])}


@contextlib.contextmanager
def running(
    command: str, is_ready: Callable[[str], bool], engine: FakeEngine, folder: Path
) -> Iterator[None]:
    """Run a command of the page until its log, or anything else, shows that it is ready; stop it as deployments do."""
    program, *arguments = shlex.split(command)
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", program, *arguments],
            cwd=folder,
            env=environment(engine),
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 60
        while not is_ready(log.read_text()):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=50)
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        process.kill()
        process.wait()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


SERVERS = [command for command in COMMANDS if not command.startswith("celery")]


def test_the_page_has_these_recipes() -> None:
    assert [command.split()[0] for command in COMMANDS] == [
        *("gunicorn", "gunicorn", "uvicorn"),  # by themselves
        "gunicorn",  # Flask
        "celery",
        *("gunicorn", "uvicorn"),  # Django
    ]


def visit(application: str, url: str) -> int:
    """Be one more visitor, with a connection of its own, so that any worker may get it. Returns how many there were."""
    with httpx.Client(base_url=url, timeout=60) as browser:
        if application == "wsgi:application":
            return int(browser.post("/").text)
        if application == "asgi:app":
            return int(browser.post("/visits").json()["count"])
        if application == "flask_app:create_app()":
            browser.post("/", data={"name": "Ann", "text": "hello"})
            return browser.get("/").text.count("Ann")
        assert browser.get("/").status_code == 200
        token = {"x-csrftoken": browser.cookies["csrftoken"]}
        page = browser.post("/counters/home/increment", headers=token, follow_redirects=True).text
        return int(page.partition("<output>")[2].partition("<")[0])


@pytest.mark.parametrize("command", SERVERS)
def test_a_server(command: str, actors: FakeEngine, folder: Path) -> None:
    port = free_port()
    *_, application = shlex.split(command)
    with running(command.replace("8000", str(port)), lambda _: is_open(port), actors, folder):
        assert [visit(application, f"http://127.0.0.1:{port}") for _ in range(4)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("fault", "timeout", "status"),
    [
        (FakeEngine.lose_answers, 60, "502 Bad Gateway"),
        (FakeEngine.unreachable, 3, "503 Service Unavailable"),  # after attempts for so long
    ],
)
def test_a_caller_repeats_only_what_has_not_run(
    fault: Callable[[FakeEngine], object],
    timeout: float,
    status: str,
    actors: FakeEngine,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RIVET_ENDPOINT", actors.url)
    names: dict[str, Any] = {}
    exec((folder / "wsgi.py").read_text().replace("timeout=20", f"timeout={timeout}"), names)
    fault(actors)
    answers: list[tuple[str, list[tuple[str, str]]]] = []
    names["application"]({}, lambda *answer: answers.append(answer))
    names["client"].close()
    [(told, headers)] = answers
    assert told == status
    assert ("retry-after" in dict(headers)) is (not actors.calls)


def test_a_worker(actors: FakeEngine, folder: Path) -> None:
    (command,) = [command for command in COMMANDS if command.startswith("celery")]
    with running(command, lambda log: "ready" in log, actors, folder):
        asked = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=folder,
            env=environment(actors),
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert asked.stdout == "[1, 2, 3, 4]\n", asked.stderr
        actors.messages.assert_one("announcements", {"text": "lunch"})


def test_settings_of_a_pod() -> None:
    (manifest,) = [yaml.safe_load(text) for _, info, text in BLOCKS if info == "yaml"]
    names = [variable["name"] for variable in manifest["spec"]["containers"][0]["env"]]
    table = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert names
    assert all(f"`{name}`" in table for name in names)
