"""What the site needs beside Sphinx and its usual extensions.

| Module | What it does |
|---|---|
| `markdown` | reads the guides: blocks of both flavours, links to files outside of docs/ |
| `flavours` | makes tabs of what exists for blocking and for asyncio |
| `docstrings` | turns docstrings into reStructuredText |
| `names` | links inline code to the reference |
| `tables` | directives that read settings, options and error codes from the code |
| `sources` | pages that show files of the project |
| `texts` | what language models read: llms.txt, and each page as Markdown |
"""

from __future__ import annotations

from sphinx.application import Sphinx

from rivet_docs import docstrings, flavours, markdown, names, sources, tables, texts

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything."""
    for module in (markdown, flavours, docstrings, names, sources, tables, texts):
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
