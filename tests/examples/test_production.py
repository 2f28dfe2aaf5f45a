"""The recipes of docs/in-production.md: its files saved, its commands run, in front of a fake engine."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from rivet_client.testing import FakeEngine
from tests.docs.snippets import ROOT, fences

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

# What a project has anyway, and the page does not tell.
DJANGO = {
    "mysite/__init__.py": "",
    "mysite/settings.py": """
        SECRET_KEY, ROOT_URLCONF, ALLOWED_HOSTS = "x", "mysite.urls", ["*"]
    """,
    "mysite/urls.py": """
        from django.urls import path
        import views
        urlpatterns = [path("visits", views.visit), path("visits-async", views.visit_async)]
    """,
    "mysite/wsgi.py": """
        import os
        from django.core.wsgi import get_wsgi_application
        os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
        application = get_wsgi_application()
    """,
    "mysite/asgi.py": """
        import os
        from django.core.asgi import get_asgi_application
        os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
        application = get_asgi_application()
    """,
}
CELERY = {
    "celeryconfig.py": """
        broker_url, result_backend = "filesystem://", "file://results"
        broker_transport_options = {
            "data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control", "polling_interval": 0.1,
        }
        worker_enable_remote_control = False
    """,
    "queue/.keep": "",
    "results/.keep": "",
    "ask.py": """
        from celery import group
        from tasks import add
        print(sorted(group(add.s("counter", ["site", "visits"], 1) for _ in range(4))().get(timeout=50)))
    """,
}


class Counter:
    count = 0

    def increment(self, ctx, amount):
        self.count += amount
        return self.count


@pytest.fixture
def counters() -> Iterator[FakeEngine]:
    engine = FakeEngine()
    engine.add_actor("counter", Counter)
    with engine:
        yield engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with the files of the page."""
    for line, info, text in BLOCKS:
        if info == "python file":
            (name,) = re.findall(r"^Save this as `([\w.]+)`:$", LINES[line - 3])
            (tmp_path / name).write_text(text)
    for name, text in {**DJANGO, **CELERY}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join(part.strip() for part in text.splitlines()))
    return tmp_path


def environment(engine: FakeEngine) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RIVET_")}
    return {**inherited, "RIVET_ENDPOINT": engine.url, "PYTHONPATH": os.pathsep.join([".", *sys.path])}


@contextlib.contextmanager
def running(
    command: str, is_ready: Callable[[str], bool], engine: FakeEngine, folder: Path
) -> Iterator[None]:
    """Run a command of the page until its log, or anything else, shows that it is ready; stop it as deployments do."""
    program, *arguments = command.split()
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
        *("gunicorn", "gunicorn", "uvicorn"),
        "celery",
        *("gunicorn", "uvicorn"),
    ]


@pytest.mark.parametrize("command", SERVERS)
def test_a_server(command: str, counters: FakeEngine, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = "visits-async" if "mysite.asgi" in command else "visits"
    with running(command.replace("8000", str(port)), lambda _: is_open(port), counters, folder):
        for number in (1, 2, 3, 4):  # a connection each, so that any worker may get it
            answer = httpx.post(f"http://127.0.0.1:{port}/{path}", timeout=60)
            assert answer.status_code == 200, answer.text
            assert answer.json() in (number, {"count": number})


def test_a_worker(counters: FakeEngine, folder: Path) -> None:
    (command,) = [command for command in COMMANDS if command.startswith("celery")]
    with running(command, lambda log: "ready" in log, counters, folder):
        asked = subprocess.run(
            [sys.executable, "ask.py"],
            cwd=folder,
            env=environment(counters),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert asked.stdout == "[1, 2, 3, 4]\n", asked.stderr


def test_settings_of_a_pod() -> None:
    (manifest,) = [yaml.safe_load(text) for _, info, text in BLOCKS if info == "yaml"]
    names = [variable["name"] for variable in manifest["spec"]["containers"][0]["env"]]
    table = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert names
    assert all(f"`{name}`" in table for name in names)
