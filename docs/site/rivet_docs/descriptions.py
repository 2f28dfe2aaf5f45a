"""Tells search engines what a page is about: its first paragraph."""

from __future__ import annotations

from html import escape
from textwrap import shorten
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

__all__ = ["first_paragraph", "setup"]


def first_paragraph(page: nodes.document) -> str:
    """Return the text of the first paragraph below a heading, in one line; "" if there is none."""
    for paragraph in page.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            return " ".join(paragraph.astext().split())
    return ""


def _describe(
    _: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    text = first_paragraph(tree) if tree is not None else ""
    if text:
        context["metatags"] += (
            f'<meta name="description" content="{escape(shorten(text, 200, placeholder=" …"))}">'
        )


def setup(app: Sphinx) -> None:
    """Register the event."""
    app.connect("html-page-context", _describe)
