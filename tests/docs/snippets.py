"""Runs the Python of one Markdown page in the way a reader does who copies one block after the other.

    python tests/docs/snippets.py docs/actions.md      with RIVET_ENDPOINT of an engine that serves examples/registry

A page is two programs. Its blocks marked ```python are the blocking one, those marked ```python asyncio the other,
in which `await` may stand outside a function, as in `python -m asyncio`; a block that calls
`asyncio.run` is a program by itself. Lines that start with `# ->` are what the
block prints; `...` in them stands for anything. So that pages do not meet, every key that a block gives to `client`
gets a suffix, which is taken out of what is printed again.

Blocks that end in `pytest`, as in ```python pytest, are the files of a third program: a project with tests. Each begins
with a comment that names the file.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import logging
import os
import re
import sys
import time
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Snippet", "fences", "project_files", "snippets"]

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_OUTPUT = re.compile(r"^ *# -> ?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """One block of Python.

    Attributes:
        page: The file.
        line: Line of the file before its first line.
        is_asyncio: Which of the page's programs it belongs to.
        code: Its text.
    """

    page: Path
    line: int
    is_asyncio: bool
    code: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    def compiled(self, endpoint: str, suffix: str) -> types.CodeType:
        """Return the code, made to talk to `endpoint` about actors of its own."""
        code = self.code.replace("localhost:6420", endpoint.removeprefix("http://"))
        tree = _OwnKeys(suffix).visit(ast.parse(code))
        ast.increment_lineno(ast.fix_missing_locations(tree), self.line)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self.is_asyncio else 0
        return compile(tree, self.page, "exec", flags)

    def check(self, printed: str) -> None:
        """Compare what was printed with what the block says it prints, if it says anything.

        Raises:
            AssertionError: They differ.
        """
        promised = _OUTPUT.findall(self.code)
        if promised:
            pattern = "\n".join(".*".join(map(re.escape, line.split("..."))) for line in promised)
            told = "\n".join(promised)
            assert re.fullmatch(pattern, printed.strip()), f"{self} promises\n{told}\nand prints\n{printed}"


def fences(page: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line number, info string and text of each fenced block."""
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        yield text.count("\n", 0, match.start("code")), match["info"], match["code"]


def snippets(page: Path) -> list[Snippet]:
    """Return the blocks of a page that are to be run."""
    return [
        Snippet(page, line, info == "python asyncio", code)
        for line, info, code in fences(page)
        if info in ("python", "python asyncio")
    ]


def project_files(page: Path) -> dict[str, str]:
    """Return the files of the page's project with tests: path -> text. Blocks of one file are joined."""
    files: dict[str, str] = {}
    for line, info, code in fences(page):
        if info.endswith(" pytest"):
            name = re.match(r"# (\S+)\n", code)
            assert name, f"{page.name}:{line} does not begin with the name of its file"
            files[name[1]] = files.get(name[1], "") + code
    return files


class _OwnKeys(ast.NodeTransformer):
    """Adds a suffix to the last component of each key: `client.counter.get_or_create(["a", b + suffix])`."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(ast.Name("client"), "get" | "get_or_create" | "create"):
                self._mark(node.args, 1)
            case ast.Attribute(
                ast.Attribute(ast.Name("client")) | ast.Call(ast.Attribute(ast.Name("client"), "actor")),
                "get" | "get_or_create" | "create",
            ):
                self._mark(node.args, 0)
        return node

    def _mark(self, nodes: list[ast.expr], index: int) -> None:
        match nodes[index : index + 1]:
            case [ast.List(elts=[*_, _] as parts) | ast.Tuple(elts=[*_, _] as parts)]:
                self._mark(parts, len(parts) - 1)
            case [ast.Constant(int())]:
                pass  # a page about what is refused
            case [part]:
                nodes[index] = ast.BinOp(part, ast.Add(), ast.Constant(self._suffix))


async def _awaited(code: types.CodeType, names: dict[str, Any]) -> None:
    result = eval(code, names)
    if inspect.isawaitable(result):
        await result


def run(page: Path, endpoint: str) -> None:
    """Run both programs of a page, their blocks in the order of the page."""
    suffixes = {is_asyncio: f"~{time.time_ns():x}{is_asyncio:d}" for is_asyncio in (False, True)}
    programs: dict[bool, dict[str, Any]] = {name: {"__name__": "__main__"} for name in (False, True)}
    # Its last resort for programs that configure no logging is standard error, which must stay empty.
    logging.lastResort = logging.NullHandler()
    with asyncio.Runner() as loop:
        try:
            for snippet in snippets(page):
                suffix = suffixes[snippet.is_asyncio]
                code = snippet.compiled(endpoint, suffix)
                names = programs[snippet.is_asyncio]
                with contextlib.redirect_stdout(io.StringIO()) as printed:
                    if snippet.is_asyncio and "asyncio.run(" not in snippet.code:
                        loop.run(_awaited(code, names))
                    else:
                        exec(code, names)
                snippet.check(printed.getvalue().replace(suffix, ""))
        finally:
            if client := programs[False].get("client"):
                client.close()
            if client := programs[True].get("client"):
                loop.run(client.close())


if __name__ == "__main__":
    run(Path(sys.argv[1]).resolve(), os.environ["RIVET_ENDPOINT"])
