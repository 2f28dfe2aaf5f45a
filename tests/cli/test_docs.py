"""The examples of docs/command-line.md: blocks that start with "$ " are run on a terminal, one after the other."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from rivet_client.cli.app import COMMANDS, root
from tests.cli.command import run_on_terminal
from tests.docs.snippets import ROOT, fences
from tests.support.engine import SharedEngine

PAGE = ROOT / "docs" / "command-line.md"


def sessions() -> list[tuple[str, str]]:
    """Each command with the output that the page promises."""
    blocks = [text for _, info, text in fences(PAGE) if info == "text" and text.startswith("$ ")]
    found = []
    for block in blocks:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.mark.timeout(120)
def test_the_examples(example_engine: SharedEngine) -> None:
    assert len(sessions()) > 15
    for command, promised in sessions():
        program, *args = shlex.split(command)
        assert program == "rivet-client"
        done = run_on_terminal(*args, columns=100, RIVET_ENDPOINT=example_engine.url, NO_COLOR="1")
        shown = (
            "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", done.out).splitlines()) + "\n"
        )
        pattern = ".*".join(map(re.escape, promised.split("...")))
        assert re.fullmatch(pattern, shown), f"$ {command}\npromises\n{promised}\nand prints\n{shown}"


def test_every_command_and_option_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    context = click.Context(root)
    for name in COMMANDS:
        command = root.get_command(context, name)
        assert command is not None
        assert f"\n## {name}\n" in text
        for option in command.params:
            if isinstance(option, click.Option):
                assert any(re.search(rf"`(\S+, )?{opt}\b", text) for opt in option.opts), option.opts
