"""Reads the guides, which are plain Markdown for GitHub.

A link to a file outside of docs/ leads to the page that includes the file, if there is one, else to a page that shows
its source. A block that is marked `python asyncio` becomes the second tab of the block before it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx
from sphinx.util import logging

from rivet_docs.flavours import mark_asyncio
from rivet_docs.sources import show_source

__all__ = ["Parser", "setup"]

_INCLUDE = re.compile(r"^\.\. include:: (\S+\.md)$", re.MULTILINE)
_HAS_SCHEME = re.compile(r"[a-zA-Z][\w+.-]*:")

logger = logging.getLogger(__name__)


class Parser(MystParser):
    """Reads a guide, or a Markdown file that a page includes."""

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Fill the document."""
        parser = create_md_parser(document.settings.env.myst_config, _Renderer)
        parser.options["document"] = document
        parser.render(inputstring)


class _Renderer(SphinxRenderer):
    def render_fence(self, token: SyntaxTreeNode) -> None:
        super().render_fence(token)
        if token.info.split()[1:] == ["asyncio"]:
            mark_asyncio(self.current_node[-1])

    def render_link(self, token: SyntaxTreeNode) -> None:
        href = str(token.attrGet("href") or "")
        if href and not href.startswith("#") and not _HAS_SCHEME.match(href):
            path, mark, fragment = href.partition("#")
            file = self._file(path)
            page = self.sphinx_env.config.rivet_pages.get(file)
            if page is not None:
                token.attrs["href"] = f"/{page}{mark}{fragment}"
            elif file.exists() and file.suffix != ".md":
                self._link_source(token, file)
                return
            else:
                line = token.map[0] if token.map else None
                logger.warning("no page shows %s", href, location=(self.sphinx_env.docname, line))
        super().render_link(token)

    def render_image(self, token: SyntaxTreeNode) -> None:
        src = str(token.attrGet("src") or "")
        if not _HAS_SCHEME.match(src):
            folder = Path(self.sphinx_env.doc2path(self.sphinx_env.docname)).parent
            token.attrs["src"] = Path(os.path.relpath(self._file(src), folder)).as_posix()
        super().render_image(token)

    def _file(self, path: str) -> Path:
        return (Path(self.document["source"]).parent / unquote(path)).resolve()

    def _link_source(self, token: SyntaxTreeNode, file: Path) -> None:
        link = nodes.reference(refuri=show_source(self.sphinx_env, file), internal=True)
        self.add_line_and_source_path(link, token)
        with self.current_node_context(link, append=True):
            self.render_children(token)


def _find_pages(app: Sphinx, config: Any) -> None:
    """Note which page shows which Markdown file."""
    docs = Path(app.srcdir).resolve()
    pages = {file: file.relative_to(docs).as_posix() for file in docs.glob("*.md")}
    for page in docs.rglob("*.rst"):
        for path in _INCLUDE.findall(page.read_text(encoding="utf-8")):
            pages[(page.parent / path).resolve()] = page.relative_to(docs).as_posix()
    config.rivet_pages = pages


def setup(app: Sphinx) -> None:
    """Register the parser."""
    app.add_config_value("rivet_pages", {}, "", dict)
    app.add_source_parser(Parser, override=True)
    app.connect("config-inited", _find_pages)
