"""What the site needs beside Sphinx and its usual extensions.

| Module | What it does |
|---|---|
| `markdown` | reads the guides: blocks of both flavours, links to files outside of docs/ |
| `flavours` | makes tabs of what exists for blocking and for asyncio |
| `docstrings` | turns docstrings into reStructuredText |
| `names` | links inline code to the reference |
| `tables` | directives that read settings, options and error codes from the code |
| `sources` | pages that show files of the project |
| `descriptions` | what search engines show of a page |
| `texts` | what language models read: llms.txt, and each page as Markdown |
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import Sphinx

from rivet_docs import descriptions, docstrings, flavours, markdown, names, sources, tables, texts

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything."""
    app.add_config_value("rivet_docs_sources", _sources(), "env", str)
    for module in (markdown, flavours, docstrings, names, sources, tables, descriptions, texts):
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _sources() -> str:
    """Return what changes when this package does: then all pages are read anew."""
    texts = (file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(b"".join(texts)).hexdigest()
