"""How a step that takes a while is told."""

from __future__ import annotations

import io
import os
import pty
import sys

import pytest
from rich.console import Console

from rivet_client.cli import output
from rivet_client.cli.output import message_console, note, print_value
from rivet_client.cli.progress import step


def a_step() -> None:
    with step("reading [bold]a.ts") as reading:
        note("meanwhile")
        reading.say("installing the compiler ...")
    note("end of the step")
    assert reading.took.endswith(" s")


def shown_on_terminal(monkeypatch: pytest.MonkeyPatch) -> str:
    ours, theirs = pty.openpty()
    shown = ""
    try:
        with monkeypatch.context() as patched, open(theirs, "w") as stderr:
            patched.setattr(sys, "stderr", stderr)
            message_console.cache_clear()  # it looks at its terminal once
            a_step()
            while "end of the step" not in shown:
                shown += os.read(ours, 65536).decode()
    finally:
        message_console.cache_clear()
        os.close(ours)
    return shown.replace("\r\n", "\n")


def test_a_step_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    shown = shown_on_terminal(monkeypatch)
    # One line, which is written again and again, below what is noted, and is gone at the end.
    assert "reading [bold]a.ts 0:00:00" in shown
    assert shown.index("meanwhile\n") < shown.index("installing the compiler 0:00:00")
    assert shown.rpartition("\x1b[2K")[2] == "end of the step\n"


@pytest.mark.parametrize("length", [100, 1_000_000])
def test_only_a_long_value_is_printed_without_colours(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    screen = io.StringIO()
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Console(file=screen, force_terminal=True, color_system="standard", highlight=False)
    monkeypatch.setattr(output, "console", lambda: terminal)
    print_value([0] * (length // 3), for_people=True)
    assert ("\x1b" in screen.getvalue()) == (length == 100)


def test_a_step_elsewhere(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    lines = ["reading [bold]a.ts ...", "meanwhile", "installing the compiler ...", "end of the step"]
    a_step()
    assert capfd.readouterr().err.splitlines() == lines
    monkeypatch.setenv("TERM", "dumb")
    assert shown_on_terminal(monkeypatch).splitlines() == lines
