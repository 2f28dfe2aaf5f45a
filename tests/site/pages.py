"""Reads the pages of the built site."""

from __future__ import annotations

import re
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.util.inventory import InventoryFile

__all__ = ["Page", "Site"]

_LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
_VOID = {"meta", "link", "img", "input", "br", "hr", "source", "wbr"}


class Page(HTMLParser):
    """What is on one page.

    Attributes:
        path: Its file.
        ids: The anchors.
        links: Where links lead, as they are written.
        loaded: What the browser loads.
        meta: The description.
        title: The title.
        text: All that a reader sees in the article, without markup.
        signatures: The text of each signature, by its anchor.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.meta: dict[str, str] = {}
        self.title = ""
        self.text = ""
        self.signatures: dict[str, str] = {}
        self._open: list[str] = []
        self._signature = ""
        self.html = path.read_text(encoding="utf-8")
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in _LOADED and _LOADED[tag] in given:
            self.loaded.append(given[_LOADED[tag]])
        if tag == "meta" and "name" in given:
            self.meta[given["name"]] = given.get("content", "")
        if tag == "dt" and "sig" in given.get("class", "").split():
            self._signature = given.get("id", "")
            self.signatures.setdefault(self._signature, "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "dt":
            self._signature = ""

    def handle_data(self, data: str) -> None:
        if self._open[-2:] == ["head", "title"]:
            self.title += data
        elif "article" in self._open:
            self.text += data
        if self._signature:
            self.signatures[self._signature] += data

    def links_of(self, code: str) -> set[str]:
        """Where inline code leads, wherever it stands on the page; "" for code that is no link."""
        pattern = (
            rf'(<a [^>]*href="([^"]*)"[^>]*>)?<code[^>]*>(?:<span[^>]*>)?{re.escape(code)}(?:</span>)?</code>'
        )
        return {match[2] or "" for match in re.finditer(pattern, self.html)}


class Site:
    """The built site.

    Attributes:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def paths(self) -> list[Path]:
        """All pages."""
        return sorted(path for path in self.folder.rglob("*.html") if "_static" not in path.parts)

    @cache  # noqa: B019  one site for each run
    def page(self, path: Path | str) -> Page:
        """Read a page."""
        return Page(self.folder / path)

    @cached_property
    def inventory(self) -> dict[str, dict[str, str]]:
        """What is documented: kind, as in "py:class" -> name -> address."""
        found = InventoryFile.loads((self.folder / "objects.inv").read_bytes(), uri="")
        return {kind: {name: item.uri for name, item in names.items()} for kind, names in found.data.items()}

    def names(self, *kinds: str) -> set[str]:
        """The documented names of some kinds, as in "py"."""
        return {name for kind, names in self.inventory.items() if kind.startswith(kinds) for name in names}

    def signature(self, name: str) -> str:
        """The text of the signature of something of Python."""
        for kind, names in self.inventory.items():
            if kind.startswith("py:") and name in names:
                path, _, anchor = names[name].partition("#")
                return self.page(path).signatures[unquote(anchor)]
        raise KeyError(name)

    def missing(self, page: Page, link: str) -> bool:
        """Whether a link of a page leads nowhere on this site."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return False
        path = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if not path.is_file():
            return True
        is_anchor = bool(parts.fragment) and path.suffix == ".html"
        return is_anchor and unquote(parts.fragment) not in self.page(path).ids
