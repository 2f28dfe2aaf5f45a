"""Pages with files and folders of the project that guides link to: `source/examples/registry/registry.ts.html`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

__all__ = ["ROOT", "setup", "show_source"]

_TEXTS = {".css", ".html", ".js", ".md", ".py", ".toml", ".ts", ".txt"}

ROOT = Path(__file__).resolve().parents[3]


def show_source(env: BuildEnvironment, file: Path) -> str:
    """Note that the site shows a file, and return the URL of its page, seen from the page that is being read."""
    path = file.relative_to(ROOT).as_posix()
    _shown(env).setdefault(env.docname, set()).add(path)
    return env.app.builder.get_relative_uri(env.docname, f"source/{path}")


def _shown(env: BuildEnvironment) -> dict[str, set[str]]:
    """The files, by the page that links to them."""
    if not hasattr(env, "rivet_sources"):
        env.rivet_sources = {}
    return env.rivet_sources


def _forget(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _shown(env).pop(docname, None)


def _merge(_: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    _shown(env).update({name: paths for name, paths in _shown(other).items() if name in docnames})


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    for path in sorted(set().union(*_shown(app.env).values())):
        place = ROOT / path
        body = f"<h1>{path}</h1>"
        for file in _files(place):
            if file != place:
                body += f"<h2>{file.relative_to(place).as_posix()}</h2>"
            body += app.builder.highlighter.highlight_block(file.read_text(encoding="utf-8"), _language(file))
        yield f"source/{path}", {"title": path, "body": body}, "page.html"


def _files(place: Path) -> list[Path]:
    """Return a file, or the files of a folder without what tools have written."""
    if place.is_file():
        return [place]
    hidden = ("_", ".", "node_modules")
    found = (it for it in place.rglob("*") if it.is_file() and it.suffix in _TEXTS and it.stat().st_size)
    return sorted(
        it for it in found if not any(part.startswith(hidden) for part in it.relative_to(place).parts)
    )


def _language(file: Path) -> str:
    try:
        return get_lexer_for_filename(file.name).aliases[0]
    except ClassNotFound:
        return "text"


def setup(app: Sphinx) -> None:
    """Register the events."""
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("html-collect-pages", _pages)
