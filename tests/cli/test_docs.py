"""The examples of docs/command-line.md: blocks that start with "$ " are run on a terminal, one after the other."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import click
import pytest

from rivet_client.cli.app import COMMANDS, root
from tests.cli.command import run_on_terminal
from tests.docs.snippets import ROOT, fences
from tests.support.engine import EXAMPLE_REGISTRY, PrivateEngine

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


@pytest.mark.timeout(300)
def test_the_examples(private_engine: Callable[..., PrivateEngine]) -> None:
    # Of its own: the page lists all games there are, and other pages play some.
    endpoint = private_engine(EXAMPLE_REGISTRY).url
    assert len(sessions()) > 15
    for command, promised in sessions():
        program, *args = shlex.split(command)
        assert program == "rivet-client"
        done = run_on_terminal(*args, columns=100, RIVET_ENDPOINT=endpoint, NO_COLOR="1")
        shown = (
            "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", done.out).splitlines()) + "\n"
        )
        shown = re.sub(r"\(median of \d\)", "(median of 5)", shown)  # fewer on a busy machine
        pattern = ".*".join(map(re.escape, promised.split("...")))
        assert re.fullmatch(pattern, shown), f"$ {command}\npromises\n{promised}\nand prints\n{shown}"


def told(heading: str) -> set[str]:
    """The options in the table of a section, each with what it takes: `--key PART`."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].partition("\n## ")[0]
    table = re.search(r"^\| Option (\|.*\n)+", section, re.MULTILINE)
    cells = re.findall(r"^\| (`-[^|]*) \|", table[0], re.MULTILINE) if table else []
    return set(re.findall(r"`([^`]+)`", " ".join(cells)))


def taken(options: list[click.Parameter]) -> set[str]:
    """The same, from the options themselves."""
    return {
        opt if option.is_flag or option.count else f"{opt} {option.metavar or 'NAME'}"
        for option in options
        if isinstance(option, click.Option)
        for opt in option.opts
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_told_and_no_other(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    assert told(name) == taken([option for option in command.params if not hasattr(option, "section")])
    _, *arguments = command.collect_usage_pieces(click.Context(command))
    usage = " ".join(["rivet-client", name, *arguments]).replace("{", "").replace("}", "")
    assert re.search(rf"^`{re.escape(usage)}( \[?-o [A-Z]+\]?)?`$", PAGE.read_text("utf-8"), re.MULTILINE)


def test_every_option_of_all_commands_is_told() -> None:
    help_option = root.get_help_option(click.Context(root, **root.context_settings))
    assert help_option is not None
    assert told("Settings") == taken([*root.params, help_option]) | {"-vv"}
