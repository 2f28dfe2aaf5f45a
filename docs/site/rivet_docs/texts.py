"""What language models read: `llms.txt`, `llms-full.txt`, and each guide as Markdown beside its page.

`llms.txt` has the form of llmstxt.org: title, summary, then a list of pages for each section of the table of contents,
with the first sentence of each page. `llms-full.txt` has all guides. Their links lead to what is on the site.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import docname_join

from rivet_docs.descriptions import first_paragraph
from rivet_docs.sources import ROOT

__all__ = ["setup"]

_LINK = re.compile(r"(\]\()([^)\s#:]+)(?=[)#])")
_SENTENCE = re.compile(r"(.+?[.?!])(?=\s|$)|.+")


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    docs, site = Path(app.srcdir), Path(app.outdir)
    guides = {page.stem: _linked(app, page) for page in docs.glob("*.md")}
    for name, text in guides.items():
        (site / f"{name}.md").write_text(text, encoding="utf-8")
    (site / "llms.txt").write_text("\n".join(_overview(app.env, guides.keys())), encoding="utf-8")
    pages = [page for toctree in _sections(app.env) for page in toctree["includefiles"]]
    (site / "llms-full.txt").write_text(
        "\n".join(guides[page] for page in pages if page in guides), encoding="utf-8"
    )


def _linked(app: Sphinx, page: Path) -> str:
    """Return the text of a guide, with the links of its copy on the site."""

    def target(link: re.Match[str]) -> str:
        file = (page.parent / link[2]).resolve()
        if not file.exists() or file.parent == page.parent:
            return link[0]
        if file.suffix in (".png", ".svg"):
            return f"{link[1]}_images/{file.name}"
        shown = app.config.rivet_pages.get(file) or f"source/{file.relative_to(ROOT).as_posix()}"
        return f"{link[1]}{shown.removesuffix('.rst')}.html"

    return _LINK.sub(target, page.read_text(encoding="utf-8"))


def _overview(env: BuildEnvironment, guides: Container[str]) -> Iterator[str]:
    """Yield the lines of `llms.txt`."""
    yield f"# {env.titles['index'].astext()}"
    yield ""
    yield f"> {first_paragraph(_tree(env, 'index'))}"
    for toctree in _sections(env):
        yield from ("", f"## {toctree['caption']}", "")
        for page in toctree["includefiles"]:
            file = f"{page}.md" if page in guides else f"{page}.html"
            link = f"- [{env.titles[page].astext()}]({file})"
            told = _SENTENCE.match(first_paragraph(_tree(env, page)))
            yield f"{link}: {told[0].rstrip(':')}" if told else link
    yield ""


def _tree(env: BuildEnvironment, page: str) -> nodes.document:
    """Return a page in which references to other pages are their titles."""
    tree = env.get_doctree(page)
    for reference in list(tree.findall(addnodes.pending_xref)):
        if reference["reftype"] == "doc":
            title = env.titles[docname_join(page, reference["reftarget"])]
            reference.replace_self(nodes.Text(title.astext()))
    return tree


def _sections(env: BuildEnvironment) -> Iterator[addnodes.toctree]:
    return env.get_doctree("index").findall(addnodes.toctree)


def setup(app: Sphinx) -> None:
    """Register the event."""
    app.connect("build-finished", _write)
